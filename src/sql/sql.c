/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "base/slice.h"
#include "sql/sql_batch_private.h"

struct sql {
	struct sql_shared *shared;
	struct sql_conn *bound; /* inside a transaction, else NULL */
};

static const struct sql_driver *const drivers[] = { &sql_sqlite_driver,
	&sql_pgsql_driver };

struct sql_value
sql_text_value(const char *text)
{
	if (text == NULL)
		return SQL_NULL;
	return (struct sql_value){ .type = SQL_TYPE_TEXT, .text = text };
}

/* ---- failures ---- */

/* Ask on a new connection, which then takes the place of the lost one. */
static int
settle_once(struct sql_shared *shared, struct sql_conn **conn, bool *is_kept_r,
    struct err *err)
{
	struct sql_conn *fresh;

	if (sql_conn_open(shared, &fresh, err) == -1)
		return -1;
	if (shared->driver->settle(fresh->handle, (*conn)->handle, is_kept_r,
		err) == -1) {
		sql_conn_close(fresh);
		return -1;
	}
	sql_conn_close(*conn);
	*conn = fresh;
	return 0;
}

/* A commit was sent and never answered. */
static int
settle(struct sql_shared *shared, struct sql_conn **conn, struct err *err)
{
	struct sql_retry retry = sql_retry_begin(shared, SQL_RETRY_WAIT_MS);
	struct err cause;
	bool is_kept;
	int status;

	retry.is_stubborn = true;
	sql_close_idle(shared);
	do
		status = settle_once(shared, conn, &is_kept, &cause);
	while (status == -1 && sql_retry_again(&retry, &cause));
	if (status == -1) {
		sql_conn_close(*conn);
		*conn = NULL;
		return err_set_code(err, ERR_UNAVAILABLE, SQL_UNSETTLED,
		    "the database did not say whether it kept the change: %s",
		    cause.text);
	}
	if (is_kept)
		return 0;
	return err_set_code(err, ERR_UNAVAILABLE, SQL_AWAY,
	    "the connection to the database was lost");
}

/* End what failed; the connection becomes NULL when it is of no more use. */
static void
give_up(struct sql_shared *shared, struct sql_conn **conn)
{
	if (shared->driver->rollback((*conn)->handle) == 0)
		return;
	sql_conn_close(*conn);
	*conn = NULL;
	sql_close_idle(shared);
}

/* A failure of what includes the commit; 0 when it was kept after all. */
static int
recover(struct sql_shared *shared, struct sql_conn **conn, struct err *err)
{
	if (shared->driver->settle != NULL && sql_err_is(err, SQL_UNSETTLED))
		return settle(shared, conn, err);
	give_up(shared, conn);
	return -1;
}

/* ---- opening ---- */

int
sql_open_driver(struct pool *pool, const struct sql_driver *driver,
    const struct sql_config *config, int connections_max, struct sql **db_r,
    struct err *err)
{
	struct sql_shared *shared = POOL_NEW(pool, struct sql_shared);
	struct sql *db = POOL_NEW(pool, struct sql);
	struct sql_retry retry = sql_retry_begin(shared, SQL_OPEN_WAIT_MS);
	struct sql_conn *conn;
	int status;

	assert(connections_max > 0 && connections_max <= SQL_CONNECTIONS_MAX);
	shared->driver = driver;
	shared->config = *config;
	shared->config.url = pool_strdup(pool, config->url);
	shared->connections_max = connections_max;
	if (driver->prepare(config->url, &shared->connections_max, err) == -1)
		return -1;
	sql_shared_init(shared, pool);
	db->shared = shared;
	/* Open one now: what is wrong shall show at the start. */
	do
		status = sql_lease_begin(shared, &conn, err);
	while (status == -1 && sql_retry_again(&retry, err));
	if (status == -1)
		return -1;
	sql_lease_end(shared, conn);
	*db_r = db;
	return 0;
}

static bool
is_for(const struct sql_driver *driver, struct slice url)
{
	for (size_t i = 0; i < ARRAY_COUNT(driver->schemes); i++)
		if (driver->schemes[i] != NULL &&
		    slice_has_prefix(url, driver->schemes[i]))
			return true;
	return false;
}

