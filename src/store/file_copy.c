/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "codec/hex.h"
#include "store/file_store.h"

enum { CHUNK_BYTES = 64 * 1024 };

/* An object that did not come through us has no hash yet. */
static int
hash_file(int fd, int64_t size, struct pool *pool, const char **hex_r,
    struct err *err)
{
	struct digest *digest = digest_new(pool, DIGEST_SHA256);
	uint8_t hash[SHA256_BYTES];
	char chunk[CHUNK_BYTES];
	int64_t at = 0;

	while (at < size) {
		size_t n = size - at < CHUNK_BYTES ? (size_t)(size - at) :
						     CHUNK_BYTES;

		if (file_read_at(fd, at, chunk, n, err) == -1)
			return -1;
		digest_update(digest, slice_make(chunk, n));
		at += (int64_t)n;
	}
	digest_finish(digest, hash);
	*hex_r = hex_encode(pool, slice_make(hash, sizeof(hash)));
	return 0;
}

static int
open_source(struct file_store *store, struct pool *pool,
    const struct store_copy *copy, struct file_object *source_r,
    struct err *err)
{
	int bucket_fd, found;

	if (file_store_lock(store, LOCK_SH, &bucket_fd, err) == -1)
		return -1;
	found = file_object_open(store, bucket_fd, pool, copy->from_key,
	    source_r, err);
	(void)close(bucket_fd);
	if (found == 0)
		return err_set(err, ERR_NOT_FOUND, "no object %s",
		    copy->from_key);
	if (found == -1)
		return -1;
	if (copy->if_match == NULL ||
	    strcmp(copy->if_match, source_r->info.etag) == 0)
		return 0;
	(void)close(source_r->fd);
	return err_set(err, ERR_CONFLICT, "object %s has changed",
	    copy->from_key);
}

/*
 * Objects are replaced, never changed: what is open stays what was found,
 * whatever happens to its name meanwhile.
 */
static int
copy_source(struct file_store *store, struct pool *pool,
    struct file_object *source, char **temp_r, struct err *err)
{
	int fd, result;

	if (*source->sha256 == '\0' &&
	    hash_file(source->fd, source->info.size_bytes, pool,
		&source->sha256, err) == -1)
		return -1;
	if (file_temp_open(store, pool, temp_r, &fd, err) == -1)
		return -1;
	result = file_copy_bytes(source->fd, 0, fd, source->info.size_bytes,
	    err);
	if (file_temp_finish(&fd, err) == -1)
		result = -1;
	if (result == -1)
		(void)unlink(*temp_r);
	return result;
}

static int
place_copy(struct file_store *store, struct pool *pool,
    const struct store_copy *copy, const struct file_bytes *bytes,
    struct err *err)
{
	const struct store_object object = { .key = copy->to_key,
		.content_type = copy->content_type,
		.content_disposition = copy->content_disposition,
		.cache_control = copy->cache_control };

	if (file_place(store, pool, &object, bytes, err) == 0)
		return 0;
	(void)unlink(bytes->temp_path);
	return -1;
}

int
file_copy(struct store *base, struct pool *pool, const struct store_copy *copy,
    struct store_info *info_r, struct err *err)
{
	struct file_store *store = (struct file_store *)base;
	struct file_object source;
	struct file_bytes bytes;
	char *temp;
	int result;

	if (open_source(store, pool, copy, &source, err) == -1)
		return -1;
	result = copy_source(store, pool, &source, &temp, err);
	(void)close(source.fd);
	if (result == -1)
		return -1;
	bytes = (struct file_bytes){ .temp_path = temp,
		.size_bytes = source.info.size_bytes,
		.sha256 = source.sha256,
		.etag = source.sha256 };
	if (place_copy(store, pool, copy, &bytes, err) == -1)
		return -1;
	if (store_head(base, pool, copy->to_key, info_r, err) == 1)
		return 0;
	/* Somebody was quick to remove it again. */
	*info_r = (struct store_info){ .size_bytes = bytes.size_bytes,
		.content_type = copy->content_type,
		.etag = bytes.etag };
	return 0;
}
