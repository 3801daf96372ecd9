/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/buf.h"
#include "lib/scripted.h"
#include "s3/bucket.h"
#include "s3/object.h"

#define ANSWER(line, body_headers, body) \
	"HTTP/1.1 " line "\r\n" body_headers "\r\n" body
#define EMPTY(line) ANSWER(line, "Content-Length: 0\r\n", "")
#define ERROR_XML(line, code)                                            \
	"HTTP/1.1 " line "\r\nConnection: close\r\n\r\n<Error><Code>" code \
	"</Code></Error>"

struct fixture {
	struct pool *pool;
	struct clock clock;
	struct log log;
	struct scripted *server;
	struct s3_client *client;
	struct err err;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->pool = pool_new();
	f->clock.fixed_ms = INT64_C(1772323199000);
	log_init(&f->log, open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_ERROR);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	scripted_stop(f->server);
	pool_free(&f->pool);
	free(f);
	return 0;
}

static void
begin(struct fixture *f, const struct scripted_step *steps, size_t count)
{
	struct s3_config config = {
		.place = { .region = "eu-west-1",
		    .bucket = "uploads",
		    .addressing = "path" },
		.credentials = { .access_key = "AK",
		    .secret_key = "SK",
		    .session_token = "TOKEN" },
		.connect_secs = 2,
		.stall_secs = 2,
		.retry = { .attempts_max = 3, .base_ms = 5, .cap_ms = 10 },
		.clock = &f->clock,
		.log = &f->log,
	};

	f->server = scripted_start(steps, count);
	config.place.endpoint = scripted_url(f->server);
	assert_int_equal(s3_client_new(f->pool, &config, &f->client, &f->err),
	    0);
}

#define BEGIN(f, steps) begin(f, steps, ARRAY_COUNT(steps))

static int
put(struct fixture *f, const char *key, bool is_new_only, const char **etag_r)
{
	const struct s3_put request = { .key = key,
		.content_type = "image/png",
		.checksum_sha256 = "c3Vt",
		.acl = "private",
		.is_new_only = is_new_only,
		.body = s3_body_text(f->pool, slice_str("hello")) };

	err_clear(&f->err);
	return s3_put(f->client, f->pool, &request, etag_r, &f->err);
}

static void
test_put(void **state)
{
	static const struct scripted_step steps[] = { { .match = "PUT",
	    .reply = ANSWER("200 OK", "ETag: \"5d41\"\r\nContent-Length: 0\r\n",
		"") } };
	struct fixture *f = *state;
	const char *etag, *head;

	BEGIN(f, steps);
	assert_int_equal(put(f, "a b/../c", true, &etag), 0);
	assert_string_equal(etag, "5d41");
	assert_string_equal(scripted_body(f->server, "PUT"), "hello");
	head = scripted_head(f->server, "PUT");
	assert_non_null(strstr(head, "PUT /uploads/a%20b/../c HTTP/1.1\r\n"));
	assert_non_null(strstr(head, "\r\nx-amz-date: 20260228T235959Z\r\n"));
	assert_non_null(strstr(head, "\r\nx-amz-security-token: TOKEN\r\n"));
	assert_non_null(strstr(head, "\r\nif-none-match: *\r\n"));
	assert_non_null(strstr(head, "\r\ncontent-type: image/png\r\n"));
	assert_non_null(strstr(head, "\r\nx-amz-checksum-sha256: c3Vt\r\n"));
	assert_non_null(strstr(head, "\r\nx-amz-acl: private\r\n"));
	assert_non_null(strstr(head,
	    "\r\nx-amz-content-sha256: 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c"
	    "1fa7425e73043362938b9824\r\n"));
	assert_non_null(strstr(head, "SignedHeaders=content-type;host;"
	    "if-none-match;x-amz-acl;x-amz-checksum-sha256;x-amz-content-sha256;"
	    "x-amz-date;x-amz-security-token, Signature="));
}

