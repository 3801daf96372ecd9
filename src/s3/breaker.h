/*
 * A circuit breaker: when storage is away, calls fail at once instead of each
 * waiting for a time-out of its own.
 *
 *	closed		calls go out; failures_max failures in a row open it
 *	open		no call goes out until the cool-down is over
 *	half open	one call goes out as a probe
 *
 * A call that succeeds closes the breaker, a probe that fails opens it again
 * with twice the cool-down.  Any answer but 5xx is a success here: a server
 * that says no is there.  One that asks to be asked less often is there too,
 * and is left to the pauses and the budget of s3/retry.h.
 *
 * Shared by all threads; each change of state is one log line.  Time is told,
 * in monotonic milliseconds.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_BREAKER_H
#define S3_BREAKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/log.h"
#include "base/pool.h"

struct breaker_policy {
	int failures_max; /* in a row */
	int cool_down_ms, cool_down_max_ms;
};

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };

struct breaker {
	pthread_mutex_t mutex;
	struct breaker_policy policy;
	const struct log *log;
	enum breaker_state state;
	int failures;
	int64_t cool_down_ms, open_until_ms;
	bool has_probe; /* it is out */
};

/* A call that is out.  All zero: none. */
struct breaker_ticket {
	bool is_out, is_probe;
};

enum breaker_result { BREAKER_SUCCESS, BREAKER_FAILURE, BREAKER_UNKNOWN };

/* Lives until the pool is cleared. */
void breaker_init(struct breaker *breaker, struct pool *pool,
    const struct breaker_policy *policy, const struct log *log);
/* ERR_UNAVAILABLE when no call may go out now. */
int breaker_enter(struct breaker *breaker, int64_t now_ms,
    struct breaker_ticket *ticket, struct err *err) ATTR_MUST_USE;
/* The call has ended; nothing happens when none was out. */
void breaker_leave(struct breaker *breaker, int64_t now_ms,
    struct breaker_ticket *ticket, enum breaker_result result);

#endif
