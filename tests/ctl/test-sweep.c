/*
 * What `almacenctl sweep` prints, and when it refuses to; model/test-sweep has
 * what it does.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"
#include "lib/tmpdir.h"

#include <sys/stat.h>
#include <unistd.h>

#include "codec/json.h"
#include "ctl/command.h"
#include "model/limit.h"
#include "model/schema.h"

enum { ENV_MAX = 8, ARGS_MAX = 3, ITEMS_MAX = 10000, MORE = 7 };

struct fixture {
	struct pool *pool;
	const char *data, *dir; /* of the objects below temp/ */
	const char *env[ENV_MAX];
	int status;
	const char *output;
};

static struct fixture
fixture(struct pool *pool)
{
	struct fixture f = { .pool = pool, .data = tmpdir_new(pool) };

	f.dir = pool_format(pool, "%s/objects/uploads/temp", f.data);
	assert_int_equal(mkdir(pool_format(pool, "%s/objects", f.data), 0700),
	    0);
	assert_int_equal(mkdir(pool_format(pool, "%s/objects/uploads", f.data),
			     0700),
	    0);
	assert_int_equal(mkdir(f.dir, 0700), 0);
	f.env[0] = "ENVIRONMENT=development";
	f.env[1] = "STORE=file";
	f.env[2] = "SECRET_KEY=secret";
	f.env[3] = pool_format(pool, "DATA_DIR=%s", f.data);
	return f;
}

static void
make_database(struct fixture *f)
{
	const struct log log = { .fd = 2, .least = LOG_ERROR };
	struct pool *pool = pool_new();
	struct err err = ERR_INIT;
	struct sql *db;

	if (sql_open(pool, pool_format(pool, "sqlite:%s/almacen.db", f->data),
		1, &db, &err) == -1 ||
	    sql_migrate(db, schema_migrations, SCHEMA_VERSION, &log, &err) ==
		-1)
		fail_msg("%s", err.text);
	pool_free(&pool);
}

/* Long after everything was stored; the output may be megabytes. */
static void
run(struct fixture *f, const char *const args[ARGS_MAX])
{
	const struct clock clock = { .fixed_ms = INT64_C(4102444800000) };
	struct ctl ctl = { .pool = f->pool,
		.clock = &clock,
		.environ = f->env };
	char *argv[ARGS_MAX + 2] = { pool_strdup(f->pool, "sweep") };
	char *text = NULL;
	size_t size;
	int argc = 1;

	for (size_t i = 0; i < ARGS_MAX && args[i] != NULL; i++)
		argv[argc++] = pool_strdup(f->pool, args[i]);
	log_init(&ctl.log, 2, LOG_ERROR);
	ctl.out = open_memstream(&text, &size);
	assert_non_null(ctl.out);
	f->status = cmd_sweep(&ctl, argc, argv);
	assert_int_equal(fclose(ctl.out), 0);
	f->output = pool_strdup(f->pool, text);
	free(text);
}

static const struct json *
run_json(struct fixture *f)
{
	static const char *const args[ARGS_MAX] = { "--json" };
	struct err err = ERR_INIT;
	struct json *root;

	run(f, args);
	assert_int_equal(f->status, CTL_OK);
	if (json_parse(f->pool, slice_str(f->output), &root, &err) == -1)
		fail_msg("%s", err.text);
	return root;
}

static void
put_many(struct fixture *f, int from, int to)
{
	for (int i = from; i < to; i++)
		(void)tmpdir_file(f->pool, f->dir,
		    pool_format(f->pool, "%05d", i), "");
}

/* All are counted, but not all are listed. */
static void
test_truncated(void **state)
{
	struct fixture f = fixture(*state);
	const struct json *root, *count;

	make_database(&f);
	put_many(&f, 0, ITEMS_MAX);
	root = run_json(&f);
	assert_int_equal(json_count(json_find(root, "items")), ITEMS_MAX);
	assert_false(json_bool(json_find(root, "truncated")));
	put_many(&f, ITEMS_MAX, ITEMS_MAX + MORE);
	root = run_json(&f);
	assert_int_equal(json_count(json_find(root, "items")), ITEMS_MAX);
	assert_true(json_bool(json_find(root, "truncated")));
	count = json_find(json_find(root, "counts"), "unknown_object");
	assert_int_equal(json_number(json_find(count, "reported")),
	    ITEMS_MAX + MORE);
	assert_int_equal(json_number(json_find(root, "objects")),
	    ITEMS_MAX + MORE);
}

