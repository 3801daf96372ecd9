/* SPDX-License-Identifier: MIT */
#include "base/num.h"
#include "model/file_share.h"
#include "model/tenant.h"

static const char revoke_sql[] =
    "UPDATE files SET share_version = share_version + 1"
    " WHERE tenant_id = $1 AND id = $2 AND state = 'live'";

const char *
file_share_format(struct pool *pool, const struct file *file)
{
	return pool_format(pool, "%lld.%lld.%lld", (long long)file->tenant_id,
	    (long long)file->id, (long long)file->share_version);
}

static bool
take_number(struct slice *rest, int64_t *number_r)
{
	struct slice text;

	return slice_next(rest, '.', &text) &&
	    num_parse_i64(text, INT64_MAX, number_r);
}

bool
file_share_parse(struct slice text, struct file_share *share_r)
{
	return take_number(&text, &share_r->tenant_id) &&
	    take_number(&text, &share_r->file_id) &&
	    take_number(&text, &share_r->version) && text.data == NULL;
}

int
file_share_load(struct sql *db, struct pool *pool,
    const struct file_share *share, struct file *file_r, struct err *err)
{
	struct tenant tenant;
	int found = tenant_load(db, pool, share->tenant_id, &tenant, err);

	if (found != 1 || tenant.is_disabled)
		return found == -1 ? -1 : 0;
	found = file_load(db, pool, share->tenant_id, share->file_id, file_r,
	    err);
	if (found != 1)
		return found;
	return file_r->state == FILE_LIVE &&
	    file_r->share_version == share->version;
}

int
file_share_revoke(struct sql *db, int64_t tenant_id, int64_t id,
    struct err *err)
{
	const struct sql_value args[] = { SQL_INT(tenant_id), SQL_INT(id) };
	int64_t changed;

	if (sql_exec(db, revoke_sql, args, ARRAY_COUNT(args), &changed,
		err) == -1)
		return -1;
	if (changed == 1)
		return 0;
	return err_set_code(err, ERR_NOT_FOUND, "file_not_found",
	    "no live file %lld", (long long)id);
}
