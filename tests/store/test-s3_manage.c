/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <fcntl.h>
#include <stdlib.h>

#include "lib/scripted.h"
#include "store/manage.h"
#include "s3test.h"

#define XML(body) "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" body
#define ERROR_XML(line, code)                                            \
	"HTTP/1.1 " line "\r\nConnection: close\r\n\r\n<Error><Code>" code \
	"</Code></Error>"
#define HEAD(etag, more) \
	"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"" etag "\"\r\n" \
	"Content-Type: image/png\r\nCache-Control: no-store\r\n" more "\r\n"

struct fixture {
	struct pool *pool;
	struct s3test_world world;
	struct scripted *server;
	struct store_s3_config config;
	struct store *store;
	struct err err;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->pool = pool_new();
	log_init(&f->world.log, open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_ERROR);
	f->world.budget.temp_dir = "/tmp";
	f->config = s3test_config(&f->world);
	f->config.provider = "generic";
	f->config.addressing = "path";
	f->config.conditional_write = "true";
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	pool_free(&f->pool);
	scripted_stop(f->server);
	free(f);
	return 0;
}

static void
begin(struct fixture *f, const struct scripted_step *steps, size_t count)
{
	f->server = scripted_start(steps, count);
	f->config.endpoint = scripted_url(f->server);
	assert_int_equal(store_open_s3(f->pool, &f->config, &f->store,
	    &f->err), 0);
}

#define BEGIN(f, steps) begin(f, steps, ARRAY_COUNT(steps))

static int
copy(struct fixture *f, const char *to_key, struct store_info *info_r)
{
	const struct store_copy request = { .from_key = "temp/1",
		.to_key = to_key,
		.if_match = "e1",
		.content_type = "image/png" };

	err_clear(&f->err);
	return store_copy(f->store, f->pool, &request, info_r, &f->err);
}

static void
test_copy(void **state)
{
	static const struct scripted_step steps[] = {
		{ "HEAD /uploads/temp/1 ", SCRIPTED_REPLY, HEAD("e1", ""), 0 },
		{ "PUT ", SCRIPTED_CUT, XML("<CopyObjectResult><ETag>\"e1\""
		    "</ETag></CopyObjectResult>"), 0 },
		{ "HEAD /uploads/products/1 ", SCRIPTED_REPLY, HEAD("e1",
		    "x-amz-meta-a: b\r\n"), 0 },
		/* Replaced at once, and gone at once. */
		{ "HEAD /uploads/products/2 ", SCRIPTED_REPLY, HEAD("e2", ""),
		    0 },
		{ "HEAD ", SCRIPTED_REPLY,
		    "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", 0 },
	};
	struct fixture *f = *state;
	struct store_info info;

	BEGIN(f, steps);
	assert_int_equal(copy(f, "products/1", &info), 0);
	assert_int_equal(info.size_bytes, 5);
	assert_string_equal(info.etag, "e1");
	assert_string_equal(info.content_type, "image/png");
	assert_string_equal(info.cache_control, "no-store");
	assert_true(info.has_other_metadata);
	assert_null(strstr(scripted_head(f->server, "PUT "), "x-amz-acl"));
	assert_int_equal(copy(f, "products/1", NULL), 0);
	assert_int_equal(copy(f, "products/2", &info), -1);
	assert_int_equal(f->err.kind, ERR_CONFLICT);
	assert_int_equal(copy(f, "products/3", &info), -1);
	assert_int_equal(f->err.kind, ERR_CONFLICT);
}

/* Where objects are private unless told otherwise. */
static void
test_copy_acl(void **state)
{
	static const struct scripted_step steps[] = {
		{ "HEAD ", SCRIPTED_REPLY, HEAD("e1", ""), 0 },
		{ "PUT ", SCRIPTED_CUT, XML("<CopyObjectResult><ETag>\"e1\""
		    "</ETag></CopyObjectResult>"), 0 },
	};
	struct fixture *f = *state;

	f->config.provider = "spaces";
	BEGIN(f, steps);
	assert_int_equal(copy(f, "products/1", NULL), 0);
	assert_non_null(strstr(scripted_head(f->server, "PUT "),
	    "\r\nx-amz-acl: public-read\r\n"));
	assert_int_equal(copy(f, "users/1", NULL), 0);
	assert_non_null(strstr(scripted_head(f->server, "PUT "),
	    "\r\nx-amz-acl: private\r\n"));
}

