/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "web/view.h"

static void
test_size(void **state)
{
	static const struct {
		int64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0 B" },
		{ 1023, "1023 B" },
		{ 1024, "1.0 KB" },
		{ 1536, "1.5 KB" },
		{ 1048524, "1023.9 KB" },
		{ 1048575, "1.0 MB" }, /* not 1024.0 KB */
		{ 2097152, "2.0 MB" },
		{ INT64_C(10) << 30, "10.0 GB" },
		{ INT64_C(3) << 40, "3.0 TB" },
		{ INT64_MAX, "8.0 EB" },
	};
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		assert_string_equal(view_size(pool, cases[i].bytes),
		    cases[i].text);
	pool_free(&pool);
}

static void
test_time(void **state)
{
	struct pool *pool = pool_new();
	struct json *object = json_object(pool);

	(void)state;
	view_set_time(object, pool, "created", 1795356000);
	assert_string_equal(json_format(pool, object),
	    "{\"created\":\"2026-11-22T14:00:00Z\","
	    "\"created_text\":\"2026-11-22 14:00\"}");
	pool_free(&pool);
}

/* Only what is elsewhere has to be let in. */
static void
test_allow_image(void **state)
{
	struct pool *pool = pool_new();
	struct app app = { .image_origin = "https://cdn.example.com" };
	struct response response;
	const char *policy;

	(void)state;
	response_init(&response, pool);
	view_allow_image(&app, &response, "/store/a.png");
	assert_null(response_find_header(&response, "Content-Security-Policy"));
	view_allow_image(&app, &response,
	    "https://s3.example.com:9000/uploads/a.png?X-Amz-Date=1;x");
	policy = response_find_header(&response, "Content-Security-Policy");
	assert_non_null(strstr(policy,
	    "img-src 'self' https://cdn.example.com"
	    " https://s3.example.com:9000;"));
	assert_null(strstr(policy, "X-Amz"));
	pool_free(&pool);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_allow_image),
	};

	return cmocka_run_group_tests_name("web/view", tests, NULL, NULL);
}
