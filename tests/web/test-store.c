/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "codec/hex.h"
#include "codec/xml.h"
#include "lib/store_mem.h"
#include "s3/presign.h"
#include "store/manage.h"
#include "store/presign.h"
#include "webtest.h"

#define ORIGIN "http://shop.test"
#define SECRET "0123456789abcdef0123456789abcdef"
#define KEY "users/7/a b+%2F\xc3\xb1'\"&.txt"
/* Of "hola", by sha256sum(1) and md5sum(1). */
#define HOLA_SHA256 \
	"b221d9dbb083a7f33428d7c2a3c3198ae925614d70210e28716ccaa7cd4ddb79"
#define HOLA_MD5 "TUGGZPjK5rK0TGRxXihAYg=="

enum { PART_BYTES = 5 * 1024 * 1024 };

static int
setup_with(void **state, const char *const *settings)
{
	struct webtest *test = calloc(1, sizeof(*test));

	webtest_open(test, settings);
	*state = test;
	return 0;
}

static int
setup(void **state)
{
	static const char *const settings[] = { "SECRET_KEY=" SECRET,
		"S3_PUBLIC_PREFIXES=products/", NULL };

	return setup_with(state, settings);
}

static int
setup_cors(void **state)
{
	static const char *const settings[] = { "SECRET_KEY=" SECRET,
		"CORS_ORIGINS=https://a.example, https://b.example", NULL };

	return setup_with(state, settings);
}

static int
teardown(void **state)
{
	webtest_close(*state);
	free(*state);
	return 0;
}

/* ---- help ---- */

/* The part of a URL of ours that a request line has. */
static const char *
target(const char *url)
{
	assert_int_equal(strncmp(url, ORIGIN, strlen(ORIGIN)), 0);
	return url + strlen(ORIGIN);
}

static const char *
presign(struct webtest *test, const struct store_access *access)
{
	struct store_access with = *access;
	struct store_presigned presigned;
	struct err err = ERR_INIT;

	with.origin = ORIGIN;
	if (with.expires_secs == 0)
		with.expires_secs = 60;
	if (with.content_length == 0)
		with.content_length = -1;
	if (store_presign(test->app.backend.store, test->pool, &with,
		&presigned, &err) == -1)
		fail_msg("%s", err.text);
	return target(presigned.url);
}

/* What any S3 client makes of the keys: an operation of its own choice. */
static const char *
sign_request(struct webtest *test, const struct s3_presign *presign)
{
	const struct s3_place place = { .scheme = "http",
		.host = "shop.test",
		.folder = "/store" };
	struct signer signer = { .scope = { .region = "us-east-1",
				     .service = "s3",
				     .now_secs = WEBTEST_NOW_SECS } };
	struct s3_presigned presigned;
	struct err err = ERR_INIT;
	uint8_t mac[SHA256_BYTES];

	hmac_sha256(slice_str(SECRET), slice_str("store access key"), mac);
	signer.credentials.access_key =
	    hex_encode(test->pool, slice_make(mac, 8));
	hmac_sha256(slice_str(SECRET), slice_str("store secret key"), mac);
	signer.credentials.secret_key =
	    hex_encode(test->pool, slice_make(mac, sizeof(mac)));
	signer.credentials.session_token = "";
	if (s3_presign(test->pool, &signer, &place, presign, &presigned,
		&err) == -1)
		fail_msg("%s", err.text);
	return target(presigned.url);
}

static const char *
sign(struct webtest *test, const char *method, const char *key,
    const char *query)
{
	const struct s3_presign presign = { .method = method,
		.key = key,
		.query = query,
		.expires_secs = 60 };

	return sign_request(test, &presign);
}

static struct answer
put(struct webtest *test, const char *uri, const char *type, const char *body)
{
	return webtest_send(test, "PUT", uri, type, slice_str(body));
}

static const char *
xml_of(struct webtest *test, const struct answer *answer, const char *path)
{
	return xml_text(test->pool, slice_make(answer->body, answer->body_len),
	    path);
}

static void
expect_error(struct webtest *test, const struct answer *answer, int status,
    const char *code)
{
	const char *actual = xml_of(test, answer, "Error/Code");

	if (answer->status != status || strcmp(actual, code) != 0)
		fail_msg("%d %s instead of %d %s: %s", answer->status, actual,
		    status, code, answer->body);
}

static void
expect_body(const struct answer *answer, int status, const char *body)
{
	if (answer->status != status)
		fail_msg("%d: %s", answer->status, answer->body);
	assert_int_equal(answer->body_len, strlen(body));
	assert_memory_equal(answer->body, body, strlen(body));
}

/* Regular files below a folder of the store. */
static int
count_files(struct webtest *test, const char *folder)
{
	const char *command = pool_format(test->pool,
	    "find %s/objects/%s -type f | wc -l", test->dir, folder);
	FILE *pipe = popen(command, "r");
	int count = -1;

	assert_non_null(pipe);
	assert_int_equal(fscanf(pipe, "%d", &count), 1);
	(void)pclose(pipe);
	return count;
}

static const char *
replace(struct webtest *test, const char *text, const char *from,
    const char *to)
{
	const char *at = strstr(text, from);

	if (at == NULL)
		fail_msg("no %s in %s", from, text);
	return pool_format(test->pool, "%.*s%s%s", (int)(at - text), text, to,
	    at + strlen(from));
}

