/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "web/caller.h"
#include "web/guard.h"
#include "web/return_path.h"
#include "webtest.h"

static int
setup_with(void **state, const char *auth)
{
	static struct webtest test;
	const char *settings[] = { auth, NULL };

	webtest_open(&test, settings);
	*state = &test;
	return 0;
}

static int
setup_open(void **state)
{
	return setup_with(state, "AUTH=open");
}

static int
setup_login(void **state)
{
	return setup_with(state, "AUTH=login");
}

static int
setup_server(void **state)
{
	return setup_with(state, "AUTH=remote_user");
}

static int
teardown(void **state)
{
	webtest_close(*state);
	return 0;
}

/* AUTH=open is for this machine alone, by any of its addresses. */
static void
test_open(void **state)
{
	static const struct {
		const char *remote_addr;
		bool passes;
	} rows[] = {
		{ "127.0.0.1", true },
		{ "127.255.0.9", true },
		{ "::1", true },
		{ "0:0:0:0:0:0:0:1", true },
		{ "::ffff:127.0.0.1", true },
		{ "128.0.0.1", false },
		{ "10.0.0.1", false },
		{ "::", false },
		{ "::2", false },
		{ "::ffff:10.0.0.1", false },
		{ "fe80::1", false },
		{ "", false },
		{ "unix:", false },
		{ "127.1", false },
		{ "127.0.0.1 ", false },
		{ "127.0.0.1, 10.0.0.1", false },
		{ "localhost", false },
	};
	struct webtest *test = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct answer answer;

		webtest_unset_all(test);
		webtest_set(test, "REMOTE_ADDR", rows[i].remote_addr);
		webtest_set(test, "HTTP_ACCEPT", "application/json");
		answer = webtest_get(test, "/products");
		if (answer.status != (rows[i].passes ? 200 : 403))
			fail_msg("\"%s\": %d", rows[i].remote_addr,
			    answer.status);
		if (answer.status == 403)
			assert_non_null(strstr(answer.body, "not_loopback"));
		assert_int_equal(
		    webtest_get(test, "/static/almacen.css").status, 200);
	}
}

/* Where a login is wanted, being near is none. */
static void
test_remote_user(void **state)
{
	struct webtest *test = *state;
	struct answer answer = webtest_get(test, "/products");

	/* There is no page of ours to go to. */
	assert_int_equal(answer.status, 401);
	assert_int_equal(webtest_get(test, "/login").status, 404);
	assert_int_equal(webtest_get(test, "/static/almacen.css").status, 200);
	webtest_set(test, "REMOTE_USER", "ana");
	webtest_set(test, "REMOTE_ADDR", "192.0.2.7");
	assert_int_equal(webtest_get(test, "/products").status, 200);
}

/* A setting that is none of those lets nobody in. */
static void
test_unknown(void **state)
{
	struct webtest *test = *state;

	test->app.auth = (enum app_auth)99;
	webtest_set(test, "REMOTE_USER", "ana");
	assert_int_equal(webtest_get(test, "/products").status, 401);
}

/* What is for everybody does not wait for the database. */
static void
test_public(void **state)
{
	static const struct route route = { .method = HTTP_GET,
		.access = ROUTE_PUBLIC };
	const struct app app = { .auth = AUTH_LOGIN, .tenant_id = 3 };
	struct request request = { .pool = *state, .method = HTTP_GET };
	struct err err = ERR_INIT;

	assert_int_equal(guard_check(&app, &request, &route, &err), 0);
	assert_int_equal(request.caller->via, CALLER_NOBODY);
	assert_int_equal(request.caller->tenant_id, 3);
}

