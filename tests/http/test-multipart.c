/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <time.h>

#include "base/attr.h"
#include "base/rand.h"
#include "http/multipart_record.h"

/* Parse a whole body in pieces of step bytes (0: at once). */
static int
record_parse(struct pool *pool, const char *boundary, struct slice body,
    size_t step, struct record *record, struct err *err)
{
	struct multipart *multipart;

	*record = (struct record){ .ends = 0 };
	buf_init(&record->text, pool, RECORD_BYTES_MAX);
	multipart = multipart_new(pool, boundary, &multipart_default_limits,
	    &record_ops, record);
	while (body.len > 0) {
		size_t len = step == 0 || step > body.len ? body.len : step;

		if (multipart_feed(multipart, slice_make(body.data, len),
		    err) == -1)
			return -1;
		body = slice_from(body, len);
	}
	return multipart_finish(multipart, err);
}

#define D "--b\r\n"
#define CD(params) "Content-Disposition: form-data; " params "\r\n"
#define END "\r\n--b--\r\n"
#define PART(params, data) D CD(params) "\r\n" data

struct good {
	const char *body, *want;
};

static const struct good good[] = {
	{ "--b--\r\n", "" },
	{ "--b--", "" },
	{ PART("name=\"a\"", "1") END, "[a|-|-]1;" },
	{ PART("name=\"a\"", "") END, "[a|-|-];" },
	/* header block and delimiter share a line break */
	{ D CD("name=\"a\"") "\r\n--b--", "[a|-|-];" },
	{ PART("name=\"a\"", "1") "\r\n" PART("name=\"b\"", "2") END,
	    "[a|-|-]1;[b|-|-]2;" },
	{ D CD("name=\"f\"; filename=\"x.jpg\"") "Content-Type: image/jpeg\r\n"
	    "\r\n\xff\xd8" END, "[f|x.jpg|image/jpeg]\xff\xd8;" },
	{ PART("filename=\"x\"; name=\"f\"", "1") END, "[f|x|-]1;" },
	{ PART("name=f; filename=x.jpg", "1") END, "[f|x.jpg|-]1;" },
	{ PART("NAME=\"a\" ; ;; FileName=\"B\";", "1") END, "[a|B|-]1;" },
	{ D "content-DISPOSITION:\tForm-Data;name=\"a\" \r\n\r\n1" END,
	    "[a|-|-]1;" },
	{ PART("name=\"\"", "1") END, "[|-|-]1;" },
	{ PART("name=\"a\"; filename=\"\"", "") END, "[a||-];" },
	{ PART("name=\"a\"; size=3; x=\"y\"", "1") END, "[a|-|-]1;" },
	/* names as browsers send them */
	{ PART("name=\"a%22b\"; filename=\"%22%0d%0A%25%2\"", "") END,
	    "[a\"b|\"\r\n%25%2|-];" },
	{ PART("name=a%22; filename=\"C:\\dir\\x.jpg\"", "") END,
	    "[a%22|C:\\dir\\x.jpg|-];" },
	{ PART("name=\"a;b=c\"; filename=\"caf\xc3\xa9;.jpg\"", "") END,
	    "[a;b=c|caf\xc3\xa9;.jpg|-];" },
	{ PART("name=\"a\"; filename=\"\xe9.jpg\"", "") END,
	    "[a|\xe9.jpg|-];" },
	{ PART("name=\"a\"; filename=\"x\"; filename*=UTF-8''y", "") END,
	    "[a|x|-];" },
	/* preamble and epilogue */
	{ "\r\n\r\n" PART("name=\"a\"", "1") END, "[a|-|-]1;" },
	{ "Hello\r\n" PART("name=\"a\"", "1") END, "[a|-|-]1;" },
	{ PART("name=\"a\"", "1") "\r\n--b--\t \r\nbye\r\nbye", "[a|-|-]1;" },
	{ PART("name=\"a\"", "1") "\r\n--b-- \r", "[a|-|-]1;" },
	{ PART("name=\"a\"", "1") END "--", "[a|-|-]1;" },
	/* transport padding */
	{ "--b \t\r\n" CD("name=\"a\"") "\r\n1" END, "[a|-|-]1;" },
	/* what is almost a delimiter is data */
	{ PART("name=\"a\"", "\r\n--") END, "[a|-|-]\r\n--;" },
	{ PART("name=\"a\"", "x--b") END, "[a|-|-]x--b;" },
	{ PART("name=\"a\"", "--bx") END, "[a|-|-]--bx;" },
	{ PART("name=\"a\"", "\r\n--bx\r\n--b-x\r\n--b\rx\r\n--b\r\r") END,
	    "[a|-|-]\r\n--bx\r\n--b-x\r\n--b\rx\r\n--b\r\r;" },
	{ PART("name=\"a\"", "\r\r\n\n\r\n-\r\n--\n--b\r\n\r\n\r") END,
	    "[a|-|-]\r\r\n\n\r\n-\r\n--\n--b\r\n\r\n\r;" },
	{ PART("name=\"a\"", "\n--b--\n") END, "[a|-|-]\n--b--\n;" },
	/* headers that steer nothing */
	{ D CD("name=\"a\"") "Content-Transfer-Encoding: base64\r\n"
	    "Content-Length: 99\r\nX-Y:\r\nX-Y: \r\n\r\nMQ==" END,
	    "[a|-|-]MQ==;" },
	{ D CD("name=\"a\"") "Content-Type: multipart/mixed; boundary=c\r\n\r\n"
	    "--c\r\n\r\n--c--" END,
	    "[a|-|multipart/mixed; boundary=c]--c\r\n\r\n--c--;" },
	{ D CD("name=\"a\"") "Content-Type:\r\n\r\n" END, "[a|-|];" },
};

