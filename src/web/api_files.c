/*
 * Direct uploads: a URL or a form to upload with (B5, B13, B15), and the word
 * that the bytes are there (B6, B14).
 *
 * SPDX-License-Identifier: MIT
 */
#include "model/direct.h"
#include "model/keys.h"
#include "model/settings.h"
#include "web/api.h"
#include "web/caller.h"
#include "web/file_view.h"
#include "web/routes.h"
#include "web/view.h"

enum { NAME_MAX_CHARS = 1000, TYPE_MAX_CHARS = 127, KEY_MAX_CHARS = 1024 };

/* ---- what the handlers share ---- */

static void
direct_init(struct direct *direct, const struct app *app,
    const struct request *request)
{
	*direct = (struct direct){ .db = app->backend.db,
		.store = app->backend.store,
		.clock = &app->clock,
		.log = &request->log,
		.rules = app->file_rules,
		.tenant_id = request->caller->tenant_id,
		.owner = request->caller->id,
		.pending_secs = conf_number(app->conf, SET_PENDING_EXPIRY) };
}

static int
read_kind(const struct form *form, enum file_kind *kind_r, struct err *err)
{
	const char *text = form_value(form, "file_type")->text;

	if (file_kind_find(slice_str(text), kind_r))
		return 0;
	return err_set_code(err, ERR_INVALID, "bad_file_type",
	    "file_type is image, video, audio or document");
}

static void
set_headers(struct json *object, const char *name,
    const struct store_header *headers, size_t count)
{
	struct json *members = json_set_object(object, name);

	for (size_t i = 0; i < count; i++)
		json_set_text(members, headers[i].name, headers[i].value);
}

static void
send_ticket(struct request *request, struct response *response,
    const struct direct_ticket *ticket)
{
	struct json *json = json_object(request->pool);

	json_set_number(json, "file_id", ticket->file.id);
	json_set_text(json, "upload_url", ticket->url);
	json_set_text(json, "method", ticket->method);
	set_headers(json, "headers", ticket->headers,
	    ticket->header_count);
	if (ticket->field_count > 0)
		set_headers(json, "fields", ticket->fields,
		    ticket->field_count);
	json_set_text(json, "key", ticket->file.key);
	json_set_number(json, "expires_in", ticket->expires_secs);
	api_send(response, json);
}

static int
begin_and_send(const struct app *app, struct request *request,
    struct response *response, const struct direct_request *wanted,
    struct err *err)
{
	struct direct direct;
	struct direct_ticket ticket;

	direct_init(&direct, app, request);
	if (direct_begin(request->pool, &direct, wanted, &ticket, err) == -1)
		return -1;
	send_ticket(request, response, &ticket);
	return 0;
}

static int
confirm_and_send(const struct app *app, struct request *request,
    struct response *response, int64_t id, struct err *err)
{
	struct json *json = json_object(request->pool);
	struct direct direct;
	struct file file;

	direct_init(&direct, app, request);
	if (direct_confirm(request->pool, &direct, id, &file, err) == -1)
		return -1;
	file_view(app, request, &file, json);
	api_send(response, json);
	return 0;
}

static const struct member ticket_members[] = {
	{ "file_id", MEMBER_NUMBER },
	{ "upload_url", MEMBER_TEXT },
	{ "method", MEMBER_TEXT, .choices = "PUT POST" },
	{ "headers", MEMBER_MAP, .about = "To be sent with the request." },
	{ "fields", MEMBER_MAP, .is_optional = true,
	    .about = "Of a form, to be sent before the field \"file\"." },
	{ "key", MEMBER_TEXT, .about = "Where the URL leads." },
	{ "expires_in", MEMBER_NUMBER, .about = "Seconds." },
	{ .name = NULL },
};
static const struct schema ticket_schema = { "UploadTicket", ticket_members };

#define KIND_FIELD \
	{ "file_type", FIELD_TEXT, .max = TYPE_MAX_CHARS, \
	    .is_required = true, .choices = "image video audio document" }

/* ---- B5, B15 ---- */

static const struct field presigned_fields[] = {
	{ "original_filename", FIELD_TEXT, .max = NAME_MAX_CHARS,
	    .is_required = true },
	KIND_FIELD,
	{ "is_public", FIELD_BOOL },
	{ "athlete_id", FIELD_TEXT, .max = KEYS_ATHLETE_MAX },
	{ "content_type", FIELD_TEXT, .max = TYPE_MAX_CHARS,
	    .about = "Signed: the upload must declare it." },
	{ "size", FIELD_ID, .about = "Bytes; signed." },
	{ "sha256", FIELD_TOKEN, .max = STORE_SHA256_CHARS,
	    .about = "Hexadecimal; what arrives must have it." },
	{ "method", FIELD_TOKEN, .max = 8, .choices = "PUT POST",
	    .about = "POST: a form, where the provider takes forms." },
	API_LAST_FIELD,
};

const struct route_doc doc_upload_presigned = {
	.id = "presignUpload",
	.summary = "Begin an upload that goes to the store directly",
	.fields = presigned_fields,
	.status = 200,
	.answer = &ticket_schema,
};

