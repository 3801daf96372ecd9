/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/attr.h"
#include "tmpl/htmlctx.h"

struct html_element {
	const char *name;
	enum html_state content;
};

/* Elements whose content is not ordinary markup. */
static const struct html_element special_elements[] = {
	{ "title", HTML_RCDATA },
	{ "textarea", HTML_RCDATA },
	{ "script", HTML_RAW },
	{ "style", HTML_RAW },
	{ "svg", HTML_RAW },
	{ "math", HTML_RAW },
	{ "xmp", HTML_RAW },
	{ "iframe", HTML_RAW },
	{ "noembed", HTML_RAW },
	{ "noframes", HTML_RAW },
	{ "noscript", HTML_RAW },
};

static const char *const url_attrs[] = { "href", "src", "action", "formaction",
	"poster", "data", "cite", "background", "longdesc", "manifest",
	"usemap", "codebase" };

/*
 * Values that are programs, documents, lists of URLs, or mean something else
 * by the attribute beside them.
 */
static const char *const refused_attrs[] = { "style", "srcdoc", "srcset",
	"imagesrcset", "ping", "content", "http-equiv" };

static const char *const schemes[] = { "http", "https", "mailto" };

/* Names of positions, and whether values or sections make sense there. */
static const char *const places[HTML_STATE_COUNT] = {
	[HTML_TEXT] = "text",
	[HTML_RCDATA] = "text",
	[HTML_RAW] = "an element with raw content",
	[HTML_COMMENT] = "a comment",
	[HTML_DECLARATION] = "a declaration",
	[HTML_TAG_OPEN] = "a tag name",
	[HTML_TAG_NAME] = "a tag name",
	[HTML_GAP] = "an attribute name",
	[HTML_SLASH] = "a tag",
	[HTML_ATTR_NAME] = "an attribute name",
	[HTML_VALUE_START] = "an unquoted attribute",
	[HTML_VALUE] = "a quoted attribute",
	[HTML_VALUE_END] = "an attribute name",
};

void
htmlctx_init(struct htmlctx *ctx)
{
	*ctx = (struct htmlctx){ .state = HTML_TEXT };
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char
to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* A longer name keeps its first bytes: it then equals none of the tables'. */
static void
add_to_name(struct htmlctx *ctx, char c)
{
	if (ctx->name_len < sizeof(ctx->name))
		ctx->name[ctx->name_len++] = c;
}

static struct slice
name_of(const struct htmlctx *ctx)
{
	return slice_make(ctx->name, ctx->name_len);
}

static bool
is_listed(struct slice name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (slice_eq_case(name, list[i]))
			return true;
	}
	return false;
}

static const struct html_element *
find_element(struct slice name)
{
	for (size_t i = 0; i < ARRAY_COUNT(special_elements); i++) {
		if (slice_eq_case(name, special_elements[i].name))
			return &special_elements[i];
	}
	return NULL;
}

static enum html_attr
classify_attr(struct slice name)
{
	size_t colon = slice_find(name, ':');

	if (colon < name.len) /* xlink:href */
		name = slice_from(name, colon + 1);
	if (is_listed(name, url_attrs, ARRAY_COUNT(url_attrs)))
		return HTML_ATTR_URL;
	if (is_listed(name, refused_attrs, ARRAY_COUNT(refused_attrs)) ||
	    (name.len >= 2 && slice_eq_case(slice_make(name.data, 2), "on")))
		return HTML_ATTR_REFUSED;
	return HTML_ATTR_TEXT;
}

static const char *
end_tag(struct htmlctx *ctx)
{
	ctx->state = HTML_TEXT;
	ctx->matched = 0;
	if (ctx->is_end_tag)
		ctx->element = NULL;
	ctx->is_end_tag = false;
	if (ctx->element != NULL)
		ctx->state = ctx->element->content;
	return NULL;
}

static const char *
step_text(struct htmlctx *ctx, char c)
{
	if (c == '<') {
		ctx->state = HTML_TAG_OPEN;
		ctx->is_end_tag = false;
		ctx->element = NULL;
		ctx->name_len = 0;
	}
	return NULL;
}

static const char *
step_tag_open(struct htmlctx *ctx, char c)
{
	if (c == '/' && !ctx->is_end_tag) {
		ctx->is_end_tag = true;
		return NULL;
	}
	if (c == '!' && !ctx->is_end_tag) {
		ctx->state = HTML_DECLARATION;
		return NULL;
	}
	if (!is_alpha(c))
		return "\"<\" that begins no tag: write &lt;";
	ctx->state = HTML_TAG_NAME;
	add_to_name(ctx, c);
	return NULL;
}

