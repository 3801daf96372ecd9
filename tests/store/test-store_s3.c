/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/scripted.h"
#include "s3test.h"

#define EMPTY(line) "HTTP/1.1 " line "\r\nContent-Length: 0\r\n\r\n"
#define XML(line, body) \
	"HTTP/1.1 " line "\r\nConnection: close\r\n\r\n" body
#define ETAG(text) \
	"HTTP/1.1 200 OK\r\nETag: \"" text "\"\r\nContent-Length: 0\r\n\r\n"

#define MD5_A "0cc175b9c0f1b6a831c399e269772661"
#define MD5_B "92eb5ffee6ae2fec3ad71c777531578f"
/* The MD5 of those two, as bytes. */
#define MD5_OF_MD5S "96e024ba2074fe77e8e965ba43a704be"

enum { PART_BYTES = 1000 };

struct fixture {
	struct pool *pool;
	struct s3test_world world;
	struct scripted *server;
	struct store_s3_config config;
	struct store *store;
	struct err err;
	char events[256]; /* what was told, in order */
	const char *key_at_last;
	struct store_writer *writer;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->pool = pool_new();
	log_init(&f->world.log, open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_ERROR);
	f->world.budget.temp_dir = "/tmp";
	f->world.budget.max_bytes = 64 * 1024 * 1024;
	f->config = s3test_config(&f->world);
	f->config.checksum = "sha256";
	f->config.part_bytes = PART_BYTES;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	if (f->server != NULL)
		scripted_stop(f->server);
	pool_free(&f->pool);
	/* Whatever happened, no upload keeps memory. */
	assert_int_equal(f->world.budget.used_bytes, 0);
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

static void
note(struct fixture *f, const char *event, const char *id)
{
	size_t len = strlen(f->events);

	(void)snprintf(f->events + len, sizeof(f->events) - len, "%s%s ",
	    event, id);
}

static int
before_send(void *arg, struct err *err)
{
	struct fixture *f = arg;

	note(f, "send", "");
	if (f->key_at_last == NULL)
		return 0;
	if (f->key_at_last[0] == '\0')
		return err_set(err, ERR_UNAVAILABLE, "no database");
	store_writer_set_type(f->writer, "image/webp");
	return store_writer_set_key(f->writer, f->key_at_last, err);
}

static int
multipart_begun(void *arg, const char *id, struct err *err)
{
	(void)err;
	note(arg, "begun:", id);
	return 0;
}

static void
multipart_ended(void *arg, const char *id)
{
	note(arg, "ended:", id);
}

/* Write so many bytes in uneven pieces; what the commit says. */
static int
write_object(struct fixture *f, size_t size_bytes, bool is_new_only,
    struct store_stored *stored_r)
{
	const struct store_object object = { .key = "products/1.png",
		.content_type = "image/png",
		.is_new_only = is_new_only,
		.events = { f, before_send, multipart_begun,
		    multipart_ended } };
	struct pool *pool = pool_new();
	int result = store_writer_open(f->store, pool, &object, &f->writer,
	    &f->err);
	char bytes[701];

	memset(bytes, 'x', sizeof(bytes));
	while (result == 0 && size_bytes > 0) {
		size_t len = size_bytes < sizeof(bytes) ? size_bytes :
							  sizeof(bytes);

		result = store_writer_write(f->writer, slice_make(bytes, len),
		    &f->err);
		size_bytes -= len;
	}
	if (result == 0)
		result = store_writer_commit(f->writer, stored_r, &f->err);
	pool_free(&pool);
	return result;
}

static void
test_one_put(void **state)
{
	static const struct scripted_step steps[] = { { .match = "PUT",
	    .reply = ETAG("abc") } };
	static const struct {
		size_t size_bytes;
		const char *sha256;
	} rows[] = {
		{ 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b"
		     "7852b855" },
		{ PART_BYTES, "44f8354494a5ba03ba1792a8d3e9c534c47a9181980fde7"
			      "a3f44b06ef2ae7c7f" },
	};
	struct fixture *f = *state;
	struct store_stored stored;

	BEGIN(f, steps);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		f->events[0] = '\0';
		assert_int_equal(write_object(f, rows[i].size_bytes, true,
		    &stored), 0);
		assert_int_equal(stored.size_bytes, rows[i].size_bytes);
		assert_string_equal(stored.sha256, rows[i].sha256);
		assert_string_equal(stored.etag, "abc");
		assert_string_equal(f->events, "send ");
		assert_int_equal(scripted_count(f->server, "PUT"), i + 1);
		assert_non_null(strstr(scripted_head(f->server, "PUT"),
		    pool_format(f->pool, "\r\nx-amz-content-sha256: %s\r\n",
			stored.sha256)));
	}
	assert_non_null(strstr(scripted_head(f->server, "PUT"),
	    "PUT /uploads/products/1.png HTTP/1.1\r\n"));
	assert_int_equal(scripted_count(f->server, "if-none-match: *"), 2);
	assert_int_equal(scripted_count(f->server, "x-amz-checksum-sha256: "),
	    2);
}

