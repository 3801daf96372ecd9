/*
 * Objects that move to another key: copy, commit, and then the old one goes.
 *
 * The copy's key is in the outbox before it is there, so that it vanishes when
 * we do.  Whoever wants it takes that row away in the transaction that says so:
 *
 *	object_copy_make(pool, &outbox, &copy, &info, err)
 *	... outbox_keep(tx, &copy.reservation, err) ...
 *	object_copy_drop(&outbox, &copy)	when that failed
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_OBJECT_COPY_H
#define MODEL_OBJECT_COPY_H

#include "model/file.h"
#include "model/outbox.h"
#include "store/store.h"

struct object_copy {
	const struct file *file; /* whether it is public, and its kind */
	const char *from_key, *to_key;
	const char *if_match; /* ETag of the source, or NULL */
	const char *content_type;
	/* Filled by object_copy_make(). */
	struct outbox_row reservation;
	bool is_made; /* it is there for sure */
};

/*
 * Reserve and copy.  ERR_NOT_FOUND without a source, ERR_CONFLICT (code
 * "object_changed") when it is another one; of the store's own failures the
 * code is "storage_failed".
 */
int object_copy_make(struct pool *pool, const struct outbox *outbox,
    struct object_copy *copy, struct store_info *info_r, struct err *err)
    ATTR_MUST_USE;
/*
 * Without a reservation: onto a key that is the file's already.  Errors are
 * the same.
 */
int object_copy_rewrite(struct pool *pool, struct store *store,
    const struct object_copy *copy, struct store_info *info_r,
    struct err *err) ATTR_MUST_USE;
/*
 * A copy that has no use.  One that may still be under way, because its answer
 * was lost, is left to the time of its reservation.
 */
void object_copy_drop(const struct outbox *outbox,
    const struct object_copy *copy);

#endif
