/* SPDX-License-Identifier: MIT */
#include "base/buf.h"
#include "codec/latin.h"
#include "codec/utf8.h"
#include "model/search_text.h"

/* An accent behind its letter, as some file systems have it. */
static bool
is_combining(int32_t c)
{
	return c >= 0x300 && c <= 0x36f;
}

/* Nothing gets longer by it. */
static const char *
fold(struct pool *pool, const char *text)
{
	const char *clean = utf8_clean(pool, slice_str(text));
	struct slice rest = slice_str(utf8_lower(pool, slice_str(clean)));
	struct buf buf;

	buf_init(&buf, pool, rest.len);
	while (rest.len > 0) {
		struct slice start = rest;
		int32_t c = utf8_take(&rest);

		if (is_combining(c))
			continue;
		if (c < ' ')
			(void)buf_char(&buf, ' ');
		else if (c < 0x80 || !latin_append(&buf, c))
			(void)buf_append(&buf, start.data,
			    start.len - rest.len);
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
