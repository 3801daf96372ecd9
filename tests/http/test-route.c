/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "http/route.h"

static const struct route table[] = {
	{ HTTP_GET, "/", .access = ROUTE_PUBLIC },
	{ HTTP_GET, "/products" },
	{ HTTP_GET, "/products/new" },
	{ HTTP_POST, "/products/new", .body = ROUTE_UPLOAD },
	{ HTTP_GET, "/products/{id}" },
	{ HTTP_GET, "/products/{id}/edit" },
	{ HTTP_POST, "/products/{id}/delete", .body = ROUTE_FIELDS },
	{ HTTP_GET, "/download/{key*}" },
	{ HTTP_DELETE, "/files/{a}/{b}/{c}/{d}" },
	{ HTTP_GET, "/s/{token}", .is_secret = true },
};

struct found {
	int result;
	const struct route *route;
	const char *allow;
	struct request request;
	struct err err;
};

static struct found
find(struct pool *pool, const char *method, const char *path)
{
	struct found found = { .request = { .pool = pool,
		.method = http_method_find(slice_str(method)),
		.method_text = method,
		.path = path } };

	found.result = route_find(table, ARRAY_COUNT(table), &found.request,
	    &found.route, &found.allow, &found.err);
	return found;
}

static void
test_found(void **state)
{
	static const struct {
		const char *method, *path, *pattern, *first;
	} cases[] = {
		{ "GET", "/", "/", NULL },
		{ "HEAD", "/", "/", NULL },
		{ "GET", "/products", "/products", NULL },
		{ "GET", "/products/", "/products", NULL },
		{ "GET", "/products/7/", "/products/{id}", "7" },
		{ "GET", "/%70roducts", "/products", NULL },
		{ "GET", "/products/new", "/products/new", NULL },
		{ "POST", "/products/new", "/products/new", NULL },
		{ "GET", "/products/7", "/products/{id}", "7" },
		{ "GET", "/products/a%20b%2Fc", "/products/{id}", "a b/c" },
		{ "GET", "/products/7/edit", "/products/{id}/edit", "7" },
		{ "GET", "/download/a/b//c.png", "/download/{key*}",
		    "a/b//c.png" },
		{ "GET", "/download/a%2Fb", "/download/{key*}", "a/b" },
		{ "GET", "/download//", "/download/{key*}", "/" },
	};
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct found found = find(pool, cases[i].method,
		    cases[i].path);

		if (found.result != 1)
			fail_msg("not found: %s", cases[i].path);
		assert_string_equal(found.route->pattern, cases[i].pattern);
		if (cases[i].first == NULL)
			assert_null(found.request.captures[0]);
		else
			assert_string_equal(found.request.captures[0],
			    cases[i].first);
	}
	pool_free(&pool);
}

static void
test_captures(void **state)
{
	struct pool *pool = pool_new();
	struct found found = find(pool, "DELETE", "/files/1/2/3/4");

	(void)state;
	assert_int_equal(found.result, 1);
	assert_string_equal(found.request.captures[0], "1");
	assert_string_equal(found.request.captures[3], "4");
	pool_free(&pool);
}

static void
test_not_found(void **state)
{
	static const char *const paths[] = { "//", "/product", "/products//",
		"//products", "/products//edit", "/products/7//", "/Products",
		"/products/7/edit/x", "/download", "/download/",
		"/products/%00", "/products/a%0Ab", "/products/%C3",
		"/products/%C2%85", "/download/%ff" };
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(paths); i++)
		if (find(pool, "GET", paths[i]).result != 0)
			fail_msg("found: %s", paths[i]);
	pool_free(&pool);
}

static void
test_method(void **state)
{
	static const struct {
		const char *method, *path, *allow;
	} cases[] = {
		{ "POST", "/products", "GET, HEAD" },
		{ "PUT", "/products/new", "GET, HEAD, POST" },
		{ "GET", "/products/7/delete", "POST" },
		{ "BREW", "/", "GET, HEAD" },
		{ "OPTIONS", "/files/1/2/3/4", "DELETE" },
		{ "get", "/", "GET, HEAD" },
	};
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct found found = find(pool, cases[i].method,
		    cases[i].path);

		assert_int_equal(found.result, -1);
		assert_int_equal(found.err.kind, ERR_METHOD);
		assert_string_equal(found.allow, cases[i].allow);
	}
	pool_free(&pool);
}

/* The error is logged, and what stands in such a path is not for logs. */
static void
test_secret(void **state)
{
	static const struct {
		const char *path, *text;
	} shown[] = {
		{ "/s/opens-a-file", "/s/{token}" },
		{ "/s/opens-a-file/and-more", "/s/{token}" },
		{ "/s", "/s" },
		{ "/static/x", "/static/x" },
		{ "/", "/" },
	};
	struct pool *pool = pool_new();
	struct found found = find(pool, "POST", "/s/opens-a-file");

	(void)state;
	assert_int_equal(found.err.kind, ERR_METHOD);
	assert_string_equal(found.err.text, "POST cannot be done to /s/{token}");
	for (size_t i = 0; i < ARRAY_COUNT(shown); i++)
		assert_string_equal(route_shown_path(table, ARRAY_COUNT(table),
					shown[i].path),
		    shown[i].text);
	pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_captures),
		cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_method),
		cmocka_unit_test(test_secret),
	};

	return cmocka_run_group_tests_name("http/route", tests, NULL, NULL);
}
