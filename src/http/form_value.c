/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "base/attr.h"
#include "base/num.h"
#include "codec/utf8.h"
#include "http/form_private.h"

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct slice
trim(struct slice text)
{
	while (text.len > 0 && is_space(text.data[0]))
		text = slice_from(text, 1);
	while (text.len > 0 && is_space(text.data[text.len - 1]))
		text.len--;
	return text;
}

static bool
has_control(struct slice text)
{
	int32_t c;

	while ((c = utf8_take(&text)) >= 0)
		if (utf8_is_control(c))
			return true;
	return false;
}

static enum field_problem
check_text(const struct field *field, struct slice text)
{
	int64_t count;

	if (!utf8_is_valid(text) || has_control(text))
		return FIELD_NOT_TEXT;
	count = (int64_t)utf8_count(text);
	if (count < field->min)
		return FIELD_TOO_SHORT;
	if (field->max > 0 && count > field->max)
		return FIELD_TOO_LONG;
	return FIELD_OK;
}

static enum field_problem
check_token(const struct field *field, struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] <= ' ' || text.data[i] > '~')
			return FIELD_NOT_TEXT;
	if (field->max > 0 && (int64_t)text.len > field->max)
		return FIELD_TOO_LONG;
	return FIELD_OK;
}

/* Digits, with up to `places` more after a point or comma. */
static bool
is_number(struct slice text, size_t places)
{
	size_t digits = 0;

	while (digits < text.len && text.data[digits] >= '0' &&
	    text.data[digits] <= '9')
		digits++;
	if (digits == text.len || places == 0)
		return digits > 0 && digits == text.len;
	if (text.data[digits] != '.' && text.data[digits] != ',')
		return false;
	text = slice_from(text, digits + 1);
	return digits > 0 && text.len <= places && is_number(text, 0);
}

static enum field_problem
check_number(const struct field *field, struct slice text, int64_t *number_r)
{
	bool is_cents = field->type == FIELD_CENTS;
	int64_t max = field->max > 0 ? field->max : INT64_MAX;
	int64_t min = field->min;
	bool is_in_range;

	/* An id is positive. */
	if (!is_cents && min < 1)
		min = 1;
	if (!is_number(text, is_cents ? 2 : 0))
		return FIELD_NOT_NUMBER;
	is_in_range = is_cents ? num_parse_cents(text, max, number_r) :
	    num_parse_i64(text, max, number_r);
	if (!is_in_range)
		return FIELD_TOO_BIG;
	return *number_r < min ? FIELD_TOO_SMALL : FIELD_OK;
}

/* Strict: a word that is not understood must not switch anything on. */
static enum field_problem
check_bool(struct slice text, int64_t *number_r)
{
	static const char *const words[] = { "0", "1", "false", "true", "no",
		"yes", "off", "on" };

	for (size_t i = 0; i < ARRAY_COUNT(words); i++)
		if (slice_eq_case(text, words[i])) {
			*number_r = (int64_t)(i % 2);
			return FIELD_OK;
		}
	return FIELD_NOT_BOOL;
}

static enum field_problem
check(const struct field *field, struct slice text, int64_t *number_r)
{
	switch (field->type) {
	case FIELD_TEXT:
	case FIELD_SECRET:
	case FIELD_TEXTS:
		return check_text(field, text);
	case FIELD_TOKEN:
		return check_token(field, text);
	case FIELD_ID:
	case FIELD_CENTS:
		return check_number(field, text, number_r);
	case FIELD_BOOL:
		return check_bool(text, number_r);
	case FIELD_FILE:
		break;
	}
	return FIELD_OK;
}

void
form_value_check(struct pool *pool, const struct field *field,
    struct slice raw, struct form_value *value_r)
{
	struct slice text = field->type == FIELD_SECRET ? raw : trim(raw);

	*value_r = (struct form_value){ .text = utf8_clean(pool, text),
		.is_given = text.len > 0,
		.is_named = true };
	if (text.len > 0)
		value_r->problem = check(field, text, &value_r->number);
	else if (field->is_required)
		value_r->problem = FIELD_MISSING;
}

const char *
form_problem_name(enum field_problem problem)
{
	static const char *const names[] = {
		[FIELD_OK] = "right",
		[FIELD_MISSING] = "missing",
		[FIELD_TOO_SHORT] = "too short",
		[FIELD_TOO_LONG] = "too long",
		[FIELD_NOT_TEXT] = "no plain text",
		[FIELD_NOT_NUMBER] = "no number",
		[FIELD_TOO_SMALL] = "too small",
		[FIELD_TOO_BIG] = "too big",
		[FIELD_NOT_BOOL] = "neither true nor false",
		[FIELD_WRONG_TYPE] = "of the wrong type",
	};

	return names[problem];
}
