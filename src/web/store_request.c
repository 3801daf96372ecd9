/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "codec/url.h"
#include "codec/xml.h"
#include "http/urlencoded.h"
#include "web/store_request.h"

enum { XML_ANSWER_MAX = 16 * 1024, TEXT_MAX = 1024 };

/* ---- permission ---- */

bool
store_request_is_presigned(const struct request *request)
{
	return s3_verify_is_presigned(request->query);
}

int
store_request_check(const struct app *app, struct err *err)
{
	if (store_is_served(app->backend.store))
		return 0;
	return err_set(err, ERR_NOT_FOUND, "objects are not kept here");
}

static bool
is_word_of(const char *list, struct slice word)
{
	struct slice rest = slice_str(list), known;

	while (slice_next(&rest, ' ', &known))
		if (slice_eq(known, word))
			return true;
	return false;
}

static int
check_parameters(const struct request *request, const char *known,
    struct err *err)
{
	struct slice rest = request->query, name, value;

	while (urlencoded_next(request->pool, &rest, &name, &value) == 1) {
		/* x-id only names the operation, for people who read logs. */
		if (name.len == 0 || slice_has_prefix(name, "X-Amz-") ||
		    slice_eq_str(name, "x-id") || is_word_of(known, name))
			continue;
		return err_set_code(err, ERR_UNSUPPORTED, "NotImplemented",
		    "the parameter %.*s is not supported",
		    (int)(name.len < 64 ? name.len : 64), name.data);
	}
	return 0;
}

static const char *
find_header(void *arg, const char *name)
{
	return request_header(arg, name);
}

int
store_request_verify(const struct app *app, struct request *request,
    const char *known, struct err *err)
{
	struct request_names amz;
	struct s3_verify_request verify = { .method = request->method_text,
		.path = pool_format(request->pool, "%s%s", request->base,
		    request->path),
		.query = request->query,
		.header = find_header,
		.arg = request };

	if (store_request_check(app, err) == -1)
		return -1;
	if (!store_request_is_presigned(request))
		return err_set_code(err, ERR_DENIED, "AccessDenied",
		    "only presigned requests are taken here");
	if (request_header_names(request, "x-amz-", &amz, err) == -1)
		return -1;
	verify.amz_headers = amz.names;
	verify.amz_header_count = amz.count;
	if (store_verify_request(app->backend.store, request->pool, &verify,
		err) == -1)
		return -1;
	return check_parameters(request, known, err);
}

/* ---- what comes with an object ---- */

bool
store_request_is_clean(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

/* A header that is kept and later sent: NULL when absent. */
static int
take_header(const struct request *request, const char *name,
    const char **value_r, struct err *err)
{
	const char *value = request_header(request, name);

	*value_r = value == NULL || *value == '\0' ? NULL : value;
	if (value == NULL ||
	    (strlen(value) <= TEXT_MAX && store_request_is_clean(value)))
		return 0;
	return err_set_code(err, ERR_INVALID, "InvalidArgument",
	    "%s cannot be kept", name);
}

static int
take_condition(const struct request *request, bool *is_new_only_r,
    struct err *err)
{
	const char *tag = request_header(request, "If-None-Match");

	*is_new_only_r = tag != NULL && strcmp(tag, "*") == 0;
	if ((tag == NULL || *is_new_only_r) &&
	    request_header(request, "If-Match") == NULL)
		return 0;
	return err_set_code(err, ERR_UNSUPPORTED, "NotImplemented",
	    "the only condition of a write is If-None-Match: *");
}

/* What bytes mean must not get lost on the way. */
static int
check_encoding(const struct request *request, struct err *err)
{
	const char *encoding = request_header(request, "Content-Encoding");

	if (encoding == NULL || *encoding == '\0')
		return 0;
	return err_set_code(err, ERR_UNSUPPORTED, "NotImplemented",
	    "Content-Encoding is not supported");
}

/* Headers of S3 that ask for nothing, or for what is so anyway. */
static bool
is_harmless(const struct request *request, struct slice name)
{
	if (slice_eq_str(name, "x-amz-acl"))
		return slice_eq_str(slice_str(request_header(request,
			"x-amz-acl")), "private");
	return is_word_of("x-amz-date x-amz-content-sha256 x-amz-user-agent"
			  " x-amz-checksum-sha256 x-amz-checksum-algorithm"
			  " x-amz-sdk-checksum-algorithm", name);
}

static int
take_meta(struct request *request, struct store_object *object,
    struct err *err)
{
	struct store_header *meta = pool_alloc_array(request->pool,
	    REQUEST_NAMES_MAX, sizeof(*meta));
	struct request_names names;

	if (request_header_names(request, "x-amz-", &names, err) == -1)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		struct slice name = slice_str(names.names[i]);

		if (slice_has_prefix(name, "x-amz-meta-"))
			meta[object->meta_count++] = (struct store_header){
				.name = names.names[i],
				.value = request_header(request,
				    names.names[i]) };
		else if (!is_harmless(request, name))
			return err_set_code(err, ERR_UNSUPPORTED,
			    "NotImplemented", "%.64s is not supported",
			    names.names[i]);
	}
	object->meta = meta;
	return 0;
}

int
store_request_object(struct request *request, struct store_object *object_r,
    struct err *err)
{
	*object_r = (struct store_object){ .key = request->captures[0] };
	if (take_header(request, "Content-Type", &object_r->content_type,
		err) == -1 ||
	    take_header(request, "Content-Disposition",
		&object_r->content_disposition, err) == -1 ||
	    take_header(request, "Cache-Control", &object_r->cache_control,
		err) == -1 ||
	    take_condition(request, &object_r->is_new_only, err) == -1 ||
	    check_encoding(request, err) == -1)
		return -1;
	return take_meta(request, object_r, err);
}

/* ---- bodies ---- */

int
store_request_length(const struct app *app, const struct request *request,
    struct err *err)
{
	if (request->content_length < 0)
		return err_set_code(err, ERR_INVALID, "MissingContentLength",
		    "Content-Length is missing");
	if (request->content_length <= app->body_max_bytes)
		return 0;
	return err_set_code(err, ERR_TOO_LARGE, "EntityTooLarge",
	    "a body has at most %lld bytes here",
	    (long long)app->body_max_bytes);
}

int
store_request_body(struct request *request, store_sink_fn sink, void *arg,
    struct err *err)
{
	struct slice bytes;
	int result;

	while ((result = request_read(request, &bytes, err)) == 1)
		if (sink(arg, bytes, err) == -1)
			return -1;
	return result;
}

/* ---- answers ---- */

const char *
store_request_location(const struct request *request, const char *key)
{
	return pool_format(request->pool, "%s/store/%s",
	    request_origin(request),
	    url_encoded_path(request->pool, slice_str(key)));
}

void
store_request_xml(struct response *response, const char *root,
    const struct store_xml *elements, size_t count)
{
	struct buf xml;

	buf_init(&xml, response->pool, XML_ANSWER_MAX);
	(void)buf_format(&xml,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%s>", root);
	for (size_t i = 0; i < count; i++) {
		(void)buf_format(&xml, "<%s>", elements[i].name);
		xml_escape(&xml, slice_str(elements[i].text));
		(void)buf_format(&xml, "</%s>", elements[i].name);
	}
	(void)buf_format(&xml, "</%s>\n", root);
	response_body(response, "application/xml", buf_view(&xml));
}
