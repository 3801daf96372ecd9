/*
 * The markup of a page without its text: tags, attribute names and quotes.
 * Whatever the values are, a template's pages have the same skeleton.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_TMPL_SKELETON_H
#define TESTS_TMPL_SKELETON_H

#include "base/buf.h"
#include "tmpl/htmlctx.h"

/* NULL, or why the page is no sound HTML. */
static inline const char *
skeleton(struct buf *out, struct slice page)
{
	const char *refusal;
	struct htmlctx ctx;
	size_t used;

	htmlctx_init(&ctx);
	for (size_t i = 0; i < page.len; i++) {
		enum html_state before = ctx.state;

		refusal = htmlctx_feed(&ctx, slice_make(page.data + i, 1),
		    &used);
		if (refusal != NULL)
			return refusal;
		/* URLs were filled in: their rules are for templates. */
		if (ctx.state == HTML_VALUE)
			ctx.attr = HTML_ATTR_TEXT;
		if (ctx.state != before || (before != HTML_TEXT &&
					       before != HTML_RCDATA &&
					       before != HTML_VALUE))
			buf_char(out, page.data[i]);
	}
	return ctx.state == HTML_TEXT ? NULL : htmlctx_place(&ctx);
}

#endif