static void
put_object(struct webtest *test, const char *key, const char *type,
    const char *body)
{
	const struct store_access access = { .method = "PUT", .key = key };
	struct answer answer = put(test, presign(test, &access), type, body);

	expect_body(&answer, 200, "");
}

/* An upload in parts. */
static const char *
begin(struct webtest *test)
{
	struct answer answer = webtest_send(test, "POST",
	    sign(test, "POST", "users/7/big", "uploads="), "video/mp4",
	    slice_str(""));

	assert_int_equal(answer.status, 200);
	assert_string_equal(xml_of(test, &answer,
				"InitiateMultipartUploadResult/Key"),
	    "users/7/big");
	return xml_of(test, &answer, "InitiateMultipartUploadResult/UploadId");
}

/* ---- PUT ---- */

static const struct store_access strict_put = { .method = "PUT",
	.key = KEY,
	.content_type = "text/plain",
	.content_length = 4,
	.sha256 = HOLA_SHA256,
	.is_new_only = true };

/* The headers that strict_put wants, besides type and length. */
static void
set_strict_headers(struct webtest *test)
{
	struct slice hash;

	webtest_unset_all(test);
	assert_true(hex_decode(test->pool, slice_str(HOLA_SHA256), &hash));
	webtest_set(test, "HTTP_IF_NONE_MATCH", "*");
	webtest_set(test, "HTTP_X_AMZ_CHECKSUM_SHA256",
	    base64_encode(test->pool, hash));
}

static void
test_put_and_get(void **state)
{
	struct webtest *test = *state;
	const struct store_access get = { .method = "GET",
		.key = KEY,
		.response_type = "text/x-note",
		.response_disposition = "attachment; filename=\"n.txt\"",
		.response_cache = "no-store" };
	struct answer answer;

	set_strict_headers(test);
	answer = put(test, presign(test, &strict_put), "text/plain", "hola");
	expect_body(&answer, 200, "");
	assert_string_equal(webtest_header(test, &answer, "ETag"),
	    "\"" HOLA_SHA256 "\"");

	webtest_unset_all(test);
	answer = webtest_get(test, presign(test, &get));
	expect_body(&answer, 200, "hola");
	assert_string_equal(webtest_header(test, &answer, "Content-Type"),
	    "text/x-note");
	assert_string_equal(
	    webtest_header(test, &answer, "Content-Disposition"),
	    "attachment; filename=\"n.txt\"");
	assert_string_equal(webtest_header(test, &answer, "Cache-Control"),
	    "no-store");
	assert_string_equal(
	    webtest_header(test, &answer, "X-Content-Type-Options"),
	    "nosniff");
	assert_string_equal(
	    webtest_header(test, &answer, "Content-Security-Policy"),
	    "default-src 'none'; sandbox");
	/* A signature for GET is none for HEAD. */
	answer = webtest_send(test, "HEAD", presign(test, &get), "",
	    slice_str(""));
	assert_int_equal(answer.status, 403);
}

