/*
 * When an S3 call is tried again, and after how long: exponential back-off
 * with full jitter, so that many clients do not come back together; a server
 * that names a time (Retry-After) is given it, up to the longest pause.
 *
 * A budget bounds the retries of a whole process: each takes RETRY_COST
 * tokens, each success gives one back.  While everything fails, calls are then
 * tried once; while much fails, one call in five may be tried again.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_RETRY_H
#define S3_RETRY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "net/fetch.h"

enum { RETRY_COST = 5, RETRY_TOKENS_USUAL = 500 };

struct retry_policy {
	int attempts_max;
	int base_ms; /* the longest first pause */
	int cap_ms;  /* the longest pause */
	int tokens;  /* the whole budget; 0: RETRY_TOKENS_USUAL */
};

/* What doing the call twice would mean. */
enum retry_rule {
	RETRY_ALWAYS,	  /* nothing: the same result */
	RETRY_IF_REFUSED, /* harm, unless the first one surely did nothing */
};

/*
 * True when an attempt that failed with this error may be repeated: the server
 * or the way to it is at fault for now, nothing reached the caller's sink, and
 * the rule allows it.
 */
bool retry_is_sensible(enum retry_rule rule, const struct fetch_reply *reply,
    const struct err *err);

/* The longest pause after this attempt (the first is 1). */
int64_t retry_pause_max_ms(const struct retry_policy *policy, int attempt);
/* The pause after this attempt: random, and not before Retry-After. */
int64_t retry_pause_ms(const struct retry_policy *policy, int attempt,
    const struct fetch_reply *reply);
void retry_sleep(int64_t ms);

/* Shared by all threads. */
struct retry_budget {
	_Atomic int tokens;
	int tokens_max;
};
void retry_budget_init(struct retry_budget *budget, int tokens);
/* For one retry: false when there is not enough left. */
bool retry_budget_take(struct retry_budget *budget);
/* A call has succeeded. */
void retry_budget_give(struct retry_budget *budget);

#endif
