/*
 * PUT of an object, or of a part of one: streamed into a writer, so that it is
 * there whole or not at all.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/num.h"
#include "codec/digest.h"
#include "codec/hex.h"
#include "web/store_request.h"

/* A hash that the sender has announced; digest NULL: none. */
struct promise {
	struct digest *digest;
	const char *expected; /* SHA256_BYTES or MD5_BYTES */
	size_t len;
	const char *code; /* of the error when it is broken */
};

enum { MD5, CHECKSUM, CONTENT, PROMISE_COUNT };

struct put {
	struct store_writer *writer;
	struct promise promises[PROMISE_COUNT];
};

static int
write_piece(void *arg, struct slice bytes, struct err *err)
{
	struct put *put = arg;

	for (size_t i = 0; i < PROMISE_COUNT; i++)
		if (put->promises[i].digest != NULL)
			digest_update(put->promises[i].digest, bytes);
	return store_writer_write(put->writer, bytes, err);
}

/* ---- hashes ---- */

static int
take_promise(const struct request *request, const char *name,
    enum digest_kind kind, struct promise *promise_r, struct err *err)
{
	const char *text = request_header(request, name);
	size_t len = kind == DIGEST_MD5 ? MD5_BYTES : SHA256_BYTES;
	struct slice bytes;

	*promise_r = (struct promise){ .len = len, .code = "BadDigest" };
	if (text == NULL || *text == '\0')
		return 0;
	if (!base64_decode(request->pool, slice_str(text), &bytes) ||
	    bytes.len != len)
		return err_set_code(err, ERR_INVALID, "InvalidDigest",
		    "%s is not the base64 of %zu bytes", name, len);
	promise_r->expected = bytes.data;
	promise_r->digest = digest_new(request->pool, kind);
	return 0;
}

/* x-amz-content-sha256 is hexadecimal, or says that nothing was hashed. */
static int
take_content(const struct request *request, struct promise *promise_r,
    struct err *err)
{
	const char *text = request_header(request, "x-amz-content-sha256");
	struct slice bytes;

	*promise_r = (struct promise){ .len = SHA256_BYTES,
		.code = "XAmzContentSHA256Mismatch" };
	if (text == NULL || strcmp(text, SIGN_UNSIGNED_PAYLOAD) == 0)
		return 0;
	if (!hex_decode(request->pool, slice_str(text), &bytes) ||
	    bytes.len != SHA256_BYTES)
		return err_set_code(err, ERR_UNSUPPORTED, "NotImplemented",
		    "x-amz-content-sha256 is no SHA-256");
	promise_r->expected = bytes.data;
	promise_r->digest = digest_new(request->pool, DIGEST_SHA256);
	return 0;
}

static int
take_promises(const struct request *request, struct put *put, struct err *err)
{
	if (take_promise(request, "Content-MD5", DIGEST_MD5,
		&put->promises[MD5], err) == -1 ||
	    take_promise(request, "x-amz-checksum-sha256", DIGEST_SHA256,
		&put->promises[CHECKSUM], err) == -1)
		return -1;
	return take_content(request, &put->promises[CONTENT], err);
}

static int
check_promises(const struct put *put, struct err *err)
{
	for (size_t i = 0; i < PROMISE_COUNT; i++) {
		const struct promise *promise = &put->promises[i];
		uint8_t hash[SHA256_BYTES];

		if (promise->digest == NULL)
			continue;
		digest_finish(promise->digest, hash);
		if (memcmp(hash, promise->expected, promise->len) != 0)
			return err_set_code(err, ERR_INVALID, promise->code,
			    "the body is not what its hash announces");
	}
	return 0;
}

/* ---- the write ---- */

/* The body, then its hashes, and only then is anything visible. */
static int
write_all(struct request *request, struct response *response, struct put *put,
    struct err *err)
{
	struct store_stored stored;

	if (store_request_body(request, write_piece, put, err) == -1 ||
	    check_promises(put, err) == -1 ||
	    store_writer_commit(put->writer, &stored, err) == -1)
		return -1;
	response_header(response, "ETag", "\"%s\"", stored.etag);
	return 0;
}

/* Gigabytes need not come to be refused. */
static int
check_is_new(const struct app *app, const struct request *request,
    const struct store_object *object, struct err *err)
{
	struct store_info info;
	int found;

	if (!object->is_new_only)
		return 0;
	found = store_head(app->backend.store, request->pool, object->key,
	    &info, err);
	if (found != 1)
		return found;
	return err_set_code(err, ERR_CONFLICT, "PreconditionFailed",
	    "there is an object already");
}

static int
open_object(const struct app *app, struct request *request, struct put *put,
    struct err *err)
{
	struct store_object object;

	if (store_request_object(request, &object, err) == -1 ||
	    check_is_new(app, request, &object, err) == -1)
		return -1;
	return store_writer_open(app->backend.store, request->pool, &object,
	    &put->writer, err);
}

static int
open_part(const struct app *app, struct request *request,
    const char *upload_id, struct put *put, struct err *err)
{
	const char *number = request_query(request, "partNumber");
	struct store_part_name part = { .upload = {
		.key = request->captures[0], .upload_id = upload_id } };
	struct store_object refused; /* what no part can have */
	int64_t value;

	if (store_request_object(request, &refused, err) == -1)
		return -1;
	if (number == NULL ||
	    !num_parse_i64(slice_str(number), STORE_PARTS_MAX, &value))
		return err_set_code(err, ERR_INVALID, "InvalidArgument",
		    "parts have numbers 1 to %d", STORE_PARTS_MAX);
	part.number = (int)value;
	return store_part_open(app->backend.store, request->pool, &part,
	    &put->writer, err);
}

int
store_object_put(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	const char *upload_id = request_query(request, "uploadId");
	struct put put;

	if (store_request_verify(app, request, "partNumber uploadId", err) ==
		-1 ||
	    store_request_length(app, request, err) == -1 ||
	    take_promises(request, &put, err) == -1)
		return -1;
	if (upload_id == NULL &&
	    request_query(request, "partNumber") != NULL)
		return err_set_code(err, ERR_INVALID, "InvalidArgument",
		    "a part belongs to an upload");
	if ((upload_id == NULL ?
		open_object(app, request, &put, err) :
		open_part(app, request, upload_id, &put, err)) == -1)
		return -1;
	return write_all(request, response, &put, err);
}
