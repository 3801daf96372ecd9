/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <string.h>

#include "codec/xml.h"
#include "s3/reply.h"
#include "s3/xml_repair.h"

enum { ETAG_MAX = 127, REGION_MAX = 64 };

static const struct meaning {
	const char *code;
	enum err_kind kind;
	const char *text;
} meanings[] = {
	{ "AccessControlListNotSupported", ERR_UPSTREAM,
	    "the bucket has its ACLs switched off: check S3_PROVIDER, and make "
	    "objects public with a bucket policy" },
	{ "AccessDenied", ERR_UPSTREAM,
	    "the key may not do this: check its policy" },
	{ "AccountProblem", ERR_UPSTREAM,
	    "the account is blocked: ask the provider" },
	{ "AuthorizationHeaderMalformed", ERR_UPSTREAM,
	    "signed for another region: check S3_REGION" },
	{ "BadDigest", ERR_UPSTREAM, "the bytes changed on their way" },
	{ "BucketAlreadyExists", ERR_UPSTREAM,
	    "the bucket's name belongs to somebody else" },
	{ "BucketAlreadyOwnedByYou", ERR_CONFLICT, "the bucket is there" },
	{ "EntityTooLarge", ERR_UPSTREAM,
	    "larger than the server takes in one piece: lower S3_PART_SIZE" },
	{ "EntityTooSmall", ERR_UPSTREAM,
	    "a part is smaller than the server takes: raise S3_PART_SIZE" },
	{ "ExpiredToken", ERR_UPSTREAM, "the session token has expired" },
	{ "Forbidden", ERR_UPSTREAM, "check S3_ACCESS_KEY, S3_SECRET_KEY, the "
	    "key's policy and this machine's clock" },
	{ "InsufficientStorage", ERR_UPSTREAM, "the server is full" },
	{ "InternalError", ERR_UNAVAILABLE, "a fault of the server" },
	{ "InvalidAccessKeyId", ERR_UPSTREAM,
	    "the access key is unknown: check S3_ACCESS_KEY" },
	{ "InvalidBucketName", ERR_UPSTREAM, "check S3_BUCKET" },
	{ "InvalidObjectState", ERR_UPSTREAM,
	    "the object is archived: restore it first" },
	{ "InvalidPart", ERR_UPSTREAM,
	    "a part is missing, or another one than was sent" },
	{ "InvalidPartOrder", ERR_UPSTREAM, "parts are out of order" },
	{ "InvalidStorageClass", ERR_UPSTREAM,
	    "this server has no such storage class" },
	{ "InvalidToken", ERR_UPSTREAM, "the session token does not fit" },
	{ "KeyTooLongError", ERR_UPSTREAM, "the object's key is too long" },
	{ "MalformedPolicy", ERR_UPSTREAM,
	    "the server does not take this policy" },
	{ "MalformedXML", ERR_UPSTREAM,
	    "the server does not take this document" },
	{ "MethodNotAllowed", ERR_UPSTREAM, "this server cannot do that" },
	{ "NoSuchBucket", ERR_UPSTREAM, "the bucket does not exist: check "
	    "S3_BUCKET, or run almacenctl bucket create" },
	{ "NoSuchKey", ERR_NOT_FOUND, "there is no such object" },
	{ "NoSuchUpload", ERR_NOT_FOUND,
	    "the upload was completed, aborted or never begun" },
	{ "NotImplemented", ERR_UPSTREAM, "this server cannot do that" },
	{ "OperationAborted", ERR_UNAVAILABLE, "another call is under way" },
	{ "PermanentRedirect", ERR_UPSTREAM,
	    "the bucket is elsewhere: check S3_ENDPOINT and S3_REGION" },
	{ "PreconditionFailed", ERR_CONFLICT,
	    "the object is there already, or has changed" },
	{ "QuotaExceeded", ERR_UPSTREAM, "the storage quota is used up" },
	{ "RequestTimeTooSkewed", ERR_UPSTREAM,
	    "this machine's clock is wrong by more than 15 minutes" },
	{ "RequestTimeout", ERR_UNAVAILABLE, "the server waited too long" },
	{ "ServiceUnavailable", ERR_UNAVAILABLE,
	    "too many requests for the server" },
	{ "SignatureDoesNotMatch", ERR_UPSTREAM,
	    "the secret key does not fit: check S3_SECRET_KEY" },
	{ "SlowDown", ERR_UNAVAILABLE, "too many requests for the server" },
	{ "TemporaryRedirect", ERR_UPSTREAM,
	    "the bucket is elsewhere: check S3_ENDPOINT and S3_REGION" },
	{ "UserSuspended", ERR_UPSTREAM,
	    "the account is blocked: ask the provider" },
	{ "XAmzContentSHA256Mismatch", ERR_UPSTREAM,
	    "the bytes changed on their way" },
	{ "XMinioStorageFull", ERR_UPSTREAM, "the server is full" },
};

static const struct meaning *
find_meaning(const char *code)
{
	for (size_t i = 0; i < ARRAY_COUNT(meanings); i++)
		if (strcmp(meanings[i].code, code) == 0)
			return &meanings[i];
	return NULL;
}

