/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/attr.h"
#include "codec/html.h"
#include "codec/url.h"
#include "tmpl/tmpl_private.h"

/* What a refused URL becomes: it names nothing and does nothing. */
static const char refused_url[] = "about:invalid";

static const char *const schemes[] = { "http", "https", "mailto" };

/*
 * Whatever has ":" before "/", "?" and "#" is a scheme to some browser, with
 * or without the blanks and control characters it drops.
 */
static bool
is_allowed_url(struct slice url)
{
	size_t i = 0;

	while (i < url.len && memchr(":/?#", url.data[i], 4) == NULL)
		i++;
	if (i == url.len || url.data[i] != ':')
		return true;
	for (size_t s = 0; s < ARRAY_COUNT(schemes); s++) {
		if (slice_eq_case(slice_make(url.data, i), schemes[s]))
			return true;
	}
	return false;
}

static bool
is_url_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr("-._~:/?#[]@!$()*+,;=%", c) != NULL);
}

/* What is encoded already stays so; what no URL holds is encoded. */
static void
append_url(struct buf *out, struct slice url)
{
	for (size_t i = 0; i < url.len; i++) {
		char c = url.data[i];

		if (c == '&')
			(void)buf_str(out, "&amp;");
		else if (is_url_char(c))
			(void)buf_char(out, c);
		else
			(void)buf_format(out, "%%%02X", (unsigned char)c);
	}
}

void
escape_append(struct buf *out, enum escape escape, struct slice text)
{
	switch (escape) {
	case ESCAPE_TEXT:
		html_text(out, text);
		break;
	case ESCAPE_ATTR:
		html_attr(out, text);
		break;
	case ESCAPE_URL:
		append_url(out, is_allowed_url(text) ? text :
						       slice_str(refused_url));
		break;
	case ESCAPE_URL_PATH:
		append_url(out, text);
		break;
	case ESCAPE_URL_QUERY:
		url_encode(out, text);
		break;
	case ESCAPE_REFUSED:
	case ESCAPE_COUNT:
		break;
	}
}
