/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "model/outbox.h"
#include "modeltest.h"

#define KEY "general/copy.png"

static struct outbox_row
reservation(const struct modeltest *test)
{
	return (struct outbox_row){ .provider = store_driver(test->store),
		.bucket = store_bucket(test->store),
		.key = KEY,
		.due_secs = MODELTEST_NOW_SECS + OUTBOX_RESERVE_SECS };
}

/* An object that was made for whoever wants it. */
static void
reserve(struct modeltest *test)
{
	const struct outbox_row row = reservation(test);
	struct err err = ERR_INIT;

	assert_int_equal(outbox_add(test->db, &row, &err), 0);
	assert_int_equal(store_mem_put(test->mem, KEY, "image/png",
			     slice_str("copy")),
	    0);
}

static void
wait_secs(struct modeltest *test, int64_t secs)
{
	test->clock.fixed_ms += secs * 1000;
}

static int
run(struct modeltest *test)
{
	struct err err = ERR_INIT;
	int left = -1;

	assert_int_equal(modeltest_outbox(test, 10, &left, &err), 0);
	return left;
}

static void
must_be_lost(struct modeltest *test)
{
	const struct outbox_row row = reservation(test);
	struct err err = ERR_INIT;

	assert_int_equal(outbox_keep(test->db, &row, &err), -1);
	assert_int_equal(err.kind, ERR_CONFLICT);
	assert_string_equal(err.code, "object_lost");
}

static int64_t
rows(struct modeltest *test)
{
	return modeltest_number(test, "SELECT count(*) FROM outbox");
}

static void
test_kept(void **state)
{
	struct modeltest *test = *state;
	const struct outbox_row row = reservation(test);
	struct err err = ERR_INIT;

	reserve(test);
	wait_secs(test, OUTBOX_RESERVE_SECS - 1);
	assert_int_equal(run(test), 0);
	assert_int_equal(rows(test), 1);
	assert_int_equal(outbox_keep(test->db, &row, &err), 0);
	wait_secs(test, 2);
	assert_int_equal(run(test), 0);
	assert_non_null(store_mem_find(test->mem, KEY));
	must_be_lost(test);
}

static void
test_released(void **state)
{
	struct modeltest *test = *state;
	const struct outbox_row row = reservation(test);
	struct err err = ERR_INIT;

	reserve(test);
	assert_int_equal(outbox_release(test->db, &row, &err), 0);
	must_be_lost(test);
	assert_int_equal(run(test), 0);
	assert_null(store_mem_find(test->mem, KEY));
	assert_int_equal(rows(test), 0);
}

/* Nobody may keep what the store could not delete yet. */
static void
test_late(void **state)
{
	struct modeltest *test = *state;

	reserve(test);
	wait_secs(test, OUTBOX_RESERVE_SECS);
	test->mem->fails_delete = true;
	assert_int_equal(run(test), 1);
	must_be_lost(test);
	test->mem->fails_delete = false;
	/* It is left for a while to whoever is deleting it. */
	assert_int_equal(run(test), 0);
	assert_non_null(store_mem_find(test->mem, KEY));
	wait_secs(test, 60);
	assert_int_equal(run(test), 0);
	assert_null(store_mem_find(test->mem, KEY));
}

struct rival {
	struct modeltest *test;
	int deletions;
};

/* Somebody wants it, and another process deletes too, while we do. */
static void
interfere(void *arg, enum store_mem_call call, const char *key)
{
	struct rival *rival = arg;

	assert_int_equal(call, MEM_REMOVE);
	assert_string_equal(key, KEY);
	if (++rival->deletions > 1)
		return;
	must_be_lost(rival->test);
	assert_int_equal(run(rival->test), 0);
}

static void
test_being_deleted(void **state)
{
	struct modeltest *test = *state;
	struct rival rival = { .test = test };

	reserve(test);
	wait_secs(test, OUTBOX_RESERVE_SECS);
	test->mem->before = interfere;
	test->mem->before_arg = &rival;
	assert_int_equal(run(test), 0);
	assert_int_equal(rival.deletions, 1);
	assert_int_equal(rows(test), 0);
}

int
main(void)
{
#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, modeltest_setup, modeltest_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_kept),
		TEST(test_released),
		TEST(test_late),
		TEST(test_being_deleted),
	};

	return cmocka_run_group_tests_name("model/outbox", tests, NULL, NULL);
}
