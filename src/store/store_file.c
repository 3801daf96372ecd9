/*
 * Objects as plain files: ROOT/BUCKET/KEY holds the bytes, and
 * ROOT/.meta/BUCKET/KEY the rest as JSON.  Both are written below ROOT/.tmp
 * and renamed under an exclusive lock on the bucket's folder; readers who want
 * both take it shared.  Metadata goes first and carries the object's size:
 * when a crash falls between the two, the metadata is seen not to fit.
 *
 * SPDX-License-Identifier: MIT
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rand.h"
#include "codec/digest.h"
#include "codec/hex.h"
#include "codec/json.h"
#include "store/file_tree.h"
#include "store/store_private.h"

enum {
	FOLDER_MODE = 0750,
	FILE_MODE = 0640,
	BUCKET_MAX = 63,
	META_MAX = 16 * 1024,
	CHUNK_BYTES = 64 * 1024,
	TEMP_AGE_SECS = 24 * 60 * 60 /* then nobody writes it any more */
};

struct file_store {
	struct store base;
	const char *root;
	const char *bucket_path;
	const char *meta_root;
	const char *meta_path;
	const char *temp_path;
};

struct file_writer {
	struct store_writer base;
	struct file_store *store;
	struct digest *digest;
	char *temp_path; /* of the bytes */
	int fd;
	int64_t size_bytes;
};

static struct file_store *
file_store(struct store *store)
{
	return (struct file_store *)store;
}

static struct file_writer *
file_writer(struct store_writer *writer)
{
	return (struct file_writer *)writer;
}

/* ---- preparing ---- */

/* Make the entry of a new folder last. */
static int
sync_parent(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int parent = fd == -1 ? -1 : openat(fd, "..", O_RDONLY | O_CLOEXEC);
	int result = parent == -1 ? -1 : fsync(parent);

	if (result == -1)
		(void)tree_fail(err, path, errno);
	if (parent != -1)
		(void)close(parent);
	if (fd != -1)
		(void)close(fd);
	return result;
}

static int
make_folder(const char *path, bool *made_r, struct err *err)
{
	*made_r = mkdir(path, FOLDER_MODE) == 0;
	if (*made_r)
		return sync_parent(path, err);
	if (errno == EEXIST)
		return 0;
	return err_set(err, ERR_UNAVAILABLE, "store: cannot make folder %s: %s",
	    path, strerror(errno));
}

/* What a killed process left; a running one is never this slow. */
static void
remove_old(DIR *dir)
{
	struct timespec now;
	struct dirent *entry;
	struct stat st;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	while ((entry = readdir(dir)) != NULL) {
		if (fstatat(dirfd(dir), entry->d_name, &st,
			AT_SYMLINK_NOFOLLOW) == -1 ||
		    !S_ISREG(st.st_mode) ||
		    st.st_mtim.tv_sec > now.tv_sec - TEMP_AGE_SECS)
			continue;
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	}
}

static int
prepare(struct store *base, bool *created_r, struct err *err)
{
	struct file_store *store = file_store(base);
	bool made;
	DIR *dir;

	/* The folder of temporary files comes last: with it all are there. */
	if (make_folder(store->root, &made, err) == -1 ||
	    make_folder(store->meta_root, &made, err) == -1 ||
	    make_folder(store->meta_path, &made, err) == -1 ||
	    make_folder(store->bucket_path, created_r, err) == -1 ||
	    make_folder(store->temp_path, &made, err) == -1)
		return -1;
	dir = opendir(store->temp_path);
	if (dir == NULL)
		return tree_fail(err, store->temp_path, errno);
	remove_old(dir);
	(void)closedir(dir);
	return 0;
}

/* ---- writing ---- */

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
	    prepare(&store->base, &created, err) == -1)
		return -1;
	*path_r = pool_format(pool, "%s/%s", store->temp_path,
	    rand_hex(pool, 16));
	*fd_r = open(*path_r, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC,
	    FILE_MODE);
	if (*fd_r == -1)
		return tree_fail(err, *path_r, errno);
	return 0;
}

static int
writer_open(struct store *base, struct pool *pool,
    const struct store_object *object, struct store_writer **writer_r,
    struct err *err)
{
	struct file_writer *writer = POOL_NEW(pool, struct file_writer);

	(void)object;
	writer->store = file_store(base);
	writer->digest = digest_new(pool, DIGEST_SHA256);
	if (open_temp(writer->store, pool, &writer->temp_path, &writer->fd,
		err) == -1)
		return -1;
	*writer_r = &writer->base;
	return 0;
}

static int
writer_write(struct store_writer *base, struct slice bytes, struct err *err)
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

static void
writer_abort(struct store_writer *base)
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

/* The bucket's folder, locked until it is closed. */
static int
open_locked(const struct file_store *store, int how, int *fd_r,
    struct err *err)
{
	if (tree_open_root(store->bucket_path, fd_r, err) == -1)
		return -1;
	while (flock(*fd_r, how) == -1) {
		if (errno == EINTR)
			continue;
		(void)tree_fail(err, "lock", errno);
		(void)close(*fd_r);
		return -1;
	}
	return 0;
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

static int
writer_commit(struct store_writer *base, struct store_stored *stored_r,
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
	result = open_locked(writer->store, LOCK_EX, &bucket_fd, err);
	if (result == 0) {
		result = place_both(writer, bucket_fd, meta_temp, err);
		(void)close(bucket_fd);
	}
	(void)unlink(meta_temp);
	if (result == 0)
		(void)unlink(writer->temp_path);
	return result;
}

/* ---- reading ---- */

static int
read_meta(struct file_store *store, struct pool *pool, const char *key,
    struct json **json_r, struct err *err)
{
	struct slice text;
	struct stat st;
	char *data;
	int root_fd, fd, found;

