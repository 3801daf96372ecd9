/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "web/caller.h"

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const char *
id_of(struct pool *pool, const char *user)
{
	const struct app app = { .auth = AUTH_REMOTE_USER, .tenant_id = 3 };
	struct request request = { .pool = pool, .remote_user = user };
	struct caller caller;
	struct err err;

	assert_int_equal(caller_find(&app, &request, &caller, &err), 0);
	assert_int_equal(caller.tenant_id, 3);
	return caller.id;
}

static void
test_ids(void **state)
{
	static const struct {
		const char *user, *id;
	} cases[] = {
		{ "ana", "ana" },
		{ "Ana_1-b@example.org", "Ana_1-b@example.org" },
		{ ".", "=2E" },
		{ "..", "=2E." },
		{ "a/b", "a=2Fb" },
		{ "DOMAIN\\ana", "DOMAIN=5Cana" },
		{ "a b+c%2f", "a=20b=2Bc=252f" },
		{ "=2E", "=3D2E" },
		{ "\xc3\xb1", "=C3=B1" },
		{ "${filename}", "=24=7Bfilename=7D" },
		{ X64, X64 },
	};
	struct pool *pool = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		assert_string_equal(id_of(pool, cases[i].user), cases[i].id);
}

/* Long names are short, and still their own. */
static void
test_long(void **state)
{
	static const char *const users[] = { X64 "x", X64 "y", X64 "/",
		X64 X64, "=" X64 };
	struct pool *pool = *state;

	for (size_t i = 0; i < ARRAY_COUNT(users); i++) {
		const char *id = id_of(pool, users[i]);

		assert_int_equal(strlen(id), USER_KEY_MAX);
		assert_memory_equal(id, "=h", 2);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(id, id_of(pool, users[j]));
	}
}

static void
test_open(void **state)
{
	const struct app app = { .auth = AUTH_OPEN, .tenant_id = 1 };
	struct request request = { .pool = *state,
		.remote_addr = "127.0.0.1" };
	struct caller caller;
	struct err err;

	assert_int_equal(caller_find(&app, &request, &caller, &err), 0);
	assert_string_equal(caller.id, "1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_ids),
		POOL_TEST(test_long),
		POOL_TEST(test_open),
	};

	return cmocka_run_group_tests_name("web/caller", tests, NULL, NULL);
}
