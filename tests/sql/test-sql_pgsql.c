/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/database.h"
#include "lib/tmpdir.h"
#include "pgsql_proxy.h"
#include "sql/sql.h"

/* What needs no server runs with `make check`, the rest by test-pgsql.sh. */

#define THINGS "CREATE TABLE things (id BIGINT PRIMARY KEY, name TEXT UNIQUE)"

struct fixture {
	struct pool *pool;
	const char *url;
	struct pgsql_proxy *proxy;
	struct sql *db; /* through the proxy */
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err = ERR_INIT;

	f->pool = pool_new();
	f->url = database_new(f->pool, "");
	f->proxy = pgsql_proxy_start(f->pool, f->url, tmpdir_new(f->pool));
	if (sql_open(f->pool, pgsql_proxy_url(f->proxy), 4, &f->db, &err) ==
		-1 ||
	    sql_script(f->db, THINGS, &err) == -1)
		fail_msg("%s", err.text);
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
number(struct sql *db, const char *text)
{
	struct pool *pool = pool_new();
	struct sql_rows rows;
	struct err err = ERR_INIT;
	int64_t value;

	if (sql_query(db, pool, text, NULL, 0, &rows, &err) == -1)
		fail_msg("%s: %s", text, err.text);
	value = sql_int(&rows, 0, 0);
	pool_free(&pool);
	return value;
}

static void
script(struct sql *db, const char *text)
{
	struct err err = ERR_INIT;

	if (sql_script(db, text, &err) == -1)
		fail_msg("%s: %s", text, err.text);
}

/* ---- without a server ---- */

static void
test_urls(void **state)
{
	static const struct {
		const char *url, *tells;
	} cases[] = {
		/* a password that was not encoded */
		{ "postgresql://u:pa@ssw0rd@host/db", "%40" },
		{ "postgresql://u:pa/ssw0rd@host/db", "%2F" },
		{ "postgresql://u:pa%ssw0rd@host/db", "%XX" },
		{ "postgres://u:ssw0rd@host:port/db", "%40" },
		{ "postgresql://u:ssw0rd@host/db?nonsense=1", "URIs" },
		{ "postgresql://u:ssw0rd@[::1/db", "URIs" },
	};
	struct sql *db;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(sql_open(*state, cases[i].url, 1, &db, &err),
		    -1);
		assert_int_equal(err.kind, ERR_INVALID);
		assert_non_null(strstr(err.text, cases[i].tells));
		assert_null(strstr(err.text, "ssw0rd"));
	}
}

static void
test_away(void **state)
{
	const char *url = pool_format(*state,
	    "postgresql://u:ssw0rd@/db?host=%s", tmpdir_new(*state));
	struct sql *db;
	struct err err = ERR_INIT;

	assert_int_equal(sql_open(*state, url, 1, &db, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	assert_string_equal(err.code, "away");
	assert_non_null(strstr(err.text, "No such file or directory"));
	assert_null(strchr(err.text, '\n'));
	assert_int_not_equal(err.text[strlen(err.text) - 1], ' ');
	assert_null(strstr(err.text, "ssw0rd"));
}

/* ---- values and errors ---- */

static void
test_types(void **state)
{
	static const struct {
		const char *text;
		enum sql_type type;
		int64_t number;
	} cases[] = {
		{ "SELECT 1::int2", SQL_TYPE_INT, 1 },
		{ "SELECT (-1)::int4", SQL_TYPE_INT, -1 },
		{ "SELECT 9223372036854775807", SQL_TYPE_INT, INT64_MAX },
		{ "SELECT (-9223372036854775808)::int8", SQL_TYPE_INT,
		    INT64_MIN },
		{ "SELECT 'ñ'::varchar(3)", SQL_TYPE_TEXT, 0 },
		{ "SELECT 'ñ'", SQL_TYPE_TEXT, 0 },
		{ "SELECT NULL::int8", SQL_TYPE_NULL, 0 },
		{ "SELECT NULL", SQL_TYPE_NULL, 0 },
	};
	struct fixture *f = *state;
	struct sql_rows rows;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		assert_int_equal(sql_query(f->db, f->pool, cases[i].text,
				     NULL, 0, &rows, &err),
		    0);
		assert_int_equal(rows.values[0].type, cases[i].type);
		assert_int_equal(rows.values[0].number, cases[i].number);
		if (cases[i].type == SQL_TYPE_TEXT)
			assert_string_equal(sql_text(&rows, 0, 0), "ñ");
	}
}

static void
test_types_refused(void **state)
{
	static const char *const texts[] = { "SELECT true AS x",
		"SELECT 1.5 AS x", "SELECT now() AS x", "SELECT '{}'::json AS x",
		"SELECT sum(1::int8) AS x", "SELECT ARRAY[1] AS x" };
	struct fixture *f = *state;
	struct sql_rows rows;

	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(sql_query(f->db, f->pool, texts[i], NULL, 0,
				     &rows, &err),
		    -1);
		assert_int_equal(err.kind, ERR_INTERNAL);
		assert_non_null(strstr(err.text, "column x is neither"));
	}
	assert_int_equal(number(f->db, "SELECT 7"), 7);
}

