/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "codec/html.h"

static const char *
entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	default:
		return "&#39;";
	}
}

static size_t
find_any(struct slice text, const char *chars)
{
	size_t at = 0;

	while (at < text.len &&
	    (text.data[at] == '\0' || strchr(chars, text.data[at]) == NULL))
		at++;
	return at;
}

static void
escape(struct buf *buf, struct slice text, const char *chars)
{
	while (text.len > 0) {
		size_t len = find_any(text, chars);

		(void)buf_append(buf, text.data, len);
		text = slice_from(text, len);
		if (text.len > 0)
			(void)buf_str(buf, entity((char)slice_take(&text)));
	}
}

void
html_text(struct buf *buf, struct slice text)
{
	escape(buf, text, "&<>");
}

void
html_attr(struct buf *buf, struct slice text)
{
	escape(buf, text, "&<>\"'");
}
