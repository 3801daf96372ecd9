/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <pthread.h>

#include "base/attr.h"
#include "codec/sniff.h"
#include "lib/sample.h"

struct row {
	const char *sample; /* below tests/data/images; NULL: `text` */
	const char *text;
	const char *type;
};

static const struct row rows[] = {
	{ "baseline.jpg", NULL, "image/jpeg" },
	{ "exif-6.jpg", NULL, "image/jpeg" },
	{ "cmyk.jpg", NULL, "image/jpeg" },
	{ "rgb.png", NULL, "image/png" },
	{ "still.gif", NULL, "image/gif" },
	{ "still-87a.gif", NULL, "image/gif" },
	{ "lossy.webp", NULL, "image/webp" },
	{ "lossless.webp", NULL, "image/webp" },
	{ "animated.webp", NULL, "image/webp" },
	{ NULL, "<!DOCTYPE html><html><body>x", "text/html" },
	{ NULL, "%PDF-1.4\n", "application/pdf" },
	{ NULL, "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\">",
	    "image/svg+xml" },
	{ NULL, "just a text\n", "text/plain" },
	{ NULL, "\x01\x02\x03\x04\x05\x06\x07\x08", "application/octet-stream" },
};

static void
check_rows(struct sniffer *sniffer)
{
	struct pool *pool = pool_new();
	struct err err = ERR_INIT;
	char type[SNIFF_TYPE_MAX];

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct slice bytes = slice_str(rows[i].text);

		if (rows[i].sample != NULL)
			bytes = sample_read(pool,
			    pool_format(pool, "images/%s", rows[i].sample));
		assert_int_equal(sniffer_type(sniffer, bytes, type, &err), 0);
		assert_string_equal(type, rows[i].type);
	}
	pool_free(&pool);
}

static void
test_rows(void **state)
{
	struct pool *pool = pool_new();
	struct sniffer *sniffer;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(sniffer_open(pool, &sniffer, &err), 0);
	check_rows(sniffer);
	check_rows(sniffer); /* the cookie has no memory of the first */
	pool_free(&pool);
}

static void
test_long_input(void **state)
{
	struct pool *pool = pool_new();
	char *zeros = pool_alloc(pool, (size_t)(4 * MIB));
	struct sniffer *sniffer;
	struct err err = ERR_INIT;
	char type[SNIFF_TYPE_MAX];

	(void)state;
	assert_int_equal(sniffer_open(pool, &sniffer, &err), 0);
	assert_int_equal(sniffer_type(sniffer,
			     slice_make(zeros, (size_t)(4 * MIB)), type, &err),
	    0);
	assert_string_equal(type, "application/octet-stream");
	memset(zeros, 'a', (size_t)(4 * MIB));
	assert_int_equal(sniffer_type(sniffer,
			     slice_make(zeros, (size_t)(4 * MIB)), type, &err),
	    0);
	assert_string_equal(type, "text/plain");
	pool_free(&pool);
}

/* Nobody starts without a database and then takes what nobody looked at. */
static void
test_no_database(void **state)
{
	struct pool *pool = pool_new();
	struct sniffer *sniffer = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(setenv("MAGIC", "/nonexistent/magic", 1), 0);
	assert_int_equal(sniffer_open(pool, &sniffer, &err), -1);
	assert_int_equal(err.kind, ERR_INTERNAL);
	assert_null(sniffer);
	assert_int_equal(unsetenv("MAGIC"), 0);
	pool_free(&pool);
}

/* No assertions here: cmocka's are for its own thread. */
static void *
sniff_often(void *arg)
{
	static const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
	struct err err = ERR_INIT;
	char type[SNIFF_TYPE_MAX];
	intptr_t wrong = 0;

	for (int i = 0; i < 20; i++)
		if (sniffer_type(arg, slice_make(png, sizeof(png) - 1), type,
			&err) == -1 ||
		    strcmp(type, "image/png") != 0)
			wrong++;
	return (void *)wrong;
}

/* More threads than idle cookies. */
static void
test_threads(void **state)
{
	pthread_t threads[12];
	struct pool *pool = pool_new();
	struct sniffer *sniffer;
	struct err err = ERR_INIT;
	void *wrong;

	(void)state;
	assert_int_equal(sniffer_open(pool, &sniffer, &err), 0);
	for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sniff_often,
				     sniffer), 0);
	for (size_t i = 0; i < ARRAY_COUNT(threads); i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_long_input),
		cmocka_unit_test(test_no_database),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests_name("codec/sniff", tests, NULL, NULL);
}