/* Whatever is altered, the URL is worth nothing and nothing is stored. */
static void
test_altered_put(void **state)
{
	static const struct {
		const char *method, *type, *body;
		const char *from, *to;	   /* in the URL */
		const char *name, *value;  /* a header more, or another one */
		int64_t later_secs;
		int status;
		const char *code;
	} rows[] = {
		{ .method = "POST", .status = 403,
		    .code = "SignatureDoesNotMatch" },
		{ .method = "DELETE", .status = 403,
		    .code = "SignatureDoesNotMatch" },
		{ .type = "text/html", .status = 403,
		    .code = "SignatureDoesNotMatch" },
		{ .type = "", .status = 403, .code = "SignatureDoesNotMatch" },
		{ .body = "holas", .status = 403,
		    .code = "SignatureDoesNotMatch" },
		{ .body = "", .status = 403, .code = "SignatureDoesNotMatch" },
		{ .body = "hole", .status = 400, .code = "BadDigest" },
		{ .from = "users/7", .to = "users/8", .status = 403,
		    .code = "SignatureDoesNotMatch" },
		{ .from = "/store/users", .to = "/store/x/users",
		    .status = 403, .code = "SignatureDoesNotMatch" },
		{ .from = "Expires=60", .to = "Expires=600", .status = 403,
		    .code = "SignatureDoesNotMatch" },
		{ .from = "Expires=60", .to = "Expires=6000000", .status = 400,
		    .code = "AuthorizationQueryParametersError" },
		{ .from = "X-Amz-Signature=", .to = "X-Amz-Signature=0",
		    .status = 400,
		    .code = "AuthorizationQueryParametersError" },
		{ .from = "us-east-1", .to = "us-east-2", .status = 400,
		    .code = "AuthorizationQueryParametersError" },
		{ .from = "X-Amz-Credential=", .to = "X-Amz-Credential=A",
		    .status = 403, .code = "InvalidAccessKeyId" },
		{ .from = "X-Amz-Expires", .to = "tagging=&X-Amz-Expires",
		    .status = 403, .code = "SignatureDoesNotMatch" },
		{ .from = "if-none-match%3B", .to = "", .status = 403,
		    .code = "SignatureDoesNotMatch" },
		{ .name = "HTTP_HOST", .value = "evil.test", .status = 403,
		    .code = "SignatureDoesNotMatch" },
		{ .name = "HTTP_IF_NONE_MATCH", .value = "\"x\"",
		    .status = 403, .code = "SignatureDoesNotMatch" },
		{ .name = "HTTP_X_AMZ_CHECKSUM_SHA256", .value = "",
		    .status = 403, .code = "SignatureDoesNotMatch" },
		{ .name = "HTTP_X_AMZ_META_OWNER", .value = "8",
		    .status = 403, .code = "AccessDenied" },
		{ .name = "HTTP_X_AMZ_ACL", .value = "public-read",
		    .status = 403, .code = "AccessDenied" },
		{ .name = "HTTP_CONTENT_MD5",
		    .value = "AAAAAAAAAAAAAAAAAAAAAA==", .status = 400,
		    .code = "BadDigest" },
		{ .name = "HTTP_CONTENT_MD5", .value = "x", .status = 400,
		    .code = "InvalidDigest" },
		{ .name = "HTTP_CONTENT_ENCODING", .value = "gzip",
		    .status = 501, .code = "NotImplemented" },
		{ .later_secs = 60, .status = 403, .code = "AccessDenied" },
		{ .later_secs = -901, .status = 403, .code = "AccessDenied" },
	};
	struct webtest *test = *state;
	const char *url = presign(test, &strict_put);

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *uri = rows[i].from == NULL ? url :
		    replace(test, url, rows[i].from, rows[i].to);
		struct answer answer;

		webtest_unset_all(test);
		/* The first of a name counts. */
		if (rows[i].name != NULL)
			webtest_set(test, rows[i].name, rows[i].value);
		if (test->param_count == 0 ||
		    strcmp(rows[i].name, "HTTP_IF_NONE_MATCH") != 0)
			webtest_set(test, "HTTP_IF_NONE_MATCH", "*");
		webtest_set(test, "HTTP_X_AMZ_CHECKSUM_SHA256",
		    "siHZ27CDp/M0KNfCo8MZiuklYU1wIQ4ocWzKp81N23k=");
		test->app.clock.fixed_ms =
		    (WEBTEST_NOW_SECS + rows[i].later_secs) * 1000;
		answer = webtest_send(test,
		    rows[i].method == NULL ? "PUT" : rows[i].method, uri,
		    rows[i].type == NULL ? "text/plain" : rows[i].type,
		    slice_str(rows[i].body == NULL ? "hola" : rows[i].body));
		if (answer.status != rows[i].status ||
		    strcmp(xml_of(test, &answer, "Error/Code"),
			rows[i].code) != 0)
			fail_msg("row %zu: %d %s", i, answer.status,
			    answer.body);
		assert_int_equal(webtest_objects(test), 0);
		assert_int_equal(count_files(test, ".tmp"), 0);
	}
	/* And unaltered it holds, to its last second. */
	test->app.clock.fixed_ms = (int64_t)(WEBTEST_NOW_SECS + 59) * 1000;
	set_strict_headers(test);
	assert_int_equal(put(test, url, "text/plain", "hola").status, 200);
}

static void
test_put_never_replaces(void **state)
{
	struct webtest *test = *state;
	const struct store_access get = { .method = "GET", .key = KEY };
	struct answer answer;

	set_strict_headers(test);
	webtest_unset_all(test);
	put_object(test, KEY, "text/plain", "first");
	set_strict_headers(test);
	answer = put(test, presign(test, &strict_put), "text/plain", "hola");
	expect_error(test, &answer, 412, "PreconditionFailed");
	webtest_unset_all(test);
	answer = webtest_get(test, presign(test, &get));
	expect_body(&answer, 200, "first");
	/* A URL without the condition does. */
	put_object(test, KEY, "text/plain", "second");
	answer = webtest_get(test, presign(test, &get));
	expect_body(&answer, 200, "second");
}

/* A client that goes away in mid-body leaves nothing. */
static void
test_put_cut(void **state)
{
	struct webtest *test = *state;
	const struct store_access access = { .method = "PUT",
		.key = "users/7/x" };
	const char *url = presign(test, &access);

	test->step_bytes = 3;
	for (test->cut_at = 0; test->cut_at < 8; test->cut_at++) {
		struct answer answer = put(test, url, "", "12345678");

		expect_error(test, &answer, 400, "IncompleteBody");
		assert_int_equal(webtest_objects(test), 0);
		assert_int_equal(count_files(test, ".tmp"), 0);
	}
	test->cut_at = SIZE_MAX;
	assert_int_equal(put(test, url, "", "12345678").status, 200);
}

