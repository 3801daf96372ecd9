/*
 * Uploads in parts: POST ?uploads begins one, POST ?uploadId=ID completes it
 * (CreateMultipartUpload and CompleteMultipartUpload of S3).
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/num.h"
#include "codec/xml.h"
#include "web/store_request.h"

enum { LIST_BYTES_MAX = 4 * 1024 * 1024, ETAG_MAX = 128 };

/* ---- begin ---- */

static int
begin_upload(const struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct store *store = app->backend.store;
	struct store_object object;
	const char *id;

	if (store_request_object(request, &object, err) == -1 ||
	    store_multipart_create(store, request->pool, &object, &id, err) ==
		-1)
		return -1;
	store_request_xml(response, "InitiateMultipartUploadResult",
	    (const struct store_xml[]){ { "Bucket", store_bucket(store) },
		{ "Key", object.key }, { "UploadId", id } }, 3);
	return 0;
}

/* ---- complete ---- */

/* <CompleteMultipartUpload><Part><PartNumber/><ETag/></Part>...</> */
struct list {
	struct pool *pool;
	struct store_part *parts;
	size_t count;
	struct store_part part; /* the one that is being read */
	bool is_bad;
};

/* Without the quotes round it. */
static const char *
take_etag(struct pool *pool, const char *text)
{
	struct slice etag = slice_trim(slice_str(text));

	if (etag.len >= 2 && etag.data[0] == '"' &&
	    etag.data[etag.len - 1] == '"')
		etag = slice_make(etag.data + 1, etag.len - 2);
	return etag.len > ETAG_MAX ? "" : slice_dup(pool, etag);
}

static void
take_element(void *arg, const char *path, const char *text)
{
	static const char top[] = "CompleteMultipartUpload/Part";
	struct list *list = arg;
	int64_t number;

	if (strncmp(path, top, strlen(top)) != 0)
		return;
	path += strlen(top);
	if (strcmp(path, "/PartNumber") == 0) {
		if (num_parse_i64(slice_trim(slice_str(text)), STORE_PARTS_MAX,
			&number))
			list->part.number = (int)number;
	} else if (strcmp(path, "/ETag") == 0)
		list->part.etag = take_etag(list->pool, text);
	if (*path != '\0')
		return;
	if (list->count == STORE_PARTS_MAX || list->part.number == 0 ||
	    list->part.etag == NULL)
		list->is_bad = true;
	else
		list->parts[list->count++] = list->part;
	list->part = (struct store_part){ .number = 0 };
}

static int
append(void *arg, struct slice bytes, struct err *err)
{
	if (buf_slice(arg, bytes) == 0)
		return 0;
	return err_set_code(err, ERR_INVALID, "MalformedXML",
	    "a list of parts has at most %d bytes", LIST_BYTES_MAX);
}

static int
read_list(struct request *request, struct list *list, struct err *err)
{
	struct buf body;

	*list = (struct list){ .pool = request->pool,
		.parts = pool_alloc_array(request->pool, STORE_PARTS_MAX,
		    sizeof(*list->parts)) };
	buf_init(&body, request->pool, LIST_BYTES_MAX);
	if (store_request_body(request, append, &body, err) == -1)
		return -1;
	if (xml_parse(buf_view(&body), take_element, list, err) == -1 ||
	    list->is_bad || list->count == 0)
		return err_set_code(err, ERR_INVALID, "MalformedXML",
		    "the body is no list of parts");
	return 0;
}

static int
complete_upload(const struct app *app, struct request *request,
    struct response *response, const char *upload_id, struct err *err)
{
	struct store *store = app->backend.store;
	struct store_complete complete = { .upload = {
		.key = request->captures[0], .upload_id = upload_id } };
	struct store_object conditions;
	struct list list;
	const char *etag;

	if (store_request_object(request, &conditions, err) == -1 ||
	    read_list(request, &list, err) == -1)
		return -1;
	complete.parts = list.parts;
	complete.count = list.count;
	complete.is_new_only = conditions.is_new_only;
	if (store_multipart_complete(store, request->pool, &complete, &etag,
		err) == -1)
		return -1;
	store_request_xml(response, "CompleteMultipartUploadResult",
	    (const struct store_xml[]){
		{ "Location", store_request_location(request,
		    complete.upload.key) },
		{ "Bucket", store_bucket(store) },
		{ "Key", complete.upload.key },
		{ "ETag", pool_format(request->pool, "\"%s\"", etag) } }, 4);
	return 0;
}

int
store_object_post(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	const char *upload_id = request_query(request, "uploadId");

	if (store_request_verify(app, request, "uploads uploadId", err) == -1)
		return -1;
	if (upload_id != NULL)
		return complete_upload(app, request, response, upload_id, err);
	if (request_query(request, "uploads") != NULL)
		return begin_upload(app, request, response, err);
	return err_set_code(err, ERR_UNSUPPORTED, "NotImplemented",
	    "an object is posted to the bucket, as a form");
}