static void
test_states(void **state)
{
	static const struct {
		const char *state;
		enum err_kind kind;
		const char *code;
	} cases[] = {
		{ "23505", ERR_CONFLICT, "unique" },
		{ "23503", ERR_CONFLICT, "foreign_key" },
		{ "23514", ERR_INTERNAL, "" },
		{ "53100", ERR_UNAVAILABLE, "full" },
		{ "53200", ERR_UNAVAILABLE, "resources" },
		{ "57014", ERR_UNAVAILABLE, "timeout" },
		{ "25006", ERR_UNAVAILABLE, "read_only" },
		{ "58030", ERR_UNAVAILABLE, "io" },
		{ "22012", ERR_INTERNAL, "" },
		{ "XX000", ERR_INTERNAL, "" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct err err = ERR_INIT;
		const char *text = pool_format(f->pool,
		    "DO $$BEGIN RAISE EXCEPTION 'said' USING ERRCODE = '%s',"
		    " DETAIL = 'secret'; END$$",
		    cases[i].state);

		assert_int_equal(sql_exec(f->db, text, NULL, 0, NULL, &err),
		    -1);
		assert_int_equal(err.kind, cases[i].kind);
		assert_string_equal(err.code, cases[i].code);
		assert_non_null(strstr(err.text, "said"));
		assert_null(strstr(err.text, "secret"));
	}
	assert_int_equal(number(f->db, "SELECT count(*) FROM things"), 0);
}

static const char *
shown(struct fixture *f, struct sql *db, const char *name)
{
	struct sql_rows rows;
	struct err err = ERR_INIT;

	assert_int_equal(sql_query(db, f->pool,
			     pool_format(f->pool, "SHOW %s", name), NULL, 0,
			     &rows, &err),
	    0);
	return sql_text(&rows, 0, 0);
}

static void
test_session(void **state)
{
	struct fixture *f = *state;
	struct sql *other;
	struct err err = ERR_INIT;

	assert_string_equal(shown(f, f->db, "statement_timeout"), "30s");
	assert_string_equal(shown(f, f->db, "lock_timeout"), "5s");
	assert_string_equal(shown(f, f->db, "client_encoding"), "UTF8");
	assert_string_equal(shown(f, f->db, "application_name"), "almacen");
	assert_string_equal(shown(f, f->db, "synchronous_commit"), "on");
	assert_int_equal(
	    sql_open_volatile(f->pool,
		pool_format(f->pool,
		    "%s%%20-c%%20lock_timeout%%3D1s&application_name=other",
		    f->url),
		1, &other, &err),
	    0);
	assert_string_equal(shown(f, other, "synchronous_commit"), "off");
	assert_string_equal(shown(f, other, "statement_timeout"), "30s");
	assert_string_equal(shown(f, other, "lock_timeout"), "1s");
	assert_string_equal(shown(f, other, "application_name"), "other");
}

/* The same text with an argument that is now a number, now NULL. */
static void
test_argument_types(void **state)
{
	static const char text[] = "SELECT coalesce($1, 0)";
	struct fixture *f = *state;
	struct sql_rows rows;
	struct err err = ERR_INIT;

	for (int i = 0; i < 4; i++) {
		struct sql_value args[] = {
			i % 2 == 0 ? SQL_NULL : SQL_INT(INT64_MAX)
		};

		assert_int_equal(
		    sql_query(f->db, f->pool, text, args, 1, &rows, &err), 0);
		assert_int_equal(sql_int(&rows, 0, 0),
		    i % 2 == 0 ? 0 : INT64_MAX);
	}
}

/* ---- transactions ---- */

struct adding {
	const char *text;
	int calls;
};

static int
add_thing(struct sql *tx, void *arg, struct err *err)
{
	struct adding *adding = arg;

	adding->calls++;
	return sql_exec(tx, adding->text, NULL, 0, NULL, err);
}

/* A statement that fails twice with this SQLSTATE and then works. */
static void
make_flaky(struct fixture *f, const char *state)
{
	script(f->db, pool_format(f->pool,
	    "DROP SEQUENCE IF EXISTS tries; CREATE SEQUENCE tries;"
	    "CREATE OR REPLACE FUNCTION flaky() RETURNS bigint AS $$"
	    "BEGIN IF nextval('tries') < 3 THEN"
	    " RAISE EXCEPTION 'again' USING ERRCODE = '%s'; END IF;"
	    " RETURN 1; END$$ LANGUAGE plpgsql", state));
}

static void
test_tried_again(void **state)
{
	static const char *const states[] = { "40001", "40P01", "55P03" };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(states); i++) {
		struct adding adding = { .text = "INSERT INTO things (id)"
						 " SELECT count(*) + flaky()"
						 " FROM things" };
		struct err err = ERR_INIT;

		make_flaky(f, states[i]);
		assert_int_equal(
		    sql_transaction(f->db, add_thing, &adding, &err), 0);
		assert_int_equal(adding.calls, 3);
		make_flaky(f, states[i]);
		assert_int_equal(
		    sql_exec(f->db, adding.text, NULL, 0, NULL, &err), 0);
	}
	assert_int_equal(number(f->db, "SELECT count(*) FROM things"), 6);
}

