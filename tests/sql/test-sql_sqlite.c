/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/tmpdir.h"
#include "sql/sql.h"

#define THINGS                                                                 \
	"CREATE TABLE things (id BIGINT PRIMARY KEY,"                          \
	" name TEXT UNIQUE, parent BIGINT REFERENCES things (id))"

struct fixture {
	struct pool *pool;
	const char *dir;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->pool = pool_new();
	f->dir = tmpdir_new(f->pool);
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
test_open_refusals(void **state)
{
	struct fixture *f = *state;
	struct sql *db;
	struct err err = ERR_INIT;
	const char *url;

	url = pool_format(f->pool, "sqlite:%s/missing/x.db", f->dir);
	assert_int_equal(sql_open(f->pool, url, 1, &db, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	assert_non_null(strstr(err.text, "folder does not exist"));

	url = "mysql://user:secret@host/db";
	assert_int_equal(sql_open(f->pool, url, 1, &db, &err), -1);
	assert_int_equal(err.kind, ERR_INVALID);
	assert_null(strstr(err.text, "secret"));

	assert_int_equal(sql_open(f->pool, "sqlite:", 1, &db, &err), -1);
	assert_int_equal(err.kind, ERR_INVALID);
}

static void
test_file(void **state)
{
	struct fixture *f = *state;
	const char *path = pool_format(f->pool, "%s/a b?c.db", f->dir);
	const char *url = pool_format(f->pool, "sqlite:%s", path);
	struct pool *pool = pool_new();
	struct sql *db;
	struct sql_rows rows;
	struct stat st;
	struct err err = ERR_INIT;

	assert_int_equal(sql_open(pool, url, 4, &db, &err), 0);
	assert_int_equal(sql_script(db, THINGS, &err), 0);
	assert_int_equal(insert(db, 1, "kept", &err), 0);
	assert_int_equal(
	    sql_query(db, pool, "PRAGMA journal_mode", NULL, 0, &rows, &err),
	    0);
	assert_string_equal(sql_text(&rows, 0, 0), "wal");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(pool_format(pool, "%s-wal", path), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	pool_free(&pool);

	pool = pool_new();
	assert_int_equal(sql_open(pool, url, 4, &db, &err), 0);
	assert_int_equal(count(db), 1);
	pool_free(&pool);
}

static void
test_volatile(void **state)
{
	struct fixture *f = *state;
	const char *url = pool_format(f->pool, "sqlite:%s/v.db", f->dir);
	struct sql *db;
	struct sql_rows rows;
	struct err err = ERR_INIT;

	assert_int_equal(sql_open_volatile(f->pool, url, 1, &db, &err), 0);
	assert_int_equal(
	    sql_query(db, f->pool, "PRAGMA synchronous", NULL, 0, &rows, &err),
	    0);
	assert_int_equal(sql_int(&rows, 0, 0), 0);
}

static int
tell_and_sleep(struct sql *tx, void *arg, struct err *err)
{
	const int *fd = arg;

	(void)tx;
	if (write(*fd, "x", 1) != 1)
		return err_set(err, ERR_INTERNAL, "write");
	(void)usleep(300 * 1000);
	return 0;
}

/* Another process holds the write lock for a while: we wait and succeed. */
static void
test_locked_elsewhere(void **state)
{
	struct fixture *f = *state;
	const char *url = pool_format(f->pool, "sqlite:%s/l.db", f->dir);
	struct pool *pool = pool_new();
	struct err err = ERR_INIT;
	struct sql *db;
	int pipe_fds[2], status;
	char byte;
	pid_t pid;

	assert_int_equal(sql_open(pool, url, 1, &db, &err), 0);
	assert_int_equal(sql_script(db, THINGS, &err), 0);
	pool_free(&pool);
	assert_int_equal(pipe(pipe_fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		pool = pool_new();
		_exit(sql_open(pool, url, 1, &db, &err) == 0 &&
			    sql_transaction(db, tell_and_sleep, &pipe_fds[1],
				&err) == 0 ?
			0 :
			1);
	}
	assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
	assert_int_equal(sql_open(f->pool, url, 1, &db, &err), 0);
	assert_int_equal(insert(db, 1, "waited", &err), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	(void)close(pipe_fds[0]);
	(void)close(pipe_fds[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_open_refusals),
		TEST(test_file),
		TEST(test_volatile),
		TEST(test_locked_elsewhere),
	};

	return cmocka_run_group_tests_name("sql/sql_sqlite", tests, NULL, NULL);
}