struct bad {
	const char *body, *code;
};

static const struct bad bad[] = {
	{ "", "missing_delimiter" },
	{ "x", "missing_delimiter" },
	{ "x--b--", "missing_delimiter" },
	{ "\n--b--", "missing_delimiter" },
	{ "\r\n--c\r\n", "missing_delimiter" },
	{ "--c\r\n" CD("name=\"a\"") "\r\n1" END, "missing_delimiter" },
	{ D, "truncated" },
	{ "--b", "truncated" },
	{ "--b-", "truncated" },
	{ D CD("name=\"a\"") "\r\n", "truncated" },
	{ PART("name=\"a\"", "1"), "truncated" },
	{ PART("name=\"a\"", "1") "\r\n--b", "truncated" },
	{ PART("name=\"a\"", "1") "\r\n--b\r\n", "truncated" },
	{ "--bx", "bad_delimiter" },
	{ "--b-x", "bad_delimiter" },
	{ "--b\rx", "bad_delimiter" },
	{ "--b\n" CD("name=\"a\"") "\r\n1" END, "bad_delimiter" },
	{ "--b x\r\n", "bad_delimiter" },
	{ "--b \n", "bad_delimiter" },
	{ "--b \rx", "bad_delimiter" },
	{ "--b--x", "bad_delimiter" },
	{ "--b--\n", "bad_delimiter" },
	{ "--b-- x", "bad_delimiter" },
	{ "--b--\rx", "bad_delimiter" },
	{ PART("name=\"a\"", "1") "\r\n--b x", "bad_delimiter" },
	{ PART("name=\"a\"", "1") END D, "data_after_end" },
	{ PART("name=\"a\"", "1") "\r\n--b--" END, "data_after_end" },
	{ "--b--\r\n--b--", "data_after_end" },
	/* header lines */
	{ D "\r\n1" END, "missing_disposition" },
	{ D "X: y\r\n\r\n1" END, "missing_disposition" },
	{ D "X: y\n\r\n1" END, "bad_part_header" },
	{ D "X\r\n\r\n1" END, "bad_part_header" },
	{ D ": y\r\n\r\n1" END, "bad_part_header" },
	{ D "X : y\r\n\r\n1" END, "bad_part_header" },
	{ D "X<: y\r\n\r\n1" END, "bad_part_header" },
	{ D "X: a\rb\r\n\r\n1" END, "bad_part_header" },
	{ D "X: a\x01\r\n\r\n1" END, "bad_part_header" },
	{ D "X: a\x7f\r\n\r\n1" END, "bad_part_header" },
	{ D " X: y\r\n\r\n1" END, "bad_part_header" },
	{ D CD("name=\"a\"") " folded\r\n\r\n1" END, "bad_part_header" },
	{ D CD("name=\"a\"") "\tfolded\r\n\r\n1" END, "bad_part_header" },
	{ D CD("name=\"a\"") "\n1" END, "bad_part_header" },
	{ D "--b--\r\n", "bad_part_header" },
	/* Content-Disposition */
	{ D "Content-Disposition: attachment; name=\"a\"\r\n\r\n" END,
	    "bad_disposition" },
	{ D "Content-Disposition: form-data, form-data; name=\"a\"\r\n\r\n" END,
	    "bad_disposition" },
	{ D "Content-Disposition: form-data\r\n\r\n" END, "missing_name" },
	{ D "Content-Disposition:\r\n\r\n" END, "bad_disposition" },
	{ PART("filename=\"x\"", "") END, "missing_name" },
	{ D CD("name=\"a\"") CD("name=\"a\"") "\r\n" END,
	    "duplicate_disposition" },
	{ PART("name=\"a\"; name=\"a\"", "") END, "duplicate_name" },
	{ PART("name=a; NAME=\"b\"", "") END, "duplicate_name" },
	{ PART("name=\"a\"; filename=\"x\"; filename=\"x\"", "") END,
	    "duplicate_filename" },
	{ D CD("name=\"a\"") "Content-Type: a/b\r\nContent-type: a/b\r\n\r\n"
	    END, "duplicate_type" },
	{ PART("name=\"a", "") END, "bad_disposition" },
	{ PART("name=\"a\"b", "") END, "bad_disposition" },
	{ PART("name=\"a\" filename=\"x\"", "") END, "bad_disposition" },
	{ PART("name=a b", "") END, "bad_disposition" },
	{ PART("name=", "") END, "bad_disposition" },
	{ PART("name", "") END, "bad_disposition" },
	{ PART("name =a", "") END, "bad_disposition" },
	{ PART("name= a", "1") END, "bad_disposition" },
	{ PART("name= \"a\"", "1") END, "bad_disposition" },
	{ PART("=a", "") END, "bad_disposition" },
	{ PART("name='a b'", "") END, "bad_disposition" },
	{ PART("name=caf\xc3\xa9", "") END, "bad_disposition" },
	/* quotes: two parsers, two names */
	{ PART("name=\"a\"; filename=\"x\\\"; y\"", "") END,
	    "bad_disposition" },
	{ PART("name=\"a\\\\\"", "") END, "bad_disposition" },
	{ PART("name=\"a\"; filename=\"x \" y\"", "") END, "bad_disposition" },
	{ PART("name=\"a\"; filename*=UTF-8''y", "") END, "bad_disposition" },
	{ PART("name=\"a\"; filename=\"x\"; filename*=y; filename*=z", "") END,
	    "bad_disposition" },
	{ PART("name=\"a\"; filename*0=x; filename*1=y", "") END,
	    "bad_disposition" },
	{ PART("name=\"a\"; name*=UTF-8''b", "") END, "bad_disposition" },
	{ PART("name=\"a%0Ab\"", "") END, "bad_name" },
	{ PART("name=\"a\tb\"", "") END, "bad_name" },
	{ PART("name=\"\xff\"", "") END, "bad_name" },
	{ PART("name=\"\xc2\x85\"", "") END, "bad_name" },
};

