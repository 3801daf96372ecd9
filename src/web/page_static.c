/* SPDX-License-Identifier: MIT */
#include "http/etag.h"
#include "web/routes.h"
#include "web/view.h"

int
page_static(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	const struct static_file *file =
	    static_files_find(app->statics, request->captures[0]);
	struct slice match =
	    slice_str(request_header(request, "If-None-Match"));

	if (file == NULL)
		return err_set(err, ERR_NOT_FOUND, "no static file %s",
		    request->captures[0]);
	response_header(response, "Cache-Control", "public, max-age=86400");
	response_header(response, "ETag", "%s", file->etag);
	if (etag_matches(match, file->etag)) {
		response->status = 304;
		return 0;
	}
	response_body(response, file->content_type, file->data);
	return 0;
}

int
page_index(struct app *app, struct request *request, struct response *response,
    struct err *err)
{
	(void)app;
	(void)err;
	response_redirect(response, view_url(request, "/products"));
	return 0;
}
