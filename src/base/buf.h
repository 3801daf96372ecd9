/*
 * Growing byte buffers with a ceiling.
 *
 * A buffer lives in a pool and never grows beyond the size given at
 * buf_init(): what a client can size has a named limit before it has memory.
 * An append that would go beyond it adds nothing and leaves the buffer marked
 * full; a builder may append many times and look once, with buf_is_full().
 * The content is always followed by a NUL that is not counted.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pool.h"
#include "base/slice.h"

struct buf {
	struct pool *pool;
	char *data; /* NUL-terminated; valid even when empty */
	size_t len;
	size_t size_bytes; /* allocated */
	size_t max_bytes;
	bool is_full;
};

/* An empty buffer of at most max_bytes; memory comes with the first append. */
void buf_init(struct buf *buf, struct pool *pool, size_t max_bytes);
/* Empty again, its memory kept. */
void buf_clear(struct buf *buf);

/* Append; 0, or -1 when the ceiling would be passed (nothing is added). */
int buf_append(struct buf *buf, const void *data, size_t len);
int buf_str(struct buf *buf, const char *s);
int buf_slice(struct buf *buf, struct slice s);
int buf_char(struct buf *buf, char c);
int buf_format(struct buf *buf, const char *fmt, ...) ATTR_FORMAT(2, 3);

/* True when any append was refused since the last clear. */
bool buf_is_full(const struct buf *buf);
/* What is in the buffer; valid until the next append. */
struct slice buf_view(const struct buf *buf);
/* Drop the first len bytes. */
void buf_consume(struct buf *buf, size_t len);

#endif
