/* SPDX-License-Identifier: MIT */
#include "base/attr.h"
#include "base/buf.h"
#include "codec/utf8.h"

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

int32_t
utf8_take(struct slice *rest)
{
	/* Payload bits of a first byte, by the length it announces. */
	static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	size_t len = slice_utf8(*rest);
	int32_t c;

	if (len == 0)
		return slice_take(rest) == -1 ? -1 : -2;
	c = slice_take(rest) & masks[len];
	for (size_t i = 1; i < len; i++)
		c = c << 6 | (slice_take(rest) & 0x3f);
	return c;
}

bool
utf8_is_valid(struct slice text)
{
	while (text.len > 0) {
		size_t len = slice_utf8(text);

		if (len == 0)
			return false;
		text = slice_from(text, len);
	}
	return true;
}

size_t
utf8_count(struct slice text)
{
	size_t count = 0;

	/* Every byte but the continuations 10xxxxxx starts a code point. */
	for (size_t i = 0; i < text.len; i++)
		count += (text.data[i] & 0xc0) != 0x80;
	return count;
}

const char *
utf8_clean(struct pool *pool, struct slice text)
{
	struct buf buf;

	buf_init(&buf, pool, 3 * text.len);
	while (text.len > 0) {
		size_t len = text.data[0] == '\0' ? 0 : slice_utf8(text);

		if (len == 0)
			(void)buf_str(&buf, replacement);
		else
			(void)buf_append(&buf, text.data, len);
		text = slice_from(text, len == 0 ? 1 : len);
	}
	return buf.data;
}

/* Where capitals stand, and how far behind each its small letter does. */
static const struct {
	int32_t first, last, step; /* every step-th of them */
	int32_t distance;
} capitals[] = {
	{ 'A', 'Z', 1, 32 },
	{ 0xc0, 0xd6, 1, 32 },
	{ 0xd8, 0xde, 1, 32 },
	{ 0x100, 0x12e, 2, 1 },
	{ 0x132, 0x136, 2, 1 },
	{ 0x139, 0x147, 2, 1 },
	{ 0x14a, 0x176, 2, 1 },
	{ 0x178, 0x178, 1, 0xff - 0x178 },
	{ 0x179, 0x17d, 2, 1 },
	{ 0x218, 0x21a, 2, 1 },
	{ 0x386, 0x386, 1, 38 },
	{ 0x388, 0x38a, 1, 37 },
	{ 0x391, 0x3a1, 1, 32 },
	{ 0x3a3, 0x3ab, 1, 32 },
	{ 0x400, 0x40f, 1, 80 },
	{ 0x410, 0x42f, 1, 32 },
	{ 0x1e00, 0x1e94, 2, 1 },
	{ 0x1e9e, 0x1e9e, 1, 0xdf - 0x1e9e },
	{ 0x1ea0, 0x1efe, 2, 1 },
};

static int32_t
lower_case(int32_t c)
{
	for (size_t i = 0; i < ARRAY_COUNT(capitals); i++)
		if (c >= capitals[i].first && c <= capitals[i].last &&
		    (c - capitals[i].first) % capitals[i].step == 0)
			return c + capitals[i].distance;
	return c;
}

/* Small letters have one to three bytes. */
static void
append_letter(struct buf *buf, int32_t c)
{
	if (c < 0x80) {
		(void)buf_char(buf, (char)c);
	} else if (c < 0x800) {
		(void)buf_char(buf, (char)(0xc0 | c >> 6));
		(void)buf_char(buf, (char)(0x80 | (c & 0x3f)));
	} else {
		(void)buf_char(buf, (char)(0xe0 | c >> 12));
		(void)buf_char(buf, (char)(0x80 | (c >> 6 & 0x3f)));
		(void)buf_char(buf, (char)(0x80 | (c & 0x3f)));
	}
}

const char *
utf8_lower(struct pool *pool, struct slice text)
{
	struct buf buf;

	/* No small letter is longer than its capital. */
	buf_init(&buf, pool, text.len);
	while (text.len > 0) {
		struct slice start = text;
		int32_t c = utf8_take(&text), lower = lower_case(c);

		if (lower == c)
			(void)buf_append(&buf, start.data,
			    start.len - text.len);
		else
			append_letter(&buf, lower);
	}
	return buf.data;
}

struct slice
utf8_cut(struct slice text, size_t max_bytes)
{
	size_t len = max_bytes;

	if (text.len <= max_bytes)
		return text;
	while (len > 0 && (text.data[len] & 0xc0) == 0x80)
		len--;
	return slice_make(text.data, len);
}

bool
utf8_is_control(int32_t c)
{
	return (c >= 0 && c < 0x20) || (c >= 0x7f && c <= 0x9f);
}

bool
utf8_is_bidi(int32_t c)
{
	/* Unicode's property Bidi_Control. */
	return c == 0x061c || c == 0x200e || c == 0x200f ||
	    (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}
