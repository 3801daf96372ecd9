/*
 * What a driver of sql.h provides.
 *
 * sql.c owns leasing, waiting and retrying; a driver only knows connections,
 * each used by one thread at a time.  A statement that lost against another
 * writer fails with ERR_UNAVAILABLE and the code SQL_BUSY, which makes sql.c
 * try again.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef SQL_SQL_PRIVATE_H
#define SQL_SQL_PRIVATE_H

#include "sql/sql.h"

#define SQL_BUSY "busy"

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
	const char *scheme; /* "sqlite:" */
	/* Writers of one process wait in line instead of trying again. */
	bool is_single_writer;
	/*
	 * Once, before the first connection: look at the URL, make what must
	 * be there, and lower *connections_max where the URL asks for it.
	 */
	int (*prepare)(const char *url, int *connections_max, struct err *err);
	/* A connection that is closed when its pool is cleared. */
	int (*open)(struct pool *pool, const char *url, void **conn_r,
	    struct err *err);
	int (*run)(void *conn, const struct sql_statement *statement,
	    struct sql_result *result, struct err *err);
	int (*script)(void *conn, const char *text, struct err *err);
	int (*begin)(void *conn, struct err *err);
	int (*commit)(void *conn, struct err *err);
	/* -1: the connection is not fit for further use. */
	int (*rollback)(void *conn);
};

extern const struct sql_driver sql_sqlite_driver;

/* As sql_open(), with this driver. */
int sql_open_driver(struct pool *pool, const struct sql_driver *driver,
    const char *url, int connections_max, struct sql **db_r, struct err *err)
    ATTR_MUST_USE;

#endif