#define LIST(body) XML("<ListBucketResult>" body "</ListBucketResult>")
#define ENTRY(key)                                                        \
	"<Contents><Key>" key "</Key><LastModified>"                      \
	"2026-02-28T10:00:00.000Z</LastModified><ETag>e</ETag><Size>12" \
	"</Size></Contents>"
#define LAST "<IsTruncated>false</IsTruncated>"

static void
test_list(void **state)
{
	static const struct scripted_step steps[] = {
		{ "", SCRIPTED_CUT, LIST(ENTRY("p/A") ENTRY("p/a//b")
		    ENTRY("p/\xc3\xb1") "<IsTruncated>true</IsTruncated>"
		    "<NextContinuationToken>t1</NextContinuationToken>"), 1 },
		{ "continuation-token=t1&", SCRIPTED_CUT, LIST(LAST), 1 },
		{ "", SCRIPTED_CUT, LIST(ENTRY("p/b") ENTRY("p/a") LAST), 1 },
		{ "", SCRIPTED_CUT, LIST(ENTRY("p/a") ENTRY("p/a") LAST), 1 },
	};
	struct fixture *f = *state;
	struct store_page page;

	BEGIN(f, steps);
	assert_int_equal(store_list(f->store, f->pool, "p/", "", &page,
	    &f->err), 0);
	assert_int_equal(page.count, 3);
	/* As it is in the bucket, whatever we think of it. */
	assert_string_equal(page.entries[1].key, "p/a//b");
	assert_int_equal(page.entries[1].size_bytes, 12);
	assert_int_equal(page.entries[1].modified_secs, 1772272800);
	assert_string_equal(page.next, "t1");
	assert_int_equal(store_list(f->store, f->pool, "p/", page.next, &page,
	    &f->err), 0);
	assert_int_equal(page.count, 0);
	assert_string_equal(page.next, "");
	for (int i = 0; i < 2; i++) {
		err_clear(&f->err);
		assert_int_equal(store_list(f->store, f->pool, "p/", "", &page,
		    &f->err), -1);
		assert_int_equal(f->err.kind, ERR_UPSTREAM);
	}
}

static void
test_delete_many(void **state)
{
	static const struct scripted_step steps[] = {
		{ "POST ", SCRIPTED_CUT, XML("<DeleteResult><Error><Key>b</Key>"
		    "<Code>AccessDenied</Code></Error></DeleteResult>"), 1 },
		{ "DELETE ", SCRIPTED_REPLY,
		    "HTTP/1.1 204 No Content\r\n\r\n", 0 },
	};
	static const char *const keys[] = { "a", "b//c", "b", "../x" };
	bool failed[4];
	struct fixture *f = *state;

	BEGIN(f, steps);
	assert_int_equal(store_delete_many(f->store, keys, 4, failed, &f->err),
	    0);
	assert_false(failed[0]);
	assert_true(failed[1] && failed[2] && failed[3]);
	/* What is no key of ours was not even asked for. */
	assert_null(strstr(scripted_body(f->server, "POST "), "b//c"));
}

/* A server without DeleteObjects. */
static void
test_delete_singly(void **state)
{
	static const struct scripted_step steps[] = {
		{ "POST ", SCRIPTED_CUT, ERROR_XML("501 No", "NotImplemented"),
		    1 },
		{ "DELETE ", SCRIPTED_REPLY,
		    "HTTP/1.1 204 No Content\r\n\r\n", 0 },
	};
	static const char *const keys[] = { "a", "b" };
	bool failed[2];
	struct fixture *f = *state;

	BEGIN(f, steps);
	assert_int_equal(store_delete_many(f->store, keys, 2, failed, &f->err),
	    0);
	assert_false(failed[0] || failed[1]);
}

/* ---- uploads in parts ---- */

#define MD5_A "0cc175b9c0f1b6a831c399e269772661"
#define MD5_B "92eb5ffee6ae2fec3ad71c777531578f"

static int
complete(struct fixture *f, const char *second_etag, const char **etag_r)
{
	const struct store_part parts[] = { { 1, 0, MD5_A },
		{ 3, 0, second_etag } };
	const struct store_complete request = { { "products/1", "up+1" },
		parts, 2, true };

	err_clear(&f->err);
	return store_multipart_complete(f->store, f->pool, &request, etag_r,
	    &f->err);
}

