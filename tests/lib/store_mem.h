/*
 * A store for tests that keeps objects in memory, can do what drivers can, and
 * fails on demand.  Safe for threads.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef LIB_STORE_MEM_H
#define LIB_STORE_MEM_H

#include <pthread.h>

#include "base/buf.h"
#include "store/manage.h"
#include "store/store_private.h"

enum { STORE_MEM_OBJECTS = 256 };

struct store_mem_object {
	char key[STORE_KEY_MAX + 1];
	char type[64];
	char cache_control[64];
	char disposition[64];
	char etag[32];
	struct slice data;
	int64_t size_bytes;
	bool has_other_metadata;
};

enum store_mem_call { MEM_HEAD, MEM_GET, MEM_COPY, MEM_REMOVE };

struct store_mem {
	struct store base;
	pthread_mutex_t lock; /* of all that follows */
	struct pool *pool;
	struct store_mem_object objects[STORE_MEM_OBJECTS];
	size_t count;
	int64_t etags; /* made so far */
	/* Objects of at least this size are sent in parts; 0: none. */
	int64_t part_bytes;
	bool fails_commit;	/* and stores nothing */
	bool loses_answer;	/* stores, but the commit fails */
	bool fails_delete;
	bool fails_copy;	/* and stores nothing */
	bool loses_copy_answer; /* stores, but the copy fails */
	bool fails_get;
	int parts_open; /* multipart uploads begun and not ended */
	int64_t get_bytes; /* sent so far */
	/*
	 * Called, without the lock, before a call does its work: a rival who
	 * is quick.
	 */
	void (*before)(void *arg, enum store_mem_call call, const char *key);
	void *before_arg;
	/* The last presigned access and form; the pool's. */
	struct store_access access;
	struct store_form_access form;
};

/*
 * A store named "uploads" whose driver calls itself "file"; below "products/"
 * everything is public.
 */
struct store_mem *store_mem_open(struct pool *pool);
/* NULL when there is none; not safe beside other threads. */
const struct store_mem_object *store_mem_find(const struct store_mem *mem,
    const char *key);
/*
 * What a client does with a URL: -1 when there is an object already and the
 * last access was for new ones only.
 */
int store_mem_put(struct store_mem *mem, const char *key, const char *type,
    struct slice data);

#endif
