/*
 * Objects of the file store: those below a public prefix for everybody, all
 * others by a presigned URL.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "codec/date.h"
#include "codec/mediatype.h"
#include "http/etag.h"
#include "http/range.h"
#include "web/store_error.h"
#include "web/store_request.h"

#define OVERRIDES \
	"response-content-type response-content-disposition" \
	" response-cache-control"

/* A header's line, with its name. */
enum { VALUE_MAX = 2048 };

struct object_stream {
	struct store *store;
	const char *key;
	struct range range;
	struct response_sink *sink;
};

/* What the URL says instead of what is kept; NULL: nothing. */
struct overrides {
	const char *type, *disposition, *cache;
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
	return store_get(stream->store, stream->key, stream->range.offset,
	    stream->range.length, write_piece, stream, err);
}

/* ---- permission ---- */

static int
take_override(const struct request *request, const char *name,
    const char **value_r, struct err *err)
{
	const char *value = request_query(request, name);

	*value_r = value == NULL || *value == '\0' ? NULL : value;
	if (value == NULL ||
	    (strlen(value) <= VALUE_MAX && store_request_is_clean(value)))
		return 0;
	return err_set_code(err, ERR_INVALID, "InvalidArgument",
	    "%s can be no header", name);
}

static int
take_overrides(const struct request *request, struct overrides *overrides_r,
    struct err *err)
{
	if (take_override(request, "response-content-type",
		&overrides_r->type, err) == -1 ||
	    take_override(request, "response-content-disposition",
		&overrides_r->disposition, err) == -1)
		return -1;
	return take_override(request, "response-cache-control",
	    &overrides_r->cache, err);
}

/* What a stranger puts into a URL must not speak in our name. */
static int
check_public(const struct app *app, const struct request *request,
    const struct overrides *overrides, struct err *err)
{
	if (!store_is_public(app->backend.store, request->captures[0]))
		return err_set_code(err, ERR_DENIED, "AccessDenied",
		    "the object is not public");
	if (overrides->type == NULL && overrides->disposition == NULL &&
	    overrides->cache == NULL)
		return 0;
	return err_set_code(err, ERR_INVALID, "InvalidRequest",
	    "response-... parameters are for presigned URLs");
}

static int
check_permission(const struct app *app, struct request *request,
    struct overrides *overrides_r, struct err *err)
{
	if (store_request_check(app, err) == -1 ||
	    take_overrides(request, overrides_r, err) == -1)
		return -1;
	if (!store_request_is_presigned(request))
		return check_public(app, request, overrides_r, err);
	return store_request_verify(app, request, OVERRIDES, err);
}

/* ---- headers ---- */

/* Files on a disk may hold what no request could bring. */
static void
set_header(struct response *response, const char *name, const char *value)
{
	if (*value != '\0' && strlen(value) <= VALUE_MAX &&
	    store_request_is_clean(value))
		response_header(response, name, "%s", value);
}

/*
 * What strangers uploaded must not act in our name: nothing in it may run,
 * and only types that we know are shown, unless a URL of ours says so.
 */
static const char *
set_type(struct response *response, const struct store_info *info,
    const struct overrides *overrides)
{
	const struct media_type *type =
	    media_type_find(slice_str(info->content_type));
	const char *disposition = info->content_disposition;

	if (type == NULL &&
	    !slice_has_prefix(slice_str(disposition), "attachment"))
		disposition = "attachment";
	set_header(response, "Content-Disposition",
	    overrides->disposition != NULL ? overrides->disposition :
					     disposition);
	if (overrides->type != NULL)
		return overrides->type;
	return type != NULL ? type->name : "application/octet-stream";
}

static void
set_caching(const struct request *request, struct response *response,
    const struct store_info *info, const struct overrides *overrides)
{
	const char *cache = info->cache_control;

	if (overrides->cache != NULL)
		cache = overrides->cache;
	else if (*cache == '\0' && store_request_is_presigned(request))
		cache = "private";
	else if (*cache == '\0')
		cache = "public, max-age=31536000, immutable";
	set_header(response, "Cache-Control", cache);
	response_header(response, "Last-Modified", "%s",
	    date_http(response->pool, info->modified_secs));
	/* An object without metadata, such as a copied one, has no tag. */
	if (*info->etag != '\0')
		set_header(response, "ETag",
		    pool_format(response->pool, "\"%s\"", info->etag));
}

static void
set_safe_headers(struct response *response, const struct store_info *info)
{
	response_header(response, "Content-Security-Policy",
	    "default-src 'none'; sandbox");
	response_header(response, "Cross-Origin-Resource-Policy",
	    "cross-origin");
	response_header(response, "Accept-Ranges", "bytes");
	for (size_t i = 0; i < info->meta_count; i++)
		if (store_request_is_clean(info->meta[i].name))
			set_header(response, info->meta[i].name,
			    info->meta[i].value);
}

/* ---- conditions and ranges ---- */

static bool
is_unchanged(const struct request *request, const struct response *response)
{
	const char *etag = response_find_header(response, "ETag");

	return etag != NULL && etag_matches(
		slice_str(request_header(request, "If-None-Match")), etag);
}

static enum range_kind
take_range(const struct request *request, struct response *response,
    const struct store_info *info, struct range *range_r)
{
	const char *header = request_header(request, "Range");
	const char *etag = response_find_header(response, "ETag");
	enum range_kind kind;

	if (!range_may_apply(slice_str(request_header(request, "If-Range")),
		etag == NULL ? "" : etag, info->modified_secs))
		header = NULL;
	kind = range_parse(slice_str(header), info->size_bytes, range_r);
	if (kind != RANGE_PART)
		return kind;
	response->status = 206;
	response_header(response, "Content-Range", "bytes %lld-%lld/%lld",
	    (long long)range_r->offset,
	    (long long)(range_r->offset + range_r->length - 1),
	    (long long)info->size_bytes);
	return kind;
}

/* An error with a header of its own (RFC 9110 section 15.5.17). */
static void
refuse_range(const struct app *app, const struct request *request,
    struct response *response, int64_t size)
{
	struct err err;

	err_fill_code(&err, ERR_INVALID, "InvalidRange",
	    "the object has %lld bytes", (long long)size);
	store_error(app, request, response, &err);
	response_header(response, "Content-Range", "bytes */%lld",
	    (long long)size);
}

static void
send_object(const struct app *app, struct request *request,
    struct response *response, const struct overrides *overrides,
    const struct store_info *info)
{
	struct object_stream *stream =
	    POOL_NEW(request->pool, struct object_stream);
	const char *type;

	set_safe_headers(response, info);
	set_caching(request, response, info, overrides);
	if (is_unchanged(request, response)) {
		response->status = 304;
		return;
	}
	stream->store = app->backend.store;
	stream->key = request->captures[0];
	if (take_range(request, response, info, &stream->range) ==
	    RANGE_UNSATISFIABLE) {
		refuse_range(app, request, response, info->size_bytes);
		return;
	}
	type = set_type(response, info, overrides);
	response_stream(response, type, stream->range.length, stream_object,
	    stream);
}

int
store_object_get(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct overrides overrides;
	struct store_info info;
	int found;

	if (check_permission(app, request, &overrides, err) == -1)
		return -1;
	found = store_head(app->backend.store, request->pool,
	    request->captures[0], &info, err);
	if (found == -1 && err->kind != ERR_INVALID)
		return -1;
	if (found != 1)
		return err_set_code(err, ERR_NOT_FOUND, "NoSuchKey",
		    "there is no such object");
	send_object(app, request, response, &overrides, &info);
	return 0;
}
