/*
 * One upload through us: bytes are checked and travel towards the store as
 * they come; the row is written before the first byte leaves, and the object
 * appears only when the file was accepted.
 *
 *	upload_open(pool, &input, part->filename, part->content_type, &up, err)
 *	upload_write(up, bytes, err) ...
 *	upload_verdict(up, &verdict)         accepted or not; never fails
 *	upload_commit(up, &file, err)        object stored, row pending
 *	file_update_stored(tx, &file, err)   in the transaction that uses it,
 *	file_make_live(tx, ...)              and so does this
 *
 * Without a commit nothing stays behind.  A commit leaves the row as it was
 * before the object: what is known now is written by whoever has a use for
 * the file, in one transaction with that use.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_UPLOAD_H
#define MODEL_UPLOAD_H

#include "base/clock.h"
#include "base/log.h"
#include "codec/filecheck.h"
#include "model/file.h"

enum upload_layout {
	UPLOAD_PRODUCT /* products/tenant_{id}/{timestamp}_{filename} (A9) */
};

struct upload_input {
	struct sql *db;
	struct store *store;
	const struct clock *clock;
	const struct log *log; /* gets the lines of E9 */
	const struct file_rules *rules;
	int64_t tenant_id;
	enum upload_layout layout;
	int64_t pending_secs; /* how long an unused file is kept */
};

struct upload;

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
/* Also happens when the pool is cleared. */
void upload_abort(struct upload *upload);

#endif
