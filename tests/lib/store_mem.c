/* SPDX-License-Identifier: MIT */
#include "lib/store_mem.h"

#include <stdio.h>
#include <string.h>

enum { DATA_MAX = 64 * 1024 * 1024 };

struct mem_writer {
	struct store_writer base;
	struct store_mem *mem;
	struct buf data;
	bool has_parts;
};

static struct store_mem *
mem_of(struct store *store)
{
	return (struct store_mem *)store;
}

static void
tell(struct store_mem *mem, enum store_mem_call call, const char *key)
{
	if (mem->before != NULL)
		mem->before(mem->before_arg, call, key);
}

static struct store_mem_object *
find(struct store_mem *mem, const char *key)
{
	for (size_t i = 0; i < mem->count; i++)
		if (strcmp(mem->objects[i].key, key) == 0)
			return &mem->objects[i];
	return NULL;
}

static void
set_text(char *to, size_t size, const char *text)
{
	(void)snprintf(to, size, "%s", text == NULL ? "" : text);
}

/* The object of a key, made when there is none; NULL: no room. */
static struct store_mem_object *
replace(struct store_mem *mem, const char *key, const char *type,
    struct slice data)
{
	struct store_mem_object *object = find(mem, key);

	if (object == NULL && mem->count == STORE_MEM_OBJECTS)
		return NULL;
	if (object == NULL)
		object = &mem->objects[mem->count++];
	*object = (struct store_mem_object){ .data = data,
		.size_bytes = (int64_t)data.len };
	set_text(object->key, sizeof(object->key), key);
	set_text(object->type, sizeof(object->type), type);
	(void)snprintf(object->etag, sizeof(object->etag), "etag-%lld",
	    (long long)++mem->etags);
	return object;
}

static int
prepare(struct store *store, bool *created_r, struct err *err)
{
	(void)store;
	(void)err;
	*created_r = false;
	return 0;
}

/* ---- writers ---- */

static int
writer_open(struct store *store, struct pool *pool,
    const struct store_object *object, struct store_writer **writer_r,
    struct err *err)
{
	struct mem_writer *writer = POOL_NEW(pool, struct mem_writer);

	(void)object;
	(void)err;
	writer->mem = mem_of(store);
	buf_init(&writer->data, pool, DATA_MAX);
	*writer_r = &writer->base;
	return 0;
}

