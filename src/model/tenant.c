/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/slice.h"
#include "model/schema.h"
#include "model/tenant.h"

enum statement {
	LOAD_TENANT,
	FIND_HOST,
	LIST_TENANTS,
	NEXT_ID,
	NEXT_UOM,
	INSERT_TENANT,
	INSERT_UOMS,
	UPDATE_TENANT,
	STATEMENT_COUNT
};

#define SELECT_TENANT                                                   \
	"SELECT id, name, host, is_disabled, created_secs, quota_bytes," \
	" quota_objects, used_bytes, used_objects, reserved_bytes,"      \
	" reserved_objects FROM tenants"

static const char *const statements[STATEMENT_COUNT] = {
	[LOAD_TENANT] = SELECT_TENANT " WHERE id = $1",
	[FIND_HOST] = SELECT_TENANT " WHERE host = $1 AND host <> ''",
	[LIST_TENANTS] = SELECT_TENANT " ORDER BY id",
	[NEXT_ID] = "UPDATE counters SET value = value + 1"
		    " WHERE name = 'tenants' RETURNING value",
	[NEXT_UOM] = "UPDATE counters SET value = value + $1"
		     " WHERE name = 'uoms' RETURNING value",
	[INSERT_TENANT] =
	    "INSERT INTO tenants (id, name, host, is_disabled, created_secs,"
	    " quota_bytes, quota_objects)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7)",
	[INSERT_UOMS] = "INSERT INTO uoms (id, tenant_id, name)"
			" SELECT CAST($1 AS BIGINT) + column1,"
			" CAST($2 AS BIGINT), column2"
			" FROM (" SCHEMA_UOMS ") AS usual",
	[UPDATE_TENANT] =
	    "UPDATE tenants SET name = $2, host = $3, is_disabled = $4,"
	    " quota_bytes = $5, quota_objects = $6 WHERE id = $1",
};

/* ---- reading ---- */

static void
read_row(const struct sql_rows *rows, size_t row, struct tenant *tenant)
{
	*tenant = (struct tenant){
		.id = sql_int(rows, row, 0),
		.name = sql_text(rows, row, 1),
		.host = sql_text(rows, row, 2),
		.is_disabled = sql_int(rows, row, 3) != 0,
		.created_secs = sql_int(rows, row, 4),
		.quota_bytes = sql_int(rows, row, 5),
		.quota_objects = sql_int(rows, row, 6),
		.used_bytes = sql_int(rows, row, 7),
		.used_objects = sql_int(rows, row, 8),
		.reserved_bytes = sql_int(rows, row, 9),
		.reserved_objects = sql_int(rows, row, 10),
	};
}

/* The tenant that a statement with one argument finds. */
static int
find(struct sql *db, struct pool *pool, enum statement which,
    struct sql_value arg, struct tenant *tenant_r, struct err *err)
{
	struct sql_rows rows;

	if (sql_query(db, pool, statements[which], &arg, 1, &rows, err) == -1)
		return -1;
	if (rows.count == 0)
		return 0;
	read_row(&rows, 0, tenant_r);
	return 1;
}

static int
no_tenant(int64_t id, struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "the database has no tenant %lld",
	    (long long)id);
}

int
tenant_load(struct sql *db, struct pool *pool, int64_t id,
    struct tenant *tenant_r, struct err *err)
{
	return find(db, pool, LOAD_TENANT, SQL_INT(id), tenant_r, err);
}

int
tenant_check(struct sql *db, int64_t id, struct err *err)
{
	struct pool *pool = pool_new();
	struct tenant tenant;
	int found = tenant_load(db, pool, id, &tenant, err);

	pool_free(&pool);
	if (found == 0)
		return no_tenant(id, err);
	return found == 1 ? 0 : -1;
}

/* Host of RFC 9110 section 7.2; the dot of the root goes, too. */
const char *
tenant_clean_host(struct pool *pool, const char *host)
{
	size_t len = strcspn(host, ":");
	char *name;

	if (*host == '[') /* an IPv6 address */
		len = strcspn(host, "]") + (strchr(host, ']') != NULL);
	while (len > 0 && host[len - 1] == '.')
		len--;
	if (len > TENANT_HOST_MAX)
		return "";
	name = slice_dup(pool, slice_make(host, len));
	for (char *at = name; *at != '\0'; at++) {
		if (*at <= ' ' || *at > '~')
			return "";
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	}
	return name;
}

int
tenant_find_host(struct sql *db, struct pool *pool, const char *host,
    struct tenant *tenant_r, struct err *err)
{
	const char *name = tenant_clean_host(pool, host);

