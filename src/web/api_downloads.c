/*
 * Downloads: by the name of an object (B3), of a file (B11), and a URL to
 * read a file with (B12).
 *
 * SPDX-License-Identifier: MIT
 */
#include "codec/date.h"
#include "http/accept.h"
#include "model/settings.h"
#include "model/storage_failed.h"
#include "web/api.h"
#include "web/download.h"
#include "web/file_access.h"
#include "web/product_view.h"
#include "web/routes.h"

enum {
	OBJECT_URL_SECS = 300, /* decision 3 */
	URL_MAX_SECS = 3600
};

/* ---- B3 ---- */

static const struct member object_members[] = {
	{ "download_url", MEMBER_TEXT },
	{ "expires_in", MEMBER_NUMBER, .about = "Seconds." },
	{ .name = NULL },
};
static const struct schema object_schema = { "ObjectUrl", object_members };

const struct route_doc doc_download_object = {
	.id = "downloadObject",
	.summary = "A URL to read an object with, by its name with slashes",
	.status = 200,
	.answer = &object_schema,
	.can_redirect = true,
};

/* Whoever knows objects by name may have deleted it behind our back. */
static int
check_object(const struct app *app, const struct request *request,
    const struct file *file, struct err *err)
{
	struct store_info info;
	int found = store_head(app->backend.store, request->pool, file->key,
	    &info, err);

	if (found == 0)
		return err_set_code(err, ERR_NOT_FOUND, "file_not_found",
		    "the object of file %lld is gone", (long long)file->id);
	return found == 1 ? 0 : storage_failed(err);
}

int
api_download_object(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct json *json = json_object(request->pool);
	struct file file;
	const char *url;

	if (file_access_find(app, request, request->captures[0], FILE_TO_USE,
		&file, err) == -1 ||
	    check_object(app, request, &file, err) == -1 ||
	    download_sign(app, request, &file, OBJECT_URL_SECS, &url, err) ==
		-1)
		return -1;
	if (request->wants_html) {
		download_redirect(response, url);
		return 0;
	}
	json_set_text(json, "download_url", url);
	json_set_number(json, "expires_in", OBJECT_URL_SECS);
	api_send(response, json);
	return 0;
}

/* ---- B11 ---- */

static const struct member download_members[] = {
	{ "url", MEMBER_TEXT },
	{ .name = NULL },
};
static const struct schema download_schema = { "FileUrl", download_members };

const struct route_doc doc_download_file = {
	.id = "downloadFile",
	.summary = "Lead to the bytes of a file",
	.status = 200,
	.answer = &download_schema,
	.can_redirect = true,
};

static int64_t
url_secs(const struct app *app)
{
	int64_t secs = conf_number(app->conf, SET_PRESIGNED_URL_EXPIRY);

	return secs < URL_MAX_SECS ? secs : URL_MAX_SECS;
}

static int
find_url(const struct app *app, const struct request *request,
    const struct file *file, const char **url_r, struct err *err)
{
	if (!file->is_public)
		return download_sign(app, request, file, url_secs(app), url_r,
		    err);
	*url_r = product_image_url(app, request, file->key);
	return 0;
}

/* Nothing said is a browser, or curl -L: only who asks for JSON gets it. */
static bool
asks_for_json(const struct request *request)
{
	return accept_format(slice_str(request_header(request, "Accept")))
	    .wants_json;
}

int
api_download_file(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct json *json = json_object(request->pool);
	struct file file;
	const char *url;
	int64_t id;

	if (api_read_file_id(request, &id, err) == -1 ||
	    file_access_load(app, request, id, FILE_TO_USE, &file, err) ==
		-1 ||
	    find_url(app, request, &file, &url, err) == -1)
		return -1;
	if (!asks_for_json(request)) {
		download_redirect(response, url);
		return 0;
	}
	json_set_text(json, "url", url);
	api_send(response, json);
	return 0;
}

/* ---- B12 ---- */

static const struct field url_query[] = {
	{ "expires_in", FIELD_ID, .max = URL_MAX_SECS, .about = "Seconds." },
	API_LAST_PARAMETER,
};
static const struct member url_members[] = {
	{ "url", MEMBER_TEXT },
	{ "expires_in", MEMBER_NUMBER, .about = "Seconds." },
	{ "expires_at", MEMBER_TIME },
	{ .name = NULL },
};
static const struct schema url_schema = { "PresignedUrl", url_members };

const struct route_doc doc_presign_file = {
	.id = "presignFile",
	.summary = "A URL to read a file with for a while",
	.query = url_query,
	.status = 200,
	.answer = &url_schema,
};

int
api_presign_file(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct json *json = json_object(request->pool);
	int64_t id, secs = url_secs(app);
	struct form query;
	struct file file;
	const char *url;

	if (api_read_query(request, url_query, &query, err) == -1 ||
	    api_read_file_id(request, &id, err) == -1 ||
	    file_access_load(app, request, id, FILE_TO_USE, &file, err) == -1)
		return -1;
	if (form_value(&query, "expires_in")->is_given)
		secs = form_value(&query, "expires_in")->number;
	if (download_sign(app, request, &file, secs, &url, err) == -1)
		return -1;
	json_set_text(json, "url", url);
	json_set_number(json, "expires_in", secs);
	json_set_text(json, "expires_at", date_iso(request->pool,
	    clock_now_secs(request->clock) + secs));
	api_send(response, json);
	return 0;
}
