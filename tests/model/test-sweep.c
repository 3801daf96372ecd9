/*
 * The sweeper on a real file store: each kind of thing that is left behind,
 * made by hand, found, mended, and nothing else touched.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"
#include "lib/tmpdir.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "codec/sniff.h"
#include "model/sweep.h"
#include "modeltest.h"
#include "store/manage.h"
#include "store/open.h"

enum { DAY_SECS = 86400, GRACE_SECS = DAY_SECS, FAULTS_MAX = 400 };

struct fixture {
	struct modeltest *test;
	struct direct direct;
	struct file_rules rules[FILE_KIND_COUNT];
	struct pool *pool;
	const char *root;
	struct sweep_report report;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct store_file_config config = { .bucket = "uploads",
		.public_url = "",
		.public_prefixes = "products/" };
	struct err err = ERR_INIT;
	struct clock wall = { .fixed_ms = 0 };
	bool created;

	assert_int_equal(modeltest_setup((void **)&f->test), 0);
	f->pool = f->test->pool;
	f->root = pool_format(f->pool, "%s/store", tmpdir_new(f->pool));
	config.root = f->root;
	assert_int_equal(store_open_file(f->pool, &config, &f->test->store,
			     &err),
	    0);
	assert_int_equal(store_prepare(f->test->store, &created, &err), 0);
	/* Objects are as old as the machine says: the sweep looks later. */
	f->test->clock.fixed_ms = clock_now_ms(&wall) +
	    INT64_C(1000) * 2 * DAY_SECS;
	f->direct = (struct direct){ .db = f->test->db,
		.store = f->test->store,
		.clock = &f->test->clock,
		.log = &f->test->log,
		.rules = f->rules,
		.tenant_id = 1,
		.owner = "" };
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	(void)modeltest_teardown((void **)&f->test);
	free(f);
	return 0;
}

/* ---- making things ---- */

static void
run_sql(struct fixture *f, const char *text)
{
	struct err err = ERR_INIT;

	if (sql_exec(f->test->db, text, NULL, 0, NULL, &err) == -1)
		fail_msg("%s: %s", text, err.text);
}

static int
put(struct store *store, const char *key, struct err *err)
{
	const struct store_object object = { .key = key,
		.content_type = "image/png" };
	struct pool *pool = pool_new();
	struct store_writer *writer;
	struct store_stored stored;
	int result = store_writer_open(store, pool, &object, &writer, err);

	if (result == 0)
		result = store_writer_write(writer, slice_str("bytes"), err);
	if (result == 0)
		result = store_writer_commit(writer, &stored, err);
	pool_free(&pool);
	return result;
}

static void
put_object(struct fixture *f, const char *key)
{
	struct err err = ERR_INIT;

	if (put(f->test->store, key, &err) == -1)
		fail_msg("%s: %s", key, err.text);
}

/* A record in some state, with or without its object. */
static void
make_file(struct fixture *f, const char *key, const char *state,
    bool has_object)
{
	struct err err = ERR_INIT;
	struct file file = { .tenant_id = 1,
		.provider = store_driver(f->test->store),
		.bucket = store_bucket(f->test->store),
		.key = key,
		.original_name = "x.png",
		.content_type = "image/png",
		.created_secs = MODELTEST_NOW_SECS,
		.expires_secs = MODELTEST_NOW_SECS + 60 };

	assert_int_equal(file_insert(f->test->db, f->pool, &file, &err), 0);
	run_sql(f, pool_format(f->pool,
	    "UPDATE files SET state = '%s', size_bytes = 5,"
	    " expires_secs = CASE '%s' WHEN 'pending' THEN expires_secs"
	    " ELSE 0 END WHERE object_key = '%s'", state, state, key));
	if (has_object)
		put_object(f, key);
}

static bool
has_object(struct fixture *f, const char *key)
{
	struct store_info info;
	struct err err = ERR_INIT;
	int found = store_head(f->test->store, f->pool, key, &info, &err);

	assert_int_not_equal(found, -1);
	return found == 1;
}

static int64_t
count_files(struct fixture *f, const char *state)
{
	return modeltest_number(f->test, pool_format(f->pool,
	    "SELECT count(*) FROM files WHERE state = '%s'", state));
}

/* ---- sweeping ---- */

static int
sweep(struct fixture *f, bool is_dry_run, bool want_force, struct err *err)
{
	const struct sweep_input input = { .direct = &f->direct,
		.is_dry_run = is_dry_run,
		.want_force = want_force,
		.grace_secs = GRACE_SECS };

	return sweep_run(&input, &f->report, err);
}

static void
sweep_well(struct fixture *f, bool is_dry_run, bool want_force)
{
	struct err err = ERR_INIT;

	if (sweep(f, is_dry_run, want_force, &err) == -1)
		fail_msg("sweep: %s", err.text);
}

