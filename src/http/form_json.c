/*
 * Forms that come as JSON (RFC 8259): the same field table, the same checks.
 *
 * SPDX-License-Identifier: MIT
 */
#include "codec/json.h"
#include "http/form_private.h"

/* A value as somebody would have typed it; NULL: nobody can type that. */
static const char *
typed(struct pool *pool, const struct field *field, const struct json *value)
{
	switch (json_type(value)) {
	case JSON_TEXT:
		return json_text(value);
	case JSON_NUMBER:
		return pool_format(pool, "%lld",
		    (long long)json_number(value));
	case JSON_BOOL:
		if (field->type == FIELD_BOOL)
			return json_bool(value) ? "true" : "false";
		return NULL;
	default:
		return NULL;
	}
}

static void
take_value(struct pool *pool, const struct field *field,
    const struct json *value, struct form_value *value_r)
{
	const char *text = typed(pool, field, value);

	if (json_type(value) == JSON_NULL)
		return;
	if (text != NULL && field->type != FIELD_FILE) {
		form_value_check(pool, field, slice_str(text), value_r);
		return;
	}
	value_r->is_given = true;
	value_r->problem = FIELD_WRONG_TYPE;
}

int
form_json_parse(struct pool *pool, struct slice text, struct form *form,
    struct err *err)
{
	struct json *object;

	if (json_parse(pool, text, &object, err) == -1)
		return err_set_code(err, ERR_INVALID, "bad_json",
		    "the body is no JSON that can be read");
	if (json_type(object) != JSON_OBJECT)
		return err_set_code(err, ERR_INVALID, "bad_json",
		    "the body is no JSON object");
	for (size_t i = 0; i < form->count; i++)
		take_value(pool, &form->fields[i],
		    json_find(object, form->fields[i].name),
		    &form->values[i]);
	return 0;
}