/* A browser that wants a page goes to the login, all else is told. */
static void
test_login(void **state)
{
	static const struct {
		const char *method, *uri, *accept;
		int status;
		const char *location;
	} rows[] = {
		{ "GET", "/products", "text/html", 302,
		    "/login?next=%2Fproducts" },
		{ "GET", "/products?q=a%20b&page=2", "", 302,
		    "/login?next=%2Fproducts%3Fq%3Da%2520b%26page%3D2" },
		{ "HEAD", "/products/new", "text/html", 302,
		    "/login?next=%2Fproducts%2Fnew" },
		{ "GET", "/", "text/html", 302, "/login" },
		{ "GET", "/products", "application/json", 401, NULL },
		{ "POST", "/products/new", "text/html", 401, NULL },
		{ "POST", "/api/get-upload-url", "text/html", 401, NULL },
		{ "GET", "/nothing", "text/html", 404, NULL },
	};
	struct webtest *test = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct answer answer;
		const char *location;

		webtest_unset_all(test);
		webtest_set(test, "HTTP_ACCEPT", rows[i].accept);
		answer = webtest_send(test, rows[i].method, rows[i].uri, "",
		    slice_str(""));
		location = webtest_header(test, &answer, "Location");
		if (answer.status != rows[i].status ||
		    (location == NULL) != (rows[i].location == NULL) ||
		    (location != NULL &&
			strcmp(location, rows[i].location) != 0))
			fail_msg("%s %s: %d %s", rows[i].method, rows[i].uri,
			    answer.status, location);
		if (answer.status == 401)
			assert_string_equal(webtest_header(test, &answer,
			    "WWW-Authenticate"), "Bearer");
		if (answer.status == 302)
			assert_string_equal(webtest_header(test, &answer,
			    "Cache-Control"), "private, no-store");
	}
}

/* A form that came too late: the page says what to do. */
static void
test_login_for_a_form(void **state)
{
	struct webtest *test = *state;
	struct answer answer = webtest_post(test, "/products/new", "",
	    slice_str(""));

	assert_int_equal(answer.status, 401);
	assert_non_null(strstr(answer.body, "href=\"/login\""));
	assert_non_null(strstr(answer.body, "No se ha cambiado nada."));
}

static void
test_roles(void **state)
{
	static const struct {
		enum role role;
		const char *uri;
		int status;
	} rows[] = {
		{ ROLE_VIEWER, "/products", 200 },
		{ ROLE_VIEWER, "/products/new", 403 },
		{ ROLE_EDITOR, "/products/new", 200 },
		{ ROLE_ADMIN, "/products/new", 200 },
	};
	struct webtest *test = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		int64_t user = webtest_user(test, 1,
		    pool_format(test->pool, "u%zu@example.org", i),
		    rows[i].role);

		webtest_unset_all(test);
		(void)webtest_log_in(test, user);
		assert_int_equal(webtest_get(test, rows[i].uri).status,
		    rows[i].status);
	}
}

static void
test_return_paths(void **state)
{
	static const char *const own[] = { "/", "/products",
		"/products?q=a%20b&page=2", "/products/7/edit", "/files/",
		"/files/12?x=//y", "/a%20b", "/loginx", "/login/x",
		"/a?b=../c" };
	static const char *const foreign[] = { "", "products", "//evil.test",
		"///evil.test", "/\\evil.test", "\\\\evil.test",
		"https://evil.test/", "https:evil.test", "javascript:alert(1)",
		"/a\nb", "/a\rb", "/a\tb", "/\t/evil.test", "/a b", "/\x7f",
		"/\xc3\xb1", "/a//b", "/./a", "/../a", "/a/..",
		"/%2e%2e/a", "/%2f/evil.test", "/%2fevil.test",
		"/%5cevil.test", "/a%5Cb", "/a%", "/a%zz", "/a#b",
		"/login", "/login?next=/login", "/logout", " /a" };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(own); i++)
		if (!return_path_is_own(own[i]))
			fail_msg("refused: %s", own[i]);
	for (size_t i = 0; i < ARRAY_COUNT(foreign); i++)
		if (return_path_is_own(foreign[i]))
			fail_msg("taken: %s", foreign[i]);
}

#define TEST(name, kind) \
	cmocka_unit_test_setup_teardown(name, setup_##kind, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_open, open),
		TEST(test_remote_user, server),
		TEST(test_unknown, login),
		POOL_TEST(test_public),
		TEST(test_login, login),
		TEST(test_login_for_a_form, login),
		TEST(test_roles, login),
		cmocka_unit_test(test_return_paths),
	};

	return cmocka_run_group_tests_name("web/guard", tests, NULL, NULL);
}
