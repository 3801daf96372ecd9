/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/database.h"
#include "lib/sql_fault.h"
#include "lib/tmpdir.h"
#include "model/limit.h"

#define NOW_MS INT64_C(1795358280000)

static const struct limit_rule upload = { "upload", 5, 60 };
static const struct limit_rule odd = { "odd", 7, 60 };
static const struct limit_rule wide = { "wide", 20, 60 };
static const struct limit_rule none = { "none", 0, 60 };

struct fixture {
	struct pool *pool;
	struct clock clock;
	struct sql *db;
	struct limiter *limiter;
	struct err err;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->pool = pool_new();
	f->clock.fixed_ms = NOW_MS;
	assert_int_equal(
	    fault_open(f->pool, database_new(f->pool, "sqlite::memory:"),
		&f->db, &f->err),
	    0);
	assert_int_equal(limiter_open_in(f->pool, f->db, &f->clock,
			     &f->limiter, &f->err),
	    0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	(void)fault_at(0);
	pool_free(&f->pool);
	free(f);
	return 0;
}

static struct limit_verdict
take(struct fixture *f, const struct limit_bucket *buckets, size_t count)
{
	struct limit_verdict verdict;

	if (limiter_take(f->limiter, buckets, count, &verdict, &f->err) == -1)
		fail_msg("%s", f->err.text);
	return verdict;
}

static struct limit_verdict
peek(struct fixture *f, const struct limit_bucket *bucket)
{
	struct limit_verdict verdict;

	if (limiter_peek(f->limiter, bucket, 1, &verdict, &f->err) == -1)
		fail_msg("%s", f->err.text);
	return verdict;
}

static int64_t
count_rows(struct fixture *f)
{
	struct sql_rows rows;

	assert_int_equal(sql_query(f->db, f->pool,
			     "SELECT count(*) FROM rate_buckets", NULL, 0,
			     &rows, &f->err),
	    0);
	return sql_int(&rows, 0, 0);
}

/* ---- arithmetic ---- */

static void
test_burst(void **state)
{
	/* After so many milliseconds: who gets in, what is left. */
	static const struct {
		int64_t wait_ms;
		bool is_allowed;
		int64_t remaining, retry_secs, reset_secs;
	} rows[] = {
		{ 0, true, 4, 0, 12 },
		{ 0, true, 3, 0, 24 },
		{ 0, true, 2, 0, 36 },
		{ 0, true, 1, 0, 48 },
		{ 0, true, 0, 12, 60 },
		{ 0, false, 0, 12, 60 },
		{ 1, false, 0, 12, 60 },
		{ 11998, false, 0, 1, 49 },
		{ 1, true, 0, 12, 60 },
		{ 0, false, 0, 12, 60 },
		{ 24000, true, 1, 0, 48 },
		{ 3600000, true, 4, 0, 12 },
	};
	struct fixture *f = *state;
	const struct limit_bucket bucket = { &upload, "user", "ana" };

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct limit_verdict verdict;

		f->clock.fixed_ms += rows[i].wait_ms;
		verdict = take(f, &bucket, 1);
		assert_int_equal(verdict.is_allowed, rows[i].is_allowed);
		assert_int_equal(verdict.remaining, rows[i].remaining);
		assert_int_equal(verdict.retry_secs, rows[i].retry_secs);
		assert_int_equal(verdict.reset_secs, rows[i].reset_secs);
		assert_ptr_equal(verdict.rule, &upload);
	}
}

static int
take_many(struct fixture *f, const struct limit_bucket *bucket, int tries)
{
	int taken = 0;

	for (int i = 0; i < tries; i++)
		if (take(f, bucket, 1).is_allowed)
			taken++;
	return taken;
}

/* Sixty seconds of a try each millisecond: no token is lost by rounding. */
static void
test_no_rounding(void **state)
{
	struct fixture *f = *state;
	const struct limit_bucket bucket = { &odd, "user", "ana" };
	int taken = take_many(f, &bucket, 10);

	assert_int_equal(taken, 7);
	for (int ms = 0; ms < 60000; ms += 7) {
		f->clock.fixed_ms += 7;
		taken += take_many(f, &bucket, 1);
	}
	assert_int_equal(taken, 14);
}

