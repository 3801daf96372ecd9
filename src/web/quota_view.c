/* SPDX-License-Identifier: MIT */
#include "model/tenant.h"
#include "web/caller.h"
#include "web/quota_view.h"
#include "web/view.h"

enum { PERCENT_NEAR = 90, PERCENT_FULL = 100 };

/* Rounded down, and 100 for what is more than there may be. */
static int64_t
percent(int64_t taken, int64_t quota)
{
	if (quota <= 0)
		return 0;
	if (taken >= quota)
		return PERCENT_FULL;
	return (int64_t)((double)taken / (double)quota * PERCENT_FULL);
}

static void
add_bytes(struct pool *pool, const struct tenant *tenant, struct json *quota)
{
	int64_t taken = tenant->used_bytes + tenant->reserved_bytes;
	int64_t left = tenant->quota_bytes - taken;

	json_set_text(quota, "used", view_size(pool, taken));
	if (tenant->reserved_bytes > 0)
		json_set_text(quota, "reserved",
		    view_size(pool, tenant->reserved_bytes));
	if (tenant->quota_bytes == 0)
		return;
	json_set_text(quota, "limit", view_size(pool, tenant->quota_bytes));
	json_set_text(quota, "left", view_size(pool, left > 0 ? left : 0));
}

static void
add_level(const struct tenant *tenant, struct json *quota)
{
	int64_t bytes = percent(tenant->used_bytes + tenant->reserved_bytes,
	    tenant->quota_bytes);
	int64_t objects =
	    percent(tenant->used_objects + tenant->reserved_objects,
		tenant->quota_objects);
	int64_t most = bytes > objects ? bytes : objects;

	json_set_bool(quota, "has_limit",
	    tenant->quota_bytes > 0 || tenant->quota_objects > 0);
	json_set_number(quota, "percent", most);
	json_set_bool(quota, "is_near",
	    most >= PERCENT_NEAR && most < PERCENT_FULL);
	json_set_bool(quota, "is_full", most >= PERCENT_FULL);
}

int
quota_view(const struct app *app, const struct request *request,
    struct json *data, struct err *err)
{
	struct tenant tenant;
	struct json *quota;
	int found = tenant_load(app->backend.db, request->pool,
	    request->caller->tenant_id, &tenant, err);

	if (found == -1)
		return err_wrap(err, "quota");
	if (found == 0)
		return 0;
	quota = json_set_object(data, "quota");
	add_bytes(request->pool, &tenant, quota);
	json_set_number(quota, "files",
	    tenant.used_objects + tenant.reserved_objects);
	if (tenant.quota_objects > 0)
		json_set_number(quota, "files_limit", tenant.quota_objects);
	add_level(&tenant, quota);
	return 0;
}