static void
check_count(struct fixture *f, enum sweep_kind kind, int64_t found,
    int64_t mended)
{
	const struct sweep_count *count = &f->report.counts[kind];

	if (count->found != found || count->mended != mended ||
	    count->failed != 0)
		fail_msg("%s: found %lld, mended %lld, failed %lld",
		    sweep_kind_name(kind), (long long)count->found,
		    (long long)count->mended, (long long)count->failed);
}

/* One of each. */
static void
make_all(struct fixture *f)
{
	make_file(f, "products/live.png", "live", true);
	make_file(f, "products/trashed.png", "trashed", true);
	make_file(f, "products/lost.png", "live", false);
	make_file(f, "products/gone.png", "gone", true);
	make_file(f, "products/rejected.png", "rejected", true);
	make_file(f, "products/unused.png", "pending", true);
	make_file(f, "products/parts.png", "rejected", false);
	put_object(f, "products/leaving.png");
	put_object(f, "someone/else.txt");
	run_sql(f, "INSERT INTO outbox (provider, bucket, object_key, tries)"
	    " VALUES ('file', 'uploads', 'products/leaving.png', 0)");
	run_sql(f, "INSERT INTO multipart_uploads (upload_id, file_id, bucket,"
	    " object_key, created_secs) SELECT 'nobody-knows', id, bucket,"
	    " object_key, 1 FROM files"
	    " WHERE object_key = 'products/parts.png'");
}

static void
check_all_mended(struct fixture *f, bool was_forced)
{
	assert_true(has_object(f, "products/live.png"));
	assert_true(has_object(f, "products/trashed.png"));
	assert_false(has_object(f, "products/gone.png"));
	assert_false(has_object(f, "products/rejected.png"));
	assert_false(has_object(f, "products/unused.png"));
	assert_false(has_object(f, "products/leaving.png"));
	assert_int_equal(has_object(f, "someone/else.txt"), !was_forced);
	assert_int_equal(count_files(f, "live"), 2);
	assert_int_equal(count_files(f, "trashed"), 1);
	assert_int_equal(count_files(f, "pending"), 0);
	assert_int_equal(
	    modeltest_number(f->test, "SELECT count(*) FROM outbox"), 0);
	assert_int_equal(modeltest_number(f->test,
			     "SELECT count(*) FROM multipart_uploads"),
	    0);
}

static void
test_each_kind(void **state)
{
	struct fixture *f = *state;

	make_all(f);
	sweep_well(f, false, false);
	check_count(f, SWEEP_OUTBOX, 1, 1);
	check_count(f, SWEEP_PENDING, 1, 1);
	check_count(f, SWEEP_MULTIPART, 1, 1);
	check_count(f, SWEEP_DEAD_OBJECT, 2, 2);
	check_count(f, SWEEP_UNKNOWN_OBJECT, 1, 0);
	check_count(f, SWEEP_LOST_OBJECT, 1, 0);
	check_all_mended(f, false);
	/* Again: only what a person must look at is still there. */
	sweep_well(f, false, false);
	check_count(f, SWEEP_OUTBOX, 0, 0);
	check_count(f, SWEEP_PENDING, 0, 0);
	check_count(f, SWEEP_DEAD_OBJECT, 0, 0);
	check_count(f, SWEEP_UNKNOWN_OBJECT, 1, 0);
	check_count(f, SWEEP_LOST_OBJECT, 1, 0);
	sweep_well(f, false, true);
	check_count(f, SWEEP_UNKNOWN_OBJECT, 1, 1);
	check_all_mended(f, true);
}

static void
test_dry_run(void **state)
{
	struct fixture *f = *state;

	make_all(f);
	sweep_well(f, true, true);
	check_count(f, SWEEP_OUTBOX, 1, 0);
	check_count(f, SWEEP_PENDING, 1, 0);
	check_count(f, SWEEP_MULTIPART, 1, 0);
	check_count(f, SWEEP_DEAD_OBJECT, 2, 0);
	check_count(f, SWEEP_UNKNOWN_OBJECT, 1, 0);
	assert_true(has_object(f, "products/gone.png"));
	assert_true(has_object(f, "products/unused.png"));
	assert_true(has_object(f, "products/leaving.png"));
	assert_true(has_object(f, "someone/else.txt"));
	assert_int_equal(count_files(f, "pending"), 1);
}

/* What is younger than the grace time may still be on its way. */
static void
test_grace(void **state)
{
	struct fixture *f = *state;

	put_object(f, "someone/else.txt");
	make_file(f, "products/gone.png", "gone", true);
	f->test->clock.fixed_ms -= INT64_C(1000) * 2 * DAY_SECS;
	sweep_well(f, false, true);
	check_count(f, SWEEP_UNKNOWN_OBJECT, 0, 0);
	check_count(f, SWEEP_DEAD_OBJECT, 0, 0);
	assert_true(has_object(f, "someone/else.txt"));
}