static void
test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(good); i++) {
		struct slice body = slice_str(good[i].body);

		for (size_t step = 0; step <= body.len; step++) {
			struct pool *pool = pool_new();
			struct err err = ERR_INIT;
			struct record record;

			if (record_parse(pool, "b", body, step, &record,
			    &err) == -1)
				fail_msg("case %zu, step %zu: %s: %s", i, step,
				    err.code, err.text);
			if (!slice_eq_str(buf_view(&record.text), good[i].want))
				fail_msg("case %zu, step %zu: %s", i, step,
				    record.text.data);
			pool_free(&pool);
		}
	}
}

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		struct slice body = slice_str(bad[i].body);

		for (size_t step = 0; step <= body.len; step++) {
			struct pool *pool = pool_new();
			struct err err = ERR_INIT;
			struct record record;

			if (record_parse(pool, "b", body, step, &record,
			    &err) != -1)
				fail_msg("case %zu, step %zu: accepted as %s",
				    i, step, record.text.data);
			assert_int_equal(err.kind, ERR_INVALID);
			if (strcmp(err.code, bad[i].code) != 0)
				fail_msg("case %zu, step %zu: %s, not %s", i,
				    step, err.code, bad[i].code);
			pool_free(&pool);
		}
	}
}

static const char whole[] =
    PART("name=\"name\"", "Martillo") "\r\n"
    PART("name=\"image\"; filename=\"martillo.jpg\"", "1\r\n--b2\r\n3") END;

