/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/database.h"
#include "lib/sql_fault.h"
#include "lib/tmpdir.h"
#include "sql/sql.h"

static const struct sql_migration table[] = {
	{ 1, "first", "CREATE TABLE a (i BIGINT); INSERT INTO a VALUES (1)",
	    "CREATE TABLE only_pgsql (i BIGINT)" },
	{ 2, "second", "INSERT INTO a VALUES (2); CREATE TABLE b (i BIGINT)" },
	{ 3, "broken",
	    "INSERT INTO a VALUES (3); INSERT INTO nowhere"
	    " VALUES (1)" },
};

struct fixture {
	struct pool *pool;
	struct sql *db;
	struct log log;
	const char *dir;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err = ERR_INIT;

	f->pool = pool_new();
	f->dir = tmpdir_new(f->pool);
	log_init(&f->log, STDERR_FILENO, LOG_ERROR);
	assert_int_equal(fault_open(f->pool,
			     database_new(f->pool, "sqlite::memory:"), &f->db,
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

/* One number out of the database; -1 when it cannot say. */
static int64_t
number(struct sql *db, const char *text)
{
	struct pool *pool = pool_new();
	struct sql_rows rows;
	struct err err = ERR_INIT;
	int64_t value = -1;

	if (sql_query(db, pool, text, NULL, 0, &rows, &err) == 0)
		value = sql_int(&rows, 0, 0);
	pool_free(&pool);
	return value;
}

static void
test_steps(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;

	assert_int_equal(sql_migrate(f->db, table, 1, &f->log, &err), 0);
	assert_int_equal(number(f->db, "SELECT CAST(sum(i) AS BIGINT) FROM a"),
	    1);
	assert_int_equal(sql_migrate(f->db, table, 2, &f->log, &err), 0);
	assert_int_equal(sql_migrate(f->db, table, 2, &f->log, &err), 0);
	assert_int_equal(number(f->db, "SELECT CAST(sum(i) AS BIGINT) FROM a"),
	    3);
	assert_int_equal(
	    number(f->db, "SELECT count(*) FROM schema_version"), 2);
	assert_int_equal(number(f->db, "SELECT count(*) FROM only_pgsql"),
	    database_is_pgsql() ? 0 : -1);

	/* The broken one leaves nothing of itself. */
	assert_int_equal(sql_migrate(f->db, table, 3, &f->log, &err), -1);
	assert_non_null(strstr(err.text, "migration 3 (broken)"));
	assert_int_equal(number(f->db, "SELECT CAST(sum(i) AS BIGINT) FROM a"),
	    3);
	assert_int_equal(
	    number(f->db, "SELECT max(version) FROM schema_version"), 2);
}

static void
test_newer_database(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;

	assert_int_equal(sql_migrate(f->db, table, 2, &f->log, &err), 0);
	assert_int_equal(sql_migrate(f->db, table, 1, &f->log, &err), -1);
	assert_int_equal(err.kind, ERR_INTERNAL);
	assert_string_equal(err.code, "schema_newer");
	assert_non_null(strstr(err.text, "use the newer program"));
}

static void
test_every_fault(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;
	int n = 1; /* the first call only looks: its failure is no harm */

	do {
		(void)fault_at(++n);
		if (sql_migrate(f->db, table, 2, &f->log, &err) == 0)
			break;
		(void)fault_at(0);
		assert_int_equal(number(f->db, "SELECT count(*) FROM a"), -1);
	} while (n < 20);
	assert_in_range(n, 8, 19);
	(void)fault_at(0);
	assert_int_equal(number(f->db, "SELECT CAST(sum(i) AS BIGINT) FROM a"),
	    3);
}

static int
migrate_once(const struct fixture *f, const char *url)
{
	struct pool *pool = pool_new();
	struct sql *db;
	struct err err = ERR_INIT;
	int result = sql_open(pool, url, 2, &db, &err);

	if (result == 0)
		result = sql_migrate(db, table, 2, &f->log, &err);
	if (result == -1)
		(void)fprintf(stderr, "# %s\n", err.text);
	pool_free(&pool);
	return result;
}

/* Six processes find no database at the same moment. */
static void
test_processes(void **state)
{
	struct fixture *f = *state;
	const char *url = database_new(f->pool,
	    pool_format(f->pool, "sqlite:%s/m.db", f->dir));
	pid_t pids[6];
	struct sql *db;
	struct err err = ERR_INIT;
	int gate[2], status;
	char byte;

	assert_int_equal(pipe(gate), 0);
	for (size_t i = 0; i < ARRAY_COUNT(pids); i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] > 0)
			continue;
		(void)close(gate[1]);
		(void)!read(gate[0], &byte, 1); /* opens for all at once */
		_exit(migrate_once(f, url) == 0 ? 0 : 1);
	}
	(void)close(gate[0]);
	(void)close(gate[1]);
	for (size_t i = 0; i < ARRAY_COUNT(pids); i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(sql_open(f->pool, url, 1, &db, &err), 0);
	assert_int_equal(number(db, "SELECT CAST(sum(i) AS BIGINT) FROM a"), 3);
	assert_int_equal(number(db, "SELECT count(*) FROM schema_version"), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_steps),
		TEST(test_newer_database),
		TEST(test_every_fault),
		TEST(test_processes),
	};

	return cmocka_run_group_tests_name("sql/migrate", tests, NULL, NULL);
}
