/*
 * Files that come through us: any (B1), a user's picture (B2), one with what
 * is said about it (B7).
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "model/api_token.h"
#include "model/keys.h"
#include "model/user.h"
#include "web/api.h"
#include "web/arrival.h"
#include "web/caller.h"
#include "web/error_page.h"
#include "web/file_card.h"
#include "web/file_view.h"
#include "web/flash.h"
#include "web/page_account.h"
#include "web/routes.h"
#include "web/upload_kinds.h"
#include "web/view.h"

enum { KIND_MAX_CHARS = 16 };

#define FILE_FIELD { "file", FIELD_FILE, .is_required = true }

static const struct field file_fields[] = { FILE_FIELD, API_LAST_FIELD };

/* Browsers see what they did; true when that was all. */
static bool
redirect(const struct app *app, const struct request *request,
    struct response *response, const char *location, const char *text)
{
	if (!request->wants_html)
		return false;
	flash_set(app, request, response, text);
	response_redirect(response, location);
	return true;
}

/* ---- B1 ---- */

/* As public as its prefix: nobody says anything about it. */
static int
describe_any(struct arrival *arrival, struct upload_input *input,
    struct err *err)
{
	const struct app *app = arrival->app;
	enum file_kind kind = upload_kind(arrival->request->pool,
	    arrival->name, arrival->declared_type);
	bool is_audio = kind == FILE_AUDIO;

	(void)err;
	input->rules = &app->file_rules[kind];
	input->layout = is_audio ? UPLOAD_AUDIO : UPLOAD_GENERAL;
	input->is_public = store_is_public(app->backend.store,
	    is_audio ? "audio/" : "uploads/");
	return 0;
}

static const struct member object_members[] = {
	{ "object_name", MEMBER_TEXT },
	{ "file_id", MEMBER_NUMBER },
	{ .name = NULL },
};
static const struct schema object_schema = { "StoredObject", object_members };

const struct route_doc doc_upload = {
	.id = "upload",
	.summary = "Store an image, a video, audio or a document",
	.fields = file_fields,
	.status = 200,
	.answer = &object_schema,
	.can_redirect = true,
};

static void
set_subject(struct request *request, const struct file *file)
{
	request->subject = pool_format(request->pool, "files/%lld",
	    (long long)file->id);
}

int
api_upload(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct arrival arrival = { .app = app,
		.request = request,
		.describe = describe_any,
		.wanted = "" };
	struct json *json = json_object(request->pool);
	struct file file;

	if (arrival_read(&arrival, file_fields, err) == -1 ||
	    arrival_finish(&arrival, 0, &file, err) == -1)
		return -1;
	set_subject(request, &file);
	if (redirect(app, request, response, file_card_url(request, &file, ""),
		lang_text(request->lang, "File uploaded")))
		return 0;
	json_set_text(json, "object_name", file.key);
	json_set_number(json, "file_id", file.id);
	api_send(response, json);
	return 0;
}

/* ---- B2 ---- */

struct avatar {
	struct arrival arrival; /* first: describe_avatar() gets this */
	struct user user;	/* whose picture it becomes */
};

static int
describe_avatar(struct arrival *arrival, struct upload_input *input,
    struct err *err)
{
	const struct avatar *avatar = (const struct avatar *)arrival;
	const struct app *app = arrival->app;

	(void)err;
	input->rules = &app->file_rules[FILE_IMAGE];
	input->layout = UPLOAD_AVATAR;
	input->owner = avatar->user.key_id;
	input->is_public = store_is_public(app->backend.store, "users/");
	return 0;
}

/* Oneself, or anybody of the tenant for its admins. */
static int
find_user(const struct app *app, struct request *request, struct user *user_r,
    struct err *err)
{
	const struct caller *caller = request->caller;
	int found = user_find_key(app->backend.db, request->pool,
	    caller->tenant_id, request->captures[0], user_r, err);

	if (found == -1)
		return -1;
	if (found == 0)
		return err_set_code(err, ERR_NOT_FOUND, "user_not_found",
		    "no user %s", request->captures[0]);
	request->subject = pool_format(request->pool, "users/%lld",
	    (long long)user_r->id);
	/* The route lets viewers in, for themselves; not tokens that read. */
	if (caller->scopes >= API_SCOPE_WRITE &&
	    (user_r->id == caller->user_id ||
		caller_may(caller, ROUTE_ADMIN)))
		return 0;
	return err_set(err, ERR_DENIED, "Forbidden");
}

