/*
 * Uploads in parts: a folder of its own for each, ROOT/.parts/BUCKET/ID, with
 * "upload", what it was begun with, and "00001" and so on, its parts.
 *
 * Whoever writes into the folder holds its lock, shared for a part and
 * exclusive for the end.  A folder without "upload" is an upload that was
 * removed, or not yet begun.
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
#include "base/num.h"
#include "base/rand.h"
#include "codec/hex.h"
#include "store/file_store.h"
#include "store/file_tree.h"
#include "store/serve.h"

#define ABOUT "upload"

enum {
	ID_BYTES = 16,
	NUMBER_CHARS = 5,
	LEFTOVER_AGE_SECS = 24 * 60 * 60
};

static int
no_upload(struct err *err)
{
	return err_set_code(err, ERR_NOT_FOUND, "NoSuchUpload",
	    "there is no such upload; it may have been completed or aborted");
}

/* Of our making: it becomes a part of a path. */
static bool
is_id(const char *id)
{
	return strlen(id) == 2 * ID_BYTES &&
	    strspn(id, "0123456789abcdef") == 2 * ID_BYTES;
}

static void
format_number(char name[NUMBER_CHARS + 1], int number)
{
	for (int i = NUMBER_CHARS - 1; i >= 0; i--, number /= 10)
		name[i] = (char)('0' + number % 10);
	name[NUMBER_CHARS] = '\0';
}

/* ---- the folder ---- */

static int
create_folder(const struct file_store *store, struct pool *pool,
    const char *id, int *fd_r, struct err *err)
{
	bool made;

	/* Older installations have no folder for uploads yet. */
	if (file_make_folder(store->parts_root, &made, err) == -1 ||
	    file_make_folder(store->parts_path, &made, err) == -1)
		return -1;
	if (file_make_folder(pool_format(pool, "%s/%s", store->parts_path, id),
		&made, err) == -1)
		return -1;
	return tree_open_root(pool_format(pool, "%s/%s", store->parts_path, id),
	    fd_r, err);
}

static int
put_about(struct file_store *store, struct pool *pool,
    const struct store_object *object, int fd, struct err *err)
{
	struct json *json = file_meta_json(pool, object);
	char *temp;

	json_set_text(json, "key", object->key);
	if (file_temp_write(store, pool, json_format(pool, json), &temp, err) ==
	    -1)
		return -1;
	if (renameat(AT_FDCWD, temp, fd, ABOUT) == 0 && fsync(fd) == 0)
		return 0;
	(void)tree_fail(err, "new upload", errno);
	(void)unlink(temp);
	return -1;
}

int
file_multipart_create(struct store *base, struct pool *pool,
    const struct store_object *object, const char **upload_id_r,
    struct err *err)
{
	struct file_store *store = (struct file_store *)base;
	const char *id = rand_hex(pool, ID_BYTES);
	int fd, result;

	if (create_folder(store, pool, id, &fd, err) == -1)
		return -1;
	result = put_about(store, pool, object, fd, err);
	(void)close(fd);
	if (result == -1)
		(void)rmdir(pool_format(pool, "%s/%s", store->parts_path, id));
	*upload_id_r = id;
	return result;
}

int
file_upload_load(int fd, struct pool *pool, struct store_object *object_r,
    struct err *err)
{
	struct file_meta meta;
	struct json *json;
	int about_fd, found = tree_open_object(fd, ABOUT, &about_fd, err);

	if (found == 0)
		return no_upload(err);
	if (found == -1 || file_meta_read(pool, about_fd, &json, err) == -1)
		return -1;
	file_meta_parse(pool, json, &meta);
	*object_r = (struct store_object){
		.key = json_text(json_find(json, "key")),
		.content_type = meta.content_type,
		.content_disposition = meta.content_disposition,
		.cache_control = meta.cache_control,
		.meta = meta.meta,
		.meta_count = meta.meta_count };
	return 0;
}

static int
check_upload(int fd, struct pool *pool, const char *key, int how,
    struct err *err)
{
	struct store_object object;

	if (file_lock(fd, how, err) == -1 ||
	    file_upload_load(fd, pool, &object, err) == -1)
		return -1;
	return strcmp(object.key, key) == 0 ? 0 : no_upload(err);
}

