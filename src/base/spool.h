/*
 * A spool holds the bytes of one upload until they are wanted again: in memory
 * while the process's budget lasts, else in an unlinked temporary file, so
 * that memory stays flat whatever the number of uploads.
 *
 *	spool_init(&spool, pool, &app->spool_budget);
 *	spool_write(&spool, data, len, err); ...
 *	spool_read(&spool, offset, buffer, len, err);
 *
 * Memory and file are given back when the pool is cleared, or by
 * spool_release().  One thread writes; after the last write any thread may
 * read.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_SPOOL_H
#define BASE_SPOOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"

/* Shared by all threads of a process (UPLOAD_MEMORY). */
struct spool_budget {
	const char *temp_dir;
	int64_t max_bytes;
	_Atomic int64_t used_bytes;
};

struct spool_chunk;

struct spool {
	struct spool_budget *budget;
	struct spool_chunk *first, *last;
	int64_t size_bytes; /* written so far */
	int64_t memory_bytes; /* taken from the budget */
	int fd;		      /* -1 while in memory */
};

/*
 * An empty spool that is released when the pool is cleared; spool and budget
 * must last as long (both may be pieces of the pool).
 */
void spool_init(struct spool *spool, struct pool *pool,
    struct spool_budget *budget);
/* Append.  ERR_UNAVAILABLE when the disk is full. */
int spool_write(struct spool *spool, const void *data, size_t len,
    struct err *err) ATTR_MUST_USE;
/* Copy up to len bytes at offset; *got_r is smaller only at the end. */
int spool_read(const struct spool *spool, int64_t offset, void *data,
    size_t len, size_t *got_r, struct err *err) ATTR_MUST_USE;
/* Give memory and file back; the spool is empty and usable again. */
void spool_release(struct spool *spool);

#endif
