/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <time.h>

#include "base/num.h"
#include "base/rand.h"
#include "codec/date.h"
#include "s3/retry.h"

/* ---- what is retryable ---- */

enum result_class {
	UNSENT,	    /* no connection */
	UNANSWERED, /* no answer, or none in time */
	BROKEN,	    /* a 2xx that did not come whole */
	ANSWERED    /* with this status or code */
};

/*
 * A row with a code goes before one with a status.  What no row names is not
 * repeated: 400, 401, 403, 404, 409, 412, 416, 501 and all the rest.
 */
static const struct row {
	enum result_class result;
	int status;	  /* 0: any */
	const char *code; /* NULL: any */
	/* Nothing was done: also for RETRY_IF_REFUSED. */
	bool is_refusal;
} rows[] = {
	{ UNSENT, 0, NULL, true },
	{ UNANSWERED, 0, NULL, false },
	{ BROKEN, 0, NULL, false },
	/* Two at once: a 409 that passes. */
	{ ANSWERED, 0, "ConditionalRequestConflict", true },
	{ ANSWERED, 0, "OperationAborted", true },
	/* The body did not come whole: a 400 that is not about the request. */
	{ ANSWERED, 0, "RequestTimeout", true },
	{ ANSWERED, 0, "ServiceUnavailable", true },
	{ ANSWERED, 0, "SlowDown", true },
	/* Also as the late error of a 200. */
	{ ANSWERED, 0, "InternalError", false },
	{ ANSWERED, 429, NULL, true },
	{ ANSWERED, 500, NULL, false },
	{ ANSWERED, 502, NULL, false },
	{ ANSWERED, 503, NULL, true },
	{ ANSWERED, 504, NULL, false },
};

static enum result_class
class_of(const struct fetch_reply *reply, const struct err *err)
{
	if (reply->status == 0)
		return reply->was_sent ? UNANSWERED : UNSENT;
	if (reply->status >= 200 && reply->status <= 299 &&
	    err->code[0] == '\0')
		return BROKEN;
	return ANSWERED;
}

static const struct row *
find_row(const struct fetch_reply *reply, const struct err *err)
{
	enum result_class result = class_of(reply, err);

	/* A limit, a certificate, something that is not HTTP. */
	if (result != ANSWERED && err->kind != ERR_UNAVAILABLE)
		return NULL;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct row *row = &rows[i];

		if (row->result == result &&
		    (row->status == 0 || row->status == reply->status) &&
		    (row->code == NULL || strcmp(row->code, err->code) == 0))
			return row;
	}
	return NULL;
}

bool
retry_is_sensible(enum retry_rule rule, const struct fetch_reply *reply,
    const struct err *err)
{
	const struct row *row;

	if (reply->is_ended_by_caller || reply->sunk_bytes > 0)
		return false;
	row = find_row(reply, err);
	return row != NULL && (rule == RETRY_ALWAYS || row->is_refusal);
}

/* ---- pauses ---- */

int64_t
retry_pause_max_ms(const struct retry_policy *policy, int attempt)
{
	int64_t pause_ms = policy->base_ms;

	while (--attempt > 0 && pause_ms < policy->cap_ms)
		pause_ms *= 2;
	return pause_ms < policy->cap_ms ? pause_ms : policy->cap_ms;
}

/*
 * Seconds, or a date, which is held against the server's own (RFC 9110 section
 * 10.2.3).  0 when there is none.
 */
static int64_t
retry_after_secs(const struct fetch_reply *reply)
{
	const struct slice *after = fetch_header(reply, "retry-after");
	const struct slice *date = fetch_header(reply, "date");
	int64_t secs, now_secs;

	if (after == NULL)
		return 0;
	if (num_parse_i64(*after, INT32_MAX, &secs))
		return secs;
	if (date == NULL || !date_parse_http(*after, &secs) ||
	    !date_parse_http(*date, &now_secs))
		return 0;
	return secs - now_secs;
}

int64_t
retry_pause_ms(const struct retry_policy *policy, int attempt,
    const struct fetch_reply *reply)
{
	int64_t max_ms = retry_pause_max_ms(policy, attempt);
	int64_t pause_ms = (int64_t)rand_below((uint64_t)max_ms + 1);
	int64_t after_ms = 1000 * retry_after_secs(reply);

	if (after_ms > policy->cap_ms)
		after_ms = policy->cap_ms;
	return after_ms > pause_ms ? after_ms : pause_ms;
}

void
retry_sleep(int64_t ms)
{
	struct timespec pause = { .tv_sec = ms / 1000,
		.tv_nsec = (ms % 1000) * 1000000 };

	while (nanosleep(&pause, &pause) == -1)
		continue;
}

/* ---- the budget ---- */

void
retry_budget_init(struct retry_budget *budget, int tokens)
{
	budget->tokens_max = tokens;
	atomic_init(&budget->tokens, tokens);
}

bool
retry_budget_take(struct retry_budget *budget)
{
	int tokens = atomic_load(&budget->tokens);

	do {
		if (tokens < RETRY_COST)
			return false;
	} while (!atomic_compare_exchange_weak(&budget->tokens, &tokens,
	    tokens - RETRY_COST));
	return true;
}

void
retry_budget_give(struct retry_budget *budget)
{
	int tokens = atomic_load(&budget->tokens);

	do {
		if (tokens >= budget->tokens_max)
			return;
	} while (!atomic_compare_exchange_weak(&budget->tokens, &tokens,
	    tokens + 1));
}
