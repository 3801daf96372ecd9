/*
 * In the place of the driver for PostgreSQL in a program built without libpq.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sql/sql_private.h"

static int
absent_prepare(const char *url, int *connections_max, struct err *err)
{
	(void)url;
	(void)connections_max;
	return err_set(err, ERR_INVALID,
	    "DATABASE_URL: this program was built without PostgreSQL"
	    " (configure --with-pgsql)");
}

/* Nothing opens what was refused. */
const struct sql_driver sql_pgsql_driver = {
	.schemes = { "postgresql://", "postgres://" },
	.is_pgsql = true,
	.prepare = absent_prepare,
};
