/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "http/cookie.h"

bool
cookie_find(struct slice header, const char *name, struct slice *value_r)
{
	struct slice pair;

	while (slice_next(&header, ';', &pair)) {
		size_t at = slice_find(pair, '=');
		struct slice key = slice_make(pair.data, at);

		if (at == pair.len || !slice_eq_str(slice_trim(key), name))
			continue;
		*value_r = slice_trim(slice_from(pair, at + 1));
		return true;
	}
	return false;
}

static bool
is_cookie_octet(int c)
{
	return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' &&
	    c != '\\';
}

bool
cookie_is_clean(const char *name, const char *value)
{
	if (*name == '\0' || strpbrk(name, "=\"(){}[]<>@:/?") != NULL)
		return false;
	for (; *name != '\0'; name++)
		if (!is_cookie_octet((unsigned char)*name))
			return false;
	for (; *value != '\0'; value++)
		if (!is_cookie_octet((unsigned char)*value))
			return false;
	return true;
}