static const struct scripted_step parts_steps[] = {
	{ .match = "?uploads=", .way = SCRIPTED_CUT,
	    .reply = XML("200 OK", "<InitiateMultipartUploadResult><UploadId>"
				   "2~Id+/</UploadId>"
				   "</InitiateMultipartUploadResult>") },
	{ "partNumber=2&", SCRIPTED_REPLY, EMPTY("503 Slow Down"), 1 },
	{ "partNumber=3&", SCRIPTED_RESET, NULL, 1 },
	{ .match = "partNumber=1&", .reply = ETAG(MD5_A) },
	{ .match = "partNumber=", .reply = ETAG(MD5_B) },
	{ .match = "POST", .way = SCRIPTED_CUT,
	    .reply = XML("200 OK", "<CompleteMultipartUploadResult><ETag>"
				   "&quot;whole-4&quot;</ETag>"
				   "</CompleteMultipartUploadResult>") },
};

/* Parts of one size, failures of parts mended, and the list in order. */
static void
test_parts(void **state)
{
	struct fixture *f = *state;
	struct store_stored stored;
	const char *list;

	BEGIN(f, parts_steps);
	assert_int_equal(write_object(f, 3 * PART_BYTES + 1, false, &stored),
	    0);
	assert_int_equal(f->err.kind, ERR_NONE);
	assert_string_equal(stored.etag, "whole-4");
	assert_int_equal(stored.size_bytes, 3 * PART_BYTES + 1);
	assert_string_equal(f->events,
	    "send begun:2~Id+/ ended:2~Id+/ ");
	assert_int_equal(scripted_count(f->server, "partNumber=1&"), 1);
	assert_int_equal(scripted_count(f->server, "partNumber=2&"), 2);
	assert_int_equal(scripted_count(f->server, "partNumber=3&"), 2);
	assert_int_equal(scripted_count(f->server, "partNumber=4&"), 1);
	assert_int_equal(scripted_count(f->server, "partNumber"), 6);
	assert_int_equal(scripted_count(f->server,
	    "uploadId=2~Id%2B%2F HTTP"), 7);
	assert_int_equal(scripted_count(f->server,
	    "\r\nContent-Length: 1000\r\n"), 5);
	assert_int_equal(scripted_count(f->server,
	    "\r\nContent-Length: 1\r\n"), 1);
	list = scripted_body(f->server, "POST /uploads/products/1.png?uploadId");
	assert_non_null(strstr(list,
	    "<Part><PartNumber>1</PartNumber><ETag>&quot;" MD5_A
	    "&quot;</ETag></Part><Part><PartNumber>2</PartNumber>"));
	assert_non_null(strstr(list, "<PartNumber>4</PartNumber>"));
}

/* An exact multiple is no empty part, and one part is no parts. */
static void
test_exact_multiple(void **state)
{
	struct fixture *f = *state;
	struct store_stored stored;

	BEGIN(f, parts_steps);
	assert_int_equal(write_object(f, 2 * PART_BYTES, false, &stored), 0);
	assert_int_equal(scripted_count(f->server, "partNumber=1&"), 1);
	assert_int_equal(scripted_count(f->server, "partNumber=2&"), 2);
	assert_int_equal(scripted_count(f->server, "partNumber=3&"), 0);
}

