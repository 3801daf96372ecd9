/* SPDX-License-Identifier: MIT */
#include "s3/clienttest.h"

static const struct breaker_policy policy = { .failures_max = 3,
	.cool_down_ms = 1000,
	.cool_down_max_ms = 3000 };

static struct breaker *
new_breaker(struct clienttest *f)
{
	struct breaker *breaker = POOL_NEW(f->pool, struct breaker);

	breaker_init(breaker, f->pool, &policy, &f->log);
	return breaker;
}

/* One call at that time that ends so; false when it was not let out. */
static bool
call(struct breaker *breaker, int64_t now_ms, enum breaker_result result)
{
	struct breaker_ticket ticket = { .is_out = false };
	struct err err = ERR_INIT;

	if (breaker_enter(breaker, now_ms, &ticket, &err) == -1) {
		assert_int_equal(err.kind, ERR_UNAVAILABLE);
		return false;
	}
	breaker_leave(breaker, now_ms, &ticket, result);
	return true;
}

static void
fail_often(struct breaker *breaker, int64_t now_ms)
{
	for (int i = 0; i < policy.failures_max; i++)
		assert_true(call(breaker, now_ms, BREAKER_FAILURE));
}

static void
test_opens(void **state)
{
	struct clienttest *f = *state;
	struct breaker *breaker = new_breaker(f);
	struct breaker_ticket ticket = { .is_out = false };

	/* In a row means without a success between them. */
	for (int i = 0; i < 10; i++)
		assert_true(call(breaker, 0, i % 3 == 2 ? BREAKER_SUCCESS :
							   BREAKER_FAILURE));
	assert_true(call(breaker, 0, BREAKER_SUCCESS));
	/* What tells nothing changes nothing. */
	for (int i = 0; i < 10; i++)
		assert_true(call(breaker, 0, BREAKER_UNKNOWN));
	fail_often(breaker, 0);
	assert_false(call(breaker, 1, BREAKER_SUCCESS));
	assert_int_equal(breaker_enter(breaker, 1, &ticket, &f->err), -1);
	assert_string_equal(f->err.text,
	    "storage is away, next try in 1 s");
	assert_false(ticket.is_out);
	assert_false(call(breaker, 999, BREAKER_SUCCESS));
	assert_int_equal(clienttest_logged(f,
	    "Storage is away (3 failures in a row): next try in 1 s"), 1);
}

/* One probe at a time; each that fails doubles the cool-down, to a limit. */
static void
test_probes(void **state)
{
	static const int64_t cool_downs[] = { 1000, 2000, 3000, 3000 };
	struct clienttest *f = *state;
	struct breaker *breaker = new_breaker(f);
	struct breaker_ticket probe = { .is_out = false };
	int64_t now_ms = 0;

	fail_often(breaker, 0);
	for (size_t i = 0; i < ARRAY_COUNT(cool_downs); i++) {
		assert_false(call(breaker, now_ms + cool_downs[i] - 1,
		    BREAKER_SUCCESS));
		now_ms += cool_downs[i];
		assert_int_equal(breaker_enter(breaker, now_ms, &probe,
		    &f->err), 0);
		assert_true(probe.is_probe);
		/* The others do not wait for it. */
		assert_false(call(breaker, now_ms, BREAKER_SUCCESS));
		breaker_leave(breaker, now_ms, &probe, BREAKER_FAILURE);
	}
	now_ms += 3000;
	assert_true(call(breaker, now_ms, BREAKER_SUCCESS));
	assert_int_equal(clienttest_logged(f, "Storage is back"), 1);
	assert_int_equal(clienttest_logged(f, "Trying whether"), 5);
	/* The count and the cool-down begin anew. */
	assert_true(call(breaker, now_ms, BREAKER_FAILURE));
	assert_true(call(breaker, now_ms, BREAKER_FAILURE));
	assert_true(call(breaker, now_ms, BREAKER_SUCCESS));
	fail_often(breaker, now_ms);
	assert_false(call(breaker, now_ms + 999, BREAKER_SUCCESS));
	assert_true(call(breaker, now_ms + 1000, BREAKER_SUCCESS));
}

/* A probe that is broken off leaves its place to the next call. */
static void
test_lost_probe(void **state)
{
	struct clienttest *f = *state;
	struct breaker *breaker = new_breaker(f);
	struct breaker_ticket probe = { .is_out = false };

	fail_often(breaker, 0);
	assert_int_equal(breaker_enter(breaker, 1000, &probe, &f->err), 0);
	breaker_leave(breaker, 1000, &probe, BREAKER_UNKNOWN);
	/* Twice is no harm. */
	breaker_leave(breaker, 1000, &probe, BREAKER_FAILURE);
	assert_true(call(breaker, 1000, BREAKER_SUCCESS));
	assert_true(call(breaker, 1000, BREAKER_SUCCESS));
}

