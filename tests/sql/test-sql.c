/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/database.h"
#include "lib/sql_fault.h"
#include "lib/tmpdir.h"
#include "sql/sql.h"

#define THINGS                                        \
	"CREATE TABLE things (id BIGINT PRIMARY KEY,"  \
	" name TEXT UNIQUE, parent BIGINT REFERENCES things (id))"

struct fixture {
	struct pool *pool;
	struct sql *db;
	const char *dir;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err = ERR_INIT;

	f->pool = pool_new();
	f->dir = tmpdir_new(f->pool);
	assert_int_equal(sql_open(f->pool,
			     database_new(f->pool, "sqlite::memory:"), 4,
			     &f->db, &err),
	    0);
	assert_int_equal(sql_script(f->db, THINGS, &err), 0);
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

static int
insert(struct sql *db, int64_t id, const char *name, struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(name), SQL_INT(id) };

	/* $2 comes first: numbers mean the value, not the appearance. */
	return sql_exec(db, "INSERT INTO things (id, name) VALUES ($2, $1)",
	    args, 2, NULL, err);
}

static int64_t
count(struct sql *db)
{
	struct pool *pool = pool_new();
	struct sql_rows rows;
	struct err err = ERR_INIT;
	int64_t number = -1;

	if (sql_query(db, pool, "SELECT count(*) FROM things", NULL, 0, &rows,
		&err) == 0)
		number = sql_int(&rows, 0, 0);
	pool_free(&pool);
	return number;
}

static void
test_values(void **state)
{
	struct fixture *f = *state;
	struct sql_value args[] = { SQL_INT(INT64_MIN), SQL_TEXT("ñandú"),
		SQL_NULL, SQL_TEXT(NULL), SQL_TEXT("") };
	struct sql_rows rows;
	struct err err = ERR_INIT;

	assert_int_equal(sql_query(f->db, f->pool,
			     "SELECT $1, $2, $3, $4, $5, $1", args, 5, &rows,
			     &err),
	    0);
	assert_int_equal(rows.count, 1);
	assert_int_equal(rows.columns, 6);
	assert_int_equal(sql_int(&rows, 0, 0), INT64_MIN);
	assert_string_equal(sql_text(&rows, 0, 1), "ñandú");
	assert_true(sql_is_null(&rows, 0, 2));
	assert_true(sql_is_null(&rows, 0, 3));
	assert_null(sql_text(&rows, 0, 3));
	assert_int_equal(sql_int(&rows, 0, 3), 0);
	assert_false(sql_is_null(&rows, 0, 4));
	assert_string_equal(sql_text(&rows, 0, 4), "");
	assert_int_equal(sql_int(&rows, 0, 5), INT64_MIN);
}

static void
test_lower(void **state)
{
	static const struct {
		const char *text, *lower;
	} cases[] = {
		{ "Martillo 9\"", "martillo 9\"" }, { "ÑANDÚ", "ñandú" },
		{ "ÀÞ×÷ß", "àþ×÷ß" }, { "日本", "日本" }, { "", "" },
		{ "@[`{", "@[`{" }, { NULL, NULL },
	};
	struct fixture *f = *state;
	struct sql_rows rows;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct sql_value args[] = { SQL_TEXT(cases[i].text) };

		assert_int_equal(sql_query(f->db, f->pool, "SELECT lower($1)",
				     args, 1, &rows, &err),
		    0);
		if (cases[i].lower == NULL)
			assert_true(sql_is_null(&rows, 0, 0));
		else
			assert_string_equal(sql_text(&rows, 0, 0),
			    cases[i].lower);
	}
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *text;
		enum err_kind kind;
		const char *code;
	} cases[] = {
		{ "INSERT INTO things (id, name) VALUES (1, 'b')",
		    ERR_CONFLICT, "unique" },
		{ "INSERT INTO things (id, name) VALUES (2, 'a')",
		    ERR_CONFLICT, "unique" },
		{ "INSERT INTO things (id, parent) VALUES (3, 9)",
		    ERR_CONFLICT, "foreign_key" },
		{ "INSERT INTO nowhere VALUES (1)", ERR_INTERNAL, "" },
		{ "SELECT $2", ERR_INTERNAL, "" },
		{ "SELECT 1.5", ERR_INTERNAL, "" },
	};
	struct fixture *f = *state;
	struct sql_rows rows;
	struct err err = ERR_INIT;

	assert_int_equal(insert(f->db, 1, "a", &err), 0);
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		err_clear(&err);
		assert_int_equal(sql_query(f->db, f->pool, cases[i].text, NULL,
				     0, &rows, &err),
		    -1);
		assert_int_equal(err.kind, cases[i].kind);
		assert_string_equal(err.code, cases[i].code);
	}
	assert_int_equal(count(f->db), 1);
}

