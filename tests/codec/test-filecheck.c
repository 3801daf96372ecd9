/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "codec/filecheck.h"
#include "codec/sniff.h"
#include "lib/sample.h"

enum { MAX_BYTES = 2 * 1024 * 1024 };

static struct sniffer *sniffer;

static int
open_sniffer(void **state)
{
	struct pool *pool = pool_new();
	struct err err = ERR_INIT;

	*state = pool;
	if (sniffer_open(pool, &sniffer, &err) == 0)
		return 0;
	print_error("%s\n", err.text);
	return -1;
}

static int
close_sniffer(void **state)
{
	struct pool *pool = *state;

	pool_free(&pool);
	return 0;
}

static struct file_rules
make_rules(void)
{
	return (struct file_rules){
		.kind = FILE_IMAGE,
		.max_bytes = MAX_BYTES,
		.allowed_types = "image/jpeg image/png image/webp image/gif",
		.allowed_extensions = "jpg jpeg png gif webp",
		.max_pixels = 50000000,
		.max_frames = 500,
		.sniffer = sniffer,
	};
}

struct file {
	const char *name, *type;
	struct slice bytes;
};

static struct file_verdict
check(struct pool *pool, const struct file_rules *rules,
    const struct file *file)
{
	struct filecheck *filecheck =
	    filecheck_new(pool, rules, file->name, file->type);
	struct file_verdict verdict;

	filecheck_feed(filecheck, file->bytes);
	filecheck_finish(filecheck, &verdict);
	assert_true((verdict.refusal == FILE_ACCEPTED) ==
	    (*verdict.code == '\0'));
	assert_true((*verdict.code == '\0') == (*verdict.reason == '\0'));
	assert_non_null(verdict.detail);
	return verdict;
}

struct row {
	const char *sample; /* below tests/data/images; NULL: `text` */
	const char *text;
	const char *name, *type; /* as sent */
	enum file_refusal refusal;
	const char *detail; /* NULL: not compared */
};

#define HTML "<!DOCTYPE html><html><body><script>alert(1)</script>"
#define SVG                                           \
	"<?xml version=\"1.0\"?>"                     \
	"<svg xmlns=\"http://www.w3.org/2000/svg\">"  \
	"<script>alert(1)</script></svg>"
#define PDF "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"

