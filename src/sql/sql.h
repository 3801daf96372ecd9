/*
 * A narrow SQL interface over drivers: SQLite and PostgreSQL.
 *
 * Parameters are always bound, never formatted in: texts say $1, $2, ...
 * A struct sql is shared by all threads: each statement leases a connection
 * from its pool for as long as it runs, and results are copied out.  Inside
 * sql_transaction() the function gets a struct sql that is bound to one
 * connection and must use only that one.  Open it after fork(): connections
 * do not survive one.
 *
 *	struct sql_value args[] = { SQL_INT(tenant), SQL_TEXT(sku) };
 *	sql_query(db, pool, "SELECT id FROM products WHERE tenant_id = $1"
 *	    " AND sku = $2", args, ARRAY_COUNT(args), &rows, err);
 *
 * Errors: ERR_CONFLICT for a unique or foreign-key violation (code "unique" or
 * "foreign_key"; the transaction it happens in must fail, PostgreSQL goes on
 * with none), ERR_UNAVAILABLE for a locked, full or absent database (code
 * "commit_unknown": nobody can say whether it was kept), ERR_INTERNAL for our
 * own faults.
 *
 * When the connection to a server is lost, what was under way is done again
 * on a new one; a restart of the server costs time and no request.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef SQL_SQL_H
#define SQL_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/log.h"
#include "base/pool.h"

enum { SQL_ROWS_MAX = 10000, SQL_CONNECTIONS_MAX = 64 };

enum sql_type { SQL_TYPE_NULL, SQL_TYPE_INT, SQL_TYPE_TEXT };

struct sql_value {
	enum sql_type type;
	int64_t number;
	const char *text; /* NUL-terminated UTF-8 */
};

#define SQL_NULL ((struct sql_value){ .type = SQL_TYPE_NULL })
#define SQL_INT(n) ((struct sql_value){ .type = SQL_TYPE_INT, .number = (n) })
/* NULL text is SQL NULL. */
#define SQL_TEXT(s) sql_text_value(s)
struct sql_value sql_text_value(const char *text);

struct sql;

struct sql_rows {
	size_t count;
	size_t columns;
	const struct sql_value *values; /* row by row */
};

struct sql_migration {
	int version;	  /* 1, 2, 3, ... without gaps */
	const char *name; /* for the log */
	const char *script;
	/* What only PostgreSQL needs, run after the script; or NULL. */
	const char *pgsql_script;
};

/*
 * Open "sqlite:/path/file.db", "sqlite::memory:" or a "postgresql://" URL of
 * libpq with at most so many connections (one for :memory:).  Closed when the
 * pool is cleared.
 */
int sql_open(struct pool *pool, const char *url, int connections_max,
    struct sql **db_r, struct err *err) ATTR_MUST_USE;
/*
 * As sql_open(), for what may be lost with the machine's power: commits do not
 * wait for the disk.
 */
int sql_open_volatile(struct pool *pool, const char *url, int connections_max,
    struct sql **db_r, struct err *err) ATTR_MUST_USE;

/* Run a statement without a result; *changed_r (may be NULL) counts rows. */
int sql_exec(struct sql *db, const char *text, const struct sql_value *args,
    size_t count, int64_t *changed_r, struct err *err) ATTR_MUST_USE;
/*
 * As sql_exec() without waiting for other writers, for what may be left out: it
 * is tried once, and ERR_UNAVAILABLE when somebody else is at it.
 */
int sql_exec_now(struct sql *db, const char *text,
    const struct sql_value *args, size_t count, struct err *err)
    ATTR_MUST_USE;
/*
 * Run a statement with a result.  Outside a transaction it may run twice, when
 * the connection is lost: INSERT ... RETURNING belongs into one.
 */
int sql_query(struct sql *db, struct pool *pool, const char *text,
    const struct sql_value *args, size_t count, struct sql_rows *rows_r,
    struct err *err) ATTR_MUST_USE;
/*
 * Several statements without parameters, for migrations; none of them begins
 * or ends a transaction.
 */
int sql_script(struct sql *db, const char *text, struct err *err)
    ATTR_MUST_USE;

/*
 * True for PostgreSQL.  For what has to be said in another way there; rules
 * are the same on both.
 */
bool sql_is_pgsql(const struct sql *db);

typedef int (*sql_fn)(struct sql *tx, void *arg, struct err *err);
/*
 * BEGIN (for writing), fn, COMMIT; ROLLBACK when fn or COMMIT fails.  fn runs
 * again when the database asks for it, so its only effects are in tx and arg.
 * It sees one snapshot; of two transactions that change the same row, one runs
 * again.  When the answer to COMMIT is lost, what became of it is looked up.
 */
int sql_transaction(struct sql *db, sql_fn fn, void *arg, struct err *err)
    ATTR_MUST_USE;

/*
 * As sql_transaction(), for a row that everybody changes: each statement sees
 * what was committed before it, so that of two that change the same row one
 * waits for the other, and neither runs again.  Only for a fn that reads
 * nothing first: its statements decide by what they change themselves (UPDATE
 * ... WHERE there is room).
 */
int sql_transaction_read_committed(struct sql *db, sql_fn fn, void *arg,
    struct err *err) ATTR_MUST_USE;

/*
 * Wait until no other transaction holds this lock on a table of ours or
 * changes a row of it; to be called first in a transaction.  For rows that
 * everybody changes: without it most of them would run again.
 */
int sql_lock_table(struct sql *tx, const char *table, struct err *err)
    ATTR_MUST_USE;

/* Cells of a result; NULL text and 0 for SQL NULL. */
int64_t sql_int(const struct sql_rows *rows, size_t row, size_t column);
const char *sql_text(const struct sql_rows *rows, size_t row, size_t column);
bool sql_is_null(const struct sql_rows *rows, size_t row, size_t column);

/*
 * Bring the schema up to the last row of the table, under a lock that holds
 * across processes; a database newer than the table is ERR_INTERNAL with a
 * text that says so.
 */
int sql_migrate(struct sql *db, const struct sql_migration *table,
    size_t count, const struct log *log, struct err *err) ATTR_MUST_USE;
/* The version a database has; an error when it never was migrated. */
int sql_version(struct sql *db, int64_t *version_r, struct err *err)
    ATTR_MUST_USE;

#endif
