/*
 * A store for tests that keeps names and sizes in memory and fails on demand.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef LIB_STORE_MEM_H
#define LIB_STORE_MEM_H

#include "store/store_private.h"

enum { STORE_MEM_OBJECTS = 64 };

struct store_mem_object {
	char key[STORE_KEY_MAX + 1];
	char type[64];
	char cache_control[64];
	int64_t size_bytes;
};

struct store_mem {
	struct store base;
	struct store_mem_object objects[STORE_MEM_OBJECTS];
	size_t count;
	/* Objects of at least this size are sent in parts; 0: none. */
	int64_t part_bytes;
	bool fails_commit;	/* and stores nothing */
	bool loses_answer;	/* stores, but the commit fails */
	bool fails_delete;
	int parts_open; /* multipart uploads begun and not ended */
};

/* A store named "uploads" whose driver calls itself "file". */
struct store_mem *store_mem_open(struct pool *pool);
/* NULL when there is none. */
const struct store_mem_object *store_mem_find(const struct store_mem *mem,
    const char *key);

#endif
