/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "model/quota.h"

enum statement {
	RESERVE,
	SETTLE,
	RELEASE_RESERVED,
	RELEASE_USED,
	FIND_ROOM,
	COUNT_FILES,
	SET_COUNTERS,
	STATEMENT_COUNT
};

static const char *const statements[STATEMENT_COUNT] = {
	[RESERVE] =
	    "UPDATE tenants SET reserved_bytes = reserved_bytes + $2,"
	    " reserved_objects = reserved_objects + 1 WHERE id = $1"
	    " AND (quota_bytes = 0"
	    "  OR used_bytes + reserved_bytes + $2 <= quota_bytes)"
	    " AND (quota_objects = 0"
	    "  OR used_objects + reserved_objects + 1 <= quota_objects)",
	[SETTLE] =
	    "UPDATE tenants SET reserved_bytes = reserved_bytes - $2,"
	    " reserved_objects = reserved_objects - 1,"
	    " used_bytes = used_bytes + $3, used_objects = used_objects + 1"
	    " WHERE id = $1 AND (quota_bytes = 0"
	    "  OR CAST($3 AS BIGINT) <= CAST($2 AS BIGINT)"
	    "  OR used_bytes + reserved_bytes - $2 + $3 <= quota_bytes)",
	[RELEASE_RESERVED] =
	    "UPDATE tenants SET reserved_bytes = reserved_bytes - $2,"
	    " reserved_objects = reserved_objects - 1 WHERE id = $1",
	[RELEASE_USED] =
	    "UPDATE tenants SET used_bytes = used_bytes - $2,"
	    " used_objects = used_objects - 1 WHERE id = $1",
	[FIND_ROOM] = "SELECT quota_bytes, used_bytes + reserved_bytes,"
		      " quota_objects, used_objects + reserved_objects"
		      " FROM tenants WHERE id = $1",
	/* What the counters say and what the files say, as of one moment. */
	[COUNT_FILES] =
	    "SELECT t.used_bytes, t.used_objects, t.reserved_bytes,"
	    " t.reserved_objects, f.used_bytes, f.used_objects,"
	    " f.reserved_bytes, f.reserved_objects FROM tenants t"
	    " CROSS JOIN (SELECT"
	    "  CAST(coalesce(sum(CASE state WHEN 'pending' THEN 0"
	    "   ELSE charged_bytes END), 0) AS BIGINT) AS used_bytes,"
	    "  CAST(coalesce(sum(CASE state WHEN 'pending' THEN 0"
	    "   ELSE 1 END), 0) AS BIGINT) AS used_objects,"
	    "  CAST(coalesce(sum(CASE state WHEN 'pending'"
	    "   THEN charged_bytes ELSE 0 END), 0) AS BIGINT)"
	    "   AS reserved_bytes,"
	    "  CAST(coalesce(sum(CASE state WHEN 'pending' THEN 1"
	    "   ELSE 0 END), 0) AS BIGINT) AS reserved_objects"
	    "  FROM files WHERE tenant_id = $1"
	    "  AND state IN ('pending', 'live', 'trashed')) f"
	    " WHERE t.id = $1",
	[SET_COUNTERS] =
	    "UPDATE tenants SET used_bytes = $2, used_objects = $3,"
	    " reserved_bytes = $4, reserved_objects = $5 WHERE id = $1",
};

/* ---- the way of a file ---- */

static bool
is_full(int64_t quota, int64_t taken, int64_t more)
{
	return quota != 0 && taken + more > quota;
}

/* An UPDATE found no room for one object of so many bytes. */
static int
refuse(const struct sql_rows *tenant, int64_t bytes, struct err *err)
{
	int64_t quota_bytes = sql_int(tenant, 0, 0);
	bool has_bytes =
	    !is_full(quota_bytes, sql_int(tenant, 0, 1), bytes);
	bool has_objects =
	    !is_full(sql_int(tenant, 0, 2), sql_int(tenant, 0, 3), 1);

	/* Others may have made room since: then it is what has a limit. */
	if (has_bytes && (!has_objects || quota_bytes == 0))
		return err_set_code(err, ERR_TOO_LARGE, "quota_objects",
		    "no room for another file");
	return err_set_code(err, ERR_TOO_LARGE, "quota_bytes",
	    "no room for %lld bytes", (long long)bytes);
}

