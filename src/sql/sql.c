/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/rand.h"
#include "base/slice.h"
#include "sql/sql_private.h"

enum {
	LEASE_WAIT_MS = 15 * 1000,
	RETRY_WAIT_MS = 15 * 1000, /* for all tries together */
	BACK_OFF_MS = 4,	   /* doubled with each try */
	BACK_OFF_MAX_MS = 250
};

struct conn {
	struct conn *next; /* while idle */
	struct pool *pool; /* its own: pools belong to one thread at a time */
	void *handle;	   /* the driver's */
};

/* What all leases of a database share. */
struct shared {
	const struct sql_driver *driver;
	const char *url;
	int connections_max;
	pthread_mutex_t mutex; /* guards what follows */
	/* One waiter is woken for each thing that was given back. */
	pthread_cond_t conn_free, writer_free;
	struct conn *idle;
	int open_count; /* leased and idle ones */
	bool is_writing;
};

struct sql {
	struct shared *shared;
	struct conn *bound; /* inside a transaction, else NULL */
};

struct retry {
	int64_t deadline_ms;
	int64_t back_off_ms;
};

static const struct sql_driver *const drivers[] = { &sql_sqlite_driver };

struct sql_value
sql_text_value(const char *text)
{
	if (text == NULL)
		return SQL_NULL;
	return (struct sql_value){ .type = SQL_TYPE_TEXT, .text = text };
}

static struct retry
retry_begin(void)
{
	return (struct retry){ .back_off_ms = BACK_OFF_MS,
		.deadline_ms = clock_monotonic_ms() + RETRY_WAIT_MS };
}

/*
 * After a failure: sleep and say true when another try makes sense.  Half of
 * the pause is left to chance, so that rivals do not meet again.
 */
static bool
retry_again(struct retry *retry, const struct err *err)
{
	int64_t pause_ms;
	struct timespec pause;

	if (strcmp(err->code, SQL_BUSY) != 0 ||
	    clock_monotonic_ms() >= retry->deadline_ms)
		return false;
	pause_ms = retry->back_off_ms / 2 +
	    (int64_t)rand_below((uint64_t)retry->back_off_ms / 2 + 1);
	pause.tv_sec = 0;
	pause.tv_nsec = (long)pause_ms * 1000000;
	(void)nanosleep(&pause, NULL);
	if (retry->back_off_ms < BACK_OFF_MAX_MS)
		retry->back_off_ms *= 2;
	return true;
}

/* ---- connections ---- */

static int
conn_open(struct shared *shared, struct conn **conn_r, struct err *err)
{
	struct pool *pool = pool_new();
	struct conn *conn = POOL_NEW(pool, struct conn);
	struct retry retry = retry_begin();
	int result;

	conn->pool = pool;
	do
		result = shared->driver->open(pool, shared->url,
		    &conn->handle, err);
	while (result == -1 && retry_again(&retry, err));
	if (result == -1) {
		pool_free(&pool);
		return -1;
	}
	*conn_r = conn;
	return 0;
}

static void
conn_close(struct conn *conn)
{
	struct pool *pool = conn->pool;

	pool_free(&pool);
}

/* ---- leases; these are called with the mutex held ---- */

static struct timespec
lease_deadline(void)
{
	int64_t until_ms = clock_monotonic_ms() + LEASE_WAIT_MS;

	return (struct timespec){ .tv_sec = until_ms / 1000,
		.tv_nsec = (long)(until_ms % 1000) * 1000000 };
}

static bool
is_conn_free(const struct shared *shared)
{
	return shared->idle != NULL ||
	    shared->open_count < shared->connections_max;
}

/* The writers of one process queue here, and not in the database. */
static int
wait_for_writer(struct shared *shared, const struct timespec *until,
    struct err *err)
{
	while (shared->is_writing)
		if (pthread_cond_timedwait(&shared->writer_free, &shared->mutex,
			until) == ETIMEDOUT &&
		    shared->is_writing)
			return err_set(err, ERR_UNAVAILABLE,
			    "the database is busy writing");
	shared->is_writing = true;
	return 0;
}

