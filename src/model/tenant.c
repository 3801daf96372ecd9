/* SPDX-License-Identifier: MIT */
#include "model/tenant.h"

enum statement { FIND_TENANT, STATEMENT_COUNT };

static const char *const statements[STATEMENT_COUNT] = {
	[FIND_TENANT] = "SELECT id FROM tenants WHERE id = $1",
};

int
tenant_check(struct sql *db, int64_t id, struct err *err)
{
	struct sql_value args[] = { SQL_INT(id) };
	struct pool *pool = pool_new();
	struct sql_rows rows;
	int result = sql_query(db, pool, statements[FIND_TENANT], args,
	    ARRAY_COUNT(args), &rows, err);

	if (result == 0 && rows.count == 0)
		result = err_set(err, ERR_NOT_FOUND,
		    "the database has no tenant %lld", (long long)id);
	pool_free(&pool);
	return result;
}