int
file_upload_open(const struct file_store *store, struct pool *pool,
    const struct store_multipart *upload, int how, int *fd_r, struct err *err)
{
	const char *path = pool_format(pool, "%s/%s", store->parts_path,
	    upload->upload_id);

	if (!is_id(upload->upload_id))
		return no_upload(err);
	*fd_r = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd_r == -1)
		return errno == ENOENT ? no_upload(err) :
					 tree_fail(err, "upload", errno);
	if (check_upload(*fd_r, pool, upload->key, how, err) == 0)
		return 0;
	(void)close(*fd_r);
	return -1;
}

/* ---- its parts ---- */

int
store_part_open(struct store *store, struct pool *pool,
    const struct store_part_name *part, struct store_writer **writer_r,
    struct err *err)
{
	struct file_store *file = file_store_cast(store);
	const struct store_object object = {
		.key = pool_strdup(pool, part->upload.key)
	};
	int fd;

	if (file == NULL)
		return err_set(err, ERR_NOT_FOUND, "objects are not kept here");
	if (part->number < 1 || part->number > STORE_PARTS_MAX)
		return err_set_code(err, ERR_INVALID, "InvalidArgument",
		    "parts have numbers 1 to %d", STORE_PARTS_MAX);
	if (file_upload_open(file, pool, &part->upload, LOCK_SH, &fd, err) ==
	    -1)
		return -1;
	(void)close(fd);
	if (file_writer_open(store, pool, &object, writer_r, err) == -1)
		return -1;
	store_writer_begin(*writer_r, store, pool, &object);
	file_writer_make_part(*writer_r, part);
	return 0;
}

int
file_part_place(const struct file_store *store, struct pool *pool,
    const struct store_part_name *part, const char *temp_path,
    struct err *err)
{
	char name[NUMBER_CHARS + 1];
	int fd, result;

	if (file_upload_open(store, pool, &part->upload, LOCK_SH, &fd, err) ==
	    -1)
		return -1;
	format_number(name, part->number);
	result = renameat(AT_FDCWD, temp_path, fd, name);
	if (result == 0)
		result = fsync(fd);
	if (result == -1)
		(void)tree_fail(err, "part", errno);
	(void)close(fd);
	return result;
}

static int
read_part(struct file_part *part, struct err *err)
{
	struct stat st;

	if (fstat(part->fd, &st) == -1)
		return tree_fail(err, "part", errno);
	part->size_bytes = st.st_size - SHA256_BYTES;
	if (part->size_bytes < 0)
		return err_set(err, ERR_INTERNAL, "store: damaged part");
	return file_read_at(part->fd, part->size_bytes, part->sha256,
	    SHA256_BYTES, err);
}

int
file_part_open(int upload_fd, int number, struct file_part *part_r,
    struct err *err)
{
	char name[NUMBER_CHARS + 1];
	int found;

	format_number(name, number);
	found = tree_open_object(upload_fd, name, &part_r->fd, err);
	if (found != 1)
		return found;
	if (read_part(part_r, err) == 0)
		return 1;
	(void)close(part_r->fd);
	return -1;
}

