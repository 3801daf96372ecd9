/*
 * Against a real server (tests/s3/live.h).  What is put stays there, for
 * somebody else to read: each object holds its own key, behind "live:"; see
 * tests/e2e/test_s3.py.
 *
 * SPDX-License-Identifier: MIT
 */
#include "s3/live.h"

static void
check_keys(struct fixture *f)
{
	for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
		const char *text = pool_format(f->pool, "live:%s", keys[i]);
		struct s3_info info;

		if (put(f, keys[i], text, false) == -1)
			fail_msg("put %s: %s", keys[i], f->err.text);
		assert_slice(get(f, keys[i], 0, -1), text);
		assert_slice(get(f, keys[i], 1, 4), "ive:");
		assert_int_equal(s3_head(f->client, f->pool, keys[i], &info,
		    &f->err), 1);
		assert_int_equal(info.size_bytes, strlen(text));
		assert_string_equal(info.content_type,
		    "text/plain; charset=utf-8");
	}
}

static void
test_path_style(void **state)
{
	struct fixture *f = *state;

	open_client(f, "live-path", "path");
	assert_int_equal(s3_bucket_head(f->client, &f->err), 0);
	assert_int_equal(s3_bucket_create(f->client, &f->err), 0);
	assert_int_equal(s3_bucket_create(f->client, &f->err), 0);
	assert_int_equal(s3_bucket_head(f->client, &f->err), 1);
	check_keys(f);
}

static void
test_virtual_style(void **state)
{
	struct fixture *f = *state;

	open_client(f, "live-virtual", "virtual");
	assert_int_equal(s3_bucket_create(f->client, &f->err), 0);
	check_keys(f);
}

static void
test_conditions_and_ranges(void **state)
{
	struct fixture *f = *state;
	struct s3_info info;
	bool can_say_once = !server_lacks("conditional-put");

	open_client(f, "live-path", "path");
	assert_int_equal(put(f, "once", "live:once", can_say_once), 0);
	assert_int_equal(put(f, "once", "live:again", true), -1);
	if (can_say_once)
		assert_int_equal(f->err.kind, ERR_CONFLICT);
	else
		assert_string_equal(f->err.code, "NotImplemented");
	err_clear(&f->err);
	assert_slice(get(f, "once", 0, -1), "live:once");
	assert_slice(get(f, "once", 5, 2), "on");
	assert_slice(get(f, "once", 7, -1), "ce");
	assert_slice(get(f, "once", 0, 0), "");
	assert_int_equal(put(f, "gone", "live:gone", can_say_once), 0);
	assert_int_equal(s3_delete(f->client, "gone", &f->err), 0);
	assert_int_equal(s3_delete(f->client, "gone", &f->err), 0);
	assert_int_equal(s3_head(f->client, f->pool, "gone", &info, &f->err),
	    0);
}

static void
test_parts(void **state)
{
	const struct s3_put object = { .key = "parts/3",
		.content_type = "application/octet-stream" };
	struct fixture *f = *state;
	struct s3_upload *upload;
	struct s3_part parts[3] = { { .number = 0 } };
	struct spool spools[3];
	struct s3_info info;
	const char *etag;
	struct slice seam;

	open_client(f, "live-path", "path");
	assert_int_equal(s3_upload_create(f->client, f->pool, &object, &upload,
	    &f->err), 0);
	for (int i = 0; i < 3; i++) {
		fill(f, &parts[i], &spools[i], (int64_t)i * PART_BYTES,
		    i == 2 ? LAST_BYTES : PART_BYTES);
		parts[i].number = i + 1;
		assert_int_equal(s3_part_start(upload, &parts[i], &f->err), 0);
	}
	for (int i = 0; i < 3; i++) {
		assert_int_equal(s3_part_wait(upload, &parts[i], &f->err), 0);
		pool_free(&parts[i].pool);
	}
	assert_int_equal(s3_upload_complete(upload, &etag, &f->err), 0);
	/* Our reckoning of the ETag, which settles lost answers, is right. */
	assert_int_equal(s3_head(f->client, f->pool, "parts/3", &info,
	    &f->err), 1);
	assert_string_equal(s3_upload_expected_etag(upload), info.etag);
	assert_string_equal(etag, info.etag);
	assert_int_equal(info.size_bytes, 2 * PART_BYTES + LAST_BYTES);
	seam = get(f, "parts/3", PART_BYTES - 1, 2);
	assert_int_equal((unsigned char)seam.data[0],
	    ((PART_BYTES - 1) * INT64_C(7919) >> 8) & 0xff);
	assert_int_equal((unsigned char)seam.data[1],
	    (PART_BYTES * INT64_C(7919) >> 8) & 0xff);
	/* Twice is once. */
	assert_int_equal(s3_upload_abort(f->client, "parts/3",
	    s3_upload_id(upload), &f->err), 0);
}

static void
test_wrong_keys(void **state)
{
	struct fixture *f = *state;

	f->secret_key = "wrong";
	open_client(f, "live-path", "path");
	assert_int_equal(put(f, "x", "live:x", false), -1);
	assert_int_equal(f->err.kind, ERR_UPSTREAM);
	assert_string_equal(f->err.code, "SignatureDoesNotMatch");
	f->access_key = "UNKNOWN";
	open_client(f, "live-path", "path");
	assert_int_equal(put(f, "x", "live:x", false), -1);
	assert_string_equal(f->err.code, server_lacks("unknown-keys") ?
	    "SignatureDoesNotMatch" : "InvalidAccessKeyId");
	f->access_key = f->secret_key = NULL;
	open_client(f, "live-missing", "path");
	assert_int_equal(put(f, "x", "live:x", false), -1);
	assert_string_equal(f->err.code, "NoSuchBucket");
	assert_int_equal(f->err.kind, ERR_UPSTREAM);
}

/* D5: the server's time is taken, from whatever call meets it first. */
static void
test_wrong_clock(void **state)
{
	static const int64_t offsets_secs[] = { -20 * 60, 8 * 3600 };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(offsets_secs); i++) {
		struct s3_info info;
		int64_t now_secs;

		f->clock.fixed_ms = 0;
		now_secs = clock_now_secs(&f->clock);
		f->clock.fixed_ms = 1000 * (now_secs + offsets_secs[i]);
		open_client(f, "live-path", "path");
		assert_int_equal(put(f, "clock", "live:clock", false), 0);
		assert_in_range(s3_client_now_secs(f->client), now_secs - 2,
		    now_secs + 30);
		open_client(f, "live-path", "path");
		assert_int_equal(s3_head(f->client, f->pool, "clock", &info,
		    &f->err), 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_path_style),
		TEST(test_virtual_style),
		TEST(test_conditions_and_ranges),
		TEST(test_parts),
		TEST(test_wrong_keys),
		TEST(test_wrong_clock),
	};

	if (getenv("ALMACEN_TEST_S3") == NULL) {
		(void)puts("1..0 # SKIP no S3 server, see ALMACEN_TEST_S3");
		return 0;
	}
	return cmocka_run_group_tests_name("s3/live", tests, NULL, NULL);
}