	if (*name == '\0')
		return 0;
	return find(db, pool, FIND_HOST, SQL_TEXT(name), tenant_r, err);
}

int
tenant_list(struct sql *db, struct pool *pool, struct tenant **tenants_r,
    size_t *count_r, struct err *err)
{
	struct sql_rows rows;
	struct tenant *tenants;

	if (sql_query(db, pool, statements[LIST_TENANTS], NULL, 0, &rows,
		err) == -1)
		return -1;
	tenants = pool_alloc_array(pool, rows.count + 1, sizeof(*tenants));
	for (size_t i = 0; i < rows.count; i++)
		read_row(&rows, i, &tenants[i]);
	*tenants_r = tenants;
	*count_r = rows.count;
	return 0;
}

/* ---- writing ---- */

struct insert {
	struct pool *pool;
	const struct tenant *tenant;
	int64_t id_r;
};

/* The new value of a counter. */
static int
count_up(struct sql *tx, const struct insert *insert, enum statement which,
    int64_t by, int64_t *value_r, struct err *err)
{
	struct sql_value args[] = { SQL_INT(by) };
	struct sql_rows rows;

	if (sql_query(tx, insert->pool, statements[which], args,
		which == NEXT_UOM ? 1 : 0, &rows, err) == -1)
		return -1;
	if (rows.count == 0)
		return err_set(err, ERR_INTERNAL, "a counter is missing");
	*value_r = sql_int(&rows, 0, 0);
	return 0;
}

/* Its number is new, so what is left to collide is the host. */
static int
name_conflict(const struct tenant *tenant, struct err *err)
{
	if (strcmp(err->code, "unique") != 0)
		return -1;
	return err_set_code(err, ERR_CONFLICT, "host_taken",
	    "another tenant has the host \"%s\"", tenant->host);
}

static int
insert_row(struct sql *tx, const struct insert *insert, struct err *err)
{
	const struct tenant *tenant = insert->tenant;
	struct sql_value args[] = { SQL_INT(insert->id_r),
		SQL_TEXT(tenant->name),
		SQL_TEXT(tenant_clean_host(insert->pool, tenant->host)),
		SQL_INT(tenant->is_disabled ? 1 : 0),
		SQL_INT(tenant->created_secs), SQL_INT(tenant->quota_bytes),
		SQL_INT(tenant->quota_objects) };

	if (sql_exec(tx, statements[INSERT_TENANT], args, ARRAY_COUNT(args),
		NULL, err) == -1)
		return name_conflict(tenant, err);
	return 0;
}

static int
insert_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	struct insert *insert = arg;
	int64_t last_uom;

	if (count_up(tx, insert, NEXT_ID, 1, &insert->id_r, err) == -1 ||
	    insert_row(tx, insert, err) == -1 ||
	    count_up(tx, insert, NEXT_UOM, SCHEMA_UOM_COUNT, &last_uom, err) ==
		-1)
		return -1;
	return sql_exec(tx, statements[INSERT_UOMS],
	    (const struct sql_value[]){ SQL_INT(last_uom - SCHEMA_UOM_COUNT),
		SQL_INT(insert->id_r) }, 2, NULL, err);
}

int
tenant_insert(struct sql *db, struct tenant *tenant, struct err *err)
{
	struct insert insert = { .pool = pool_new(), .tenant = tenant };
	int result = sql_transaction(db, insert_in_transaction, &insert, err);

	pool_free(&insert.pool);
	if (result == 0)
		tenant->id = insert.id_r;
	return result;
}

int
tenant_update(struct sql *db, const struct tenant *tenant, struct err *err)
{
	struct pool *pool = pool_new();
	struct sql_value args[] = { SQL_INT(tenant->id),
		SQL_TEXT(tenant->name),
		SQL_TEXT(tenant_clean_host(pool, tenant->host)),
		SQL_INT(tenant->is_disabled ? 1 : 0),
		SQL_INT(tenant->quota_bytes), SQL_INT(tenant->quota_objects) };
	int64_t changed = 0;
	int result = sql_exec(db, statements[UPDATE_TENANT], args,
	    ARRAY_COUNT(args), &changed, err);

	pool_free(&pool);
	if (result == -1)
		return name_conflict(tenant, err);
	return changed > 0 ? 0 : no_tenant(tenant->id, err);
}

/* ---- keys ---- */

const char *
tenant_key_segment(struct pool *pool, int64_t tenant_id)
{
	if (tenant_id == TENANT_FIRST)
		return "";
	return pool_format(pool, "tenant_%lld/", (long long)tenant_id);
}
