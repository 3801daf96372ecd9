/*
 * What the handlers of /store/ have in common.  Where objects are files,
 * almacen answers there as S3 would (A12): to the same presigned requests, with
 * the same errors.  The signature is the permission: there is no login and no
 * check of origin.
 *
 *	store_get.c	GET and HEAD of an object
 *	store_put.c	PUT of an object or of a part
 *	store_upload.c	POST that begins or completes an upload in parts
 *	store_delete.c	DELETE of an object or an upload
 *	store_form.c	POST of an HTML form
 *	store_cors.c	scripts of other sites
 *	store_error.c	errors as XML
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_STORE_REQUEST_H
#define WEB_STORE_REQUEST_H

#include "store/serve.h"
#include "web/app.h"
#include "web/routes.h"

/* True when the request's URL claims to be presigned. */
bool store_request_is_presigned(const struct request *request);
/*
 * 0 for a presigned request that holds, whose parameters are among `known`
 * (names with spaces between): another one would mean another operation to
 * S3.  AccessDenied, NotImplemented and the codes of s3/verify.h.
 */
int store_request_verify(const struct app *app, struct request *request,
    const char *known, struct err *err) ATTR_MUST_USE;
/* ERR_NOT_FOUND where objects are not kept here. */
int store_request_check(const struct app *app, struct err *err) ATTR_MUST_USE;

/*
 * The object a request with these headers makes: type, disposition, caching,
 * metadata, condition.  NotImplemented for headers that we would have to
 * ignore.
 */
int store_request_object(struct request *request, struct store_object *object_r,
    struct err *err) ATTR_MUST_USE;

/*
 * Content-Length of a body that is to be kept: MissingContentLength,
 * EntityTooLarge beyond MAX_BODY_SIZE.
 */
int store_request_length(const struct app *app, const struct request *request,
    struct err *err) ATTR_MUST_USE;
/* Read the body to its end into a writer, and the digests that are given. */
int store_request_body(struct request *request, store_sink_fn sink, void *arg,
    struct err *err) ATTR_MUST_USE;

/* The address of an object, for Location. */
const char *store_request_location(const struct request *request,
    const char *key);
/* Without control characters: it may stand in a header. */
bool store_request_is_clean(const char *text);
/* An XML answer: <root><name>text</name>...</root>. */
struct store_xml {
	const char *name, *text;
};
void store_request_xml(struct response *response, const char *root,
    const struct store_xml *elements, size_t count);

#endif