static void
writer_end(struct shared *shared)
{
	shared->is_writing = false;
	(void)pthread_cond_signal(&shared->writer_free);
}

static int
wait_for_conn(struct shared *shared, const struct timespec *until,
    struct conn **conn_r, struct err *err)
{
	while (!is_conn_free(shared))
		if (pthread_cond_timedwait(&shared->conn_free, &shared->mutex,
			until) == ETIMEDOUT &&
		    !is_conn_free(shared))
			return err_set(err, ERR_UNAVAILABLE,
			    "all %d database connections are in use",
			    shared->connections_max);
	*conn_r = shared->idle;
	if (shared->idle != NULL)
		shared->idle = shared->idle->next;
	else
		shared->open_count++;
	return 0;
}

static int
wait_for_lease(struct shared *shared, bool is_writer, struct conn **conn_r,
    struct err *err)
{
	const struct timespec until = lease_deadline();

	if (is_writer && wait_for_writer(shared, &until, err) == -1)
		return -1;
	if (wait_for_conn(shared, &until, conn_r, err) == 0)
		return 0;
	if (is_writer)
		writer_end(shared);
	return -1;
}

/* ---- leases ---- */

/* Give a place back, with its connection or (NULL) without. */
static void
lease_end(struct shared *shared, struct conn *conn, bool is_writer)
{
	(void)pthread_mutex_lock(&shared->mutex);
	if (conn == NULL) {
		shared->open_count--;
	} else {
		conn->next = shared->idle;
		shared->idle = conn;
	}
	(void)pthread_cond_signal(&shared->conn_free);
	if (is_writer)
		writer_end(shared);
	(void)pthread_mutex_unlock(&shared->mutex);
}

/* Take an idle connection or the right to open one (*conn_r is then NULL). */
static int
lease_take(struct shared *shared, bool is_writer, struct conn **conn_r,
    struct err *err)
{
	int result;

	(void)pthread_mutex_lock(&shared->mutex);
	result = wait_for_lease(shared, is_writer, conn_r, err);
	(void)pthread_mutex_unlock(&shared->mutex);
	return result;
}

static int
lease_begin(struct shared *shared, bool is_writer, struct conn **conn_r,
    struct err *err)
{
	if (lease_take(shared, is_writer, conn_r, err) == -1)
		return -1;
	if (*conn_r != NULL)
		return 0;
	if (conn_open(shared, conn_r, err) == -1) {
		lease_end(shared, NULL, is_writer);
		return -1;
	}
	return 0;
}

static bool
must_queue(const struct shared *shared)
{
	return shared->driver->is_single_writer;
}

/* ---- opening ---- */

static void
close_all(void *arg)
{
	struct shared *shared = arg;
	struct conn *next;

	for (; shared->idle != NULL; shared->idle = next) {
		next = shared->idle->next;
		conn_close(shared->idle);
	}
	(void)pthread_cond_destroy(&shared->conn_free);
	(void)pthread_cond_destroy(&shared->writer_free);
	(void)pthread_mutex_destroy(&shared->mutex);
}

static void
init_locks(struct shared *shared)
{
	pthread_condattr_t attr;

	(void)pthread_mutex_init(&shared->mutex, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&shared->conn_free, &attr);
	(void)pthread_cond_init(&shared->writer_free, &attr);
	(void)pthread_condattr_destroy(&attr);
}