/* C7: what a file is called cannot become a header. */
static void
test_header_injection(void **state)
{
	static const struct scripted_step steps[] = { { .match = "PUT" } };
	struct fixture *f = *state;
	struct s3_put request = { .key = "k",
		.content_disposition = "inline\r\nx-amz-acl: public-read",
		.body = { .sha256 = SIGN_EMPTY_SHA256 } };
	const char *etag;

	BEGIN(f, steps);
	assert_int_equal(s3_put(f->client, f->pool, &request, &etag, &f->err),
	    -1);
	assert_int_equal(f->err.kind, ERR_INVALID);
	assert_int_equal(scripted_count(f->server, ""), 0);
}

/* D12: how often a PUT is sent, and what becomes of it. */
static void
test_put_retries(void **state)
{
	static const struct {
		struct scripted_step steps[3];
		bool is_new_only;
		int result;
		enum err_kind kind;
		size_t count;
	} rows[] = {
		{ { { "", SCRIPTED_REPLY, EMPTY("503 Slow Down"), 2 },
		      { .match = "" } }, false, 0, ERR_NONE, 3 },
		{ { { "", SCRIPTED_REPLY, EMPTY("503 Slow Down"), 0 } }, false,
		    -1, ERR_UNAVAILABLE, 3 },
		{ { { "", SCRIPTED_REPLY, EMPTY("500 Oops"), 1 },
		      { .match = "" } }, false, 0, ERR_NONE, 2 },
		{ { { "", SCRIPTED_RESET, NULL, 1 }, { .match = "" } }, false,
		    0, ERR_NONE, 2 },
		{ { { "", SCRIPTED_SILENT, NULL, 1 }, { .match = "" } }, false,
		    0, ERR_NONE, 2 },
		{ { { "", SCRIPTED_CUT,
			"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", 1 },
		      { .match = "" } }, false, 0, ERR_NONE, 2 },
		{ { { "", SCRIPTED_CUT, ERROR_XML("403 No",
			"SignatureDoesNotMatch"), 0 } }, false, -1,
		    ERR_UPSTREAM, 1 },
		/* A page that something in between has for everybody. */
		{ { { "", SCRIPTED_REPLY, EMPTY("200 OK"), 0 } }, false, -1,
		    ERR_UPSTREAM, 1 },
		{ { { "", SCRIPTED_REPLY, EMPTY("400 Bad"), 0 } }, false, -1,
		    ERR_UPSTREAM, 1 },
		{ { { "", SCRIPTED_REPLY, EMPTY("301 Moved"), 0 } }, false, -1,
		    ERR_UPSTREAM, 1 },
		{ { { "", SCRIPTED_CUT, ERROR_XML("412 No",
			"PreconditionFailed"), 0 } }, true, -1, ERR_CONFLICT,
		    1 },
		{ { { "", SCRIPTED_REPLY, EMPTY("503 Slow Down"), 1 },
		      { .match = "" } }, true, 0, ERR_NONE, 2 },
		/* It may have been stored: a second one would conflict. */
		{ { { "", SCRIPTED_RESET, NULL, 1 }, { .match = "" } }, true,
		    -1, ERR_UNAVAILABLE, 1 },
		{ { { "", SCRIPTED_REPLY, EMPTY("500 Oops"), 1 },
		      { .match = "" } }, true, -1, ERR_UNAVAILABLE, 1 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *etag;

		if (f->server != NULL)
			scripted_stop(f->server);
		begin(f, rows[i].steps, rows[i].steps[1].match == NULL ? 1 : 2);
		assert_int_equal(put(f, "k", rows[i].is_new_only, &etag),
		    rows[i].result);
		assert_int_equal(f->err.kind, rows[i].kind);
		assert_int_equal(scripted_count(f->server, "PUT"),
		    rows[i].count);
	}
}

/* D11: silence is not answered by waiting as often as one may. */
static void
test_patience(void **state)
{
	static const struct scripted_step steps[] = { { .match = "",
	    .way = SCRIPTED_SILENT } };
	struct fixture *f = *state;
	int64_t start_ms = clock_monotonic_ms();
	const char *etag;

	BEGIN(f, steps);
	assert_int_equal(put(f, "k", false, &etag), -1);
	assert_int_equal(f->err.kind, ERR_UNAVAILABLE);
	assert_in_range(scripted_count(f->server, "PUT"), 1, 2);
	assert_true(clock_monotonic_ms() - start_ms < 15000);
}

static void
test_head(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "/there",
		    .reply = ANSWER("200 OK",
			"Content-Length: 12345\r\nETag: \"e\"\r\n"
			"Content-Type: image/png\r\n"
			"Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
			"") },
		{ .match = "/absent", .reply = EMPTY("404 Not Found") },
		{ .match = "/odd", .reply = "HTTP/1.1 200 OK\r\n\r\n" },
	};
	struct fixture *f = *state;
	struct s3_info info;

	BEGIN(f, steps);
	assert_int_equal(s3_head(f->client, f->pool, "there", &info, &f->err),
	    1);
	assert_int_equal(info.size_bytes, 12345);
	assert_string_equal(info.etag, "e");
	assert_string_equal(info.content_type, "image/png");
	assert_int_equal(info.modified_secs, 784111777);
	assert_int_equal(s3_head(f->client, f->pool, "absent", &info, &f->err),
	    0);
	assert_int_equal(s3_head(f->client, f->pool, "odd", &info, &f->err),
	    -1);
	assert_int_equal(f->err.kind, ERR_UPSTREAM);
}

