/* SPDX-License-Identifier: MIT */
#include "s3/clienttest.h"

#include <fcntl.h>

#include "s3/object.h"

#define TEXT "0123456789abcdef"
/* Of "23456789". */
#define SHA256 "f14f286ca435d1fa3b9d8041e8f06aa0af7ab28ea8edcd7e11fd485a100b632b"

static int
open_file(struct clienttest *f, size_t times)
{
	FILE *file = tmpfile();

	(void)f;
	for (size_t i = 0; i < times; i++)
		(void)fputs(TEXT, file);
	(void)fflush(file);
	return fileno(file);
}

static void
test_file(void **state)
{
	static const struct scripted_step steps[] = {
		{ "PUT ", SCRIPTED_RESET, NULL, 1 },
		{ "PUT ", SCRIPTED_REPLY, NULL, 0 },
	};
	struct clienttest *f = *state;
	const struct s3_file file = { open_file(f, 1), 2, 8 };
	struct s3_put put = { .key = "k" };
	const char *etag;

	BEGIN(f, steps);
	assert_int_equal(s3_body_file(f->pool, &file, true, &put.body,
	    &f->err), 0);
	assert_int_equal(s3_body_bytes(&put.body), 8);
	assert_string_equal(put.body.sha256, SHA256);
	assert_string_equal(put.body.md5, "RCjGxHRQLmEVGHeCW7QZYQ==");
	/* Read anew for the second attempt. */
	assert_int_equal(s3_put(f->client, f->pool, &put, &etag, &f->err), 0);
	assert_int_equal(scripted_count(f->server, "PUT "), 2);
	assert_string_equal(scripted_body(f->server, "PUT "), "23456789");
	(void)close(file.fd);
}

/* A file that became shorter is no object. */
static void
test_short_file(void **state)
{
	static const struct scripted_step steps[] = { { "PUT ",
	    SCRIPTED_REPLY, NULL, 0 } };
	struct clienttest *f = *state;
	struct s3_file file = { open_file(f, 1), 8, 9 };
	struct s3_put put = { .key = "k" };
	const char *etag;

	BEGIN(f, steps);
	assert_int_equal(s3_body_file(f->pool, &file, false, &put.body,
	    &f->err), -1);
	assert_int_equal(f->err.kind, ERR_INTERNAL);
	file.bytes = 8;
	err_clear(&f->err);
	assert_int_equal(s3_body_file(f->pool, &file, false, &put.body,
	    &f->err), 0);
	assert_null(put.body.md5);
	assert_int_equal(ftruncate(file.fd, 12), 0);
	assert_int_equal(s3_put(f->client, f->pool, &put, &etag, &f->err), -1);
	assert_string_equal(scripted_body(f->server, "PUT "), "");
	(void)close(file.fd);
}

/* Pieces at any offset, to the end and not beyond. */
static void
test_read(void **state)
{
	struct clienttest *f = *state;
	const struct s3_file file = { open_file(f, 10000), 5, 150000 };
	const struct s3_body text = s3_body_text(f->pool, slice_str(TEXT));
	struct s3_body body;
	char data[64];
	size_t got;

	assert_int_equal(s3_body_file(f->pool, &file, true, &body, &f->err),
	    0);
	assert_int_equal(s3_body_read(&body, 1, data, 4, &got, &f->err), 0);
	assert_slice(slice_make(data, got), "6789");
	assert_int_equal(s3_body_read(&body, 149998, data, 64, &got, &f->err),
	    0);
	assert_slice(slice_make(data, got), "34");
	assert_int_equal(s3_body_read(&body, 150000, data, 64, &got, &f->err),
	    0);
	assert_int_equal(got, 0);
	assert_int_equal(s3_body_read(&text, 14, data, 64, &got, &f->err), 0);
	assert_slice(slice_make(data, got), "ef");
	(void)close(file.fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(test_file),
		CLIENT_TEST(test_short_file),
		CLIENT_TEST(test_read),
	};

	return cmocka_run_group_tests_name("s3/body", tests, NULL, NULL);
}