static void
test_peek_and_refill(void **state)
{
	struct fixture *f = *state;
	const struct limit_bucket bucket = { &upload, "user", "ana" };

	assert_true(peek(f, &bucket).is_allowed);
	assert_int_equal(peek(f, &bucket).remaining, 5);
	assert_int_equal(count_rows(f), 0);
	assert_int_equal(take_many(f, &bucket, 8), 5);
	assert_false(peek(f, &bucket).is_allowed);
	assert_int_equal(peek(f, &bucket).retry_secs, 12);
	assert_int_equal(limiter_refill(f->limiter, &bucket, &f->err), 0);
	assert_int_equal(peek(f, &bucket).remaining, 5);
	assert_int_equal(take_many(f, &bucket, 8), 5);
}

/* Never more than it holds. */
static void
test_give_back(void **state)
{
	struct fixture *f = *state;
	const struct limit_bucket bucket = { &upload, "user", "ana" };

	assert_int_equal(limiter_give_back(f->limiter, &bucket, &f->err), 0);
	assert_int_equal(take_many(f, &bucket, 3), 3);
	assert_int_equal(limiter_give_back(f->limiter, &bucket, &f->err), 0);
	assert_int_equal(peek(f, &bucket).remaining, 3);
	for (int i = 0; i < 9; i++)
		assert_int_equal(
		    limiter_give_back(f->limiter, &bucket, &f->err), 0);
	assert_int_equal(peek(f, &bucket).remaining, 5);
	assert_int_equal(take_many(f, &bucket, 8), 5);
}

