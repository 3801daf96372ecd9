/*
 * The database of a test: one of SQLite, or, when the environment names a
 * server in ALMACEN_TEST_PGSQL (see start-postgres.sh), a fresh schema there.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef LIB_DATABASE_H
#define LIB_DATABASE_H

#include <stdbool.h>

#include "base/pool.h"

bool database_is_pgsql(void);
/* The URL of an empty one; in SQLite this one, such as "sqlite::memory:". */
const char *database_new(struct pool *pool, const char *sqlite_url);

#endif
