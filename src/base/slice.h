/*
 * Slices: a view of bytes somebody else owns, and the one checked cursor that
 * every parser of text uses.  A slice is never NUL-terminated by contract and
 * is passed by value; the bytes must outlive it.
 *
 *	struct slice rest = slice_str("a=1; b=2"), item;
 *	while (slice_next(&rest, ';', &item)) { ... slice_trim(item) ... }
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pool.h"

struct slice {
	const char *data;
	size_t len;
};

/* printf("%.*s", SLICE_ARG(s)); only for lengths below INT_MAX */
#define SLICE_ARG(s) (int)(s).len, (s).data

struct slice slice_make(const void *data, size_t len);
/* The bytes of a C string; NULL gives the empty slice. */
struct slice slice_str(const char *s);

bool slice_eq(struct slice a, struct slice b);
bool slice_eq_str(struct slice a, const char *s);
/* ASCII case is ignored, whatever the locale. */
bool slice_eq_case(struct slice a, const char *s);
bool slice_has_prefix(struct slice a, const char *prefix);
bool slice_has_suffix(struct slice a, const char *suffix);
/* The index of c, or len when it is not there. */
size_t slice_find(struct slice a, char c);
/* Without spaces and tabs at both ends. */
struct slice slice_trim(struct slice a);
/* From byte `from` on; empty when from is past the end. */
struct slice slice_from(struct slice a, size_t from);

/*
 * Take what stands before sep off *rest into *item_r.  Returns false when
 * *rest has been used up (rest->data is then NULL); "a,,b" gives three items.
 */
bool slice_next(struct slice *rest, char sep, struct slice *item_r);
/* Take one byte; -1 at the end. */
int slice_take(struct slice *rest);
/* Take exactly this text; false, with *rest unchanged, when it is not next. */
bool slice_take_str(struct slice *rest, const char *text);

/* Length of the valid UTF-8 sequence that a starts with; 0 if there is none. */
size_t slice_utf8(struct slice a);

/* A NUL-terminated copy in the pool. */
char *slice_dup(struct pool *pool, struct slice a);

#endif
