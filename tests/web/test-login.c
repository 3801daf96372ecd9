/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "codec/url.h"
#include "model/tenant.h"
#include "webtest.h"

#define FORM "application/x-www-form-urlencoded"
#define EMAIL "ana@example.org"

struct fixture {
	struct webtest web;
	int64_t user_id;
};

static int
setup_with(void **state, const char *const *settings)
{
	static struct fixture f;

	webtest_open(&f.web, settings);
	f.user_id = webtest_user(&f.web, TENANT_FIRST, EMAIL, ROLE_EDITOR);
	*state = &f;
	return 0;
}

static int
setup(void **state)
{
	static const char *const settings[] = { "AUTH=login",
		"RATE_LOGIN=0", NULL };

	return setup_with(state, settings);
}

static int
setup_throttled(void **state)
{
	static const char *const settings[] = { "AUTH=login",
		"RATE_LOGIN=3", NULL };

	return setup_with(state, settings);
}

static int
setup_https(void **state)
{
	static const char *const settings[] = { "AUTH=login",
		"RATE_LOGIN=0", "BASE_URL=https://shop.test", NULL };

	return setup_with(state, settings);
}

static int
teardown(void **state)
{
	webtest_close(&((struct fixture *)*state)->web);
	return 0;
}

/* A form's body from names and values. */
static struct slice
encode(struct webtest *web, const char *const *pairs)
{
	struct buf body;

	buf_init(&body, web->pool, 64 * 1024);
	for (; pairs[0] != NULL; pairs += 2)
		(void)buf_format(&body, "%s%s=%s", body.len > 0 ? "&" : "",
		    pairs[0], url_encoded(web->pool, slice_str(pairs[1])));
	return buf_view(&body);
}

static struct answer
try(struct webtest *web, const char *email, const char *password,
    const char *next)
{
	const char *pairs[] = { "email", email, "password", password, "next",
		next, NULL };

	webtest_set(web, "HTTP_SEC_FETCH_SITE", "same-origin");
	return webtest_post(web, "/login", FORM, encode(web, pairs));
}

/* The n-th Set-Cookie whose name this is, or NULL. */
static const char *
cookie_of(struct webtest *web, const struct answer *answer, const char *name)
{
	const char *line =
	    pool_format(web->pool, "Set-Cookie: %s=", name);
	const char *at = strstr(answer->head, line);

	if (at == NULL || at >= answer->body)
		return NULL;
	at += strlen("Set-Cookie: ");
	return pool_strndup(web->pool, at, strcspn(at, "\r\n"));
}

/* As a browser sends it back: without its attributes. */
static const char *
pair_of(struct webtest *web, const char *cookie)
{
	return pool_strndup(web->pool, cookie, strcspn(cookie, ";"));
}

static int64_t
count_sessions(struct webtest *web)
{
	return webtest_count(web, "SELECT count(*) FROM sessions");
}

static void
test_right(void **state)
{
	struct webtest *web = &((struct fixture *)*state)->web;
	struct answer answer;
	const char *cookie;

	webtest_set(web, "HTTP_USER_AGENT", "Firefox/140");
	answer = try(web, " ANA@example.org ", WEBTEST_PASSWORD, "/products/new");
	assert_int_equal(answer.status, 302);
	assert_string_equal(webtest_header(web, &answer, "Location"),
	    "/products/new");
	assert_string_equal(webtest_header(web, &answer, "Cache-Control"),
	    "no-store");
	cookie = cookie_of(web, &answer, "almacen_session");
	assert_non_null(strstr(cookie, "; Path=/; HttpOnly; SameSite=Lax"));
	assert_null(strstr(cookie, "Max-Age"));
	assert_null(strstr(cookie, "Domain"));
	assert_non_null(strstr(cookie_of(web, &answer, "almacen_device"),
	    "; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax"));
	assert_int_equal(count_sessions(web), 1);
	assert_int_equal(webtest_count(web, "SELECT count(*) FROM sessions"
	    " WHERE user_agent = 'Firefox/140' AND"
	    " remote_addr = '127.0.0.1'"), 1);
	webtest_unset_all(web);
	webtest_set(web, "HTTP_COOKIE", pair_of(web, cookie));
	answer = webtest_get(web, "/products/new");
	assert_int_equal(answer.status, 200);
	assert_non_null(strstr(answer.body, EMAIL));
	assert_non_null(strstr(answer.body, "action=\"/logout\""));
	/* Whoever is in needs no login page. */
	answer = webtest_get(web, "/login?next=%2Fproducts%2F7");
	assert_int_equal(answer.status, 302);
	assert_string_equal(webtest_header(web, &answer, "Location"),
	    "/products/7");
}

