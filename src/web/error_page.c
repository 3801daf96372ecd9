/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "web/error_page.h"
#include "web/view.h"

struct error_row {
	int status;
	bool is_shown; /* the text helps whoever sent the request */
	bool can_retry;
	enum log_level level;
	const char *code;
	const char *message; /* message id */
};

/* clang-format off */
static const struct error_row rows[ERR_KIND_COUNT] = {
	[ERR_INVALID] = { 400, true, false, LOG_INFO, "invalid",
	    N_("The request cannot be understood") },
	[ERR_UNAUTHENTICATED] = { 401, false, false, LOG_INFO, "unauthenticated",
	    N_("Please log in first") },
	[ERR_DENIED] = { 403, true, false, LOG_WARNING, "forbidden",
	    N_("You may not do this") },
	[ERR_NOT_FOUND] = { 404, false, false, LOG_INFO, "not_found",
	    N_("Page not found") },
	[ERR_METHOD] = { 405, false, false, LOG_INFO, "method_not_allowed",
	    N_("This address does not take that method") },
	[ERR_CONFLICT] = { 409, true, true, LOG_INFO, "conflict",
	    N_("Somebody else was faster: please try again") },
	[ERR_PRECONDITION] = { 412, true, true, LOG_INFO, "precondition",
	    N_("Somebody else changed it in the meantime") },
	[ERR_TOO_LARGE] = { 413, true, false, LOG_INFO, "too_large",
	    N_("The request is too large") },
	[ERR_UNSUPPORTED] = { 415, true, false, LOG_INFO, "unsupported",
	    N_("This kind of content is not accepted") },
	[ERR_TOO_MANY] = { 429, true, true, LOG_INFO, "too_many_requests",
	    N_("Too many requests: please wait a moment") },
	[ERR_UPSTREAM] = { 502, false, true, LOG_ERROR, "storage_failed",
	    N_("The storage answered with an error") },
	[ERR_UNAVAILABLE] = { 503, false, true, LOG_ERROR, "unavailable",
	    N_("The service is busy or its storage is away: please try again") },
	[ERR_GONE_AWAY] = { 400, false, false, LOG_INFO, "gone_away",
	    N_("The request ended early") },
	[ERR_INTERNAL] = { 500, false, true, LOG_ERROR, "internal",
	    N_("Something went wrong on our side") },
};
/* clang-format on */

/* Where the kind's message would say something else than what happened. */
/* clang-format off */
static const struct {
	const char *code, *message;
} code_messages[] = {
	{ "not_uploaded_yet", N_("The file has not arrived yet") },
	{ "url_expired",
	    N_("The time for this upload is over: please start again") },
	{ "upload_expired",
	    N_("The time for this upload is over: please start again") },
	{ "file_not_found", N_("File not found") },
	{ "user_not_found", N_("There is no such user") },
	{ "fields_first",
	    N_("The file is so large that it has to come after the other"
	       " fields of the form") },
	{ "file_used", N_("The file is in use") },
	{ "idempotency_running", N_("This request is being done already") },
	{ "idempotency_mismatch",
	    N_("This key was used for another request") },
	{ "file_empty", N_("The file is empty") },
	{ "file_too_large", N_("The file is too large") },
	{ "type_not_allowed", N_("Files of this type are not taken") },
	{ "extension_not_allowed", N_("Files of this type are not taken") },
	{ "type_mismatch",
	    N_("The file is damaged or not what its name says") },
	{ "file_damaged",
	    N_("The file is damaged or not what its name says") },
	{ "too_many_pixels", N_("The image has too many pixels") },
	{ "too_many_frames", N_("The animation has too many frames") },
	{ "quota_bytes", N_("There is not enough space left for this file") },
	{ "quota_objects",
	    N_("There are as many files as there may be: please delete some") },
};
/* clang-format on */

static const struct error_row *
find_row(enum err_kind kind)
{
	assert(kind < ERR_KIND_COUNT);
	return kind == ERR_NONE ? &rows[ERR_INTERNAL] : &rows[kind];
}

const char *
error_code_message(const struct err *err)
{
	for (size_t i = 0; i < ARRAY_COUNT(code_messages); i++)
		if (strcmp(err->code, code_messages[i].code) == 0)
			return code_messages[i].message;
	return NULL;
}

static const char *
find_message(const struct error_row *row, const struct err *err)
{
	const char *message = error_code_message(err);

	return message == NULL ? row->message : message;
}

const char *
error_code(const struct err *err)
{
	return *err->code != '\0' ? err->code : find_row(err->kind)->code;
}

void
error_log(const struct request *request, int status, const struct err *err)
{
	const struct error_row *row = find_row(err->kind);
	const struct log_field fields[] = {
		{ .key = "status", .number = status },
		{ .key = "kind", .text = err_kind_name(err->kind) },
		{ .key = "code", .text = error_code(err) },
	};

	log_fields(&request->log, row->level, err->text, fields,
	    ARRAY_COUNT(fields));
}

/* For programs, whose texts do not depend on a language. */
static const char *
find_detail(const struct error_row *row, const struct err *err,
    const char *code)
{
	if (strcmp(code, "storage_failed") == 0)
		return "Storage connection failed";
	if (strcmp(code, "file_not_found") == 0)
		return "File not found";
	return row->is_shown ? err->text : row->message;
}

/* RFC 6750 section 3: what a program without a login should bring. */
static const char *
challenge(const struct err *err)
{
	return strcmp(err->code, "bad_token") == 0 ?
	    "Bearer error=\"invalid_token\"" : "Bearer";
}

/* B16: detail, message and error stand side by side (decision 16). */
static void
fill_view(struct view *view, const struct app *app,
    const struct request *request, const struct error_row *row,
    const struct err *err)
{
	const char *code = error_code(err);

	json_set_number(view->data, "status", row->status);
	json_set_text(view->data, "error", code);
	json_set_text(view->data, "message", view->title);
	json_set_text(view->data, "detail",
	    find_detail(row, err, code));
	json_set_text(view->data, "request_id", request->id);
	if (!request->wants_json) {
		if (row->is_shown)
			json_set_text(view->data, "explanation", err->text);
		json_set_bool(view->data, "retry", row->can_retry);
		json_set_text(view->data, "list_url",
		    view_url(request, "/products"));
		if (row->status == 401 && app->auth == AUTH_LOGIN)
			json_set_text(view->data, "login_url",
			    view_url(request, "/login"));
	}
}

void
error_page(const struct app *app, struct request *request,
    struct response *response, const struct err *err)
{
	const struct error_row *row = find_row(err->kind);
	struct err own = ERR_INIT;
	struct view view;

	error_log(request, row->status, err);
	response_reset(response);
	view_security_headers(app, response);
	response->status = row->status;
	view_init(&view, request, "error",
	    lang_text(request->lang, find_message(row, err)));
	fill_view(&view, app, request, row, err);
	if (row->status == 503)
		response_header(response, "Retry-After", "5");
	if (row->status == 401)
		response_header(response, "WWW-Authenticate", "%s",
		    challenge(err));
	if (view_send(app, request, response, &view, &own) == 0)
		return;
	log_error(&request->log, "error page: %s", own.text);
	response_body(response, "text/plain; charset=utf-8",
	    slice_str(view.title));
}
