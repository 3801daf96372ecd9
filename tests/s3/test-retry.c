/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "s3/retry.h"

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

static void
test_sense(void **state)
{
	static const struct {
		enum retry_rule rule;
		int status;
		bool was_sent;
		int64_t sunk_bytes;
		enum err_kind kind;
		bool expected;
	} rows[] = {
		{ RETRY_ALWAYS, 503, true, 0, ERR_UNAVAILABLE, true },
		{ RETRY_ALWAYS, 500, true, 0, ERR_UNAVAILABLE, true },
		{ RETRY_ALWAYS, 0, true, 0, ERR_UNAVAILABLE, true },
		{ RETRY_ALWAYS, 0, false, 0, ERR_UNAVAILABLE, true },
		{ RETRY_ALWAYS, 200, true, 1, ERR_UNAVAILABLE, false },
		{ RETRY_ALWAYS, 403, true, 0, ERR_UPSTREAM, false },
		{ RETRY_ALWAYS, 404, true, 0, ERR_NOT_FOUND, false },
		{ RETRY_ALWAYS, 412, true, 0, ERR_CONFLICT, false },
		{ RETRY_ALWAYS, 0, false, 0, ERR_UPSTREAM, false },
		{ RETRY_IF_REFUSED, 503, true, 0, ERR_UNAVAILABLE, true },
		{ RETRY_IF_REFUSED, 429, true, 0, ERR_UNAVAILABLE, true },
		{ RETRY_IF_REFUSED, 500, true, 0, ERR_UNAVAILABLE, false },
		{ RETRY_IF_REFUSED, 0, true, 0, ERR_UNAVAILABLE, false },
		{ RETRY_IF_REFUSED, 0, false, 0, ERR_UNAVAILABLE, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct fetch_reply reply = { .status = rows[i].status,
			.was_sent = rows[i].was_sent,
			.sunk_bytes = rows[i].sunk_bytes };
		const struct err err = { .kind = rows[i].kind };

		assert_int_equal(retry_is_sensible(rows[i].rule, &reply, &err),
		    rows[i].expected);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pauses),
		cmocka_unit_test(test_sense),
	};

	return cmocka_run_group_tests_name("s3/retry", tests, NULL, NULL);
}
