/*
 * A third SQL driver: one of the others that fails at the n-th call.
 *
 *	fault_open(pool, "sqlite::memory:", &db);
 *	fault_at(3);	the third call from now on fails, once
 *	...
 *	fault_at(0);	no more faults; tells whether the fault happened
 *
 * Calls are statements, scripts, begins and commits.  One database at a time.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef LIB_SQL_FAULT_H
#define LIB_SQL_FAULT_H

#include <stdbool.h>

#include "sql/sql.h"

int fault_open(struct pool *pool, const char *url, struct sql **db_r,
    struct err *err);
/* Arm for the n-th call; true when the last armed fault has happened. */
bool fault_at(int n);
/* As fault_at(), with a commit that fails although it was kept. */
bool fault_at_lost_commit(int n);
/* From the n-th call on all fail: the database is away. */
bool fault_from(int n);

#endif
