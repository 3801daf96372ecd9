/*
 * One error idiom for the whole program.
 *
 * A function that can fail returns -1 and fills the caller's struct err, which
 * is its last parameter and is touched only on failure.  Kinds say whose fault
 * it is, so that one table in web/error_page.c can choose status, log level
 * and what a stranger may read.  Nothing is allocated.
 *
 *	if (product_load(db, pool, id, &product, err) == -1)
 *		return err_wrap(err, "show product");
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/attr.h"

enum { ERR_TEXT_BYTES = 512, ERR_CODE_BYTES = 48 };

enum err_kind {
	ERR_NONE,
	ERR_INVALID,	 /* the client sent something wrong (400) */
	ERR_UNAUTHENTICATED, /* nobody is logged in (401) */
	ERR_DENIED,	 /* known, but not allowed (403) */
	ERR_NOT_FOUND,	 /* no such thing, or not yours (404) */
	ERR_METHOD,	 /* the thing exists, the method does not (405) */
	ERR_CONFLICT,	 /* somebody else was first (409) */
	ERR_PRECONDITION, /* If-Match or the like does not hold (412) */
	ERR_TOO_LARGE,	 /* beyond a limit in bytes (413) */
	ERR_UNSUPPORTED, /* a type we do not take (415) */
	ERR_TOO_MANY,	 /* beyond a limit in requests (429) */
	ERR_UPSTREAM,	 /* storage answered nonsense or refused us (502) */
	ERR_UNAVAILABLE, /* storage or database is away, or we are full (503) */
	ERR_GONE_AWAY,	 /* the peer hung up: nobody to answer */
	ERR_INTERNAL,	 /* our own fault (500) */
	ERR_KIND_COUNT
};

struct err {
	enum err_kind kind;
	/* Machine-readable cause, such as "file_too_large"; "" when none. */
	char code[ERR_CODE_BYTES];
	char text[ERR_TEXT_BYTES];
};

/* Start value of a struct err on the stack. */
#define ERR_INIT { .kind = ERR_NONE }

/*
 * Each gives -1, and in the open, so that compilers and analysers see that
 * what a failing function would have set is not read.
 *
 * err_set(err, kind, fmt, ...): fill err; the text is cut at its size.
 * err_set_code(err, kind, code, fmt, ...): with a machine-readable cause.
 * err_wrap(err, fmt, ...): put "context: " before the text; kind and code stay.
 */
#define err_set(...) (err_fill(__VA_ARGS__), -1)
#define err_set_code(...) (err_fill_code(__VA_ARGS__), -1)
#define err_wrap(...) (err_prefix(__VA_ARGS__), -1)

/* What they do; call the macros. */
void err_fill(struct err *err, enum err_kind kind, const char *fmt, ...)
    ATTR_FORMAT(3, 4);
void err_fill_code(struct err *err, enum err_kind kind, const char *code,
    const char *fmt, ...) ATTR_FORMAT(4, 5);
void err_prefix(struct err *err, const char *fmt, ...) ATTR_FORMAT(2, 3);

/* Forget the error. */
void err_clear(struct err *err);

/* The kind in lower case words, for logs: "not_found". */
const char *err_kind_name(enum err_kind kind);

#endif