/* <!doctype html> and comments are all that is taken. */
static const char *
step_declaration(struct htmlctx *ctx, char c)
{
	static const char doctype[] = "doctype html";
	bool is_doctype;

	if (c == '>') {
		is_doctype = slice_eq_case(name_of(ctx), doctype);
		ctx->state = HTML_TEXT;
		return is_doctype ? NULL : "unknown declaration";
	}
	add_to_name(ctx, c);
	if (slice_eq_str(name_of(ctx), "--")) {
		ctx->state = HTML_COMMENT;
		/* "<!-->" and "<!--->" are whole comments. */
		ctx->dashes = 2;
		return NULL;
	}
	return ctx->name_len > strlen(doctype) ? "unknown declaration" : NULL;
}

static const char *
step_comment(struct htmlctx *ctx, char c)
{
	if (c == '>' && ctx->dashes >= 2)
		ctx->state = HTML_TEXT;
	else if (c == '!' && ctx->dashes >= 2)
		return "\"--!\" in a comment";
	ctx->dashes = c == '-' ? ctx->dashes + 1 : 0;
	return NULL;
}

/* How much of "</name" has been seen, c included. */
static size_t
match_end_tag(const struct htmlctx *ctx, char c)
{
	const char *name = ctx->element->name;

	if (c == '<')
		return 1;
	if (ctx->matched == 1 && c == '/')
		return 2;
	if (ctx->matched >= 2 && ctx->matched < strlen(name) + 2 &&
	    to_lower(c) == name[ctx->matched - 2])
		return ctx->matched + 1;
	return 0;
}

/* In <title>, <script> and the like only their own end tag counts. */
static const char *
step_content(struct htmlctx *ctx, char c)
{
	bool is_named = ctx->matched == strlen(ctx->element->name) + 2;

	if (ctx->matched == 1 && c == '!' && ctx->state == HTML_RAW)
		return "\"<!\" in an element with raw content";
	if (is_named && c == '/')
		return "\"/\" in an end tag";
	if (is_named && (is_space(c) || c == '>')) {
		ctx->is_end_tag = true;
		ctx->state = HTML_GAP;
		return c == '>' ? end_tag(ctx) : NULL;
	}
	ctx->matched = match_end_tag(ctx, c);
	return NULL;
}

static const char *
step_gap(struct htmlctx *ctx, char c)
{
	if (is_space(c))
		return NULL;
	if (c == '>')
		return end_tag(ctx);
	if (ctx->is_end_tag)
		return "an end tag with attributes";
	if (c == '/') {
		ctx->state = HTML_SLASH;
		return NULL;
	}
	if (c == '=')
		return "\"=\" without an attribute name before it";
	if (strchr("\"'<", c) != NULL) /* also NUL */
		return "a bad character in an attribute name";
	ctx->state = HTML_ATTR_NAME;
	ctx->name_len = 0;
	add_to_name(ctx, c);
	return NULL;
}

static const char *
step_slash(struct htmlctx *ctx, char c)
{
	if (c != '>')
		return "\"/\" in a tag";
	if (ctx->element != NULL)
		return "an element with special content cannot close itself";
	return end_tag(ctx);
}

static const char *
step_tag_name(struct htmlctx *ctx, char c)
{
	if (!is_space(c) && c != '>' && c != '/') {
		if (strchr("\"'<=", c) != NULL)
			return "a bad character in a tag name";
		add_to_name(ctx, c);
		return NULL;
	}
	if (slice_eq_case(name_of(ctx), "plaintext"))
		return "<plaintext>";
	if (!ctx->is_end_tag)
		ctx->element = find_element(name_of(ctx));
	ctx->state = HTML_GAP;
	return step_gap(ctx, c);
}

static const char *
step_attr_name(struct htmlctx *ctx, char c)
{
	if (c == '=') {
		ctx->attr = classify_attr(name_of(ctx));
		ctx->state = HTML_VALUE_START;
		return NULL;
	}
	if (is_space(c) || c == '>' || c == '/') {
		ctx->state = HTML_GAP;
		return step_gap(ctx, c);
	}
	if (strchr("\"'<", c) != NULL)
		return "a bad character in an attribute name";
	add_to_name(ctx, c);
	return NULL;
}

static const char *
step_value_start(struct htmlctx *ctx, char c)
{
	if (c != '"' && c != '\'')
		return "an unquoted attribute";
	ctx->state = HTML_VALUE;
	ctx->quote = c;
	ctx->url = HTML_URL_START;
	ctx->name_len = 0;
	return NULL;
}

static const char *
end_scheme(struct htmlctx *ctx)
{
	if (!is_listed(name_of(ctx), schemes, ARRAY_COUNT(schemes)))
		return "a URL whose scheme is not http, https or mailto";
	ctx->url = HTML_URL_PATH;
	return NULL;
}