/* More than a page of objects and of records, with holes. */
static void
test_pages(void **state)
{
	struct fixture *f = *state;
	const char *dir = pool_format(f->pool, "%s/uploads/many", f->root);

	assert_int_equal(mkdir(dir, 0700), 0);
	for (int i = 0; i < 2300; i++)
		(void)tmpdir_file(f->pool, dir,
		    pool_format(f->pool, "%04d", i), "x");
	for (int i = 0; i < 2300; i += 500)
		make_file(f, pool_format(f->pool, "many/%04dx", i), "live",
		    false);
	make_file(f, "zz", "live", false);
	make_file(f, "many/1234", "live", false);
	make_file(f, "many/1235", "gone", false);
	sweep_well(f, false, false);
	assert_int_equal(f->report.objects, 2300);
	check_count(f, SWEEP_UNKNOWN_OBJECT, 2298, 0);
	check_count(f, SWEEP_LOST_OBJECT, 6, 0);
	check_count(f, SWEEP_DEAD_OBJECT, 1, 1);
	assert_true(has_object(f, "many/1234"));
	assert_false(has_object(f, "many/1235"));
}

/* A database that fails at any statement: the next sweep ends the work. */
static void
test_faults(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;
	bool has_failed = true;
	int n = 0;

	make_all(f);
	for (; has_failed && n < FAULTS_MAX; n++) {
		(void)fault_at(n + 1);
		(void)sweep(f, false, false, &err);
		err_clear(&err);
		has_failed = fault_at(0);
		assert_true(has_object(f, "products/live.png"));
		assert_int_equal(count_files(f, "live"), 2);
	}
	assert_true(n > 5);
	assert_true(n < FAULTS_MAX);
	sweep_well(f, false, false);
	check_all_mended(f, false);
}

/* ---- beside live uploads ---- */

enum { UPLOADS = 60 };

struct uploader {
	struct fixture *f;
	struct sql *db;
	_Atomic bool is_done;
	struct err err;
};

static int
upload_one(struct uploader *up, struct pool *pool, int number)
{
	struct modeltest *test = up->f->test;
	struct file file = { .tenant_id = 1,
		.provider = store_driver(test->store),
		.bucket = store_bucket(test->store),
		.key = pool_format(pool, "products/up-%d.png", number),
		.original_name = "x.png",
		.content_type = "image/png",
		.created_secs = clock_now_secs(&test->clock),
		.expires_secs = clock_now_secs(&test->clock) + DAY_SECS };

	if (file_insert(up->db, pool, &file, &up->err) == -1 ||
	    put(test->store, file.key, &up->err) == -1)
		return -1;
	file.size_bytes = 5;
	file.sha256 = "hash";
	file.etag = "etag";
	if (file_update_stored(up->db, &file, &up->err) == -1)
		return -1;
	return file_make_live(up->db, 1, file.id, &up->err);
}

static void *
upload_all(void *arg)
{
	struct uploader *up = arg;
	struct pool *pool = pool_new();
	int result = 0;

	for (int i = 0; result == 0 && i < UPLOADS; i++)
		result = upload_one(up, pool, i);
	pool_free(&pool);
	atomic_store(&up->is_done, true);
	return NULL;
}

/* No grace at all, and force: still nothing that is live is touched. */
static void
test_beside_uploads(void **state)
{
	struct fixture *f = *state;
	struct uploader up = { .f = f, .db = f->test->db };
	const struct sweep_input input = { .direct = &f->direct,
		.want_force = true,
		.grace_secs = -4 * DAY_SECS };
	struct err err = ERR_INIT;
	pthread_t thread;
	int sweeps = 0;

	up.err = err;
	assert_int_equal(pthread_create(&thread, NULL, upload_all, &up), 0);
	do {
		if (sweep_run(&input, &f->report, &err) == -1)
			fail_msg("sweep: %s", err.text);
		sweeps++;
	} while (!atomic_load(&up.is_done));
	(void)pthread_join(thread, NULL);
	if (up.err.kind != ERR_NONE)
		fail_msg("upload: %s", up.err.text);
	assert_int_equal(count_files(f, "live"), UPLOADS);
	for (int i = 0; i < UPLOADS; i++)
		assert_true(has_object(f,
		    pool_format(f->pool, "products/up-%d.png", i)));
	assert_true(sweeps > 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each_kind, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_dry_run, setup, teardown),
		cmocka_unit_test_setup_teardown(test_grace, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_faults, setup, teardown),
		cmocka_unit_test_setup_teardown(test_beside_uploads, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
