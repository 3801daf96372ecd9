/*
 * almacenctl tenant: who shares the installation.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/num.h"
#include "codec/utf8.h"
#include "ctl/admin.h"
#include "ctl/storage.h"
#include "model/tenant.h"

enum { COLUMNS = 7 };

#define QUOTA_MAX (INT64_C(1) << 60)

/* ---- what was typed ---- */

static int
take_quota(const struct admin *admin, struct tenant *tenant, struct err *err)
{
	const char *bytes = admin->options[ADMIN_QUOTA_BYTES];

	if (bytes != NULL &&
	    !num_parse_size(slice_str(bytes), QUOTA_MAX,
		&tenant->quota_bytes))
		return err_set_code(err, ERR_INVALID, "usage",
		    "--quota-bytes: expected a size such as 10g,"
		    " 0 for no limit");
	return admin_number(admin, ADMIN_QUOTA_OBJECTS, QUOTA_MAX,
	    tenant->quota_objects, &tenant->quota_objects, err);
}

static int
take_name(const char *name, struct tenant *tenant, struct err *err)
{
	if (*name == '\0' || !user_is_name(name, TENANT_NAME_MAX))
		return err_set(err, ERR_INVALID,
		    "a tenant's name is 1 to %d printable characters",
		    TENANT_NAME_MAX);
	tenant->name = name;
	return 0;
}

static int
take_host(struct admin *admin, struct tenant *tenant, struct err *err)
{
	const char *host = admin->options[ADMIN_HOST];

	tenant->host = "";
	if (host == NULL)
		return 0;
	tenant->host = tenant_clean_host(admin->pool, host);
	if (*tenant->host == '\0')
		return err_set(err, ERR_INVALID, "%s is no host name", host);
	return 0;
}

static void
set_subject(struct admin *admin, int64_t id)
{
	admin->tenant_id = id;
	admin->subject = pool_format(admin->pool, "tenants/%lld",
	    (long long)id);
}

/* The tenant that the first argument names. */
static int
load(struct admin *admin, struct tenant *tenant_r, struct err *err)
{
	int64_t id;
	int found;

	if (!num_parse_i64(slice_str(admin->args[0]), INT64_MAX, &id))
		return err_set_code(err, ERR_INVALID, "usage",
		    "expected the number of a tenant, as list shows it");
	found = tenant_load(admin->db, admin->pool, id, tenant_r, err);
	if (found == 0)
		return err_set(err, ERR_NOT_FOUND, "no tenant %lld",
		    (long long)id);
	if (found == -1)
		return -1;
	set_subject(admin, id);
	return 0;
}

/* ---- actions ---- */

static int
add(struct admin *admin, struct err *err)
{
	struct tenant tenant = { .created_secs = admin->now_secs };

	if (take_name(admin->args[0], &tenant, err) == -1 ||
	    take_host(admin, &tenant, err) == -1 ||
	    take_quota(admin, &tenant, err) == -1 ||
	    tenant_insert(admin->db, &tenant, err) == -1)
		return -1;
	set_subject(admin, tenant.id);
	(void)fprintf(admin->ctl->out, "Tenant %lld added\n",
	    (long long)tenant.id);
	return 0;
}

static int
set_disabled(struct admin *admin, bool is_disabled, struct err *err)
{
	struct tenant tenant;

	if (load(admin, &tenant, err) == -1)
		return -1;
	tenant.is_disabled = is_disabled;
	if (tenant_update(admin->db, &tenant, err) == -1)
		return -1;
	(void)fprintf(admin->ctl->out, "Tenant %lld %s\n",
	    (long long)tenant.id, is_disabled ? "disabled" : "enabled");
	return 0;
}

static int
disable(struct admin *admin, struct err *err)
{
	return set_disabled(admin, true, err);
}

static int
enable(struct admin *admin, struct err *err)
{
	return set_disabled(admin, false, err);
}

/* What uploads were promised is not free for others. */
static int64_t
taken_bytes(const struct tenant *tenant)
{
	return tenant->used_bytes + tenant->reserved_bytes;
}

static int64_t
taken_objects(const struct tenant *tenant)
{
	return tenant->used_objects + tenant->reserved_objects;
}

static const char *
limit_text(struct pool *pool, int64_t used, int64_t quota, bool is_size)
{
	if (quota == 0)
		return is_size ? storage_size(pool, used) :
				 pool_format(pool, "%lld", (long long)used);
	if (is_size)
		return pool_format(pool, "%s of %s", storage_size(pool, used),
		    storage_size(pool, quota));
	return pool_format(pool, "%lld of %lld", (long long)used,
	    (long long)quota);
}