static void
test_put_refusals(void **state)
{
	static const struct {
		const char *uri, *query; /* query NULL: no signature */
		int status;
		const char *code;
	} rows[] = {
		{ "/store/users/7/x", NULL, 403, "AccessDenied" },
		{ "/store/products/x", NULL, 403, "AccessDenied" },
		{ NULL, "tagging=", 501, "NotImplemented" },
		{ NULL, "acl=", 501, "NotImplemented" },
		{ NULL, "partNumber=1", 400, "InvalidArgument" },
		{ NULL, "partNumber=1&uploadId=x", 404, "NoSuchUpload" },
		{ NULL, "partNumber=1&uploadId=../../../../../../../../etc",
		    404, "NoSuchUpload" },
		{ NULL, "partNumber=0&uploadId=0123456789abcdef"
			"0123456789abcdef", 400, "InvalidArgument" },
		{ NULL, "partNumber=10001&uploadId=0123456789abcdef"
			"0123456789abcdef", 400, "InvalidArgument" },
	};
	const struct sign_header chunks = { "x-amz-content-sha256",
		"STREAMING-AWS4-HMAC-SHA256-PAYLOAD" };
	const struct s3_presign chunked = { .method = "PUT",
		.key = "users/7/x",
		.query = "",
		.headers = &chunks,
		.header_count = 1,
		.expires_secs = 60 };
	struct webtest *test = *state;
	struct answer answer;
	const char *id;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *uri = rows[i].uri != NULL ? rows[i].uri :
		    sign(test, "PUT", "users/7/x", rows[i].query);

		answer = put(test, uri, "", "x");
		expect_error(test, &answer, rows[i].status, rows[i].code);
	}
	/* Nobody here would take the signatures out of the body. */
	answer = put(test, sign_request(test, &chunked), "", "x");
	expect_error(test, &answer, 403, "SignatureDoesNotMatch");
	webtest_set(test, "HTTP_X_AMZ_CONTENT_SHA256", chunks.value);
	answer = put(test, sign_request(test, &chunked), "", "x");
	expect_error(test, &answer, 501, "NotImplemented");
	webtest_unset_all(test);
	id = begin(test);
	webtest_set(test, "HTTP_CONTENT_ENCODING", "aws-chunked");
	answer = put(test, sign(test, "PUT", "users/7/big",
		pool_format(test->pool, "partNumber=1&uploadId=%s", id)), "",
	    "x");
	expect_error(test, &answer, 501, "NotImplemented");
	webtest_unset_all(test);
	test->app.body_max_bytes = 3;
	answer = put(test, sign(test, "PUT", "x", ""), "", "1234");
	expect_error(test, &answer, 400, "EntityTooLarge");
	/* The first of a name counts: no length is known. */
	webtest_set(test, "CONTENT_LENGTH", "");
	answer = put(test, sign(test, "PUT", "x", ""), "", "1");
	expect_error(test, &answer, 411, "MissingContentLength");
	assert_int_equal(webtest_objects(test), 0);
}

static void
test_metadata(void **state)
{
	static const struct sign_header headers[] = {
		{ "x-amz-meta-user-id", "7" },
	};
	const struct s3_presign presign = { .method = "PUT",
		.key = "products/x",
		.query = "",
		.headers = headers,
		.header_count = ARRAY_COUNT(headers),
		.expires_secs = 60 };
	struct webtest *test = *state;
	struct answer answer;

	webtest_set(test, "HTTP_CACHE_CONTROL", "max-age=5");
	webtest_set(test, "HTTP_CONTENT_DISPOSITION",
	    "attachment; filename=x");
	webtest_set(test, "HTTP_X_AMZ_META_USER_ID", "7");
	answer = put(test, sign_request(test, &presign), "image/png", "x");
	expect_body(&answer, 200, "");
	webtest_unset_all(test);
	answer = webtest_get(test, "/store/products/x");
	expect_body(&answer, 200, "x");
	assert_string_equal(webtest_header(test, &answer, "Cache-Control"),
	    "max-age=5");
	assert_string_equal(
	    webtest_header(test, &answer, "Content-Disposition"),
	    "attachment; filename=x");
	assert_string_equal(webtest_header(test, &answer, "Content-Type"),
	    "image/png");
	assert_string_equal(
	    webtest_header(test, &answer, "x-amz-meta-user-id"), "7");
}

/* 2 KiB with the names, as S3 has it. */
static void
test_too_much_metadata(void **state)
{
	char value[STORE_META_BYTES_MAX] = "";
	const struct sign_header header = { "x-amz-meta-a", value };
	const struct s3_presign presign = { .method = "PUT",
		.key = "products/x",
		.query = "",
		.headers = &header,
		.header_count = 1,
		.expires_secs = 60 };
	struct webtest *test = *state;
	struct answer answer;

	memset(value, 'x', STORE_META_BYTES_MAX - strlen(header.name) + 1);
	webtest_set(test, "HTTP_X_AMZ_META_A", value);
	answer = put(test, sign_request(test, &presign), "", "x");
	expect_error(test, &answer, 400, "MetadataTooLarge");
	value[STORE_META_BYTES_MAX - strlen(header.name)] = '\0';
	answer = put(test, sign_request(test, &presign), "", "x");
	expect_body(&answer, 200, "");
	answer = webtest_get(test, "/store/products/x");
	assert_string_equal(webtest_header(test, &answer, header.name), value);
}

/* ---- GET ---- */

