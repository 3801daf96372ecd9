/* SPDX-License-Identifier: MIT */
#include "s3/clienttest.h"

#include "base/clock.h"
#include "s3/reply.h"

static void
test_pauses(void **state)
{
	static const struct retry_policy policy = { .attempts_max = 10,
		.base_ms = 100,
		.cap_ms = 1000 };
	static const int64_t expected[] = { 100, 200, 400, 800, 1000, 1000 };

	(void)state;
	for (int i = 0; i < (int)ARRAY_COUNT(expected); i++)
		assert_int_equal(retry_pause_max_ms(&policy, i + 1),
		    expected[i]);
	assert_int_equal(retry_pause_max_ms(&policy, 1000000), 1000);
}

/* Full jitter: anything up to the longest, and not always the same. */
static void
test_jitter(void **state)
{
	static const struct retry_policy policy = { .attempts_max = 10,
		.base_ms = 100,
		.cap_ms = 1000 };
	static const struct fetch_reply reply = { .status = 503 };
	int64_t least = INT64_MAX, most = 0;

	(void)state;
	for (int i = 0; i < 200; i++) {
		int64_t ms = retry_pause_ms(&policy, 3, &reply);

		assert_in_range(ms, 0, 400);
		least = ms < least ? ms : least;
		most = ms > most ? ms : most;
	}
	assert_true(least < 100 && most > 300);
}

static void
test_retry_after(void **state)
{
	static const struct retry_policy policy = { .attempts_max = 10,
		.base_ms = 1,
		.cap_ms = 5000 };
	static const struct {
		const char *after, *date;
		int64_t least_ms, most_ms;
	} rows[] = {
		{ "2", NULL, 2000, 2000 },
		{ "0", NULL, 0, 1 },
		{ "5", NULL, 5000, 5000 },
		{ "3600", NULL, 5000, 5000 },
		{ "99999999999999999999", NULL, 0, 1 },
		{ "-5", NULL, 0, 1 },
		{ "soon", NULL, 0, 1 },
		/* By the server's clock, whatever ours says. */
		{ "Sun, 06 Nov 1994 08:49:39 GMT",
		    "Sun, 06 Nov 1994 08:49:37 GMT", 2000, 2000 },
		{ "Sun, 06 Nov 1994 09:49:37 GMT",
		    "Sun, 06 Nov 1994 08:49:37 GMT", 5000, 5000 },
		{ "Sun, 06 Nov 1994 08:49:35 GMT",
		    "Sun, 06 Nov 1994 08:49:37 GMT", 0, 1 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", NULL, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct fetch_reply reply = { .status = 503,
			.header_count = rows[i].date == NULL ? 1 : 2 };

		reply.headers[0] = (struct fetch_header){
			.name = slice_str("Retry-After"),
			.value = slice_str(rows[i].after)
		};
		if (rows[i].date != NULL)
			reply.headers[1] = (struct fetch_header){
				.name = slice_str("Date"),
				.value = slice_str(rows[i].date)
			};
		assert_in_range(retry_pause_ms(&policy, 1, &reply),
		    rows[i].least_ms, rows[i].most_ms);
	}
}

enum { NEVER, IF_REFUSED_TOO, ALWAYS_ONLY };

/* Answers, with the code of their body, as s3_reply_check() sees them. */
static void
test_answers(void **state)
{
	static const struct {
		int status;
		const char *code;
		int expected;
	} rows[] = {
		{ 429, "", IF_REFUSED_TOO },
		{ 429, "TooManyRequests", IF_REFUSED_TOO },
		{ 500, "", ALWAYS_ONLY },
		{ 500, "InternalError", ALWAYS_ONLY },
		{ 502, "", ALWAYS_ONLY },
		{ 503, "", IF_REFUSED_TOO },
		{ 503, "SlowDown", IF_REFUSED_TOO },
		{ 503, "SlowDownWrite", IF_REFUSED_TOO },
		{ 503, "ServiceUnavailable", IF_REFUSED_TOO },
		{ 504, "", ALWAYS_ONLY },
		{ 400, "RequestTimeout", IF_REFUSED_TOO },
		{ 409, "OperationAborted", IF_REFUSED_TOO },
		{ 409, "ConditionalRequestConflict", IF_REFUSED_TOO },
		{ 200, "InternalError", ALWAYS_ONLY },
		{ 200, "SlowDown", IF_REFUSED_TOO },
		{ 301, "PermanentRedirect", NEVER },
		{ 307, "TemporaryRedirect", NEVER },
		{ 400, "", NEVER },
		{ 400, "BadDigest", NEVER },
		{ 400, "AuthorizationHeaderMalformed", NEVER },
		{ 401, "", NEVER },
		{ 403, "", NEVER },
		{ 403, "AccessDenied", NEVER },
		{ 403, "RequestTimeTooSkewed", NEVER },
		{ 403, "SignatureDoesNotMatch", NEVER },
		{ 404, "", NEVER },
		{ 404, "NoSuchKey", NEVER },
		{ 404, "NoSuchUpload", NEVER },
		{ 405, "MethodNotAllowed", NEVER },
		{ 409, "", NEVER },
		{ 409, "BucketAlreadyExists", NEVER },
		{ 411, "MissingContentLength", NEVER },
		{ 412, "", NEVER },
		{ 412, "PreconditionFailed", NEVER },
		{ 416, "InvalidRange", NEVER },
		{ 501, "NotImplemented", NEVER },
		{ 505, "", NEVER },
		{ 200, "AccessDenied", NEVER },
	};
	struct clienttest *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *body = pool_format(f->pool,
		    "<Error><Code>%s</Code></Error>", rows[i].code);
		const struct fetch_reply reply = { .status = rows[i].status,
			.was_sent = true,
			.body = slice_str(rows[i].code[0] == '\0' ? "" :
								     body) };

		assert_int_equal(s3_reply_check_body(&reply, &f->err), -1);
		assert_int_equal(retry_is_sensible(RETRY_ALWAYS, &reply,
		    &f->err), rows[i].expected != NEVER);
		assert_int_equal(retry_is_sensible(RETRY_IF_REFUSED, &reply,
		    &f->err), rows[i].expected == IF_REFUSED_TOO);
	}
}