/* Kind, rule, size and person each make a bucket of their own. */
static void
test_apart(void **state)
{
	static const struct limit_rule larger = { "upload", 6, 60 };
	static const struct limit_bucket buckets[] = {
		{ &upload, "user", "ana" },
		{ &upload, "token", "ana" },
		{ &upload, "user", "" },
		{ &upload, "user", "ana " },
		{ &larger, "user", "ana" },
		{ &odd, "user", "ana" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(buckets); i++)
		assert_int_equal(take_many(f, &buckets[i], 9),
		    buckets[i].rule->burst);
	assert_int_equal(count_rows(f), ARRAY_COUNT(buckets));
}

static void
test_no_limit(void **state)
{
	struct fixture *f = *state;
	const struct limit_bucket buckets[] = { { &none, "user", "ana" },
		{ &none, "address", "::1" } };
	struct limit_verdict verdict;

	(void)fault_from(1); /* not one statement */
	verdict = take(f, buckets, 2);
	assert_true(verdict.is_allowed);
	assert_null(verdict.rule);
	assert_true(peek(f, buckets).is_allowed);
	assert_false(fault_at(0));
}

/* ---- several ---- */

static void
test_all_or_none(void **state)
{
	struct fixture *f = *state;
	const struct limit_bucket user = { &upload, "user", "ana" };
	const struct limit_bucket address = { &wide, "address", "::1" };
	const struct limit_bucket both[] = { user, { &none, "x", "" },
		address };
	struct limit_verdict verdict;

	verdict = take(f, both, 3);
	assert_true(verdict.is_allowed);
	assert_ptr_equal(verdict.rule, &upload);
	assert_int_equal(verdict.remaining, 4);
	assert_int_equal(take_many(f, &user, 9), 4);
	for (int i = 0; i < 9; i++) {
		verdict = take(f, both, 3);
		assert_false(verdict.is_allowed);
		assert_ptr_equal(verdict.rule, &upload);
		assert_int_equal(verdict.retry_secs, 12);
	}
	assert_int_equal(peek(f, &address).remaining, 19);
	/* Now the address is the one that is empty. */
	assert_int_equal(take_many(f, &address, 30), 19);
	assert_int_equal(limiter_refill(f->limiter, &user, &f->err), 0);
	verdict = take(f, both, 3);
	assert_false(verdict.is_allowed);
	assert_ptr_equal(verdict.rule, &wide);
	assert_int_equal(verdict.retry_secs, 3);
	assert_int_equal(peek(f, &user).remaining, 5);
}

static void
test_four(void **state)
{
	struct fixture *f = *state;
	struct limit_bucket buckets[LIMIT_BUCKETS_MAX];
	int taken = 0;

	for (int i = 0; i < LIMIT_BUCKETS_MAX; i++)
		buckets[i] = (struct limit_bucket){ i == 2 ? &upload : &wide,
			"user", pool_format(f->pool, "%d", i) };
	for (size_t count = 1; count <= LIMIT_BUCKETS_MAX; count++)
		assert_true(take(f, buckets, count).is_allowed);
	for (int i = 0; i < 9; i++)
		taken += take(f, buckets, LIMIT_BUCKETS_MAX).is_allowed;
	assert_int_equal(taken, 3);
	assert_int_equal(peek(f, &buckets[0]).remaining, 20 - 4 - 3);
	assert_int_equal(peek(f, &buckets[3]).remaining, 20 - 1 - 3);
}

/* ---- clocks ---- */

/* Two servers, one a little behind: together they give no more. */
static void
test_two_clocks(void **state)
{
	struct fixture *f = *state;
	const struct limit_bucket bucket = { &upload, "user", "ana" };
	int taken = 0;

	for (int i = 0; i < 20; i++) {
		f->clock.fixed_ms = NOW_MS - (i % 2 == 0 ? 0 : 5000);
		taken += take_many(f, &bucket, 1);
	}
	assert_int_equal(taken, 5);
	f->clock.fixed_ms = NOW_MS + 12000;
	assert_int_equal(take_many(f, &bucket, 9), 1);
}

/* A clock that was days ahead for a moment locks nobody out for days. */
static void
test_wrong_clock(void **state)
{
	struct fixture *f = *state;
	const struct limit_bucket bucket = { &upload, "user", "ana" };

	f->clock.fixed_ms = NOW_MS + INT64_C(86400000);
	assert_int_equal(take_many(f, &bucket, 9), 5);
	f->clock.fixed_ms = NOW_MS;
	assert_int_equal(take_many(f, &bucket, 9), 1);
	f->clock.fixed_ms += 24000;
	assert_int_equal(take_many(f, &bucket, 9), 2);
}

static void
test_purge(void **state)
{
	struct fixture *f = *state;
	struct limit_bucket bucket = { &upload, "user", "" };

	for (int i = 0; i < 10; i++) {
		bucket.who = pool_format(f->pool, "%d", i);
		assert_int_equal(take_many(f, &bucket, i < 5 ? 1 : 2),
		    i < 5 ? 1 : 2);
	}
	assert_int_equal(limiter_purge(f->limiter, &f->err), 0);
	assert_int_equal(count_rows(f), 10);
	f->clock.fixed_ms += 12000;
	assert_int_equal(limiter_purge(f->limiter, &f->err), 0);
	assert_int_equal(count_rows(f), 5);
	assert_int_equal(peek(f, &bucket).remaining, 4);
	/* Long before it all: what a wrong clock has written goes too. */
	f->clock.fixed_ms -= 7200000;
	assert_int_equal(limiter_purge(f->limiter, &f->err), 0);
	assert_int_equal(count_rows(f), 0);
}

/* Without a sweeper rows do not pile up either. */
static void
test_purge_by_chance(void **state)
{
	struct fixture *f = *state;
	struct limit_bucket bucket = { &upload, "user", "" };
	int64_t most = 0, rows;

	for (int i = 0; i < 30000; i++) {
		struct pool *pool = pool_new();

		f->clock.fixed_ms += 12000;
		bucket.who = pool_format(pool, "%d", i);
		assert_true(take(f, &bucket, 1).is_allowed);
		pool_free(&pool);
		if (i % 1000 == 0 && (rows = count_rows(f)) > most)
			most = rows;
	}
	assert_true(most < 20000);
}

/* ---- failures ---- */

static void
test_faults(void **state)
{
	struct fixture *f = *state;
	const struct limit_bucket user = { &upload, "user", "ana" };
	const struct limit_bucket address = { &wide, "address", "::1" };
	const struct limit_bucket both[] = { user, address };
	struct limit_verdict verdict;
	int n;

	assert_int_equal(take_many(f, &user, 5), 5);
	/* Take, give back, look at the empty one: each may fail. */
	for (n = 1; n < 9; n++) {
		(void)fault_at(n);
		if (limiter_take(f->limiter, both, 2, &verdict, &f->err) == 0)
			break;
		assert_true(fault_at(0));
		assert_int_equal(f->err.kind, ERR_UNAVAILABLE);
	}
	/* SQLite begins and commits for it. */
	assert_int_equal(n, database_is_pgsql() ? 4 : 6);
	(void)fault_at(1);
	assert_int_equal(
	    limiter_peek(f->limiter, both, 2, &verdict, &f->err), -1);
	(void)fault_at(2);
	assert_int_equal(
	    limiter_peek(f->limiter, both, 2, &verdict, &f->err), -1);
	(void)fault_at(1);
	assert_int_equal(limiter_refill(f->limiter, &user, &f->err), -1);
	(void)fault_at(1);
	assert_int_equal(limiter_purge(f->limiter, &f->err), -1);
}

static void
test_open_faults(void **state)
{
	struct pool *pool = *state;
	const struct clock clock = { .fixed_ms = NOW_MS };
	struct limiter *limiter;
	struct err err = ERR_INIT;
	struct sql *db;

	assert_int_equal(fault_open(pool, database_new(pool, "sqlite::memory:"),
			     &db, &err),
	    0);
	(void)fault_from(1);
	assert_int_equal(limiter_open_in(pool, db, &clock, &limiter, &err),
	    -1);
	/* A rival has made it at the same moment. */
	(void)fault_at(1);
	assert_int_equal(limiter_open_in(pool, db, &clock, &limiter, &err), 0);
	assert_true(fault_at(1));
	/* It is there, and making it is forbidden. */
	assert_int_equal(limiter_open_in(pool, db, &clock, &limiter, &err), 0);
	assert_true(fault_at(0));
}

/* It may come: each use tries anew. */
static void
test_absent(void **state)
{
	struct pool *pool = *state;
	const struct clock clock = { .fixed_ms = NOW_MS };
	const struct limit_bucket bucket = { &upload, "user", "ana" };
	const char *dir = pool_format(pool, "%s/data", tmpdir_new(pool));
	struct limiter *limiter = limiter_new(pool,
	    pool_format(pool, "sqlite:%s/a.db", dir), &clock);
	struct limit_verdict verdict;
	struct err err = ERR_INIT;

	assert_int_equal(limiter_take(limiter, &bucket, 1, &verdict, &err),
	    -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	assert_int_equal(limiter_peek(limiter, &bucket, 1, &verdict, &err),
	    -1);
	assert_int_equal(limiter_refill(limiter, &bucket, &err), -1);
	assert_int_equal(limiter_purge(limiter, &err), -1);
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(limiter_take(limiter, &bucket, 1, &verdict, &err), 0);
	assert_true(verdict.is_allowed);
}

/* ---- rivals ---- */

enum { THREADS = 8, PROCESSES = 4, TRIES = 60 };

static const struct limit_rule burst_100 = { "burst", 100, 60 };
static const struct limit_rule burst_150 = { "wider", 150, 60 };

struct rival {
	struct limiter *limiter;
	int number, taken;
	int failed;
};

static void *
run_rival(void *arg)
{
	struct rival *rival = arg;
	const struct limit_bucket buckets[] = {
		{ &burst_100, "user", "ana" },
		{ &burst_150, "address", "::1" },
	};
	struct limit_verdict verdict;
	struct err err;

	for (int i = 0; i < TRIES; i++) {
		if (limiter_take(rival->limiter, buckets, 2, &verdict, &err) ==
		    -1)
			rival->failed++;
		else
			rival->taken += verdict.is_allowed;
	}
	return NULL;
}

/* As many as `count` threads get. */
static int
run_rivals(struct limiter *limiter, int count)
{
	struct rival rivals[THREADS];
	pthread_t threads[THREADS];
	int taken = 0;

	for (int i = 0; i < count; i++) {
		rivals[i] = (struct rival){ .limiter = limiter, .number = i };
		assert_int_equal(pthread_create(&threads[i], NULL, run_rival,
				     &rivals[i]),
		    0);
	}
	for (int i = 0; i < count; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(rivals[i].failed, 0);
		taken += rivals[i].taken;
	}
	return taken;
}

static void
check_left(struct limiter *limiter)
{
	const struct limit_bucket address = { &burst_150, "address", "::1" };
	struct limit_verdict verdict;
	struct err err;

	assert_int_equal(limiter_peek(limiter, &address, 1, &verdict, &err),
	    0);
	assert_int_equal(verdict.remaining, 50);
}

static void
race_threads(struct pool *pool, const char *url)
{
	const struct clock clock = { .fixed_ms = NOW_MS };
	struct limiter *limiter = limiter_new(pool, url, &clock);

	assert_int_equal(run_rivals(limiter, THREADS), 100);
	check_left(limiter);
}

/* In a process of its own: how many it got. */
static int
run_process(const char *url, const struct clock *clock)
{
	struct pool *pool = pool_new();
	int taken = run_rivals(limiter_new(pool, url, clock), 2);

	pool_free(&pool);
	return taken;
}

static int
wait_taken(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), 255);
	return WEXITSTATUS(status);
}

