/* SPDX-License-Identifier: MIT */
#include <time.h>

#include "base/rand.h"
#include "s3/retry.h"

int64_t
retry_pause_max_ms(const struct retry_policy *policy, int attempt)
{
	int64_t pause_ms = policy->base_ms;

	while (--attempt > 0 && pause_ms < policy->cap_ms)
		pause_ms *= 2;
	return pause_ms < policy->cap_ms ? pause_ms : policy->cap_ms;
}

/* An answer that says "not now", or a request that never left. */
static bool
was_refused(const struct fetch_reply *reply)
{
	return reply->status == 429 || reply->status == 503 ||
	    (reply->status == 0 && !reply->was_sent);
}

bool
retry_is_sensible(enum retry_rule rule, const struct fetch_reply *reply,
    const struct err *err)
{
	if (err->kind != ERR_UNAVAILABLE || reply->sunk_bytes > 0)
		return false;
	return rule == RETRY_ALWAYS || was_refused(reply);
}

void
retry_pause(const struct retry_policy *policy, int attempt)
{
	int64_t max_ms = retry_pause_max_ms(policy, attempt);
	int64_t ms = (int64_t)rand_below((uint64_t)max_ms + 1);
	struct timespec pause = { .tv_sec = ms / 1000,
		.tv_nsec = (ms % 1000) * 1000000 };

	while (nanosleep(&pause, &pause) == -1)
		continue;
}
