/*
 * What the steps of a sweep share.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_SWEEP_PRIVATE_H
#define MODEL_SWEEP_PRIVATE_H

#include "base/pool.h"
#include "model/sweep.h"

struct sweep {
	const struct sweep_input *input;
	struct sweep_report *report;
	struct sql *db;
	struct store *store;
	int64_t now_secs;
	int64_t old_secs; /* what is from before this may be an orphan */
};

/* Count a thing and tell the caller of it. */
void sweep_note(struct sweep *sweep, const struct sweep_item *item);
/*
 * A thing that is to be mended: false in a dry run, which is noted; else the
 * caller mends, and notes how that went with sweep_done().
 */
bool sweep_may_mend(struct sweep *sweep, const struct sweep_item *item);
/* result 0: mended; -1: failed with err, which is cleared. */
void sweep_done(struct sweep *sweep, const struct sweep_item *item, int result,
    struct err *err);

/* Of an unknown thing: false when it is only to be reported, and was. */
bool sweep_may_force(struct sweep *sweep, const struct sweep_item *item);

/* What a key stands for, by all records that name it. */
enum sweep_claim {
	SWEEP_CLAIM_NONE,
	SWEEP_CLAIM_PENDING, /* an upload may be under way */
	SWEEP_CLAIM_USED,    /* live or in the trash */
	SWEEP_CLAIM_LEAVING, /* the outbox sees to it */
	SWEEP_CLAIM_DEAD     /* for ever */
};
int sweep_claim(struct sweep *sweep, const char *key,
    enum sweep_claim *claim_r, struct err *err) ATTR_MUST_USE;

/* sweep_records.c: records whose time is over, and what counts them. */
int sweep_pending(struct sweep *sweep, struct err *err) ATTR_MUST_USE;
int sweep_trash(struct sweep *sweep, struct err *err) ATTR_MUST_USE;
int sweep_quota(struct sweep *sweep, struct err *err) ATTR_MUST_USE;
int sweep_purge(struct sweep *sweep, struct err *err) ATTR_MUST_USE;
/* sweep_multipart.c: unfinished uploads. */
int sweep_multipart(struct sweep *sweep, struct err *err) ATTR_MUST_USE;
/* sweep_objects.c: the whole bucket against the records. */
int sweep_objects(struct sweep *sweep, struct err *err) ATTR_MUST_USE;

#endif