/* clang-format off */
static const struct row rows[] = {
	/* Agreement. */
	{ "baseline.jpg", NULL, "a.jpg", "image/jpeg", FILE_ACCEPTED, "" },
	{ "baseline.jpg", NULL, "a.JPEG", "IMAGE/JPEG; q=1", FILE_ACCEPTED, "" },
	{ "baseline.jpg", NULL, "a.jpg", "image/pjpeg", FILE_ACCEPTED, "" },
	{ "baseline.jpg", NULL, "C:\\x\\a.b.jpg", "image/jpg", FILE_ACCEPTED, "" },
	{ "rgb.png", NULL, "a.png", "image/x-png", FILE_ACCEPTED, "" },
	{ "animated.png", NULL, "a.png", "image/apng", FILE_ACCEPTED, "" },
	{ "still.gif", NULL, "a.gif", "image/gif", FILE_ACCEPTED, "" },
	{ "lossy.webp", NULL, "a.webp", "image/webp", FILE_ACCEPTED, "" },
	/* Nothing declared: name and content decide. */
	{ "lossy.webp", NULL, "a.webp", "application/octet-stream", FILE_ACCEPTED, "" },
	{ "lossy.webp", NULL, "a.webp", "binary/octet-stream", FILE_ACCEPTED, "" },
	{ "lossy.webp", NULL, "a.webp", "", FILE_ACCEPTED, "" },
	{ "lossy.webp", NULL, "a.webp", NULL, FILE_ACCEPTED, "" },
	{ "lossy.webp", NULL, NULL, "image/webp", FILE_ACCEPTED, "" },
	{ "lossy.webp", NULL, NULL, NULL, FILE_ACCEPTED, "" },
	{ "lossy.webp", NULL, "a.jpg", "application/octet-stream", FILE_TYPE_MISMATCH, "image/webp" },
	/* A wrong declared type is reported by its declared name. */
	{ "baseline.jpg", NULL, "a.jpg", "application/pdf", FILE_TYPE_NOT_ALLOWED, "application/pdf" },
	{ NULL, PDF, "a.pdf", "application/pdf", FILE_TYPE_NOT_ALLOWED, "application/pdf" },
	{ NULL, SVG, "a.svg", "image/svg+xml", FILE_TYPE_NOT_ALLOWED, "image/svg+xml" },
	{ NULL, HTML, "a.jpg", "Text/HTML ; charset=utf-8", FILE_TYPE_NOT_ALLOWED, "text/html" },
	{ "baseline.jpg", NULL, "a.jpg", "image/jpegx", FILE_TYPE_NOT_ALLOWED, "image/jpegx" },
	{ "baseline.jpg", NULL, "a.jpg", "a\n<b>\xc3\xa1", FILE_TYPE_NOT_ALLOWED, "a?<b>??" },
	{ "baseline.jpg", NULL, "a.jpg", "image/jpeg, text/html", FILE_TYPE_NOT_ALLOWED, NULL },
	/* The extension. */
	{ "baseline.jpg", NULL, "a.php", "image/jpeg", FILE_EXTENSION_NOT_ALLOWED, "php" },
	{ "baseline.jpg", NULL, "a.jpg.PHP", "image/jpeg", FILE_EXTENSION_NOT_ALLOWED, "php" },
	{ "baseline.jpg", NULL, "a.jfif", "image/jpeg", FILE_EXTENSION_NOT_ALLOWED, "jfif" },
	{ "baseline.jpg", NULL, "a", "image/jpeg", FILE_EXTENSION_NOT_ALLOWED, "" },
	{ "baseline.jpg", NULL, ".jpg", "image/jpeg", FILE_EXTENSION_NOT_ALLOWED, "" },
	{ "baseline.jpg", NULL, "", "image/jpeg", FILE_EXTENSION_NOT_ALLOWED, "" },
	{ "baseline.jpg", NULL, "photo\xe2\x80\xaegpj.exe", "image/jpeg", FILE_EXTENSION_NOT_ALLOWED, "exe" },
	{ NULL, PDF, "a.pdf", NULL, FILE_EXTENSION_NOT_ALLOWED, "pdf" },
	/* Wrong content is reported by the sniffed name. */
	{ "rgb.png", NULL, "a.jpg", "image/jpeg", FILE_TYPE_MISMATCH, "image/png" },
	{ "baseline.jpg", NULL, "a.jpg", "image/png", FILE_TYPE_MISMATCH, "image/jpeg" },
	{ "rgb.png", NULL, "a.jpg", "image/png", FILE_TYPE_MISMATCH, "image/png" },
	{ NULL, HTML, "a.jpg", "image/jpeg", FILE_TYPE_MISMATCH, "text/html" },
	{ NULL, SVG, "a.png", "image/png", FILE_TYPE_MISMATCH, "image/svg+xml" },
	{ NULL, PDF, "a.jpg", "image/jpeg", FILE_TYPE_MISMATCH, "application/pdf" },
	{ NULL, "<?php phpinfo();", "a.gif", "image/gif", FILE_TYPE_MISMATCH, "text/x-php" },
	{ NULL, HTML, NULL, NULL, FILE_TYPE_MISMATCH, "text/html" },
	{ NULL, "x", "a.jpg", "image/jpeg", FILE_TYPE_MISMATCH, NULL },
	/* What merely starts like an image. */
	{ NULL, "GIF89a \x01 \x01" HTML, "a.gif", "image/gif", FILE_DAMAGED, NULL },
	{ NULL, "GIF89a" HTML, "a.gif", "image/gif", FILE_TOO_MANY_PIXELS, NULL }, /* "<!" by "DO" */
	{ NULL, "GIF89a/*<?php system($_GET[0]);*/=1;", "a.gif", "image/gif", FILE_TOO_MANY_PIXELS, NULL },
	{ NULL, "\xff\xd8\xff\xe0" HTML, "a.jpg", "image/jpeg", FILE_DAMAGED, NULL },
	{ NULL, "\xff\xd8\xff\xfe" HTML, "a.jpg", "image/jpeg", FILE_DAMAGED, NULL },
	{ NULL, "RIFF\x40\x01\x01\x01WEBPVP8 " HTML, "a.webp", "image/webp", FILE_DAMAGED, NULL },
	/* Nothing at all comes before everything else. */
	{ NULL, "", "a.pdf", "application/pdf", FILE_EMPTY, "" },
	{ NULL, "", "a.jpg", "image/jpeg", FILE_EMPTY, "" },
};
/* clang-format on */