static int
writer_write(struct store_writer *base, struct slice bytes, struct err *err)
{
	struct mem_writer *writer = (struct mem_writer *)base;
	struct store_mem *mem = writer->mem;

	if (buf_slice(&writer->data, bytes) == -1)
		return err_set(err, ERR_UPSTREAM, "the store is full");
	if (mem->part_bytes == 0 || writer->has_parts ||
	    (int64_t)writer->data.len < mem->part_bytes)
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
store_written(struct mem_writer *writer, struct err *err)
{
	const struct store_object *wanted = &writer->base.object;
	struct store_mem *mem = writer->mem;
	struct store_mem_object *object;

	if (mem->fails_commit)
		return err_set(err, ERR_UPSTREAM, "the store refused");
	if (wanted->is_new_only && find(mem, wanted->key) != NULL)
		return err_set(err, ERR_CONFLICT, "there is an object");
	object = replace(mem, wanted->key, wanted->content_type,
	    slice_make(pool_memdup(mem->pool, writer->data.data,
			   writer->data.len),
		writer->data.len));
	if (object == NULL)
		return err_set(err, ERR_UPSTREAM, "the store is full");
	set_text(object->cache_control, sizeof(object->cache_control),
	    wanted->cache_control);
	set_text(object->disposition, sizeof(object->disposition),
	    wanted->content_disposition);
	if (mem->loses_answer)
		return err_set(err, ERR_UPSTREAM, "the answer was lost");
	return 0;
}

static int
writer_commit(struct store_writer *base, struct store_stored *stored_r,
    struct err *err)
{
	struct mem_writer *writer = (struct mem_writer *)base;
	int result;

	if (store_writer_before_send(base, err) == -1)
		return -1;
	(void)pthread_mutex_lock(&writer->mem->lock);
	result = store_written(writer, err);
	(void)pthread_mutex_unlock(&writer->mem->lock);
	if (result == -1)
		return -1;
	end_parts(writer);
	*stored_r = (struct store_stored){ .size_bytes =
						(int64_t)writer->data.len };
	memset(stored_r->sha256, 'a', STORE_SHA256_CHARS);
	return 0;
}

static void
writer_abort(struct store_writer *base)
{
	end_parts((struct mem_writer *)base);
}

/* ---- objects ---- */

static void
fill_info(struct pool *pool, const struct store_mem_object *object,
    struct store_info *info_r)
{
	*info_r = (struct store_info){ .size_bytes = object->size_bytes,
		.content_type = pool_strdup(pool, object->type),
		.cache_control = pool_strdup(pool, object->cache_control),
		.etag = pool_strdup(pool, object->etag),
		.has_other_metadata = object->has_other_metadata };
}

static int
head(struct store *store, struct pool *pool, const char *key,
    struct store_info *info_r, struct err *err)
{
	struct store_mem *mem = mem_of(store);
	const struct store_mem_object *object;

	(void)err;
	tell(mem, MEM_HEAD, key);
	(void)pthread_mutex_lock(&mem->lock);
	object = find(mem, key);
	if (object != NULL)
		fill_info(pool, object, info_r);
	(void)pthread_mutex_unlock(&mem->lock);
	return object != NULL;
}

static int
send_bytes(const struct store_read *read, struct slice data, struct err *err)
{
	enum { STEP = 10000 };

	data = slice_from(data, (size_t)read->offset);
	if (read->length >= 0 && (int64_t)data.len > read->length)
		data.len = (size_t)read->length;
	while (data.len > 0) {
		struct slice piece = data;

		if (piece.len > STEP)
			piece.len = STEP;
		if (read->sink(read->arg, piece, err) == -1)
			return -1;
		data = slice_from(data, piece.len);
	}
	return 0;
}

static int
get(struct store *store, const struct store_read *read, struct err *err)
{
	struct store_mem *mem = mem_of(store);
	const struct store_mem_object *object;
	struct slice data = slice_str("");

	tell(mem, MEM_GET, read->key);
	if (mem->fails_get)
		return err_set(err, ERR_UNAVAILABLE, "the store is away");
	(void)pthread_mutex_lock(&mem->lock);
	object = find(mem, read->key);
	if (object != NULL)
		data = object->data; /* stays in the pool when replaced */
	mem->get_bytes += (int64_t)data.len;
	(void)pthread_mutex_unlock(&mem->lock);
	if (object == NULL)
		return err_set(err, ERR_NOT_FOUND, "no object");
	return send_bytes(read, data, err);
}

static int
remove_object(struct store *store, const char *key, struct err *err)
{
	struct store_mem *mem = mem_of(store);
	struct store_mem_object *object;

	tell(mem, MEM_REMOVE, key);
	if (mem->fails_delete)
		return err_set(err, ERR_UNAVAILABLE, "the store is away");
	(void)pthread_mutex_lock(&mem->lock);
	object = find(mem, key);
	if (object != NULL)
		*object = mem->objects[--mem->count];
	(void)pthread_mutex_unlock(&mem->lock);
	return 0;
}

static int
copy_locked(struct store_mem *mem, struct pool *pool,
    const struct store_copy *copy, struct store_info *info_r, struct err *err)
{
	struct store_mem_object *from = find(mem, copy->from_key), *to;

	if (mem->fails_copy)
		return err_set(err, ERR_UPSTREAM, "the store refused");
	if (from == NULL)
		return err_set(err, ERR_NOT_FOUND, "no object");
	if (copy->if_match != NULL && strcmp(copy->if_match, from->etag) != 0)
		return err_set(err, ERR_CONFLICT, "another object");
	to = replace(mem, copy->to_key, copy->content_type, from->data);
	if (to == NULL)
		return err_set(err, ERR_UPSTREAM, "the store is full");
	set_text(to->cache_control, sizeof(to->cache_control),
	    copy->cache_control);
	set_text(to->disposition, sizeof(to->disposition),
	    copy->content_disposition);
	fill_info(pool, to, info_r);
	return mem->loses_copy_answer ?
	    err_set(err, ERR_UPSTREAM, "the answer was lost") : 0;
}

static int
copy_object(struct store *store, struct pool *pool,
    const struct store_copy *copy, struct store_info *info_r, struct err *err)
{
	struct store_mem *mem = mem_of(store);
	int result;

	tell(mem, MEM_COPY, copy->from_key);
	(void)pthread_mutex_lock(&mem->lock);
	result = copy_locked(mem, pool, copy, info_r, err);
	(void)pthread_mutex_unlock(&mem->lock);
	return result;
}

/* ---- URLs ---- */

static int
presign(struct store *store, struct pool *pool,
    const struct store_access *access, struct store_presigned *presigned_r,
    struct err *err)
{
	struct store_header *headers =
	    pool_alloc_array(pool, 4, sizeof(*headers));
	struct store_mem *mem = mem_of(store);
	size_t count = 0;

	(void)err;
	(void)pthread_mutex_lock(&mem->lock);
	mem->access = *access;
	(void)pthread_mutex_unlock(&mem->lock);
	if (access->content_type != NULL && *access->content_type != '\0')
		headers[count++] = (struct store_header){ "Content-Type",
			access->content_type };
	if (access->sha256 != NULL && *access->sha256 != '\0')
		headers[count++] = (struct store_header){
			"x-amz-checksum-sha256", access->sha256 };
	*presigned_r = (struct store_presigned){ .method = access->method,
		.url = pool_format(pool, "https://s3.example/uploads/%s",
		    access->key),
		.headers = headers,
		.header_count = count,
		.expires_secs = access->expires_secs };
	return 0;
}

static int
presign_form(struct store *store, struct pool *pool,
    const struct store_form_access *access, struct store_form *form_r,
    struct err *err)
{
	struct store_header *fields = POOL_NEW(pool, struct store_header);
	struct store_mem *mem = mem_of(store);

	(void)err;
	(void)pthread_mutex_lock(&mem->lock);
	mem->form = *access;
	(void)pthread_mutex_unlock(&mem->lock);
	*fields = (struct store_header){ "key", access->key };
	*form_r = (struct store_form){ .url = "https://s3.example/uploads",
		.fields = fields,
		.field_count = 1,
		.expires_secs = access->expires_secs };
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
	.presign = presign,
	.presign_form = presign_form,
	.copy = copy_object,
};

static void
destroy_lock(void *arg)
{
	(void)pthread_mutex_destroy(arg);
}

struct store_mem *
store_mem_open(struct pool *pool)
{
	struct store_mem *mem = POOL_NEW(pool, struct store_mem);

	store_init(&mem->base, pool, &mem_driver, "uploads", "products/");
	mem->base.public_base = "https://cdn.example";
	mem->base.traits = (struct store_traits){ .can_post_forms = true,
		.can_write_conditionally = true,
		.urls_never_replace = true };
	mem->pool = pool;
	(void)pthread_mutex_init(&mem->lock, NULL);
	pool_on_clear(pool, destroy_lock, &mem->lock);
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

int
store_mem_put(struct store_mem *mem, const char *key, const char *type,
    struct slice data)
{
	bool is_there;

	(void)pthread_mutex_lock(&mem->lock);
	is_there = find(mem, key) != NULL;
	if (!is_there || !mem->access.is_new_only)
		(void)replace(mem, key, type, data);
	(void)pthread_mutex_unlock(&mem->lock);
	return is_there && mem->access.is_new_only ? -1 : 0;
}
