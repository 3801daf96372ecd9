/*
 * Group commit: writers of a database that has room for one at a time share a
 * transaction when several wait.
 *
 * They take turns on one connection, each behind a savepoint of its own; the
 * last in line commits for all, and nobody is told of success before that, nor
 * of a failure that another one's change may have caused.
 * Who is alone pays nothing for it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef SQL_SQL_BATCH_PRIVATE_H
#define SQL_SQL_BATCH_PRIVATE_H

#include "sql/sql_lease_private.h"

typedef int (*sql_work_fn)(struct sql_conn *conn, void *arg, struct err *err);

/*
 * Wait for a turn, do the work, and wait until it is committed.  When it fails
 * nothing of it stays.  SQL_BUSY when it has to be done again because another
 * one's failure ended the transaction, or when SQL_NO_WAIT would have to wait
 * for a turn.
 */
int sql_batch_run(struct sql_shared *shared, enum sql_mode mode,
    sql_work_fn work, void *arg, struct err *err) ATTR_MUST_USE;

#endif
