/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "lib/scripted.h"
#include "lib/tmpdir.h"
#include "s3test.h"
#include "store/transfer.h"

#define EMPTY(line) "HTTP/1.1 " line "\r\nContent-Length: 0\r\n\r\n"
#define XML(line, body) \
	"HTTP/1.1 " line "\r\nConnection: close\r\n\r\n" body
#define ETAG(text) \
	"HTTP/1.1 200 OK\r\nETag: \"" text "\"\r\nContent-Length: 0\r\n\r\n"

/* Of 1000 times "a", of 1000 times "b", of 500 times "c". */
#define MD5_A "cabe45dcc9ae5b66ba86600cca6b8ba8"
#define MD5_B "c73c16de8912c313c06ac38b9961e806"
#define MD5_C "84baf13137eb70974cdf4aacdf147ab7"

#define CREATED \
	XML("200 OK", "<InitiateMultipartUploadResult><UploadId>U1" \
		      "</UploadId></InitiateMultipartUploadResult>")
#define COMPLETED \
	XML("200 OK", "<CompleteMultipartUploadResult><ETag>&quot;x-3&quot;" \
		      "</ETag></CompleteMultipartUploadResult>")

enum { PART_BYTES = 1000, FILE_BYTES = 2500 };

struct fixture {
	struct pool *pool;
	struct s3test_world world;
	struct scripted *server;
	struct store *store;
	struct store_transfer transfer;
	struct store_stored stored;
	struct err err;
	_Atomic int64_t told_bytes;
	int64_t stop_at_bytes;
	bool must_touch; /* the file, while it goes */
	char events[64];
};

static int
on_progress(void *arg, int64_t bytes, struct err *err)
{
	struct fixture *f = arg;

	f->told_bytes += bytes;
	if (f->must_touch)
		assert_int_equal(futimens(f->transfer.source.fd,
		    (const struct timespec[]){ { .tv_sec = 1 },
			{ .tv_sec = 1 } }), 0);
	if (f->stop_at_bytes == 0 || f->told_bytes < f->stop_at_bytes)
		return 0;
	return err_set(err, ERR_GONE_AWAY, "stopped");
}

static int
on_begun(void *arg, const char *upload_id, struct err *err)
{
	struct fixture *f = arg;

	(void)err;
	(void)snprintf(f->events + strlen(f->events),
	    sizeof(f->events) - strlen(f->events), "begun %s;", upload_id);
	return 0;
}

static void
on_ended(void *arg, const char *upload_id)
{
	struct fixture *f = arg;

	(void)snprintf(f->events + strlen(f->events),
	    sizeof(f->events) - strlen(f->events), "ended %s;", upload_id);
}

static int
make_file(struct pool *pool)
{
	const char *path = tmpdir_file(pool, tmpdir_new(pool), "file", "");
	char bytes[FILE_BYTES];
	struct err err = ERR_INIT;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	assert_int_not_equal(fd, -1);
	file_close_with(pool, fd);
	memset(bytes, 'a', PART_BYTES);
	memset(bytes + PART_BYTES, 'b', PART_BYTES);
	memset(bytes + 2 * PART_BYTES, 'c', FILE_BYTES - 2 * PART_BYTES);
	assert_int_equal(file_write_all(fd, bytes, sizeof(bytes), &err), 0);
	return fd;
}

/* The file as it is now, with so many bytes. */
static void
take_source(struct fixture *f, int64_t size_bytes)
{
	struct store_source *source = &f->transfer.source;
	struct stat st;

	assert_int_equal(ftruncate(source->fd, size_bytes), 0);
	assert_int_equal(fstat(source->fd, &st), 0);
	source->size_bytes = size_bytes;
	source->modified_ns = file_modified_ns(&st);
}

static struct fixture *
fixture_new(struct pool *pool)
{
	struct fixture *f = POOL_NEW(pool, struct fixture);

	f->pool = pool;
	log_init(&f->world.log, 2, LOG_ERROR);
	f->world.budget.temp_dir = "/tmp";
	f->world.budget.max_bytes = MIB;
	f->transfer = (struct store_transfer){
		.object = { .key = "k",
		    .content_type = "text/plain",
		    .events = { .arg = f,
			.multipart_begun = on_begun,
			.multipart_ended = on_ended } },
		.source = { .fd = make_file(pool) },
		.part_bytes = PART_BYTES,
		.progress = on_progress,
		.progress_arg = f
	};
	take_source(f, FILE_BYTES);
	return f;
}

static void
stop_hook(void *server)
{
	scripted_stop(server);
}

