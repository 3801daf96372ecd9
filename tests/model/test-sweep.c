/*
 * The sweeper on a real file store: each kind of thing that is left behind,
 * made by hand, found, mended, and nothing else touched.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"
#include "lib/scripted.h"
#include "lib/tmpdir.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "codec/sniff.h"
#include "model/sweep_private.h"
#include "store/manage.h"
#include "store/open.h"
#include "sweeptest.h"

#define NO_ROW "products/tenant_9/20261122143800_norow.png"

enum { FAULTS_MAX = 400 };

/* One of each. */
static void
make_all(struct sweeptest *f)
{
	sweeptest_file(f, "products/live.png", "live", true);
	sweeptest_file(f, "products/trashed.png", "trashed", true);
	sweeptest_file(f, "products/lost.png", "live", false);
	sweeptest_file(f, "products/gone.png", "gone", true);
	sweeptest_file(f, "products/rejected.png", "rejected", true);
	sweeptest_file(f, "products/unused.png", "pending", true);
	sweeptest_file(f, "products/parts.png", "rejected", false);
	sweeptest_put_object(f, "products/leaving.png");
	sweeptest_put_object(f, "someone/else.txt");
	sweeptest_put_object(f, NO_ROW);
	sweeptest_sql(f, "INSERT INTO outbox (provider, bucket, object_key,"
	    " tries)"
	    " VALUES ('file', 'uploads', 'products/leaving.png', 0)");
	sweeptest_sql(f, "INSERT INTO multipart_uploads (upload_id, file_id,"
	    " bucket, object_key, created_secs) SELECT 'nobody-knows', id, bucket,"
	    " object_key, 1 FROM files"
	    " WHERE object_key = 'products/parts.png'");
}

static void
check_all_mended(struct sweeptest *f, bool was_forced)
{
	assert_true(sweeptest_has_object(f, "products/live.png"));
	assert_true(sweeptest_has_object(f, "products/trashed.png"));
	assert_false(sweeptest_has_object(f, "products/gone.png"));
	assert_false(sweeptest_has_object(f, "products/rejected.png"));
	assert_false(sweeptest_has_object(f, "products/unused.png"));
	assert_false(sweeptest_has_object(f, "products/leaving.png"));
	assert_true(sweeptest_has_object(f, "someone/else.txt"));
	assert_int_equal(sweeptest_has_object(f, NO_ROW), !was_forced);
	assert_int_equal(sweeptest_count_files(f, "live"), 2);
	assert_int_equal(sweeptest_count_files(f, "trashed"), 1);
	assert_int_equal(sweeptest_count_files(f, "pending"), 0);
	assert_int_equal(
	    modeltest_number(f->test, "SELECT count(*) FROM outbox"), 0);
	assert_int_equal(modeltest_number(f->test,
			     "SELECT count(*) FROM multipart_uploads"),
	    0);
}

static void
test_each_kind(void **state)
{
	struct sweeptest *f = *state;

	make_all(f);
	sweeptest_run(f, false, false);
	sweeptest_check(f, SWEEP_OUTBOX, 1, 1);
	sweeptest_check(f, SWEEP_PENDING, 1, 1);
	sweeptest_check(f, SWEEP_MULTIPART, 1, 1);
	sweeptest_check(f, SWEEP_DEAD_OBJECT, 2, 2);
	sweeptest_check(f, SWEEP_UNKNOWN_OBJECT, 2, 0);
	sweeptest_check(f, SWEEP_LOST_OBJECT, 1, 0);
	check_all_mended(f, false);
	/* Again: only what a person must look at is still there. */
	sweeptest_run(f, false, false);
	sweeptest_check(f, SWEEP_OUTBOX, 0, 0);
	sweeptest_check(f, SWEEP_PENDING, 0, 0);
	sweeptest_check(f, SWEEP_DEAD_OBJECT, 0, 0);
	sweeptest_check(f, SWEEP_UNKNOWN_OBJECT, 2, 0);
	sweeptest_check(f, SWEEP_LOST_OBJECT, 1, 0);
	/* Forced, but another program's stays. */
	sweeptest_run(f, false, true);
	sweeptest_check(f, SWEEP_UNKNOWN_OBJECT, 2, 1);
	check_all_mended(f, true);
}