static int
quota(struct admin *admin, struct err *err)
{
	struct tenant tenant;

	if (load(admin, &tenant, err) == -1)
		return -1;
	if (admin->options[ADMIN_QUOTA_BYTES] == NULL &&
	    admin->options[ADMIN_QUOTA_OBJECTS] == NULL) {
		admin->subject = NULL; /* nothing was changed */
	} else if (take_quota(admin, &tenant, err) == -1 ||
	    tenant_update(admin->db, &tenant, err) == -1) {
		return -1;
	}
	(void)fprintf(admin->ctl->out, "Tenant %lld has %s, files: %s\n",
	    (long long)tenant.id,
	    limit_text(admin->pool, taken_bytes(&tenant), tenant.quota_bytes,
		true),
	    limit_text(admin->pool, taken_objects(&tenant),
		tenant.quota_objects, false));
	return 0;
}

/* ---- list ---- */

static void
add_json(struct json *rows, const struct tenant *tenant)
{
	struct json *row = json_add_object(rows);

	json_set_number(row, "id", tenant->id);
	json_set_text(row, "name", tenant->name);
	json_set_text(row, "host", tenant->host);
	json_set_bool(row, "is_disabled", tenant->is_disabled);
	json_set_number(row, "created_secs", tenant->created_secs);
	json_set_number(row, "quota_bytes", tenant->quota_bytes);
	json_set_number(row, "quota_objects", tenant->quota_objects);
	json_set_number(row, "used_bytes", tenant->used_bytes);
	json_set_number(row, "used_objects", tenant->used_objects);
	json_set_number(row, "reserved_bytes", tenant->reserved_bytes);
	json_set_number(row, "reserved_objects", tenant->reserved_objects);
}

static void
fill_row(struct pool *pool, const struct tenant *tenant, const char **cells)
{
	cells[0] = pool_format(pool, "%lld", (long long)tenant->id);
	cells[1] = tenant->is_disabled ? "disabled" : "enabled";
	cells[2] = limit_text(pool, taken_bytes(tenant), tenant->quota_bytes,
	    true);
	cells[3] = limit_text(pool, taken_objects(tenant),
	    tenant->quota_objects, false);
	cells[4] = admin_time(pool, tenant->created_secs);
	cells[5] = *tenant->host == '\0' ? "-" : tenant->host;
	cells[6] = tenant->name;
}

static void
print_text(struct admin *admin, const struct tenant *tenants, size_t count)
{
	static const char *const headings[COLUMNS] = { "ID", "STATE", "BYTES",
		"FILES", "SINCE", "HOST", "NAME" };
	const char **cells = pool_alloc_array(admin->pool,
	    (count + 1) * COLUMNS, sizeof(*cells));

	memcpy(cells, headings, sizeof(headings));
	for (size_t i = 0; i < count; i++)
		fill_row(admin->pool, &tenants[i], cells + (i + 1) * COLUMNS);
	admin_print_table(admin, cells, count + 1, COLUMNS);
}

static int
list(struct admin *admin, struct err *err)
{
	struct json *root = json_object(admin->pool);
	struct json *rows = json_set_array(root, "tenants");
	struct tenant *tenants;
	size_t count;

	if (tenant_list(admin->db, admin->pool, &tenants, &count, err) == -1)
		return -1;
	if (admin->options[ADMIN_JSON] == NULL) {
		print_text(admin, tenants, count);
		return 0;
	}
	for (size_t i = 0; i < count; i++)
		add_json(rows, &tenants[i]);
	admin_print_json(admin, root);
	return 0;
}

/* ---- the command ---- */

#define QUOTAS \
	(ADMIN_HAS(ADMIN_QUOTA_BYTES) | ADMIN_HAS(ADMIN_QUOTA_OBJECTS))

static const struct admin_action actions[] = {
	{ "add", 1, ADMIN_HAS(ADMIN_HOST) | QUOTAS, add },
	{ "list", 0, ADMIN_HAS(ADMIN_JSON), list },
	{ "disable", 1, 0, disable },
	{ "enable", 1, 0, enable },
	{ "quota", 1, QUOTAS, quota },
};

int
cmd_tenant(struct ctl *ctl, int argc, char **argv)
{
	static const struct admin_command command = { "tenant", actions,
		ARRAY_COUNT(actions) };

	return admin_main(ctl, &command, argc, argv);
}
