/*
 * When an S3 call is tried again, and after how long: exponential back-off
 * with full jitter, so that many clients do not come back together.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_RETRY_H
#define S3_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "net/fetch.h"

struct retry_policy {
	int attempts_max;
	int base_ms; /* the longest first pause */
	int cap_ms;  /* the longest pause */
};

/* What doing the call twice would mean. */
enum retry_rule {
	RETRY_ALWAYS,	  /* nothing: the same result */
	RETRY_IF_REFUSED, /* harm, unless the first one surely did nothing */
};

/* The longest pause after this attempt (the first is 1). */
int64_t retry_pause_max_ms(const struct retry_policy *policy, int attempt);

/*
 * True when an attempt that failed with this error may be repeated: the server
 * or the way to it is at fault for now, nothing reached the caller's sink, and
 * the rule allows it.
 */
bool retry_is_sensible(enum retry_rule rule, const struct fetch_reply *reply,
    const struct err *err);

/* Sleep for a random time up to retry_pause_max_ms(). */
void retry_pause(const struct retry_policy *policy, int attempt);

#endif