/* The numbers that are there, each once. */
static int
find_numbers(int upload_fd, bool *is_there, struct err *err)
{
	int fd = openat(upload_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int64_t number;

	if (dir == NULL) {
		(void)tree_fail(err, "upload", errno);
		if (fd != -1)
			(void)close(fd);
		return -1;
	}
	while ((entry = readdir(dir)) != NULL)
		if (num_parse_i64(slice_str(entry->d_name), STORE_PARTS_MAX,
			&number))
			is_there[number] = true;
	(void)closedir(dir);
	return 0;
}

static int
list_parts(int upload_fd, struct pool *pool, struct store_parts *parts_r,
    struct err *err)
{
	bool *is_there = pool_alloc(pool, STORE_PARTS_MAX + 1);
	size_t count = 0;

	if (find_numbers(upload_fd, is_there, err) == -1)
		return -1;
	for (int i = 1; i <= STORE_PARTS_MAX; i++)
		count += is_there[i];
	*parts_r = (struct store_parts){
		.parts = pool_alloc_array(pool, count, sizeof(*parts_r->parts))
	};
	for (int i = 1; i <= STORE_PARTS_MAX; i++) {
		struct file_part part;
		int found;

		if (!is_there[i])
			continue;
		found = file_part_open(upload_fd, i, &part, err);
		if (found == -1)
			return -1;
		if (found == 0)
			continue;
		(void)close(part.fd);
		parts_r->parts[parts_r->count++] = (struct store_part){
			.number = i,
			.size_bytes = part.size_bytes,
			.etag = hex_encode(pool,
			    slice_make(part.sha256, SHA256_BYTES)) };
	}
	return 0;
}

int
file_multipart_parts(struct store *base, struct pool *pool,
    const struct store_multipart *upload, struct store_parts *parts_r,
    struct err *err)
{
	int fd, result;

	if (file_upload_open((struct file_store *)base, pool, upload, LOCK_SH,
		&fd, err) == -1)
		return -1;
	result = list_parts(fd, pool, parts_r, err);
	(void)close(fd);
	return result;
}

/* ---- its end ---- */

/* What it was begun with goes last: until then it can be aborted again. */
static int
remove_files(int fd, struct err *err)
{
	bool is_there[STORE_PARTS_MAX + 1] = { false };

	if (find_numbers(fd, is_there, err) == -1)
		return -1;
	for (int i = 1; i <= STORE_PARTS_MAX; i++) {
		char name[NUMBER_CHARS + 1];

		if (!is_there[i])
			continue;
		format_number(name, i);
		if (unlinkat(fd, name, 0) == -1 && errno != ENOENT)
			return tree_fail(err, "part", errno);
	}
	if (unlinkat(fd, ABOUT, 0) == -1 && errno != ENOENT)
		return tree_fail(err, "upload", errno);
	return 0;
}

int
file_upload_remove(const struct file_store *store, const char *id, int fd,
    struct err *err)
{
	int root_fd, result = remove_files(fd, err);

	(void)close(fd);
	if (result == -1 ||
	    tree_open_root(store->parts_path, &root_fd, err) == -1)
		return -1;
	if (unlinkat(root_fd, id, AT_REMOVEDIR) == -1 && errno != ENOENT)
		result = tree_fail(err, "upload", errno);
	(void)close(root_fd);
	return result;
}

int
file_multipart_abort(struct store *base, const char *key,
    const char *upload_id, struct err *err)
{
	const struct file_store *store = (struct file_store *)base;
	const struct store_multipart upload = { key, upload_id };
	struct pool *pool = pool_new();
	int fd, result;

	result = file_upload_open(store, pool, &upload, LOCK_EX, &fd, err);
	pool_free(&pool);
	if (result == -1)
		return err->kind == ERR_NOT_FOUND ? 0 : -1;
	return file_upload_remove(store, upload_id, fd, err);
}

/* ---- those that have not ended ---- */

/* Between two steps of somebody else, or of somebody who died there. */
static void
remove_leftover(int root_fd, const char *id)
{
	struct timespec now;
	struct stat st;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (fstatat(root_fd, id, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_mtim.tv_sec < now.tv_sec - LEFTOVER_AGE_SECS)
		(void)unlinkat(root_fd, id, AT_REMOVEDIR);
}

/* True when it is an upload. */
static bool
look_at_upload(int root_fd, const char *id, struct pool *pool,
    struct store_unfinished *upload_r)
{
	struct store_object object;
	struct err ignored;
	struct stat st;
	bool is_upload;
	int fd = openat(root_fd, id,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd == -1)
		return false;
	is_upload = fstatat(fd, ABOUT, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    file_upload_load(fd, pool, &object, &ignored) == 0;
	(void)close(fd);
	if (!is_upload) {
		remove_leftover(root_fd, id);
		return false;
	}
	*upload_r = (struct store_unfinished){ .key = object.key,
		.upload_id = pool_strdup(pool, id),
		.begun_secs = st.st_mtim.tv_sec };
	return true;
}

static void
list_uploads(DIR *dir, struct pool *pool, struct store_unfinished *uploads,
    size_t *count_r)
{
	struct dirent *entry;

	while (*count_r < STORE_PAGE_MAX && (entry = readdir(dir)) != NULL)
		if (is_id(entry->d_name) &&
		    look_at_upload(dirfd(dir), entry->d_name, pool,
			&uploads[*count_r]))
			(*count_r)++;
}

int
file_multipart_list(struct store *base, struct pool *pool,
    struct store_unfinished **uploads_r, size_t *count_r, struct err *err)
{
	const struct file_store *store = (struct file_store *)base;
	DIR *dir = opendir(store->parts_path);

	*uploads_r = NULL;
	*count_r = 0;
	if (dir == NULL && errno == ENOENT)
		return 0;
	if (dir == NULL)
		return tree_fail(err, store->parts_path, errno);
	*uploads_r = pool_alloc_array(pool, STORE_PAGE_MAX,
	    sizeof(**uploads_r));
	list_uploads(dir, pool, *uploads_r, count_r);
	(void)closedir(dir);
	return 0;
}