static void
test_dry_run(void **state)
{
	struct sweeptest *f = *state;

	make_all(f);
	sweeptest_run(f, true, true);
	sweeptest_check(f, SWEEP_OUTBOX, 1, 0);
	sweeptest_check(f, SWEEP_PENDING, 1, 0);
	sweeptest_check(f, SWEEP_MULTIPART, 1, 0);
	sweeptest_check(f, SWEEP_DEAD_OBJECT, 2, 0);
	sweeptest_check(f, SWEEP_UNKNOWN_OBJECT, 2, 0);
	assert_true(sweeptest_has_object(f, NO_ROW));
	assert_true(sweeptest_has_object(f, "products/gone.png"));
	assert_true(sweeptest_has_object(f, "products/unused.png"));
	assert_true(sweeptest_has_object(f, "products/leaving.png"));
	assert_true(sweeptest_has_object(f, "someone/else.txt"));
	assert_int_equal(sweeptest_count_files(f, "pending"), 1);
}

/* What is younger than the grace time may still be on its way. */
static void
test_grace(void **state)
{
	struct sweeptest *f = *state;

	sweeptest_put_object(f, NO_ROW);
	sweeptest_file(f, "products/gone.png", "gone", true);
	sweeptest_file(f, "products/live.png", "live", true);
	f->test->clock.fixed_ms -= INT64_C(1000) * 2 * SWEEPTEST_DAY_SECS;
	sweeptest_run(f, false, true);
	sweeptest_check(f, SWEEP_UNKNOWN_OBJECT, 0, 0);
	sweeptest_check(f, SWEEP_DEAD_OBJECT, 0, 0);
	assert_true(sweeptest_has_object(f, NO_ROW));
}

/*
 * A database that was lost, or another one's: nothing is a reason to empty the
 * bucket.
 */
static void
test_force_refused(void **state)
{
	struct sweeptest *f = *state;
	struct err err = ERR_INIT;

	sweeptest_put_object(f, NO_ROW);
	sweeptest_file(f, "products/gone.png", "gone", true);
	assert_int_equal(sweeptest_try(f, false, true, &err), -1);
	assert_int_equal(err.kind, ERR_CONFLICT);
	assert_true(sweeptest_has_object(f, NO_ROW));
	assert_true(sweeptest_has_object(f, "products/gone.png"));
	/* Reported all the same, and the dead go. */
	err_clear(&err);
	sweeptest_run(f, false, false);
	sweeptest_check(f, SWEEP_UNKNOWN_OBJECT, 1, 0);
	sweeptest_check(f, SWEEP_DEAD_OBJECT, 1, 1);
}

/* What no key of ours can be is not ours to touch, nor in anybody's way. */
static void
test_odd_names(void **state)
{
	static const char *const names[] = { "a\001b", "a\377b", "c\"d", "e\\f" };
	struct sweeptest *f = *state;
	const char *dir = pool_format(f->pool, "%s/uploads/temp", f->root);

	sweeptest_file(f, "products/live.png", "live", true);
	assert_int_equal(mkdir(dir, 0700), 0);
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		(void)tmpdir_file(f->pool, dir, names[i], "x");
	sweeptest_run(f, false, false);
	assert_int_equal(f->report.counts[SWEEP_UNKNOWN_OBJECT].reported,
	    f->report.objects - 1);
	assert_true(sweeptest_has_object(f, "products/live.png"));
}

/* ---- uploads in parts ---- */

static const char *
begin_parts(struct sweeptest *f, const char *key)
{
	const struct store_object object = { .key = key,
		.content_type = "image/png" };
	struct err err = ERR_INIT;
	const char *id;

	if (store_multipart_create(f->test->store, f->pool, &object, &id,
		&err) == -1)
		fail_msg("%s: %s", key, err.text);
	return id;
}

static bool
has_parts(struct sweeptest *f, const char *key, const char *id)
{
	const struct store_multipart upload = { .key = key, .upload_id = id };
	struct store_parts parts;
	struct err err = ERR_INIT;

	if (store_multipart_parts(f->test->store, f->pool, &upload, &parts,
		&err) == 0)
		return true;
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	return false;
}

