/*
 * Compiled templates: lists of nodes, linked by `next`, in the set's pool.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TMPL_TMPL_PRIVATE_H
#define TMPL_TMPL_PRIVATE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "tmpl/htmlctx.h"
#include "tmpl/tmpl.h"

enum {
	TMPL_NESTING_MAX = 32, /* sections in sections */
	TMPL_PARTIALS_MAX = 16 /* partials in partials, while rendering */
};

/* "a.b.c"; no names for ".". */
struct path {
	const char *const *names;
	size_t count;
};

enum node_kind {
	NODE_TEXT,
	NODE_VALUE,
	NODE_MESSAGE,
	NODE_SECTION,
	NODE_INVERTED,
	NODE_PARTIAL
};

struct template;

struct node {
	enum node_kind kind;
	enum escape escape; /* value, message */
	struct node *next;
	struct slice text;  /* text */
	struct path path;   /* value, section, inverted */
	const char *msgid;  /* message */
	struct node *body;  /* section, inverted */
	const struct template *partial;
};

struct template {
	const char *name;
	struct slice source;
	struct node *body;
};

struct tmpl_set {
	struct template *templates; /* by name */
	size_t count;
};

/* NULL when there is none. */
const struct template *tmpl_find(const struct tmpl_set *set,
    struct slice name);
/* Compile template->source into template->body; the set is its partials. */
int tmpl_compile(struct pool *pool, const struct tmpl_set *set,
    struct template *template, struct err *err) ATTR_MUST_USE;
/* A name that the lexer let through. */
struct path path_parse(struct pool *pool, struct slice name);

/* Append text made harmless for its position. */
void escape_append(struct buf *out, enum escape escape, struct slice text);

#endif
