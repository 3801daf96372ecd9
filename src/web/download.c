/* SPDX-License-Identifier: MIT */
#include "codec/disposition.h"
#include "model/storage_failed.h"
#include "store/presign.h"
#include "web/download.h"
#include "web/view.h"

int
download_sign(const struct app *app, const struct request *request,
    const struct file *file, int64_t expires_secs, const char **url_r,
    struct err *err)
{
	const struct store_access access = { .method = "GET",
		.key = file->key,
		.content_length = -1,
		.response_type = file->content_type,
		.response_disposition =
		    disposition_attachment(request->pool, file->original_name),
		.expires_secs = expires_secs,
		.origin = view_origin(app, request) };
	struct store_presigned presigned;

	if (store_presign(app->backend.store, request->pool, &access,
		&presigned, err) == -1)
		return storage_failed(err);
	*url_r = presigned.url;
	return 0;
}

void
download_redirect(struct response *response, const char *url)
{
	response_header(response, "Cache-Control", "no-store");
	response_header(response, "Referrer-Policy", "no-referrer");
	response_redirect(response, url);
}
