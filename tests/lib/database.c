/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <stdlib.h>

#include "base/rand.h"
#include "lib/database.h"
#include "sql/sql.h"

static const char *
server(void)
{
	const char *url = getenv("ALMACEN_TEST_PGSQL");

	return url != NULL ? url : "";
}

bool
database_is_pgsql(void)
{
	return *server() != '\0';
}

const char *
database_new(struct pool *pool, const char *sqlite_url)
{
	struct pool *scratch = pool_new();
	const char *name = pool_format(pool, "test_%s", rand_hex(pool, 8));
	struct err err = ERR_INIT;
	struct sql *db;

	if (!database_is_pgsql()) {
		pool_free(&scratch);
		return sqlite_url;
	}
	if (sql_open(scratch, server(), 1, &db, &err) == -1 ||
	    sql_script(db, pool_format(pool, "CREATE SCHEMA %s", name), &err) ==
		-1)
		fail_msg("%s", err.text);
	pool_free(&scratch);
	return pool_format(pool, "%s&options=-c%%20search_path%%3D%s", server(),
	    name);
}
