/* SPDX-License-Identifier: MIT */
#include "model/avatar.h"
#include "model/file.h"

enum statement { FIND_AVATAR, SET_AVATAR, STATEMENT_COUNT };

#define THIS_USER " WHERE tenant_id = $1 AND id = $2"

static const char *const statements[STATEMENT_COUNT] = {
	[FIND_AVATAR] = "SELECT coalesce(avatar_file_id, 0) FROM users"
	    THIS_USER,
	[SET_AVATAR] = "UPDATE users SET avatar_file_id = $3" THIS_USER,
};

/* Which picture he has; 0: none. */
static int
find_avatar(struct sql *tx, int64_t tenant_id, int64_t user_id,
    int64_t *file_id_r, struct err *err)
{
	struct sql_value args[] = { SQL_INT(tenant_id), SQL_INT(user_id) };
	struct pool *pool = pool_new();
	struct sql_rows rows = { .count = 0 };
	int result = sql_query(tx, pool, statements[FIND_AVATAR], args,
	    ARRAY_COUNT(args), &rows, err);

	if (result == 0 && rows.count > 0)
		*file_id_r = sql_int(&rows, 0, 0);
	else if (result == 0)
		result = err_set(err, ERR_NOT_FOUND, "no user %lld",
		    (long long)user_id);
	pool_free(&pool);
	return result;
}

int
avatar_set(struct sql *tx, int64_t tenant_id, int64_t user_id,
    int64_t file_id, struct err *err)
{
	struct sql_value args[] = { SQL_INT(tenant_id), SQL_INT(user_id),
		file_id == 0 ? SQL_NULL : SQL_INT(file_id) };
	int64_t old = 0;

	if (find_avatar(tx, tenant_id, user_id, &old, err) == -1 ||
	    sql_exec(tx, statements[SET_AVATAR], args, ARRAY_COUNT(args), NULL,
		err) == -1)
		return -1;
	if (old == 0 || old == file_id)
		return 0;
	return file_discard(tx, tenant_id, old, FILE_GONE, err);
}