/* Wherever a body is cut, its file is not finished. */
static void
test_cut(void **state)
{
	size_t complete = sizeof(whole) - 1 - strlen("\r\n");

	(void)state;
	for (size_t len = 0; len < complete; len++) {
		struct pool *pool = pool_new();
		struct err err = ERR_INIT;
		struct record record;

		if (record_parse(pool, "b", slice_make(whole, len), len % 7,
		    &record, &err) != -1)
			fail_msg("accepted after %zu bytes", len);
		assert_true(record.ends <= 1);
		pool_free(&pool);
	}
}

static void
test_random_splits(void **state)
{
	static const char want[] =
	    "[name|-|-]Martillo;[image|martillo.jpg|-]1\r\n--b2\r\n3;";

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct pool *pool = pool_new();
		struct err err = ERR_INIT;
		struct record record = { .ends = 0 };
		struct slice rest = slice_make(whole, sizeof(whole) - 1);
		struct multipart *multipart;

		buf_init(&record.text, pool, RECORD_BYTES_MAX);
		multipart = multipart_new(pool, "b",
		    &multipart_default_limits, &record_ops, &record);
		while (rest.len > 0) {
			size_t len = (size_t)rand_below(rest.len + 1);

			assert_int_equal(multipart_feed(multipart,
			    slice_make(rest.data, len), &err), 0);
			rest = slice_from(rest, len);
		}
		assert_int_equal(multipart_finish(multipart, &err), 0);
		assert_slice(buf_view(&record.text), want);
		pool_free(&pool);
	}
}

static void
test_boundary(void **state)
{
#define FORM "multipart/form-data; "
#define SEVENTY "1234567890123456789012345678901234567890" \
    "123456789012345678901234567890"
	static const struct {
		const char *type, *want, *code;
	} cases[] = {
		{ FORM "boundary=abc", "abc", NULL },
		{ "Multipart/Form-Data;BOUNDARY=abc", "abc", NULL },
		{ FORM "charset=utf-8; boundary=\"a b,c\"", "a b,c", NULL },
		{ FORM "boundary=----=_Part_0.1:2(3)/4?+'", "----=_Part_0.1:2"
		    "(3)/4?+'", NULL },
		{ FORM "boundary=" SEVENTY, SEVENTY, NULL },
		{ FORM "boundary=" SEVENTY "1", NULL, "bad_boundary" },
		{ FORM "boundary=\"\"", NULL, "bad_boundary" },
		{ FORM "boundary=", NULL, "bad_boundary" },
		{ FORM "boundary=\"a \"", NULL, "bad_boundary" },
		{ FORM "boundary=a,b", NULL, "bad_boundary" },
		{ FORM "boundary=a b", NULL, "bad_boundary" },
		{ FORM "boundary=a\\b", NULL, "bad_boundary" },
		{ FORM "boundary=\"a%b\"", NULL, "bad_boundary" },
		{ FORM "boundary=\"a\r\nb\"", NULL, "bad_boundary" },
		{ FORM "boundary=a\x80", NULL, "bad_boundary" },
		{ FORM "boundary*=utf-8''abc", NULL, "bad_boundary" },
		{ FORM "boundary=a; boundary*0=b", NULL, "bad_boundary" },
		{ FORM "boundary=a; boundary=a", NULL, "duplicate_boundary" },
		{ FORM "boundary=a; Boundary=\"b\"", NULL,
		    "duplicate_boundary" },
		{ "multipart/form-data", NULL, "missing_boundary" },
		{ FORM "charset=utf-8", NULL, "missing_boundary" },
		{ FORM "boundary=\"a", NULL, "bad_content_type" },
		{ FORM "boundary", NULL, "bad_content_type" },
		{ FORM "boundary=\"a\"b", NULL, "bad_content_type" },
	};
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct err err = ERR_INIT;
		const char *boundary = NULL;
		int result = multipart_boundary(pool, cases[i].type, &boundary,
		    &err);

		if (result == -1 && cases[i].want != NULL)
			fail_msg("%s: %s", cases[i].type, err.text);
		if (cases[i].want != NULL) {
			assert_string_equal(boundary, cases[i].want);
			continue;
		}
		if (result != -1)
			fail_msg("accepted: %s", cases[i].type);
		assert_int_equal(err.kind, ERR_INVALID);
		assert_string_equal(err.code, cases[i].code);
	}
	pool_free(&pool);
}