/* A form where one is wanted and the provider takes forms, else a PUT. */
static int
read_way(const struct app *app, const struct form *form,
    enum direct_way *way_r, struct err *err)
{
	const struct form_value *method = form_value(form, "method");
	const struct store_traits *traits = store_traits(app->backend.store);

	*way_r = DIRECT_PUT;
	if (!method->is_given || slice_eq_case(slice_str(method->text), "PUT"))
		return 0;
	if (!slice_eq_case(slice_str(method->text), "POST"))
		return err_set_code(err, ERR_INVALID, "bad_method",
		    "method is PUT or POST");
	if (traits->can_post_forms)
		*way_r = DIRECT_FORM;
	return 0;
}

int
api_upload_presigned(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct direct_request wanted = {
		.expires_secs =
		    conf_number(app->conf, SET_PRESIGNED_URL_EXPIRY),
		.origin = view_origin(app, request),
	};
	const struct form_value *size;
	struct form form;

	if (api_read_form(app, request, presigned_fields, &form, err) == -1 ||
	    read_kind(&form, &wanted.kind, err) == -1 ||
	    read_way(app, &form, &wanted.way, err) == -1)
		return -1;
	size = form_value(&form, "size");
	wanted.name = form_value(&form, "original_filename")->text;
	wanted.is_public = form_value(&form, "is_public")->number != 0;
	wanted.athlete_id = form_value(&form, "athlete_id")->text;
	wanted.declared_type = form_value(&form, "content_type")->text;
	wanted.declared_bytes = size->is_given ? size->number : -1;
	wanted.declared_sha256 = form_value(&form, "sha256")->text;
	return begin_and_send(app, request, response, &wanted, err);
}

/* ---- B6 ---- */

static const struct field no_fields[] = { API_LAST_FIELD };

const struct route_doc doc_confirm_upload = {
	.id = "confirmUpload",
	.summary = "Check what arrived and make it a file",
	.fields = no_fields,
	.status = 200,
	.answer = &file_schema,
	.errors = ROUTE_ERRORS(404, 409),
};

int
api_confirm_upload(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct form form;
	int64_t id;

	if (api_read_form(app, request, no_fields, &form, err) == -1 ||
	    api_read_file_id(request, &id, err) == -1)
		return -1;
	return confirm_and_send(app, request, response, id, err);
}

/* ---- B13 ---- */

static const struct field temp_fields[] = {
	{ "filename", FIELD_TEXT, .max = NAME_MAX_CHARS, .is_required = true },
	KIND_FIELD,
	{ "size", FIELD_ID, .about = "Bytes; signed." },
	API_LAST_FIELD,
};

#define TEMP_DOC(operation) \
	{ .id = (operation), \
	    .summary = "Begin an upload to a temporary place", \
	    .fields = temp_fields, .status = 200, .answer = &ticket_schema }
const struct route_doc doc_get_upload_url = TEMP_DOC("getUploadUrl");
const struct route_doc doc_api_get_upload_url = TEMP_DOC("apiGetUploadUrl");

int
api_get_upload_url(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct direct_request wanted = { .way = DIRECT_TEMP_PUT,
		.athlete_id = "",
		.declared_type = "",
		.declared_bytes = -1,
		.declared_sha256 = "",
		.origin = view_origin(app, request) };
	const struct form_value *size;
	struct form form;

	if (api_read_form(app, request, temp_fields, &form, err) == -1 ||
	    read_kind(&form, &wanted.kind, err) == -1)
		return -1;
	size = form_value(&form, "size");
	wanted.name = form_value(&form, "filename")->text;
	if (size->is_given)
		wanted.declared_bytes = size->number;
	return begin_and_send(app, request, response, &wanted, err);
}

/* ---- B14 ---- */

static const struct field uploaded_fields[] = {
	{ "key", FIELD_TEXT, .max = KEY_MAX_CHARS, .is_required = true },
	KIND_FIELD,
	API_LAST_FIELD,
};

const struct route_doc doc_file_uploaded = {
	.id = "fileUploaded",
	.summary = "Check what arrived at a temporary place and make it a file",
	.fields = uploaded_fields,
	.status = 200,
	.answer = &file_schema,
	.errors = ROUTE_ERRORS(404, 409),
};

/* The caller's upload to a key; its kind must be what it was. */
static int
find_upload(const struct app *app, const struct request *request,
    const struct form *form, int64_t *id_r, struct err *err)
{
	const char *key = form_value(form, "key")->text;
	struct direct direct;
	enum file_kind kind;
	int found;

	if (read_kind(form, &kind, err) == -1)
		return -1;
	direct_init(&direct, app, request);
	found = direct_find(&direct, key, kind, id_r, err);
	if (found == 0)
		return err_set_code(err, ERR_NOT_FOUND, "file_not_found",
		    "no upload to %s", key);
	return found == 1 ? 0 : -1;
}

int
api_file_uploaded(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct form form;
	int64_t id = 0;

	if (api_read_form(app, request, uploaded_fields, &form, err) == -1 ||
	    find_upload(app, request, &form, &id, err) == -1)
		return -1;
	return confirm_and_send(app, request, response, id, err);
}