static void
test_rows(void **state)
{
	struct pool *pool = pool_new();
	struct file_rules rules = make_rules();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct file file = { row->name, row->type,
			slice_str(row->text) };
		struct file_verdict verdict;

		if (row->sample != NULL)
			file.bytes = sample_read(pool,
			    pool_format(pool, "images/%s", row->sample));
		verdict = check(pool, &rules, &file);
		if (verdict.refusal != row->refusal)
			fail_msg("row %zu (%s, %s): %s, %s", i, row->name,
			    row->type, verdict.code, verdict.reason);
		if (row->detail != NULL)
			assert_string_equal(verdict.detail, row->detail);
		pool_clear(pool);
	}
	pool_free(&pool);
}

static void
test_verdict(void **state)
{
	struct pool *pool = pool_new();
	struct file_rules rules = make_rules();
	struct file file = { "a.jpeg", "image/jpg",
		sample_read(pool, "images/exif-6.jpg") };
	struct file_verdict verdict = check(pool, &rules, &file);

	(void)state;
	assert_string_equal(verdict.type, "image/jpeg");
	assert_string_equal(verdict.extension, "jpg");
	assert_int_equal(verdict.size_bytes, file.bytes.len);
	assert_int_equal(verdict.width, 16);
	assert_int_equal(verdict.height, 12);
	assert_int_equal(verdict.frames, 1);
	assert_int_equal(verdict.orientation, 6);
	pool_free(&pool);
}

/* The size goes before everything but emptiness (decision 6). */
static void
test_size(void **state)
{
	static const char *const types[] = { "image/jpeg", "application/pdf",
		NULL };
	static const char *const names[] = { "big.jpg", "big.pdf", NULL };
	struct pool *pool = pool_new();
	struct file_rules rules = make_rules();
	char *zeros = pool_alloc(pool, 3 * MAX_BYTES / 2);

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
		struct file file = { names[i], types[i],
			slice_make(zeros, 3 * MAX_BYTES / 2) };
		struct file_verdict verdict = check(pool, &rules, &file);

		assert_int_equal(verdict.refusal, FILE_TOO_LARGE);
		assert_string_equal(verdict.code, "file_too_large");
		assert_int_equal(verdict.size_bytes, 3 * MAX_BYTES / 2);
		file.bytes.len = MAX_BYTES + 1;
		assert_int_equal(check(pool, &rules, &file).refusal,
		    FILE_TOO_LARGE);
		file.bytes.len = MAX_BYTES;
		assert_int_not_equal(check(pool, &rules, &file).refusal,
		    FILE_TOO_LARGE);
	}
	pool_free(&pool);
}

struct content {
	enum file_refusal refusal;
	const char *code;
	int64_t max_pixels, max_frames;
};