static enum err_kind
kind_of_status(int status)
{
	switch (status) {
	case 404:
		return ERR_NOT_FOUND;
	case 409:
	case 412:
		return ERR_CONFLICT;
	case 416:
		return ERR_INVALID;
	case 429:
	case 500:
	case 502:
	case 503:
	case 504:
		return ERR_UNAVAILABLE;
	default:
		return ERR_UPSTREAM;
	}
}

/* What a redirect or a HEAD, which has no body, leaves to go by. */
static const char *
code_of_status(int status)
{
	switch (status) {
	case 301:
		return "PermanentRedirect";
	case 307:
		return "TemporaryRedirect";
	case 403: /* a wrong key, a wrong secret, or too few rights */
		return "Forbidden";
	default:
		return "";
	}
}

/* White space may stand before it: that kept the connection alive. */
struct slice
s3_reply_body(const struct fetch_reply *reply)
{
	struct slice body = reply->body;

	while (body.len > 0 && strchr(" \t\r\n", body.data[0]) != NULL)
		body = slice_from(body, 1);
	return body;
}

struct slice
s3_reply_xml(struct pool *pool, const struct fetch_reply *reply)
{
	bool ignored;

	return xml_repair(pool, s3_reply_body(reply), &ignored);
}

/* The server's word, as long as it looks like one. */
static const char *
code_of(struct pool *pool, const struct fetch_reply *reply)
{
	const char *code = xml_text(pool, s3_reply_xml(pool, reply),
	    "Error/Code");
	size_t len = strspn(code, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

	if (len > 0 && len < ERR_CODE_BYTES && code[len] == '\0')
		return code;
	return code_of_status(reply->status);
}

static int
set_error(struct pool *pool, const struct fetch_reply *reply, struct err *err)
{
	const char *code = code_of(pool, reply);
	const struct meaning *meaning = find_meaning(code);
	const struct slice *region = fetch_header(reply,
	    "x-amz-bucket-region");
	const char *hint = "";

	if (region != NULL && region->len < REGION_MAX && meaning != NULL)
		hint = pool_format(pool, " (the bucket's region is %.*s)",
		    SLICE_ARG(*region));
	if (meaning == NULL)
		return err_set_code(err, kind_of_status(reply->status), code,
		    "storage answered %d %s", reply->status, code);
	return err_set_code(err, meaning->kind, code,
	    "storage answered %d %s: %s%s", reply->status, code,
	    meaning->text, hint);
}

static int
fail(const struct fetch_reply *reply, struct err *err)
{
	struct pool *pool = pool_new();
	int result = set_error(pool, reply, err);

	pool_free(&pool);
	return result;
}

int
s3_reply_check(const struct fetch_reply *reply, struct err *err)
{
	if (reply->status >= 200 && reply->status <= 299)
		return 0;
	return fail(reply, err);
}

struct verdict {
	bool is_error, is_result;
};

/* "CopyObjectResult", "DeleteResult": all results are called so. */
static void
note_root(void *arg, const char *path, const char *text)
{
	struct verdict *verdict = arg;

	(void)text;
	if (strcmp(path, "Error") == 0)
		verdict->is_error = true;
	else if (strchr(path, '/') == NULL)
		verdict->is_result = slice_has_suffix(slice_str(path),
		    "Result");
}

static int
check_xml(struct pool *pool, const struct fetch_reply *reply, struct err *err)
{
	struct verdict verdict = { .is_error = false };

	if (xml_parse(s3_reply_xml(pool, reply), note_root, &verdict, err) ==
	    -1)
		return err_set(err, ERR_UNAVAILABLE,
		    "storage answered 200 and no XML");
	if (verdict.is_error)
		return set_error(pool, reply, err);
	if (!verdict.is_result)
		return err_set(err, ERR_UNAVAILABLE,
		    "storage answered 200 and no result: is this S3?");
	return 0;
}

int
s3_reply_check_body(const struct fetch_reply *reply, struct err *err)
{
	struct pool *pool;
	int result;

	if (s3_reply_check(reply, err) == -1)
		return -1;
	pool = pool_new();
	result = check_xml(pool, reply, err);
	pool_free(&pool);
	return result;
}

static bool
is_etag_char(char c)
{
	return c > ' ' && c < 0x7f && strchr("\"<>&\\", c) == NULL;
}

const char *
s3_etag_quote(struct pool *pool, const char *etag)
{
	return etag == NULL ? NULL : pool_format(pool, "\"%s\"", etag);
}

const char *
s3_etag_unquote(struct pool *pool, struct slice etag)
{
	if (etag.len >= 2 && etag.data[0] == '"' &&
	    etag.data[etag.len - 1] == '"')
		etag = slice_make(etag.data + 1, etag.len - 2);
	if (etag.len > ETAG_MAX)
		return "";
	for (size_t i = 0; i < etag.len; i++)
		if (!is_etag_char(etag.data[i]))
			return "";
	return slice_dup(pool, etag);
}

const char *
s3_reply_etag(const struct fetch_reply *reply, struct pool *pool)
{
	const struct slice *header = fetch_header(reply, "etag");

	return header == NULL ? "" : s3_etag_unquote(pool, *header);
}