static void
test_get(void **state)
{
	static const struct {
		const char *name, *value, *to_range; /* headers */
		int status;
		const char *body, *content_range;
	} rows[] = {
		{ NULL, NULL, NULL, 200, "0123456789", NULL },
		{ "HTTP_RANGE", "bytes=2-4", NULL, 206, "234",
		    "bytes 2-4/10" },
		{ "HTTP_RANGE", "bytes=-3", NULL, 206, "789",
		    "bytes 7-9/10" },
		{ "HTTP_RANGE", "bytes=0-0,2-3", NULL, 200, "0123456789",
		    NULL },
		{ "HTTP_RANGE", "bytes=10-", NULL, 416, NULL, "bytes */10" },
		{ "HTTP_RANGE", "bytes=2-4", "\"other\"", 200, "0123456789",
		    NULL },
		{ "HTTP_RANGE", "bytes=2-4",
		    "\"84d89877f0d4041efb6bf91a16f0248f"
		    "2fd573e6af05c19f96bedb9f882f7882\"", 206, "234",
		    "bytes 2-4/10" },
		{ "HTTP_IF_NONE_MATCH", "*", NULL, 304, "", NULL },
		{ "HTTP_IF_NONE_MATCH", "\"other\"", NULL, 200, "0123456789",
		    NULL },
	};
	struct webtest *test = *state;

	put_object(test, "products/x", "image/png", "0123456789");
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct answer answer;
		const char *range;

		webtest_unset_all(test);
		if (rows[i].name != NULL)
			webtest_set(test, rows[i].name, rows[i].value);
		if (rows[i].to_range != NULL)
			webtest_set(test, "HTTP_IF_RANGE", rows[i].to_range);
		answer = webtest_get(test, "/store/products/x");
		range = webtest_header(test, &answer, "Content-Range");
		if (answer.status != rows[i].status ||
		    strcmp(range == NULL ? "-" : range,
			rows[i].content_range == NULL ? "-" :
			    rows[i].content_range) != 0)
			fail_msg("row %zu: %d, %s", i, answer.status, range);
		if (rows[i].body != NULL)
			expect_body(&answer, rows[i].status, rows[i].body);
		else
			expect_error(test, &answer, 416, "InvalidRange");
	}
}

static void
test_get_refusals(void **state)
{
	struct webtest *test = *state;
	const struct store_access absent = { .method = "GET",
		.key = "users/7/none" };
	const struct store_access private = { .method = "GET",
		.key = "users/7/x" };
	const struct {
		const char *uri;
		int status;
		const char *code;
	} rows[] = {
		{ "/store/users/7/x", 403, "AccessDenied" },
		{ "/store/users/7/none", 403, "AccessDenied" },
		{ "/store/products/none", 404, "NoSuchKey" },
		{ "/store/products/x?response-content-type=text/html", 400,
		    "InvalidRequest" },
		{ presign(test, &absent), 404, "NoSuchKey" },
		{ replace(test, presign(test, &private), "?",
		      "?response-content-type=text/html&"), 403,
		    "SignatureDoesNotMatch" },
		{ sign(test, "GET", "users/7/x",
		      "response-content-type=text%2Fhtml%0D%0AX%3A%20y"), 400,
		    "InvalidArgument" },
		{ sign(test, "GET", "users/7/x", "uploadId=1"), 501,
		    "NotImplemented" },
	};

	put_object(test, "users/7/x", "image/png", "secret");
	put_object(test, "products/x", "text/html", "<script>");
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct answer answer = webtest_get(test, rows[i].uri);

		expect_error(test, &answer, rows[i].status, rows[i].code);
	}
}

/* A type of a stranger's choice is shown to nobody. */
static void
test_unknown_type(void **state)
{
	struct webtest *test = *state;
	struct answer answer;

	webtest_set(test, "HTTP_CONTENT_DISPOSITION", "inline");
	put_object(test, "products/x", "text/html", "<script>");
	webtest_unset_all(test);
	answer = webtest_get(test, "/store/products/x");
	expect_body(&answer, 200, "<script>");
	assert_string_equal(webtest_header(test, &answer, "Content-Type"),
	    "application/octet-stream");
	assert_string_equal(
	    webtest_header(test, &answer, "Content-Disposition"),
	    "attachment");
	assert_string_equal(
	    webtest_header(test, &answer, "Content-Security-Policy"),
	    "default-src 'none'; sandbox");
}

static void
test_delete(void **state)
{
	struct webtest *test = *state;
	const struct store_access access = { .method = "DELETE",
		.key = "users/7/x" };
	const char *url = presign(test, &access);
	struct answer answer;

	put_object(test, "users/7/x", "", "x");
	put_object(test, "users/7/y", "", "y");
	answer = webtest_send(test, "DELETE", "/store/users/7/x", "",
	    slice_str(""));
	expect_error(test, &answer, 403, "AccessDenied");
	answer = webtest_send(test, "DELETE",
	    replace(test, url, "7/x", "7/y"), "", slice_str(""));
	expect_error(test, &answer, 403, "SignatureDoesNotMatch");
	assert_int_equal(webtest_objects(test), 2);
	for (int i = 0; i < 2; i++) {
		answer = webtest_send(test, "DELETE", url, "", slice_str(""));
		expect_body(&answer, 204, "");
		assert_int_equal(webtest_objects(test), 1);
	}
}

/* ---- parts ---- */

static struct answer
put_part(struct webtest *test, const char *id, int number, struct slice bytes)
{
	const struct store_access access = { .method = "PUT",
		.key = "users/7/big",
		.upload_id = id,
		.part_number = number };

	return webtest_send(test, "PUT", presign(test, &access), "", bytes);
}

