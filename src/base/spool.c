/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/spool.h"

/*
 * Chunks come straight from malloc and not from the request's pool: 64 KiB is
 * below the mmap threshold's growth, and a released spool gives its memory
 * back while the request goes on.
 */
enum { CHUNK_BYTES = 64 * 1024 };

struct spool_chunk {
	struct spool_chunk *next;
	size_t used_bytes;
	char data[CHUNK_BYTES];
};

static bool
budget_take(struct spool_budget *budget, int64_t bytes)
{
	int64_t used = atomic_fetch_add(&budget->used_bytes, bytes);

	if (used + bytes <= budget->max_bytes)
		return true;
	(void)atomic_fetch_sub(&budget->used_bytes, bytes);
	return false;
}

static void
free_chunks(struct spool *spool)
{
	struct spool_chunk *next;

	for (; spool->first != NULL; spool->first = next) {
		next = spool->first->next;
		free(spool->first);
	}
	spool->last = NULL;
	(void)atomic_fetch_sub(&spool->budget->used_bytes,
	    spool->memory_bytes);
	spool->memory_bytes = 0;
}

void
spool_release(struct spool *spool)
{
	free_chunks(spool);
	if (spool->fd != -1)
		(void)close(spool->fd);
	spool->fd = -1;
	spool->size_bytes = 0;
}

static void
release_hook(void *arg)
{
	spool_release(arg);
}

void
spool_init(struct spool *spool, struct pool *pool, struct spool_budget *budget)
{
	*spool = (struct spool){ .budget = budget, .fd = -1 };
	pool_on_clear(pool, release_hook, spool);
}

/* Move what is in memory to a file, and stay there. */
static int
spill(struct spool *spool, struct err *err)
{
	int fd;

	if (file_open_unnamed(spool->budget->temp_dir, &fd, err) == -1)
		return -1;
	spool->fd = fd; /* closed by spool_release() */
	for (struct spool_chunk *c = spool->first; c != NULL; c = c->next)
		if (file_write_all(fd, c->data, c->used_bytes, err) == -1)
			return -1;
	free_chunks(spool);
	return 0;
}

/* A chunk with room, or NULL when the budget is used up. */
static struct spool_chunk *
open_chunk(struct spool *spool)
{
	struct spool_chunk *chunk = spool->last;

	if (chunk != NULL && chunk->used_bytes < CHUNK_BYTES)
		return chunk;
	if (!budget_take(spool->budget, CHUNK_BYTES))
		return NULL;
	chunk = malloc(sizeof(*chunk));
	if (chunk == NULL) {
		(void)atomic_fetch_sub(&spool->budget->used_bytes, CHUNK_BYTES);
		return NULL;
	}
	spool->memory_bytes += CHUNK_BYTES;
	chunk->next = NULL;
	chunk->used_bytes = 0;
	if (spool->last == NULL)
		spool->first = chunk;
	else
		spool->last->next = chunk;
	spool->last = chunk;
	return chunk;
}

int
spool_write(struct spool *spool, const void *data, size_t len, struct err *err)
{
	const char *at = data;

	while (len > 0 && spool->fd == -1) {
		struct spool_chunk *chunk = open_chunk(spool);
		size_t n;

		if (chunk == NULL) {
			if (spill(spool, err) == -1)
				return -1;
			break;
		}
		n = CHUNK_BYTES - chunk->used_bytes;
		if (n > len)
			n = len;
		memcpy(chunk->data + chunk->used_bytes, at, n);
		chunk->used_bytes += n;
		spool->size_bytes += (int64_t)n;
		at += n;
		len -= n;
	}
	if (len == 0)
		return 0;
	if (file_write_all(spool->fd, at, len, err) == -1)
		return -1;
	spool->size_bytes += (int64_t)len;
	return 0;
}

static void
copy_from_chunks(const struct spool *spool, int64_t offset, char *to,
    size_t len)
{
	const struct spool_chunk *chunk = spool->first;

	/* All chunks but the last are full. */
	for (; offset >= CHUNK_BYTES; offset -= CHUNK_BYTES)
		chunk = chunk->next;
	while (len > 0) {
		size_t n = chunk->used_bytes - (size_t)offset;

		if (n > len)
			n = len;
		memcpy(to, chunk->data + offset, n);
		to += n;
		len -= n;
		offset = 0;
		chunk = chunk->next;
	}
}

int
spool_read(const struct spool *spool, int64_t offset, void *data, size_t len,
    size_t *got_r, struct err *err)
{
	int64_t left = spool->size_bytes - offset;

	if (left <= 0) {
		*got_r = 0;
		return 0;
	}
	if ((int64_t)len > left)
		len = (size_t)left;
	*got_r = len;
	if (spool->fd != -1)
		return file_read_at(spool->fd, offset, data, len, err);
	copy_from_chunks(spool, offset, data, len);
	return 0;
}
