/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/buf.h"
#include "codec/disposition.h"
#include "codec/filename.h"

/* Both forms, the second with three characters for each byte. */
enum { HEADER_MAX = 4 * FILENAME_BYTES_MAX + 64 };

/*
 * What a quoted string may hold without escapes; and no "%", which some
 * clients decode (RFC 6266 appendix D).
 */
static bool
is_plain(char c)
{
	return c >= ' ' && c <= '~' && strchr("\"\\%/;", c) == NULL;
}

/* attr-char of RFC 8187 section 3.2.1. */
static bool
is_attr_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr("!#$&+-.^_`|~", c) != NULL);
}

/* One "_" for each character that cannot stand there; true when none. */
static bool
append_plain(struct buf *header, struct slice name)
{
	bool is_whole = true;

	while (name.len > 0) {
		size_t len = slice_utf8(name);

		if (is_plain(name.data[0])) {
			(void)buf_char(header, name.data[0]);
		} else {
			(void)buf_char(header, '_');
			is_whole = false;
		}
		name = slice_from(name, len == 0 ? 1 : len);
	}
	return is_whole;
}

static void
append_extended(struct buf *header, struct slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if (is_attr_char(name.data[i]))
			(void)buf_char(header, name.data[i]);
		else
			(void)buf_format(header, "%%%02X",
			    (unsigned char)name.data[i]);
}

const char *
disposition_attachment(struct pool *pool, const char *name)
{
	struct slice clean = slice_str(filename_display(pool, name));
	struct buf header;
	bool is_whole;

	buf_init(&header, pool, HEADER_MAX);
	(void)buf_str(&header, "attachment; filename=\"");
	is_whole = append_plain(&header, clean);
	(void)buf_char(&header, '"');
	if (!is_whole) {
		(void)buf_str(&header, "; filename*=UTF-8''");
		append_extended(&header, clean);
	}
	return header.data;
}
