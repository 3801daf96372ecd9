/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "model/quota.h"
#include "model/tenant.h"
#include "sweeptest.h"

#define KEY "products/trashed.png"

/* A file whose time in the trash ends in so many seconds; 0: it has none. */
static void
make_trashed(struct sweeptest *f, const char *key, int64_t secs)
{
	int64_t now_secs = clock_now_secs(&f->test->clock);

	sweeptest_file(f, key, "trashed", true);
	sweeptest_sql(f, pool_format(f->pool,
	    "UPDATE files SET expires_secs = %lld WHERE object_key = '%s'",
	    (long long)(secs == 0 ? 0 : now_secs + secs), key));
}

static int64_t
used_bytes(struct sweeptest *f)
{
	return modeltest_number(f->test,
	    "SELECT used_bytes FROM tenants WHERE id = 1");
}

static void
test_trash(void **state)
{
	struct sweeptest *f = *state;

	make_trashed(f, KEY, -1);
	make_trashed(f, "products/now.png", 0);
	make_trashed(f, "products/later.png", 1);
	sweeptest_file(f, "products/live.png", "live", true);
	assert_int_equal(used_bytes(f), 20);

	sweeptest_run(f, true, false);
	sweeptest_check(f, SWEEP_TRASH, 1, 0);
	assert_int_equal(f->report.counts[SWEEP_TRASH].bytes, 5);
	assert_int_equal(sweeptest_count_files(f, "trashed"), 3);
	assert_int_equal(used_bytes(f), 20);

	sweeptest_run(f, false, false);
	sweeptest_check(f, SWEEP_TRASH, 1, 1);
	sweeptest_check(f, SWEEP_QUOTA, 0, 0);
	assert_false(sweeptest_has_object(f, KEY));
	assert_true(sweeptest_has_object(f, "products/now.png"));
	assert_true(sweeptest_has_object(f, "products/later.png"));
	assert_int_equal(sweeptest_count_files(f, "trashed"), 2);
	assert_int_equal(sweeptest_count_files(f, "gone"), 1);
	assert_int_equal(used_bytes(f), 15);
	modeltest_check_quota(f->test);

	f->test->clock.fixed_ms += 1000;
	sweeptest_run(f, false, false);
	sweeptest_check(f, SWEEP_TRASH, 1, 1);
	assert_int_equal(used_bytes(f), 10);
}

/* Whoever restores it in the meantime keeps it. */
static void
test_restored(void **state)
{
	struct sweeptest *f = *state;
	struct err err = ERR_INIT;
	int64_t id, now_secs = clock_now_secs(&f->test->clock);

	make_trashed(f, KEY, -1);
	id = modeltest_number(f->test, "SELECT id FROM files");
	sweeptest_sql(f, "UPDATE files SET state = 'live', expires_secs = 0");
	assert_int_equal(
	    file_discard_expired(f->test->db, 1, id, now_secs, &err), 0);
	assert_int_equal(sweeptest_count_files(f, "live"), 1);
	/* Or trashes it anew. */
	sweeptest_sql(f, pool_format(f->pool,
	    "UPDATE files SET state = 'trashed', expires_secs = %lld",
	    (long long)now_secs + 1));
	assert_int_equal(
	    file_discard_expired(f->test->db, 1, id, now_secs, &err), 0);
	assert_int_equal(sweeptest_count_files(f, "trashed"), 1);
	assert_int_equal(modeltest_number(f->test,
			     "SELECT count(*) FROM outbox"),
	    0);
	modeltest_check_quota(f->test);
}

/* More than are read at once. */
static void
test_many(void **state)
{
	struct sweeptest *f = *state;
	int64_t drift;
	struct err err = ERR_INIT;

	make_trashed(f, KEY, -1);
	sweeptest_sql(f, "INSERT INTO files (id, tenant_id, state, provider,"
	    " bucket, object_key, original_name, content_type, size_bytes,"
	    " sha256, etag, width, height, frames, orientation, is_public,"
	    " created_secs, expires_secs, charged_bytes)"
	    " WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL"
	    " SELECT n + 1 FROM numbers WHERE n < 1001)"
	    " SELECT n, tenant_id, state, provider, bucket,"
	    " object_key || n, original_name, content_type, size_bytes,"
	    " sha256, etag, width, height, frames, orientation, is_public,"
	    " created_secs, expires_secs, charged_bytes FROM files, numbers");
	assert_int_equal(quota_recount(f->test->db, 1, &drift, &err), 0);
	assert_int_equal(used_bytes(f), 1002 * 5);
	sweeptest_run(f, false, false);
	sweeptest_check(f, SWEEP_TRASH, 1002, 1002);
	assert_int_equal(used_bytes(f), 0);
}

