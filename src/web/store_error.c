/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "web/error_page.h"
#include "web/store_error.h"
#include "web/store_request.h"
#include "web/view.h"

struct store_error_row {
	const char *cause; /* code of struct err */
	int status;
	const char *code; /* of S3; NULL: the same */
};

static const struct store_error_row rows[] = {
	{ "AccessDenied", 403, NULL },
	{ "AccessForbidden", 403, NULL },
	{ "AuthorizationQueryParametersError", 400, NULL },
	{ "BadDigest", 400, NULL },
	{ "EntityTooLarge", 400, NULL },
	{ "EntityTooSmall", 400, NULL },
	{ "InvalidAccessKeyId", 403, NULL },
	{ "InvalidArgument", 400, NULL },
	{ "InvalidDigest", 400, NULL },
	{ "InvalidPart", 400, NULL },
	{ "InvalidPartOrder", 400, NULL },
	{ "InvalidPolicyDocument", 400, NULL },
	{ "InvalidRange", 416, NULL },
	{ "InvalidRequest", 400, NULL },
	{ "MalformedPOSTRequest", 400, NULL },
	{ "MalformedXML", 400, NULL },
	{ "MaxPostPreDataLengthExceeded", 400, NULL },
	{ "MetadataTooLarge", 400, NULL },
	{ "MissingContentLength", 411, NULL },
	{ "NoSuchKey", 404, NULL },
	{ "NoSuchUpload", 404, NULL },
	{ "NotImplemented", 501, NULL },
	{ "PreconditionFailed", 412, NULL },
	{ "SignatureDoesNotMatch", 403, NULL },
	{ "XAmzContentSHA256Mismatch", 400, NULL },
	{ "body_truncated", 400, "IncompleteBody" },
	{ "key_is_folder", 409, "OperationAborted" },
	{ "timeout", 400, "RequestTimeout" },
	{ "too_many_uploads", 503, "SlowDown" },
};

/* What no code of ours says more exactly. */
static const struct store_error_row kinds[ERR_KIND_COUNT] = {
	[ERR_INVALID] = { "", 400, "InvalidRequest" },
	[ERR_UNAUTHENTICATED] = { "", 403, "AccessDenied" },
	[ERR_DENIED] = { "", 403, "AccessDenied" },
	[ERR_NOT_FOUND] = { "", 404, "NoSuchKey" },
	[ERR_METHOD] = { "", 405, "MethodNotAllowed" },
	[ERR_CONFLICT] = { "", 412, "PreconditionFailed" },
	[ERR_PRECONDITION] = { "", 412, "PreconditionFailed" },
	[ERR_TOO_LARGE] = { "", 400, "EntityTooLarge" },
	[ERR_UNSUPPORTED] = { "", 501, "NotImplemented" },
	[ERR_TOO_MANY] = { "", 503, "SlowDown" },
	[ERR_UPSTREAM] = { "", 503, "ServiceUnavailable" },
	[ERR_UNAVAILABLE] = { "", 503, "ServiceUnavailable" },
	[ERR_GONE_AWAY] = { "", 400, "IncompleteBody" },
	[ERR_INTERNAL] = { "", 500, "InternalError" },
};

static const struct store_error_row *
find_row(const struct err *err)
{
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (strcmp(rows[i].cause, err->code) == 0)
			return &rows[i];
	return &kinds[err->kind == ERR_NONE ? ERR_INTERNAL : err->kind];
}

void
store_error(const struct app *app, const struct request *request,
    struct response *response, const struct err *err)
{
	const struct store_error_row *row = find_row(err);
	const char *code = row->code == NULL ? row->cause : row->code;
	const struct store_xml elements[] = {
		{ "Code", code },
		/* What goes wrong inside is nobody's business. */
		{ "Message", row->status < 500 ? err->text : code },
		{ "Resource", request->path },
		{ "RequestId", request->id },
	};

	error_log(request, row->status, err);
	response_reset(response);
	view_security_headers(app, response);
	response->status = row->status;
	if (row->status == 503)
		response_header(response, "Retry-After", "5");
	store_request_xml(response, "Error", elements, ARRAY_COUNT(elements));
}