/* What came by a presigned URL may carry what its sender liked. */
static void
test_head_metadata(void **state)
{
	static const struct {
		const char *headers;
		bool has_other;
	} rows[] = {
		{ "Content-Type: text/html\r\nCache-Control: no-store\r\n"
		  "x-amz-request-id: 1\r\nAccept-Ranges: bytes\r\n", false },
		{ "Cache-Control: no-store\r\nX-AMZ-Meta-a: b\r\n", true },
		{ "Cache-Control: no-store\r\nContent-Encoding: gzip\r\n",
		    true },
		{ "Cache-Control: no-store\r\nContent-Language: en\r\n",
		    true },
		{ "Cache-Control: no-store\r\n"
		  "Content-Disposition: inline\r\n", true },
		{ "Cache-Control: no-store\r\nExpires: 0\r\n", true },
		{ "Cache-Control: no-store\r\n"
		  "x-amz-website-redirect-location: /x\r\n", true },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct scripted_step step = { .match = "HEAD",
			.reply = pool_format(f->pool, ANSWER("200 OK",
			    "Content-Length: 1\r\n%s", ""), rows[i].headers) };
		struct s3_info info;

		if (f->server != NULL)
			scripted_stop(f->server);
		begin(f, &step, 1);
		assert_int_equal(s3_head(f->client, f->pool, "k", &info,
		    &f->err), 1);
		assert_string_equal(info.cache_control, "no-store");
		assert_int_equal(info.has_other_metadata, rows[i].has_other);
	}
}

/* More headers than are kept: who knows what the others were? */
static void
test_head_many_headers(void **state)
{
	struct fixture *f = *state;
	struct buf many;
	struct scripted_step step = { .match = "HEAD" };
	struct s3_info info;

	buf_init(&many, f->pool, 4096);
	for (int i = 0; i < FETCH_HEADER_COUNT_MAX; i++)
		(void)buf_format(&many, "x-%d: 1\r\n", i);
	step.reply = pool_format(f->pool, ANSWER("200 OK",
	    "Content-Length: 1\r\n%sx-amz-meta-a: b\r\n", ""), many.data);
	begin(f, &step, 1);
	assert_int_equal(s3_head(f->client, f->pool, "k", &info, &f->err), 1);
	assert_true(info.has_other_metadata);
}

static int
collect(void *arg, struct slice bytes, struct err *err)
{
	(void)err;
	return buf_slice(arg, bytes);
}

static int
get(struct fixture *f, const char *key, int64_t offset, int64_t length,
    struct buf *buf)
{
	const struct s3_get request = { .key = key,
		.offset = offset,
		.length = length,
		.sink = collect,
		.arg = buf };

	buf_clear(buf);
	err_clear(&f->err);
	return s3_get(f->client, &request, &f->err);
}