static void
open_s3(struct fixture *f, const struct scripted_step *steps, size_t count)
{
	struct store_s3_config config = s3test_config(&f->world);

	config.conditional_write = "true";
	config.checksum = "md5";
	config.part_bytes = PART_BYTES;
	f->server = scripted_start(steps, count);
	pool_on_clear(f->pool, stop_hook, f->server);
	config.endpoint = scripted_url(f->server);
	assert_int_equal(store_open_s3(f->pool, &config, &f->store, &f->err),
	    0);
}

static int
put(struct fixture *f)
{
	return store_put_file(f->store, f->pool, &f->transfer, &f->stored,
	    &f->err);
}

/* ---- tests ---- */

static void
test_parts(void **state)
{
	static const struct scripted_step steps[] = {
		{ "POST /uploads/k?uploads", SCRIPTED_CUT, CREATED, 0 },
		{ "partNumber=1&", SCRIPTED_REPLY, ETAG(MD5_A), 0 },
		{ "partNumber=2&", SCRIPTED_REPLY, ETAG(MD5_B), 0 },
		{ "partNumber=3&", SCRIPTED_REPLY, ETAG(MD5_C), 0 },
		{ "POST /uploads/k?uploadId=U1", SCRIPTED_CUT, COMPLETED,
		    0 },
	};
	struct fixture *f = fixture_new(*state);
	const char *body;

	open_s3(f, steps, ARRAY_COUNT(steps));
	assert_int_equal(put(f), 0);
	assert_int_equal(f->told_bytes, FILE_BYTES);
	assert_int_equal(f->stored.size_bytes, FILE_BYTES);
	assert_string_equal(f->stored.sha256, "");
	assert_string_equal(f->events, "begun U1;ended U1;");
	assert_int_equal(scripted_body(f->server, "partNumber=2&")[0], 'b');
	assert_int_equal(strlen(scripted_body(f->server, "partNumber=3&")),
	    FILE_BYTES - 2 * PART_BYTES);
	assert_non_null(strstr(scripted_head(f->server, "partNumber=1&"),
	    "ontent-"));
	/* The manifest has them in order, whichever ended first. */
	body = scripted_body(f->server, "POST /uploads/k?uploadId=U1");
	assert_non_null(strstr(body, MD5_A));
	assert_true(strstr(body, MD5_A) < strstr(body, MD5_B));
	assert_true(strstr(body, MD5_B) < strstr(body, MD5_C));
}

/* A part that fails for now is sent again, and counted once. */
static void
test_retry(void **state)
{
	static const struct scripted_step steps[] = {
		{ "POST /uploads/k?uploads", SCRIPTED_CUT, CREATED, 0 },
		{ "partNumber=2&", SCRIPTED_REPLY,
		    EMPTY("503 Service Unavailable"), 1 },
		{ "partNumber=", SCRIPTED_REPLY, ETAG(MD5_A), 0 },
		{ "POST /uploads/k?uploadId=U1", SCRIPTED_CUT, COMPLETED,
		    0 },
	};
	struct fixture *f = fixture_new(*state);

	open_s3(f, steps, ARRAY_COUNT(steps));
	assert_int_equal(put(f), 0);
	assert_int_equal(scripted_count(f->server, "partNumber=2&"), 2);
	assert_int_equal(f->told_bytes, FILE_BYTES);
}

/* What the server has is not sent: same number, size and MD5. */
static void
test_resume(void **state)
{
#define PART(number, size, md5) \
	"<Part><PartNumber>" number "</PartNumber><Size>" size \
	"</Size><ETag>&quot;" md5 "&quot;</ETag></Part>"
#define LIST(parts) \
	XML("200 OK", "<ListPartsResult><IsTruncated>false</IsTruncated>" \
		      parts "</ListPartsResult>")
	static const struct {
		const char *list;
		size_t creates;
		size_t sent[3];
	} rows[] = {
		{ LIST(PART("1", "1000", MD5_A) PART("2", "1000", MD5_B)),
		    0, { 0, 0, 1 } },
		{ LIST(PART("2", "1000", MD5_B)), 0, { 1, 0, 1 } },
		{ LIST(PART("1", "999", MD5_A)), 0, { 1, 1, 1 } },
		{ LIST(PART("1", "1000", MD5_B)), 0, { 1, 1, 1 } },
		/* no MD5, as with some encryptions */
		{ LIST(PART("1", "1000", "abc")), 0, { 1, 1, 1 } },
		/* one of another part size */
		{ LIST(PART("9", "1000", MD5_A)), 0, { 1, 1, 1 } },
		{ LIST(""), 0, { 1, 1, 1 } },
		{ XML("404 Not Found", "<Error><Code>NoSuchUpload</Code>"
				       "</Error>"), 1, { 1, 1, 1 } },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct scripted_step steps[] = {
			{ "GET /uploads/k?", SCRIPTED_CUT, rows[i].list, 0 },
			{ "POST /uploads/k?uploads", SCRIPTED_CUT, CREATED,
			    0 },
			{ "partNumber=1&", SCRIPTED_REPLY, ETAG(MD5_A), 0 },
			{ "partNumber=2&", SCRIPTED_REPLY, ETAG(MD5_B), 0 },
			{ "partNumber=3&", SCRIPTED_REPLY, ETAG(MD5_C), 0 },
			{ "POST /uploads/k?uploadId=U", SCRIPTED_CUT,
			    COMPLETED, 0 },
		};
		struct pool *pool = pool_new();
		struct fixture *f = fixture_new(pool);

		open_s3(f, steps, ARRAY_COUNT(steps));
		f->transfer.upload_id = "U0";
		if (put(f) != 0)
			fail_msg("row %zu: %s", i, f->err.text);
		assert_int_equal(f->told_bytes, FILE_BYTES);
		assert_int_equal(scripted_count(f->server,
		    "POST /uploads/k?uploads"), rows[i].creates);
		for (int n = 0; n < 3; n++)
			assert_int_equal(scripted_count(f->server,
			    pool_format(pool, "partNumber=%d&", n + 1)),
			    rows[i].sent[n]);
		assert_string_equal(f->events, rows[i].creates == 0 ?
		    "ended U0;" : "begun U1;ended U1;");
		pool_free(&pool);
	}
	(void)state;
}