static struct answer
complete(struct webtest *test, const char *id, const char *body)
{
	return webtest_send(test, "POST",
	    sign(test, "POST", "users/7/big",
		pool_format(test->pool, "uploadId=%s", id)),
	    "application/xml", slice_str(body));
}

static const char *
part_xml(struct webtest *test, int number, const struct answer *part)
{
	return pool_format(test->pool,
	    "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", number,
	    webtest_header(test, part, "ETag"));
}

static void
test_parts(void **state)
{
	struct webtest *test = *state;
	const struct store_access get = { .method = "GET",
		.key = "users/7/big" };
	char *bytes = pool_alloc(test->pool, PART_BYTES);
	const char *id = begin(test), *one, *two, *etag;
	struct answer first, second, answer;

	memset(bytes, 'a', PART_BYTES);
	second = put_part(test, id, 2, slice_str("end"));
	first = put_part(test, id, 1, slice_make(bytes, PART_BYTES));
	assert_int_equal(first.status, 200);
	one = part_xml(test, 1, &first);
	two = part_xml(test, 2, &second);
	assert_int_equal(webtest_objects(test), 0);

	answer = complete(test, id, "<CompleteMultipartUpload>");
	expect_error(test, &answer, 400, "MalformedXML");
	answer = complete(test, id,
	    "<CompleteMultipartUpload></CompleteMultipartUpload>");
	expect_error(test, &answer, 400, "MalformedXML");
	answer = complete(test, id, pool_format(test->pool,
	    "<CompleteMultipartUpload>%s%s</CompleteMultipartUpload>", two,
	    one));
	expect_error(test, &answer, 400, "InvalidPartOrder");
	answer = complete(test, id, pool_format(test->pool,
	    "<CompleteMultipartUpload>%s%s</CompleteMultipartUpload>", one,
	    part_xml(test, 2, &first)));
	expect_error(test, &answer, 400, "InvalidPart");
	assert_int_equal(webtest_objects(test), 0);

	answer = complete(test, id, pool_format(test->pool,
	    "<CompleteMultipartUpload>%s%s</CompleteMultipartUpload>", one,
	    two));
	assert_int_equal(answer.status, 200);
	etag = xml_of(test, &answer, "CompleteMultipartUploadResult/ETag");
	assert_true(slice_has_suffix(slice_str(etag), "-2\""));
	assert_string_equal(xml_of(test, &answer,
				"CompleteMultipartUploadResult/Location"),
	    ORIGIN "/store/users/7/big");
	answer = webtest_get(test, presign(test, &get));
	assert_int_equal(answer.body_len, PART_BYTES + 3);
	assert_memory_equal(answer.body + PART_BYTES - 1, "aend", 4);
	assert_string_equal(webtest_header(test, &answer, "ETag"), etag);
	assert_int_equal(count_files(test, ".parts"), 0);
	answer = put_part(test, id, 3, slice_str("late"));
	expect_error(test, &answer, 404, "NoSuchUpload");
}

static void
test_abort(void **state)
{
	struct webtest *test = *state;
	const char *id = begin(test), *url;
	struct answer answer = put_part(test, id, 1, slice_str("x"));

	assert_int_equal(answer.status, 200);
	url = sign(test, "DELETE", "users/7/big",
	    pool_format(test->pool, "uploadId=%s", id));
	for (int i = 0; i < 2; i++)
		assert_int_equal(webtest_send(test, "DELETE", url, "",
				     slice_str("")).status,
		    204);
	assert_int_equal(count_files(test, ".parts"), 0);
	answer = complete(test, id, pool_format(test->pool,
	    "<CompleteMultipartUpload>%s</CompleteMultipartUpload>",
	    part_xml(test, 1, &answer)));
	expect_error(test, &answer, 404, "NoSuchUpload");
}

/* ---- forms ---- */

enum { FORM_PARTS_MAX = 20 };

struct form {
	struct webtest_part parts[FORM_PARTS_MAX];
	size_t count;
};

/* A form for a JPEG of 4 to 8 bytes, as the page has it. */
static void
make_form(struct webtest *test, struct form *form, const char *file)
{
	static const struct store_header meta[] = { { "x-amz-meta-user-id",
	    "7" } };
	const struct store_form_access access = { .key = "users/7/image/x",
		.key_prefix = "users/7/",
		.content_type = "image/jpeg",
		.min_bytes = 4,
		.max_bytes = 8,
		.fields = meta,
		.field_count = 1,
		.expires_secs = 60,
		.origin = ORIGIN };
	struct store_form fields;
	struct err err = ERR_INIT;

	if (store_presign_form(test->app.backend.store, test->pool, &access,
		&fields, &err) == -1)
		fail_msg("%s", err.text);
	assert_string_equal(fields.url, ORIGIN "/store");
	*form = (struct form){ .count = 0 };
	for (size_t i = 0; i < fields.field_count; i++)
		form->parts[form->count++] = (struct webtest_part){
			.name = fields.fields[i].name,
			.data = slice_str(fields.fields[i].value) };
	form->parts[form->count++] = (struct webtest_part){ .name = "file",
		.filename = "f.jpg",
		.data = slice_str(file) };
}