struct crossing {
	struct sql *db;
	pthread_barrier_t *barrier;
	const char *first, *second;
	int calls, status;
	struct err err;
};

static int
cross(struct sql *tx, void *arg, struct err *err)
{
	struct crossing *crossing = arg;
	bool is_first_call = crossing->calls++ == 0;

	if (sql_exec(tx, crossing->first, NULL, 0, NULL, err) == -1)
		return -1;
	if (is_first_call)
		(void)pthread_barrier_wait(crossing->barrier);
	return sql_exec(tx, crossing->second, NULL, 0, NULL, err);
}

static void *
run_crossing(void *arg)
{
	struct crossing *crossing = arg;

	crossing->status = sql_transaction(crossing->db, cross, crossing,
	    &crossing->err);
	return NULL;
}

#define ADD(id) "UPDATE counters SET value = value + 1 WHERE id = " #id

static void
test_deadlock(void **state)
{
	struct fixture *f = *state;
	pthread_barrier_t barrier;
	struct crossing both[] = {
		{ f->db, &barrier, ADD(1), ADD(2), 0, 0, ERR_INIT },
		{ f->db, &barrier, ADD(2), ADD(1), 0, 0, ERR_INIT },
	};
	pthread_t threads[2];

	script(f->db, "CREATE TABLE counters (id BIGINT, value BIGINT);"
		      "INSERT INTO counters VALUES (1, 0), (2, 0)");
	(void)pthread_barrier_init(&barrier, NULL, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
				     run_crossing, &both[i]),
		    0);
	for (size_t i = 0; i < 2; i++) {
		(void)pthread_join(threads[i], NULL);
		if (both[i].status == -1)
			fail_msg("%s", both[i].err.text);
	}
	(void)pthread_barrier_destroy(&barrier);
	/* One of them again, or more often when the other is slow to end. */
	assert_in_range(both[0].calls + both[1].calls, 3, 20);
	assert_int_equal(number(f->db, "SELECT value FROM counters"
				       " WHERE id = 1"), 2);
	assert_int_equal(number(f->db, "SELECT value FROM counters"
				       " WHERE id = 2"), 2);
}

