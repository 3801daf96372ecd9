/* SPDX-License-Identifier: MIT */
#include "codec/url.h"
#include "http/urlencoded.h"

/* "+" stands for a space only here, so url_decode() leaves it alone. */
static bool
decode(struct pool *pool, struct slice text, struct slice *text_r)
{
	char *copy = slice_dup(pool, text);

	for (size_t i = 0; i < text.len; i++)
		if (copy[i] == '+')
			copy[i] = ' ';
	return url_decode(pool, slice_make(copy, text.len), text_r);
}

int
urlencoded_next(struct pool *pool, struct slice *rest, struct slice *name_r,
    struct slice *value_r)
{
	struct slice pair;
	size_t at;

	do {
		if (!slice_next(rest, '&', &pair))
			return 0;
	} while (pair.len == 0);
	at = slice_find(pair, '=');
	if (!decode(pool, slice_make(pair.data, at), name_r) ||
	    !decode(pool, slice_from(pair, at + 1), value_r))
		return -1;
	return 1;
}
