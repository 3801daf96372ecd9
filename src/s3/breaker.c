/* SPDX-License-Identifier: MIT */
#include "s3/breaker.h"

static void
breaker_hook(void *arg)
{
	struct breaker *breaker = arg;

	(void)pthread_mutex_destroy(&breaker->mutex);
}

void
breaker_init(struct breaker *breaker, struct pool *pool,
    const struct breaker_policy *policy, const struct log *log)
{
	*breaker = (struct breaker){ .policy = *policy, .log = log };
	(void)pthread_mutex_init(&breaker->mutex, NULL);
	pool_on_clear(pool, breaker_hook, breaker);
}

static int
whole_secs(int64_t ms)
{
	return (int)((ms + 999) / 1000);
}

/* ---- states, under the mutex ---- */

static void
open_up(struct breaker *breaker, int64_t now_ms)
{
	int64_t max_ms = breaker->policy.cool_down_max_ms;

	if (breaker->state == BREAKER_CLOSED)
		breaker->cool_down_ms = breaker->policy.cool_down_ms;
	else
		breaker->cool_down_ms *= 2;
	if (breaker->cool_down_ms > max_ms)
		breaker->cool_down_ms = max_ms;
	breaker->state = BREAKER_OPEN;
	breaker->open_until_ms = now_ms + breaker->cool_down_ms;
	log_warning(breaker->log, "[STORAGE] Storage is away (%d failures in "
	    "a row): next try in %d s", breaker->failures,
	    whole_secs(breaker->cool_down_ms));
}

static void
half_open(struct breaker *breaker)
{
	breaker->state = BREAKER_HALF_OPEN;
	breaker->has_probe = false;
	log_info(breaker->log, "[STORAGE] Trying whether storage is back");
}

static void
close_down(struct breaker *breaker)
{
	breaker->state = BREAKER_CLOSED;
	log_info(breaker->log, "[STORAGE] Storage is back");
}

static int
refuse(const struct breaker *breaker, int64_t now_ms, struct err *err)
{
	if (breaker->state == BREAKER_HALF_OPEN)
		return err_set(err, ERR_UNAVAILABLE,
		    "storage is away, a try is under way");
	return err_set(err, ERR_UNAVAILABLE,
	    "storage is away, next try in %d s",
	    whole_secs(breaker->open_until_ms - now_ms));
}

static int
enter(struct breaker *breaker, int64_t now_ms, struct breaker_ticket *ticket,
    struct err *err)
{
	if (breaker->state == BREAKER_OPEN && now_ms >= breaker->open_until_ms)
		half_open(breaker);
	if (breaker->state == BREAKER_OPEN ||
	    (breaker->state == BREAKER_HALF_OPEN && breaker->has_probe))
		return refuse(breaker, now_ms, err);
	ticket->is_out = true;
	ticket->is_probe = breaker->state == BREAKER_HALF_OPEN;
	breaker->has_probe = ticket->is_probe;
	return 0;
}

static void
leave(struct breaker *breaker, int64_t now_ms, bool is_probe,
    enum breaker_result result)
{
	bool was_probe = is_probe && breaker->state == BREAKER_HALF_OPEN;

	if (was_probe)
		breaker->has_probe = false;
	if (result == BREAKER_UNKNOWN)
		return;
	if (result == BREAKER_SUCCESS) {
		breaker->failures = 0;
		if (breaker->state != BREAKER_CLOSED)
			close_down(breaker);
		return;
	}
	breaker->failures++;
	/* Those that left before it opened say nothing new. */
	if (was_probe || (breaker->state == BREAKER_CLOSED &&
		breaker->failures >= breaker->policy.failures_max))
		open_up(breaker, now_ms);
}

/* ---- for callers ---- */

int
breaker_enter(struct breaker *breaker, int64_t now_ms,
    struct breaker_ticket *ticket, struct err *err)
{
	int result;

	(void)pthread_mutex_lock(&breaker->mutex);
	result = enter(breaker, now_ms, ticket, err);
	(void)pthread_mutex_unlock(&breaker->mutex);
	return result;
}

void
breaker_leave(struct breaker *breaker, int64_t now_ms,
    struct breaker_ticket *ticket, enum breaker_result result)
{
	if (!ticket->is_out)
		return;
	(void)pthread_mutex_lock(&breaker->mutex);
	leave(breaker, now_ms, ticket->is_probe, result);
	(void)pthread_mutex_unlock(&breaker->mutex);
	*ticket = (struct breaker_ticket){ .is_out = false };
}
