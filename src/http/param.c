/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "http/param.h"

static bool
is_token_char(char c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9'))
		return true;
	return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

bool
param_is_token(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_token_char(text.data[i]))
			return false;
	return text.len > 0;
}

bool
param_starts(struct slice text, const char *prefix)
{
	size_t len = strlen(prefix);

	return text.len >= len &&
	    slice_eq_case(slice_make(text.data, len), prefix);
}

static void
skip_space(struct slice *rest)
{
	while (slice_take_str(rest, " ") || slice_take_str(rest, "\t"))
		;
}

struct slice
param_head(struct slice *rest)
{
	size_t at = slice_find(*rest, ';');
	struct slice head = slice_make(rest->data, at);

	*rest = slice_from(*rest, at);
	return slice_trim(head);
}

static bool
take_quoted(struct slice *rest, struct slice *value_r)
{
	size_t at = slice_find(*rest, '"');

	if (at == rest->len || (at > 0 && rest->data[at - 1] == '\\'))
		return false;
	*value_r = slice_make(rest->data, at);
	*rest = slice_from(*rest, at + 1);
	return true;
}

static void
take_bare(struct slice *rest, struct slice *value_r)
{
	size_t at = slice_find(*rest, ';');

	/* Space may stand before the ";", but not after the "=". */
	*value_r = slice_make(rest->data, at);
	if (at > 0 && rest->data[0] != ' ' && rest->data[0] != '\t')
		*value_r = slice_trim(*value_r);
	*rest = slice_from(*rest, at);
}

/* ";", or several of them: empty parameters are allowed. */
static bool
skip_separators(struct slice *rest)
{
	bool is_separated = false;

	skip_space(rest);
	while (slice_take_str(rest, ";")) {
		is_separated = true;
		skip_space(rest);
	}
	return is_separated || rest->len == 0;
}

int
param_next(struct slice *rest, struct param *param_r)
{
	size_t at;

	if (!skip_separators(rest))
		return -1;
	if (rest->len == 0)
		return 0;
	at = slice_find(*rest, '=');
	param_r->name = slice_make(rest->data, at);
	*rest = slice_from(*rest, at);
	if (!param_is_token(param_r->name) || !slice_take_str(rest, "="))
		return -1;
	param_r->is_quoted = slice_take_str(rest, "\"");
	if (param_r->is_quoted)
		return take_quoted(rest, &param_r->value) ? 1 : -1;
	take_bare(rest, &param_r->value);
	return 1;
}
