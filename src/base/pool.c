/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"

enum {
	BLOCK_BYTES = 4096 - 64, /* leaves room for malloc's own header */
	ALIGN_BYTES = 16,
	SMALL_TEXT_BYTES = 1024,
};

struct block {
	struct block *next;
	size_t size_bytes; /* of data */
	size_t used_bytes;
	_Alignas(ALIGN_BYTES) unsigned char data[];
};

struct hook {
	struct hook *next;
	pool_clear_fn fn;
	void *arg;
};

struct pool {
	struct block *blocks; /* newest first */
	struct hook *hooks;   /* newest first */
	size_t used_bytes;
	bool is_secret;
};

static ATTR_NORETURN void
out_of_memory(size_t size_bytes)
{
	(void)fprintf(stderr, "level=error msg=\"out of memory\" bytes=%zu\n",
	    size_bytes);
	abort();
}

static struct block *
block_new(size_t size_bytes)
{
	struct block *block;

	if (size_bytes > SIZE_MAX / 2)
		out_of_memory(size_bytes);
	block = malloc(sizeof(*block) + size_bytes);
	if (block == NULL)
		out_of_memory(size_bytes);
	block->next = NULL;
	block->size_bytes = size_bytes;
	block->used_bytes = 0;
	return block;
}

static void
block_free(struct block *block, bool is_secret)
{
	if (is_secret)
		explicit_bzero(block->data, block->size_bytes);
	free(block);
}

struct pool *
pool_new(void)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		out_of_memory(sizeof(*pool));
	return pool;
}

struct pool *
pool_new_secret(void)
{
	struct pool *pool = pool_new();

	pool->is_secret = true;
	return pool;
}

static void
run_hooks(struct pool *pool)
{
	struct hook *hook;

	/* A hook may register another one, so take them off one by one. */
	while ((hook = pool->hooks) != NULL) {
		pool->hooks = hook->next;
		hook->fn(hook->arg);
	}
}

static void
free_blocks(struct pool *pool, struct block *keep)
{
	struct block *block = pool->blocks, *next;

	for (; block != NULL; block = next) {
		/* keep may be NULL, block is not */
		/* cppcheck-suppress nullPointerRedundantCheck */
		next = block->next;
		if (block != keep)
			block_free(block, pool->is_secret);
	}
	pool->blocks = keep;
}

void
pool_free(struct pool **pool)
{
	if (*pool == NULL)
		return;
	run_hooks(*pool);
	free_blocks(*pool, NULL);
	free(*pool);
	*pool = NULL;
}

void
pool_clear(struct pool *pool)
{
	struct block *keep = NULL;

	run_hooks(pool);
#ifndef POOL_DEBUG
	for (struct block *b = pool->blocks; b != NULL; b = b->next)
		if (b->size_bytes == BLOCK_BYTES)
			keep = b;
#endif
	free_blocks(pool, keep);
	if (keep != NULL) {
		if (pool->is_secret)
			explicit_bzero(keep->data, keep->size_bytes);
		keep->next = NULL;
		keep->used_bytes = 0;
	}
	pool->used_bytes = 0;
}

#ifdef POOL_DEBUG
static struct block *
block_for(struct pool *pool, size_t size_bytes)
{
	struct block *block = block_new(size_bytes);

	block->next = pool->blocks;
	pool->blocks = block;
	return block;
}
#else
static struct block *
block_for(struct pool *pool, size_t size_bytes)
{
	struct block *block = pool->blocks;

	if (block != NULL &&
	    block->size_bytes - block->used_bytes >= size_bytes)
		return block;
	if (size_bytes > BLOCK_BYTES / 4) {
		/* A large piece gets its own block, behind the open one. */
		block = block_new(size_bytes);
		if (pool->blocks == NULL) {
			pool->blocks = block;
		} else {
			block->next = pool->blocks->next;
			pool->blocks->next = block;
		}
		return block;
	}
	block = block_new(BLOCK_BYTES);
	block->next = pool->blocks;
	pool->blocks = block;
	return block;
}
#endif

void *
pool_alloc(struct pool *pool, size_t size_bytes)
{
	struct block *block;
	void *data;

	if (size_bytes > SIZE_MAX / 4)
		out_of_memory(size_bytes);
#ifndef POOL_DEBUG
	size_bytes += ALIGN_BYTES - 1;
	size_bytes -= size_bytes % ALIGN_BYTES;
#endif
	block = block_for(pool, size_bytes);
	data = block->data + block->used_bytes;
	block->used_bytes += size_bytes;
	pool->used_bytes += size_bytes;
	memset(data, 0, size_bytes);
	return data;
}

void *
pool_alloc_array(struct pool *pool, size_t count, size_t item_bytes)
{
	size_t size_bytes;

	if (__builtin_mul_overflow(count, item_bytes, &size_bytes))
		out_of_memory(SIZE_MAX);
	return pool_alloc(pool, size_bytes);
}

char *
pool_strdup(struct pool *pool, const char *s)
{
	if (s == NULL)
		return NULL;
	return pool_strndup(pool, s, strlen(s));
}

char *
pool_strndup(struct pool *pool, const char *s, size_t len)
{
	char *copy = pool_alloc(pool, len + 1);

	if (len > 0)
		memcpy(copy, s, len);
	return copy;
}

void *
pool_memdup(struct pool *pool, const void *data, size_t len)
{
	void *copy = pool_alloc(pool, len);

	if (len > 0)
		memcpy(copy, data, len);
	return copy;
}

char *
pool_vformat(struct pool *pool, const char *fmt, va_list ap)
{
	char small[SMALL_TEXT_BYTES], *text;
	va_list again;
	int len;

	/* Most texts are short, and are formatted once. */
	va_copy(again, ap);
	len = vsnprintf(small, sizeof(small), fmt, again);
	va_end(again);
	assert(len >= 0);
	if ((size_t)len < sizeof(small)) {
		text = pool_strndup(pool, small, (size_t)len);
	} else {
		text = pool_alloc(pool, (size_t)len + 1);
		(void)vsnprintf(text, (size_t)len + 1, fmt, ap);
	}
	if (pool->is_secret)
		explicit_bzero(small, sizeof(small));
	return text;
}

char *
pool_format(struct pool *pool, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = pool_vformat(pool, fmt, ap);
	va_end(ap);
	return text;
}

void
pool_on_clear(struct pool *pool, pool_clear_fn fn, void *arg)
{
	struct hook *hook = pool_alloc(pool, sizeof(*hook));

	hook->fn = fn;
	hook->arg = arg;
	hook->next = pool->hooks;
	pool->hooks = hook;
}

size_t
pool_used_bytes(const struct pool *pool)
{
	return pool->used_bytes;
}