static void
test_other_types(void **state)
{
	static const char *const types[] = { "", "multipart/mixed; boundary=a",
		"multipart/form-data, multipart/form-data; boundary=a",
		"application/x-www-form-urlencoded", "multipart/form-datax" };
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
		struct err err = ERR_INIT;
		const char *boundary;

		assert_int_equal(multipart_boundary(pool, types[i], &boundary,
		    &err), -1);
		assert_int_equal(err.kind, ERR_UNSUPPORTED);
	}
	pool_free(&pool);
}

static const struct multipart_limits tight = { .parts_max = 2,
	.header_bytes_max = 119,
	.headers_max = 3,
	.name_bytes_max = 4,
	.filename_bytes_max = 5 };

static void
test_limits(void **state)
{
#define LINE39 "X: 4567890123456789012345678901234567\r\n"
#define CD39 "Content-Disposition: form-data;name=a\r\n"
	static const struct {
		const char *body, *code; /* code NULL: accepted */
	} cases[] = {
		{ PART("name=a", "") "\r\n" PART("name=a", "") END, NULL },
		{ PART("name=a", "") "\r\n" PART("name=a", "") "\r\n" D,
		    "too_many_parts" },
		{ D CD39 LINE39 LINE39 "\r\n" END, NULL },
		{ D CD39 LINE39 "X" LINE39 "\r\n" END,
		    "part_header_too_large" },
		{ D CD39 "X:1\r\nX:1\r\n\r\n" END, NULL },
		{ D CD39 "X:1\r\nX:1\r\nX:1\r\n\r\n" END,
		    "too_many_part_headers" },
		{ PART("name=abcd", "") END, NULL },
		{ PART("name=abcde", "") END, "name_too_long" },
		{ PART("name=\"%22%22%22%22\"", "") END, NULL },
		{ PART("name=a; filename=abcde", "") END, NULL },
		{ PART("name=a; filename=abcdef", "") END,
		    "filename_too_long" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct pool *pool = pool_new();
		struct err err = ERR_INIT;
		struct record record = { .ends = 0 };
		struct multipart *multipart;
		int result;

		buf_init(&record.text, pool, RECORD_BYTES_MAX);
		multipart = multipart_new(pool, "b", &tight, &record_ops,
		    &record);
		result = multipart_feed(multipart, slice_str(cases[i].body),
		    &err);
		if (result == 0)
			result = multipart_finish(multipart, &err);
		if (cases[i].code == NULL && result == -1)
			fail_msg("case %zu: %s", i, err.code);
		if (cases[i].code != NULL) {
			assert_int_equal(result, -1);
			assert_int_equal(err.kind, ERR_TOO_LARGE);
			assert_string_equal(err.code, cases[i].code);
		}
		pool_free(&pool);
	}
}

/* The first failure is the answer to everything that follows. */
static void
test_stays_failed(void **state)
{
	struct pool *pool = pool_new();
	struct err err = ERR_INIT;
	struct record record = { .ends = 0 };
	struct multipart *multipart;

	(void)state;
	buf_init(&record.text, pool, RECORD_BYTES_MAX);
	multipart = multipart_new(pool, "b", &tight, &record_ops, &record);
	assert_int_equal(multipart_feed(multipart, slice_str("--bx"), &err),
	    -1);
	err_clear(&err);
	assert_int_equal(multipart_feed(multipart,
	    slice_str(PART("name=a", "") END), &err), -1);
	assert_string_equal(err.code, "bad_delimiter");
	err_clear(&err);
	assert_int_equal(multipart_finish(multipart, &err), -1);
	assert_string_equal(err.code, "bad_delimiter");
	assert_int_equal(record.text.len, 0);
	pool_free(&pool);
}

static int
refuse_data(void *arg, struct slice bytes, struct err *err)
{
	(void)arg;
	(void)bytes;
	return err_set_code(err, ERR_UNAVAILABLE, "full", "the disk is full");
}

static void
test_callback_fails(void **state)
{
	static const struct multipart_ops ops = { record_begin, refuse_data,
		record_end };
	struct pool *pool = pool_new();
	struct err err = ERR_INIT;
	struct record record = { .ends = 0 };
	struct multipart *multipart;

	(void)state;
	buf_init(&record.text, pool, RECORD_BYTES_MAX);
	multipart = multipart_new(pool, "b", &tight, &ops, &record);
	assert_int_equal(multipart_feed(multipart,
	    slice_str(PART("name=a", "1") END), &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	assert_int_equal(multipart_finish(multipart, &err), -1);
	assert_string_equal(err.code, "full");
	assert_int_equal(record.ends, 0);
	pool_free(&pool);
}

static int
count_data(void *arg, struct slice bytes, struct err *err)
{
	(void)err;
	*(size_t *)arg += bytes.len;
	return 0;
}

static int
ignore_begin(void *arg, const struct multipart_part *part, struct err *err)
{
	(void)arg;
	(void)part;
	(void)err;
	return 0;
}

static int
ignore_end(void *arg, struct err *err)
{
	(void)arg;
	(void)err;
	return 0;
}

static double
cpu_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Milliseconds to take `bytes` of a part that repeats a pattern. */
static double
flood(const char *boundary, const char *pattern, size_t bytes)
{
	static const struct multipart_ops ops = { ignore_begin, count_data,
		ignore_end };
	struct pool *pool = pool_new();
	struct err err = ERR_INIT;
	size_t got = 0, len = strlen(pattern), sent = 0;
	struct multipart *multipart;
	struct buf piece;
	double start;

	buf_init(&piece, pool, 64 * 1024);
	while (buf_slice(&piece, slice_make(pattern, len)) == 0)
		;
	multipart = multipart_new(pool, boundary, &multipart_default_limits,
	    &ops, &got);
	assert_int_equal(multipart_feed(multipart, slice_str(pool_format(pool,
	    "--%s\r\n" CD("name=a") "\r\n.", boundary)), &err), 0);
	start = cpu_ms();
	for (; sent < bytes; sent += piece.len)
		assert_int_equal(multipart_feed(multipart, buf_view(&piece),
		    &err), 0);
	start = cpu_ms() - start;
	assert_true(got + 80 > sent);
	pool_free(&pool);
	return start;
}

/* Four times the bytes take four times the time, with room for noise. */
static void
test_floods(void **state)
{
	static const struct {
		const char *boundary, *pattern;
	} cases[] = {
		{ SEVENTY, "\r" },
		{ SEVENTY, "\n" },
		{ SEVENTY, "-" },
		{ SEVENTY, "\r\n" },
		{ SEVENTY, "\r\n--1234567890123456789012345678901234567890" },
		{ SEVENTY, "\r\n--" SEVENTY "x" },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
		    "\r\n--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		double small, large;

		small = flood(cases[i].boundary, cases[i].pattern, 2 * MIB);
		large = flood(cases[i].boundary, cases[i].pattern, 8 * MIB);
		if (large > small * 12 + 100)
			fail_msg("case %zu: %.0f ms, then %.0f ms", i, small,
			    large);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_random_splits),
		cmocka_unit_test(test_boundary),
		cmocka_unit_test(test_other_types),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_stays_failed),
		cmocka_unit_test(test_callback_fails),
		cmocka_unit_test(test_floods),
	};

	return cmocka_run_group_tests_name("http/multipart", tests, NULL,
	    NULL);
}