static void
note_parts(struct sweeptest *f, const char *key, const char *id)
{
	sweeptest_sql(f, pool_format(f->pool,
	    "INSERT INTO multipart_uploads (upload_id, file_id, bucket,"
	    " object_key, created_secs) SELECT '%s', id, bucket, object_key, 1"
	    " FROM files WHERE object_key = '%s'", id, key));
}

/* An upload of a pending record may be under way, however old it is. */
static void
test_parts(void **state)
{
	static const struct {
		const char *key, *state; /* NULL: no record */
		bool is_noted, is_left, is_left_by_force;
	} rows[] = {
		{ "products/tenant_1/a", "pending", true, true, true },
		{ "products/tenant_1/b", "pending", false, true, true },
		{ "products/tenant_1/c", "gone", true, false, false },
		{ "products/tenant_1/d", "rejected", false, false, false },
		{ "products/tenant_1/e", "live", true, false, false },
		{ "products/tenant_1/f", "live", false, false, false },
		{ "products/tenant_1/20261122143800_g", NULL, false, true, false },
		{ "someone/else", NULL, false, true, true },
	};
	struct sweeptest *f = *state;
	const char *ids[ARRAY_COUNT(rows)];

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (rows[i].state != NULL)
			sweeptest_file(f, rows[i].key, rows[i].state,
			    strcmp(rows[i].state, "live") == 0);
		ids[i] = begin_parts(f, rows[i].key);
		if (rows[i].is_noted)
			note_parts(f, rows[i].key, ids[i]);
	}
	sweeptest_sql(f, "UPDATE files SET expires_secs = 1099511627776"
	    " WHERE state = 'pending'");
	sweeptest_run(f, true, true);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_true(has_parts(f, rows[i].key, ids[i]));
	for (int forced = 0; forced < 2; forced++) {
		sweeptest_run(f, false, forced != 0);
		for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
			if (has_parts(f, rows[i].key, ids[i]) !=
			    (forced ? rows[i].is_left_by_force :
				      rows[i].is_left))
				fail_msg("%s, forced %d", rows[i].key, forced);
		assert_true(sweeptest_has_object(f, "products/tenant_1/e"));
	}
}

/* More than a page of objects and of records, with holes. */
static void
test_pages(void **state)
{
	struct sweeptest *f = *state;
	const char *dir = pool_format(f->pool, "%s/uploads/many", f->root);

	assert_int_equal(mkdir(dir, 0700), 0);
	for (int i = 0; i < 2300; i++)
		(void)tmpdir_file(f->pool, dir,
		    pool_format(f->pool, "%04d", i), "x");
	for (int i = 0; i < 2300; i += 500)
		sweeptest_file(f, pool_format(f->pool, "many/%04dx", i), "live",
		    false);
	sweeptest_file(f, "zz", "live", false);
	sweeptest_file(f, "many/1234", "live", false);
	sweeptest_file(f, "many/1235", "gone", false);
	sweeptest_run(f, false, false);
	assert_int_equal(f->report.objects, 2300);
	sweeptest_check(f, SWEEP_UNKNOWN_OBJECT, 2298, 0);
	sweeptest_check(f, SWEEP_LOST_OBJECT, 6, 0);
	sweeptest_check(f, SWEEP_DEAD_OBJECT, 1, 1);
	assert_true(sweeptest_has_object(f, "many/1234"));
	assert_false(sweeptest_has_object(f, "many/1235"));
}

/* A database that fails at any statement: the next sweep ends the work. */
static void
test_faults(void **state)
{
	struct sweeptest *f = *state;
	struct err err = ERR_INIT;
	bool has_failed = true;
	int n = 0;

	make_all(f);
	for (; has_failed && n < FAULTS_MAX; n++) {
		(void)fault_at(n + 1);
		(void)sweeptest_try(f, false, false, &err);
		err_clear(&err);
		has_failed = fault_at(0);
		assert_true(sweeptest_has_object(f, "products/live.png"));
		assert_int_equal(sweeptest_count_files(f, "live"), 2);
	}
	assert_true(n > 5);
	assert_true(n < FAULTS_MAX);
	sweeptest_run(f, false, false);
	check_all_mended(f, false);
}

