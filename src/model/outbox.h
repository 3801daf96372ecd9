/*
 * The outbox: objects that must vanish from a bucket.
 *
 * A row is written in the transaction that makes its object superfluous, tried
 * at once after the commit, and again by the sweeper until the object is gone.
 *
 * A row may also wait, until due_secs:
 * - for an object that is about to be made.  Its row is there first, as a
 *   reservation; whoever has a use for the object takes the row away in the
 *   transaction that says so.  A process that dies in between leaves no orphan.
 * - for an object that a presigned URL can bring back.  It is deleted at once,
 *   and a last time at until_secs, when no URL can do so any more.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_OUTBOX_H
#define MODEL_OUTBOX_H

#include <stdint.h>

#include "base/clock.h"
#include "base/log.h"
#include "sql/sql.h"
#include "store/store.h"

enum {
	/* Longer than making an object and saying so takes. */
	OUTBOX_RESERVE_SECS = 3600,
	/* An upload that began while its URL was valid may end later. */
	OUTBOX_URL_GRACE_SECS = 3600
};

struct outbox_row {
	const char *provider, *bucket, *key;
	int64_t due_secs;   /* 0: at once */
	int64_t until_secs; /* 0: nothing brings the object back */
};

/* A row that is there already stays as it is. */
int outbox_add(struct sql *tx, const struct outbox_row *row, struct err *err)
    ATTR_MUST_USE;
/* A waiting row is due now. */
int outbox_release(struct sql *db, const struct outbox_row *row,
    struct err *err) ATTR_MUST_USE;
/*
 * The object of a reservation is wanted.  ERR_CONFLICT (code "object_lost")
 * when its time is over; the object may be gone.
 */
int outbox_keep(struct sql *tx, const struct outbox_row *row, struct err *err)
    ATTR_MUST_USE;

enum outbox_fate {
	OUTBOX_DELETED, /* or was not there */
	OUTBOX_FAILED,	/* stays for the next run */
	OUTBOX_DUE	/* outbox_show() */
};

struct outbox {
	struct sql *db;
	struct store *store;
	const struct clock *clock;
	const struct log *log;
	/* Told of each row; may be NULL. */
	void (*noted)(void *arg, const char *key, enum outbox_fate fate,
	    const char *detail);
	void *arg;
};
/*
 * Delete the objects of up to limit rows that are due from the store and then
 * the rows.  Failures are logged and stay for the next run; *left_r (may be
 * NULL) counts them.
 */
int outbox_run(const struct outbox *outbox, int limit, int *left_r,
    struct err *err) ATTR_MUST_USE;
/* The few rows of a commit that was just made; a failure is only logged. */
void outbox_run_now(const struct outbox *outbox);
/* All that is due, until something fails. */
int outbox_run_all(const struct outbox *outbox, struct err *err)
    ATTR_MUST_USE;
/* Only tell `noted` of what is due. */
int outbox_show(const struct outbox *outbox, struct err *err) ATTR_MUST_USE;

#endif