/* Calls that were out when it opened. */
static void
test_late_results(void **state)
{
	struct clienttest *f = *state;
	struct breaker *breaker = new_breaker(f);
	struct breaker_ticket early[3] = { { .is_out = false } };

	for (size_t i = 0; i < ARRAY_COUNT(early); i++)
		assert_int_equal(breaker_enter(breaker, 0, &early[i], &f->err),
		    0);
	fail_often(breaker, 0);
	/* A failure does not make it longer. */
	breaker_leave(breaker, 900, &early[0], BREAKER_FAILURE);
	assert_true(call(breaker, 1000, BREAKER_FAILURE));
	breaker_leave(breaker, 1100, &early[1], BREAKER_FAILURE);
	assert_false(call(breaker, 2999, BREAKER_SUCCESS));
	assert_int_equal(clienttest_logged(f, "Storage is away"), 2);
	/* A success shows that somebody is there. */
	breaker_leave(breaker, 2999, &early[2], BREAKER_SUCCESS);
	assert_true(call(breaker, 2999, BREAKER_SUCCESS));
}

/* ---- before a server ---- */

static void
test_calls(void **state)
{
	static const struct scripted_step steps[] = {
		{ "GET", SCRIPTED_RESET, NULL, 3, 0 },
		{ "GET", SCRIPTED_REPLY, ANSWER("503 No", ""), 1, 0 },
		{ .match = "GET" },
	};
	struct clienttest *f = *state;

	f->config.retry.attempts_max = 1;
	f->config.breaker.failures_max = 3;
	BEGIN(f, steps);
	for (int i = 0; i < 20; i++)
		assert_int_equal(clienttest_call(f, "GET"), -1);
	assert_int_equal(scripted_count(f->server, "GET"), 3);
	assert_int_equal(f->err.kind, ERR_UNAVAILABLE);
	assert_non_null(strstr(f->err.text, "storage is away"));
	(void)usleep(110000);
	/* The probe meets a 503, and the next one an answer. */
	assert_int_equal(clienttest_call(f, "GET"), -1);
	assert_int_equal(clienttest_call(f, "GET"), -1);
	assert_int_equal(scripted_count(f->server, "GET"), 4);
	(void)usleep(210000);
	assert_int_equal(clienttest_call(f, "GET"), 0);
	assert_int_equal(clienttest_call(f, "GET"), 0);
	assert_int_equal(scripted_count(f->server, "GET"), 6);
	assert_int_equal(clienttest_logged(f, "Storage is"), 3);
}

/* Refusals are answers, and a busy server is not away. */
static void
test_no_failures(void **state)
{
	static const char *const answers[] = {
		ANSWER("403 Forbidden", ""),
		ANSWER("404 Not Found", ""),
		ANSWER("412 Precondition Failed", ""),
		ANSWER("429 Too Many", ""),
		ANSWER("501 Not Implemented", ""),
		ERROR_XML("503 Busy", "", "SlowDown", ""),
		ERROR_XML("409 Conflict", "", "OperationAborted", ""),
	};
	struct clienttest *f = *state;

	f->config.retry.attempts_max = 1;
	f->config.breaker.failures_max = 2;
	for (size_t i = 0; i < ARRAY_COUNT(answers); i++) {
		const struct scripted_step steps[] = { { "GET", SCRIPTED_CUT,
		    answers[i], 0, 0 } };

		if (f->server != NULL)
			scripted_stop(f->server);
		BEGIN(f, steps);
		for (int j = 0; j < 5; j++)
			assert_int_equal(clienttest_call(f, "GET"), -1);
		assert_int_equal(scripted_count(f->server, "GET"), 5);
	}
}

/* The whole call is over: no attempt waits for the cool-down. */
static void
test_no_retry(void **state)
{
	static const struct scripted_step steps[] = { { .match = "GET",
	    .way = SCRIPTED_RESET } };
	struct clienttest *f = *state;

	f->config.retry.attempts_max = 10;
	f->config.breaker.failures_max = 4;
	BEGIN(f, steps);
	assert_int_equal(clienttest_call(f, "GET"), -1);
	assert_non_null(strstr(f->err.text, "storage is away"));
	assert_int_equal(scripted_count(f->server, "GET"), 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(test_opens),
		CLIENT_TEST(test_probes),
		CLIENT_TEST(test_lost_probe),
		CLIENT_TEST(test_late_results),
		CLIENT_TEST(test_calls),
		CLIENT_TEST(test_no_failures),
		CLIENT_TEST(test_no_retry),
	};

	return cmocka_run_group_tests_name("s3/breaker", tests, NULL, NULL);
}
