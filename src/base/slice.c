/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/slice.h"

struct slice
slice_make(const void *data, size_t len)
{
	return (struct slice){ .data = data, .len = len };
}

struct slice
slice_str(const char *s)
{
	if (s == NULL)
		return slice_make("", 0);
	return slice_make(s, strlen(s));
}

bool
slice_eq(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return false;
	return a.len == 0 || memcmp(a.data, b.data, a.len) == 0;
}

bool
slice_eq_str(struct slice a, const char *s)
{
	return slice_eq(a, slice_str(s));
}

static int
ascii_lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool
slice_eq_case(struct slice a, const char *s)
{
	if (a.len != strlen(s))
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower(a.data[i]) != ascii_lower(s[i]))
			return false;
	return true;
}

bool
slice_has_prefix(struct slice a, const char *prefix)
{
	size_t len = strlen(prefix);

	return a.len >= len && memcmp(a.data, prefix, len) == 0;
}

bool
slice_has_suffix(struct slice a, const char *suffix)
{
	size_t len = strlen(suffix);

	return a.len >= len && memcmp(a.data + a.len - len, suffix, len) == 0;
}

size_t
slice_find(struct slice a, char c)
{
	const char *hit;

	if (a.len == 0)
		return 0;
	hit = memchr(a.data, c, a.len);
	return hit == NULL ? a.len : (size_t)(hit - a.data);
}

struct slice
slice_trim(struct slice a)
{
	while (a.len > 0 && (a.data[0] == ' ' || a.data[0] == '\t'))
		a = slice_from(a, 1);
	while (a.len > 0 &&
	    (a.data[a.len - 1] == ' ' || a.data[a.len - 1] == '\t'))
		a.len--;
	return a;
}

struct slice
slice_from(struct slice a, size_t from)
{
	if (from > a.len)
		from = a.len;
	return slice_make(a.data + from, a.len - from);
}

bool
slice_next(struct slice *rest, char sep, struct slice *item_r)
{
	size_t at;

	if (rest->data == NULL)
		return false;
	at = slice_find(*rest, sep);
	*item_r = slice_make(rest->data, at);
	if (at == rest->len)
		*rest = (struct slice){ NULL, 0 };
	else
		*rest = slice_from(*rest, at + 1);
	return true;
}

int
slice_take(struct slice *rest)
{
	int c;

	if (rest->len == 0)
		return -1;
	c = (unsigned char)rest->data[0];
	*rest = slice_from(*rest, 1);
	return c;
}

bool
slice_take_str(struct slice *rest, const char *text)
{
	if (!slice_has_prefix(*rest, text))
		return false;
	*rest = slice_from(*rest, strlen(text));
	return true;
}

/* First bytes of UTF-8 and what may follow them (RFC 3629 section 4). */
static const struct {
	unsigned char first, last;  /* range of the first byte */
	unsigned char least, most; /* of the second byte */
	size_t len;
} sequences[] = {
	{ 0x00, 0x7f, 0x00, 0x00, 1 },
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

size_t
slice_utf8(struct slice a)
{
	const unsigned char *s = (const unsigned char *)a.data;
	size_t row = 0;

	if (a.len == 0)
		return 0;
	while (row < ARRAY_COUNT(sequences) && s[0] > sequences[row].last)
		row++;
	if (row == ARRAY_COUNT(sequences) || s[0] < sequences[row].first ||
	    a.len < sequences[row].len)
		return 0;
	if (sequences[row].len > 1 &&
	    (s[1] < sequences[row].least || s[1] > sequences[row].most))
		return 0;
	for (size_t i = 2; i < sequences[row].len; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return sequences[row].len;
}

char *
slice_dup(struct pool *pool, struct slice a)
{
	return pool_strndup(pool, a.data, a.len);
}
