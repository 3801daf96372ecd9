/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "model/quota.h"
#include "model/tenant.h"
#include "modeltest.h"

static struct tenant
load(struct modeltest *test)
{
	struct tenant tenant;
	struct err err = ERR_INIT;

	assert_int_equal(tenant_load(test->db, test->pool, 1, &tenant, &err),
	    1);
	return tenant;
}

static void
limit(struct modeltest *test, int64_t bytes, int64_t objects)
{
	struct tenant tenant = load(test);
	struct err err = ERR_INIT;

	tenant.quota_bytes = bytes;
	tenant.quota_objects = objects;
	assert_int_equal(tenant_update(test->db, &tenant, &err), 0);
}

static void
check(struct modeltest *test, int64_t used_bytes, int64_t used_objects,
    int64_t reserved_bytes, int64_t reserved_objects)
{
	const struct tenant tenant = load(test);

	assert_int_equal(tenant.used_bytes, used_bytes);
	assert_int_equal(tenant.used_objects, used_objects);
	assert_int_equal(tenant.reserved_bytes, reserved_bytes);
	assert_int_equal(tenant.reserved_objects, reserved_objects);
}

static void
test_reserve(void **state)
{
	static const struct {
		int64_t quota_bytes, quota_objects;
		int64_t bytes;
		const char *code; /* NULL: there is room */
	} cases[] = {
		/* 100 bytes and two objects are taken. */
		{ 0, 0, INT64_C(1) << 50, NULL },
		{ 150, 0, 50, NULL },
		{ 150, 0, 51, "quota_bytes" },
		{ 150, 3, 50, NULL },
		{ 0, 3, 999, NULL },
		{ 0, 2, 0, "quota_objects" },
		{ 150, 2, 50, "quota_objects" },
		{ 150, 2, 51, "quota_bytes" },
		/* A limit that was lowered: nothing more, not even nothing. */
		{ 99, 0, 0, "quota_bytes" },
		{ 0, 1, 0, "quota_objects" },
	};
	struct modeltest *test = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct err err = ERR_INIT;
		int result;

		assert_int_equal(
		    sql_exec(test->db,
			"UPDATE tenants SET used_bytes = 60,"
			" used_objects = 1, reserved_bytes = 40,"
			" reserved_objects = 1",
			NULL, 0, NULL, &err),
		    0);
		limit(test, cases[i].quota_bytes, cases[i].quota_objects);
		result = quota_reserve(test->db, 1, cases[i].bytes, &err);
		if (cases[i].code == NULL) {
			assert_int_equal(result, 0);
			check(test, 60, 1, 40 + cases[i].bytes, 2);
			continue;
		}
		assert_int_equal(result, -1);
		assert_int_equal(err.kind, ERR_TOO_LARGE);
		assert_string_equal(err.code, cases[i].code);
		check(test, 60, 1, 40, 1);
	}
}

static void
test_settle(void **state)
{
	struct modeltest *test = *state;
	struct err err = ERR_INIT;

	limit(test, 100, 1);
	assert_int_equal(quota_reserve(test->db, 1, 80, &err), 0);
	check(test, 0, 0, 80, 1);
	/* Smaller, or larger while there is room. */
	assert_int_equal(quota_settle(test->db, 1, 80, 30, &err), 0);
	check(test, 30, 1, 0, 0);
	assert_int_equal(quota_release_used(test->db, 1, 30, &err), 0);
	assert_int_equal(quota_reserve(test->db, 1, 80, &err), 0);
	assert_int_equal(quota_settle(test->db, 1, 80, 100, &err), 0);
	check(test, 100, 1, 0, 0);
	assert_int_equal(quota_release_used(test->db, 1, 100, &err), 0);
	assert_int_equal(quota_reserve(test->db, 1, 80, &err), 0);
	assert_int_equal(quota_settle(test->db, 1, 80, 101, &err), -1);
	assert_string_equal(err.code, "quota_bytes");
	check(test, 0, 0, 80, 1);
	/* A limit that was lowered takes nothing back. */
	limit(test, 10, 1);
	assert_int_equal(quota_settle(test->db, 1, 80, 80, &err), 0);
	check(test, 80, 1, 0, 0);
	assert_int_equal(quota_release_used(test->db, 1, 80, &err), 0);
	check(test, 0, 0, 0, 0);
	assert_int_equal(quota_reserve(test->db, 1, 5, &err), 0);
	assert_int_equal(quota_release_reserved(test->db, 1, 5, &err), 0);
	check(test, 0, 0, 0, 0);
}

