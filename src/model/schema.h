/*
 * The tables, as migrations of sql/sql.h.  A row that has been released is
 * never changed: what comes later is a further row.
 *
 * Portable SQL only: flags are 0 or 1, times are seconds, and numbers come
 * from `counters`, because databases do not agree on how to count.  Foreign
 * keys that include the tenant keep tenants apart even where a query forgets.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_SCHEMA_H
#define MODEL_SCHEMA_H

#include "sql/sql.h"

enum { SCHEMA_VERSION = 3 };

extern const struct sql_migration schema_migrations[SCHEMA_VERSION];

#endif
