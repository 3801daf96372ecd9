/* SPDX-License-Identifier: MIT */
#include "model/user.h"

static const char count_logins[] =
    "SELECT count(*) FROM users u JOIN tenants t ON t.id = u.tenant_id"
    " WHERE u.realm = 'password' AND u.password <> ''"
    " AND u.is_disabled = 0 AND t.is_disabled = 0";

int
user_count_logins(struct sql *db, struct pool *pool, int64_t *count_r,
    struct err *err)
{
	struct sql_rows rows;

	if (sql_query(db, pool, count_logins, NULL, 0, &rows, err) == -1)
		return -1;
	*count_r = sql_int(&rows, 0, 0);
	return 0;
}
