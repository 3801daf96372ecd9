/*
 * Templates from strings, for the tests of this folder.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_TMPL_RENDER_H
#define TESTS_TMPL_RENDER_H

#include "lib/check.h"

#include "tmpl/tmpl.h"

/* Compile "main" and, unless it is NULL, "part". */
static inline int
compile_pair(struct pool *pool, const char *text, const char *part,
    struct tmpl_set **set_r, struct err *err)
{
	const struct tmpl_source sources[] = {
		{ "main", slice_str(text) },
		{ "part", slice_str(part) },
	};

	return tmpl_set_compile(pool, sources, part == NULL ? 1 : 2, set_r,
	    err);
}

/* Render it, or the text of the error. */
static inline const char *
render_pair(struct pool *pool, const char *text, const char *part,
    const char *view)
{
	struct err *err = POOL_NEW(pool, struct err);
	struct tmpl_set *set;
	struct json *json;
	struct buf out;

	buf_init(&out, pool, TMPL_OUTPUT_MAX);
	if (json_parse(pool, slice_str(view), &json, err) == -1 ||
	    compile_pair(pool, text, part, &set, err) == -1 ||
	    tmpl_render(set, "main", json, LANG_ES, &out, err) == -1)
		return err->text;
	return out.data;
}

#endif