#define BEGUN parts_steps[0]
#define PART_A { .match = "partNumber=1&", .reply = ETAG(MD5_A) }
#define PART_B { .match = "partNumber=2&", .reply = ETAG(MD5_B) }
#define ABORTED \
	{ .match = "DELETE /uploads/products/1.png?uploadId", \
	    .reply = EMPTY("204 No Content") }
#define HEAD_OF(etag, size)                                           \
	{ .match = "HEAD",                                            \
	    .reply = "HTTP/1.1 200 OK\r\nETag: \"" etag               \
		     "\"\r\nContent-Length: " size "\r\n\r\n" }
#define ERROR_IN_200(code)                                            \
	XML("200 OK", "<?xml version=\"1.0\"?><Error><Code>" code     \
		      "</Code></Error>")
#define DONE                                                          \
	{ .match = "POST", .way = SCRIPTED_CUT,                       \
	    .reply = XML("200 OK", "<CompleteMultipartUploadResult>"  \
				   "<ETag>e-2</ETag>"                 \
				   "</CompleteMultipartUploadResult>") }

/* What may come of Complete, and that a failure leaves nothing behind. */
static void
test_complete(void **state)
{
	const struct {
		struct scripted_step steps[8];
		int result;
		enum err_kind kind;
		size_t posts, aborts; /* posts without the first */
	} rows[] = {
		{ { BEGUN, PART_A, PART_B, DONE }, 0, ERR_NONE, 1, 0 },
		/* D13 */
		{ { BEGUN, PART_A, PART_B, ABORTED,
		      { "HEAD", SCRIPTED_REPLY, EMPTY("404 No"), 0 },
		      { "POST", SCRIPTED_CUT, ERROR_IN_200("InternalError"),
			  1 }, DONE }, 0, ERR_NONE, 2, 0 },
		{ { BEGUN, PART_A, PART_B, ABORTED,
		      { "POST", SCRIPTED_CUT, ERROR_IN_200("AccessDenied"),
			  0 } }, -1, ERR_UPSTREAM, 1, 1 },
		/* D16: the answer is lost, the object there */
		{ { BEGUN, PART_A, PART_B, ABORTED,
		      HEAD_OF(MD5_OF_MD5S "-2", "2000"),
		      { "POST", SCRIPTED_RESET, NULL, 0 } }, 0, ERR_NONE, 1,
		    0 },
		{ { BEGUN, PART_A, PART_B, ABORTED,
		      HEAD_OF(MD5_OF_MD5S "-2", "2000"),
		      { "POST", SCRIPTED_CUT, "HTTP/1.1 200 OK\r\n"
			  "Content-Length: 90\r\n\r\n<Comp", 0 } }, 0,
		    ERR_NONE, 1, 0 },
		/* an object, but not this one: of other bytes or length */
		{ { BEGUN, PART_A, PART_B, ABORTED, HEAD_OF(MD5_A "-2",
			"2000"), { "POST", SCRIPTED_RESET, NULL, 1 }, DONE },
		    0, ERR_NONE, 2, 0 },
		{ { BEGUN, PART_A, PART_B, ABORTED,
		      HEAD_OF(MD5_OF_MD5S "-2", "1999"),
		      { "POST", SCRIPTED_RESET, NULL, 1 }, DONE }, 0,
		    ERR_NONE, 2, 0 },
		/* gone, and no object */
		{ { BEGUN, PART_A, PART_B, ABORTED,
		      { "HEAD", SCRIPTED_REPLY, EMPTY("404 No"), 0 },
		      { "POST", SCRIPTED_REPLY, EMPTY("404 No"), 0 } }, -1,
		    ERR_UPSTREAM, 1, 1 },
		/* a part that cannot be had */
		{ { BEGUN, PART_A, ABORTED,
		      { "partNumber=2&", SCRIPTED_REPLY, EMPTY("403 No"),
			  0 } }, -1, ERR_UPSTREAM, 0, 1 },
		{ { BEGUN, PART_A, ABORTED,
		      { "partNumber=2&", SCRIPTED_REPLY, EMPTY("200 OK"),
			  0 } }, -1, ERR_UPSTREAM, 0, 1 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct store_stored stored;
		size_t count = 0;

		while (rows[i].steps[count].match != NULL)
			count++;
		f->events[0] = '\0';
		err_clear(&f->err);
		begin(f, rows[i].steps, count);
		assert_int_equal(write_object(f, 2 * PART_BYTES, false,
		    &stored), rows[i].result);
		assert_int_equal(f->err.kind, rows[i].kind);
		assert_int_equal(scripted_count(f->server, "POST"),
		    rows[i].posts + 1);
		assert_int_equal(scripted_count(f->server, "DELETE"),
		    rows[i].aborts);
		assert_string_equal(f->events,
		    "send begun:2~Id+/ ended:2~Id+/ ");
		scripted_stop(f->server);
		f->server = NULL;
	}
}

/* Without the event the id would be forgotten and the parts stay for ever. */
static void
test_abort_fails(void **state)
{
	const struct scripted_step steps[] = { BEGUN, PART_A,
		{ .match = "DELETE", .reply = EMPTY("403 No") },
		{ .match = "partNumber=2&", .reply = EMPTY("403 No") } };
	struct fixture *f = *state;
	struct store_stored stored;

	BEGIN(f, steps);
	assert_int_equal(write_object(f, 2 * PART_BYTES, false, &stored), -1);
	assert_string_equal(f->events, "send begun:2~Id+/ ");
}

/* Nobody commits: parts that are under way are broken off, then aborted. */
static void
test_pool_cleared(void **state)
{
	const struct scripted_step steps[] = { BEGUN, ABORTED,
		{ .match = "partNumber=", .way = SCRIPTED_SILENT } };
	const struct store_object object = { .key = "products/1.png" };
	struct fixture *f = *state;
	struct pool *pool = pool_new();
	struct store_writer *writer;
	char bytes[2 * PART_BYTES];

	BEGIN(f, steps);
	memset(bytes, 'x', sizeof(bytes));
	assert_int_equal(store_writer_open(f->store, pool, &object, &writer,
	    &f->err), 0);
	assert_int_equal(store_writer_write(writer,
	    slice_make(bytes, sizeof(bytes)), &f->err), 0);
	pool_free(&pool);
	assert_int_equal(scripted_count(f->server, "DELETE"), 1);
	assert_int_equal(scripted_count(f->server, "POST"), 1);
}

/* The last word on key and type, and on whether anything is sent. */
static void
test_before_send(void **state)
{
	struct fixture *f = *state;
	struct store_stored stored;
	const char *head;

	BEGIN(f, parts_steps);
	f->key_at_last = "";
	assert_int_equal(write_object(f, 1, false, &stored), -1);
	assert_int_equal(write_object(f, 2 * PART_BYTES, false, &stored), -1);
	assert_int_equal(f->err.kind, ERR_UNAVAILABLE);
	assert_int_equal(scripted_count(f->server, ""), 0);
	f->key_at_last = "products/2.png";
	assert_int_equal(write_object(f, 2 * PART_BYTES, false, &stored), 0);
	head = scripted_head(f->server, "uploads=");
	assert_non_null(strstr(head, "POST /uploads/products/2.png?"));
	assert_non_null(strstr(head, "content-type: image/webp\r\n"));
	assert_int_equal(scripted_count(f->server, "/1.png"), 0);
}

/* A server without If-None-Match is asked first. */
static void
test_new_only(void **state)
{
	static const struct scripted_step steps[] = {
		HEAD_OF("x", "1"),
		{ .match = "" },
	};
	struct fixture *f = *state;
	struct store_stored stored;

	f->config.conditional_write = "false";
	BEGIN(f, steps);
	assert_int_equal(write_object(f, 1, true, &stored), -1);
	assert_int_equal(f->err.kind, ERR_CONFLICT);
	assert_int_equal(scripted_count(f->server, "PUT"), 0);
	err_clear(&f->err);
	assert_int_equal(write_object(f, 1, false, &stored), 0);
	assert_int_equal(scripted_count(f->server, "if-none-match"), 0);
}

static void
test_md5(void **state)
{
	static const struct scripted_step steps[] = { { .match = "" } };
	struct fixture *f = *state;
	struct store_stored stored;

	f->config.checksum = "md5";
	BEGIN(f, steps);
	assert_int_equal(write_object(f, 1, false, &stored), 0);
	/* of "x" */
	assert_int_equal(scripted_count(f->server,
	    "\r\ncontent-md5: ndTkYSaMgDT1yFZOFVxnpg==\r\n"), 1);
	assert_int_equal(scripted_count(f->server, "x-amz-checksum"), 0);
}

static void
test_prepare(void **state)
{
	static const struct scripted_step steps[] = {
		{ "HEAD /uploads ", SCRIPTED_REPLY, EMPTY("404 No"), 1 },
		{ .match = "HEAD /uploads " },
		{ .match = "PUT /uploads?policy= " },
		{ .match = "PUT /uploads " },
	};
	struct fixture *f = *state;
	bool created;

	f->config.apply_policy = true;
	BEGIN(f, steps);
	assert_int_equal(store_prepare(f->store, &created, &f->err), 0);
	assert_true(created);
	assert_string_equal(scripted_body(f->server, "?policy="),
	    store_policy_json(f->store, f->pool));
	assert_int_equal(store_prepare(f->store, &created, &f->err), 0);
	assert_false(created);
	assert_int_equal(scripted_count(f->server, "PUT"), 2);
	/* None is kept over a fork. */
	assert_int_equal(scripted_connections(f->server), 2);
}

static void
test_config(void **state)
{
	static const struct {
		const char *endpoint, *bucket, *addressing, *public_url;
		const char *url; /* of "a"; NULL: refused */
		bool is_bucket;
	} rows[] = {
		{ "", "uploads", "auto", "",
		    "https://uploads.s3.us-east-1.amazonaws.com/a" },
		{ "http://127.0.0.1:9000", "uploads", "auto", "",
		    "http://127.0.0.1:9000/uploads/a" },
		{ "http://127.0.0.1:9000", "uploads", "auto",
		    "https://cdn.example", "https://cdn.example/uploads/a" },
		{ "http://127.0.0.1:9000", "uploads", "auto",
		    "https://cdn.example", "https://cdn.example/a", true },
		{ "http://s3.example", "uploads", "virtual",
		    "https://cdn.example", "https://cdn.example/a" },
		{ "https://x.r2.cloudflarestorage.com", "uploads", "auto",
		    "https://files.example", "https://files.example/a" },
		{ "http://127.0.0.1:9000", "Uploads", "auto", "", NULL },
		{ "http://127.0.0.1:9000", "uploads", "virtual", "", NULL },
		{ "127.0.0.1:9000", "uploads", "auto", "", NULL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		int result;

		f->config.endpoint = rows[i].endpoint;
		f->config.bucket = rows[i].bucket;
		f->config.addressing = rows[i].addressing;
		f->config.public_url = rows[i].public_url;
		f->config.is_public_url_bucket = rows[i].is_bucket;
		result = store_open_s3(f->pool, &f->config, &f->store,
		    &f->err);
		assert_int_equal(result, rows[i].url == NULL ? -1 : 0);
		if (result == 0)
			assert_string_equal(store_public_url(f->store,
			    f->pool, "a"), rows[i].url);
	}
	f->config.endpoint = "http://h";
	f->config.checksum = "crc";
	assert_int_equal(store_open_s3(f->pool, &f->config, &f->store,
	    &f->err), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_put),
		TEST(test_parts),
		TEST(test_exact_multiple),
		TEST(test_complete),
		TEST(test_abort_fails),
		TEST(test_pool_cleared),
		TEST(test_before_send),
		TEST(test_new_only),
		TEST(test_md5),
		TEST(test_prepare),
		TEST(test_config),
	};

	return cmocka_run_group_tests_name("store/store_s3", tests, NULL,
	    NULL);
}