static void
test_get(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "/whole",
		    .reply = ANSWER("200 OK", "Content-Length: 5\r\n",
			"hello") },
		{ .match = "/part",
		    .reply = ANSWER("206 Partial",
			"Content-Length: 3\r\n"
			"Content-Range: bytes 1-3/5\r\n", "ell") },
		{ .match = "/short",
		    .reply = ANSWER("206 Partial",
			"Content-Length: 2\r\n"
			"Content-Range: bytes 1-3/5\r\n", "el") },
		{ .match = "/empty",
		    .reply = ANSWER("206 Partial",
			"Content-Length: 0\r\n", "") },
		{ .match = "/absent", .reply = EMPTY("404 Not Found") },
		{ .match = "/retried", .way = SCRIPTED_RESET, .times = 1 },
		{ .match = "/retried",
		    .reply = ANSWER("200 OK", "Content-Length: 2\r\n",
			"ok") },
		{ .match = "/broken", .way = SCRIPTED_CUT,
		    .reply = ANSWER("200 OK", "Content-Length: 5\r\n",
			"he") },
		{ .match = "HEAD", .reply = EMPTY("404 Not Found") },
	};
	struct fixture *f = *state;
	struct buf buf;

	BEGIN(f, steps);
	buf_init(&buf, f->pool, 100);
	assert_int_equal(get(f, "whole", 0, -1, &buf), 0);
	assert_slice(buf_view(&buf), "hello");
	assert_null(strstr(scripted_head(f->server, "/whole"), "range:"));
	assert_int_equal(get(f, "part", 1, 3, &buf), 0);
	assert_slice(buf_view(&buf), "ell");
	assert_non_null(strstr(scripted_head(f->server, "/part"),
	    "\r\nrange: bytes=1-3\r\n"));
	assert_int_equal(get(f, "part", 1, -1, &buf), 0);
	assert_non_null(strstr(scripted_head(f->server, "/part"),
	    "\r\nrange: bytes=1-\r\n"));
	assert_int_equal(get(f, "absent", 0, -1, &buf), -1);
	assert_int_equal(f->err.kind, ERR_NOT_FOUND);
	assert_int_equal(get(f, "absent", 0, 0, &buf), -1);
	assert_int_equal(f->err.kind, ERR_NOT_FOUND);
	assert_int_equal(get(f, "retried", 0, -1, &buf), 0);
	assert_slice(buf_view(&buf), "ok");
	/* Bytes that were handed on cannot be taken back. */
	assert_int_equal(get(f, "broken", 0, -1, &buf), -1);
	assert_int_equal(f->err.kind, ERR_UNAVAILABLE);
	assert_slice(buf_view(&buf), "he");
	assert_int_equal(scripted_count(f->server, "/broken"), 1);
	/* Another range, and more than asked for. */
	assert_int_equal(get(f, "whole", 1, 3, &buf), -1);
	assert_int_equal(f->err.kind, ERR_UPSTREAM);
	assert_int_equal(buf.len, 0);
	assert_int_equal(get(f, "part", 1, 2, &buf), -1);
	assert_int_equal(f->err.kind, ERR_UPSTREAM);
	/* Less than announced, and nothing at all. */
	assert_int_equal(get(f, "short", 1, 3, &buf), -1);
	assert_int_equal(f->err.kind, ERR_UPSTREAM);
	assert_int_equal(get(f, "empty", 1, 3, &buf), -1);
	assert_int_equal(f->err.kind, ERR_UPSTREAM);
}

static void
test_get_if_match(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "/changed", .way = SCRIPTED_CUT,
		    .reply = ERROR_XML("412 No", "PreconditionFailed") },
		{ .match = "/same",
		    .reply = ANSWER("200 OK",
			"Content-Length: 2\r\nETag: \"e1\"\r\n", "ok") },
	};
	struct fixture *f = *state;
	struct buf buf;
	struct s3_get request = { .key = "changed",
		.length = -1,
		.if_match = "e1",
		.sink = collect,
		.arg = &buf };

	buf_init(&buf, f->pool, 100);
	BEGIN(f, steps);
	assert_int_equal(s3_get(f->client, &request, &f->err), -1);
	assert_int_equal(f->err.kind, ERR_CONFLICT);
	assert_non_null(strstr(scripted_head(f->server, "/changed"),
	    "\r\nif-match: \"e1\"\r\n"));
	request.key = "same";
	assert_int_equal(s3_get(f->client, &request, &f->err), 0);
	assert_slice(buf_view(&buf), "ok");
	/* Of no bytes too. */
	request.length = 0;
	request.if_match = "e2";
	assert_int_equal(s3_get(f->client, &request, &f->err), -1);
	assert_int_equal(f->err.kind, ERR_CONFLICT);
}

