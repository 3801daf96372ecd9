/*
 * Templates: a Mustache subset with contextual escaping.
 *
 * {{name}} {{a.b}} {{.}}, {{#section}} {{/section}}, {{^inverted}},
 * {{>partial}}, {{! comment }}, and {{#_}}text{{/_}} for a text of the message
 * catalogue (its body is the message id, taken literally and trimmed; in it,
 * {{name}} is filled in after translation).  There is no raw output.
 *
 * The compiler follows HTML and picks each tag's escape: text, quoted
 * attribute, URL attribute (whose scheme is checked: http, https, mailto or
 * relative).  A tag in an unquoted attribute, a tag or attribute name, an
 * on* attribute, style, <script>, <style> or a comment is refused, so an
 * unsafe template is a start-up error and not a hole.
 *
 * Nothing are: false, null or absent, "" and []; all else is something, 0 and
 * {} included.  A section over an array is rendered for each item, over any
 * other thing once, with that thing as the innermost context.  Tags that stand
 * alone on a line take the line with them.  Unlike elsewhere the indentation
 * of a partial's tag is not given to its lines: it would alter <textarea>.
 *
 * Sections begin and end in the same place of the HTML, so that no value can
 * shift the meaning of what follows; a partial is whole markup, not a piece of
 * a tag.  Between attributes, "{{#on}}checked{{/on}}" needs a space before it.
 * In a URL attribute a value stands at the start (its scheme is checked), in
 * the path ("{{base}}/a/{{id}}", kept as it is but for bytes that no URL has)
 * or after "?" or "#" (one component, percent-encoded).
 *
 * A compiled set is read-only and may be used by many threads.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TMPL_TMPL_H
#define TMPL_TMPL_H

#include "base/buf.h"
#include "base/err.h"
#include "base/lang.h"
#include "base/pool.h"
#include "base/slice.h"
#include "codec/json.h"

struct tmpl_set;

/* A template in memory: its name without ".html", and its text. */
struct tmpl_source {
	const char *name;
	struct slice text;
};

enum { TMPL_OUTPUT_MAX = 4 * 1024 * 1024 };

/*
 * Compile every *.html of a folder; NAME.html is template "NAME" and a partial
 * for the others.  ERR_INVALID names file, line and reason.
 */
int tmpl_set_load(struct pool *pool, const char *dir, struct tmpl_set **set_r,
    struct err *err) ATTR_MUST_USE;
/* The same from memory; the texts must live as long as the set. */
int tmpl_set_compile(struct pool *pool, const struct tmpl_source *sources,
    size_t count, struct tmpl_set **set_r, struct err *err) ATTR_MUST_USE;
/*
 * Render a template with a view (an object).  Names are looked up from the
 * innermost section outwards.  ERR_INTERNAL when there is no such template or
 * the output passes the buffer's ceiling.
 */
int tmpl_render(const struct tmpl_set *set, const char *name,
    const struct json *view, enum lang lang, struct buf *out, struct err *err)
    ATTR_MUST_USE;

#endif
