/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>
#include <time.h>

#include "base/rand.h"
#include "base/slice.h"
#include "sql/sql_pgsql_private.h"

enum {
	GONE_TRIES = 100, /* with the pause: five seconds */
	GONE_PAUSE_MS = 50,
	SWEEP_ONE_IN = 64, /* connections look for old marks */
	LOCK_TEXT_BYTES = 128
};

enum statement {
	FIND_MARKS,
	CREATE_MARKS,
	SWEEP_MARKS,
	MARK,
	LOAD_MARK,
	END_BACKEND,
	STATEMENT_COUNT
};

/* A row that is an hour old is of a commit that nobody asks for any more. */
static const char *const statements[STATEMENT_COUNT] = {
	[FIND_MARKS] = "SELECT pid::bigint,"
		       " floor(extract(epoch FROM backend_start)"
		       "  * 1000000)::bigint,"
		       " (to_regclass('commit_marks') IS NOT NULL)::int"
		       " FROM pg_stat_activity WHERE pid = pg_backend_pid()",
	[CREATE_MARKS] = "CREATE TABLE IF NOT EXISTS commit_marks ("
			 " connection TEXT NOT NULL PRIMARY KEY,"
			 " number BIGINT NOT NULL,"
			 " at_secs BIGINT NOT NULL) WITH (fillfactor = 50)",
	[SWEEP_MARKS] = "DELETE FROM commit_marks WHERE at_secs <"
			" extract(epoch FROM now())::bigint - 3600",
	[MARK] = "INSERT INTO commit_marks (connection, number, at_secs)"
		 " SELECT $1, $2, extract(epoch FROM now())::bigint"
		 " WHERE pg_current_xact_id_if_assigned() IS NOT NULL"
		 " ON CONFLICT (connection) DO UPDATE"
		 " SET number = excluded.number, at_secs = excluded.at_secs",
	[LOAD_MARK] = "SELECT number FROM commit_marks WHERE connection = $1",
	[END_BACKEND] = "SELECT count(pg_terminate_backend(pid))"
			" FROM pg_stat_activity WHERE pid = $1"
			" AND floor(extract(epoch FROM backend_start)"
			"  * 1000000)::bigint = $2",
};

static const char *const begin_texts[] = {
	[SQL_REPEATABLE_READ] = "BEGIN ISOLATION LEVEL REPEATABLE READ",
	[SQL_READ_COMMITTED] = "BEGIN ISOLATION LEVEL READ COMMITTED",
	[SQL_NO_WAIT] = "BEGIN ISOLATION LEVEL READ COMMITTED",
};

/* ---- statements ---- */

static void
add_begin(struct flow *flow)
{
	struct pgsql *pgsql = flow->pgsql;

	if (pgsql->must_begin)
		flow_text(flow, begin_texts[pgsql->mode]);
	if (pgsql->must_begin && pgsql->mode == SQL_NO_WAIT)
		flow_text(flow, "SET LOCAL lock_timeout = 1"); /* ms */
	pgsql->must_begin = false;
}

static int
pgsql_run(void *conn, const struct sql_statement *statement,
    struct sql_result *result, struct err *err)
{
	struct pgsql *pgsql = conn;
	struct flow flow;

	if (flow_make_room(pgsql, err) == -1)
		return -1;
	flow_begin(&flow, pgsql, err);
	add_begin(&flow);
	flow_statement(&flow, statement, result);
	pgsql->has_snapshot = true;
	return flow_end(&flow);
}

/* A query of the driver's own. */
static int
query(struct pgsql *pgsql, struct pool *pool, enum statement id,
    const struct sql_value *args, size_t count, struct sql_rows *rows_r,
    struct err *err)
{
	const struct sql_statement statement = { statements[id], args, count };
	struct sql_result result = { .pool = pool, .rows = rows_r };

	return pgsql_run(pgsql, &statement, &result, err);
}

/* Several statements in one text, which a flow cannot carry; no limit of time.
 */
static int
run_script(struct pgsql *pgsql, const char *text, struct err *err)
{
	PGresult *answer;
	int status = 0;

	if (PQexitPipelineMode(pgsql->conn) == 0)
		return pgsql_lose(pgsql, "the connection is in use", err);
	answer = PQexec(pgsql->conn, text);
	if (PQresultStatus(answer) != PGRES_COMMAND_OK &&
	    PQresultStatus(answer) != PGRES_TUPLES_OK)
		status = pgsql_fail(pgsql, answer, err);
	PQclear(answer);
	if (PQenterPipelineMode(pgsql->conn) == 0)
		status = pgsql_lose(pgsql, "the connection was lost", err);
	return status;
}

