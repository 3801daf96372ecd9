/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Of json-c's names three are ours; its functions keep theirs. */
#define json_object jsonc_object
#define json_type jsonc_type
#define json_bool jsonc_bool
#include <json-c/json.h>
#undef json_object
#undef json_type
#undef json_bool

#include "base/num.h"
#include "codec/hex.h"
#include "codec/json.h"
#include "codec/utf8.h"

/* A struct json is json-c's object under our name. */
static struct jsonc_object *
object_of(const struct json *json)
{
	return (struct jsonc_object *)(uintptr_t)json;
}

static struct json *
json_of(struct jsonc_object *object)
{
	return (struct json *)object;
}

/* json-c gives NULL when memory is out; there the process ends. */
static struct jsonc_object *
made(struct jsonc_object *object)
{
	if (object == NULL)
		abort();
	return object;
}

static void
put_hook(void *arg)
{
	(void)json_object_put(arg);
}

static struct json *
own(struct pool *pool, struct jsonc_object *object)
{
	if (object != NULL)
		pool_on_clear(pool, put_hook, object);
	return json_of(object);
}

struct json *
json_object(struct pool *pool)
{
	return own(pool, made(json_object_new_object()));
}

struct json *
json_array(struct pool *pool)
{
	return own(pool, made(json_object_new_array()));
}

static struct jsonc_object *
new_text(struct slice text)
{
	struct jsonc_object *object;
	struct pool *pool;

	if (text.len > INT_MAX / 4)
		abort();
	if (utf8_is_valid(text) && slice_find(text, '\0') == text.len)
		return made(json_object_new_string_len(text.data,
		    (int)text.len));
	pool = pool_new();
	object = made(json_object_new_string(utf8_clean(pool, text)));
	pool_free(&pool);
	return object;
}

/* The object takes over the value's only reference. */
static void
set(struct json *object, const char *name, struct jsonc_object *value)
{
	if (json_object_object_add(object_of(object), name, value) != 0)
		abort();
}

static void
add(struct json *array, struct jsonc_object *value)
{
	if (json_object_array_add(object_of(array), value) != 0)
		abort();
}

void
json_set_text(struct json *object, const char *name, const char *text)
{
	set(object, name, new_text(slice_str(text)));
}

void
json_set_slice(struct json *object, const char *name, struct slice text)
{
	set(object, name, new_text(text));
}

void
json_set_number(struct json *object, const char *name, int64_t number)
{
	set(object, name, made(json_object_new_int64(number)));
}

void
json_set_bool(struct json *object, const char *name, bool value)
{
	set(object, name, made(json_object_new_boolean(value)));
}

void
json_set_null(struct json *object, const char *name)
{
	set(object, name, NULL);
}

struct json *
json_set_object(struct json *object, const char *name)
{
	struct jsonc_object *value = made(json_object_new_object());

	set(object, name, value);
	return json_of(value);
}

struct json *
json_set_array(struct json *object, const char *name)
{
	struct jsonc_object *value = made(json_object_new_array());

	set(object, name, value);
	return json_of(value);
}

void
json_add_text(struct json *array, const char *text)
{
	add(array, new_text(slice_str(text)));
}

void
json_add_number(struct json *array, int64_t number)
{
	add(array, made(json_object_new_int64(number)));
}

struct json *
json_add_object(struct json *array)
{
	struct jsonc_object *value = made(json_object_new_object());

	add(array, value);
	return json_of(value);
}

struct json *
json_add_array(struct json *array)
{
	struct jsonc_object *value = made(json_object_new_array());

	add(array, value);
	return json_of(value);
}

enum json_type
json_type(const struct json *json)
{
	switch (json_object_get_type(object_of(json))) {
	case json_type_boolean:
		return JSON_BOOL;
	case json_type_int:
		return JSON_NUMBER;
	case json_type_double:
		return JSON_REAL;
	case json_type_string:
		return JSON_TEXT;
	case json_type_array:
		return JSON_ARRAY;
	case json_type_object:
		return JSON_OBJECT;
	case json_type_null:
	default:
		return JSON_NULL;
	}
}

