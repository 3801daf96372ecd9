/* SPDX-License-Identifier: MIT */
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
