/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "model/idempotency.h"
#include "modeltest.h"

enum { RUNNING = -2, MISMATCH = -3 };

static struct idempotency_key
key_of(const char *name, const char *holder)
{
	return (struct idempotency_key){ .tenant_id = 1,
		.user_id = 9,
		.name = name,
		.fingerprint = "print",
		.holder = holder };
}

/* 1 to be done, 0 done before, or why not. */
static int
begin(struct modeltest *test, const struct idempotency_key *key, int64_t now,
    struct idempotency_answer *answer)
{
	struct err err = ERR_INIT;
	int result = idempotency_begin(test->db, test->pool, key, now, answer,
	    &err);

	if (result != -1)
		return result;
	assert_int_equal(err.kind, ERR_CONFLICT);
	return strcmp(err.code, "idempotency_running") == 0 ? RUNNING :
							      MISMATCH;
}

static void
keep(struct modeltest *test, const struct idempotency_key *key, int64_t now)
{
	const struct idempotency_answer answer = { .status = 201,
		.content_type = "application/json",
		.location = "/files/3",
		.body = "{\"file_id\":3}",
		.body_hash = "hash" };
	struct err err = ERR_INIT;

	assert_int_equal(idempotency_keep(test->db, key, &answer, now, &err),
	    0);
}

static void
test_answer_is_kept(void **state)
{
	struct modeltest *test = *state;
	struct idempotency_key key = key_of("k", "a"), again = key_of("k", "b");
	struct idempotency_answer answer;

	assert_int_equal(begin(test, &key, 100, &answer), 1);
	assert_int_equal(begin(test, &again, 100, &answer), RUNNING);
	keep(test, &key, 100);
	assert_int_equal(begin(test, &again, 101, &answer), 0);
	assert_int_equal(answer.status, 201);
	assert_string_equal(answer.content_type, "application/json");
	assert_string_equal(answer.location, "/files/3");
	assert_string_equal(answer.body, "{\"file_id\":3}");
	assert_string_equal(answer.body_hash, "hash");
	/* A day later it is as if nothing had been. */
	assert_int_equal(begin(test, &again, 100 + IDEMPOTENCY_KEEP_SECS - 1,
	    &answer), 0);
	assert_int_equal(begin(test, &again, 100 + IDEMPOTENCY_KEEP_SECS,
	    &answer), 1);
}

static void
test_another_request(void **state)
{
	struct modeltest *test = *state;
	struct idempotency_key key = key_of("k", "a"), other = key_of("k", "b");
	struct idempotency_answer answer;

	other.fingerprint = "another";
	assert_int_equal(begin(test, &key, 100, &answer), 1);
	assert_int_equal(begin(test, &other, 100, &answer), MISMATCH);
	keep(test, &key, 100);
	assert_int_equal(begin(test, &other, 100, &answer), MISMATCH);
}

/* Two users, or two tenants, may have the same idea. */
static void
test_keys_belong_to_a_user(void **state)
{
	struct modeltest *test = *state;
	struct idempotency_key key = key_of("k", "a");
	struct idempotency_answer answer;

	assert_int_equal(begin(test, &key, 100, &answer), 1);
	key.user_id = 10;
	assert_int_equal(begin(test, &key, 100, &answer), 1);
	key.user_id = 9;
	key.tenant_id = 2;
	assert_int_equal(begin(test, &key, 100, &answer), 1);
}

static void
test_failure_frees_the_key(void **state)
{
	struct modeltest *test = *state;
	struct idempotency_key key = key_of("k", "a"), again = key_of("k", "b");
	struct idempotency_answer answer;
	struct err err = ERR_INIT;

	assert_int_equal(begin(test, &key, 100, &answer), 1);
	/* Not by somebody else. */
	assert_int_equal(idempotency_free(test->db, &again, &err), 0);
	assert_int_equal(begin(test, &again, 100, &answer), RUNNING);
	assert_int_equal(idempotency_free(test->db, &key, &err), 0);
	assert_int_equal(begin(test, &again, 100, &answer), 1);
	/* Nor what is done. */
	keep(test, &again, 100);
	assert_int_equal(idempotency_free(test->db, &again, &err), 0);
	assert_int_equal(begin(test, &key, 100, &answer), 0);
}

/* Of a process that was killed; and it was only slow. */
static void
test_lease_ends(void **state)
{
	struct modeltest *test = *state;
	struct idempotency_key key = key_of("k", "a"), again = key_of("k", "b");
	struct idempotency_answer answer;

	assert_int_equal(begin(test, &key, 100, &answer), 1);
	assert_int_equal(begin(test, &again, 99 + IDEMPOTENCY_LEASE_SECS,
	    &answer), RUNNING);
	assert_int_equal(begin(test, &again, 100 + IDEMPOTENCY_LEASE_SECS,
	    &answer), 1);
	keep(test, &key, 100 + IDEMPOTENCY_LEASE_SECS);
	assert_int_equal(begin(test, &key, 101 + IDEMPOTENCY_LEASE_SECS,
	    &answer), RUNNING);
}

static void
test_purge(void **state)
{
	struct modeltest *test = *state;
	struct idempotency_key old = key_of("old", "a"), new = key_of("n", "b");
	struct idempotency_answer answer;
	struct err err = ERR_INIT;

	assert_int_equal(begin(test, &old, 100, &answer), 1);
	assert_int_equal(begin(test, &new, 200, &answer), 1);
	assert_int_equal(idempotency_purge(test->db,
	    100 + IDEMPOTENCY_LEASE_SECS, &err), 0);
	assert_int_equal(modeltest_number(test,
	    "SELECT count(*) FROM idempotency WHERE name = 'old'"), 0);
	assert_int_equal(modeltest_number(test,
	    "SELECT count(*) FROM idempotency"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answer_is_kept,
		    modeltest_setup, modeltest_teardown),
		cmocka_unit_test_setup_teardown(test_another_request,
		    modeltest_setup, modeltest_teardown),
		cmocka_unit_test_setup_teardown(test_keys_belong_to_a_user,
		    modeltest_setup, modeltest_teardown),
		cmocka_unit_test_setup_teardown(test_failure_frees_the_key,
		    modeltest_setup, modeltest_teardown),
		cmocka_unit_test_setup_teardown(test_lease_ends,
		    modeltest_setup, modeltest_teardown),
		cmocka_unit_test_setup_teardown(test_purge, modeltest_setup,
		    modeltest_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