/* What is wrong shows neither in the page nor in its status. */
static void
test_wrong(void **state)
{
	struct webtest *web = &((struct fixture *)*state)->web;
	static const struct {
		const char *email, *password;
	} rows[] = {
		{ EMAIL, "wrong" },
		{ EMAIL, WEBTEST_PASSWORD " " },
		{ EMAIL, "Correct horse battery" },
		{ "eva@example.org", WEBTEST_PASSWORD },
		{ "off@example.org", WEBTEST_PASSWORD },
		{ "away@example.org", WEBTEST_PASSWORD },
		{ "no address", WEBTEST_PASSWORD },
		{ "' OR 1=1 --", "' OR 1=1 --" },
	};
	struct tenant tenant = { .name = "Away", .host = "",
		.is_disabled = true };
	struct err err = ERR_INIT;

	assert_int_equal(tenant_insert(web->app.backend.db, &tenant, &err), 0);
	(void)webtest_user(web, tenant.id, "away@example.org", ROLE_ADMIN);
	(void)webtest_user(web, 1, "off@example.org", ROLE_ADMIN);
	webtest_sql(web, "UPDATE users SET is_disabled = 1"
			 " WHERE login = 'off@example.org'");
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct answer answer;

		webtest_unset_all(web);
		answer = try(web, rows[i].email, rows[i].password, "/");
		assert_int_equal(answer.status, 403);
		assert_non_null(strstr(answer.body, "La dirección de correo o"
		    " la contraseña no son correctas."));
		assert_null(strstr(answer.body, WEBTEST_PASSWORD));
		assert_null(cookie_of(web, &answer, "almacen_device"));
	}
	assert_int_equal(count_sessions(web), 0);
	assert_int_equal(webtest_count(web, "SELECT count(*) FROM audit"
	    " WHERE action = 'login' AND result = 'bad_login'"),
	    ARRAY_COUNT(rows));
	/* A password in the wrong field is in no log. */
	assert_int_equal(webtest_count(web, "SELECT count(*) FROM audit"
	    " WHERE subject LIKE '%1=1%' OR subject LIKE '%horse%'"), 0);
}

/* The address that was typed stays, beside what is missing. */
static void
test_fields(void **state)
{
	struct webtest *web = &((struct fixture *)*state)->web;
	struct answer answer = try(web, "eva\"<b>@x.test", "", "/products/7");

	assert_int_equal(answer.status, 200);
	assert_non_null(strstr(answer.body,
	    "value=\"eva&quot;&lt;b&gt;@x.test\""));
	assert_non_null(strstr(answer.body, "id=\"password-error\""));
	assert_null(strstr(answer.body, "id=\"email-error\""));
	assert_non_null(strstr(answer.body,
	    "name=\"next\" value=\"/products/7\""));
	answer = try(web, "", "x", "//evil.test");
	assert_non_null(strstr(answer.body, "id=\"email-error\""));
	assert_null(strstr(answer.body, "evil.test"));
}

static void
test_next(void **state)
{
	struct webtest *web = &((struct fixture *)*state)->web;
	static const char *const foreign[] = { "//evil.test", "/\\evil.test",
		"https://evil.test/", "/%2fevil.test", "javascript:alert(1)",
		"/a\r\nX-Bad: 1", "/login", "" };

	for (size_t i = 0; i < ARRAY_COUNT(foreign); i++) {
		struct answer answer =
		    try(web, EMAIL, WEBTEST_PASSWORD, foreign[i]);

		assert_int_equal(answer.status, 302);
		assert_string_equal(webtest_header(web, &answer, "Location"),
		    "/");
		webtest_unset_all(web);
		answer = webtest_get(web, pool_format(web->pool,
		    "/login?next=%s",
		    url_encoded(web->pool, slice_str(foreign[i]))));
		assert_int_equal(answer.status, 200);
		assert_null(strstr(answer.body, "name=\"next\""));
	}
	webtest_set(web, "SCRIPT_NAME", "/tienda");
	webtest_set(web, "HTTP_SEC_FETCH_SITE", "same-origin");
	{
		const char *pairs[] = { "email", EMAIL, "password",
			WEBTEST_PASSWORD, "next", "/products?q=1", NULL };
		struct answer answer = webtest_post(web, "/tienda/login",
		    FORM, encode(web, pairs));

		assert_string_equal(webtest_header(web, &answer, "Location"),
		    "/tienda/products?q=1");
	}
}