int
sql_open_driver(struct pool *pool, const struct sql_driver *driver,
    const char *url, int connections_max, struct sql **db_r, struct err *err)
{
	struct shared *shared = POOL_NEW(pool, struct shared);
	struct sql *db = POOL_NEW(pool, struct sql);
	struct conn *conn;

	assert(connections_max > 0 && connections_max <= SQL_CONNECTIONS_MAX);
	shared->driver = driver;
	shared->url = pool_strdup(pool, url);
	shared->connections_max = connections_max;
	if (driver->prepare(url, &shared->connections_max, err) == -1)
		return -1;
	init_locks(shared);
	pool_on_clear(pool, close_all, shared);
	db->shared = shared;
	/* Open one now: what is wrong shall show at the start. */
	if (lease_begin(shared, false, &conn, err) == -1)
		return -1;
	lease_end(shared, conn, false);
	*db_r = db;
	return 0;
}

int
sql_open(struct pool *pool, const char *url, int connections_max,
    struct sql **db_r, struct err *err)
{
	struct slice scheme = slice_str(url);

	for (size_t i = 0; i < ARRAY_COUNT(drivers); i++)
		if (slice_has_prefix(scheme, drivers[i]->scheme))
			return sql_open_driver(pool, drivers[i], url,
			    connections_max, db_r, err);
	/* The rest of the URL may hold a password. */
	scheme.len = slice_find(scheme, ':');
	return err_set(err, ERR_INVALID,
	    "DATABASE_URL: unknown kind of database \"%.*s\", expected"
	    " sqlite:/path/file.db",
	    SLICE_ARG(scheme));
}

/* ---- statements ---- */

static int
run_leased(struct sql *db, const struct sql_statement *statement,
    struct sql_result *result, struct err *err)
{
	struct shared *shared = db->shared;
	bool is_writer = result->rows == NULL && must_queue(shared);
	struct conn *conn;
	int status;

	if (lease_begin(shared, is_writer, &conn, err) == -1)
		return -1;
	status = shared->driver->run(conn->handle, statement, result, err);
	lease_end(shared, conn, is_writer);
	return status;
}

static int
run(struct sql *db, const struct sql_statement *statement,
    struct sql_result *result, struct err *err)
{
	struct retry retry = retry_begin();
	int status;

	/* Inside a transaction only the whole of it can be tried again. */
	if (db->bound != NULL)
		return db->shared->driver->run(db->bound->handle, statement,
		    result, err);
	do
		status = run_leased(db, statement, result, err);
	while (status == -1 && retry_again(&retry, err));
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

int
sql_script(struct sql *db, const char *text, struct err *err)
{
	struct shared *shared = db->shared;
	struct conn *conn = db->bound;
	int status;

	if (conn != NULL)
		return shared->driver->script(conn->handle, text, err);
	if (lease_begin(shared, must_queue(shared), &conn, err) == -1)
		return -1;
	status = shared->driver->script(conn->handle, text, err);
	lease_end(shared, conn, must_queue(shared));
	return status;
}

/* ---- transactions ---- */

static int
run_transaction(struct shared *shared, struct conn *conn, sql_fn fn, void *arg,
    struct err *err)
{
	struct sql tx = { .shared = shared, .bound = conn };

	if (shared->driver->begin(conn->handle, err) == -1)
		return -1;
	if (fn(&tx, arg, err) == -1)
		return -1;
	return shared->driver->commit(conn->handle, err);
}

static int
try_transaction(struct shared *shared, sql_fn fn, void *arg, struct err *err)
{
	bool is_writer = must_queue(shared);
	struct conn *conn;
	int status;

	if (lease_begin(shared, is_writer, &conn, err) == -1)
		return -1;
	status = run_transaction(shared, conn, fn, arg, err);
	if (status == -1 && shared->driver->rollback(conn->handle) == -1) {
		conn_close(conn);
		conn = NULL;
	}
	lease_end(shared, conn, is_writer);
	return status;
}

int
sql_transaction(struct sql *db, sql_fn fn, void *arg, struct err *err)
{
	struct retry retry = retry_begin();
	int status;

	assert(db->bound == NULL); /* transactions do not nest */
	do
		status = try_transaction(db->shared, fn, arg, err);
	while (status == -1 && retry_again(&retry, err));
	return status;
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