static const struct member avatar_members[] = {
	{ "avatar_url", MEMBER_TEXT },
	{ "file_id", MEMBER_NUMBER },
	{ .name = NULL },
};
static const struct schema avatar_schema = { "Avatar", avatar_members };

const struct route_doc doc_upload_avatar = {
	.id = "uploadAvatar",
	.summary = "Put a picture in the place of a user's old one",
	.scope = "write",
	.fields = file_fields,
	.status = 200,
	.answer = &avatar_schema,
	.can_redirect = true,
};

/* What a person can mend stands beside the form on the own account. */
static int
explain_avatar(struct app *app, struct request *request,
    struct response *response, const struct user *user, struct err *err)
{
	const char *msgid = error_code_message(err);

	if (!request->wants_html || msgid == NULL || !request->body_is_read ||
	    user->id != request->caller->user_id)
		return -1;
	request->refusal = pool_strdup(request->pool, error_code(err));
	return account_show(app, request, response,
	    lang_text(request->lang, msgid), err);
}

int
api_upload_avatar(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct avatar avatar = { .arrival = { .app = app,
		    .request = request,
		    .describe = describe_avatar,
		    .wanted = "" } };
	struct json *json = json_object(request->pool);
	struct file file;

	if (find_user(app, request, &avatar.user, err) == -1)
		return -1;
	if (arrival_read(&avatar.arrival, file_fields, err) == -1 ||
	    arrival_finish(&avatar.arrival, avatar.user.id, &file, err) == -1)
		return explain_avatar(app, request, response, &avatar.user,
		    err);
	if (redirect(app, request, response, view_url(request, "/account"),
		lang_text(request->lang, "Picture changed")))
		return 0;
	json_set_text(json, "avatar_url", file.key);
	json_set_number(json, "file_id", file.id);
	api_send(response, json);
	return 0;
}

/* ---- B7 ---- */

static const struct field direct_fields[] = {
	{ "file_type", FIELD_TEXT, .max = KIND_MAX_CHARS, .is_required = true,
	    .choices = "image video audio document" },
	{ "is_public", FIELD_BOOL },
	{ "athlete_id", FIELD_TEXT, .max = KEYS_ATHLETE_MAX },
	{ "file", FIELD_FILE, .is_required = true,
	    .about = "Large ones after the other fields." },
	API_LAST_FIELD,
};

static int
describe_direct(struct arrival *arrival, struct upload_input *input,
    struct err *err)
{
	const struct form *form = &arrival->form;
	const struct form_value *type = form_value(form, "file_type");
	enum file_kind kind;

	if (!type->is_given)
		return err_set_code(err, ERR_INVALID, "fields_first",
		    "send file_type before a file as large as this");
	if (!file_kind_find(slice_str(type->text), &kind))
		return err_set_code(err, ERR_INVALID, "bad_file_type",
		    "file_type is image, video, audio or document");
	input->rules = &arrival->app->file_rules[kind];
	input->layout = UPLOAD_FILE;
	input->athlete_id = form_value(form, "athlete_id")->text;
	input->is_public = form_value(form, "is_public")->number != 0;
	return 0;
}

const struct route_doc doc_upload_direct = {
	.id = "uploadDirect",
	.summary = "Store a file with what is said about it",
	.fields = direct_fields,
	.status = 201,
	.answer = &file_schema,
	.can_redirect = true,
	.has_etag = true,
	.has_location = true,
};

int
api_upload_direct(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct arrival arrival = { .app = app,
		.request = request,
		.describe = describe_direct,
		.wanted = "file_type is_public athlete_id" };
	struct json *json = json_object(request->pool);
	struct file file;

	if (arrival_read(&arrival, direct_fields, err) == -1 ||
	    arrival_finish(&arrival, 0, &file, err) == -1)
		return -1;
	set_subject(request, &file);
	if (redirect(app, request, response, file_card_url(request, &file, ""),
		lang_text(request->lang, "File uploaded")))
		return 0;
	file_view(app, request, &file, json);
	api_send(response, json);
	response->status = 201;
	response_header(response, "Location", "%s",
	    file_card_url(request, &file, ""));
	response_header(response, "ETag", "%s",
	    file_etag(request->pool, &file));
	return 0;
}
