/*
 * Pools: memory with one of three lifetimes (process, request, scratch).
 *
 * What a pool gives is zeroed and lives until the pool is cleared or freed;
 * nobody frees single pieces.  Allocation never fails: when the machine is out
 * of memory the process ends (a worker is replaced by its master).  Sizes that
 * a client controls are bounded by the caller before they get here.
 *
 * Foreign resources join a pool: pool_on_clear() registers a function that
 * runs, newest first, when the pool is cleared.  This replaces goto-cleanup.
 *
 *	struct pool *pool = pool_new();
 *	char *name = pool_format(pool, "uploads/%s", id);
 *	pool_on_clear(pool, close_fd, &fd);
 *	pool_free(&pool);
 *
 * A pool belongs to one thread at a time.  With POOL_DEBUG every piece is its
 * own malloc so that sanitizers and valgrind see its bounds.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stdarg.h>
#include <stddef.h>

#include "base/attr.h"

struct pool;

typedef void (*pool_clear_fn)(void *arg);

/* A new empty pool.  Release it with pool_free(). */
struct pool *pool_new(void);
/* As pool_new(), and its memory is overwritten before it is given back. */
struct pool *pool_new_secret(void);
/* Run the clear functions, give all memory back, set *pool to NULL. */
void pool_free(struct pool **pool);
/* Run the clear functions and forget every piece; keeps one block for reuse. */
void pool_clear(struct pool *pool);

/* size_bytes zeroed bytes, aligned for any type. */
void *pool_alloc(struct pool *pool, size_t size_bytes);
/* An array of count items; the product is checked for overflow. */
void *pool_alloc_array(struct pool *pool, size_t count, size_t item_bytes);
#define POOL_NEW(pool, type) ((type *)pool_alloc((pool), sizeof(type)))

/* Copies, always NUL-terminated.  pool_strdup(NULL) is NULL. */
char *pool_strdup(struct pool *pool, const char *s);
char *pool_strndup(struct pool *pool, const char *s, size_t len);
void *pool_memdup(struct pool *pool, const void *data, size_t len);
char *pool_format(struct pool *pool, const char *fmt, ...) ATTR_FORMAT(2, 3);
char *pool_vformat(struct pool *pool, const char *fmt, va_list ap)
    ATTR_FORMAT(2, 0);

/* Call fn(arg) when the pool is cleared or freed, newest first. */
void pool_on_clear(struct pool *pool, pool_clear_fn fn, void *arg);

/* Bytes handed out since the last clear, for tests and ceilings. */
size_t pool_used_bytes(const struct pool *pool);

#endif
