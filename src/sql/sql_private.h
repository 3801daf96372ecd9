/*
 * What a driver of sql.h provides.
 *
 * sql.c owns leasing, waiting and retrying; a driver only knows connections,
 * each used by one thread at a time.  Three codes of ERR_UNAVAILABLE tell sql.c
 * what to do about a failure:
 *
 *	SQL_BUSY	lost against another writer: try again
 *	SQL_AWAY	no connection, and nothing was kept: try on a new one
 *	SQL_UNSETTLED	no answer to a commit: ask settle() what became of it
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef SQL_SQL_PRIVATE_H
#define SQL_SQL_PRIVATE_H

#include "sql/sql.h"

#define SQL_BUSY "busy"
#define SQL_AWAY "away"
#define SQL_UNSETTLED "commit_unknown"

/* How a transaction stands to others that are under way. */
enum sql_mode {
	SQL_REPEATABLE_READ, /* sql_transaction() */
	SQL_READ_COMMITTED,  /* sql_transaction_read_committed() */
	SQL_NO_WAIT	     /* sql_exec_now(): never waits for a lock */
};

struct sql_config {
	const char *url;
	bool is_volatile; /* commits do not wait for the disk */
};

struct sql_statement {
	const char *text;
	const struct sql_value *args;
	size_t count;
};

struct sql_result {
	struct pool *pool;     /* of the rows */
	struct sql_rows *rows; /* NULL: rows are not wanted */
	int64_t changed;
};

struct sql_driver {
	const char *schemes[2]; /* "sqlite:"; the second may be NULL */
	bool is_pgsql;
	/*
	 * Writers of one process wait in line instead of trying again, and
	 * share transactions (sql_batch.c).
	 */
	bool is_single_writer;
	/*
	 * Once, before the first connection: look at the URL, make what must
	 * be there, and lower *connections_max where the URL asks for it.
	 */
	int (*prepare)(const char *url, int *connections_max, struct err *err);
	/* A connection that is closed when its pool is cleared. */
	int (*open)(struct pool *pool, const struct sql_config *config,
	    void **conn_r, struct err *err);
	/* One statement, in a transaction or on its own. */
	int (*run)(void *conn, const struct sql_statement *statement,
	    struct sql_result *result, struct err *err);
	/* One statement as a transaction, begin and commit included. */
	int (*exec)(void *conn, const struct sql_statement *statement,
	    struct sql_result *result, struct err *err);
	int (*script)(void *conn, const char *text, struct err *err);
	int (*begin)(void *conn, enum sql_mode mode, struct err *err);
	/* sql_lock_table(). */
	int (*lock)(void *conn, const char *table, struct err *err);
	int (*commit)(void *conn, struct err *err);
	/*
	 * For single writers: what may be undone without the rest of the
	 * transaction.  undo() gives -1 when the rest is gone too.
	 */
	int (*savepoint)(void *conn, struct err *err);
	int (*release)(void *conn, struct err *err);
	int (*undo)(void *conn);
	/*
	 * After a failure: end the transaction, if any.  -1: the connection
	 * is not fit for further use.
	 */
	int (*rollback)(void *conn);
	/*
	 * Was what commit() or exec() left SQL_UNSETTLED on the connection
	 * lost kept?  Afterwards it can no longer come to be.  NULL when they
	 * never do.
	 */
	int (*settle)(void *conn, const void *lost, bool *is_kept_r,
	    struct err *err);
};

extern const struct sql_driver sql_sqlite_driver;
extern const struct sql_driver sql_pgsql_driver;

/* As sql_open(), with this driver. */
int sql_open_driver(struct pool *pool, const struct sql_driver *driver,
    const struct sql_config *config, int connections_max, struct sql **db_r,
    struct err *err) ATTR_MUST_USE;

#endif
