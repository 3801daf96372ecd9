/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "s3/url.h"

static void
test_places(void **state)
{
	/* url NULL: refused. */
	static const struct {
		const char *endpoint, *bucket, *addressing, *key, *query;
		const char *url, *host;
	} rows[] = {
		{ "", "uploads", "auto", "a b", "",
		    "https://uploads.s3.eu-west-1.amazonaws.com/a%20b",
		    "uploads.s3.eu-west-1.amazonaws.com" },
		{ "", "uploads", "path", "a", "",
		    "https://s3.eu-west-1.amazonaws.com/uploads/a",
		    "s3.eu-west-1.amazonaws.com" },
		{ "", "my.bucket", "auto", "a", "",
		    "https://s3.eu-west-1.amazonaws.com/my.bucket/a",
		    "s3.eu-west-1.amazonaws.com" },
		{ "", "my.bucket", "virtual", "a", "", NULL, NULL },
		{ "https://s3.us-east-2.amazonaws.com/", "uploads", "auto",
		    NULL, "", "https://uploads.s3.us-east-2.amazonaws.com/",
		    "uploads.s3.us-east-2.amazonaws.com" },
		{ "http://127.0.0.1:9000", "uploads", "auto", "a", "x=",
		    "http://127.0.0.1:9000/uploads/a?x=", "127.0.0.1:9000" },
		{ "http://127.0.0.1:9000", "uploads", "auto", NULL, "policy=",
		    "http://127.0.0.1:9000/uploads?policy=",
		    "127.0.0.1:9000" },
		{ "http://127.0.0.1:9000", "uploads", "virtual", "a", "",
		    NULL, NULL },
		{ "http://[::1]:9000", "uploads", "virtual", "a", "", NULL,
		    NULL },
		{ "http://[::1]:9000", "uploads", "auto", "a", "",
		    "http://[::1]:9000/uploads/a", "[::1]:9000" },
		{ "http://localhost:7480", "uploads", "virtual", NULL, "",
		    "http://uploads.localhost:7480/",
		    "uploads.localhost:7480" },
		{ "https://uploads.nyc3.example.com", "uploads", "auto", "a",
		    "", "https://uploads.nyc3.example.com/a",
		    "uploads.nyc3.example.com" },
		{ "https://uploads.nyc3.example.com", "uploads", "virtual",
		    "a", "", "https://uploads.nyc3.example.com/a",
		    "uploads.nyc3.example.com" },
		{ "https://h.example:443", "uploads", "path", "a", "",
		    "https://h.example/uploads/a", "h.example" },
		{ "http://h.example:80/s3/", "uploads", "path", "../a", "",
		    "http://h.example/s3/uploads/../a", "h.example" },
		{ "http://h.example:443", "uploads", "path", "a", "",
		    "http://h.example:443/uploads/a", "h.example:443" },
		{ "ftp://h.example", "uploads", "path", "a", "", NULL, NULL },
		{ "http://h.example?x", "uploads", "path", "a", "", NULL,
		    NULL },
		{ "http://u:p@h.example", "uploads", "path", "a", "", NULL,
		    NULL },
		{ "http://h.example", "up/loads", "path", "a", "", NULL,
		    NULL },
		{ "http://h.example", "..", "path", "a", "", NULL, NULL },
		{ "http://h.example", "", "path", "a", "", NULL, NULL },
		{ "http://h.example", "uploads", "both", "a", "", NULL, NULL },
	};
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct s3_place_config config = {
			.endpoint = rows[i].endpoint,
			.region = "eu-west-1",
			.bucket = rows[i].bucket,
			.addressing = rows[i].addressing,
		};
		struct s3_place place;
		struct s3_url url;
		struct err err = ERR_INIT;
		int result = s3_place_init(&place, pool, &config, &err);

		if (rows[i].url == NULL) {
			assert_int_equal(result, -1);
			assert_int_equal(err.kind, ERR_INVALID);
			continue;
		}
		assert_int_equal(result, 0);
		s3_place_url(&place, pool, rows[i].key, rows[i].query, &url);
		assert_string_equal(url.url, rows[i].url);
		assert_string_equal(place.host, rows[i].host);
	}
	pool_free(&pool);
}

static void
test_base_and_r2(void **state)
{
	const struct s3_place_config config = {
		.endpoint = "https://acc.r2.cloudflarestorage.com/",
		.region = "auto",
		.bucket = "uploads",
		.addressing = "auto",
	};
	struct pool *pool = pool_new();
	struct s3_place place;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(s3_place_init(&place, pool, &config, &err), 0);
	assert_true(place.is_https && !place.is_virtual);
	assert_string_equal(s3_place_base(&place, pool),
	    "https://acc.r2.cloudflarestorage.com/uploads");
	pool_free(&pool);
}

static void
test_bucket_names(void **state)
{
	static const struct {
		const char *name;
		int result;
	} rows[] = {
		{ "uploads", 0 },
		{ "abc", 0 },
		{ "my-bucket.2", 0 },
		{ "1.2.3", 0 },
		{ "ab", -1 },
		{ "", -1 },
		{ "192.168.5.4", -1 },
		{ "999.999.999.999", -1 },
		{ "Uploads", -1 },
		{ "my_bucket", -1 },
		{ "-abc", -1 },
		{ "abc-", -1 },
		{ "a..b", -1 },
		{ "a.-b", -1 },
		{ ".abc", -1 },
		{ "abc.", -1 },
		{ "a/b", -1 },
		{ "bücher", -1 },
		{ "a1234567890123456789012345678901234567890123456789012345678"
		  "9012",
		    0 },
		{ "a1234567890123456789012345678901234567890123456789012345678"
		  "90123",
		    -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(s3_check_bucket(rows[i].name, &err),
		    rows[i].result);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_base_and_r2),
		cmocka_unit_test(test_bucket_names),
	};

	return cmocka_run_group_tests_name("s3/url", tests, NULL, NULL);
}