static int
open_config(struct pool *pool, const struct sql_config *config,
    int connections_max, struct sql **db_r, struct err *err)
{
	struct slice scheme = slice_str(config->url);

	for (size_t i = 0; i < ARRAY_COUNT(drivers); i++)
		if (is_for(drivers[i], scheme))
			return sql_open_driver(pool, drivers[i], config,
			    connections_max, db_r, err);
	/* The rest of the URL may hold a password. */
	scheme.len = slice_find(scheme, ':');
	return err_set(err, ERR_INVALID,
	    "DATABASE_URL: unknown kind of database \"%.*s\", expected"
	    " sqlite:/path/file.db or postgresql://user@host/name",
	    SLICE_ARG(scheme));
}

int
sql_open(struct pool *pool, const char *url, int connections_max,
    struct sql **db_r, struct err *err)
{
	const struct sql_config config = { .url = url };

	return open_config(pool, &config, connections_max, db_r, err);
}

int
sql_open_volatile(struct pool *pool, const char *url, int connections_max,
    struct sql **db_r, struct err *err)
{
	const struct sql_config config = { .url = url, .is_volatile = true };

	return open_config(pool, &config, connections_max, db_r, err);
}

bool
sql_is_pgsql(const struct sql *db)
{
	return db->shared->driver->is_pgsql;
}

/* ---- statements ---- */

/* One statement as the work of a shared transaction. */
struct single {
	const struct sql_driver *driver;
	const struct sql_statement *statement;
	struct sql_result *result;
};

static int
run_single(struct sql_conn *conn, void *arg, struct err *err)
{
	const struct single *single = arg;

	return single->driver->run(conn->handle, single->statement,
	    single->result, err);
}

static int
run_leased(struct sql *db, const struct sql_statement *statement,
    struct sql_result *result, struct err *err)
{
	struct sql_shared *shared = db->shared;
	struct single single = { shared->driver, statement, result };
	bool is_query = result->rows != NULL;
	struct sql_conn *conn;
	int status;

	if (!is_query && shared->driver->is_single_writer)
		return sql_batch_run(shared, SQL_REPEATABLE_READ, run_single,
		    &single, err);
	if (sql_lease_begin(shared, &conn, err) == -1)
		return -1;
	status = is_query ?
	    shared->driver->run(conn->handle, statement, result, err) :
	    shared->driver->exec(conn->handle, statement, result, err);
	if (status == -1)
		status = recover(shared, &conn, err);
	sql_lease_end(shared, conn);
	return status;
}

static int
run(struct sql *db, const struct sql_statement *statement,
    struct sql_result *result, struct err *err)
{
	struct sql_retry retry = sql_retry_begin(db->shared, SQL_RETRY_WAIT_MS);
	int status;

	/* Inside a transaction only the whole of it can be tried again. */
	if (db->bound != NULL)
		return db->shared->driver->run(db->bound->handle, statement,
		    result, err);
	do
		status = run_leased(db, statement, result, err);
	while (status == -1 && sql_retry_again(&retry, err));
	return status;
}

int
sql_exec(struct sql *db, const char *text, const struct sql_value *args,
    size_t count, int64_t *changed_r, struct err *err)
{
	struct sql_statement statement = { text, args, count };
	struct sql_result result = { .rows = NULL };

	if (run(db, &statement, &result, err) == -1)
		return -1;
	if (changed_r != NULL)
		*changed_r = result.changed;
	return 0;
}

int
sql_query(struct sql *db, struct pool *pool, const char *text,
    const struct sql_value *args, size_t count, struct sql_rows *rows_r,
    struct err *err)
{
	struct sql_statement statement = { text, args, count };
	struct sql_result result = { .pool = pool, .rows = rows_r };

	return run(db, &statement, &result, err);
}

struct script {
	const struct sql_driver *driver;
	const char *text;
};

static int
run_script(struct sql_conn *conn, void *arg, struct err *err)
{
	const struct script *script = arg;

	return script->driver->script(conn->handle, script->text, err);
}