/* One tenant's files are nothing to another. */
static void
test_tenants(void **state)
{
	struct modeltest *test = *state;
	struct tenant other = { .name = "Dos",
		.host = "",
		.quota_bytes = 10 };
	struct err err = ERR_INIT;

	limit(test, 10, 0);
	assert_int_equal(tenant_insert(test->db, &other, &err), 0);
	assert_int_equal(quota_reserve(test->db, 1, 10, &err), 0);
	assert_int_equal(quota_reserve(test->db, 2, 10, &err), 0);
	assert_int_equal(quota_reserve(test->db, 2, 1, &err), -1);
	check(test, 0, 0, 10, 1);
	assert_int_equal(quota_reserve(test->db, 3, 1, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
}

/* What a row holds from its insertion to its end, whatever way it takes. */
static void
test_rows(void **state)
{
	struct modeltest *test = *state;
	struct err err = ERR_INIT;
	int64_t used = modeltest_image(test, "products/used.png");
	int64_t dropped = modeltest_image(test, "products/dropped.png");
	int64_t unsent = modeltest_image(test, "products/unsent.png");
	int64_t refused = modeltest_image(test, "products/refused.png");
	struct file file;

	/* Nine are reserved for each, seven it has. */
	check(test, 0, 0, 36, 4);
	assert_int_equal(file_make_live(test->db, 1, used, 20, &err), 0);
	check(test, 7, 1, 27, 3);
	assert_int_equal(file_make_live(test->db, 1, used, 20, &err), -1);
	assert_int_equal(file_discard_pending(test->db, 1, used, &err), 0);
	check(test, 7, 1, 27, 3);
	assert_int_equal(
	    file_load(test->db, test->pool, 1, used, &file, &err), 1);
	assert_int_equal(file.charged_bytes, 7);
	assert_int_equal(file.version, 2);
	assert_int_equal(file.updated_secs, 20);

	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    file_discard_pending(test->db, 1, dropped, &err), 0);
		check(test, 7, 1, 18, 2);
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    file_reject_unsent(test->db, 1, unsent, &err), 0);
		check(test, 7, 1, 9, 1);
	}
	assert_int_equal(
	    file_load(test->db, test->pool, 1, refused, &file, &err), 1);
	file.refusal = "file_damaged";
	file.updated_secs = 30;
	assert_int_equal(file_refuse(test->db, &file, &err), 0);
	assert_int_equal(file_refuse(test->db, &file, &err), -1);
	check(test, 7, 1, 0, 0);
	assert_int_equal(
	    file_load(test->db, test->pool, 1, refused, &file, &err), 1);
	assert_int_equal(file.updated_secs, 30);
	assert_int_equal(file.version, 2);
	assert_int_equal(file.charged_bytes, 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    file_discard(test->db, 1, used, FILE_GONE, &err), 0);
		check(test, 0, 0, 0, 0);
	}
	modeltest_check_quota(test);
}

/* A row that finds no room is not there. */
static void
test_no_row(void **state)
{
	struct modeltest *test = *state;
	struct file file = { .tenant_id = 1,
		.provider = "file",
		.bucket = "uploads",
		.key = "a",
		.original_name = "a",
		.content_type = "image/png",
		.charged_bytes = 11 };
	struct err err = ERR_INIT;

	limit(test, 10, 0);
	assert_int_equal(file_insert(test->db, test->pool, &file, &err), -1);
	assert_string_equal(err.code, "quota_bytes");
	assert_int_equal(
	    modeltest_number(test, "SELECT count(*) FROM files"), 0);
	file.charged_bytes = 10;
	assert_int_equal(file_insert(test->db, test->pool, &file, &err), 0);
	/* Nor does a key that is taken cost anything. */
	limit(test, 100, 0);
	assert_int_equal(file_insert(test->db, test->pool, &file, &err), -1);
	assert_string_equal(err.code, "unique");
	check(test, 0, 0, 10, 1);
}

static void
test_recount(void **state)
{
	struct modeltest *test = *state;
	struct err err = ERR_INIT;
	int64_t used = modeltest_image(test, "products/used.png");
	int64_t drift;

	(void)modeltest_image(test, "products/waits.png");
	assert_int_equal(file_make_live(test->db, 1, used, 20, &err), 0);
	assert_int_equal(quota_recount(test->db, 1, &drift, &err), 0);
	assert_int_equal(drift, 0);
	assert_int_equal(sql_exec(test->db,
			     "UPDATE tenants SET used_bytes = 17,"
			     " used_objects = -2, reserved_bytes = 0,"
			     " reserved_objects = 5",
			     NULL, 0, NULL, &err),
	    0);
	assert_int_equal(quota_drift(test->db, 1, &drift, &err), 0);
	assert_int_equal(drift, 10 + 3 + 9 + 4);
	assert_int_equal(quota_recount(test->db, 1, &drift, &err), 0);
	assert_int_equal(drift, 10 + 3 + 9 + 4);
	check(test, 7, 1, 9, 1);
	assert_int_equal(quota_recount(test->db, 1, &drift, &err), 0);
	assert_int_equal(drift, 0);
	/* No such tenant has no drift. */
	assert_int_equal(quota_recount(test->db, 9, &drift, &err), 0);
	assert_int_equal(drift, 0);
}

#define TEST(name)                                            \
	cmocka_unit_test_setup_teardown(name, modeltest_setup, \
	    modeltest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_reserve),
		TEST(test_settle),
		TEST(test_tenants),
		TEST(test_rows),
		TEST(test_no_row),
		TEST(test_recount),
	};

	return cmocka_run_group_tests_name("model/quota", tests, NULL, NULL);
}