static void
test_changed_and_returning(void **state)
{
	struct fixture *f = *state;
	struct sql_rows rows;
	struct err err = ERR_INIT;
	int64_t changed;

	for (int64_t i = 1; i <= 20; i++)
		assert_int_equal(insert(f->db, i, NULL, &err), 0);
	assert_int_equal(sql_exec(f->db, "UPDATE things SET name = NULL"
					 " WHERE id > 15",
			     NULL, 0, &changed, &err),
	    0);
	assert_int_equal(changed, 5);
	assert_int_equal(sql_query(f->db, f->pool,
			     "DELETE FROM things WHERE id <= 12"
			     " RETURNING id",
			     NULL, 0, &rows, &err),
	    0);
	assert_int_equal(rows.count, 12);
	assert_int_equal(count(f->db), 8);
}

static void
test_row_limit(void **state)
{
	struct fixture *f = *state;
	struct sql_value args[] = { SQL_INT(SQL_ROWS_MAX) };
	const char *text = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
			   " SELECT i + 1 FROM n WHERE i < $1)"
			   " SELECT i FROM n";
	struct sql_rows rows;
	struct err err = ERR_INIT;

	assert_int_equal(
	    sql_query(f->db, f->pool, text, args, 1, &rows, &err), 0);
	assert_int_equal(rows.count, SQL_ROWS_MAX);
	assert_int_equal(sql_int(&rows, SQL_ROWS_MAX - 1, 0), SQL_ROWS_MAX);
	args[0].number++;
	assert_int_equal(
	    sql_query(f->db, f->pool, text, args, 1, &rows, &err), -1);
	assert_int_equal(err.kind, ERR_INTERNAL);
}

/* More texts than the cache has slots, each twice. */
static void
test_statement_cache(void **state)
{
	struct fixture *f = *state;
	struct sql_rows rows;
	struct err err = ERR_INIT;

	for (int i = 0; i < 600; i++) {
		const char *text =
		    pool_format(f->pool, "SELECT %d + $1", i % 300);
		struct sql_value args[] = { SQL_INT(i) };

		assert_int_equal(
		    sql_query(f->db, f->pool, text, args, 1, &rows, &err), 0);
		assert_int_equal(sql_int(&rows, 0, 0), i % 300 + i);
	}
}

static int
insert_two(struct sql *tx, void *arg, struct err *err)
{
	const char *second = arg;

	if (insert(tx, 1, "first", err) == -1)
		return -1;
	return insert(tx, 2, second, err);
}

static void
test_transaction(void **state)
{
	struct fixture *f = *state;
	char first[] = "first", other[] = "other";
	struct err err = ERR_INIT;

	assert_int_equal(sql_transaction(f->db, insert_two, first, &err), -1);
	assert_int_equal(err.kind, ERR_CONFLICT);
	assert_int_equal(count(f->db), 0);
	assert_int_equal(sql_transaction(f->db, insert_two, other, &err), 0);
	assert_int_equal(count(f->db), 2);
}