const struct json *
json_find(const struct json *object, const char *name)
{
	struct jsonc_object *value = NULL;

	if (json_type(object) != JSON_OBJECT)
		return NULL;
	(void)json_object_object_get_ex(object_of(object), name, &value);
	return json_of(value);
}

size_t
json_count(const struct json *array)
{
	if (json_type(array) != JSON_ARRAY)
		return 0;
	return json_object_array_length(object_of(array));
}

const struct json *
json_at(const struct json *array, size_t index)
{
	if (index >= json_count(array))
		return NULL;
	return json_of(json_object_array_get_idx(object_of(array), index));
}

const char *
json_text(const struct json *json)
{
	if (json_type(json) != JSON_TEXT)
		return "";
	return json_object_get_string(object_of(json));
}

int64_t
json_number(const struct json *json)
{
	if (json_type(json) != JSON_NUMBER)
		return 0;
	return json_object_get_int64(object_of(json));
}

bool
json_bool(const struct json *json)
{
	if (json_type(json) != JSON_BOOL)
		return false;
	return json_object_get_boolean(object_of(json)) != 0;
}

void
json_each(const struct json *object, json_member_fn fn, void *arg)
{
	struct json_object_iterator at, end;

	if (json_type(object) != JSON_OBJECT)
		return;
	at = json_object_iter_begin(object_of(object));
	end = json_object_iter_end(object_of(object));
	for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at))
		fn(arg, json_object_iter_peek_name(&at),
		    json_of(json_object_iter_peek_value(&at)));
}

/*
 * json-c's strict mode still takes single quotes, NaN, "1.", "-01" and control
 * characters, and bends numbers into its range.  So the tokens are checked
 * here (RFC 8259 sections 2, 3, 6 and 7), and json-c sees to their order.
 */
/* "XXXX"; -1 for other characters. */
static int
take_hex(struct slice *rest)
{
	int value = 0;

	for (int i = 0; i < 4; i++) {
		int c = slice_take(rest);
		int digit = c < 0 ? -1 : hex_digit((char)c);

		if (digit == -1)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

/*
 * Behind the backslash.  U+0000 would cut our C strings short, and halves of a
 * surrogate pair are no characters.
 */
static bool
take_escape(struct slice *rest)
{
	int unit;

	if (!slice_take_str(rest, "u"))
		return slice_take(rest) >= ' ';
	unit = take_hex(rest);
	if (unit < 0xd800 || unit > 0xdfff)
		return unit > 0;
	if (unit > 0xdbff || !slice_take_str(rest, "\\u"))
		return false;
	unit = take_hex(rest);
	return unit >= 0xdc00 && unit <= 0xdfff;
}

static bool
take_string(struct slice *rest)
{
	int c;

	(void)slice_take(rest);
	while ((c = slice_take(rest)) != '"') {
		if (c < ' ' || (c == '\\' && !take_escape(rest)))
			return false;
	}
	return true;
}

static struct slice
take_digits(struct slice *rest)
{
	struct slice digits = slice_make(rest->data, 0);

	while (digits.len < rest->len && digits.data[digits.len] >= '0' &&
	    digits.data[digits.len] <= '9')
		digits.len++;
	*rest = slice_from(*rest, digits.len);
	return digits;
}

static bool
take_number(struct slice *rest)
{
	bool is_negative = slice_take_str(rest, "-"), is_integer = true;
	struct slice digits = take_digits(rest);
	uint64_t value;

	if (digits.len == 0 || (digits.len > 1 && digits.data[0] == '0'))
		return false;
	if (slice_take_str(rest, ".")) {
		is_integer = false;
		if (take_digits(rest).len == 0)
			return false;
	}
	if (slice_take_str(rest, "e") || slice_take_str(rest, "E")) {
		is_integer = false;
		if (!slice_take_str(rest, "+"))
			(void)slice_take_str(rest, "-");
		if (take_digits(rest).len == 0)
			return false;
	}
	return !is_integer ||
	    num_parse_u64(digits, (uint64_t)INT64_MAX + is_negative, &value);
}

static bool
take_token(struct slice *rest)
{
	switch (rest->data[0]) {
	case '"':
		return take_string(rest);
	case 't':
		return slice_take_str(rest, "true");
	case 'f':
		return slice_take_str(rest, "false");
	case 'n':
		return slice_take_str(rest, "null");
	case '\0':
		return false;
	default:
		if (strchr("{}[],: \t\r\n", rest->data[0]) == NULL)
			return take_number(rest);
		(void)slice_take(rest);
		return true;
	}
}

/* Also counts the members: there is one ":" outside strings for each. */
static int
check_tokens(struct slice text, size_t *members_r, struct err *err)
{
	struct slice rest = text;

	*members_r = 0;
	while (rest.len > 0) {
		size_t at = text.len - rest.len;

		*members_r += rest.data[0] == ':';
		if (!take_token(&rest))
			return err_set(err, ERR_INVALID,
			    "JSON: bad token at byte %zu", at);
	}
	return 0;
}

/* Members of the whole tree, which is at most JSON_DEPTH_MAX deep. */
static size_t
count_members(struct jsonc_object *object)
{
	struct json_object_iterator at, end;
	size_t count = 0;

	if (json_object_is_type(object, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(object); i++)
			count +=
			    count_members(json_object_array_get_idx(object, i));
		return count;
	}
	if (!json_object_is_type(object, json_type_object))
		return 0;
	at = json_object_iter_begin(object);
	end = json_object_iter_end(object);
	for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at))
		count += 1 + count_members(json_object_iter_peek_value(&at));
	return count;
}

