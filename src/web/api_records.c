/*
 * Records of files: read, change, trash, restore and erase them (B4, B9, B10).
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "codec/filename.h"
#include "http/etag.h"
#include "model/file_change.h"
#include "model/keys.h"
#include "web/api.h"
#include "web/caller.h"
#include "web/file_access.h"
#include "web/file_view.h"
#include "web/flash.h"
#include "web/page_files.h"
#include "web/routes.h"
#include "web/view.h"

/* ---- what the handlers share ---- */

static const struct field no_fields[] = { API_LAST_FIELD };

static const struct member message_members[] = {
	{ "message", MEMBER_TEXT },
	{ "file", MEMBER_OBJECT, .is_optional = true, .schema = &file_schema,
	    .about = "As it is in the trash; absent when it is gone." },
	{ .name = NULL },
};
static const struct schema message_schema = { "FileDeleted",
	message_members };

/* A record that the caller may touch, and the version a change is for. */
struct record {
	struct file file;
	int64_t version; /* 0: any */
};

/* If-Match (RFC 9110 section 13.1.1): without one, or with "*", any will do. */
static int
check_match(const struct request *request, struct record *record,
    struct err *err)
{
	const char *header = request_header(request, "If-Match");
	const char *etag = file_etag(request->pool, &record->file);

	record->version = 0;
	if (header == NULL || slice_eq_str(slice_trim(slice_str(header)), "*"))
		return 0;
	record->version = record->file.version;
	if (etag_matches_strongly(slice_str(header), etag))
		return 0;
	return err_set_code(err, ERR_PRECONDITION, "version_changed",
	    "the file is %s now", etag);
}

static int
load(const struct app *app, struct request *request,
    enum file_purpose purpose, struct record *record, struct err *err)
{
	int64_t id;

	if (api_read_file_id(request, &id, err) == -1)
		return -1;
	return file_access_load(app, request, id, purpose, &record->file, err);
}

static int
load_for_change(const struct app *app, struct request *request,
    struct record *record, struct err *err)
{
	if (load(app, request, FILE_TO_CHANGE, record, err) == -1)
		return -1;
	return check_match(request, record, err);
}

static void
send_record(const struct app *app, const struct request *request,
    struct response *response, const struct file *file)
{
	struct json *json = json_object(request->pool);

	file_view(app, request, file, json);
	api_send(response, json);
	response_header(response, "ETag", "%s",
	    file_etag(request->pool, file));
}

static void
send_message(const struct app *app, const struct request *request,
    struct response *response, const struct file *file)
{
	struct json *json = json_object(request->pool);

	json_set_text(json, "message", "File deleted");
	if (file != NULL)
		file_view(app, request, file, json_set_object(json, "file"));
	api_send(response, json);
}

/* ---- B9: the record ---- */

const struct route_doc doc_file_show = {
	.id = "getFile",
	.summary = "What is known of a file",
	.status = 200,
	.answer = &file_schema,
	.has_etag = true,
	.errors = ROUTE_ERRORS(404),
};

/* Its own record may be kept, as long as it is asked for again. */
static void
send_fresh(const struct app *app, const struct request *request,
    struct response *response, const struct file *file)
{
	const char *etag = file_etag(request->pool, file);
	const char *known = request_header(request, "If-None-Match");

	if (known != NULL && etag_matches(slice_str(known), etag)) {
		response->status = 304;
		response_header(response, "ETag", "%s", etag);
	} else {
		send_record(app, request, response, file);
	}
	response_header(response, "Cache-Control", "private, no-cache");
	response_header(response, "Vary", "Accept");
}

int
api_file_show(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct record record;

	if (load(app, request, FILE_TO_SHOW, &record, err) == -1)
		return -1;
	if (!request->wants_json)
		return page_file_show(app, request, response, &record.file,
		    err);
	send_fresh(app, request, response, &record.file);
	return 0;
}

/* ---- B9: changing it ---- */

/* Nothing else can be set: what has no row here is refused. */
static const struct field change_fields[] = {
	{ "original_filename", FIELD_TEXT, .max = FILE_NAME_MAX },
	{ "is_public", FIELD_BOOL },
	{ "athlete_id", FIELD_TEXT, .max = KEYS_ATHLETE_MAX,
	    .about = "Empty or null: none." },
	{ "alt_text", FIELD_TEXT, .max = FILE_ALT_MAX,
	    .about = "What a picture shows, for those who cannot see it." },
	{ "tags", FIELD_TEXTS, .max = FILE_TAGS_MAX * (FILE_TAG_MAX + 1) },
	API_LAST_FIELD,
};

const struct route_doc doc_file_change = {
	.id = "changeFile",
	.summary = "Change name, visibility, athlete, description or tags",
	.fields = change_fields,
	.status = 200,
	.answer = &file_schema,
	.takes_if_match = true,
	.has_etag = true,
	.errors = ROUTE_ERRORS(404, 409, 412),
};

/* "" for what came empty or null, NULL for what did not come. */
static const char *
named(const struct form *form, const char *name)
{
	const struct form_value *value = form_value(form, name);

	return value->is_named ? value->text : NULL;
}

static int
must_not_be_empty(const struct form *form, const char *name, struct err *err)
{
	const struct form_value *value = form_value(form, name);

	if (!value->is_named || value->is_given)
		return 0;
	return err_set_code(err, ERR_INVALID, "bad_field", "%s is %s", name,
	    form_problem_name(FIELD_MISSING));
}

static int
fill_change(struct pool *pool, const struct form *form,
    struct file_change *change, struct err *err)
{
	const struct form_value *is_public = form_value(form, "is_public");
	const char *tags = named(form, "tags");