/* Each call of the transaction fails in turn: all or nothing, then again. */
static void
test_fault_in_transaction(void **state)
{
	struct fixture *f = *state;
	char other[] = "other";
	struct sql *db;
	struct err err = ERR_INIT;
	int n = 0;

	assert_int_equal(fault_open(f->pool,
			     database_new(f->pool, "sqlite::memory:"), &db,
			     &err),
	    0);
	assert_int_equal(sql_script(db, THINGS, &err), 0);
	do {
		(void)fault_at(++n);
		if (sql_transaction(db, insert_two, other, &err) == 0)
			break;
		assert_true(fault_at(0));
		assert_int_equal(count(db), 0);
	} while (n < 10);
	assert_false(fault_at(0));
	assert_int_equal(n, 5); /* begin, insert, insert, commit, none */
	assert_int_equal(count(db), 2);
}

enum { THREADS = 20, ROUNDS = 10 };

struct worker {
	struct sql *db;
	int number;
	int failures;
};

static int
add_one(struct sql *tx, void *arg, struct err *err)
{
	struct pool *pool = pool_new();
	struct sql_value args[] = { SQL_INT(*(int64_t *)arg), SQL_NULL };
	struct sql_rows rows;
	int result;

	/* Read, think, write: lost updates would show. */
	result = sql_query(tx, pool,
	    "SELECT value FROM counter WHERE id = 1", NULL, 0, &rows, err);
	if (result == 0) {
		args[1] = SQL_INT(sql_int(&rows, 0, 0) + 1);
		result = sql_exec(tx, "UPDATE counter SET value = $2", args, 2,
		    NULL, err);
	}
	pool_free(&pool);
	return result;
}

static void *
work(void *arg)
{
	struct worker *worker = arg;

	for (int64_t i = 0; i < ROUNDS; i++) {
		struct err err = ERR_INIT;
		int64_t id = worker->number * ROUNDS + i;

		if (sql_transaction(worker->db, add_one, &id, &err) == -1 ||
		    insert(worker->db, id, NULL, &err) == -1 ||
		    count(worker->db) < 1) {
			(void)fprintf(stderr, "# %s\n", err.text);
			worker->failures++;
		}
	}
	return NULL;
}

static int64_t
counter_value(struct sql *db)
{
	struct pool *pool = pool_new();
	struct sql_rows rows;
	struct err err = ERR_INIT;
	int64_t value;

	assert_int_equal(sql_query(db, pool, "SELECT value FROM counter", NULL,
			     0, &rows, &err),
	    0);
	value = sql_int(&rows, 0, 0);
	pool_free(&pool);
	return value;
}

static void
test_threads(void **state)
{
	struct fixture *f = *state;
	const char *url = database_new(f->pool,
	    pool_format(f->pool, "sqlite:%s/t.db", f->dir));
	struct worker workers[THREADS] = { 0 };
	pthread_t threads[THREADS];
	struct sql *db;
	struct err err = ERR_INIT;

	assert_int_equal(sql_open(f->pool, url, 4, &db, &err), 0);
	assert_int_equal(sql_script(db, THINGS, &err), 0);
	assert_int_equal(sql_script(db,
			     "CREATE TABLE counter (id BIGINT, value BIGINT);"
			     "INSERT INTO counter VALUES (1, 0)",
			     &err),
	    0);
	for (int i = 0; i < THREADS; i++) {
		workers[i].db = db;
		workers[i].number = i;
		assert_int_equal(
		    pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(workers[i].failures, 0);
	}
	assert_int_equal(counter_value(db), THREADS * ROUNDS);
	assert_int_equal(count(db), THREADS * ROUNDS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_values),
		TEST(test_lower),
		TEST(test_refusals),
		TEST(test_changed_and_returning),
		TEST(test_row_limit),
		TEST(test_statement_cache),
		TEST(test_transaction),
		TEST(test_fault_in_transaction),
		TEST(test_threads),
	};

	return cmocka_run_group_tests_name("sql/sql", tests, NULL, NULL);
}
