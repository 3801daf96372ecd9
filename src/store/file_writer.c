/*
 * One object on its way into the file store: a temporary file that is synced,
 * then put in its place together with its metadata.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rand.h"
#include "codec/digest.h"
#include "codec/hex.h"
#include "codec/json.h"
#include "store/file_store.h"
#include "store/file_tree.h"

enum { FILE_MODE = 0640 };

struct file_writer {
	struct store_writer base;
	struct file_store *store;
	struct digest *digest;
	char *temp_path; /* of the bytes */
	int fd;
	int64_t size_bytes;
};

static struct file_writer *
file_writer(struct store_writer *writer)
{
	return (struct file_writer *)writer;
}

/*
 * A new file below ROOT/.tmp.  A program that serves a single request (CGI)
 * has prepared nothing, so what is missing is made here.
 */
static int
open_temp(struct file_store *store, struct pool *pool, char **path_r,
    int *fd_r, struct err *err)
{
	bool created;

	if (access(store->temp_path, F_OK) == -1 &&
	    file_store_prepare(&store->base, &created, err) == -1)
		return -1;
	*path_r = pool_format(pool, "%s/%s", store->temp_path,
	    rand_hex(pool, 16));
	*fd_r = open(*path_r, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC,
	    FILE_MODE);
	if (*fd_r == -1)
		return tree_fail(err, *path_r, errno);
	return 0;
}

int
file_writer_open(struct store *base, struct pool *pool,
    const struct store_object *object, struct store_writer **writer_r,
    struct err *err)
{
	struct file_writer *writer = POOL_NEW(pool, struct file_writer);

	(void)object;
	writer->store = (struct file_store *)base;
	writer->digest = digest_new(pool, DIGEST_SHA256);
	if (open_temp(writer->store, pool, &writer->temp_path, &writer->fd,
		err) == -1)
		return -1;
	*writer_r = &writer->base;
	return 0;
}

int
file_writer_write(struct store_writer *base, struct slice bytes,
    struct err *err)
{
	struct file_writer *writer = file_writer(base);

	if (file_write_all(writer->fd, bytes.data, bytes.len, err) == -1)
		return err_wrap(err, "store");
	digest_update(writer->digest, bytes);
	writer->size_bytes += (int64_t)bytes.len;
	return 0;
}

/* Sync and close; the descriptor is -1 afterwards, whatever happened. */
static int
finish_file(int *fd, struct err *err)
{
	int sync_result = fsync(*fd), sync_errno = errno;
	int close_result = close(*fd), close_errno = errno;

	*fd = -1;
	if (sync_result == -1)
		return tree_fail(err, "fsync", sync_errno);
	return close_result == -1 ? tree_fail(err, "close", close_errno) : 0;
}

void
file_writer_abort(struct store_writer *base)
{
	struct file_writer *writer = file_writer(base);

	if (writer->fd != -1)
		(void)close(writer->fd);
	writer->fd = -1;
	(void)unlink(writer->temp_path);
}

static void
set_if_there(struct json *json, const char *name, const char *text)
{
	if (text != NULL)
		json_set_text(json, name, text);
}

/* Write the metadata to a temporary file. */
static int
write_meta(struct file_writer *writer, const struct store_stored *stored,
    char **path_r, struct err *err)
{
	const struct store_object *object = &writer->base.object;
	struct json *json = json_object(writer->base.pool);
	struct slice text;
	int fd, result;

	set_if_there(json, "content_type", object->content_type);
	set_if_there(json, "content_disposition", object->content_disposition);
	set_if_there(json, "cache_control", object->cache_control);
	json_set_number(json, "size", stored->size_bytes);
	json_set_text(json, "sha256", stored->sha256);
	text = slice_str(json_format(writer->base.pool, json));
	if (open_temp(writer->store, writer->base.pool, path_r, &fd, err) == -1)
		return -1;
	result = file_write_all(fd, text.data, text.len, err);
	if (finish_file(&fd, err) == -1 || result == -1) {
		(void)unlink(*path_r);
		return err_wrap(err, "store");
	}
	return 0;
}

/* Rename or link to the key's place and sync its folder. */
static int
place_file(int root_fd, const char *temp_path, const char *key,
    bool is_new_only, struct err *err)
{
	struct tree_place place;
	int result;

	if (tree_find(root_fd, key, true, &place, err) == -1)
		return -1;
	/* link() never replaces; the temporary name is removed later. */
	result = is_new_only ? linkat(AT_FDCWD, temp_path, place.dir_fd,
				   place.name, 0) :
			       renameat(AT_FDCWD, temp_path, place.dir_fd,
				   place.name);
	if (result == 0)
		result = fsync(place.dir_fd);
	if (result == -1)
		(void)tree_fail(err, key, errno);
	(void)close(place.dir_fd);
	return result;
}

static int
place_both(struct file_writer *writer, int bucket_fd, const char *meta_temp,
    struct err *err)
{
	const struct store_object *object = &writer->base.object;
	int meta_fd, fd, result;

	if (object->is_new_only) {
		result = tree_open_object(bucket_fd, object->key, &fd, err);
		if (result == 1)
			(void)close(fd);
		if (result != 0)
			return result == -1 ? -1 :
					      tree_fail(err, object->key,
						  EEXIST);
	}
	if (tree_open_root(writer->store->meta_path, &meta_fd, err) == -1)
		return -1;
	result = place_file(meta_fd, meta_temp, object->key, false, err);
	(void)close(meta_fd);
	if (result == -1)
		return -1;
	return place_file(bucket_fd, writer->temp_path, object->key,
	    object->is_new_only, err);
}

static void
fill_stored(struct file_writer *writer, struct store_stored *stored_r)
{
	uint8_t hash[SHA256_BYTES];
	const char *hex;

	digest_finish(writer->digest, hash);
	hex = hex_encode(writer->base.pool, slice_make(hash, sizeof(hash)));
	stored_r->size_bytes = writer->size_bytes;
	memcpy(stored_r->sha256, hex, sizeof(stored_r->sha256));
	memcpy(stored_r->etag, hex, sizeof(stored_r->sha256));
}

int
file_writer_commit(struct store_writer *base, struct store_stored *stored_r,
    struct err *err)
{
	struct file_writer *writer = file_writer(base);
	char *meta_temp;
	int bucket_fd, result;

	fill_stored(writer, stored_r);
	if (finish_file(&writer->fd, err) == -1 ||
	    store_writer_before_send(base, err) == -1 ||
	    write_meta(writer, stored_r, &meta_temp, err) == -1)
		return -1;
	result = file_store_lock(writer->store, LOCK_EX, &bucket_fd, err);
	if (result == 0) {
		result = place_both(writer, bucket_fd, meta_temp, err);
		(void)close(bucket_fd);
	}
	(void)unlink(meta_temp);
	if (result == 0)
		(void)unlink(writer->temp_path);
	return result;
}