/* A cookie that somebody else planted is worth nothing after the login. */
static void
test_fixation(void **state)
{
	struct fixture *f = *state;
	struct webtest *web = &f->web;
	const char *planted =
	    "almacen_session=0123456789abcdef0123456789abcdef";
	struct answer answer;
	const char *first, *second;

	webtest_set(web, "HTTP_COOKIE", planted);
	answer = try(web, EMAIL, WEBTEST_PASSWORD, "/");
	first = pair_of(web, cookie_of(web, &answer, "almacen_session"));
	assert_string_not_equal(first, planted);
	assert_int_equal(webtest_get(web, "/products").status, 302);
	/* And another login ends the first. */
	webtest_unset_all(web);
	webtest_set(web, "HTTP_COOKIE", first);
	assert_int_equal(webtest_get(web, "/products").status, 200);
	answer = try(web, EMAIL, WEBTEST_PASSWORD, "/");
	second = pair_of(web, cookie_of(web, &answer, "almacen_session"));
	assert_string_not_equal(second, first);
	assert_int_equal(webtest_get(web, "/products").status, 302);
	assert_int_equal(count_sessions(web), 1);
	webtest_unset_all(web);
	webtest_set(web, "HTTP_COOKIE", second);
	assert_int_equal(webtest_get(web, "/products").status, 200);
}

/* Nobody is logged in into an account of somebody else's. */
static void
test_login_csrf(void **state)
{
	struct webtest *web = &((struct fixture *)*state)->web;
	const char *bare[] = { "email", EMAIL, "password", WEBTEST_PASSWORD,
		NULL };
	const char *token, *cookie;
	struct answer page = webtest_get(web, "/login");

	cookie = pair_of(web, cookie_of(web, &page, "almacen_session"));
	token = webtest_between(web, &page, "name=\"csrf\" value=\"", "\"");
	/* No header, no cookie, no token. */
	assert_int_equal(webtest_post(web, "/login", FORM,
	    encode(web, bare)).status, 403);
	webtest_set(web, "HTTP_SEC_FETCH_SITE", "cross-site");
	assert_int_equal(webtest_post(web, "/login", FORM,
	    encode(web, bare)).status, 403);
	webtest_unset_all(web);
	webtest_set(web, "HTTP_ORIGIN", "https://evil.test");
	assert_int_equal(webtest_post(web, "/login", FORM,
	    encode(web, bare)).status, 403);
	assert_int_equal(count_sessions(web), 0);
	{
		const char *pairs[] = { "email", EMAIL, "password",
			WEBTEST_PASSWORD, "csrf", token, NULL };

		/* The token without its cookie, and with it. */
		webtest_unset_all(web);
		assert_int_equal(webtest_post(web, "/login", FORM,
		    encode(web, pairs)).status, 403);
		webtest_set(web, "HTTP_COOKIE", cookie);
		assert_int_equal(webtest_post(web, "/login", FORM,
		    encode(web, pairs)).status, 302);
	}
}

static void
test_logout(void **state)
{
	struct fixture *f = *state;
	struct webtest *web = &f->web;
	struct answer answer;

	(void)webtest_log_in(web, f->user_id);
	/* Without a token, which no page of ours sent. */
	assert_int_equal(webtest_post(web, "/logout", FORM,
	    slice_str("")).status, 403);
	assert_int_equal(count_sessions(web), 1);
	webtest_set(web, "HTTP_SEC_FETCH_SITE", "same-origin");
	answer = webtest_post(web, "/logout", FORM, slice_str(""));
	assert_int_equal(answer.status, 302);
	assert_string_equal(webtest_header(web, &answer, "Location"),
	    "/login");
	assert_non_null(strstr(cookie_of(web, &answer, "almacen_session"),
	    "almacen_session=; Path=/; Max-Age=0"));
	assert_non_null(webtest_header(web, &answer, "Clear-Site-Data"));
	assert_int_equal(count_sessions(web), 0);
	assert_int_equal(webtest_get(web, "/products").status, 302);
	/* Once more does no harm. */
	answer = webtest_post(web, "/logout", FORM, slice_str(""));
	assert_int_equal(answer.status, 302);
	assert_int_equal(webtest_count(web, "SELECT count(*) FROM audit"
	    " WHERE action = 'logout' AND result = 'ok'"), 2);
}