static const char *
step_url(struct htmlctx *ctx, char c)
{
	if (c == '?' || c == '#')
		ctx->url = HTML_URL_QUERY;
	if (ctx->url == HTML_URL_PATH || ctx->url == HTML_URL_QUERY)
		return NULL;
	if (c == '/') {
		ctx->url = HTML_URL_PATH;
		return NULL;
	}
	if (ctx->url == HTML_URL_FILLED)
		return "a value at a URL's start must be followed by "
		       "\"/\", \"?\" or \"#\"";
	if (c == ':')
		return end_scheme(ctx);
	/* A browser drops spaces here and reads a reference as its letter. */
	if (c == '&' || (unsigned char)c <= ' ')
		return "a URL must not begin with spaces or references";
	ctx->url = HTML_URL_SCHEME;
	add_to_name(ctx, c);
	return NULL;
}

static const char *
step_value(struct htmlctx *ctx, char c)
{
	if (c == ctx->quote) {
		ctx->state = HTML_VALUE_END;
		return NULL;
	}
	return ctx->attr == HTML_ATTR_URL ? step_url(ctx, c) : NULL;
}

static const char *
step_value_end(struct htmlctx *ctx, char c)
{
	if (!is_space(c) && c != '>' && c != '/')
		return "no space between two attributes";
	ctx->state = HTML_GAP;
	return step_gap(ctx, c);
}

typedef const char *(*step_fn)(struct htmlctx *ctx, char c);

static const step_fn steps[HTML_STATE_COUNT] = {
	[HTML_TEXT] = step_text,
	[HTML_RCDATA] = step_content,
	[HTML_RAW] = step_content,
	[HTML_COMMENT] = step_comment,
	[HTML_DECLARATION] = step_declaration,
	[HTML_TAG_OPEN] = step_tag_open,
	[HTML_TAG_NAME] = step_tag_name,
	[HTML_GAP] = step_gap,
	[HTML_SLASH] = step_slash,
	[HTML_ATTR_NAME] = step_attr_name,
	[HTML_VALUE_START] = step_value_start,
	[HTML_VALUE] = step_value,
	[HTML_VALUE_END] = step_value_end,
};

const char *
htmlctx_feed(struct htmlctx *ctx, struct slice text, size_t *used_r)
{
	const char *refusal = NULL;
	size_t i;

	for (i = 0; i < text.len && refusal == NULL; i++)
		refusal = steps[ctx->state](ctx, text.data[i]);
	*used_r = refusal == NULL ? i : i - 1;
	return refusal;
}

const char *
htmlctx_place(const struct htmlctx *ctx)
{
	return places[ctx->state];
}

static enum escape
escape_in_url(const struct htmlctx *ctx, const char **reason_r)
{
	switch (ctx->url) {
	case HTML_URL_START:
		return ESCAPE_URL;
	case HTML_URL_PATH:
		return ESCAPE_URL_PATH;
	case HTML_URL_QUERY:
		return ESCAPE_URL_QUERY;
	case HTML_URL_SCHEME:
	case HTML_URL_FILLED:
	default:
		*reason_r = "a value that could change the URL's scheme";
		return ESCAPE_REFUSED;
	}
}

static enum escape
escape_in_value(const struct htmlctx *ctx, const char **reason_r)
{
	switch (ctx->attr) {
	case HTML_ATTR_TEXT:
		return ESCAPE_ATTR;
	case HTML_ATTR_URL:
		return escape_in_url(ctx, reason_r);
	case HTML_ATTR_REFUSED:
	default:
		*reason_r = "an attribute of code, style or documents";
		return ESCAPE_REFUSED;
	}
}

enum escape
htmlctx_escape(const struct htmlctx *ctx, const char **reason_r)
{
	switch (ctx->state) {
	case HTML_TEXT:
		return ESCAPE_TEXT;
	case HTML_RCDATA:
		if (ctx->matched == 0)
			return ESCAPE_TEXT;
		*reason_r = "a tag name";
		return ESCAPE_REFUSED;
	case HTML_VALUE:
		return escape_in_value(ctx, reason_r);
	default:
		*reason_r = htmlctx_place(ctx);
		return ESCAPE_REFUSED;
	}
}

void
htmlctx_fill(struct htmlctx *ctx)
{
	if (ctx->state == HTML_VALUE && ctx->attr == HTML_ATTR_URL &&
	    ctx->url == HTML_URL_START)
		ctx->url = HTML_URL_FILLED;
}

const char *
htmlctx_refuse_section(const struct htmlctx *ctx)
{
	switch (ctx->state) {
	case HTML_TEXT:
	case HTML_GAP:
	case HTML_VALUE:
		return NULL;
	case HTML_RCDATA:
		return ctx->matched == 0 ? NULL : "a tag name";
	case HTML_VALUE_END:
	case HTML_ATTR_NAME:
	case HTML_TAG_NAME:
		return "a tag: put a space before the section";
	default:
		return htmlctx_place(ctx);
	}
}

bool
htmlctx_equal(const struct htmlctx *a, const struct htmlctx *b)
{
	if (a->state != b->state || a->element != b->element ||
	    a->is_end_tag != b->is_end_tag || a->matched != b->matched)
		return false;
	if (a->state != HTML_VALUE)
		return true;
	return a->quote == b->quote && a->attr == b->attr && a->url == b->url;
}
