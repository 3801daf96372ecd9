/*
 * Objects as plain files: see file_store.h for what lies where.
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
#include "store/file_store.h"
#include "store/open.h"
#include "store/file_tree.h"

enum {
	BUCKET_MAX = 63,
	CHUNK_BYTES = 64 * 1024,
	TEMP_AGE_SECS = 24 * 60 * 60 /* then nobody writes it any more */
};

static struct file_store *
file_store(struct store *store)
{
	return (struct file_store *)store;
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

int
file_make_folder(const char *path, bool *made_r, struct err *err)
{
	*made_r = mkdir(path, FILE_FOLDER_MODE) == 0;
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

int
file_store_prepare(struct store *base, bool *created_r, struct err *err)
{
	struct file_store *store = file_store(base);
	bool made;
	DIR *dir;

	/* The folder of temporary files comes last: with it all are there. */
	if (file_make_folder(store->root, &made, err) == -1 ||
	    file_make_folder(store->meta_root, &made, err) == -1 ||
	    file_make_folder(store->meta_path, &made, err) == -1 ||
	    file_make_folder(store->parts_root, &made, err) == -1 ||
	    file_make_folder(store->parts_path, &made, err) == -1 ||
	    file_make_folder(store->bucket_path, created_r, err) == -1 ||
	    file_make_folder(store->temp_path, &made, err) == -1)
		return -1;
	dir = opendir(store->temp_path);
	if (dir == NULL)
		return tree_fail(err, store->temp_path, errno);
	remove_old(dir);
	(void)closedir(dir);
	return 0;
}

int
file_lock(int fd, int how, struct err *err)
{
	while (flock(fd, how) == -1)
		if (errno != EINTR)
			return tree_fail(err, "lock", errno);
	return 0;
}

/* The bucket's folder, locked until it is closed. */
int
file_store_lock(const struct file_store *store, int how, int *fd_r,
    struct err *err)
{
	if (tree_open_root(store->bucket_path, fd_r, err) == -1)
		return -1;
	if (file_lock(*fd_r, how, err) == 0)
		return 0;
	(void)close(*fd_r);
	return -1;
}

/* ---- reading ---- */

static int
head(struct store *base, struct pool *pool, const char *key,
    struct store_info *info_r, struct err *err)
{
	struct file_store *store = file_store(base);
	struct file_object object;
	int bucket_fd, found;

	if (file_store_lock(store, LOCK_SH, &bucket_fd, err) == -1)
		return -1;
	found = file_object_open(store, bucket_fd, pool, key, &object, err);
	(void)close(bucket_fd);
	if (found != 1)
		return found;
	(void)close(object.fd);
	*info_r = object.info;
	return 1;
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

	if (file_store_lock(store, LOCK_EX, &bucket_fd, err) == -1)
		return -1;
	result = tree_remove(bucket_fd, key, err);
	if (result == 0)
		result = remove_meta(store, key, err);
	(void)close(bucket_fd);
	return result;
}

/* One lock each, so that others find their turn between. */
static int
remove_many(struct store *base, const char *const *keys, size_t count,
    bool *failed_r, struct err *err)
{
	int bucket_fd;

	/* Without its folder nothing can be tried. */
	if (tree_open_root(file_store(base)->bucket_path, &bucket_fd, err) ==
	    -1)
		return -1;
	(void)close(bucket_fd);
	for (size_t i = 0; i < count; i++) {
		struct err one = ERR_INIT;

		failed_r[i] = remove_object(base, keys[i], &one) == -1;
	}
	return 0;
}

static const struct store_driver file_driver = {
	.name = "file",
	.prepare = file_store_prepare,
	.writer_open = file_writer_open,
	.writer_write = file_writer_write,
	.writer_commit = file_writer_commit,
	.writer_abort = file_writer_abort,
	.head = head,
	.get = get,
	.remove = remove_object,
	.presign = file_presign,
	.presign_form = file_presign_form,
	.copy = file_copy,
	.remove_many = remove_many,
	.list = file_list,
	.multipart_create = file_multipart_create,
	.multipart_parts = file_multipart_parts,
	.multipart_complete = file_multipart_complete,
	.multipart_abort = file_multipart_abort,
	.multipart_list = file_multipart_list,
};

struct file_store *
file_store_cast(struct store *store)
{
	return store->driver == &file_driver ? file_store(store) : NULL;
}

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
	store->parts_root = pool_format(pool, "%s/.parts", root);
	store->parts_path = pool_format(pool, "%s/%s", store->parts_root,
	    bucket);
	store->clock = config->clock;
	file_sign_init(store, pool, config);
	*store_r = &store->base;
	return 0;
}
