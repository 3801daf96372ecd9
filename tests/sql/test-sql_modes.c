/*
 * Transactions that everybody runs on the same row, and statements that wait
 * for nobody.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "lib/database.h"
#include "lib/tmpdir.h"
#include "sql/sql.h"

enum { THREADS = 8, ROUNDS = 25, ROOM = 150, SOON_MS = 2000 };

struct fixture {
	struct pool *pool;
	const char *url;
	struct sql *db;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err = ERR_INIT;

	f->pool = pool_new();
	f->url = database_new(f->pool,
	    pool_format(f->pool, "sqlite:%s/t.db", tmpdir_new(f->pool)));
	assert_int_equal(sql_open(f->pool, f->url, THREADS, &f->db, &err), 0);
	assert_int_equal(sql_script(f->db,
			     "CREATE TABLE room (id BIGINT, used BIGINT);"
			     "INSERT INTO room VALUES (1, 0);"
			     "CREATE TABLE things (id BIGINT PRIMARY KEY)",
			     &err),
	    0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	pool_free(&f->pool);
	free(f);
	return 0;
}

static int64_t
number(struct sql *db, const char *query)
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

/* ---- a row that everybody changes ---- */

static atomic_int calls;

/* While there is room: take some of it, and leave a row of one's own. */
static int
take_room(struct sql *tx, void *arg, struct err *err)
{
	struct sql_value args[] = { SQL_INT(*(const int64_t *)arg) };
	struct sql_value room[] = { SQL_INT(ROOM) };
	int64_t changed;

	(void)atomic_fetch_add(&calls, 1);
	if (sql_exec(tx,
		"UPDATE room SET used = used + 1 WHERE id = 1 AND used < $1",
		room, 1, &changed, err) == -1)
		return -1;
	if (changed == 0)
		return err_set_code(err, ERR_TOO_LARGE, "no_room", "full");
	return sql_exec(tx, "INSERT INTO things (id) VALUES ($1)", args, 1,
	    NULL, err);
}

struct worker {
	struct sql *db;
	int64_t first;
	int surprises;
};

static void *
work(void *arg)
{
	struct worker *worker = arg;

	for (int64_t i = 0; i < ROUNDS; i++) {
		int64_t id = worker->first + i;
		struct err err = ERR_INIT;

		if (sql_transaction_read_committed(worker->db, take_room, &id,
			&err) == -1 &&
		    strcmp(err.code, "no_room") != 0)
			worker->surprises++;
	}
	return NULL;
}

static void
test_shared_row(void **state)
{
	struct fixture *f = *state;
	struct worker workers[THREADS];
	pthread_t threads[THREADS];

	atomic_store(&calls, 0);
	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ f->db, (int64_t)i * ROUNDS, 0 };
		assert_int_equal(
		    pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(workers[i].surprises, 0);
	}
	/* Each took its turn, once. */
	assert_int_equal(atomic_load(&calls), THREADS * ROUNDS);
	assert_int_equal(number(f->db, "SELECT used FROM room"), ROOM);
	assert_int_equal(number(f->db, "SELECT count(*) FROM things"), ROOM);
}

/* ---- waiting for nobody ---- */

static int
touch(struct sql *db, struct err *err)
{
	return sql_exec_now(db, "UPDATE room SET used = 7 WHERE id = 1", NULL,
	    0, err);
}

/* While a transaction changes the row, of this process or of another. */
static int
touch_meanwhile(struct sql *tx, void *arg, struct err *err)
{
	struct sql *db = arg;
	int64_t start_ms = clock_monotonic_ms();
	struct err busy = ERR_INIT;

	if (sql_exec(tx, "UPDATE room SET used = 1 WHERE id = 1", NULL, 0,
		NULL, err) == -1)
		return -1;
	assert_int_equal(touch(db, &busy), -1);
	assert_int_equal(busy.kind, ERR_UNAVAILABLE);
	assert_true(clock_monotonic_ms() - start_ms < SOON_MS);
	return 0;
}

static void
test_exec_now(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;
	struct sql *other;

	assert_int_equal(sql_open(f->pool, f->url, 1, &other, &err), 0);
	assert_int_equal(sql_transaction(f->db, touch_meanwhile, f->db, &err),
	    0);
	assert_int_equal(sql_transaction(f->db, touch_meanwhile, other, &err),
	    0);
	assert_int_equal(number(other, "SELECT used FROM room"), 1);
	assert_int_equal(touch(other, &err), 0);
	assert_int_equal(number(f->db, "SELECT used FROM room"), 7);
	/* It is patient again. */
	assert_int_equal(sql_exec(other, "UPDATE room SET used = 8", NULL, 0,
			     NULL, &err),
	    0);
	assert_int_equal(number(f->db, "SELECT used FROM room"), 8);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_shared_row),
		TEST(test_exec_now),
	};

	return cmocka_run_group_tests_name("sql/modes", tests, NULL, NULL);
}
