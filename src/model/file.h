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
	int64_t expires_secs; /* of a pending or trashed row; 0: never */

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
/* Headers of its object; NULL: none. */
const char *file_cache_control(const struct file *file);
const char *file_disposition(const struct file *file);

/*
 * Insert a pending row and reserve file->charged_bytes, in one transaction;
 * fills file->id.  ERR_CONFLICT (code "unique"): the key is taken.
 * ERR_TOO_LARGE as of quota_reserve().
 */
int file_insert(struct sql *db, struct pool *pool, struct file *file,
    struct err *err) ATTR_MUST_USE;
/* The same, in a transaction that does more. */
int file_insert_in(struct sql *tx, struct pool *pool, struct file *file,
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
 * Up to limit rows of this store, pending or in the trash, that expired before
 * now, of all tenants, in the order of their ids; *files_r is an array of
 * *count_r.
 */
struct file_expired {
	const struct store *store;
	enum file_state state; /* FILE_PENDING or FILE_TRASHED */
	int64_t now_secs;
	int64_t after_id; /* of the last one seen; 0 at first */
	int limit;
};
int file_list_expired(struct sql *db, struct pool *pool,
    const struct file_expired *which, struct file **files_r, size_t *count_r,
    struct err *err) ATTR_MUST_USE;
/*
 * Transitions.  Each is one conditional UPDATE, so that of several that race
 * one wins, and settles or releases in the same transaction what the file
 * takes from the quota.  All of them raise the version.
 *
 * pending -> live.  ERR_CONFLICT when it is no longer pending (expired or used
 * by another form), ERR_TOO_LARGE as of quota_settle().  Call it in the
 * transaction that refers to the file.
 */
int file_make_live(struct sql *tx, int64_t tenant_id, int64_t id,
    int64_t now_secs, struct err *err) ATTR_MUST_USE;
/*
 * pending -> live for a direct upload, with all that is known by now, the key
 * its object has, and updated_secs; errors as above.
 */
int file_confirm(struct sql *tx, const struct file *file, struct err *err)
    ATTR_MUST_USE;
/*
 * pending -> rejected with file->refusal and updated_secs, its object into the
 * outbox; ERR_CONFLICT as above.
 */
int file_refuse(struct sql *tx, const struct file *file, struct err *err)
    ATTR_MUST_USE;
/*
 * To `state` (FILE_GONE or FILE_REJECTED) and its object into the outbox; call
 * it in the transaction that drops the last reference.  No effect on what is
 * there already.
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
 * trashed -> gone and its object into the outbox, when its time is over by
 * now.  No effect when it was restored in the meantime.
 */
int file_discard_expired(struct sql *tx, int64_t tenant_id, int64_t id,
    int64_t now_secs, struct err *err) ATTR_MUST_USE;
/*
 * pending -> rejected, without the outbox and without its key: the object that
 * is there is not ours.
 */
int file_reject_unsent(struct sql *tx, int64_t tenant_id, int64_t id,
    struct err *err) ATTR_MUST_USE;

/* Upload ids of unfinished multipart uploads, for the sweeper. */
int file_multipart_insert(struct sql *db, int64_t file_id, const char *bucket,
    const char *key, const char *upload_id, int64_t now_secs, struct err *err)
    ATTR_MUST_USE;
int file_multipart_delete(struct sql *db, const char *upload_id,
    struct err *err) ATTR_MUST_USE;

#endif