static void
test_multipart(void **state)
{
	static const struct scripted_step steps[] = {
		{ "?uploads= ", SCRIPTED_CUT, XML(
		    "<InitiateMultipartUploadResult><UploadId>up+1</UploadId>"
		    "</InitiateMultipartUploadResult>"), 0 },
		{ "GET ", SCRIPTED_CUT, XML("<ListPartsResult>" LAST
		    "<Part><PartNumber>3</PartNumber><ETag>" MD5_B "</ETag>"
		    "<Size>9</Size></Part></ListPartsResult>"), 1 },
		{ "GET ", SCRIPTED_CUT, ERROR_XML("404 No", "NoSuchUpload"),
		    1 },
		{ "POST ", SCRIPTED_CUT, XML("<CompleteMultipartUploadResult>"
		    "<ETag>\"x-2\"</ETag></CompleteMultipartUploadResult>"),
		    1 },
		{ "POST ", SCRIPTED_CUT, ERROR_XML("400 No", "InvalidPart"),
		    1 },
		{ "POST ", SCRIPTED_CUT, ERROR_XML("400 No",
		    "EntityTooSmall"), 1 },
		{ "POST ", SCRIPTED_CUT, ERROR_XML("403 No", "AccessDenied"),
		    1 },
		{ "DELETE ", SCRIPTED_CUT, ERROR_XML("404 No",
		    "NoSuchUpload"), 1 },
	};
	const struct store_object object = { .key = "products/1",
		.content_type = "image/png" };
	const struct store_multipart upload = { "products/1", "up+1" };
	struct fixture *f = *state;
	struct store_parts parts;
	const char *text;

	BEGIN(f, steps);
	assert_int_equal(store_multipart_create(f->store, f->pool, &object,
	    &text, &f->err), 0);
	assert_string_equal(text, "up+1");
	assert_int_equal(store_multipart_parts(f->store, f->pool, &upload,
	    &parts, &f->err), 0);
	assert_int_equal(parts.count, 1);
	assert_int_equal(parts.parts[0].number, 3);
	assert_int_equal(parts.parts[0].size_bytes, 9);
	assert_string_equal(parts.parts[0].etag, MD5_B);
	assert_int_equal(store_multipart_parts(f->store, f->pool, &upload,
	    &parts, &f->err), -1);
	assert_int_equal(f->err.kind, ERR_NOT_FOUND);
	assert_int_equal(complete(f, MD5_B, &text), 0);
	assert_string_equal(text, "x-2");
	assert_non_null(strstr(scripted_head(f->server, "POST "),
	    "\r\nif-none-match: *\r\n"));
	/* The parts' fault, and whoever sent them must hear it. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(complete(f, MD5_B, &text), -1);
		assert_int_equal(f->err.kind, ERR_INVALID);
	}
	assert_int_equal(complete(f, MD5_B, &text), -1);
	assert_int_equal(f->err.kind, ERR_UPSTREAM);
	assert_int_equal(complete(f, "a\"/>", &text), -1);
	assert_int_equal(f->err.kind, ERR_INVALID);
	assert_int_equal(store_multipart_abort(f->store, "products/1", "up+1",
	    &f->err), 0);
}

static void
test_multipart_list(void **state)
{
	static const struct scripted_step steps[] = { { "GET ", SCRIPTED_CUT,
	    XML("<ListMultipartUploadsResult>" LAST "<Upload><Key>k</Key>"
		"<UploadId>i</UploadId><Initiated>2026-02-28T10:00:00Z"
		"</Initiated></Upload></ListMultipartUploadsResult>"), 0 } };
	struct fixture *f = *state;
	struct store_unfinished *uploads;
	size_t count;

	BEGIN(f, steps);
	assert_int_equal(store_multipart_list(f->store, f->pool, &uploads,
	    &count, &f->err), 0);
	assert_int_equal(count, 1);
	assert_string_equal(uploads[0].key, "k");
	assert_string_equal(uploads[0].upload_id, "i");
	assert_int_equal(uploads[0].begun_secs, 1772272800);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_copy),
		TEST(test_copy_acl),
		TEST(test_list),
		TEST(test_delete_many),
		TEST(test_delete_singly),
		TEST(test_multipart),
		TEST(test_multipart_list),
	};

	return cmocka_run_group_tests_name("store/s3_manage", tests, NULL,
	    NULL);
}
