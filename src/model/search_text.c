/* SPDX-License-Identifier: MIT */
#include "base/buf.h"
#include "codec/latin.h"
#include "codec/utf8.h"
#include "model/search_text.h"

/* Of scripts that have two cases, those whose letters lie side by side. */
static int32_t
lower_case(int32_t c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 0x391 && c <= 0x3a9) ||
	    (c >= 0x410 && c <= 0x42f))
		return c + 32;
	if (c >= 0x400 && c <= 0x40f)
		return c + 80;
	return c;
}

/* An accent behind its letter, as some file systems have it. */
static bool
is_combining(int32_t c)
{
	return c >= 0x300 && c <= 0x36f;
}

/* One code point of two bytes, the only ones lower_case() changes to. */
static void
append_two(struct buf *buf, int32_t c)
{
	(void)buf_char(buf, (char)(0xc0 | (c >> 6)));
	(void)buf_char(buf, (char)(0x80 | (c & 0x3f)));
}

static void
append_latin(struct buf *buf, int32_t c, struct slice as_it_is)
{
	size_t at = buf->len;

	if (!latin_append(buf, c))
		(void)buf_slice(buf, as_it_is);
	for (; at < buf->len; at++)
		if (buf->data[at] >= 'A' && buf->data[at] <= 'Z')
			buf->data[at] += 'a' - 'A';
}

static void
append_folded(struct buf *buf, int32_t c, struct slice as_it_is)
{
	int32_t lower = lower_case(c);

	if (is_combining(c))
		return;
	if (c < ' ')
		(void)buf_char(buf, ' ');
	else if (c < 0x80)
		(void)buf_char(buf, (char)lower);
	else if (lower != c)
		append_two(buf, lower);
	else
		append_latin(buf, c, as_it_is);
}

/* Nothing gets longer by it. */
static const char *
fold(struct pool *pool, const char *text)
{
	struct slice rest = slice_str(utf8_clean(pool, slice_str(text)));
	struct buf buf;

	buf_init(&buf, pool, rest.len);
	while (rest.len > 0) {
		struct slice start = rest;
		int32_t c = utf8_take(&rest);

		append_folded(&buf, c,
		    slice_make(start.data, start.len - rest.len));
	}
	return buf.data;
}

const char *
search_text(struct pool *pool, const struct file *file)
{
	const char *alt_text = file->alt_text == NULL ? "" : file->alt_text;
	const char *tags = file->tags == NULL ? "" : file->tags;

	/* A line each: no search finds what lies across two of them. */
	return pool_format(pool, "%s\n%s\n%s", fold(pool, file->original_name),
	    fold(pool, alt_text), fold(pool, tags));
}

const char *
search_text_pattern(struct pool *pool, const char *text)
{
	struct slice folded = slice_trim(slice_str(fold(pool, text)));
	struct buf buf;

	buf_init(&buf, pool, 2 * folded.len + 2);
	(void)buf_char(&buf, '%');
	for (size_t i = 0; i < folded.len; i++) {
		char c = folded.data[i];

		if (c == '%' || c == '_' || c == '\\')
			(void)buf_char(&buf, '\\');
		(void)buf_char(&buf, c);
	}
	(void)buf_char(&buf, '%');
	return buf.data;
}
