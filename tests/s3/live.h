/*
 * What the tests on a real server share.  ALMACEN_TEST_S3 is
 * "http://127.0.0.1:PORT AK SK", and what it lacks (tests/s3/lacks.h); for
 * virtual-host style it is the same server as http://localhost:PORT.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_LIVE_H
#define S3_LIVE_H

#include "lib/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "codec/digest.h"
#include "codec/hex.h"
#include "s3/bucket.h"
#include "s3/lacks.h"
#include "s3/list.h"
#include "s3/multipart.h"

enum { PART_BYTES = 5 * 1024 * 1024, LAST_BYTES = 70001 };

struct fixture {
	struct pool *pool;
	struct clock clock;
	struct log log;
	struct spool_budget budget;
	const char *access_key, *secret_key; /* NULL: the right ones */
	struct s3_client *client;
	struct err err;
};

#define S50 "0123456789abcdefghijklmnopqrstuvwxyz+/ %_&<>\"'?#=;"
#define S250 S50 S50 S50 S50 S50

/* Every byte that some layer may stumble on. */
static const char *const keys[] = { "plain.txt", "a b", "a+b", "a%b", "%41",
	"%2F", "%00", "a//b", "/lead", "//", "trail/", "./x", "up/../x",
	"dot/./x", "..", "../x", ".", "ñandú/日本.jpg", "emoji 🎉",
	"cafe\xcc\x81", "?q=1&r", "#fragment", "semi;colon:@=,$&!",
	"'()*~-._", "\"<>\\^`{|}", "&amp;&#1;]]>", "tab\there", "new\nline",
	"cr\rlf\r\n", "\x01\x02\x1b\x1f", "del\x7f", " lead", "trail ",
	"nel\xc2\x85", "bom\xef\xbb\xbf", "ffff\xef\xbf\xbf",
	/* 1,024 bytes. */
	S250 S250 S250 S250 "0123456789abcdef\xf0\x9f\x8e\x89\xc3\xb1--" };

static inline void
open_client(struct fixture *f, const char *bucket, const char *addressing)
{
	struct slice rest = slice_str(getenv("ALMACEN_TEST_S3"));
	struct slice endpoint, access_key, secret_key;
	struct s3_config config = {
		.place = { .region = "us-east-1",
		    .bucket = bucket,
		    .addressing = addressing },
		.connect_secs = 5,
		.stall_secs = 20,
		.clock = &f->clock,
		.log = &f->log,
	};

	assert_true(slice_next(&rest, ' ', &endpoint));
	assert_true(slice_next(&rest, ' ', &access_key));
	assert_true(slice_next(&rest, ' ', &secret_key));
	config.place.endpoint = slice_dup(f->pool, endpoint);
	if (strcmp(addressing, "virtual") == 0)
		config.place.endpoint = pool_format(f->pool,
		    "http://localhost%s", strrchr(config.place.endpoint, ':'));
	config.credentials.access_key = f->access_key != NULL ?
	    f->access_key : slice_dup(f->pool, access_key);
	config.credentials.secret_key = f->secret_key != NULL ?
	    f->secret_key : slice_dup(f->pool, secret_key);
	config.credentials.session_token = "";
	assert_int_equal(s3_client_new(f->pool, &config, &f->client, &f->err),
	    0);
}

static inline int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->pool = pool_new();
	f->budget.temp_dir = "/tmp";
	f->budget.max_bytes = INT64_C(64) * 1024 * 1024;
	log_init(&f->log, open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_ERROR);
	*state = f;
	return 0;
}

static inline int
teardown(void **state)
{
	struct fixture *f = *state;

	pool_free(&f->pool);
	free(f);
	return 0;
}

static inline int
put(struct fixture *f, const char *key, const char *text, bool is_new_only)
{
	const struct s3_put request = { .key = key,
		.content_type = "text/plain; charset=utf-8",
		.content_disposition = "attachment; filename=\"ñ  b.txt\"",
		.is_new_only = is_new_only,
		.body = s3_body_text(f->pool, slice_str(text)) };
	const char *etag;

	return s3_put(f->client, f->pool, &request, &etag, &f->err);
}

static inline int
collect(void *arg, struct slice bytes, struct err *err)
{
	(void)err;
	return buf_slice(arg, bytes);
}

static inline struct slice
get(struct fixture *f, const char *key, int64_t offset, int64_t length)
{
	struct buf *buf = POOL_NEW(f->pool, struct buf);
	const struct s3_get request = { .key = key,
		.offset = offset,
		.length = length,
		.sink = collect,
		.arg = buf };

	buf_init(buf, f->pool, 16 * 1024 * 1024);
	if (s3_get(f->client, &request, &f->err) == -1)
		fail_msg("get %s: %s", key, f->err.text);
	return buf_view(buf);
}

/* The part's n-th byte is a function of its place, so no two are alike. */
static inline void
fill(struct fixture *f, struct s3_part *part, struct spool *spool,
    int64_t from, size_t len)
{
	struct digest *digest = digest_new(f->pool, DIGEST_SHA256);
	unsigned char *bytes = pool_alloc(f->pool, len);
	uint8_t hash[SHA256_BYTES];

	for (size_t i = 0; i < len; i++)
		bytes[i] = (unsigned char)((from + (int64_t)i) * 7919 >> 8);
	spool_init(spool, f->pool, &f->budget);
	assert_int_equal(spool_write(spool, bytes, len, &f->err), 0);
	digest_update(digest, slice_make(bytes, len));
	digest_finish(digest, hash);
	part->pool = pool_new();
	part->body = (struct s3_body){
		.spool = spool,
		.sha256 = hex_encode(f->pool, slice_make(hash, sizeof(hash)))
	};
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
