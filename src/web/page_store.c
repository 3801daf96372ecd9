/*
 * Public objects of the local file store (A12): on one machine without S3,
 * almacen is what their public URLs lead to.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "codec/date.h"
#include "codec/mediatype.h"
#include "http/etag.h"
#include "web/routes.h"
#include "web/view.h"

struct object_stream {
	struct store *store;
	const char *key;
	struct response_sink *sink;
};

static int
write_piece(void *arg, struct slice bytes, struct err *err)
{
	struct object_stream *stream = arg;

	return response_sink_write(stream->sink, bytes.data, bytes.len, err);
}

static int
stream_object(struct response_sink *sink, void *arg, struct err *err)
{
	struct object_stream *stream = arg;

	stream->sink = sink;
	return store_get(stream->store, stream->key, 0, -1, write_piece, stream,
	    err);
}

/*
 * What strangers uploaded must not act in our name: only types we know are
 * shown, and nothing in them may run.
 */
static const char *
set_safe_headers(struct response *response, const struct store_info *info)
{
	const struct media_type *type =
	    media_type_find(slice_str(info->content_type));

	response_header(response, "Content-Security-Policy",
	    "default-src 'none'; sandbox");
	response_header(response, "Cross-Origin-Resource-Policy",
	    "cross-origin");
	response_header(response, "Cache-Control",
	    "public, max-age=31536000, immutable");
	response_header(response, "Last-Modified", "%s",
	    date_http(response->pool, info->modified_secs));
	if (type != NULL)
		return type->name;
	response_header(response, "Content-Disposition", "attachment");
	return "application/octet-stream";
}

/* An object without metadata, such as a copied one, has no tag. */
static bool
is_unchanged(const struct request *request, struct response *response,
    const struct store_info *info)
{
	const char *etag = pool_format(request->pool, "\"%s\"", info->etag);

	if (*info->etag == '\0')
		return false;
	response_header(response, "ETag", "%s", etag);
	return etag_matches(
	    slice_str(request_header(request, "If-None-Match")), etag);
}

int
page_store(struct app *app, struct request *request, struct response *response,
    struct err *err)
{
	struct store *store = app->backend.store;
	struct object_stream *stream =
	    POOL_NEW(request->pool, struct object_stream);
	struct store_info info;
	const char *type;
	int found = 0;

	stream->store = store;
	stream->key = request->captures[0];
	if (strcmp(store_driver(store), "file") == 0 &&
	    store_is_public(store, stream->key))
		found = store_head(store, request->pool, stream->key, &info,
		    err);
	if (found == -1 && err->kind != ERR_INVALID)
		return -1;
	if (found != 1)
		return err_set(err, ERR_NOT_FOUND, "no public object");
	type = set_safe_headers(response, &info);
	if (is_unchanged(request, response, &info)) {
		response->status = 304;
		return 0;
	}
	response_stream(response, type, info.size_bytes, stream_object, stream);
	return 0;
}
