/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "s3/attempt.h"
#include "s3/learn.h"

/* Bytes a second: the time a body needs at that rate is no waiting. */
enum { SLOW_RATE = 64 * 1024 };

void
s3_attempts_begin(struct s3_attempts *attempts, struct s3_client *client,
    struct pool *pool, const struct s3_call *call)
{
	*attempts = (struct s3_attempts){ .client = client,
		.pool = pool,
		.call = call,
		.count = 1 };
}

/* ---- signing ---- */

static void
wipe(void *arg)
{
	explicit_bzero(arg, strlen(arg));
}

/* Kept for the next attempt, and not left lying about in the pool. */
static int
load_pair(struct s3_attempts *attempts, struct err *err)
{
	struct sign_credentials *pair = &attempts->signing.signer.credentials;

	if (attempts->has_pair)
		return 0;
	if (s3_credentials_load(attempts->client->credentials, attempts->pool,
		pair, err) == -1)
		return -1;
	pool_on_clear(attempts->pool, wipe,
	    (void *)(uintptr_t)pair->secret_key);
	attempts->has_pair = true;
	return 0;
}

int
s3_attempt_sign(struct s3_attempts *attempts, struct fetch_request *request_r,
    struct err *err)
{
	struct s3_client *client = attempts->client;
	struct s3_signing *signing = &attempts->signing;
	int64_t offset_secs = atomic_load(&client->clock_offset_secs);

	if (s3_call_check(attempts->call, err) == -1 ||
	    load_pair(attempts, err) == -1)
		return -1;
	signing->target = s3_client_target(client);
	signing->signer.cache = &client->keys;
	signing->signer.scope = (struct sign_scope){
		.region = signing->target->region,
		.service = "s3",
		.now_secs = clock_now_secs(client->clock) + offset_secs
	};
	attempts->clock_offset_secs = offset_secs;
	attempts->signed_ms = clock_monotonic_ms();
	s3_call_sign(client, attempts->pool, attempts->call, signing,
	    request_r);
	return 0;
}

/* ---- one attempt ---- */

int
s3_attempt_enter(struct s3_attempts *attempts, struct err *err)
{
	int64_t now_ms = clock_monotonic_ms();

	if (attempts->started_ms == 0)
		attempts->started_ms = now_ms;
	return breaker_enter(&attempts->client->breaker, now_ms,
	    &attempts->ticket, err);
}

/*
 * A refusal shows that somebody is there, and so does the wish to be left
 * alone for a moment.
 */
static enum breaker_result
judge(const struct fetch_reply *reply, const struct err *err)
{
	if (reply->is_ended_by_caller || reply->status == 429 ||
	    strcmp(err->code, "SlowDown") == 0)
		return BREAKER_UNKNOWN;
	if (err->kind != ERR_UNAVAILABLE)
		return reply->status == 0 ? BREAKER_UNKNOWN : BREAKER_SUCCESS;
	/* Without a code: cut off within the body. */
	if (reply->status == 0 || reply->status >= 500 || err->code[0] == '\0')
		return BREAKER_FAILURE;
	return BREAKER_SUCCESS;
}

int
s3_attempt_leave(struct s3_attempts *attempts, int fetch_result,
    const struct fetch_reply *reply, struct err *err)
{
	struct s3_client *client = attempts->client;
	enum breaker_result judgement = BREAKER_SUCCESS;
	int result = fetch_result;

	s3_learn_server(client, reply);
	if (result == 0)
		result = s3_call_check_reply(attempts->call, reply, err);
	if (result == -1)
		judgement = judge(reply, err);
	else
		retry_budget_give(&client->budget);
	breaker_leave(&client->breaker, clock_monotonic_ms(),
	    &attempts->ticket, judgement);
	attempts->signed_ms = 0;
	attempts->was_out = true;
	return result;
}

void
s3_attempt_abandon(struct s3_attempts *attempts)
{
	breaker_leave(&attempts->client->breaker, clock_monotonic_ms(),
	    &attempts->ticket, BREAKER_UNKNOWN);
}

int
s3_attempt_run(struct s3_attempts *attempts, struct fetch_reply *reply_r,
    struct err *err)
{
	struct fetch_request request;
	int result;

	*reply_r = (struct fetch_reply){ .status = 0 };
	if (s3_attempt_sign(attempts, &request, err) == -1 ||
	    s3_attempt_enter(attempts, err) == -1)
		return -1;
	result = fetch_run(attempts->client->fetcher, attempts->pool, &request,
	    reply_r, err);
	return s3_attempt_leave(attempts, result, reply_r, err);
}

/* ---- the next one ---- */

static bool
is_time_up(const struct s3_attempts *attempts)
{
	const struct s3_client *client = attempts->client;
	const struct s3_call *call = attempts->call;
	int64_t wait_secs = client->first_byte_secs > client->stall_secs ?
	    client->first_byte_secs : client->stall_secs;
	int64_t patience_secs = client->connect_secs + wait_secs +
	    s3_call_work_secs(call);

	if (call->body != NULL)
		patience_secs += s3_body_bytes(call->body) / SLOW_RATE;
	return clock_monotonic_ms() - attempts->started_ms >
	    1000 * patience_secs;
}

static bool
may_retry(const struct s3_attempts *attempts, const struct fetch_reply *reply,
    const struct err *err)
{
	struct s3_client *client = attempts->client;

	if (attempts->count >= client->retry.attempts_max ||
	    is_time_up(attempts) ||
	    !retry_is_sensible(attempts->call->rule, reply, err))
		return false;
	if (retry_budget_take(&client->budget))
		return true;
	log_warning(client->log, "S3 %s is not tried again: too many calls "
	    "fail", attempts->call->method);
	return false;
}

int64_t
s3_attempt_pause_ms(struct s3_attempts *attempts,
    const struct fetch_reply *reply, const struct err *err)
{
	const struct s3_client *client = attempts->client;
	int64_t pause_ms;

	/* Held back here: it is no better a moment later. */
	if (!attempts->was_out)
		return -1;
	attempts->was_out = false;
	if (s3_learn(attempts, reply, err))
		return 0;
	if (!may_retry(attempts, reply, err))
		return -1;
	pause_ms = retry_pause_ms(&client->retry, attempts->count, reply);
	log_warning(client->log, "S3 %s, attempt %d of %d: %s",
	    attempts->call->method, attempts->count,
	    client->retry.attempts_max, err->text);
	attempts->count++;
	return pause_ms;
}

bool
s3_attempt_again(struct s3_attempts *attempts, const struct fetch_reply *reply,
    const struct err *err)
{
	int64_t pause_ms = s3_attempt_pause_ms(attempts, reply, err);

	if (pause_ms < 0)
		return false;
	retry_sleep(pause_ms);
	return true;
}
