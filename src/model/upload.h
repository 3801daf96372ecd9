/*
 * One upload through us: bytes are checked and travel towards the store as
 * they come; the row is written before the first byte leaves, and the object
 * appears only when the file was accepted.
 *
 *	upload_open(pool, &input, part->filename, part->content_type, &up, err)
 *	upload_write(up, bytes, err) ...
 *	upload_verdict(up, &verdict)         accepted or not; never fails
 *	upload_finish(up, &file, err)        object stored, row live
 *
 * or, where something else refers to the file in the same transaction:
 *
 *	upload_commit(up, &file, err)        object stored, row pending
 *	file_update_stored(tx, &file, err)   in the transaction that uses it,
 *	file_make_live(tx, ...)              and so does this
 *
 * Without a commit nothing stays behind.  A commit leaves the row as it was
 * before the object: what is known now is written by whoever has a use for
 * the file, in one transaction with that use.
 *
 * The row reserves what the file takes from the quota: its size, known when it
 * is not sent in parts, else the most it can become.  Where there is no room
 * upload_write() or upload_commit() fails with ERR_TOO_LARGE and code
 * "quota_bytes" or "quota_objects".
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_UPLOAD_H
#define MODEL_UPLOAD_H

#include "base/clock.h"
#include "base/log.h"
#include "codec/filecheck.h"
#include "model/file.h"

enum upload_layout { /* of keys, as in model/keys.h */
	UPLOAD_PRODUCT, /* as public as its prefix, whatever is_public says */
	UPLOAD_GENERAL,
	UPLOAD_AUDIO,
	UPLOAD_USER,
	UPLOAD_AVATAR,
	UPLOAD_FILE
};

struct upload_input {
	struct sql *db;
	struct store *store;
	const struct clock *clock;
	const struct log *log; /* gets the lines of E9 */
	const struct file_rules *rules; /* of its kind */
	int64_t tenant_id;
	enum upload_layout layout;
	const char *owner;	/* key id of whose it is; NULL: nobody's */
	const char *athlete_id; /* NULL or "": of none */
	bool is_public;
	int64_t body_bytes; /* Content-Length of the request; <= 0: unknown */
	int64_t pending_secs; /* how long an unused file is kept */
};

struct upload;

/*
 * ERR_INVALID with code "bad_athlete_id", "no_public_prefix" or
 * "prefix_is_public", as of model/keys.h.
 */
int upload_open(struct pool *pool, const struct upload_input *input,
    const char *name, const char *declared_type, struct upload **upload_r,
    struct err *err) ATTR_MUST_USE;
int upload_write(struct upload *upload, struct slice bytes, struct err *err)
    ATTR_MUST_USE;
/* After the last byte.  Logs "File validation error: …" when refused. */
void upload_verdict(struct upload *upload, struct file_verdict *verdict_r);
/*
 * Only after an accepting verdict.  *file_r knows all; the row is still the
 * pending one, without size and hash, and expires unless the file is used.
 */
int upload_commit(struct upload *upload, struct file *file_r, struct err *err)
    ATTR_MUST_USE;
/*
 * Commit, and make the row live with all that is known.  When it fails nothing
 * stays, or what stays goes with the next sweep.
 */
int upload_finish(struct upload *upload, struct file *file_r, struct err *err)
    ATTR_MUST_USE;
/*
 * The same, and it is the picture of a user of the tenant from then on; the
 * old one goes.  ERR_NOT_FOUND when there is no such user.
 */
int upload_finish_avatar(struct upload *upload, int64_t user_id,
    struct file *file_r, struct err *err) ATTR_MUST_USE;
/* Also happens when the pool is cleared. */
void upload_abort(struct upload *upload);

#endif
