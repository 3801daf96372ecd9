/*
 * Files: one row for each object of ours in a bucket.
 *
 * A row comes first, the object second.  States: pending (no use yet, expires),
 * then live, then gone; or rejected, for what was refused.  What must leave
 * the bucket goes to the outbox (model/outbox.h) in the transaction that makes
 * it superfluous.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_FILE_H
#define MODEL_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/mediatype.h"
#include "model/outbox.h"
#include "sql/sql.h"

enum file_state {
	FILE_PENDING,
	FILE_LIVE,
	FILE_TRASHED,
	FILE_REJECTED,
	FILE_GONE,
	FILE_STATE_COUNT
};

struct file {
	int64_t id; /* random, not sequential */
	int64_t tenant_id;
	enum file_state state;
	const char *provider; /* "s3" or "file" */
	const char *bucket, *key;
	const char *original_name; /* for showing */
	const char *content_type;
	int64_t size_bytes;
	const char *sha256; /* hex; "" while unknown */
	const char *etag;
	int64_t width, height, frames;
	int orientation;
	bool is_public;
	int64_t created_secs;
	int64_t expires_secs; /* of a pending row; 0 when it does not expire */

	/* NULL stands for "" when inserting. */
	const char *owner; /* key-safe id of who asked for it; "" for pages */
	enum file_kind kind;
	const char *athlete_id;
	const char *refusal; /* code of why it was rejected */

	/* What was said about a direct upload (model/direct.h). */
	const char *declared_type;
	int64_t declared_bytes; /* -1: nothing */
	const char *declared_sha256;
	bool is_sha256_signed; /* the store checks it */
	/*
	 * Where its bytes arrive, when confirming copies them to another key;
	 * a pending row's key is the same.  Stays as it is afterwards.
	 */
	const char *upload_key;
	int64_t url_expires_secs; /* 0: it came through us */

	/*
	 * What it takes from the tenant's quota (model/quota.h): what is
	 * reserved while it is pending, then its size, at last 0.  Set it
	 * before file_insert().
	 */
	int64_t charged_bytes;
	int64_t version; /* grows with each change; for ETag and If-Match */
	int64_t updated_secs;
	const char *alt_text;
	const char *tags;      /* comma-separated, lower case */
	int64_t share_version; /* share links of another one are void */
};

const char *file_state_name(enum file_state state);

/* Insert a pending row; fills file->id.  ERR_CONFLICT: the key is taken. */
int file_insert(struct sql *db, struct pool *pool, struct file *file,
    struct err *err) ATTR_MUST_USE;
/* Note what is known once the object is stored. */
int file_update_stored(struct sql *db, const struct file *file,
    struct err *err) ATTR_MUST_USE;
/* 1 found, 0 absent or another tenant's, -1. */
int file_load(struct sql *db, struct pool *pool, int64_t tenant_id, int64_t id,
    struct file *file_r, struct err *err) ATTR_MUST_USE;
/*
 * The id of the row that has tenant, owner, bucket, kind and upload key of
 * wanted: 1, 0 or -1.
 */
int file_find_upload(struct sql *db, const struct file *wanted, int64_t *id_r,
    struct err *err) ATTR_MUST_USE;
/*
 * Up to limit pending rows of this store that expired before now, of all
 * tenants, in the order of their ids; *files_r is an array of *count_r.
 */
struct file_expired {
	const struct store *store;
	int64_t now_secs;
	int64_t after_id; /* of the last one seen; 0 at first */
	int limit;
};
int file_list_expired(struct sql *db, struct pool *pool,
    const struct file_expired *which, struct file **files_r, size_t *count_r,
    struct err *err) ATTR_MUST_USE;
/*
 * pending -> live.  ERR_CONFLICT when it is no longer pending (expired or used
 * by another form).  Call it in the transaction that refers to the file.
 */
int file_make_live(struct sql *tx, int64_t tenant_id, int64_t id,
    struct err *err) ATTR_MUST_USE;
/*
 * pending -> live for a direct upload, with all that is known by now and the
 * key its object has; ERR_CONFLICT as above.
 */
int file_confirm(struct sql *tx, const struct file *file, struct err *err)
    ATTR_MUST_USE;
/*
 * pending -> rejected with file->refusal, its object into the outbox;
 * ERR_CONFLICT as above.
 */
int file_refuse(struct sql *tx, const struct file *file, struct err *err)
    ATTR_MUST_USE;
/*
 * To `state` (FILE_GONE or FILE_REJECTED) and its object into the outbox; call
 * it in the transaction that drops the last reference.
 */
int file_discard(struct sql *tx, int64_t tenant_id, int64_t id,
    enum file_state state, struct err *err) ATTR_MUST_USE;
/*
 * pending -> gone and its object into the outbox, for a file that nobody came
 * to use.  No effect when somebody did in the meantime.
 */
int file_discard_pending(struct sql *tx, int64_t tenant_id, int64_t id,
    struct err *err) ATTR_MUST_USE;
/*
 * pending -> rejected, without the outbox and without its key: the object that
 * is there is not ours.
 */
int file_reject_unsent(struct sql *db, int64_t tenant_id, int64_t id,
    struct err *err) ATTR_MUST_USE;

/* Upload ids of unfinished multipart uploads, for the sweeper. */
int file_multipart_insert(struct sql *db, int64_t file_id, const char *bucket,
    const char *key, const char *upload_id, int64_t now_secs, struct err *err)
    ATTR_MUST_USE;
int file_multipart_delete(struct sql *db, const char *upload_id,
    struct err *err) ATTR_MUST_USE;

#endif
