/*
 * Writers who share a transaction: none is told of success before the commit,
 * the failure of one is not that of another, and a lost transaction is done
 * again by all.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "lib/tmpdir.h"
#include "sql/sql_private.h"

enum { THREADS = 16, ROUNDS = 20, COMMIT_MS = 2 };

/* SQLite, but commits are slow, are counted, and fail when they should. */
static struct {
	atomic_int commits, undone;
	atomic_int fail_every; /* 0: never */
} fake;

static int
slow_commit(void *conn, struct err *err)
{
	const struct timespec pause = { .tv_nsec = COMMIT_MS * 1000000 };
	int number = atomic_fetch_add(&fake.commits, 1) + 1;
	int every = atomic_load(&fake.fail_every);

	(void)nanosleep(&pause, NULL);
	if (every != 0 && number % every == 0)
		return err_set_code(err, ERR_UNAVAILABLE, SQL_BUSY,
		    "commit %d is made to fail", number);
	return sql_sqlite_driver.commit(conn, err);
}

static int
counted_undo(void *conn)
{
	(void)atomic_fetch_add(&fake.undone, 1);
	return sql_sqlite_driver.undo(conn);
}

struct worker {
	struct sql *db;
	int number;
	bool fails;	    /* every second round, after a change */
	int unseen, surprises; /* what went wrong */
};

struct round {
	int64_t id;
	bool must_fail;
};

static int
change(struct sql *tx, void *arg, struct err *err)
{
	const struct round *round = arg;
	struct sql_value args[] = { SQL_INT(round->id) };

	if (sql_exec(tx, "INSERT INTO things (id) VALUES ($1)", args, 1, NULL,
		err) == -1 ||
	    sql_exec(tx, "UPDATE total SET value = value + 1", NULL, 0, NULL,
		err) == -1)
		return -1;
	return round->must_fail ?
	    err_set_code(err, ERR_CONFLICT, "changed_my_mind", "no") : 0;
}

/* As another connection sees it. */
static bool
is_there(struct sql *db, int64_t id)
{
	struct sql_value args[] = { SQL_INT(id) };
	struct pool *pool = pool_new();
	struct sql_rows rows = { .count = 0 };
	struct err err;
	bool found = sql_query(db, pool, "SELECT id FROM things WHERE id = $1",
			 args, 1, &rows, &err) == 0 &&
	    rows.count == 1;

	pool_free(&pool);
	return found;
}

static void *
work(void *arg)
{
	struct worker *worker = arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct round round = { .id = worker->number * ROUNDS + i,
			.must_fail = worker->fails && i % 2 == 1 };
		struct err err = ERR_INIT;
		int result = sql_transaction(worker->db, change, &round, &err);

		if (result != (round.must_fail ? -1 : 0) ||
		    (result == -1 &&
			strcmp(err.code, "changed_my_mind") != 0))
			worker->surprises++;
		if (is_there(worker->db, round.id) == round.must_fail)
			worker->unseen++;
	}
	return NULL;
}

static int64_t
total(struct sql *db, const char *query)
{
	struct pool *pool = pool_new();
	struct sql_rows rows;
	struct err err = ERR_INIT;
	int64_t value;

	assert_int_equal(sql_query(db, pool, query, NULL, 0, &rows, &err), 0);
	value = sql_int(&rows, 0, 0);
	pool_free(&pool);
	return value;
}

/* Every fourth worker changes his mind in every second round. */
static void
run_all(struct sql *db)
{
	struct worker workers[THREADS] = { { .db = NULL } };
	pthread_t threads[THREADS];
	int kept = THREADS * ROUNDS - THREADS / 4 * (ROUNDS / 2);

	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .db = db,
			.number = i,
			.fails = i % 4 == 0 };
		assert_int_equal(
		    pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(workers[i].surprises, 0);
		assert_int_equal(workers[i].unseen, 0);
	}
	assert_int_equal(total(db, "SELECT count(*) FROM things"), kept);
	assert_int_equal(total(db, "SELECT value FROM total"), kept);
}