/* All open it at the same moment, and make its table. */
static void
race_processes(struct pool *pool, const char *url)
{
	const struct clock clock = { .fixed_ms = NOW_MS };
	pid_t pids[PROCESSES];
	int taken = 0;

	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		assert_int_not_equal(pids[i], -1);
		if (pids[i] == 0)
			_exit(run_process(url, &clock));
	}
	for (int i = 0; i < PROCESSES; i++)
		taken += wait_taken(pids[i]);
	assert_int_equal(taken, 100);
	check_left(limiter_new(pool, url, &clock));
}

static const char *
new_database(struct pool *pool)
{
	return database_new(pool,
	    pool_format(pool, "sqlite:%s/a.db", tmpdir_new(pool)));
}

static void
test_race(void **state)
{
	struct pool *pool = *state;

	race_processes(pool, new_database(pool));
	race_threads(pool, new_database(pool));
	race_threads(pool, "sqlite::memory:");
}

static void
test_file(void **state)
{
	struct pool *pool = *state;
	const struct clock clock = { .fixed_ms = NOW_MS };
	const char *dir = tmpdir_new(pool);
	struct limiter *limiter = limiter_new(pool,
	    pool_format(pool, "sqlite:%s/a.db", dir), &clock);
	struct err err = ERR_INIT;

	assert_int_equal(tmpdir_count(dir), 0);
	assert_int_equal(limiter_purge(limiter, &err), 0);
	assert_int_equal(
	    access(pool_format(pool, "%s/a.db-limits", dir), F_OK), 0);
	assert_int_equal(access(pool_format(pool, "%s/a.db", dir), F_OK), -1);
}