static void
test_text(void **state)
{
	static const struct {
		const char *args[ARGS_MAX];
		const char *output;
	} rows[] = {
		{ { NULL },
		    "reported    unknown_object     temp/a\\x1b[2Jb"
		    "  (not named as ours are)\n"
		    "sweep: 0 mended, 0 failed, 1 to look at; 1 objects\n" },
		{ { "--log" },
		    "sweep: 0 mended, 0 failed, 1 to look at; 1 objects\n" },
		{ { "--dry-run" },
		    "reported    unknown_object     temp/a\\x1b[2Jb"
		    "  (not named as ours are)\n"
		    "sweep: 0 to mend, 1 to look at; nothing was changed;"
		    " 1 objects\n" },
	};
	struct fixture f = fixture(*state);

	make_database(&f);
	(void)tmpdir_file(f.pool, f.dir, "a\x1b[2Jb", "");
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		run(&f, rows[i].args);
		assert_int_equal(f.status, CTL_OK);
		assert_string_equal(f.output, rows[i].output);
	}
}

/* A database is not made: an empty one knows of nothing. */
static void
test_no_database(void **state)
{
	static const char *const none[ARGS_MAX] = { NULL };
	static const char *const force[ARGS_MAX] = { "--force" };
	struct fixture f = fixture(*state);

	put_many(&f, 0, 1);
	run(&f, none);
	assert_int_equal(f.status, CTL_REFUSED);
	assert_int_equal(access(pool_format(f.pool, "%s/almacen.db", f.data),
			     F_OK),
	    -1);
	make_database(&f);
	run(&f, force);
	assert_int_equal(f.status, CTL_REFUSED);
	assert_int_equal(tmpdir_count(f.dir), 1);
}

/* Buckets that are full again go too, but not in a rehearsal. */
static void
test_limits(void **state)
{
	static const char *const rehearse[ARGS_MAX] = { "--dry-run" };
	static const char *const none[ARGS_MAX] = { NULL };
	static const struct limit_rule rule = { "upload", 5, 60 };
	const struct limit_bucket bucket = { &rule, "user", "ana" };
	const struct clock clock = { .fixed_ms = INT64_C(1795358280000) };
	struct fixture f = fixture(*state);
	const char *url = pool_format(f.pool, "sqlite:%s/almacen.db", f.data);
	struct limiter *limiter = limiter_new(f.pool, url, &clock);
	struct limit_verdict verdict;
	struct err err = ERR_INIT;

	make_database(&f);
	assert_int_equal(limiter_take(limiter, &bucket, 1, &verdict, &err),
	    0);
	run(&f, rehearse);
	assert_int_equal(f.status, CTL_OK);
	assert_int_equal(limiter_peek(limiter, &bucket, 1, &verdict, &err),
	    0);
	assert_int_equal(verdict.remaining, 4);
	run(&f, none);
	assert_int_equal(f.status, CTL_OK);
	assert_int_equal(limiter_peek(limiter, &bucket, 1, &verdict, &err),
	    0);
	assert_int_equal(verdict.remaining, 5);
}

static void
test_usage(void **state)
{
	static const char *const rows[][ARGS_MAX] = {
		{ "--what" },
		{ "more" },
		{ "--json", "--log" },
	};
	struct fixture f = fixture(*state);

	make_database(&f);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		run(&f, rows[i]);
		assert_int_equal(f.status, CTL_USAGE);
		assert_string_equal(f.output, "");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_truncated),
		POOL_TEST(test_text),
		POOL_TEST(test_no_database),
		POOL_TEST(test_limits),
		POOL_TEST(test_usage),
	};

	return cmocka_run_group_tests_name("ctl/sweep", tests, NULL, NULL);
}
