/*
 * Forms that come as JSON (RFC 8259): the same field table, the same checks.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/buf.h"
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

/* An array as the list it stands for; NULL: it stands for none. */
static const char *
joined(struct pool *pool, const struct json *array)
{
	struct buf list;

	buf_init(&list, pool, FORM_FIELD_BYTES_MAX);
	for (size_t i = 0; i < json_count(array); i++) {
		const struct json *item = json_at(array, i);

		if (json_type(item) != JSON_TEXT ||
		    strchr(json_text(item), ',') != NULL)
			return NULL;
		(void)buf_format(&list, "%s%s", i == 0 ? "" : ",",
		    json_text(item));
	}
	return buf_is_full(&list) ? NULL : list.data;
}

static void
take_value(struct pool *pool, const struct field *field,
    const struct json *value, struct form_value *value_r)
{
	const char *text = typed(pool, field, value);

	value_r->is_named = true;
	if (json_type(value) == JSON_NULL)
		return;
	if (field->type == FIELD_TEXTS && json_type(value) == JSON_ARRAY)
		text = joined(pool, value);
	if (text != NULL && field->type != FIELD_FILE) {
		form_value_check(pool, field, slice_str(text), value_r);
		return;
	}
	value_r->is_given = true;
	value_r->problem = FIELD_WRONG_TYPE;
}

struct taking {
	struct pool *pool;
	struct form *form;
	const char *unknown; /* a name; NULL: none */
};

static void
take_member(void *arg, const char *name, const struct json *value)
{
	struct taking *taking = arg;
	size_t i = form_find(taking->form, slice_str(name));

	if (i == taking->form->count)
		taking->unknown = name;
	else
		take_value(taking->pool, &taking->form->fields[i], value,
		    &taking->form->values[i]);
}

int
form_json_parse(struct pool *pool, struct slice text,
    const struct form_input *input, struct form *form, struct err *err)
{
	struct taking taking = { .pool = pool, .form = form };
	struct json *object;

	if (json_parse(pool, text, &object, err) == -1)
		return err_set_code(err, ERR_INVALID, "bad_json",
		    "the body is no JSON that can be read");
	if (json_type(object) != JSON_OBJECT)
		return err_set_code(err, ERR_INVALID, "bad_json",
		    "the body is no JSON object");
	json_each(object, take_member, &taking);
	if (taking.unknown != NULL && input->refuses_unknown)
		return form_unknown(slice_str(taking.unknown), err);
	return 0;
}