static void
test_address_of(void **state)
{
	static const struct {
		const char *address, *bucket;
	} rows[] = {
		{ "192.0.2.7", "192.0.2.7" },
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64" },
		{ "2001:db8:1:2::", "2001:db8:1:2::/64" },
		{ "::1", "::/64" },
		{ "::ffff:192.0.2.7", "192.0.2.7" },
		{ "::ffff:c000:207", "192.0.2.7" },
		{ "unix:", "unix:" },
		{ "", "" },
	};
	struct pool *pool = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(limit_address(pool, rows[i].address),
		    rows[i].bucket);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		TEST(test_burst),
		TEST(test_no_rounding),
		TEST(test_peek_and_refill),
		TEST(test_give_back),
		TEST(test_apart),
		TEST(test_no_limit),
		TEST(test_all_or_none),
		TEST(test_four),
		TEST(test_two_clocks),
		TEST(test_wrong_clock),
		TEST(test_purge),
		TEST(test_purge_by_chance),
		TEST(test_faults),
		POOL_TEST(test_open_faults),
		POOL_TEST(test_absent),
		POOL_TEST(test_race),
		POOL_TEST(test_file),
		POOL_TEST(test_address_of),
	};

	return cmocka_run_group_tests_name("limit", tests, NULL, NULL);
}
