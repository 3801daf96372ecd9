/*
 * Lists of files: newest first, filtered, a page at a time.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_FILE_SEARCH_H
#define MODEL_FILE_SEARCH_H

#include "model/file.h"

enum { FILE_SEARCH_MAX = 200, FILE_SEARCH_TEXT_MAX = 200 };

/* Where a page begins: behind this file. */
struct file_place {
	int64_t created_secs;
	int64_t id; /* 0: at the start */
};

struct file_search {
	int64_t tenant_id;
	const char *owner; /* NULL: all of the tenant */
	enum file_state state; /* live or trashed (or any other one) */
	const char *athlete_id; /* NULL: any */
	bool has_kind;
	enum file_kind kind;
	const char *text; /* part of name, description or tags; NULL or "": any */
	struct file_place after;
	int limit; /* 1 to FILE_SEARCH_MAX */
};

struct file_list {
	struct file *files;
	size_t count;
	bool has_more;
	struct file_place last; /* for the next page */
};

int file_search(struct sql *db, struct pool *pool,
    const struct file_search *search, struct file_list *list_r,
    struct err *err) ATTR_MUST_USE;
/* 1 found, 0 absent, another tenant's, or not live, -1. */
int file_find_key(struct sql *db, struct pool *pool, int64_t tenant_id,
    const char *bucket, const char *key, struct file *file_r, struct err *err)
    ATTR_MUST_USE;

#endif
