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
#include "codec/json.h"

struct tmpl_set;

enum { TMPL_OUTPUT_MAX = 4 * 1024 * 1024 };

/*
 * Compile every *.html of a folder; NAME.html is template "NAME" and a partial
 * for the others.  ERR_INVALID names file, line and reason.
 */
int tmpl_set_load(struct pool *pool, const char *dir, struct tmpl_set **set_r,
    struct err *err) ATTR_MUST_USE;
/*
 * Render a template with a view (an object).  Names are looked up from the
 * innermost section outwards.  ERR_INTERNAL when there is no such template or
 * the output passes the buffer's ceiling.
 */
int tmpl_render(const struct tmpl_set *set, const char *name,
    const struct json *view, enum lang lang, struct buf *out, struct err *err)
    ATTR_MUST_USE;

#endif
