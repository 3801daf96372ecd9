/* SPDX-License-Identifier: MIT */
#include "web/store_request.h"

/* What is not there is deleted, as S3 has it. */
int
store_object_delete(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	const char *key = request->captures[0];
	const char *upload_id = request_query(request, "uploadId");

	if (store_request_verify(app, request, "uploadId", err) == -1)
		return -1;
	response->status = 204;
	if (upload_id == NULL)
		return store_delete(app->backend.store, key, err);
	return store_multipart_abort(app->backend.store, key, upload_id, err);
}