static void
test_throttle(void **state)
{
	struct webtest *web = &((struct fixture *)*state)->web;
	struct answer answer;
	const char *cookies;

	answer = try(web, EMAIL, WEBTEST_PASSWORD, "/");
	assert_int_equal(answer.status, 302);
	cookies = pair_of(web, cookie_of(web, &answer, "almacen_device"));
	webtest_unset_all(web);
	for (int i = 0; i < 3; i++) {
		answer = try(web, EMAIL, "wrong", "/");
		assert_int_equal(answer.status, 403);
	}
	answer = try(web, EMAIL, WEBTEST_PASSWORD, "/");
	assert_int_equal(answer.status, 429);
	assert_string_equal(webtest_header(web, &answer, "Retry-After"), "20");
	assert_non_null(strstr(answer.body, "de nuevo en 20 segundos."));
	assert_non_null(strstr(answer.body, "value=\"" EMAIL "\""));
	/* The browser in which he was before is not held up by that. */
	webtest_set(web, "HTTP_COOKIE", cookies);
	answer = try(web, EMAIL, WEBTEST_PASSWORD, "/");
	assert_int_equal(answer.status, 302);
	/* One that nobody signed is nothing. */
	webtest_unset_all(web);
	webtest_set(web, "HTTP_COOKIE",
	    pool_format(web->pool, "%sx", cookies));
	answer = try(web, EMAIL, WEBTEST_PASSWORD, "/");
	assert_int_equal(answer.status, 429);
}

/* Behind a proxy that ends TLS: the cookie is for https and this host. */
static void
test_https(void **state)
{
	struct webtest *web = &((struct fixture *)*state)->web;
	struct answer answer = try(web, EMAIL, WEBTEST_PASSWORD, "/");
	const char *cookie =
	    cookie_of(web, &answer, "__Host-almacen_session");

	assert_non_null(cookie);
	assert_non_null(strstr(cookie,
	    "; Path=/; HttpOnly; SameSite=Lax; Secure"));
	assert_null(cookie_of(web, &answer, "almacen_session"));
	webtest_unset_all(web);
	webtest_set(web, "HTTP_COOKIE", pair_of(web, cookie));
	assert_int_equal(webtest_get(web, "/products").status, 200);
	/* By the plain name it may be anybody's. */
	webtest_unset_all(web);
	webtest_set(web, "HTTP_COOKIE",
	    pair_of(web, cookie) + strlen("__Host-"));
	assert_int_equal(webtest_get(web, "/products").status, 302);
}

/* Another tenant's host is no place to log in. */
static void
test_hosts(void **state)
{
	struct webtest *web = &((struct fixture *)*state)->web;
	struct tenant tenant = { .name = "Other", .host = "other.test" };
	struct err err = ERR_INIT;

	assert_int_equal(tenant_insert(web->app.backend.db, &tenant, &err), 0);
	webtest_set(web, "HTTP_HOST", "other.test");
	assert_int_equal(try(web, EMAIL, WEBTEST_PASSWORD, "/").status, 403);
	webtest_unset_all(web);
	assert_int_equal(try(web, EMAIL, WEBTEST_PASSWORD, "/").status, 302);
}

#define TEST(name, how) \
	cmocka_unit_test_setup_teardown(name, how, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_right, setup),
		TEST(test_wrong, setup),
		TEST(test_fields, setup),
		TEST(test_next, setup),
		TEST(test_fixation, setup),
		TEST(test_login_csrf, setup),
		TEST(test_logout, setup),
		TEST(test_throttle, setup_throttled),
		TEST(test_https, setup_https),
		TEST(test_hosts, setup),
	};

	return cmocka_run_group_tests_name("web/login", tests, NULL, NULL);
}
