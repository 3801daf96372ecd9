/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "store/open.h"
#include "store/store_private.h"

static const struct store_driver no_driver = { .name = "none" };

static void
test_keys(void **state)
{
	static const struct {
		const char *key;
		int result;
	} rows[] = {
		{ "a", 0 },
		{ "products/tenant_1/20261122_martillo.jpg", 0 },
		{ "a b/ñ+%2f..x/...", 0 },
		{ "", -1 },
		{ "/a", -1 },
		{ "a/", -1 },
		{ "a//b", -1 },
		{ ".", -1 },
		{ "..", -1 },
		{ "a/../b", -1 },
		{ "a/./b", -1 },
		{ "a/..", -1 },
		{ "a\\..\\b", -1 },
		{ "a\nb", -1 },
		{ "a\x7f", -1 },
		{ "\x01", -1 },
	};
	char longest[STORE_KEY_MAX + 2];

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(store_check_key(rows[i].key, &err),
		    rows[i].result);
		assert_int_equal(err.kind,
		    rows[i].result == 0 ? ERR_NONE : ERR_INVALID);
	}
	memset(longest, 'k', sizeof(longest));
	for (size_t len = STORE_KEY_MAX; len <= STORE_KEY_MAX + 1; len++) {
		struct err err = ERR_INIT;

		longest[len] = '\0';
		assert_int_equal(store_check_key(longest, &err),
		    len == STORE_KEY_MAX ? 0 : -1);
		longest[len] = 'k';
	}
}

static void
test_prefixes(void **state)
{
	static const struct {
		const char *prefixes, *key;
		bool is_public;
	} rows[] = {
		{ "products/ general/", "products/1", true },
		{ "products/ general/", "general/1", true },
		{ "products/ general/", "users/1", false },
		{ "products/ general/", "products", false },
		{ "  t1/  ", "t1/x", true },
		{ "t1/", "t11/x", false },
		{ "", "products/1", false },
	};
	struct pool *pool = pool_new();
	struct store store;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		store_init(&store, pool, &no_driver, "uploads",
		    rows[i].prefixes);
		assert_int_equal(store_is_public(&store, rows[i].key),
		    rows[i].is_public);
	}
	pool_free(&pool);
}

/* Decision 10. */
static void
test_public_base(void **state)
{
	static const struct {
		const char *url;
		bool is_path_style;
		const char *base;
	} rows[] = {
		{ "http://s3.example:9000", true,
		    "http://s3.example:9000/uploads" },
		{ "http://s3.example:9000/", true,
		    "http://s3.example:9000/uploads" },
		{ "http://s3.example:9000/uploads/", true,
		    "http://s3.example:9000/uploads" },
		{ "http://s3.example/x", true, "http://s3.example/x/uploads" },
		{ "https://uploads.example", true, "https://uploads.example" },
		{ "https://uploads-2.example", true,
		    "https://uploads-2.example/uploads" },
		{ "https://cdn.uploads.example", true,
		    "https://cdn.uploads.example/uploads" },
		{ "https://cdn.example", false, "https://cdn.example" },
		{ "https://cdn.example/b/{bucket}/o/", true,
		    "https://cdn.example/b/uploads/o" },
		{ "https://{bucket}.cdn.example", false,
		    "https://uploads.cdn.example" },
		{ "https://{bucket}.x/{bucket}", true,
		    "https://uploads.x/uploads" },
	};
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(store_public_base(pool, rows[i].url,
		    "uploads", rows[i].is_path_style), rows[i].base);
	pool_free(&pool);
}

static void
test_policy(void **state)
{
	struct pool *pool = pool_new();
	struct store store;
	struct err err = ERR_INIT;

	(void)state;
	store_init(&store, pool, &no_driver, "uploads", "products/ general/");
	assert_string_equal(store_policy_json(&store, pool),
	    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
	    "\"Principal\":{\"AWS\":\"*\"},\"Action\":[\"s3:GetObject\"],"
	    "\"Resource\":[\"arn:aws:s3:::uploads/products/*\","
	    "\"arn:aws:s3:::uploads/general/*\"]}]}");
	assert_int_equal(store_apply_policy(&store, &err), -1);
	assert_int_equal(err.kind, ERR_UNSUPPORTED);
	pool_free(&pool);
}

static void
test_public_url(void **state)
{
	struct pool *pool = pool_new();
	struct store store;

	(void)state;
	store_init(&store, pool, &no_driver, "uploads", "");
	store.public_base = "https://cdn.example/uploads";
	assert_string_equal(store_public_url(&store, pool, "a b/ñ?#+.jpg"),
	    "https://cdn.example/uploads/a%20b/%C3%B1%3F%23%2B.jpg");
	pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_public_base),
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_public_url),
	};

	return cmocka_run_group_tests_name("store/store", tests, NULL, NULL);
}
