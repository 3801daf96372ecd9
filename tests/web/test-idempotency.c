/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "model/idempotency.h"
#include "webtest.h"

#define PRESIGN "/files/upload/presigned"
#define BODY "{\"original_filename\": \"a.png\", \"file_type\": \"image\"}"
#define OTHER "{\"original_filename\": \"b.png\", \"file_type\": \"image\"}"
#define WRONG "{\"original_filename\": \"a.png\", \"file_type\": \"imagf\"}"

static const char *const settings[] = { NULL };

static int
setup(void **state)
{
	struct webtest *test = test_calloc(1, sizeof(*test));

	webtest_open(test, settings);
	*state = test;
	return 0;
}

static int
teardown(void **state)
{
	struct webtest *test = *state;

	webtest_close(test);
	test_free(test);
	return 0;
}

static struct answer
presign(struct webtest *test, const char *key, const char *body)
{
	webtest_unset_all(test);
	if (key != NULL)
		webtest_set(test, "HTTP_IDEMPOTENCY_KEY", key);
	return webtest_post(test, PRESIGN, "application/json",
	    slice_str(body));
}

static int64_t
files(struct webtest *test)
{
	return webtest_count(test, "SELECT count(*) FROM files");
}

static void
test_same_answer_again(void **state)
{
	struct webtest *test = *state;
	struct answer first = presign(test, "k1", BODY);
	struct answer again = presign(test, "k1", BODY);

	assert_int_equal(first.status, 200);
	assert_null(webtest_header(test, &first, "Idempotency-Replayed"));
	assert_int_equal(again.status, 200);
	assert_string_equal(again.body, first.body);
	assert_string_equal(
	    webtest_header(test, &again, "Idempotency-Replayed"), "true");
	assert_string_equal(webtest_header(test, &again, "Content-Type"),
	    "application/json");
	assert_string_equal(webtest_header(test, &again, "Cache-Control"),
	    "no-store");
	assert_int_equal(files(test), 1);
	/* Without a key, and with another one, it is done. */
	assert_int_equal(presign(test, NULL, BODY).status, 200);
	assert_int_equal(presign(test, "k2", BODY).status, 200);
	assert_int_equal(files(test), 3);
}

static void
expect_conflict(const struct answer *answer, const char *code)
{
	assert_int_equal(answer->status, 409);
	assert_non_null(strstr(answer->body, code));
}

static void
test_another_request(void **state)
{
	struct webtest *test = *state;
	struct answer answer;

	/* As long as the first one. */
	assert_int_equal(strlen(BODY), strlen(OTHER));
	assert_int_equal(presign(test, "k", BODY).status, 200);
	answer = presign(test, "k", OTHER);
	expect_conflict(&answer, "idempotency_mismatch");
	answer = presign(test, "k", BODY " ");
	expect_conflict(&answer, "idempotency_mismatch");
	answer = webtest_post(test, "/get-upload-url", "application/json",
	    slice_str(BODY));
	expect_conflict(&answer, "idempotency_mismatch");
	answer = webtest_post(test, PRESIGN "?x=1", "application/json",
	    slice_str(BODY));
	expect_conflict(&answer, "idempotency_mismatch");
	assert_int_equal(files(test), 1);
	assert_int_equal(presign(test, "k", BODY).status, 200);
}

static void
test_failures_are_not_kept(void **state)
{
	struct webtest *test = *state;

	assert_int_equal(strlen(BODY), strlen(WRONG));
	assert_int_equal(presign(test, "k", WRONG).status, 400);
	assert_int_equal(webtest_count(test,
	    "SELECT count(*) FROM idempotency"), 0);
	assert_int_equal(presign(test, "k", BODY).status, 200);
}

static void
test_running(void **state)
{
	struct webtest *test = *state;
	struct err err = ERR_INIT;
	struct answer answer;

	assert_int_equal(presign(test, "k", BODY).status, 200);
	assert_int_equal(sql_exec(test->app.backend.db,
	    "UPDATE idempotency SET status = 0, expires_secs = 1795356600",
	    NULL, 0, NULL, &err), 0);
	answer = presign(test, "k", BODY);
	expect_conflict(&answer, "idempotency_running");
	/* Its worker was killed. */
	test->app.clock.fixed_ms += IDEMPOTENCY_LEASE_SECS * INT64_C(1000);
	assert_int_equal(presign(test, "k", BODY).status, 200);
	assert_int_equal(files(test), 2);
}

static void
test_bad_keys(void **state)
{
	char longest[IDEMPOTENCY_NAME_MAX + 2];
	const char *const keys[] = { "", "a b", "a\tb", "\xc3\xa1", longest };
	struct webtest *test = *state;

	memset(longest, 'k', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
		struct answer answer = presign(test, keys[i], BODY);

		assert_int_equal(answer.status, 400);
		assert_non_null(strstr(answer.body, "bad_idempotency_key"));
	}
	assert_int_equal(files(test), 0);
	assert_int_equal(presign(test, longest + 1, BODY).status, 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_same_answer_again, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_another_request, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_failures_are_not_kept,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(test_running, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_bad_keys, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
