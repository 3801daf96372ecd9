/*
 * The bytes of an upload: a regular file, or memory.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STORE_SOURCE_H
#define STORE_SOURCE_H

#include "base/err.h"
#include "base/pool.h"
#include "base/slice.h"

/* A file of at most so many bytes is read at once. */
enum { STORE_SOURCE_SMALL = 64 * 1024 };

struct store_source {
	int fd; /* -1: the text */
	int64_t size_bytes;
	int64_t modified_ns; /* of the file, when it was opened */
	struct slice text;
};

/*
 * Open a regular file; it is closed with the pool.  A small one is in memory
 * then, and closed already.
 */
int store_source_open(struct pool *pool, const char *path,
    struct store_source *source_r, struct err *err) ATTR_MUST_USE;
/*
 * ERR_CONFLICT when the file is not what it was when it was opened, so that
 * what was read of it may never have been a file.
 */
int store_source_check(const struct store_source *source, struct err *err)
    ATTR_MUST_USE;
/* A copy of the bytes. */
void store_source_text(struct pool *pool, struct slice text,
    struct store_source *source_r);

#endif