static int
parse_with(struct json_tokener *tokener, struct slice text,
    struct jsonc_object **object_r, struct err *err)
{
	enum json_tokener_error error;
	size_t at;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	*object_r = json_tokener_parse_ex(tokener, text.data, (int)text.len);
	at = json_tokener_get_parse_end(tokener);
	/* A number at the end is complete only when its NUL is seen. */
	if (json_tokener_get_error(tokener) == json_tokener_continue) {
		*object_r = json_tokener_parse_ex(tokener, "", 1);
		at = text.len;
	}
	error = json_tokener_get_error(tokener);
	if (error != json_tokener_success)
		return err_set(err, ERR_INVALID, "JSON: %s at byte %zu",
		    json_tokener_error_desc(error), at);
	if (at == text.len)
		return 0;
	(void)json_object_put(*object_r);
	return err_set(err, ERR_INVALID, "JSON: trailing data at byte %zu", at);
}

int
json_parse(struct pool *pool, struct slice text, struct json **json_r,
    struct err *err)
{
	struct json_tokener *tokener;
	struct jsonc_object *object;
	size_t members;
	int result;

	if (text.len > INT_MAX)
		return err_set(err, ERR_TOO_LARGE, "JSON: too large");
	if (!utf8_is_valid(text))
		return err_set(err, ERR_INVALID, "JSON: not UTF-8");
	if (check_tokens(text, &members, err) == -1)
		return -1;
	tokener = json_tokener_new_ex(JSON_DEPTH_MAX);
	if (tokener == NULL)
		abort();
	result = parse_with(tokener, text, &object, err);
	json_tokener_free(tokener);
	if (result == -1)
		return -1;
	*json_r = own(pool, object);
	/* json-c keeps the last of several members of one name. */
	if (count_members(object) != members)
		return err_set(err, ERR_INVALID, "JSON: duplicate member name");
	return 0;
}

static const char *
format(struct pool *pool, const struct json *json, int flags)
{
	const char *text;
	size_t len;

	text = json_object_to_json_string_length(object_of(json),
	    flags | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	if (text == NULL)
		abort();
	return pool_strndup(pool, text, len);
}

const char *
json_format(struct pool *pool, const struct json *json)
{
	return format(pool, json, JSON_C_TO_STRING_PLAIN);
}

const char *
json_format_pretty(struct pool *pool, const struct json *json)
{
	return format(pool, json,
	    JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED);
}
