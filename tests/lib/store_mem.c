/* SPDX-License-Identifier: MIT */
#include "lib/store_mem.h"

#include <stdio.h>
#include <string.h>

struct mem_writer {
	struct store_writer base;
	struct store_mem *mem;
	int64_t size_bytes;
	bool has_parts;
};

static int
prepare(struct store *store, bool *created_r, struct err *err)
{
	(void)store;
	(void)err;
	*created_r = false;
	return 0;
}

static int
writer_open(struct store *store, struct pool *pool,
    const struct store_object *object, struct store_writer **writer_r,
    struct err *err)
{
	struct mem_writer *writer = POOL_NEW(pool, struct mem_writer);

	(void)object;
	(void)err;
	writer->mem = (struct store_mem *)store;
	*writer_r = &writer->base;
	return 0;
}

static int
writer_write(struct store_writer *base, struct slice bytes, struct err *err)
{
	struct mem_writer *writer = (struct mem_writer *)base;
	struct store_mem *mem = writer->mem;

	writer->size_bytes += (int64_t)bytes.len;
	if (mem->part_bytes == 0 || writer->has_parts ||
	    writer->size_bytes < mem->part_bytes)
		return 0;
	if (store_writer_before_send(base, err) == -1)
		return -1;
	writer->has_parts = true;
	mem->parts_open++;
	return store_writer_multipart_begun(base, "upload-1", err);
}

static void
end_parts(struct mem_writer *writer)
{
	if (!writer->has_parts)
		return;
	writer->has_parts = false;
	writer->mem->parts_open--;
	store_writer_multipart_ended(&writer->base, "upload-1");
}

static int
writer_commit(struct store_writer *base, struct store_stored *stored_r,
    struct err *err)
{
	struct mem_writer *writer = (struct mem_writer *)base;
	struct store_mem *mem = writer->mem;
	struct store_mem_object *object = &mem->objects[mem->count];

	if (store_writer_before_send(base, err) == -1)
		return -1;
	if (mem->fails_commit || mem->count == STORE_MEM_OBJECTS)
		return err_set(err, ERR_UPSTREAM, "the store refused");
	if (base->object.is_new_only &&
	    store_mem_find(mem, base->object.key) != NULL)
		return err_set(err, ERR_CONFLICT, "there is an object");
	(void)snprintf(object->key, sizeof(object->key), "%s",
	    base->object.key);
	(void)snprintf(object->type, sizeof(object->type), "%s",
	    base->object.content_type);
	(void)snprintf(object->cache_control, sizeof(object->cache_control),
	    "%s", base->object.cache_control);
	object->size_bytes = writer->size_bytes;
	mem->count++;
	if (mem->loses_answer)
		return err_set(err, ERR_UPSTREAM, "the answer was lost");
	end_parts(writer);
	*stored_r = (struct store_stored){ .size_bytes = writer->size_bytes };
	memset(stored_r->sha256, 'a', STORE_SHA256_CHARS);
	return 0;
}

static void
writer_abort(struct store_writer *base)
{
	end_parts((struct mem_writer *)base);
}

static int
head(struct store *store, struct pool *pool, const char *key,
    struct store_info *info_r, struct err *err)
{
	const struct store_mem_object *object =
	    store_mem_find((struct store_mem *)store, key);

	(void)pool;
	(void)err;
	if (object == NULL)
		return 0;
	*info_r = (struct store_info){ .size_bytes = object->size_bytes,
		.content_type = object->type,
		.etag = "" };
	return 1;
}

static int
get(struct store *store, const struct store_read *read, struct err *err)
{
	(void)store;
	(void)read;
	return err_set(err, ERR_UNSUPPORTED, "only names and sizes are kept");
}

static int
remove_object(struct store *store, const char *key, struct err *err)
{
	struct store_mem *mem = (struct store_mem *)store;

	if (mem->fails_delete)
		return err_set(err, ERR_UNAVAILABLE, "the store is away");
	for (size_t i = 0; i < mem->count; i++)
		if (strcmp(mem->objects[i].key, key) == 0)
			mem->objects[i--] = mem->objects[--mem->count];
	return 0;
}

static const struct store_driver mem_driver = {
	.name = "file",
	.prepare = prepare,
	.writer_open = writer_open,
	.writer_write = writer_write,
	.writer_commit = writer_commit,
	.writer_abort = writer_abort,
	.head = head,
	.get = get,
	.remove = remove_object,
};

struct store_mem *
store_mem_open(struct pool *pool)
{
	struct store_mem *mem = POOL_NEW(pool, struct store_mem);

	store_init(&mem->base, pool, &mem_driver, "uploads", "products/");
	mem->base.public_base = "https://cdn.example";
	return mem;
}

const struct store_mem_object *
store_mem_find(const struct store_mem *mem, const char *key)
{
	for (size_t i = 0; i < mem->count; i++)
		if (strcmp(mem->objects[i].key, key) == 0)
			return &mem->objects[i];
	return NULL;
}