int
sql_script(struct sql *db, const char *text, struct err *err)
{
	struct sql_shared *shared = db->shared;
	struct script script = { shared->driver, text };
	struct sql_conn *conn = db->bound;
	int status;

	if (conn != NULL)
		return run_script(conn, &script, err);
	if (shared->driver->is_single_writer)
		return sql_batch_run(shared, SQL_REPEATABLE_READ, run_script,
		    &script, err);
	if (sql_lease_begin(shared, &conn, err) == -1)
		return -1;
	status = run_script(conn, &script, err);
	if (status == -1)
		give_up(shared, &conn);
	sql_lease_end(shared, conn);
	return status;
}

/* ---- transactions ---- */

struct transaction {
	struct sql_shared *shared;
	enum sql_mode mode;
	sql_fn fn;
	void *arg;
};

static int
call(struct sql_conn *conn, void *arg, struct err *err)
{
	const struct transaction *transaction = arg;
	struct sql tx = { .shared = transaction->shared,
		.bound = conn };

	return transaction->fn(&tx, transaction->arg, err);
}

static int
try_transaction(struct transaction *transaction, struct err *err)
{
	struct sql_shared *shared = transaction->shared;
	struct sql_conn *conn;
	int status;

	if (shared->driver->is_single_writer)
		return sql_batch_run(shared, transaction->mode, call,
		    transaction, err);
	if (sql_lease_begin(shared, &conn, err) == -1)
		return -1;
	status = shared->driver->begin(conn->handle, transaction->mode, err);
	if (status == 0)
		status = call(conn, transaction, err);
	if (status == -1)
		give_up(shared, &conn);
	else if (shared->driver->commit(conn->handle, err) == -1)
		status = recover(shared, &conn, err);
	sql_lease_end(shared, conn);
	return status;
}

static int
run_transaction(struct sql *db, struct transaction *transaction,
    struct err *err)
{
	struct sql_retry retry = sql_retry_begin(db->shared, SQL_RETRY_WAIT_MS);
	int status;

	assert(db->bound == NULL); /* transactions do not nest */
	do
		status = try_transaction(transaction, err);
	while (status == -1 && sql_retry_again(&retry, err));
	return status;
}

int
sql_transaction(struct sql *db, sql_fn fn, void *arg, struct err *err)
{
	struct transaction transaction = { db->shared, SQL_REPEATABLE_READ, fn,
		arg };

	return run_transaction(db, &transaction, err);
}

int
sql_transaction_read_committed(struct sql *db, sql_fn fn, void *arg,
    struct err *err)
{
	struct transaction transaction = { db->shared, SQL_READ_COMMITTED, fn,
		arg };

	return run_transaction(db, &transaction, err);
}

static int
run_statement(struct sql *tx, void *arg, struct err *err)
{
	const struct sql_statement *statement = arg;

	return sql_exec(tx, statement->text, statement->args,
	    statement->count, NULL, err);
}

int
sql_exec_now(struct sql *db, const char *text, const struct sql_value *args,
    size_t count, struct err *err)
{
	struct sql_statement statement = { text, args, count };
	struct transaction transaction = { db->shared, SQL_NO_WAIT,
		run_statement, &statement };

	assert(db->bound == NULL);
	return try_transaction(&transaction, err);
}

int
sql_lock_table(struct sql *tx, const char *table, struct err *err)
{
	assert(tx->bound != NULL);
	return tx->shared->driver->lock(tx->bound->handle, table, err);
}

/* ---- cells ---- */

static const struct sql_value *
cell(const struct sql_rows *rows, size_t row, size_t column)
{
	assert(row < rows->count && column < rows->columns);
	return &rows->values[row * rows->columns + column];
}

int64_t
sql_int(const struct sql_rows *rows, size_t row, size_t column)
{
	const struct sql_value *value = cell(rows, row, column);

	assert(value->type != SQL_TYPE_TEXT);
	return value->number;
}

const char *
sql_text(const struct sql_rows *rows, size_t row, size_t column)
{
	const struct sql_value *value = cell(rows, row, column);

	assert(value->type != SQL_TYPE_INT);
	return value->text;
}

bool
sql_is_null(const struct sql_rows *rows, size_t row, size_t column)
{
	return cell(rows, row, column)->type == SQL_TYPE_NULL;
}