static void
test_delete(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "/there", .reply = EMPTY("204 No Content") },
		{ .match = "/absent", .reply = EMPTY("404 Not Found") },
		{ .match = "/nowhere", .way = SCRIPTED_CUT,
		    .reply = ERROR_XML("404 No", "NoSuchBucket") },
		{ .match = "/denied", .reply = EMPTY("403 Forbidden") },
	};
	struct fixture *f = *state;

	BEGIN(f, steps);
	assert_int_equal(s3_delete(f->client, "there", &f->err), 0);
	assert_int_equal(s3_delete(f->client, "absent", &f->err), 0);
	assert_int_equal(s3_delete(f->client, "nowhere", &f->err), -1);
	assert_int_equal(s3_delete(f->client, "denied", &f->err), -1);
	assert_int_equal(f->err.kind, ERR_UPSTREAM);
}

/* D9: neither the body nor the signature goes where a redirect points. */
static void
test_redirect(void **state)
{
	static const struct scripted_step other[] = { { .match = "" } };
	struct fixture *f = *state;
	struct scripted *elsewhere = scripted_start(other, 1);
	struct scripted_step steps[] = { { .match = "",
	    .reply = pool_format(f->pool, "HTTP/1.1 307 Temporary Redirect\r\n"
		"Location: %s/x\r\nContent-Length: 0\r\n\r\n",
		scripted_url(elsewhere)) } };
	const char *etag;

	BEGIN(f, steps);
	assert_int_equal(put(f, "k", false, &etag), -1);
	assert_int_equal(f->err.kind, ERR_UPSTREAM);
	assert_string_equal(f->err.code, "TemporaryRedirect");
	assert_int_equal(scripted_connections(elsewhere), 0);
	scripted_stop(elsewhere);
}

static void
test_buckets(void **state)
{
	static const struct scripted_step steps[] = {
		{ "HEAD /uploads ", SCRIPTED_REPLY, EMPTY("404 No"), 1 },
		{ .match = "HEAD /uploads " },
		{ "PUT /uploads?policy=", SCRIPTED_REPLY,
		    EMPTY("204 No Content"), 0 },
		{ "PUT /uploads ", SCRIPTED_CUT, ERROR_XML("400 Bad",
		    "IllegalLocationConstraintException"), 1 },
		{ "PUT /uploads ", SCRIPTED_REPLY, NULL, 1 },
		{ "PUT /uploads ", SCRIPTED_CUT, ERROR_XML("409 Conflict",
		    "BucketAlreadyOwnedByYou"), 1 },
		{ "PUT /uploads ", SCRIPTED_CUT, ERROR_XML("409 Conflict",
		    "BucketAlreadyExists"), 1 },
	};
	struct fixture *f = *state;

	BEGIN(f, steps);
	assert_int_equal(s3_bucket_head(f->client, &f->err), 0);
	assert_int_equal(s3_bucket_head(f->client, &f->err), 1);
	assert_int_equal(s3_bucket_create(f->client, &f->err), 0);
	assert_int_equal(scripted_count(f->server, "PUT /uploads "), 2);
	assert_non_null(strstr(scripted_body(f->server, "PUT /uploads "),
	    "<LocationConstraint>eu-west-1</LocationConstraint>"));
	assert_int_equal(s3_bucket_create(f->client, &f->err), 0);
	assert_int_equal(s3_bucket_create(f->client, &f->err), -1);
	assert_int_equal(f->err.kind, ERR_UPSTREAM);
	assert_int_equal(s3_bucket_put_policy(f->client, "{}", &f->err), 0);
	assert_string_equal(scripted_body(f->server, "policy="), "{}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_put),
		TEST(test_header_injection),
		TEST(test_put_retries),
		TEST(test_patience),
		TEST(test_head),
		TEST(test_head_metadata),
		TEST(test_head_many_headers),
		TEST(test_get),
		TEST(test_get_if_match),
		TEST(test_delete),
		TEST(test_redirect),
		TEST(test_buckets),
	};

	return cmocka_run_group_tests_name("s3/client", tests, NULL, NULL);
}
