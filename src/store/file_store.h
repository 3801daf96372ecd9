/*
 * What the files of the file driver share.
 *
 *	ROOT/BUCKET/KEY		the bytes (store_file.c)
 *	ROOT/.meta/BUCKET/KEY	the rest, as JSON (file_meta.c)
 *	ROOT/.tmp/		what is being written (file_place.c)
 *	ROOT/.parts/BUCKET/ID/	uploads in parts (file_multipart.c)
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STORE_FILE_STORE_H
#define STORE_FILE_STORE_H

#include "codec/json.h"
#include "s3/sign.h"
#include "store/open.h"
#include "store/serve.h"
#include "store/store_private.h"

enum {
	FILE_KEY_PAIRS_MAX = 2,
	FILE_MODE = 0640,
	FILE_FOLDER_MODE = 0750,
	FILE_META_BYTES_MAX = 16 * 1024
};

struct file_store {
	struct store base;
	const char *root;
	const char *bucket_path;
	const char *meta_root;
	const char *meta_path;
	const char *temp_path;
	const char *parts_root;
	const char *parts_path;
	const struct clock *clock;
	/* What its URLs are signed with; the first signs, all are accepted. */
	struct sign_credentials pairs[FILE_KEY_PAIRS_MAX];
	size_t pair_count;
	struct sign_key_cache signing_key;
};

/* NULL when the store is of another driver. */
struct file_store *file_store_cast(struct store *store);

/* Make the folders that are missing, remove old temporary files. */
int file_store_prepare(struct store *store, bool *created_r, struct err *err)
    ATTR_MUST_USE;
/*
 * Open the bucket's folder, locked by flock(2) `how` until it is closed.
 */
int file_store_lock(const struct file_store *store, int how, int *fd_r,
    struct err *err) ATTR_MUST_USE;
/* Make a folder below one that is there, durably. */
int file_make_folder(const char *path, bool *made_r, struct err *err)
    ATTR_MUST_USE;
/* flock(2) on a folder, whatever signals come. */
int file_lock(int fd, int how, struct err *err) ATTR_MUST_USE;

/* ---- metadata (file_meta.c) ---- */

/* What came with an object. */
struct file_meta {
	const char *content_type, *content_disposition, *cache_control;
	const struct store_header *meta;
	size_t meta_count;
};
struct json *file_meta_json(struct pool *pool,
    const struct store_object *object);
void file_meta_parse(struct pool *pool, const struct json *json,
    struct file_meta *meta_r);
/* The JSON of an open file, which is closed; NULL when it is too long. */
int file_meta_read(struct pool *pool, int fd, struct json **json_r,
    struct err *err) ATTR_MUST_USE;
/*
 * An object that is there, and what its metadata says; the caller holds the
 * bucket's lock.  1, 0 absent, -1.
 */
struct file_object {
	int fd; /* closed by the caller */
	struct store_info info;
	const char *sha256; /* "" where nobody has reckoned it */
};
int file_object_open(const struct file_store *store, int bucket_fd,
    struct pool *pool, const char *key, struct file_object *object_r,
    struct err *err) ATTR_MUST_USE;

/* ---- putting in place (file_place.c) ---- */

/* A new file below ROOT/.tmp; made ready for one writer. */
int file_temp_open(struct file_store *store, struct pool *pool, char **path_r,
    int *fd_r, struct err *err) ATTR_MUST_USE;
/* Sync and close; *fd is -1 afterwards, whatever happened. */
int file_temp_finish(int *fd, struct err *err) ATTR_MUST_USE;
/* A finished temporary file of this text. */
int file_temp_write(struct file_store *store, struct pool *pool,
    const char *text, char **path_r, struct err *err) ATTR_MUST_USE;
/* Copy length bytes from an offset, in the kernel where it can. */
int file_copy_bytes(int from_fd, int64_t offset, int to_fd, int64_t length,
    struct err *err) ATTR_MUST_USE;

