/*
 * What the drivers and store.c share.
 *
 * A driver's store and writer begin with the structures below:
 *
 *	struct file_store { struct store base; const char *root; };
 *
 * store.c has checked the key before a driver sees it, calls each writer from
 * one thread, and calls `abort` exactly once for a writer whose commit did not
 * succeed (a failed write or commit, or the pool was cleared).  The driver
 * reaches its caller's events through store_writer_before_send() and friends.
 * Key and type may change until then: a driver reads them from the writer's
 * object after store_writer_before_send(), never from what it was opened with.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STORE_STORE_PRIVATE_H
#define STORE_STORE_PRIVATE_H

#include "store/manage.h"
#include "store/presign.h"
#include "store/store.h"

/* What store_get() was asked for. */
struct store_read {
	const char *key;
	int64_t offset;
	int64_t length; /* -1: to the end */
	store_sink_fn sink;
	void *arg;
};

struct store_queue_driver;
struct store_transfer;

struct store_driver {
	const char *name;
	int (*prepare)(struct store *store, bool *created_r, struct err *err);
	/* Allocate a writer in the pool; store.c fills its base. */
	int (*writer_open)(struct store *store, struct pool *pool,
	    const struct store_object *object, struct store_writer **writer_r,
	    struct err *err);
	int (*writer_write)(struct store_writer *writer, struct slice bytes,
	    struct err *err);
	int (*writer_commit)(struct store_writer *writer,
	    struct store_stored *stored_r, struct err *err);
	void (*writer_abort)(struct store_writer *writer);
	int (*head)(struct store *store, struct pool *pool, const char *key,
	    struct store_info *info_r, struct err *err);
	int (*get)(struct store *store, const struct store_read *read,
	    struct err *err);
	int (*remove)(struct store *store, const char *key, struct err *err);
	/* NULL: the driver has no policies. */
	int (*apply_policy)(struct store *store, const char *policy,
	    struct err *err);
	/* Of store/presign.h; NULL: ERR_UNSUPPORTED. */
	int (*presign)(struct store *store, struct pool *pool,
	    const struct store_access *access,
	    struct store_presigned *presigned_r, struct err *err);
	int (*presign_form)(struct store *store, struct pool *pool,
	    const struct store_form_access *access, struct store_form *form_r,
	    struct err *err);

	/* Of store/manage.h; NULL: ERR_UNSUPPORTED.  info_r is never NULL. */
	int (*copy)(struct store *store, struct pool *pool,
	    const struct store_copy *copy, struct store_info *info_r,
	    struct err *err);
	/* failed_r comes all false.  NULL: remove, one after the other. */
	int (*remove_many)(struct store *store, const char *const *keys,
	    size_t count, bool *failed_r, struct err *err);
	int (*list)(struct store *store, struct pool *pool, const char *prefix,
	    const char *next, struct store_page *page_r, struct err *err);
	int (*multipart_abort)(struct store *store, const char *key,
	    const char *upload_id, struct err *err);
	int (*multipart_list)(struct store *store, struct pool *pool,
	    struct store_unfinished **uploads_r, size_t *count_r,
	    struct err *err);
	int (*multipart_create)(struct store *store, struct pool *pool,
	    const struct store_object *object, const char **upload_id_r,
	    struct err *err);
	int (*multipart_parts)(struct store *store, struct pool *pool,
	    const struct store_multipart *upload, struct store_parts *parts_r,
	    struct err *err);
	/* Of store/queue.h; NULL: jobs run at once, by the above. */
	const struct store_queue_driver *queue;
	/* Of store/transfer.h; NULL: through a writer. */
	int64_t (*part_bytes)(const struct store *store, int64_t size_bytes);
	int (*put_file)(struct store *store, struct pool *pool,
	    const struct store_transfer *transfer,
	    struct store_stored *stored_r, struct err *err);
	/* There are 1 to STORE_PARTS_MAX parts, ascending. */
	int (*multipart_complete)(struct store *store, struct pool *pool,
	    const struct store_complete *complete, const char **etag_r,
	    struct err *err);
};

struct store {
	const struct store_driver *driver;
	const char *bucket;
	const char *public_base;	    /* without "/" at its end */
	const char *const *public_prefixes; /* NULL at the end */
	struct store_traits traits;	    /* filled by the driver's open */
};

struct store_writer {
	struct store *store;
	struct pool *pool;
	struct store_object object; /* a copy in the writer's pool */
	bool has_sent;		    /* before_send was called */
	bool has_ended;		    /* committed or aborted */
};

/* Fill the base of a driver's store; prefixes are separated by spaces. */
void store_init(struct store *store, struct pool *pool,
    const struct store_driver *driver, const char *bucket,
    const char *public_prefixes);

/*
 * What a key is appended to (with "/") to give its public URL: decision 10.
 * url is the setting, with "{bucket}" replaced; "/BUCKET" is appended when
 * is_path_style and the URL does not name the bucket yet, as first label of
 * its host or as last segment of its path.
 */
const char *store_public_base(struct pool *pool, const char *url,
    const char *bucket, bool is_path_style);

/* ERR_INVALID unless the key obeys the rules above store_object.key. */
int store_check_key(const char *key, struct err *err) ATTR_MUST_USE;

/* The key, and metadata within its bounds (MetadataTooLarge). */
int store_check_object(const struct store_object *object, struct err *err)
    ATTR_MUST_USE;
/* A driver's writer is ready; it is aborted when the pool is cleared. */
void store_writer_begin(struct store_writer *writer, struct store *store,
    struct pool *pool, const struct store_object *object);

/* Tell the caller; a second call, and a NULL event, is a success. */
int store_writer_before_send(struct store_writer *writer, struct err *err)
    ATTR_MUST_USE;
int store_writer_multipart_begun(struct store_writer *writer,
    const char *upload_id, struct err *err) ATTR_MUST_USE;
void store_writer_multipart_ended(struct store_writer *writer,
    const char *upload_id);

#endif