static struct answer
post_form(struct webtest *test, const struct form *form)
{
	return webtest_post(test, "/store", WEBTEST_FORM,
	    webtest_form(test, form->parts, form->count));
}

static void
test_form(void **state)
{
	struct webtest *test = *state;
	const struct store_access get = { .method = "GET",
		.key = "users/7/image/x" };
	struct form form;
	struct answer answer;

	/* A browser says where a page of ours sent it from, or elsewhere. */
	webtest_set(test, "HTTP_SEC_FETCH_SITE", "cross-site");
	make_form(test, &form, "hola");
	form.parts[form.count++] = (struct webtest_part){ .name = "submit",
		.data = slice_str("Send") };
	answer = post_form(test, &form);
	assert_int_equal(answer.status, 201);
	assert_string_equal(webtest_header(test, &answer, "ETag"),
	    "\"" HOLA_SHA256 "\"");
	assert_string_equal(webtest_header(test, &answer, "Location"),
	    ORIGIN "/store/users/7/image/x");
	assert_string_equal(xml_of(test, &answer, "PostResponse/Key"),
	    "users/7/image/x");
	assert_string_equal(xml_of(test, &answer, "PostResponse/ETag"),
	    "\"" HOLA_SHA256 "\"");
	answer = webtest_get(test, presign(test, &get));
	expect_body(&answer, 200, "hola");
	assert_string_equal(webtest_header(test, &answer, "Content-Type"),
	    "image/jpeg");
	assert_string_equal(
	    webtest_header(test, &answer, "x-amz-meta-user-id"), "7");
}

/* Each field in turn: altered, left out, doubled. */
static void
test_altered_form(void **state)
{
	struct webtest *test = *state;
	struct form form;

	make_form(test, &form, "hola");
	for (size_t i = 0; i + 1 < form.count; i++) {
		struct form altered = form;
		struct answer answer;

		altered.parts[i].data = slice_str(pool_format(test->pool,
		    "%.*s0", SLICE_ARG(form.parts[i].data)));
		answer = post_form(test, &altered);
		if (answer.status < 400 || answer.status > 403)
			fail_msg("altered %s: %d", form.parts[i].name,
			    answer.status);
		altered = form;
		altered.parts[i].name = "x-ignore-it";
		answer = post_form(test, &altered);
		if (answer.status < 400 || answer.status > 403)
			fail_msg("no %s: %d", form.parts[i].name,
			    answer.status);
		altered = form;
		altered.parts[altered.count] = form.parts[form.count - 1];
		altered.parts[altered.count++ - 1] = form.parts[i];
		answer = post_form(test, &altered);
		if (answer.status < 400 || answer.status > 403)
			fail_msg("two %s: %d", form.parts[i].name,
			    answer.status);
	}
	assert_int_equal(webtest_objects(test), 0);
	assert_int_equal(count_files(test, ".tmp"), 0);
	assert_int_equal(post_form(test, &form).status, 201);
}

static void
test_form_refusals(void **state)
{
	struct webtest *test = *state;
	struct form form;
	struct answer answer;

	make_form(test, &form, "123456789");
	answer = post_form(test, &form);
	expect_error(test, &answer, 400, "EntityTooLarge");
	make_form(test, &form, "123");
	answer = post_form(test, &form);
	expect_error(test, &answer, 400, "EntityTooSmall");
	make_form(test, &form, "hola");
	form.parts[form.count] = (struct webtest_part){ .name = "acl",
		.data = slice_str("public-read") };
	form.count++;
	/* Before the file it would be a field. */
	form.parts[form.count - 1] = form.parts[form.count - 2];
	form.parts[form.count - 2] = (struct webtest_part){ .name = "acl",
		.data = slice_str("public-read") };
	answer = post_form(test, &form);
	expect_error(test, &answer, 403, "AccessDenied");
	make_form(test, &form, "hola");
	form.parts[form.count] = form.parts[form.count - 1];
	form.count++;
	answer = post_form(test, &form);
	expect_error(test, &answer, 400, "InvalidArgument");
	make_form(test, &form, "hola");
	form.count--;
	answer = post_form(test, &form);
	expect_error(test, &answer, 400, "InvalidArgument");
	make_form(test, &form, "hola");
	test->app.clock.fixed_ms = (int64_t)(WEBTEST_NOW_SECS + 60) * 1000;
	answer = post_form(test, &form);
	expect_error(test, &answer, 403, "AccessDenied");
	answer = webtest_post(test, "/store", "text/plain", slice_str("x"));
	expect_error(test, &answer, 412, "PreconditionFailed");
	assert_int_equal(webtest_objects(test), 0);
	assert_int_equal(count_files(test, ".tmp"), 0);
}

static void
test_form_cut(void **state)
{
	struct webtest *test = *state;
	struct form form;
	struct slice body;

	make_form(test, &form, "12345678");
	body = webtest_form(test, form.parts, form.count);
	for (size_t left = 1; left < 120; left++) {
		test->cut_at = body.len - left;
		assert_int_equal(webtest_post(test, "/store", WEBTEST_FORM,
				     body).status,
		    400);
		assert_int_equal(webtest_objects(test), 0);
		assert_int_equal(count_files(test, ".tmp"), 0);
	}
	test->cut_at = SIZE_MAX;
	assert_int_equal(
	    webtest_post(test, "/store/", WEBTEST_FORM, body).status, 201);
}