static int
no_room(struct sql *tx, int64_t tenant_id, int64_t bytes, struct err *err)
{
	struct sql_value args[] = { SQL_INT(tenant_id) };
	struct pool *pool = pool_new();
	struct sql_rows rows;
	int result = sql_query(tx, pool, statements[FIND_ROOM], args,
	    ARRAY_COUNT(args), &rows, err);

	if (result == 0)
		result = rows.count > 0 ? refuse(&rows, bytes, err) :
		    err_set(err, ERR_NOT_FOUND,
			"the database has no tenant %lld",
			(long long)tenant_id);
	pool_free(&pool);
	return result;
}

int
quota_reserve(struct sql *tx, int64_t tenant_id, int64_t bytes,
    struct err *err)
{
	struct sql_value args[] = { SQL_INT(tenant_id), SQL_INT(bytes) };
	int64_t changed;

	assert(bytes >= 0);
	if (sql_exec(tx, statements[RESERVE], args, ARRAY_COUNT(args),
		&changed, err) == -1)
		return -1;
	return changed > 0 ? 0 : no_room(tx, tenant_id, bytes, err);
}

int
quota_settle(struct sql *tx, int64_t tenant_id, int64_t reserved_bytes,
    int64_t used_bytes, struct err *err)
{
	struct sql_value args[] = { SQL_INT(tenant_id),
		SQL_INT(reserved_bytes), SQL_INT(used_bytes) };
	int64_t changed;

	if (sql_exec(tx, statements[SETTLE], args, ARRAY_COUNT(args), &changed,
		err) == -1)
		return -1;
	if (changed > 0)
		return 0;
	/* The object has its place. */
	return err_set_code(err, ERR_TOO_LARGE, "quota_bytes",
	    "no room for %lld bytes", (long long)used_bytes);
}

static int
release(struct sql *tx, enum statement which, int64_t tenant_id, int64_t bytes,
    struct err *err)
{
	struct sql_value args[] = { SQL_INT(tenant_id), SQL_INT(bytes) };

	return sql_exec(tx, statements[which], args, ARRAY_COUNT(args), NULL,
	    err);
}

int
quota_release_reserved(struct sql *tx, int64_t tenant_id, int64_t bytes,
    struct err *err)
{
	return release(tx, RELEASE_RESERVED, tenant_id, bytes, err);
}

int
quota_release_used(struct sql *tx, int64_t tenant_id, int64_t bytes,
    struct err *err)
{
	return release(tx, RELEASE_USED, tenant_id, bytes, err);
}

/* ---- counting anew ---- */

enum { COUNTERS = 4 };

struct recount {
	int64_t tenant_id;
	int64_t files_say[COUNTERS];
	int64_t drift;
};

static int64_t
distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

static int
compare(struct sql *db, struct recount *recount, struct err *err)
{
	struct sql_value args[] = { SQL_INT(recount->tenant_id) };
	struct pool *pool = pool_new();
	struct sql_rows rows;
	int result = sql_query(db, pool, statements[COUNT_FILES], args,
	    ARRAY_COUNT(args), &rows, err);

	recount->drift = 0;
	for (size_t i = 0; result == 0 && rows.count > 0 && i < COUNTERS; i++) {
		recount->files_say[i] = sql_int(&rows, 0, COUNTERS + i);
		recount->drift += distance(sql_int(&rows, 0, i),
		    recount->files_say[i]);
	}
	pool_free(&pool);
	return result;
}

static int
recount_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	struct recount *recount = arg;
	struct sql_value args[1 + COUNTERS] = { SQL_INT(recount->tenant_id) };

	if (compare(tx, recount, err) == -1)
		return -1;
	for (size_t i = 0; i < COUNTERS; i++)
		args[1 + i] = SQL_INT(recount->files_say[i]);
	return recount->drift == 0 ? 0 :
				     sql_exec(tx, statements[SET_COUNTERS],
					 args, ARRAY_COUNT(args), NULL, err);
}

int
quota_drift(struct sql *db, int64_t tenant_id, int64_t *drift_r,
    struct err *err)
{
	struct recount recount = { .tenant_id = tenant_id };

	if (compare(db, &recount, err) == -1)
		return -1;
	*drift_r = recount.drift;
	return 0;
}

int
quota_recount(struct sql *db, int64_t tenant_id, int64_t *drift_r,
    struct err *err)
{
	struct recount recount = { .tenant_id = tenant_id };

	if (sql_transaction(db, recount_in_transaction, &recount, err) == -1)
		return -1;
	*drift_r = recount.drift;
	return 0;
}