static int
lock_and_add(struct sql *tx, void *arg, struct err *err)
{
	struct crossing *crossing = arg;

	crossing->calls++;
	if (sql_lock_table(tx, "things", err) == -1)
		return -1;
	return sql_exec(tx,
	    "INSERT INTO things (id) SELECT coalesce(max(id), 0) + 1"
	    " FROM things",
	    NULL, 0, NULL, err);
}

enum { WAITERS = 8 };

static void *
run_lock_and_add(void *arg)
{
	struct crossing *crossing = arg;

	crossing->status = sql_transaction(crossing->db, lock_and_add,
	    crossing, &crossing->err);
	return NULL;
}

/* The snapshot comes after the lock: each runs once and sees the others. */
static void
test_lock_table(void **state)
{
	struct fixture *f = *state;
	struct crossing waiters[WAITERS];
	pthread_t threads[WAITERS];

	for (size_t i = 0; i < WAITERS; i++) {
		waiters[i] = (struct crossing){ .db = f->db };
		assert_int_equal(pthread_create(&threads[i], NULL,
				     run_lock_and_add, &waiters[i]),
		    0);
	}
	for (size_t i = 0; i < WAITERS; i++) {
		(void)pthread_join(threads[i], NULL);
		if (waiters[i].status == -1)
			fail_msg("%s", waiters[i].err.text);
		assert_int_equal(waiters[i].calls, 1);
	}
	assert_int_equal(number(f->db, "SELECT max(id) FROM things"),
	    WAITERS);
}

static int
see_twice(struct sql *tx, void *arg, struct err *err)
{
	struct fixture *f = arg;
	int64_t before = number(tx, "SELECT count(*) FROM things");

	if (before == 0)
		assert_int_equal(sql_exec(f->db,
				     "INSERT INTO things VALUES (1, 'a')",
				     NULL, 0, NULL, err),
		    0);
	assert_int_equal(number(tx, "SELECT count(*) FROM things"), before);
	return 0;
}

static void
test_one_snapshot(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;

	assert_int_equal(sql_transaction(f->db, see_twice, f, &err), 0);
	assert_int_equal(number(f->db, "SELECT count(*) FROM things"), 1);
}

/* ---- lost connections ---- */

static void
end_backends(struct fixture *f)
{
	struct pool *pool = pool_new();
	struct sql *other;
	struct err err = ERR_INIT;

	assert_int_equal(sql_open(pool, f->url, 1, &other, &err), 0);
	assert_in_range(number(other,
			    "SELECT count(pg_terminate_backend(pid))"
			    " FROM pg_stat_activity"
			    " WHERE pid <> pg_backend_pid()"
			    " AND application_name = 'almacen'"),
	    1, 10);
	pool_free(&pool);
}

