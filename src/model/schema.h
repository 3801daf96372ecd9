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

/*
 * The units of measure that every tenant begins with: rows of a number from 1
 * (column1) and a name (column2).
 */
enum { SCHEMA_UOM_COUNT = 12 };
#define SCHEMA_UOMS                                                      \
	"VALUES (1, 'Unidad'), (2, 'Kilogramo'), (3, 'Gramo'),"          \
	" (4, 'Litro'), (5, 'Metro'), (6, 'Metro cuadrado'), (7, 'Caja')," \
	" (8, 'Paquete'), (9, 'Docena'), (10, 'Par'), (11, 'Juego'),"    \
	" (12, 'Rollo')"

extern const struct sql_migration schema_migrations[SCHEMA_VERSION];

#endif