static struct sql *
open_db(struct pool *pool, int connections)
{
	static struct sql_driver driver;
	const struct sql_config config = {
		.url = pool_format(pool, "sqlite:%s/batch.db",
		    tmpdir_new(pool)),
		.is_volatile = true,
	};
	struct err err = ERR_INIT;
	struct sql *db;

	driver = sql_sqlite_driver;
	driver.commit = slow_commit;
	driver.undo = counted_undo;
	atomic_store(&fake.fail_every, 0);
	if (sql_open_driver(pool, &driver, &config, connections, &db, &err) ==
		-1 ||
	    sql_script(db,
		"CREATE TABLE things (id BIGINT PRIMARY KEY);"
		"CREATE TABLE total (value BIGINT NOT NULL);"
		"INSERT INTO total (value) VALUES (0)",
		&err) == -1)
		fail_msg("%s", err.text);
	atomic_store(&fake.commits, 0);
	atomic_store(&fake.undone, 0);
	return db;
}

static void
test_shared(void **state)
{
	struct sql *db = open_db(*state, THREADS);

	run_all(db);
	/* Far fewer commits than writers, and some had to be undone. */
	assert_true(atomic_load(&fake.commits) < THREADS * ROUNDS / 2);
	assert_true(atomic_load(&fake.undone) > 0);
}

static void
test_lost_commits(void **state)
{
	struct sql *db = open_db(*state, THREADS);

	atomic_store(&fake.fail_every, 3);
	run_all(db);
}

/* Readers and writers take turns on very few connections. */
static void
test_two_connections(void **state)
{
	struct sql *db = open_db(*state, 2);

	run_all(db);
}

static void *
insert_same(void *arg)
{
	struct worker *worker = arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct round round = { .id = i };
		struct err err = ERR_INIT;

		if (sql_transaction(worker->db, change, &round, &err) == -1 &&
		    strcmp(err.code, "unique") != 0)
			worker->surprises++;
		if (!is_there(worker->db, i))
			worker->unseen++;
	}
	return NULL;
}

/* Who lost against another hears of it when the other's change is there. */
static void
test_losers(void **state)
{
	struct sql *db = open_db(*state, THREADS);
	struct worker workers[THREADS] = { { .db = NULL } };
	pthread_t threads[THREADS];

	atomic_store(&fake.fail_every, 4);
	for (int i = 0; i < THREADS; i++) {
		workers[i].db = db;
		assert_int_equal(pthread_create(&threads[i], NULL, insert_same,
				     &workers[i]),
		    0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(workers[i].surprises, 0);
		assert_int_equal(workers[i].unseen, 0);
	}
	assert_int_equal(total(db, "SELECT value FROM total"), ROUNDS);
}

/* Nobody waits: one transaction, one commit, no savepoint. */
static void
test_alone(void **state)
{
	struct sql *db = open_db(*state, 2);
	struct round good = { .id = 1 }, bad = { .id = 2, .must_fail = true };
	struct err err = ERR_INIT;

	assert_int_equal(sql_transaction(db, change, &bad, &err), -1);
	assert_string_equal(err.code, "changed_my_mind");
	assert_int_equal(sql_transaction(db, change, &good, &err), 0);
	assert_false(is_there(db, 2));
	assert_true(is_there(db, 1));
	assert_int_equal(total(db, "SELECT value FROM total"), 1);
	assert_int_equal(atomic_load(&fake.commits), 1);
	assert_int_equal(atomic_load(&fake.undone), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_alone),
		POOL_TEST(test_shared),
		POOL_TEST(test_lost_commits),
		POOL_TEST(test_losers),
		POOL_TEST(test_two_connections),
	};

	return cmocka_run_group_tests_name("sql/batch", tests, NULL, NULL);
}