/* A failure aborts the upload, or leaves it to be taken up. */
static void
test_failure(void **state)
{
	static const struct scripted_step steps[] = {
		{ "POST /uploads/k?uploads", SCRIPTED_CUT, CREATED, 0 },
		{ "partNumber=2&", SCRIPTED_REPLY, EMPTY("403 Forbidden"),
		    0 },
		{ "partNumber=", SCRIPTED_REPLY, ETAG(MD5_A), 0 },
		{ "DELETE /uploads/k?uploadId=U1", SCRIPTED_REPLY,
		    EMPTY("204 No Content"), 0 },
	};

	(void)state;
	for (int keep = 0; keep <= 1; keep++) {
		struct pool *pool = pool_new();
		struct fixture *f = fixture_new(pool);

		open_s3(f, steps, ARRAY_COUNT(steps));
		f->transfer.keep_unfinished = keep == 1;
		assert_int_equal(put(f), -1);
		assert_int_equal(f->err.kind, ERR_UPSTREAM);
		assert_non_null(strstr(f->err.text, "part 2"));
		assert_int_equal(scripted_count(f->server, "DELETE "),
		    keep == 1 ? 0 : 1);
		assert_string_equal(f->events, keep == 1 ?
		    "begun U1;" : "begun U1;ended U1;");
		pool_free(&pool);
	}
}

/* Whoever watches may stop it, at any byte; it is not tried again. */
static void
test_stop(void **state)
{
	static const struct scripted_step steps[] = {
		{ "POST /uploads/k?uploads", SCRIPTED_CUT, CREATED, 0 },
		{ "partNumber=", SCRIPTED_REPLY, ETAG(MD5_A), 0 },
	};
	struct fixture *f = fixture_new(*state);

	open_s3(f, steps, ARRAY_COUNT(steps));
	f->transfer.keep_unfinished = true;
	f->stop_at_bytes = 1;
	assert_int_equal(put(f), -1);
	assert_int_equal(f->err.kind, ERR_GONE_AWAY);
	assert_true(f->told_bytes <= 2 * PART_BYTES);
	assert_int_equal(scripted_count(f->server, "POST /uploads/k?uploadId"),
	    0);
}

/* A small file is one PUT, and its hash is known. */
static void
test_whole(void **state)
{
	static const struct scripted_step steps[] = {
		{ "PUT /uploads/k ", SCRIPTED_REPLY, ETAG(MD5_A), 0 },
	};
	struct fixture *f = fixture_new(*state);

	open_s3(f, steps, ARRAY_COUNT(steps));
	take_source(f, PART_BYTES);
	assert_int_equal(put(f), 0);
	assert_int_equal(strlen(f->stored.sha256), STORE_SHA256_CHARS);
	assert_string_equal(f->stored.etag, MD5_A);
	assert_int_equal(f->told_bytes, PART_BYTES);
	assert_string_equal(f->events, "");
}

