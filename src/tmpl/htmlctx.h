/*
 * Where in an HTML document a template stands.
 *
 * A reduced form of the tokenizer of the HTML standard (section 13.2.5), fed
 * with the literal bytes of a template.  It accepts less than browsers do:
 * what they repair or read in two ways (unquoted values, "<" that opens no
 * tag, "name = value", odd comments) is refused, so that this machine and
 * every browser agree on what is text and what is markup.  A refusal is a
 * sentence for the template's author; NULL means that all is well.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TMPL_HTMLCTX_H
#define TMPL_HTMLCTX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

enum { HTMLCTX_NAME_BYTES = 24 };

enum html_state {
	HTML_TEXT,
	HTML_RCDATA, /* <title>, <textarea>: text, but no tags */
	HTML_RAW,    /* <script>, <style>, <svg>...: copied, never filled in */
	HTML_COMMENT,
	HTML_DECLARATION, /* after "<!" */
	HTML_TAG_OPEN,	  /* after "<" */
	HTML_TAG_NAME,
	HTML_GAP, /* between attributes */
	HTML_SLASH,
	HTML_ATTR_NAME,
	HTML_VALUE_START, /* after "=" */
	HTML_VALUE,
	HTML_VALUE_END, /* after the closing quote */
	HTML_STATE_COUNT
};

enum html_attr { HTML_ATTR_TEXT, HTML_ATTR_URL, HTML_ATTR_REFUSED };

/* How far a URL attribute's value has come. */
enum html_url {
	HTML_URL_START,
	HTML_URL_SCHEME, /* literal bytes that may yet be a scheme */
	HTML_URL_FILLED, /* a tag stands at the start, nothing follows yet */
	HTML_URL_PATH,	 /* the scheme is settled */
	HTML_URL_QUERY	 /* after "?" or "#" */
};

/* The escape a position asks for. */
enum escape {
	ESCAPE_REFUSED,
	ESCAPE_TEXT,	  /* also inside <title> and <textarea> */
	ESCAPE_ATTR,	  /* a quoted attribute */
	ESCAPE_URL,	  /* the whole or the start of a URL: scheme checked */
	ESCAPE_URL_PATH,  /* further on: no byte may leave the URL */
	ESCAPE_URL_QUERY, /* one component: everything reserved is encoded */
	ESCAPE_COUNT
};

struct html_element; /* one with special content */

/* A plain value: copy it to remember a position. */
struct htmlctx {
	enum html_state state;
	enum html_attr attr;
	enum html_url url;
	const struct html_element *element; /* open or opening, or NULL */
	bool is_end_tag;
	char quote;
	size_t matched; /* bytes of "</name" seen in HTML_RCDATA, HTML_RAW */
	size_t dashes;	/* at the end of a comment so far */
	size_t name_len;
	char name[HTMLCTX_NAME_BYTES]; /* of a tag, attribute or scheme */
};

/* The start of a document. */
void htmlctx_init(struct htmlctx *ctx);
/* Follow literal bytes; *used_r is how many went well. */
const char *htmlctx_feed(struct htmlctx *ctx, struct slice text,
    size_t *used_r);
/* The escape for a value here; on ESCAPE_REFUSED *reason_r says why. */
enum escape htmlctx_escape(const struct htmlctx *ctx, const char **reason_r);
/* A value has been put here. */
void htmlctx_fill(struct htmlctx *ctx);
/* Why no section may begin here. */
const char *htmlctx_refuse_section(const struct htmlctx *ctx);
/* True when whatever may follow one may follow the other. */
bool htmlctx_equal(const struct htmlctx *a, const struct htmlctx *b);
/* What the position is called: "a comment". */
const char *htmlctx_place(const struct htmlctx *ctx);

#endif
