/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "web/openapi_schema.h"

enum { REFERENCE_MAX = 128, WORD_MAX = 64 };

static void
set_about(struct json *object, const char *about)
{
	if (about != NULL)
		json_set_text(object, "description", about);
}

/* "type": "string", or one that may be null (JSON Schema 2020-12, 6.1.1). */
static void
set_type(struct json *object, const char *type, bool is_nullable)
{
	struct json *types;

	if (!is_nullable) {
		json_set_text(object, "type", type);
		return;
	}
	types = json_set_array(object, "type");
	json_add_text(types, type);
	json_add_text(types, "null");
}

static void
set_choices(struct json *object, const char *choices)
{
	struct slice rest = slice_str(choices), word;
	struct json *list;
	char text[WORD_MAX];

	if (choices == NULL)
		return;
	list = json_set_array(object, "enum");
	while (slice_next(&rest, ' ', &word)) {
		size_t len = word.len < WORD_MAX ? word.len : WORD_MAX - 1;

		memcpy(text, word.data, len);
		text[len] = '\0';
		json_add_text(list, text);
	}
}

void
openapi_refer(struct json *object, const char *name)
{
	char text[REFERENCE_MAX];

	(void)snprintf(text, sizeof(text), "#/components/schemas/%s", name);
	json_set_text(object, "$ref", text);
}

/* ---- what comes ---- */

bool
openapi_is_described(const struct field *field)
{
	return strcmp(field->name, "csrf") != 0;
}

static void
text_limits(struct json *object, const struct field *field)
{
	int64_t min = field->min;

	if (min == 0 && field->is_required)
		min = 1;
	if (min > 0)
		json_set_number(object, "minLength", min);
	if (field->max > 0)
		json_set_number(object, "maxLength", field->max);
}

static void
number_limits(struct json *object, const struct field *field)
{
	json_set_text(object, "format", "int64");
	json_set_number(object, "minimum", field->min > 0 ? field->min : 1);
	if (field->max > 0)
		json_set_number(object, "maximum", field->max);
}

static void
file_content(struct json *object, const struct field *field)
{
	struct json *item = object;

	if (field->is_many) {
		json_set_text(object, "type", "array");
		item = json_set_object(object, "items");
	}
	json_set_text(item, "type", "string");
	json_set_text(item, "contentMediaType", "application/octet-stream");
}

/* Also taken as one text, with commas; this is how it is meant. */
static void
text_list(struct json *object, bool is_nullable)
{
	set_type(object, "array", is_nullable);
	json_set_text(json_set_object(object, "items"), "type", "string");
}

static void
describe_field(struct json *object, const struct field *field,
    bool is_nullable)
{
	switch (field->type) {
	case FIELD_TEXT:
	case FIELD_SECRET:
	case FIELD_TOKEN:
		set_type(object, "string", is_nullable);
		if (field->choices == NULL)
			text_limits(object, field);
		break;
	case FIELD_CENTS:
		set_type(object, "string", is_nullable);
		json_set_text(object, "pattern", "^[0-9]+([.,][0-9]{1,2})?$");
		break;
	case FIELD_ID:
		set_type(object, "integer", is_nullable);
		number_limits(object, field);
		break;
	case FIELD_BOOL:
		set_type(object, "boolean", is_nullable);
		break;
	case FIELD_TEXTS:
		text_list(object, is_nullable);
		break;
	case FIELD_FILE:
		file_content(object, field);
		break;
	}
	set_choices(object, field->choices);
	set_about(object, field->about);
}

void
openapi_field(struct json *object, const struct field *field)
{
	describe_field(object, field, false);
}

static void
set_required(struct json *object, const struct field *fields)
{
	struct json *list = NULL;

	for (; fields->name != NULL; fields++) {
		if (!fields->is_required)
			continue;
		if (list == NULL)
			list = json_set_array(object, "required");
		json_add_text(list, fields->name);
	}
}

void
openapi_form(struct json *object, const struct field *fields, bool is_json)
{
	struct json *properties;

	json_set_text(object, "type", "object");
	properties = json_set_object(object, "properties");
	for (const struct field *field = fields; field->name != NULL; field++)
		if (openapi_is_described(field))
			describe_field(
			    json_set_object(properties, field->name), field,
			    is_json && !field->is_required &&
				field->choices == NULL);
	set_required(object, fields);
}

/* ---- what goes out ---- */

/* An object, or null where it may be that. */
static void
describe_object(struct json *object, const struct member *member)
{
	struct json *either;

	if (!member->is_nullable) {
		openapi_refer(object, member->schema->name);
		return;
	}
	either = json_set_array(object, "anyOf");
	openapi_refer(json_add_object(either), member->schema->name);
	json_set_text(json_add_object(either), "type", "null");
}

static void
describe_member(struct json *object, const struct member *member)
{
	bool is_nullable = member->is_nullable;

	switch (member->type) {
	case MEMBER_TEXT:
		set_type(object, "string", is_nullable);
		break;
	case MEMBER_TIME:
		set_type(object, "string", is_nullable);
		json_set_text(object, "format", "date-time");
		break;
	case MEMBER_NUMBER:
		set_type(object, "integer", is_nullable);
		json_set_text(object, "format", "int64");
		break;
	case MEMBER_BOOL:
		set_type(object, "boolean", is_nullable);
		break;
	case MEMBER_TEXTS:
		set_type(object, "array", is_nullable);
		json_set_text(json_set_object(object, "items"), "type",
		    "string");
		break;
	case MEMBER_MAP:
		set_type(object, "object", is_nullable);
		json_set_text(json_set_object(object, "additionalProperties"),
		    "type", "string");
		break;
	case MEMBER_OBJECT:
		describe_object(object, member);
		break;
	case MEMBER_OBJECTS:
		set_type(object, "array", is_nullable);
		openapi_refer(json_set_object(object, "items"),
		    member->schema->name);
		break;
	}
	set_choices(object, member->choices);
	set_about(object, member->about);
}

/* Schemas refer to others, never round in a circle. */
void
openapi_add_schema(struct json *schemas, const struct schema *schema)
{
	struct json *object, *properties, *required;
	const struct member *member;

	if (schema == NULL || json_find(schemas, schema->name) != NULL)
		return;
	object = json_set_object(schemas, schema->name);
	json_set_text(object, "type", "object");
	properties = json_set_object(object, "properties");
	required = json_set_array(object, "required");
	for (member = schema->members; member->name != NULL; member++) {
		describe_member(json_set_object(properties, member->name),
		    member);
		if (!member->is_optional)
			json_add_text(required, member->name);
		openapi_add_schema(schemas, member->schema);
	}
}
