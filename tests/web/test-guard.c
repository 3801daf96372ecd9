/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "web/guard.h"

static const struct route page = { .method = HTTP_GET,
	.access = ROUTE_READ };
static const struct route public_page = { .method = HTTP_GET,
	.access = ROUTE_PUBLIC };

/* AUTH=open is for this machine alone, by any of its addresses. */
static void
test_open(void **state)
{
	static const struct {
		const char *remote_addr;
		bool passes;
	} rows[] = {
		{ "127.0.0.1", true },
		{ "127.255.0.9", true },
		{ "::1", true },
		{ "0:0:0:0:0:0:0:1", true },
		{ "::ffff:127.0.0.1", true },
		{ "128.0.0.1", false },
		{ "10.0.0.1", false },
		{ "::", false },
		{ "::2", false },
		{ "::ffff:10.0.0.1", false },
		{ "fe80::1", false },
		{ "", false },
		{ "unix:", false },
		{ "127.1", false },
		{ "127.0.0.1 ", false },
		{ "127.0.0.1, 10.0.0.1", false },
		{ "localhost", false },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct app app = { .auth = AUTH_OPEN };
		struct request request = { .pool = *state,
			.method = HTTP_GET,
			.remote_addr = rows[i].remote_addr };
		struct err err = ERR_INIT;
		int result = guard_check(&app, &request, &page, &err);

		if (result != (rows[i].passes ? 0 : -1))
			fail_msg("\"%s\": %d", rows[i].remote_addr, result);
		if (result == 0)
			continue;
		assert_int_equal(err.kind, ERR_DENIED);
		assert_string_equal(err.code, "not_loopback");
		assert_int_equal(guard_check(&app, &request, &public_page,
		    &err), 0);
	}
}

/* Where a login is wanted, being near is none. */
static void
test_remote_user(void **state)
{
	struct app app = { .auth = AUTH_REMOTE_USER };
	struct request request = { .pool = *state,
		.method = HTTP_GET,
		.remote_addr = "127.0.0.1" };
	struct err err = ERR_INIT;

	assert_int_equal(guard_check(&app, &request, &page, &err), -1);
	assert_int_equal(err.kind, ERR_UNAUTHENTICATED);
	assert_int_equal(guard_check(&app, &request, &public_page, &err), 0);
	request.remote_user = "ana";
	request.remote_addr = "192.0.2.7";
	assert_int_equal(guard_check(&app, &request, &page, &err), 0);
}

/* A setting that is none of those lets nobody in. */
static void
test_unknown(void **state)
{
	struct app app = { .auth = (enum app_auth)99 };
	struct request request = { .pool = *state,
		.method = HTTP_GET,
		.remote_addr = "127.0.0.1",
		.remote_user = "ana" };
	struct err err = ERR_INIT;

	assert_int_equal(guard_check(&app, &request, &page, &err), -1);
	assert_int_equal(err.kind, ERR_UNAUTHENTICATED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_open),
		POOL_TEST(test_remote_user),
		POOL_TEST(test_unknown),
	};

	return cmocka_run_group_tests_name("web/guard", tests, NULL, NULL);
}