	*change = (struct file_change){
		.name = named(form, "original_filename"),
		.athlete_id = named(form, "athlete_id"),
		.alt_text = named(form, "alt_text"),
		.has_is_public = is_public->is_given,
		.is_public = is_public->number != 0
	};
	if (must_not_be_empty(form, "original_filename", err) == -1 ||
	    must_not_be_empty(form, "is_public", err) == -1)
		return -1;
	if (tags == NULL)
		return 0;
	return file_clean_tags(pool, slice_str(tags), &change->tags, err);
}

int
api_file_change(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	const struct file_changer changer = file_access_changer(app, request);
	struct file_change change;
	struct record record;
	struct form form;

	if (api_read_change(app, request, change_fields, &form, err) == -1 ||
	    load_for_change(app, request, &record, err) == -1 ||
	    fill_change(request->pool, &form, &change, err) == -1 ||
	    file_change(request->pool, &changer, record.file.id,
		record.version, &change, &record.file, err) == -1)
		return -1;
	send_record(app, request, response, &record.file);
	return 0;
}

/* ---- B10: trash and erase ---- */

static const struct field delete_query[] = {
	{ "hard_delete", FIELD_BOOL,
	    .about = "true: at once and for ever; else to the trash." },
	API_LAST_PARAMETER,
};

const struct route_doc doc_file_delete = {
	.id = "deleteFile",
	.summary = "Move a file to the trash, or erase it",
	.query = delete_query,
	.status = 200,
	.answer = &message_schema,
	.takes_if_match = true,
	.errors = ROUTE_ERRORS(400, 404, 409, 412),
};

static int
trash(const struct app *app, struct request *request,
    struct response *response, struct record *record, struct err *err)
{
	const struct file_changer changer = file_access_changer(app, request);

	/* Asked for twice, it is there all the same. */
	if (record->file.state == FILE_LIVE &&
	    file_trash(request->pool, &changer, record->file.id,
		record->version, &record->file, err) == -1)
		return -1;
	send_message(app, request, response, &record->file);
	response_header(response, "ETag", "%s",
	    file_etag(request->pool, &record->file));
	return 0;
}

static int
erase(const struct app *app, struct request *request,
    struct response *response, const struct record *record, struct err *err)
{
	const struct file_changer changer = file_access_changer(app, request);

	if (file_erase(request->pool, &changer, record->file.id,
		record->version, err) == -1)
		return -1;
	send_message(app, request, response, NULL);
	return 0;
}

int
api_file_delete(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct form form, query;
	struct record record;

	/* "/files/users%2F7%2Fa" has slashes, too. */
	if (strchr(request->captures[0], '/') != NULL)
		return api_object_delete(app, request, response, err);
	if (api_read_query(request, delete_query, &query, err) == -1 ||
	    api_read_form(app, request, no_fields, &form, err) == -1 ||
	    load_for_change(app, request, &record, err) == -1)
		return -1;
	if (form_value(&query, "hard_delete")->number != 0)
		return erase(app, request, response, &record, err);
	return trash(app, request, response, &record, err);
}

/* ---- restore ---- */

const struct route_doc doc_file_restore = {
	.id = "restoreFile",
	.summary = "Take a file out of the trash",
	.fields = no_fields,
	.status = 200,
	.answer = &file_schema,
	.can_redirect = true,
	.takes_if_match = true,
	.has_etag = true,
	.errors = ROUTE_ERRORS(404, 409, 412),
};

/* Asked for twice, it is live all the same. */
static int
restore(const struct app *app, struct request *request,
    struct record *record, struct err *err)
{
	const struct file_changer changer = file_access_changer(app, request);

	if (record->file.state == FILE_LIVE)
		return 0;
	return file_restore(request->pool, &changer, record->file.id,
	    record->version, &record->file, err);
}

int
api_file_restore(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct record record;
	struct form form;

	if (api_read_form(app, request, no_fields, &form, err) == -1 ||
	    load_for_change(app, request, &record, err) == -1 ||
	    restore(app, request, &record, err) == -1)
		return -1;
	if (request->wants_json) {
		send_record(app, request, response, &record.file);
		return 0;
	}
	flash_set(app, request, response,
	    lang_text(request->lang, N_("The file is back")));
	response_redirect(response,
	    view_url(request, "/files/%lld", (long long)record.file.id));
	return 0;
}

/* ---- B4: by the object's name ---- */

const struct route_doc doc_object_delete = {
	.id = "deleteObject",
	.summary = "Erase a file by the name of its object",
	.path = "/files/{folder}/{object_name}",
	.status = 200,
	.answer = &message_schema,
	.errors = ROUTE_ERRORS(404, 409),
};

/*
 * The key alone says whether strangers may hear that there is nothing: only of
 * what would be theirs.
 */
static bool
is_own_key(const struct request *request, const char *key)
{
	const struct caller *caller = request->caller;

	if (caller_may(caller, ROUTE_ADMIN))
		return true;
	return *caller->id != '\0' &&
	    slice_has_prefix(slice_str(key),
		keys_user_prefix(request->pool, caller->tenant_id,
		    caller->id));
}

static int
find_object(const struct app *app, struct request *request,
    struct record *record, struct err *err)
{
	const char *key = request->captures[0];

	record->version = 0;
	if (file_access_find(app, request, key, FILE_TO_CHANGE, &record->file,
		err) == 0)
		return 0;
	if (err->kind != ERR_NOT_FOUND || is_own_key(request, key))
		return -1;
	return err_set(err, ERR_DENIED, "Forbidden");
}

int
api_object_delete(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct record record;
	struct form form;

	if (api_read_form(app, request, no_fields, &form, err) == -1 ||
	    find_object(app, request, &record, err) == -1)
		return -1;
	return erase(app, request, response, &record, err);
}
