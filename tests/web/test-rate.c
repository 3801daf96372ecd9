/*
 * Rate limits over HTTP: row F3, checklist G.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include <stdio.h>

#include "model/limit.h"
#include "web/caller.h"
#include "web/rate.h"
#include "webtest.h"

#define JSON "application/json"
#define ASK "/files/upload/presigned"
#define IMAGE "{\"original_filename\":\"martillo.png\",\"file_type\":\"image\"}"

static const char *const settings[] = { "AUTH=remote_user",
	"RATE_PRESIGN=3", "RATE_UPLOAD=2", NULL };
static const char *const no_limits[] = { "AUTH=remote_user",
	"RATE_PRESIGN=0", "RATE_UPLOAD=0", NULL };

static int
setup(void **state)
{
	static struct webtest test;

	webtest_open(&test, settings);
	*state = &test;
	return 0;
}

static int
teardown(void **state)
{
	webtest_close(*state);
	return 0;
}

/* The next requests are hers, from there. */
static void
come_from(struct webtest *test, const char *user, const char *address)
{
	webtest_unset_all(test);
	webtest_set(test, "REMOTE_USER", user);
	webtest_set(test, "REMOTE_ADDR", address);
}

static struct answer
ask(struct webtest *test)
{
	return webtest_post(test, ASK, JSON, slice_str(IMAGE));
}

static int
ask_many(struct webtest *test, int tries)
{
	int allowed = 0;

	for (int i = 0; i < tries; i++)
		if (ask(test).status == 200)
			allowed++;
	return allowed;
}

static void
check_header(struct webtest *test, const struct answer *answer,
    const char *name, const char *value)
{
	const char *found = webtest_header(test, answer, name);

	if (value == NULL) {
		assert_null(found);
		return;
	}
	assert_non_null(found);
	assert_string_equal(found, value);
}

static void
test_headers(void **state)
{
	static const struct {
		int64_t wait_ms;
		int status;
		const char *limit, *retry;
	} rows[] = {
		{ 0, 200, "\"presign\";r=2;t=20", NULL },
		{ 0, 200, "\"presign\";r=1;t=40", NULL },
		{ 0, 200, "\"presign\";r=0;t=60", NULL },
		{ 0, 429, "\"presign\";r=0;t=60", "20" },
		{ 15000, 429, "\"presign\";r=0;t=45", "5" },
		{ 5000, 200, "\"presign\";r=0;t=60", NULL },
	};
	struct webtest *test = *state;

	come_from(test, "ana", "192.0.2.7");
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct answer answer;

		test->app.clock.fixed_ms += rows[i].wait_ms;
		answer = ask(test);
		assert_int_equal(answer.status, rows[i].status);
		check_header(test, &answer, "RateLimit-Policy",
		    "\"presign\";q=3;w=60");
		check_header(test, &answer, "RateLimit", rows[i].limit);
		check_header(test, &answer, "Retry-After", rows[i].retry);
	}
}

/* What fails for another reason has counted, and says so. */
static void
test_headers_of_errors(void **state)
{
	struct webtest *test = *state;
	struct answer answer;

	come_from(test, "ana", "192.0.2.7");
	answer = webtest_post(test, ASK, JSON, slice_str("{"));
	assert_int_equal(answer.status / 100, 4);
	check_header(test, &answer, "RateLimit", "\"presign\";r=2;t=20");
	/* Pages are not counted. */
	answer = webtest_get(test, "/products");
	assert_int_equal(answer.status, 200);
	check_header(test, &answer, "RateLimit", NULL);
	check_header(test, &answer, "RateLimit-Policy", NULL);
	/* Whoever may not come at all takes nobody's tokens. */
	webtest_unset_all(test);
	webtest_set(test, "REMOTE_ADDR", "192.0.2.7");
	for (int i = 0; i < 20; i++) {
		answer = ask(test);
		assert_int_equal(answer.status, 401);
		check_header(test, &answer, "RateLimit", NULL);
	}
	come_from(test, "ana", "192.0.2.7");
	assert_int_equal(ask_many(test, 5), 2);
}

static void
test_texts(void **state)
{
	static const struct {
		const char *lang, *title, *many, *one;
	} rows[] = {
		{ "en", "Too many requests", "Please try again in 30 seconds",
		    "Please try again in one second" },
		{ "es", "Demasiadas solicitudes",
		    "Inténtelo de nuevo en 30 segundos",
		    "Inténtelo de nuevo en un segundo" },
	};
	struct webtest *test = *state;
	struct answer answer;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		come_from(test, rows[i].lang, "192.0.2.7");
		webtest_set(test, "HTTP_ACCEPT", "text/html");
		webtest_set(test, "HTTP_ACCEPT_LANGUAGE", rows[i].lang);
		for (int n = 0; n < 3; n++)
			answer = webtest_post(test, "/products/new",
			    WEBTEST_FORM, webtest_form(test, NULL, 0));
		assert_int_equal(answer.status, 429);
		assert_non_null(strstr(answer.body, rows[i].title));
		assert_non_null(strstr(answer.body, rows[i].many));
		test->app.clock.fixed_ms += 29001;
		answer = webtest_post(test, "/products/new", WEBTEST_FORM,
		    webtest_form(test, NULL, 0));
		assert_int_equal(answer.status, 429);
		assert_non_null(strstr(answer.body, rows[i].one));
	}
}

