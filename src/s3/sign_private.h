/*
 * The canonical request in its parts (sign_canonical.c), for what is signed
 * from them (sign.c).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_SIGN_PRIVATE_H
#define S3_SIGN_PRIVATE_H

#include "s3/sign.h"

/* More than a command line or a request of ours can make. */
enum { SIGN_TEXT_MAX = 16 * 1024 * 1024 };

struct sign_param {
	const char *name, *value; /* encoded */
};

struct sign_line {
	const char *name, *value;
	size_t index; /* keeps the order of equal names */
};

/* What is signed, in its canonical form. */
struct sign_canonical {
	const char *query, *names;
	struct sign_line *lines;
};

/* At least as many as there are parameters in the query. */
size_t sign_query_items(const char *query);
/* The array has room for sign_query_items(query); how many they are. */
size_t sign_query_split(struct pool *pool, const char *query,
    struct sign_param *params);
/* Sorts them. */
const char *sign_query_join(struct pool *pool, struct sign_param *params,
    size_t count);
/* All but the query. */
struct sign_canonical sign_canonical_headers(struct pool *pool,
    const struct sign_request *request);
const char *sign_canonical_text(struct pool *pool,
    const struct sign_request *request,
    const struct sign_canonical *canonical);

#endif
