/*
 * From a temporary file to an object.  Metadata goes first and the bytes
 * behind it, both by rename under an exclusive lock on the bucket's folder, so
 * that a reader finds a whole object at any moment, after a crash too.
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
#include "store/file_store.h"
#include "store/file_tree.h"

enum { NAME_BYTES = 16, CHUNK_BYTES = 64 * 1024 };

/*
 * A program that serves a single request (CGI) has prepared nothing, so what
 * is missing is made here.
 */
int
file_temp_open(struct file_store *store, struct pool *pool, char **path_r,
    int *fd_r, struct err *err)
{
	bool created;

	if (access(store->temp_path, F_OK) == -1 &&
	    file_store_prepare(&store->base, &created, err) == -1)
		return -1;
	*path_r = pool_format(pool, "%s/%s", store->temp_path,
	    rand_hex(pool, NAME_BYTES));
	*fd_r = open(*path_r, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC,
	    FILE_MODE);
	if (*fd_r == -1)
		return tree_fail(err, *path_r, errno);
	return 0;
}

int
file_temp_finish(int *fd, struct err *err)
{
	int sync_result = fsync(*fd), sync_errno = errno;
	int close_result = close(*fd), close_errno = errno;

	*fd = -1;
	if (sync_result == -1)
		return tree_fail(err, "fsync", sync_errno);
	return close_result == -1 ? tree_fail(err, "close", close_errno) : 0;
}

int
file_temp_write(struct file_store *store, struct pool *pool, const char *text,
    char **path_r, struct err *err)
{
	int fd, result;

	if (file_temp_open(store, pool, path_r, &fd, err) == -1)
		return -1;
	result = file_write_all(fd, text, strlen(text), err);
	if (file_temp_finish(&fd, err) == -1 || result == -1) {
		(void)unlink(*path_r);
		return err_wrap(err, "store");
	}
	return 0;
}

/* Where the kernel cannot: between file systems, on old ones. */
static int
copy_by_hand(int from_fd, int64_t offset, int to_fd, int64_t length,
    struct err *err)
{
	char chunk[CHUNK_BYTES];

	while (length > 0) {
		size_t n = length < CHUNK_BYTES ? (size_t)length : CHUNK_BYTES;

		if (file_read_at(from_fd, offset, chunk, n, err) == -1 ||
		    file_write_all(to_fd, chunk, n, err) == -1)
			return err_wrap(err, "store: copy");
		offset += (int64_t)n;
		length -= (int64_t)n;
	}
	return 0;
}

int
file_copy_bytes(int from_fd, int64_t offset, int to_fd, int64_t length,
    struct err *err)
{
	while (length > 0) {
		ssize_t n = copy_file_range(from_fd, &offset, to_fd, NULL,
		    (size_t)length, 0);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && (errno == ENOSPC || errno == EDQUOT ||
			errno == EIO))
			return tree_fail(err, "copy", errno);
		if (n <= 0)
			return copy_by_hand(from_fd, offset, to_fd, length,
			    err);
		length -= n;
	}
	return 0;
}

static int
write_meta(struct file_store *store, struct pool *pool,
    const struct store_object *object, const struct file_bytes *bytes,
    char **path_r, struct err *err)
{
	struct json *json = file_meta_json(pool, object);

	json_set_number(json, "size", bytes->size_bytes);
	if (*bytes->sha256 != '\0')
		json_set_text(json, "sha256", bytes->sha256);
	if (strcmp(bytes->etag, bytes->sha256) != 0)
		json_set_text(json, "etag", bytes->etag);
	return file_temp_write(store, pool, json_format(pool, json), path_r,
	    err);
}

/* Rename or link to the key's place and sync its folder. */
static int
place_one(int root_fd, const char *temp_path, const char *key,
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

/* Before the metadata of an object that stays is replaced. */
static int
check_is_new(int bucket_fd, const char *key, struct err *err)
{
	int fd, found = tree_open_object(bucket_fd, key, &fd, err);

	if (found != 1)
		return found;
	(void)close(fd);
	return tree_fail(err, key, EEXIST);
}

struct placing {
	struct file_store *store;
	const struct store_object *object;
	const char *meta_temp, *bytes_temp;
};

static int
place_both(const struct placing *placing, int bucket_fd, struct err *err)
{
	const struct store_object *object = placing->object;
	int meta_fd, result;

	if (object->is_new_only &&
	    check_is_new(bucket_fd, object->key, err) == -1)
		return -1;
	if (tree_open_root(placing->store->meta_path, &meta_fd, err) == -1)
		return -1;
	result = place_one(meta_fd, placing->meta_temp, object->key, false,
	    err);
	(void)close(meta_fd);
	if (result == -1)
		return -1;
	return place_one(bucket_fd, placing->bytes_temp, object->key,
	    object->is_new_only, err);
}

int
file_place(struct file_store *store, struct pool *pool,
    const struct store_object *object, const struct file_bytes *bytes,
    struct err *err)
{
	struct placing placing = { .store = store,
		.object = object,
		.bytes_temp = bytes->temp_path };
	char *meta_temp;
	int bucket_fd, result;

	if (write_meta(store, pool, object, bytes, &meta_temp, err) == -1)
		return -1;
	placing.meta_temp = meta_temp;
	result = file_store_lock(store, LOCK_EX, &bucket_fd, err);
	if (result == 0) {
		result = place_both(&placing, bucket_fd, err);
		(void)close(bucket_fd);
	}
	(void)unlink(meta_temp);
	if (result == 0)
		(void)unlink(bytes->temp_path);
	return result;
}