/* ---- beside live uploads ---- */

enum { UPLOADS = 60 };

struct uploader {
	struct sweeptest *f;
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
		.expires_secs = clock_now_secs(&test->clock) +
		    SWEEPTEST_DAY_SECS };

	if (file_insert(up->db, pool, &file, &up->err) == -1 ||
	    sweeptest_put(test->store, file.key, &up->err) == -1)
		return -1;
	file.size_bytes = 5;
	file.sha256 = "hash";
	file.etag = "etag";
	if (file_update_stored(up->db, &file, &up->err) == -1)
		return -1;
	return file_make_live(up->db, 1, file.id, 20, &up->err);
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
	struct sweeptest *f = *state;
	struct uploader up = { .f = f, .db = f->test->db };
	const struct sweep_input input = { .direct = &f->direct,
		.want_force = true,
		.grace_secs = -4 * SWEEPTEST_DAY_SECS };
	struct err err = ERR_INIT;
	pthread_t thread;
	int sweeps = 0;

	sweeptest_file(f, "products/live.png", "live", true);
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
	assert_int_equal(sweeptest_count_files(f, "live"), UPLOADS + 1);
	for (int i = 0; i < UPLOADS; i++)
		assert_true(sweeptest_has_object(f,
		    pool_format(f->pool, "products/up-%d.png", i)));
	assert_true(sweeps > 1);
}

/* ---- two sweeps at once ---- */

enum { DEAD = 300 };

static void *
sweep_in_thread(void *arg)
{
	struct sweeptest *f = arg;
	const struct sweep_input input = { .direct = &f->direct,
		.grace_secs = SWEEPTEST_GRACE_SECS };
	struct sweep_report report;
	struct err err = ERR_INIT;
	intptr_t failed = sweep_run(&input, &report, &err) == -1;

	for (size_t i = 0; i < SWEEP_KIND_COUNT; i++)
		failed += (intptr_t)report.counts[i].failed;
	return (void *)failed;
}

static void
test_two_sweeps(void **state)
{
	struct sweeptest *f = *state;
	pthread_t threads[2];

	make_all(f);
	for (int i = 0; i < DEAD; i++)
		sweeptest_file(f, pool_format(f->pool, "products/n%d", i),
		    i % 3 == 0 ? "gone" : "pending", true);
	for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
				     sweep_in_thread, f),
		    0);
	for (size_t i = 0; i < ARRAY_COUNT(threads); i++) {
		void *failed;

		(void)pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	check_all_mended(f, false);
	assert_false(sweeptest_has_object(f, "products/n0"));
	assert_false(sweeptest_has_object(f, "products/n1"));
}

/* ---- a server that misbehaves ---- */

#define XML_REPLY(body) \
	"HTTP/1.1 200 OK\r\nConnection: close\r\n" \
	"Content-Type: application/xml\r\n\r\n" body
#define OBJECT(key) \
	"<Contents><Key>" key "</Key><Size>1</Size>" \
	"<LastModified>2013-05-24T00:00:00.000Z</LastModified></Contents>"
#define LISTING(contents, more) \
	XML_REPLY("<ListBucketResult>" contents "<IsTruncated>" more \
		  "</IsTruncated><NextContinuationToken>t" \
		  "</NextContinuationToken></ListBucketResult>")
#define NO_UPLOADS \
	{ "?uploads", SCRIPTED_CUT, \
	    "HTTP/1.1 501 Not Implemented\r\nConnection: close\r\n\r\n" \
	    "<Error><Code>NotImplemented</Code></Error>", 0, 0 }