/* A migration may take longer than a statement may. */
static int
lift_time_limit(struct pgsql *pgsql, struct err *err)
{
	struct flow flow;

	flow_begin(&flow, pgsql, err);
	add_begin(&flow);
	flow_text(&flow, "SET LOCAL statement_timeout = 0");
	return flow_end(&flow);
}

static int
pgsql_script(void *conn, const char *text, struct err *err)
{
	struct pgsql *pgsql = conn;
	bool is_transaction = pgsql->must_begin ||
	    PQtransactionStatus(pgsql->conn) != PQTRANS_IDLE;

	if (is_transaction && lift_time_limit(pgsql, err) == -1)
		return -1;
	pgsql->has_snapshot = true;
	return run_script(pgsql, text, err);
}

/* ---- transactions ---- */

/* Two may make the table at once: then one of them fails, and it is there. */
static int
create_marks(struct pgsql *pgsql, struct err *err)
{
	const struct sql_statement create = { .text =
						  statements[CREATE_MARKS] };
	struct sql_result result = { .rows = NULL };

	if (pgsql->has_marks)
		return 0;
	if (pgsql_run(pgsql, &create, &result, err) == -1 &&
	    err->kind != ERR_CONFLICT)
		return err_wrap(err, "create the table commit_marks");
	pgsql->has_marks = true;
	return 0;
}

/* BEGIN goes with what comes first: it is no way of its own. */
static int
pgsql_begin(void *conn, enum sql_mode mode, struct err *err)
{
	struct pgsql *pgsql = conn;

	if (create_marks(pgsql, err) == -1)
		return -1;
	pgsql->must_begin = true;
	pgsql->mode = mode;
	pgsql->has_snapshot = false;
	return 0;
}

/* The snapshot is that of the first statement, and LOCK is none. */
static int
pgsql_lock(void *conn, const char *table, struct err *err)
{
	struct pgsql *pgsql = conn;
	struct pool *pool = pool_new();
	struct flow flow;
	int result;

	assert(!pgsql->has_snapshot);
	assert(strspn(table, "abcdefghijklmnopqrstuvwxyz_") == strlen(table));
	flow_begin(&flow, pgsql, err);
	add_begin(&flow);
	flow_text(&flow,
	    pool_format(pool, "LOCK TABLE %s IN EXCLUSIVE MODE", table));
	result = flow_end(&flow);
	pool_free(&pool);
	return result;
}

static void
add_mark(struct flow *flow)
{
	struct pgsql *pgsql = flow->pgsql;
	const struct sql_value args[] = { SQL_TEXT(pgsql->name),
		SQL_INT(++pgsql->number) };
	const struct sql_statement mark = { statements[MARK], args,
		ARRAY_COUNT(args) };

	flow_statement(flow, &mark, NULL);
}

static int
pgsql_commit(void *conn, struct err *err)
{
	struct pgsql *pgsql = conn;
	struct flow flow;

	if (pgsql->must_begin) { /* nothing was asked */
		pgsql->must_begin = false;
		return 0;
	}
	if (pgsql->is_lost)
		return pgsql_lose(pgsql, "the connection was lost", err);
	if (flow_make_room(pgsql, err) == -1)
		return -1;
	flow_begin(&flow, pgsql, err);
	add_mark(&flow);
	flow_text(&flow, "COMMIT");
	if (flow_end(&flow) == 0)
		return 0;
	if (!pgsql->is_lost)
		return -1;
	return err_set_code(err, ERR_UNAVAILABLE, SQL_UNSETTLED,
	    "database: no answer to COMMIT");
}

static int
pgsql_rollback(void *conn)
{
	struct pgsql *pgsql = conn;
	struct err ignored;
	struct flow flow;

	pgsql->must_begin = false;
	if (pgsql->is_lost || PQstatus(pgsql->conn) != CONNECTION_OK)
		return -1;
	if (PQtransactionStatus(pgsql->conn) == PQTRANS_IDLE)
		return 0;
	flow_begin(&flow, pgsql, &ignored);
	flow_text(&flow, "ROLLBACK");
	return flow_end(&flow);
}