static void
test_json(void **state)
{
	struct webtest *test = *state;
	struct answer answer;

	come_from(test, "ana", "192.0.2.7");
	webtest_set(test, "HTTP_ACCEPT_LANGUAGE", "es");
	assert_int_equal(ask_many(test, 3), 3);
	answer = ask(test);
	assert_int_equal(answer.status, 429);
	assert_non_null(strstr(answer.body, "\"error\":\"rate_limited\""));
	assert_non_null(
	    strstr(answer.body, "Please try again in 20 seconds"));
}

/* ---- who ---- */

static void
test_apart(void **state)
{
	struct webtest *test = *state;

	come_from(test, "ana", "192.0.2.7");
	assert_int_equal(ask_many(test, 5), 3);
	come_from(test, "ana", "192.0.2.8"); /* a user has one bucket */
	assert_int_equal(ask_many(test, 5), 0);
	come_from(test, "eva", "192.0.2.7");
	assert_int_equal(ask_many(test, 5), 3);
	/* The two limits are two. */
	assert_int_equal(webtest_post(test, "/products/new", WEBTEST_FORM,
			     webtest_form(test, NULL, 0)).status, 200);
}

/* Many users at one address: four times as much, and no more. */
static void
test_address(void **state)
{
	static const char *const addresses[] = { "192.0.2.7", "2001:db8::1" };
	struct webtest *test = *state;
	struct answer answer;

	for (size_t i = 0; i < ARRAY_COUNT(addresses); i++) {
		int allowed = 0;

		for (int n = 0; n < 6; n++) {
			come_from(test,
			    pool_format(test->pool, "user%zu-%d", i, n),
			    addresses[i]);
			allowed += ask_many(test, 5);
		}
		assert_int_equal(allowed, 12);
		answer = ask(test);
		check_header(test, &answer, "RateLimit-Policy",
		    "\"presign-address\";q=12;w=60");
		check_header(test, &answer, "Retry-After", "5");
	}
}

/* No header chooses a bucket: neither a fresh one nor somebody else's. */
static void
test_forged_headers(void **state)
{
	static const char *const names[] = { "HTTP_X_FORWARDED_FOR",
		"HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_CLIENT_IP",
		"HTTP_X_CLIENT_IP", "HTTP_TRUE_CLIENT_IP",
		"HTTP_CF_CONNECTING_IP", "HTTP_REMOTE_ADDR",
		"HTTP_X_REMOTE_USER" };
	struct webtest *test = *state;
	int allowed = 0;

	for (int n = 0; n < 30; n++) {
		come_from(test, pool_format(test->pool, "user%d", n),
		    "192.0.2.7");
		for (size_t i = 0; i < ARRAY_COUNT(names); i++)
			webtest_set(test, names[i],
			    pool_format(test->pool,
				i == 1 ? "for=198.51.100.%d" :
					 "198.51.100.%d",
				n));
		allowed += ask_many(test, 1);
	}
	assert_int_equal(allowed, 12);
	come_from(test, "ana", "198.51.100.1");
	assert_int_equal(ask_many(test, 5), 3);
}

/* A token counts for itself, and for its user. */
static void
test_token(void **state)
{
	struct webtest *test = *state;
	const struct route route = { .rate = ROUTE_RATE_PRESIGN };
	int allowed[4] = { 0 };

	for (int i = 0; i < 20; i++) {
		/* Two tokens of one user, one of another, and a session. */
		struct caller caller = { .via = i % 4 == 3 ? CALLER_SESSION :
							    CALLER_TOKEN,
			.tenant_id = 1,
			.id = i % 4 == 2 ? "eva" : "ana",
			.token_id = i % 4 };
		struct request request = { .pool = test->pool,
			.caller = &caller,
			.remote_addr =
			    pool_format(test->pool, "192.0.2.%d", i) };
		struct err err = ERR_INIT;

		if (rate_check(&test->app, &request, &route, &err) == 0)
			allowed[i % 4]++;
		else
			assert_int_equal(err.kind, ERR_TOO_MANY);
	}
	assert_int_equal(allowed[0] + allowed[1] + allowed[3], 3);
	assert_int_equal(allowed[2], 3);
}

/* ---- without ---- */

static void
test_no_limits(void **state)
{
	static struct webtest test;
	struct answer answer;

	(void)state;
	webtest_open(&test, no_limits);
	/* Not one statement: this database does not exist. */
	test.app.limiter = limiter_new(test.pool, "sqlite:/no/such/place.db",
	    &test.app.clock);
	come_from(&test, "ana", "192.0.2.7");
	for (int i = 0; i < 20; i++) {
		answer = ask(&test);
		assert_int_equal(answer.status, 200);
		check_header(&test, &answer, "RateLimit", NULL);
		check_header(&test, &answer, "RateLimit-Policy", NULL);
	}
	webtest_close(&test);
}

/* Where the buckets are away, people go on working. */
static void
test_fails_open(void **state)
{
	struct webtest *test = *state;
	struct answer answer;

	test->app.log.least = LOG_ERROR + 1; /* it would be said five times */
	test->app.limiter = limiter_new(test->pool,
	    "sqlite:/no/such/place.db", &test->app.clock);
	come_from(test, "ana", "192.0.2.7");
	for (int i = 0; i < 5; i++) {
		answer = ask(test);
		assert_int_equal(answer.status, 200);
		check_header(test, &answer, "RateLimit", NULL);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		TEST(test_headers),
		TEST(test_headers_of_errors),
		TEST(test_texts),
		TEST(test_json),
		TEST(test_apart),
		TEST(test_address),
		TEST(test_forged_headers),
		TEST(test_token),
		POOL_TEST(test_no_limits),
		TEST(test_fails_open),
	};

	return cmocka_run_group_tests_name("rate", tests, NULL, NULL);
}
