/*
 * What is known of an object besides its bytes, as JSON.  It carries their
 * size: metadata that does not fit is older or newer than the bytes beside it,
 * and counts as absent.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/file_store.h"
#include "store/file_tree.h"

static void
set_if_there(struct json *json, const char *name, const char *text)
{
	if (text != NULL && *text != '\0')
		json_set_text(json, name, text);
}

struct json *
file_meta_json(struct pool *pool, const struct store_object *object)
{
	struct json *json = json_object(pool), *meta;

	set_if_there(json, "content_type", object->content_type);
	set_if_there(json, "content_disposition", object->content_disposition);
	set_if_there(json, "cache_control", object->cache_control);
	if (object->meta_count == 0)
		return json;
	meta = json_set_object(json, "meta");
	for (size_t i = 0; i < object->meta_count; i++)
		json_set_text(meta, object->meta[i].name,
		    object->meta[i].value);
	return json;
}

struct collector {
	struct store_header *headers;
	size_t count;
};

static void
collect(void *arg, const char *name, const struct json *value)
{
	struct collector *collector = arg;

	if (collector->count == STORE_HEADERS_MAX)
		return;
	collector->headers[collector->count++] =
	    (struct store_header){ .name = name, .value = json_text(value) };
}

void
file_meta_parse(struct pool *pool, const struct json *json,
    struct file_meta *meta_r)
{
	struct collector collector = {
		.headers = pool_alloc_array(pool, STORE_HEADERS_MAX,
		    sizeof(*collector.headers)),
	};

	json_each(json_find(json, "meta"), collect, &collector);
	*meta_r = (struct file_meta){
		.content_type = json_text(json_find(json, "content_type")),
		.content_disposition =
		    json_text(json_find(json, "content_disposition")),
		.cache_control = json_text(json_find(json, "cache_control")),
		.meta = collector.headers,
		.meta_count = collector.count,
	};
}

int
file_meta_read(struct pool *pool, int fd, struct json **json_r,
    struct err *err)
{
	struct slice text;
	struct stat st;
	char *data;
	int result;

	*json_r = NULL;
	if (fstat(fd, &st) == -1 || st.st_size > FILE_META_BYTES_MAX) {
		(void)close(fd);
		return 0;
	}
	text.len = (size_t)st.st_size;
	data = pool_alloc(pool, text.len + 1);
	text.data = data;
	result = file_read_at(fd, 0, data, text.len, err);
	(void)close(fd);
	if (result == -1)
		return -1;
	return json_parse(pool, text, json_r, err);
}

/* The metadata of a key; *json_r is NULL when there is none to be used. */
static void
find_meta(const struct file_store *store, struct pool *pool, const char *key,
    struct json **json_r)
{
	struct err ignored;
	int root_fd, fd, found;

	*json_r = NULL;
	if (tree_open_root(store->meta_path, &root_fd, &ignored) == -1)
		return;
	found = tree_open_object(root_fd, key, &fd, &ignored);
	(void)close(root_fd);
	if (found == 1 && file_meta_read(pool, fd, json_r, &ignored) == -1)
		*json_r = NULL;
}

static void
use_meta(struct pool *pool, const struct json *json,
    struct file_object *object)
{
	struct store_info *info = &object->info;
	struct file_meta meta;

	if (json_number(json_find(json, "size")) != info->size_bytes)
		return;
	file_meta_parse(pool, json, &meta);
	info->content_type = meta.content_type;
	info->content_disposition = meta.content_disposition;
	info->cache_control = meta.cache_control;
	info->meta = meta.meta;
	info->meta_count = meta.meta_count;
	info->has_other_metadata =
	    meta.meta_count > 0 || *meta.content_disposition != '\0';
	object->sha256 = json_text(json_find(json, "sha256"));
	info->etag = json_text(json_find(json, "etag"));
	/* Bytes that came in one piece have their hash for a tag. */
	if (*info->etag == '\0')
		info->etag = object->sha256;
}

int
file_object_open(const struct file_store *store, int bucket_fd,
    struct pool *pool, const char *key, struct file_object *object_r,
    struct err *err)
{
	struct json *json;
	struct stat st;
	int fd, found;

	found = tree_open_object(bucket_fd, key, &fd, err);
	if (found != 1)
		return found;
	if (fstat(fd, &st) == -1) {
		(void)tree_fail(err, key, errno);
		(void)close(fd);
		return -1;
	}
	*object_r = (struct file_object){ .fd = fd,
		.sha256 = "",
		.info = { .size_bytes = st.st_size,
		    .modified_secs = st.st_mtim.tv_sec,
		    .content_type = "",
		    .content_disposition = "",
		    .cache_control = "",
		    .etag = "" } };
	find_meta(store, pool, key, &json);
	if (json != NULL)
		use_meta(pool, json, object_r);
	return 1;
}