/* A file that has become shorter is an error, not an object. */
static void
test_shrunk(void **state)
{
	static const struct scripted_step steps[] = {
		{ "POST /uploads/k?uploads", SCRIPTED_CUT, CREATED, 0 },
		{ "partNumber=", SCRIPTED_REPLY, ETAG(MD5_A), 0 },
		{ "DELETE ", SCRIPTED_REPLY, EMPTY("204 No Content"), 0 },
	};
	struct fixture *f = fixture_new(*state);

	open_s3(f, steps, ARRAY_COUNT(steps));
	assert_int_equal(ftruncate(f->transfer.source.fd, PART_BYTES + 1), 0);
	assert_int_equal(put(f), -1);
	assert_int_equal(scripted_count(f->server, "DELETE "), 1);
}

/* What was read of a file while somebody wrote to it is nobody's file. */
static void
test_changed(void **state)
{
	static const struct scripted_step steps[] = {
		{ "POST /uploads/k?uploads", SCRIPTED_CUT, CREATED, 0 },
		{ "partNumber=", SCRIPTED_REPLY, ETAG(MD5_A), 0 },
		{ "PUT /uploads/k ", SCRIPTED_REPLY, ETAG(MD5_A), 0 },
		{ "DELETE ", SCRIPTED_REPLY, EMPTY("204 No Content"), 0 },
	};
	struct fixture *f = fixture_new(*state);

	open_s3(f, steps, ARRAY_COUNT(steps));
	f->transfer.keep_unfinished = true;
	f->must_touch = true;
	assert_int_equal(put(f), -1);
	assert_int_equal(f->err.kind, ERR_CONFLICT);
	assert_int_equal(scripted_count(f->server, "POST /uploads/k?uploadId"),
	    0);
	/* Nothing of it is worth another attempt. */
	assert_int_equal(scripted_count(f->server, "DELETE "), 1);
	assert_string_equal(f->events, "begun U1;ended U1;");
	/* In one piece, which was hashed before. */
	f->transfer.part_bytes = FILE_BYTES;
	err_clear(&f->err);
	assert_int_equal(put(f), -1);
	assert_int_equal(f->err.kind, ERR_CONFLICT);
	assert_int_equal(scripted_count(f->server, "PUT /uploads/k "), 0);
}

/* Parts grow so that their number does not pass the limit. */
static void
test_part_bytes(void **state)
{
	static const struct scripted_step steps[] = { { .match = "" } };
	struct fixture *f = fixture_new(*state);

	open_s3(f, steps, ARRAY_COUNT(steps));
	assert_int_equal(store_part_bytes(f->store, FILE_BYTES), PART_BYTES);
	assert_int_equal(store_part_bytes(f->store, 10000 * GIB / 1000),
	    2 * MIB);
	assert_int_equal(store_part_bytes(f->store, 5 * 1024 * GIB),
	    525 * MIB);
	f->transfer.source.size_bytes = (int64_t)PART_BYTES * 10000 + 1;
	assert_int_equal(put(f), -1);
	assert_int_equal(f->err.kind, ERR_TOO_LARGE);
}

static void
test_file_store(void **state)
{
	struct fixture *f = fixture_new(*state);
	const struct store_file_config config = {
		.root = tmpdir_new(f->pool),
		.bucket = "uploads",
		.public_url = "",
		.public_prefixes = ""
	};
	struct store_info info;
	bool created;

	assert_int_equal(store_open_file(f->pool, &config, &f->store,
	    &f->err), 0);
	assert_int_equal(store_prepare(f->store, &created, &f->err), 0);
	f->transfer.part_bytes = store_part_bytes(f->store, FILE_BYTES);
	assert_int_equal(put(f), 0);
	assert_int_equal(strlen(f->stored.sha256), STORE_SHA256_CHARS);
	assert_int_equal(f->told_bytes, FILE_BYTES);
	assert_int_equal(store_head(f->store, f->pool, "k", &info, &f->err),
	    1);
	assert_int_equal(info.size_bytes, FILE_BYTES);
	f->must_touch = true;
	assert_int_equal(put(f), -1);
	assert_int_equal(f->err.kind, ERR_CONFLICT);
	take_source(f, FILE_BYTES);
	err_clear(&f->err);
	f->must_touch = false;
	/* Stopped in the middle: the old object stays. */
	f->stop_at_bytes = 1;
	assert_int_equal(put(f), -1);
	assert_int_equal(f->err.kind, ERR_GONE_AWAY);
	assert_int_equal(store_head(f->store, f->pool, "k", &info, &f->err),
	    1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_parts),
		POOL_TEST(test_retry),
		POOL_TEST(test_resume),
		POOL_TEST(test_failure),
		POOL_TEST(test_stop),
		POOL_TEST(test_whole),
		POOL_TEST(test_shrunk),
		POOL_TEST(test_changed),
		POOL_TEST(test_part_bytes),
		POOL_TEST(test_file_store),
	};

	return cmocka_run_group_tests_name("store/transfer", tests, NULL,
	    NULL);
}