struct file_bytes {
	const char *temp_path;
	int64_t size_bytes;
	const char *sha256, *etag; /* sha256 "" when unknown */
};
/*
 * Put a finished temporary file in the object's place together with its
 * metadata; it is gone from ROOT/.tmp when this succeeds.
 */
int file_place(struct file_store *store, struct pool *pool,
    const struct store_object *object, const struct file_bytes *bytes,
    struct err *err) ATTR_MUST_USE;

/* ---- writers (file_writer.c) ---- */

int file_writer_open(struct store *store, struct pool *pool,
    const struct store_object *object, struct store_writer **writer_r,
    struct err *err) ATTR_MUST_USE;
int file_writer_write(struct store_writer *writer, struct slice bytes,
    struct err *err) ATTR_MUST_USE;
int file_writer_commit(struct store_writer *writer,
    struct store_stored *stored_r, struct err *err) ATTR_MUST_USE;
void file_writer_abort(struct store_writer *writer);
/* Its commit makes a part of an upload. */
void file_writer_make_part(struct store_writer *writer,
    const struct store_part_name *part);

/* ---- order (file_copy.c, file_list.c) ---- */

int file_copy(struct store *store, struct pool *pool,
    const struct store_copy *copy, struct store_info *info_r, struct err *err)
    ATTR_MUST_USE;
int file_list(struct store *store, struct pool *pool, const char *prefix,
    const char *next, struct store_page *page_r, struct err *err)
    ATTR_MUST_USE;

/* ---- uploads in parts (file_multipart.c, file_complete.c) ---- */

/*
 * Open an upload's folder, locked by flock(2) `how`; ERR_NOT_FOUND
 * ("NoSuchUpload") also when the id is another key's.
 */
int file_upload_open(const struct file_store *store, struct pool *pool,
    const struct store_multipart *upload, int how, int *fd_r, struct err *err)
    ATTR_MUST_USE;
/* What it was begun with. */
int file_upload_load(int fd, struct pool *pool, struct store_object *object_r,
    struct err *err) ATTR_MUST_USE;
/* Remove it, its parts first, and close the folder. */
int file_upload_remove(const struct file_store *store, const char *id, int fd,
    struct err *err) ATTR_MUST_USE;
/*
 * Parts are files of their bytes and the SHA-256 of these behind them: so
 * both are there or neither.
 */
int file_part_place(const struct file_store *store, struct pool *pool,
    const struct store_part_name *part, const char *temp_path,
    struct err *err) ATTR_MUST_USE;
struct file_part {
	int fd; /* closed by the caller */
	int64_t size_bytes;
	uint8_t sha256[SHA256_BYTES];
};
int file_part_open(int upload_fd, int number, struct file_part *part_r,
    struct err *err) ATTR_MUST_USE;

int file_multipart_create(struct store *store, struct pool *pool,
    const struct store_object *object, const char **upload_id_r,
    struct err *err) ATTR_MUST_USE;
int file_multipart_parts(struct store *store, struct pool *pool,
    const struct store_multipart *upload, struct store_parts *parts_r,
    struct err *err) ATTR_MUST_USE;
int file_multipart_complete(struct store *store, struct pool *pool,
    const struct store_complete *complete, const char **etag_r,
    struct err *err) ATTR_MUST_USE;
int file_multipart_abort(struct store *store, const char *key,
    const char *upload_id, struct err *err) ATTR_MUST_USE;
int file_multipart_list(struct store *store, struct pool *pool,
    struct store_unfinished **uploads_r, size_t *count_r, struct err *err)
    ATTR_MUST_USE;

/* ---- signing (file_sign.c) ---- */

/* Derive the key pairs from the installation's secrets. */
void file_sign_init(struct file_store *store, struct pool *pool,
    const struct store_file_config *config);
int file_presign(struct store *store, struct pool *pool,
    const struct store_access *access, struct store_presigned *presigned_r,
    struct err *err) ATTR_MUST_USE;
int file_presign_form(struct store *store, struct pool *pool,
    const struct store_form_access *access, struct store_form *form_r,
    struct err *err) ATTR_MUST_USE;

#endif