	*json_r = NULL;
	if (tree_open_root(store->meta_path, &root_fd, err) == -1)
		return -1;
	found = tree_open_object(root_fd, key, &fd, err);
	(void)close(root_fd);
	if (found != 1)
		return found;
	if (fstat(fd, &st) == -1 || st.st_size > META_MAX) {
		(void)close(fd);
		return 0;
	}
	text.len = (size_t)st.st_size;
	data = pool_alloc(pool, text.len + 1);
	text.data = data;
	found = file_read_at(fd, 0, data, text.len, err);
	(void)close(fd);
	if (found == -1)
		return -1;
	return json_parse(pool, text, json_r, err);
}

/* Without metadata that fits, an object is only bytes. */
static void
use_meta(const struct json *json, struct store_info *info)
{
	if (json_number(json_find(json, "size")) != info->size_bytes)
		return;
	info->content_type = json_text(json_find(json, "content_type"));
	info->etag = json_text(json_find(json, "sha256"));
}

static int
head_locked(struct file_store *store, int bucket_fd, struct pool *pool,
    const char *key, struct store_info *info_r, struct err *err)
{
	struct json *json;
	struct err ignored;
	struct stat st;
	int fd, found;

	found = tree_open_object(bucket_fd, key, &fd, err);
	if (found != 1)
		return found;
	if (fstat(fd, &st) == -1)
		found = tree_fail(err, key, errno);
	(void)close(fd);
	if (found == -1)
		return -1;
	*info_r = (struct store_info){ .size_bytes = st.st_size,
		.modified_secs = st.st_mtim.tv_sec,
		.content_type = "",
		.etag = "" };
	if (read_meta(store, pool, key, &json, &ignored) == 0 && json != NULL)
		use_meta(json, info_r);
	return 1;
}

static int
head(struct store *base, struct pool *pool, const char *key,
    struct store_info *info_r, struct err *err)
{
	struct file_store *store = file_store(base);
	int bucket_fd, found;

	if (open_locked(store, LOCK_SH, &bucket_fd, err) == -1)
		return -1;
	found = head_locked(store, bucket_fd, pool, key, info_r, err);
	(void)close(bucket_fd);
	return found;
}

static int
send_range(int fd, const struct store_read *read, struct err *err)
{
	char chunk[CHUNK_BYTES];
	struct stat st;
	int64_t at = read->offset, left;

	if (fstat(fd, &st) == -1)
		return tree_fail(err, read->key, errno);
	if (at > st.st_size)
		return err_set_code(err, ERR_INVALID, "range",
		    "object %s: range begins behind its end", read->key);
	left = st.st_size - at;
	if (read->length != -1 && read->length < left)
		left = read->length;
	while (left > 0) {
		size_t n = left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;

		if (file_read_at(fd, at, chunk, n, err) == -1 ||
		    read->sink(read->arg, slice_make(chunk, n), err) == -1)
			return -1;
		at += (int64_t)n;
		left -= (int64_t)n;
	}
	return 0;
}

static int
get(struct store *base, const struct store_read *read, struct err *err)
{
	int bucket_fd, fd, found, result;

	if (tree_open_root(file_store(base)->bucket_path, &bucket_fd, err) ==
	    -1)
		return -1;
	found = tree_open_object(bucket_fd, read->key, &fd, err);
	(void)close(bucket_fd);
	if (found == -1)
		return -1;
	if (found == 0)
		return err_set(err, ERR_NOT_FOUND, "no object %s", read->key);
	/* Objects are replaced, never changed: what is open stays whole. */
	result = send_range(fd, read, err);
	(void)close(fd);
	return result;
}

/* ---- removing ---- */

static int
remove_meta(const struct file_store *store, const char *key, struct err *err)
{
	int fd, result;

	if (tree_open_root(store->meta_path, &fd, err) == -1)
		return -1;
	result = tree_remove(fd, key, err);
	(void)close(fd);
	return result;
}

static int
remove_object(struct store *base, const char *key, struct err *err)
{
	struct file_store *store = file_store(base);
	int bucket_fd, result;

	if (open_locked(store, LOCK_EX, &bucket_fd, err) == -1)
		return -1;
	result = tree_remove(bucket_fd, key, err);
	if (result == 0)
		result = remove_meta(store, key, err);
	(void)close(bucket_fd);
	return result;
}

static const struct store_driver file_driver = {
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

/* As S3 names buckets, and so never a hidden folder of ours. */
static int
check_bucket(const char *bucket, struct err *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.-_";
	size_t len = strlen(bucket);

	if (len == 0 || len > BUCKET_MAX || bucket[0] == '.' ||
	    strspn(bucket, allowed) != len)
		return err_set(err, ERR_INVALID,
		    "S3_BUCKET: \"%s\" cannot be a bucket's name", bucket);
	return 0;
}

int
store_open_file(struct pool *pool, const struct store_file_config *config,
    struct store **store_r, struct err *err)
{
	struct file_store *store = POOL_NEW(pool, struct file_store);
	const char *root = config->root, *bucket = config->bucket;

	if (check_bucket(bucket, err) == -1)
		return -1;
	store_init(&store->base, pool, &file_driver, bucket,
	    config->public_prefixes);
	store->base.public_base = *config->public_url == '\0' ?
	    "/store" :
	    store_public_base(pool, config->public_url, bucket, false);
	store->root = pool_strdup(pool, root);
	store->bucket_path = pool_format(pool, "%s/%s", root, bucket);
	store->meta_root = pool_format(pool, "%s/.meta", root);
	store->meta_path = pool_format(pool, "%s/%s", store->meta_root, bucket);
	store->temp_path = pool_format(pool, "%s/.tmp", root);
	*store_r = &store->base;
	return 0;
}
