/* SPDX-License-Identifier: MIT */
#include "model/file_search.h"
#include "model/settings.h"
#include "web/caller.h"
#include "web/file_access.h"

static int
not_found(const char *what, struct err *err)
{
	return err_set_code(err, ERR_NOT_FOUND, "file_not_found",
	    "no file %s", what);
}

static int
denied(struct err *err)
{
	return err_set(err, ERR_DENIED, "Forbidden");
}

/* What is in the trash is there for whoever can take it out again. */
static bool
is_there(const struct file *file, enum file_purpose purpose, bool is_owner)
{
	return file->state == FILE_LIVE ||
	    (file->state == FILE_TRASHED && is_owner &&
		purpose != FILE_TO_USE);
}

int
file_access_check(struct request *request, const struct file *file,
    enum file_purpose purpose, struct err *err)
{
	bool is_owner = caller_owns(request->caller, file->owner);

	request->subject = pool_format(request->pool, "files/%lld",
	    (long long)file->id);
	if (file->tenant_id != request->caller->tenant_id ||
	    !is_there(file, purpose, is_owner))
		return not_found(request->subject, err);
	if (purpose != FILE_TO_CHANGE && file->is_public &&
	    file->state == FILE_LIVE) {
		/* What everybody may read is no matter for the audit log. */
		request->subject = "";
		return 0;
	}
	return is_owner ? 0 : denied(err);
}

int
file_access_load(const struct app *app, struct request *request, int64_t id,
    enum file_purpose purpose, struct file *file_r, struct err *err)
{
	int found = file_load(app->backend.db, request->pool,
	    request->caller->tenant_id, id, file_r, err);

	if (found == -1)
		return -1;
	if (found == 0)
		return not_found(request->captures[0], err);
	return file_access_check(request, file_r, purpose, err);
}

int
file_access_find(const struct app *app, struct request *request,
    const char *key, enum file_purpose purpose, struct file *file_r,
    struct err *err)
{
	int found = file_find_key(app->backend.db, request->pool,
	    request->caller->tenant_id, store_bucket(app->backend.store), key,
	    file_r, err);

	if (found == -1)
		return -1;
	if (found == 0)
		return not_found(key, err);
	return file_access_check(request, file_r, purpose, err);
}

struct file_changer
file_access_changer(const struct app *app, const struct request *request)
{
	return (struct file_changer){ .db = app->backend.db,
		.store = app->backend.store,
		.clock = &app->clock,
		.log = &request->log,
		.tenant_id = request->caller->tenant_id,
		.retention_secs =
		    conf_number(app->conf, SET_TRASH_RETENTION) };
}
