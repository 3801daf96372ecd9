/*
 * The sweeper: what crashes, lost answers and people who went away leave
 * behind, found and mended.
 *
 * Steps, in this order:
 *
 *	outbox		objects that must vanish, tried again
 *	pending		uploads nobody confirmed or used in time: confirmed when
 *			they were meant to be and are good, else erased
 *	trash		files whose time in the trash is over
 *	quota		counters of tenants that are not what their files say
 *	multipart	unfinished multipart uploads of records that are settled
 *	objects		the whole bucket, against the records
 *
 * Safe beside live uploads and other sweepers: a row comes before its object,
 * records are read after the listing, and what is deleted belongs to a record
 * that can never be live (again), or to none.  Objects without any record may
 * be another program's, or newer than a database that was restored: they are
 * reported.  When forced they go, if they are older than the grace time, have
 * a name as we give them, and the database knows live files of this bucket.
 *
 * Rows that were kept for a while only, such as answers to requests with an
 * Idempotency-Key, are forgotten without a word.
 *
 * A failure of one thing does not end the sweep; it is counted.  What was
 * mended or failed is logged too.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_SWEEP_H
#define MODEL_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "model/direct.h"
#include "model/session.h"

enum sweep_kind {
	SWEEP_OUTBOX,
	SWEEP_PENDING,
	SWEEP_TRASH,
	SWEEP_QUOTA, /* key "tenants/7", size_bytes: how far they were off */
	SWEEP_MULTIPART,
	SWEEP_DEAD_OBJECT,	 /* its record is rejected or gone */
	SWEEP_UNKNOWN_OBJECT,	 /* no record */
	SWEEP_UNKNOWN_MULTIPART, /* the server tells of it, no record */
	SWEEP_LOST_OBJECT,	 /* a live record, and no object */
	SWEEP_KIND_COUNT
};

enum sweep_action {
	SWEEP_MENDED,	/* deleted, aborted, settled */
	SWEEP_WOULD_MEND, /* in a dry run */
	SWEEP_REPORTED,	/* a person must look */
	SWEEP_FAILED	/* stays for the next sweep */
};

struct sweep_item {
	enum sweep_kind kind;
	enum sweep_action action;
	const char *key;
	int64_t size_bytes; /* 0 when unknown */
	const char *detail; /* cause of a failure; "" for none */
};

struct sweep_input {
	/* Database, store, clock, log and the rules files are checked by. */
	const struct direct *direct;
	bool is_dry_run;
	bool want_force;    /* unknown objects and uploads go too */
	int64_t grace_secs; /* nothing younger is an orphan */
	struct session_terms sessions; /* idle_secs 0: they are left alone */
	/* Called for each thing found; may be NULL. */
	void (*found)(void *arg, const struct sweep_item *item);
	void *arg;
};

struct sweep_count {
	int64_t found, mended, failed, reported;
	int64_t bytes; /* of what was found */
};

struct sweep_report {
	struct sweep_count counts[SWEEP_KIND_COUNT];
	int64_t objects; /* seen in the bucket */
};

/* The name of a kind in reports: "dead_object". */
const char *sweep_kind_name(enum sweep_kind kind);
const char *sweep_action_name(enum sweep_action action);

/*
 * One sweep.  -1 when the database or the listing failed, with what was done
 * until then in *report_r; ERR_CONFLICT when it must not be forced.
 */
int sweep_run(const struct sweep_input *input, struct sweep_report *report_r,
    struct err *err) ATTR_MUST_USE;

#endif