static void
test_ceilings(void **state)
{
	static const struct content contents[] = {
		{ FILE_ACCEPTED, "", 192, 3 },
		{ FILE_TOO_MANY_PIXELS, "too_many_pixels", 191, 3 },
		{ FILE_TOO_MANY_FRAMES, "too_many_frames", 192, 2 },
	};
	struct pool *pool = pool_new();
	struct file file = { "a.gif", "image/gif",
		sample_read(pool, "images/animated.gif") };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(contents); i++) {
		struct file_rules rules = make_rules();
		struct file_verdict verdict;

		rules.max_pixels = contents[i].max_pixels;
		rules.max_frames = contents[i].max_frames;
		verdict = check(pool, &rules, &file);
		assert_int_equal(verdict.refusal, contents[i].refusal);
		assert_string_equal(verdict.code, contents[i].code);
	}
	pool_free(&pool);
}

static void
test_allowed_lists(void **state)
{
	struct pool *pool = pool_new();
	struct file_rules rules = make_rules();
	struct file file = { "a.jfif", "image/jpeg",
		sample_read(pool, "images/baseline.jpg") };

	(void)state;
	rules.allowed_extensions = "";
	assert_int_equal(check(pool, &rules, &file).refusal, FILE_ACCEPTED);
	rules.allowed_extensions = "png,JFIF";
	assert_int_equal(check(pool, &rules, &file).refusal, FILE_ACCEPTED);
	rules.allowed_types = "image/png, image/jpg";
	assert_int_equal(check(pool, &rules, &file).refusal, FILE_ACCEPTED);
	rules.allowed_types = "image/png";
	assert_int_equal(check(pool, &rules, &file).refusal,
	    FILE_TYPE_NOT_ALLOWED);
	file.type = NULL;
	assert_int_equal(check(pool, &rules, &file).refusal,
	    FILE_EXTENSION_NOT_ALLOWED);
	file.name = NULL;
	assert_int_equal(check(pool, &rules, &file).refusal,
	    FILE_TYPE_MISMATCH);
	/* A type nobody can walk cannot be allowed. */
	rules.allowed_types = "image/svg+xml";
	file = (struct file){ "a.svg", "image/svg+xml", slice_str(SVG) };
	assert_int_equal(check(pool, &rules, &file).refusal,
	    FILE_TYPE_NOT_ALLOWED);
	pool_free(&pool);
}

/* What can still become good is not refused, and the rest is early. */
static void
test_early_refusal(void **state)
{
	struct pool *pool = pool_new();
	struct file_rules rules = make_rules();
	struct slice sample = sample_read(pool, "images/rgb.png");
	char *zeros = pool_alloc(pool, SNIFF_BYTES);
	struct filecheck *filecheck;
	struct file_verdict verdict;

	(void)state;
	filecheck = filecheck_new(pool, &rules, "a.pdf", "application/pdf");
	assert_true(filecheck_is_refused(filecheck));
	filecheck = filecheck_new(pool, &rules, "a.png", "image/jpeg");
	assert_true(filecheck_is_refused(filecheck));
	filecheck = filecheck_new(pool, &rules, "a.png", "image/png");
	assert_false(filecheck_is_refused(filecheck));
	filecheck_feed(filecheck, slice_make(zeros, SNIFF_BYTES - 1));
	assert_false(filecheck_is_refused(filecheck));
	filecheck_feed(filecheck, slice_make(zeros, 1));
	assert_true(filecheck_is_refused(filecheck));
	assert_string_equal(filecheck_type(filecheck), "");
	filecheck = filecheck_new(pool, &rules, "a.png", "image/png");
	filecheck_feed(filecheck, sample);
	assert_string_equal(filecheck_type(filecheck), "");
	filecheck_feed(filecheck, slice_make(zeros, SNIFF_BYTES));
	assert_string_equal(filecheck_type(filecheck), "image/png");
	assert_false(filecheck_is_refused(filecheck));
	filecheck_feed(filecheck, slice_str("x"));
	assert_true(filecheck_is_refused(filecheck));
	filecheck_finish(filecheck, &verdict);
	assert_int_equal(verdict.refusal, FILE_DAMAGED);
	pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_verdict),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_ceilings),
		cmocka_unit_test(test_allowed_lists),
		cmocka_unit_test(test_early_refusal),
	};

	return cmocka_run_group_tests_name("codec/filecheck", tests,
	    open_sniffer, close_sniffer);
}
