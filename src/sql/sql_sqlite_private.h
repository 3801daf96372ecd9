/*
 * The parts of the driver for SQLite: connections and transactions
 * (sql_sqlite.c), statements (sql_sqlite_statement.c).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef SQL_SQL_SQLITE_PRIVATE_H
#define SQL_SQL_SQLITE_PRIVATE_H

#include <sqlite3.h>

#include "sql/sql_private.h"

enum { LITE_CACHE_SLOTS = 128 };

struct lite {
	sqlite3 *db;
	bool is_volatile;
	bool is_impatient; /* SQL_NO_WAIT: another writer is not waited for */
	/*
	 * Prepared statements, each in one of several slots from that of
	 * its hash on: one slot alone is soon shared by two, which would be
	 * prepared anew in each request.
	 */
	sqlite3_stmt *cache[LITE_CACHE_SLOTS];
};

/* What a result code of SQLite is to sql.c; db may be NULL.  Always -1. */
int lite_fail(sqlite3 *db, int code, struct err *err);
/* sql_driver.run. */
int lite_run(void *conn, const struct sql_statement *statement,
    struct sql_result *result, struct err *err) ATTR_MUST_USE;

#endif
