/*
 * The attempts of one call.  Each is signed anew, asks the breaker, and is
 * looked at when it has failed: something may be learnt from it (s3/learn.h)
 * or it may be worth a retry (s3/retry.h).
 *
 *	s3_attempts_begin(&attempts, client, pool, &call);
 *	while (s3_attempt_run(&attempts, &reply, err) == -1)
 *		if (!s3_attempt_again(&attempts, &reply, err))
 *			return -1;
 *
 * A server that keeps us waiting is not waited for much longer than a single
 * time-out.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_ATTEMPT_H
#define S3_ATTEMPT_H

#include "s3/call.h"

struct s3_attempts {
	struct s3_client *client;
	struct pool *pool;
	const struct s3_call *call;
	int count;	    /* those that may have done something */
	int64_t started_ms; /* monotonic, of the first; 0: none yet */

	/* The last signature's. */
	int64_t signed_ms; /* monotonic; 0: to be signed anew */
	struct s3_signing signing;
	int64_t clock_offset_secs;
	bool has_pair;

	/* Each is learnt once a call at most. */
	bool has_moved, has_set_clock, has_changed_pair;
	struct breaker_ticket ticket;
	bool was_out; /* the last attempt: not held back here */
};

void s3_attempts_begin(struct s3_attempts *attempts, struct s3_client *client,
    struct pool *pool, const struct s3_call *call);

/* The next attempt, blocking.  *reply_r is filled in both cases. */
int s3_attempt_run(struct s3_attempts *attempts, struct fetch_reply *reply_r,
    struct err *err) ATTR_MUST_USE;
/*
 * It has failed: true when another one may follow, after the pause that is
 * made here.
 */
bool s3_attempt_again(struct s3_attempts *attempts,
    const struct fetch_reply *reply, const struct err *err);

/* ---- the same in steps ---- */

/* Sign; errors of the call itself and of the credentials. */
int s3_attempt_sign(struct s3_attempts *attempts,
    struct fetch_request *request_r, struct err *err) ATTR_MUST_USE;
/* ERR_UNAVAILABLE while storage is away. */
int s3_attempt_enter(struct s3_attempts *attempts, struct err *err)
    ATTR_MUST_USE;
/* It has ended so: fetch_result as of fetch_run(), *err its error. */
int s3_attempt_leave(struct s3_attempts *attempts, int fetch_result,
    const struct fetch_reply *reply, struct err *err) ATTR_MUST_USE;
/* It has failed: the milliseconds until the next, or -1. */
int64_t s3_attempt_pause_ms(struct s3_attempts *attempts,
    const struct fetch_reply *reply, const struct err *err);
/* It was broken off, or could not begin; nothing happens when none was out. */
void s3_attempt_abandon(struct s3_attempts *attempts);

#endif