static void
open_s3(struct sweeptest *f, const char *endpoint)
{
	struct store_s3_config config = { .provider = "generic",
		.endpoint = endpoint,
		.presign_endpoint = "",
		.region = "",
		.bucket = "uploads",
		.addressing = "path",
		.credentials = { .source = "static",
		    .access_key = "AK",
		    .secret_key = "SK" },
		.public_url = "",
		.public_prefixes = "",
		.checksum = "auto",
		.conditional_write = "auto",
		.form_post = "auto",
		.part_bytes = 5 << 20,
		.ca_file = "",
		.connect_timeout_secs = 2,
		.stall_timeout_secs = 2,
		.attempts_max = 1,
		.clock = &f->test->clock,
		.log = &f->test->log };
	struct err err = ERR_INIT;

	if (store_open_s3(f->pool, &config, &f->test->store, &err) == -1)
		fail_msg("%s", err.text);
	f->direct.store = f->test->store;
}

static void
test_bad_listing(void **state)
{
	static const struct {
		struct scripted_step list;
		const char *cause;
	} rows[] = {
		{ { "list-type=2", SCRIPTED_CUT,
		      LISTING(OBJECT("b") OBJECT("a"), "false"), 0, 0 },
		    "out of order" },
		{ { "list-type=2", SCRIPTED_CUT,
		      LISTING(OBJECT("a"), "true"), 0, 0 },
		    "" },
		{ { "list-type=2", SCRIPTED_CUT, LISTING("", "true"), 0, 0 },
		    "" },
		{ { "list-type=2", SCRIPTED_CUT, XML_REPLY("<html>"), 0, 0 },
		    "" },
	};
	struct sweeptest *f = *state;

	sweeptest_file(f, "a", "gone", false);
	sweeptest_sql(f, "UPDATE files SET provider = 's3'");
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct scripted_step steps[] = { NO_UPLOADS,
			rows[i].list,
			{ "", SCRIPTED_REPLY, NULL, 0, 0 } };
		struct scripted *server =
		    scripted_start(steps, ARRAY_COUNT(steps));
		struct err err = ERR_INIT;

		open_s3(f, scripted_url(server));
		assert_int_equal(sweeptest_try(f, false, false, &err), -1);
		if (strstr(err.text, rows[i].cause) == NULL)
			fail_msg("row %zu: %s", i, err.text);
		scripted_stop(server);
	}
}

/* One refusal is counted, and the rest goes on. */
static void
test_refusals(void **state)
{
	static const struct scripted_step steps[] = { NO_UPLOADS,
		{ "list-type=2", SCRIPTED_CUT,
		    LISTING(OBJECT("dead1") OBJECT("dead2"), "false"), 0, 0 },
		{ "POST /uploads?delete", SCRIPTED_CUT,
		    XML_REPLY("<DeleteResult><Error><Key>dead1</Key><Code>"
			      "AccessDenied</Code></Error></DeleteResult>"),
		    0, 0 },
		{ "HEAD /uploads/live", SCRIPTED_CUT,
		    "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n", 0,
		    0 } };
	struct sweeptest *f = *state;
	struct scripted *server = scripted_start(steps, ARRAY_COUNT(steps));
	const struct sweep_count *dead, *lost;

	sweeptest_file(f, "dead1", "gone", false);
	sweeptest_file(f, "dead2", "rejected", false);
	sweeptest_file(f, "live", "live", false);
	sweeptest_sql(f, "UPDATE files SET provider = 's3'");
	open_s3(f, scripted_url(server));
	sweeptest_run(f, false, false);
	dead = &f->report.counts[SWEEP_DEAD_OBJECT];
	lost = &f->report.counts[SWEEP_LOST_OBJECT];
	assert_int_equal(dead->found, 2);
	assert_int_equal(dead->mended, 1);
	assert_int_equal(dead->failed, 1);
	assert_int_equal(lost->failed, 1);
	assert_int_equal(lost->reported, 0);
	scripted_stop(server);
}

#define TEST(name)                                             \
	cmocka_unit_test_setup_teardown(name, sweeptest_setup, \
	    sweeptest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_kind),
		TEST(test_dry_run),
		TEST(test_grace),
		TEST(test_force_refused),
		TEST(test_odd_names),
		TEST(test_parts),
		TEST(test_pages),
		TEST(test_faults),
		TEST(test_beside_uploads),
		TEST(test_two_sweeps),
		TEST(test_bad_listing),
		TEST(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
