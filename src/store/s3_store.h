/*
 * The S3 driver's own: its store, its writer (s3_writer.c), and what keeps the
 * bucket in order (s3_manage.c).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STORE_S3_STORE_H
#define STORE_S3_STORE_H

#include "s3/object.h"
#include "s3/provider.h"
#include "store/presign.h"
#include "store/store_private.h"
#include "store/transfer.h"

struct s3_store {
	struct store base;
	struct s3_client *client;
	struct spool_budget *budget;
	const struct log *log;
	const struct s3_profile *profile;
	/* The bucket as browsers reach it, unless that is as we do. */
	struct s3_place presign_place;
	bool has_presign_place;
	/* The profile's word, or the setting's. */
	enum s3_checksum checksum;
	bool can_post_forms, can_write_conditionally;
	bool wants_acl; /* x-amz-acl with every object */
	bool want_policy;
	int64_t part_bytes;
	int part_concurrency;
};

/* What an object's PUT says, but for its body. */
struct s3_put s3_store_put(const struct s3_store *store,
    const struct store_object *object);
/* Without If-None-Match, a look beforehand is the best there is. */
int s3_store_refuse_existing(const struct s3_store *store, struct pool *pool,
    const struct store_object *object, struct err *err);
/* x-amz-checksum-sha256 of a body that is hashed, if the server wants it. */
void s3_store_add_checksum(const struct s3_store *store, struct pool *pool,
    struct s3_put *put);
/* All of a source as the body, with the hashes that the server wants. */
int s3_store_add_body(const struct s3_store *store, struct pool *pool,
    const struct store_source *source, struct s3_put *put, struct err *err);
/* sha256 "" when it is not known. */
void s3_fill_stored(struct store_stored *stored_r, int64_t size_bytes,
    const char *sha256, const char *etag);

/* Of store/queue.h and store/transfer.h. */
extern const struct store_queue_driver s3_queue_driver;
int64_t s3_part_bytes(const struct store *store, int64_t size_bytes);
int s3_put_file(struct store *store, struct pool *pool,
    const struct store_transfer *transfer, struct store_stored *stored_r,
    struct err *err);

int s3_writer_open(struct store *store, struct pool *pool,
    const struct store_object *object, struct store_writer **writer_r,
    struct err *err);
int s3_writer_write(struct store_writer *writer, struct slice bytes,
    struct err *err);
int s3_writer_commit(struct store_writer *writer,
    struct store_stored *stored_r, struct err *err);
int s3_store_presign(struct store *store, struct pool *pool,
    const struct store_access *access, struct store_presigned *presigned_r,
    struct err *err);
int s3_store_presign_form(struct store *store, struct pool *pool,
    const struct store_form_access *access, struct store_form *form_r,
    struct err *err);
void s3_writer_abort(struct store_writer *writer);

/* x-amz-acl of an object; NULL: none is sent. */
const char *s3_store_acl(const struct s3_store *store, const char *key);
void s3_store_info(struct store_info *info_r, const struct s3_info *info);
int s3_store_copy(struct store *store, struct pool *pool,
    const struct store_copy *copy, struct store_info *info_r, struct err *err);
int s3_store_remove_many(struct store *store, const char *const *keys,
    size_t count, bool *failed_r, struct err *err);
int s3_store_list(struct store *store, struct pool *pool, const char *prefix,
    const char *next, struct store_page *page_r, struct err *err);
int s3_store_multipart_create(struct store *store, struct pool *pool,
    const struct store_object *object, const char **upload_id_r,
    struct err *err);
int s3_store_multipart_parts(struct store *store, struct pool *pool,
    const struct store_multipart *upload, struct store_parts *parts_r,
    struct err *err);
int s3_store_multipart_complete(struct store *store, struct pool *pool,
    const struct store_complete *complete, const char **etag_r,
    struct err *err);
int s3_store_multipart_abort(struct store *store, const char *key,
    const char *upload_id, struct err *err);
int s3_store_multipart_list(struct store *store, struct pool *pool,
    struct store_unfinished **uploads_r, size_t *count_r, struct err *err);

#endif