static int
pgsql_exec(void *conn, const struct sql_statement *statement,
    struct sql_result *result, struct err *err)
{
	if (pgsql_begin(conn, SQL_REPEATABLE_READ, err) == -1 ||
	    pgsql_run(conn, statement, result, err) == -1)
		return -1;
	return pgsql_commit(conn, err);
}

/* ---- settling ---- */

/* End the server's process of a connection: until then it may still commit. */
static int
end_backend(struct pgsql *pgsql, const struct pgsql *lost, struct pool *pool,
    struct err *err)
{
	const struct timespec pause = { .tv_nsec = GONE_PAUSE_MS * 1000000L };
	const struct sql_value args[] = { SQL_INT(lost->backend_pid),
		SQL_INT(lost->backend_start_us) };
	struct sql_rows rows;

	for (int i = 0; i < GONE_TRIES; i++) {
		if (query(pgsql, pool, END_BACKEND, args, ARRAY_COUNT(args),
			&rows, err) == -1)
			return -1;
		if (sql_int(&rows, 0, 0) == 0)
			return 0;
		(void)nanosleep(&pause, NULL);
	}
	return err_set(err, ERR_UNAVAILABLE,
	    "database: the transaction does not end");
}

static int
load_mark(struct pgsql *pgsql, const struct pgsql *lost, struct pool *pool,
    bool *is_kept_r, struct err *err)
{
	const struct sql_value args[] = { SQL_TEXT(lost->name) };
	struct sql_rows rows;

	if (query(pgsql, pool, LOAD_MARK, args, ARRAY_COUNT(args), &rows,
		err) == -1)
		return -1;
	*is_kept_r = rows.count == 1 && sql_int(&rows, 0, 0) == lost->number;
	return 0;
}

static int
pgsql_settle(void *conn, const void *lost, bool *is_kept_r, struct err *err)
{
	struct pool *pool = pool_new();
	int result = end_backend(conn, lost, pool, err);

	if (result == 0)
		result = load_mark(conn, lost, pool, is_kept_r, err);
	pool_free(&pool);
	return result;
}

/* ---- opening ---- */

static int
pgsql_prepare(const char *url, int *connections_max, struct err *err)
{
	(void)connections_max;
	return pgsql_check_url(url, err);
}

static int
find_marks(struct pgsql *pgsql, struct pool *pool, struct err *err)
{
	struct sql_rows rows;

	if (query(pgsql, pool, FIND_MARKS, NULL, 0, &rows, err) == -1)
		return -1;
	if (rows.count != 1)
		return err_set(err, ERR_INTERNAL,
		    "database: the session is not in pg_stat_activity");
	pgsql->backend_pid = sql_int(&rows, 0, 0);
	pgsql->backend_start_us = sql_int(&rows, 0, 1);
	pgsql->has_marks = sql_int(&rows, 0, 2) != 0;
	return 0;
}

/* Whether it works or not: another connection will try again. */
static void
sweep_marks(struct pgsql *pgsql, struct pool *pool)
{
	struct sql_rows rows;
	struct err ignored;

	if (pgsql->has_marks && rand_below(SWEEP_ONE_IN) == 0)
		(void)query(pgsql, pool, SWEEP_MARKS, NULL, 0, &rows, &ignored);
}

static int
pgsql_open(struct pool *pool, const struct sql_config *config, void **conn_r,
    struct err *err)
{
	struct pgsql *pgsql = POOL_NEW(pool, struct pgsql);
	struct pool *scratch;
	int result;

	if (pgsql_connect(pgsql, pool, config, err) == -1)
		return -1;
	scratch = pool_new();
	result = find_marks(pgsql, scratch, err);
	sweep_marks(pgsql, scratch);
	pool_free(&scratch);
	*conn_r = pgsql;
	return result;
}

const struct sql_driver sql_pgsql_driver = {
	.schemes = { "postgresql://", "postgres://" },
	.is_pgsql = true,
	.prepare = pgsql_prepare,
	.open = pgsql_open,
	.run = pgsql_run,
	.exec = pgsql_exec,
	.script = pgsql_script,
	.begin = pgsql_begin,
	.lock = pgsql_lock,
	.commit = pgsql_commit,
	.rollback = pgsql_rollback,
	.settle = pgsql_settle,
};
