/*
 * What the caller's tenant may store, and what it has.
 *
 * SPDX-License-Identifier: MIT
 */
#include "model/tenant.h"
#include "web/api.h"
#include "web/caller.h"
#include "web/routes.h"

/* clang-format off */
static const struct member quota_members[] = {
	{ "used_bytes", MEMBER_NUMBER, .about = "Files in the trash count." },
	{ "used_files", MEMBER_NUMBER },
	{ "reserved_bytes", MEMBER_NUMBER,
	    .about = "Promised to uploads that are under way." },
	{ "reserved_files", MEMBER_NUMBER },
	{ "limit_bytes", MEMBER_NUMBER, .is_nullable = true,
	    .about = "Of both together; null: no limit." },
	{ "limit_files", MEMBER_NUMBER, .is_nullable = true },
	{ .name = NULL },
};
/* clang-format on */
static const struct schema quota_schema = { "Quota", quota_members };

const struct route_doc doc_quota = {
	.id = "getQuota",
	.summary = "How much the tenant has stored, and may",
	.status = 200,
	.answer = &quota_schema,
};

static void
set_limit(struct json *json, const char *name, int64_t limit)
{
	if (limit == 0)
		json_set_null(json, name);
	else
		json_set_number(json, name, limit);
}

int
api_quota(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct json *json = json_object(request->pool);
	struct tenant tenant;
	int found = tenant_load(app->backend.db, request->pool,
	    request->caller->tenant_id, &tenant, err);

	if (found == 0)
		return err_set(err, ERR_NOT_FOUND, "the tenant is gone");
	if (found == -1)
		return -1;
	json_set_number(json, "used_bytes", tenant.used_bytes);
	json_set_number(json, "used_files", tenant.used_objects);
	json_set_number(json, "reserved_bytes", tenant.reserved_bytes);
	json_set_number(json, "reserved_files", tenant.reserved_objects);
	set_limit(json, "limit_bytes", tenant.quota_bytes);
	set_limit(json, "limit_files", tenant.quota_objects);
	api_send(response, json);
	return 0;
}