/* ---- the rest ---- */

static void
test_below_a_prefix(void **state)
{
	struct webtest *test = *state;
	const struct store_access access = { .method = "PUT",
		.key = "users/7/x",
		.content_length = -1,
		.expires_secs = 60,
		.origin = ORIGIN "/mi%20tienda/" };
	struct store_presigned presigned;
	struct err err = ERR_INIT;

	assert_int_equal(store_presign(test->app.backend.store, test->pool,
			     &access, &presigned, &err),
	    0);
	webtest_set(test, "SCRIPT_NAME", "/mi tienda");
	assert_int_equal(put(test, target(presigned.url), "", "x").status, 200);
}

static void
test_cors(void **state)
{
	static const struct {
		const char *origin;
		bool is_allowed;
	} rows[] = {
		{ "https://a.example", true },
		{ "https://b.example", true },
		{ "https://c.example", false },
		{ "http://a.example", false },
		{ "https://a.example.evil", false },
		{ "null", false },
	};
	struct webtest *test = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *expected = rows[i].is_allowed ? rows[i].origin :
							    "-", *actual;
		struct answer answer;

		webtest_unset_all(test);
		webtest_set(test, "HTTP_ORIGIN", rows[i].origin);
		answer = put(test, "/store/x", "", "x");
		expect_error(test, &answer, 403, "AccessDenied");
		actual = webtest_header(test, &answer,
		    "Access-Control-Allow-Origin");
		assert_string_equal(actual == NULL ? "-" : actual, expected);
		assert_string_equal(webtest_header(test, &answer, "Vary"),
		    "Origin");
		webtest_set(test, "HTTP_ACCESS_CONTROL_REQUEST_METHOD", "PUT");
		webtest_set(test, "HTTP_ACCESS_CONTROL_REQUEST_HEADERS",
		    "content-type,if-none-match");
		answer = webtest_send(test, "OPTIONS", "/store/x", "",
		    slice_str(""));
		if (!rows[i].is_allowed) {
			expect_error(test, &answer, 403, "AccessForbidden");
			continue;
		}
		assert_int_equal(answer.status, 204);
		assert_string_equal(webtest_header(test, &answer,
					"Access-Control-Allow-Headers"),
		    "content-type,if-none-match");
		assert_non_null(strstr(webtest_header(test, &answer,
					   "Access-Control-Allow-Methods"),
		    "PUT"));
	}
}

static void
test_no_cors(void **state)
{
	struct webtest *test = *state;
	struct answer answer;

	webtest_set(test, "HTTP_ORIGIN", "https://a.example");
	put_object(test, "products/x", "image/png", "x");
	answer = webtest_get(test, "/store/products/x");
	assert_int_equal(answer.status, 200);
	assert_null(
	    webtest_header(test, &answer, "Access-Control-Allow-Origin"));
	webtest_set(test, "HTTP_ACCESS_CONTROL_REQUEST_METHOD", "PUT");
	answer = webtest_send(test, "OPTIONS", "/store/x", "", slice_str(""));
	expect_error(test, &answer, 403, "AccessForbidden");
}

static void
test_too_many_uploads(void **state)
{
	struct webtest *test = *state;
	struct answer answer;

	test->app.uploads_max = 1;
	test->app.uploads = 1;
	answer = put(test, sign(test, "PUT", "x", ""), "", "x");
	expect_error(test, &answer, 503, "SlowDown");
	assert_string_equal(webtest_header(test, &answer, "Retry-After"), "5");
}

/* Where another server keeps the objects, nobody is served here. */
static void
test_other_store(void **state)
{
	struct webtest *test = *state;
	const char *url = sign(test, "PUT", "users/7/x", "");
	struct store *store = test->app.backend.store;
	struct answer answer;
	struct form form;

	make_form(test, &form, "hola");
	test->app.backend.store = &store_mem_open(test->pool)->base;
	answer = put(test, url, "", "x");
	expect_error(test, &answer, 404, "NoSuchKey");
	answer = webtest_get(test, "/store/products/x");
	expect_error(test, &answer, 404, "NoSuchKey");
	answer = post_form(test, &form);
	expect_error(test, &answer, 404, "NoSuchKey");
	test->app.backend.store = store;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_put_and_get),
		TEST(test_altered_put),
		TEST(test_put_never_replaces),
		TEST(test_put_cut),
		TEST(test_put_refusals),
		TEST(test_metadata),
		TEST(test_too_much_metadata),
		TEST(test_get),
		TEST(test_get_refusals),
		TEST(test_unknown_type),
		TEST(test_delete),
		TEST(test_parts),
		TEST(test_abort),
		TEST(test_form),
		TEST(test_altered_form),
		TEST(test_form_refusals),
		TEST(test_form_cut),
		TEST(test_below_a_prefix),
		cmocka_unit_test_setup_teardown(test_cors, setup_cors,
		    teardown),
		TEST(test_no_cors),
		TEST(test_too_many_uploads),
		TEST(test_other_store),
	};

	return cmocka_run_group_tests_name("web/store", tests, NULL, NULL);
}