/* Where there was no whole answer. */
static void
test_transport(void **state)
{
	static const struct {
		struct fetch_reply reply;
		enum err_kind kind;
		int expected;
	} rows[] = {
		/* No connection; no answer; none that came whole. */
		{ { .status = 0 }, ERR_UNAVAILABLE, IF_REFUSED_TOO },
		{ { .status = 0, .was_sent = true }, ERR_UNAVAILABLE,
		    ALWAYS_ONLY },
		{ { .status = 200, .was_sent = true }, ERR_UNAVAILABLE,
		    ALWAYS_ONLY },
		{ { .status = 503, .was_sent = true }, ERR_UNAVAILABLE,
		    IF_REFUSED_TOO },
		{ { .status = 404, .was_sent = true }, ERR_UNAVAILABLE,
		    NEVER },
		/* A certificate, something that is not HTTP, a limit. */
		{ { .status = 0 }, ERR_UPSTREAM, NEVER },
		{ { .status = 0, .was_sent = true }, ERR_UPSTREAM, NEVER },
		{ { .status = 200, .was_sent = true }, ERR_UPSTREAM, NEVER },
		{ { .status = 0 }, ERR_INTERNAL, NEVER },
		/* The sink has had something; the caller did not want more. */
		{ { .status = 200, .was_sent = true, .sunk_bytes = 1 },
		    ERR_UNAVAILABLE, NEVER },
		{ { .status = 0, .was_sent = true,
		      .is_ended_by_caller = true }, ERR_UNAVAILABLE, NEVER },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct err err = { .kind = rows[i].kind };

		assert_int_equal(retry_is_sensible(RETRY_ALWAYS,
		    &rows[i].reply, &err), rows[i].expected != NEVER);
		assert_int_equal(retry_is_sensible(RETRY_IF_REFUSED,
		    &rows[i].reply, &err), rows[i].expected == IF_REFUSED_TOO);
	}
}

static void
test_tokens(void **state)
{
	struct retry_budget budget;

	(void)state;
	retry_budget_init(&budget, 2 * RETRY_COST + 1);
	assert_true(retry_budget_take(&budget));
	assert_true(retry_budget_take(&budget));
	assert_false(retry_budget_take(&budget));
	for (int i = 1; i < RETRY_COST; i++) {
		assert_false(retry_budget_take(&budget));
		retry_budget_give(&budget);
	}
	assert_true(retry_budget_take(&budget));
	/* It does not grow beyond what it was. */
	for (int i = 0; i < 100; i++)
		retry_budget_give(&budget);
	assert_true(retry_budget_take(&budget));
	assert_true(retry_budget_take(&budget));
	assert_false(retry_budget_take(&budget));
}

/* ---- before a server ---- */

/* All calls of a process share it; what succeeds fills it again. */
static void
test_budget(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "DELETE", .reply = ANSWER("500 Oops", "") },
		{ .match = "GET" },
	};
	struct clienttest *f = *state;

	f->config.retry.attempts_max = 3;
	f->config.retry.tokens = 3 * RETRY_COST;
	BEGIN(f, steps);
	for (int i = 0; i < 10; i++)
		assert_int_equal(clienttest_call(f, "DELETE"), -1);
	/* Three retries are all there are: 3 + 2 + 8 * 1. */
	assert_int_equal(scripted_count(f->server, "DELETE"), 13);
	assert_true(clienttest_logged(f, "too many calls fail") > 0);
	for (int i = 0; i < RETRY_COST; i++)
		assert_int_equal(clienttest_call(f, "GET"), 0);
	assert_int_equal(clienttest_call(f, "DELETE"), -1);
	assert_int_equal(scripted_count(f->server, "DELETE"), 15);
}

static void
test_named_pause(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "GET", .times = 1,
		    .reply = ANSWER("503 Busy", "Retry-After: 1\r\n") },
		{ .match = "GET" },
	};
	struct clienttest *f = *state;
	int64_t start_ms = clock_monotonic_ms();

	f->config.retry.cap_ms = 2000;
	BEGIN(f, steps);
	assert_int_equal(clienttest_call(f, "GET"), 0);
	assert_true(clock_monotonic_ms() - start_ms >= 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pauses),
		cmocka_unit_test(test_jitter),
		cmocka_unit_test(test_retry_after),
		CLIENT_TEST(test_answers),
		cmocka_unit_test(test_transport),
		cmocka_unit_test(test_tokens),
		CLIENT_TEST(test_budget),
		CLIENT_TEST(test_named_pause),
	};

	return cmocka_run_group_tests_name("s3/retry", tests, NULL, NULL);
}