static void
test_quota(void **state)
{
	struct sweeptest *f = *state;
	struct tenant tenant = { .name = "Dos", .host = "" };
	struct err err = ERR_INIT;

	assert_int_equal(tenant_insert(f->test->db, &tenant, &err), 0);
	sweeptest_file(f, "products/live.png", "live", true);
	sweeptest_file(f, "products/waits.png", "pending", true);
	sweeptest_sql(f, pool_format(f->pool,
	    "UPDATE files SET expires_secs = %lld WHERE state = 'pending'",
	    (long long)clock_now_secs(&f->test->clock) + 60));
	sweeptest_run(f, false, false);
	sweeptest_check(f, SWEEP_QUOTA, 0, 0);

	sweeptest_sql(f, "UPDATE tenants SET used_bytes = used_bytes + 100,"
	    " reserved_objects = reserved_objects - 1 WHERE id = 1");
	sweeptest_run(f, true, false);
	sweeptest_check(f, SWEEP_QUOTA, 1, 0);
	assert_int_equal(f->report.counts[SWEEP_QUOTA].bytes, 101);
	assert_int_equal(used_bytes(f), 105);

	sweeptest_sql(f, "UPDATE tenants SET used_objects = 1 WHERE id = 2");
	sweeptest_run(f, false, false);
	sweeptest_check(f, SWEEP_QUOTA, 2, 2);
	modeltest_check_quota(f->test);
	assert_int_equal(used_bytes(f), 5);
	assert_int_equal(modeltest_number(f->test,
			     "SELECT reserved_objects FROM tenants"
			     " WHERE id = 1"),
	    1);
}

/* Each call to the database fails in turn; the next sweep does the rest. */
static void
test_faults(void **state)
{
	struct sweeptest *f = *state;
	bool (*const arms[])(int) = { fault_at, fault_at_lost_commit,
		fault_from };
	bool has_failed = true;
	int n;

	for (n = 1; has_failed && n < 60; n++) {
		for (size_t a = 0; a < ARRAY_COUNT(arms); a++) {
			struct err err = ERR_INIT;

			sweeptest_sql(f, "DELETE FROM files");
			sweeptest_sql(f, "UPDATE tenants SET used_bytes = 0,"
			    " used_objects = 0");
			make_trashed(f, KEY, -1);
			(void)arms[a](n);
			if (sweeptest_try(f, false, false, &err) == -1)
				assert_string_equal(err.code, "fault");
			has_failed = fault_at(0);
			modeltest_check_quota(f->test);
			sweeptest_run(f, false, false);
			modeltest_check_quota(f->test);
			assert_int_equal(used_bytes(f), 0);
			assert_false(sweeptest_has_object(f, KEY));
		}
	}
	assert_in_range(n, 12, 40);
}

static void
test_idempotency(void **state)
{
	struct sweeptest *f = *state;
	int64_t now_secs = clock_now_secs(&f->test->clock);
	static const char count[] = "SELECT count(*) FROM idempotency";

	for (int i = -1; i <= 1; i += 2)
		sweeptest_sql(f, pool_format(f->pool,
		    "INSERT INTO idempotency (tenant_id, user_id, name,"
		    " fingerprint, holder, status, content_type, location,"
		    " body, body_hash, expires_secs) VALUES (1, 1, 'key%d',"
		    " '', '', 201, '', '', '', '', %lld)", i, (long long)now_secs + i));
	sweeptest_run(f, true, false);
	assert_int_equal(modeltest_number(f->test, count), 2);
	sweeptest_run(f, false, false);
	assert_int_equal(modeltest_number(f->test, count), 1);
}

/* One that is over, one that is idle, one that lives. */
static void
test_sessions(void **state)
{
	struct sweeptest *f = *state;
	long long now_secs = clock_now_secs(&f->test->clock);
	const long long rows[][2] = { { now_secs, now_secs },
		{ now_secs - SWEEPTEST_IDLE_SECS, now_secs + 1 },
		{ now_secs - SWEEPTEST_IDLE_SECS + 1, now_secs + 1 } };
	static const char count[] = "SELECT count(*) FROM sessions";

	sweeptest_sql(f, "INSERT INTO users (id, tenant_id, login, realm,"
			 " key_id, name, role, password, is_disabled,"
			 " created_secs, password_secs) VALUES (1, 1, 'a@b',"
			 " 'password', '1', '', 'viewer', '', 0, 0, 0)");
	for (int i = 0; i < 3; i++)
		sweeptest_sql(f, pool_format(f->pool,
		    "INSERT INTO sessions (id, secret_hash, user_id,"
		    " created_secs, seen_secs, expires_secs, remote_addr,"
		    " user_agent) VALUES (%d, '%d', 1, 0, %lld, %lld, '',"
		    " '')", i, i, rows[i][0], rows[i][1]));
	sweeptest_run(f, true, false);
	assert_int_equal(modeltest_number(f->test, count), 3);
	sweeptest_run(f, false, false);
	assert_int_equal(modeltest_number(f->test, count), 1);
	assert_int_equal(
	    modeltest_number(f->test, "SELECT id FROM sessions"), 2);
}

#define TEST(name)                                             \
	cmocka_unit_test_setup_teardown(name, sweeptest_setup, \
	    sweeptest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_trash),
		TEST(test_restored),
		TEST(test_many),
		TEST(test_quota),
		TEST(test_faults),
		TEST(test_idempotency),
		TEST(test_sessions),
	};

	return cmocka_run_group_tests_name("model/sweep_records", tests, NULL,
	    NULL);
}