static int
add_and_lose(struct sql *tx, void *arg, struct err *err)
{
	struct fixture *f = arg;

	if (sql_exec(tx, "INSERT INTO things VALUES (1, 'a')", NULL, 0, NULL,
		err) == -1)
		return -1;
	if (number(f->db, "SELECT nextval('tries')") == 1)
		end_backends(f);
	return sql_exec(tx, "INSERT INTO things VALUES (2, 'b')", NULL, 0,
	    NULL, err);
}

static void
test_reconnect(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;
	int64_t changed = 0;

	script(f->db, "CREATE SEQUENCE tries");
	assert_int_equal(sql_transaction(f->db, add_and_lose, f, &err), 0);
	assert_int_equal(number(f->db, "SELECT count(*) FROM things"), 2);
	end_backends(f);
	assert_int_equal(number(f->db, "SELECT count(*) FROM things"), 2);
	end_backends(f);
	assert_int_equal(sql_exec(f->db, "DELETE FROM things", NULL, 0,
			     &changed, &err),
	    0);
	assert_int_equal(changed, 2);
}

static void
test_cut_at_commit(void **state)
{
	static const struct {
		enum cut cut;
		int calls;
	} cases[] = {
		{ CUT_QUERY, 2 }, /* was not kept: once again */
		{ CUT_ANSWER, 1 }, /* was kept */
		{ CUT_LATE, 2 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct adding adding = { .text = "INSERT INTO things (id)"
						 " VALUES (1), (2)" };
		int64_t changed = 0;
		struct err err = ERR_INIT;

		pgsql_proxy_arm(f->proxy, cases[i].cut);
		assert_int_equal(
		    sql_transaction(f->db, add_thing, &adding, &err), 0);
		assert_true(pgsql_proxy_has_cut(f->proxy));
		assert_int_equal(adding.calls, cases[i].calls);
		assert_int_equal(number(f->db, "SELECT count(*) FROM things"),
		    2);

		pgsql_proxy_arm(f->proxy, cases[i].cut);
		assert_int_equal(
		    sql_exec(f->db, "UPDATE things SET id = id + 10", NULL, 0,
			&changed, &err),
		    0);
		assert_true(pgsql_proxy_has_cut(f->proxy));
		assert_int_equal(changed, 2);
		assert_int_equal(number(f->db, "SELECT max(id) FROM things"),
		    12);
		script(f->db, "DELETE FROM things");
	}
	/* Its transaction was ended before another was begun. */
	assert_false(pgsql_proxy_deliver(f->proxy));
	assert_int_equal(number(f->db, "SELECT count(*) FROM things"), 0);
}

static int
only_read(struct sql *tx, void *arg, struct err *err)
{
	(void)err;
	++*(int *)arg;
	return number(tx, "SELECT count(*) FROM things") == 0 ? 0 : -1;
}

/* What wrote nothing leaves no mark and may run again. */
static void
test_cut_after_reading(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;
	int calls = 0;

	pgsql_proxy_arm(f->proxy, CUT_ANSWER);
	assert_int_equal(sql_transaction(f->db, only_read, &calls, &err), 0);
	assert_true(pgsql_proxy_has_cut(f->proxy));
	assert_int_equal(calls, 2);
	assert_int_equal(number(f->db, "SELECT count(*) FROM commit_marks"),
	    0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest alone[] = {
		POOL_TEST(test_urls),
		POOL_TEST(test_away),
	};
	const struct CMUnitTest served[] = {
		TEST(test_types),
		TEST(test_types_refused),
		TEST(test_states),
		TEST(test_session),
		TEST(test_argument_types),
		TEST(test_tried_again),
		TEST(test_deadlock),
		TEST(test_lock_table),
		TEST(test_one_snapshot),
		TEST(test_reconnect),
		TEST(test_cut_at_commit),
		TEST(test_cut_after_reading),
	};

	if (database_is_pgsql())
		return cmocka_run_group_tests_name("sql/sql_pgsql, served",
		    served, NULL, NULL);
	return cmocka_run_group_tests_name("sql/sql_pgsql", alone, NULL, NULL);
}
