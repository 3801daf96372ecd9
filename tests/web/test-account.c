/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "codec/url.h"
#include "model/api_token.h"
#include "model/tenant.h"
#include "web/device_name.h"
#include "webtest.h"

#define FORM "application/x-www-form-urlencoded"
#define NEW_PASSWORD "a new and longer one"

struct fixture {
	struct webtest web;
	int64_t user_id, session_id;
};

static int
setup_with(void **state, const char *const *settings)
{
	static struct fixture f;

	webtest_open(&f.web, settings);
	f.user_id = webtest_user(&f.web, TENANT_FIRST, "ana@example.org",
	    ROLE_EDITOR);
	*state = &f;
	return 0;
}

/* Somebody logged in, in a browser of today. */
static int
setup(void **state)
{
	static const char *const settings[] = { "AUTH=login", NULL };
	struct fixture *f;

	(void)setup_with(state, settings);
	f = *state;
	f->session_id = webtest_log_in(&f->web, f->user_id);
	webtest_set(&f->web, "HTTP_SEC_FETCH_SITE", "same-origin");
	return 0;
}

static int
setup_server(void **state)
{
	static const char *const settings[] = { "AUTH=remote_user", NULL };

	(void)setup_with(state, settings);
	webtest_set(&((struct fixture *)*state)->web, "REMOTE_USER", "ana");
	return 0;
}

static int
teardown(void **state)
{
	webtest_close(&((struct fixture *)*state)->web);
	return 0;
}

static struct answer
post(struct webtest *web, const char *uri, const char *const *pairs)
{
	struct buf body;

	buf_init(&body, web->pool, 64 * 1024);
	for (; pairs[0] != NULL; pairs += 2)
		(void)buf_format(&body, "%s%s=%s", body.len > 0 ? "&" : "",
		    pairs[0], url_encoded(web->pool, slice_str(pairs[1])));
	return webtest_post(web, uri, FORM, buf_view(&body));
}

static struct answer
press(struct webtest *web, const char *uri)
{
	return webtest_post(web, uri, FORM, slice_str(""));
}

static int64_t
count_sessions(struct webtest *web)
{
	return webtest_count(web, "SELECT count(*) FROM sessions");
}

/* ---- the account ---- */

static void
test_account(void **state)
{
	struct webtest *web = &((struct fixture *)*state)->web;
	struct answer answer;

	webtest_sql(web, "UPDATE tenants SET quota_bytes = 1000,"
			 " used_bytes = 250, name = 'Casa <b>'");
	webtest_sql(web, "UPDATE users SET name = 'Ana & Co'");
	answer = webtest_get(web, "/account");
	assert_int_equal(answer.status, 200);
	assert_non_null(strstr(answer.body, "<h1>Ana &amp; Co</h1>"));
	assert_non_null(strstr(answer.body, "ana@example.org"));
	assert_non_null(strstr(answer.body, "Casa &lt;b&gt;"));
	assert_non_null(strstr(answer.body, "value=\"25\""));
	assert_null(strstr(answer.body, "<img src"));
	assert_non_null(strstr(answer.body,
	    "href=\"/account\" aria-current=\"page\""));
	assert_non_null(strstr(answer.body, "href=\"/account/password\""));
	webtest_set(web, "HTTP_ACCEPT", "application/json");
	answer = webtest_get(web, "/account");
	assert_non_null(strstr(answer.body, "\"role\":\"editor\""));
	assert_null(strstr(answer.body, "$y$"));
}

/* No token comes here: whoever has found one makes no more of it. */
static void
test_no_tokens(void **state)
{
	struct fixture *f = *state;
	struct webtest *web = &f->web;
	static const char *const pages[] = { "/account", "/account/password",
		"/account/sessions", "/account/tokens" };
	const char *token =
	    webtest_token(web, f->user_id, API_SCOPE_ADMIN);

	webtest_unset_all(web);
	webtest_set(web, "HTTP_X_API_KEY", token);
	for (size_t i = 0; i < ARRAY_COUNT(pages); i++) {
		assert_int_equal(webtest_get(web, pages[i]).status, 403);
		if (i > 0)
			assert_int_not_equal(press(web, pages[i]).status, 200);
	}
	assert_int_equal(webtest_count(web, "SELECT count(*) FROM api_tokens"),
	    1);
}

/* ---- the password ---- */

static struct answer
change(struct webtest *web, const char *current, const char *password,
    const char *again)
{
	const char *pairs[] = { "current_password", current, "new_password",
		password, "new_password_again", again, NULL };

	return post(web, "/account/password", pairs);
}

static void
test_password_refused(void **state)
{
	static const struct {
		const char *current, *password, *again;
		const char *field; /* the one with an error */
	} rows[] = {
		{ "", NEW_PASSWORD, NEW_PASSWORD, "current_password" },
		{ "wrong", NEW_PASSWORD, NEW_PASSWORD, "current_password" },
		{ WEBTEST_PASSWORD, "", NEW_PASSWORD, "new_password" },
		{ WEBTEST_PASSWORD, NEW_PASSWORD, "", "new_password_again" },
		{ WEBTEST_PASSWORD, NEW_PASSWORD, NEW_PASSWORD " ",
		    "new_password_again" },
		{ WEBTEST_PASSWORD, "short", "short", "new_password" },
		{ WEBTEST_PASSWORD, "1234567890", "1234567890",
		    "new_password" },
		{ WEBTEST_PASSWORD, "ana@example.org", "ana@example.org",
		    "new_password" },
		{ WEBTEST_PASSWORD, WEBTEST_PASSWORD, WEBTEST_PASSWORD,
		    "new_password" },
		{ WEBTEST_PASSWORD, "a new \001 and longer",
		    "a new \001 and longer", "new_password" },
	};
	static const char *const names[] = { "current_password",
		"new_password", "new_password_again" };
	struct webtest *web = &((struct fixture *)*state)->web;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct answer answer = change(web, rows[i].current,
		    rows[i].password, rows[i].again);

		assert_int_equal(answer.status, 200);
		assert_non_null(strstr(answer.body, pool_format(web->pool,
		    "<a href=\"#%s\">", rows[i].field)));
		assert_non_null(strstr(answer.body, pool_format(web->pool,
		    "id=\"%s-error\"", rows[i].field)));
		for (size_t j = 0; j < ARRAY_COUNT(names); j++)
			assert_non_null(strstr(answer.body,
			    pool_format(web->pool, "id=\"%s\" name=\"%s\""
			    " type=\"password\" required", names[j],
			    names[j])));
		assert_null(strstr(answer.body, NEW_PASSWORD));
		assert_null(strstr(answer.body, WEBTEST_PASSWORD));
	}
	assert_int_equal(count_sessions(web), 1);
	assert_int_equal(webtest_count(web, "SELECT count(*) FROM audit"
	    " WHERE action = 'password.change' AND result = 'invalid'"),
	    ARRAY_COUNT(rows) - 1);
}

static void
test_password_changed(void **state)
{
	struct fixture *f = *state;
	struct webtest *web = &f->web;
	const char *token = webtest_token(web, f->user_id, API_SCOPE_READ);
	const char *cookie = web->params[1];
	struct answer answer;

	(void)webtest_log_in(web, f->user_id);
	(void)webtest_log_in(web, f->user_id);
	assert_int_equal(count_sessions(web), 3);
	webtest_unset_all(web);
	webtest_set(web, "HTTP_COOKIE", cookie);
	webtest_set(web, "HTTP_SEC_FETCH_SITE", "same-origin");
	answer = change(web, WEBTEST_PASSWORD, NEW_PASSWORD, NEW_PASSWORD);
	assert_int_equal(answer.status, 302);
	assert_int_equal(count_sessions(web), 1);
	assert_int_equal(webtest_get(web, "/account").status, 200);
	assert_int_equal(webtest_count(web, pool_format(web->pool,
	    "SELECT count(*) FROM audit WHERE action = 'password.change' AND"
	    " result = 'ok' AND subject = 'users/%lld'",
	    (long long)f->user_id)), 1);
	/* The old one is none any more. */
	answer = change(web, WEBTEST_PASSWORD, "yet another one",
	    "yet another one");
	assert_int_equal(answer.status, 200);
	webtest_unset_all(web);
	webtest_set(web, "HTTP_X_API_KEY", token);
	assert_int_equal(webtest_get(web, "/products").status, 200);
}

/* Whoever has stolen a session does not guess on. */
static void
test_password_throttled(void **state)
{
	static const char *const settings[] = { "AUTH=login", "RATE_LOGIN=2",
		NULL };
	struct webtest *web;
	struct answer answer;
	struct fixture *f;

	(void)setup_with(state, settings);
	f = *state;
	web = &f->web;
	(void)webtest_log_in(web, f->user_id);
	webtest_set(web, "HTTP_SEC_FETCH_SITE", "same-origin");
	for (int i = 0; i < 2; i++)
		assert_int_equal(change(web, "wrong", NEW_PASSWORD,
		    NEW_PASSWORD).status, 200);
	answer = change(web, WEBTEST_PASSWORD, NEW_PASSWORD, NEW_PASSWORD);
	assert_int_equal(answer.status, 429);
	assert_string_equal(webtest_header(web, &answer, "Retry-After"), "30");
}

/* ---- sessions ---- */

static void
test_sessions(void **state)
{
	struct fixture *f = *state;
	struct webtest *web = &f->web;
	const char *cookie = web->params[1];
	int64_t other = webtest_user(web, 1, "eva@example.org", ROLE_ADMIN);
	int64_t foreign = webtest_log_in(web, other);
	int64_t second = webtest_log_in(web, f->user_id);
	struct answer answer;

	webtest_sql(web, pool_format(web->pool, "UPDATE sessions SET"
	    " user_agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0)"
	    " Gecko/20100101 Firefox/140.0', remote_addr = '192.0.2.9'"
	    " WHERE id = %lld", (long long)second));
	webtest_unset_all(web);
	webtest_set(web, "HTTP_COOKIE", cookie);
	webtest_set(web, "HTTP_SEC_FETCH_SITE", "same-origin");
	answer = webtest_get(web, "/account/sessions");
	assert_int_equal(answer.status, 200);
	assert_non_null(strstr(answer.body, "Firefox, Linux"));
	assert_non_null(strstr(answer.body, "192.0.2.9"));
	assert_non_null(strstr(answer.body, pool_format(web->pool,
	    "/account/sessions/%lld/end", (long long)second)));
	/* The own one ends by logging out. */
	assert_null(strstr(answer.body, pool_format(web->pool,
	    "/account/sessions/%lld/end", (long long)f->session_id)));
	assert_null(strstr(answer.body, pool_format(web->pool, "%lld",
	    (long long)foreign)));
	answer = press(web, pool_format(web->pool,
	    "/account/sessions/%lld/end", (long long)foreign));
	assert_int_equal(answer.status, 404);
	assert_int_equal(press(web, "/account/sessions/x/end").status, 404);
	assert_int_equal(count_sessions(web), 3);
	answer = press(web, pool_format(web->pool,
	    "/account/sessions/%lld/end", (long long)second));
	assert_int_equal(answer.status, 302);
	assert_int_equal(count_sessions(web), 2);
	assert_int_equal(press(web, "/account/sessions/end-others").status,
	    302);
	assert_int_equal(count_sessions(web), 2);
	assert_int_equal(webtest_get(web, "/account/sessions").status, 200);
}

static void
test_end_others(void **state)
{
	struct fixture *f = *state;
	struct webtest *web = &f->web;
	const char *cookie = web->params[1];

	(void)webtest_log_in(web, f->user_id);
	(void)webtest_log_in(web, f->user_id);
	webtest_unset_all(web);
	webtest_set(web, "HTTP_COOKIE", cookie);
	webtest_set(web, "HTTP_SEC_FETCH_SITE", "same-origin");
	assert_int_equal(press(web, "/account/sessions/end-others").status,
	    302);
	assert_int_equal(count_sessions(web), 1);
	assert_int_equal(webtest_get(web, "/account").status, 200);
}

/* ---- tokens ---- */

static struct answer
make_token(struct webtest *web, const char *name, const char *scope,
    const char *days)
{
	const char *pairs[] = { "name", name, "scope", scope, "days", days,
		NULL };

	return post(web, "/account/tokens", pairs);
}

static void
test_tokens(void **state)
{
	struct webtest *web = &((struct fixture *)*state)->web;
	struct answer answer = make_token(web, "Copias <b>", "write", "30");
	const char *token, *url;

	assert_int_equal(answer.status, 200);
	assert_string_equal(webtest_header(web, &answer, "Cache-Control"),
	    "private, no-store");
	token = webtest_between(web, &answer, ">alm_", "<");
	assert_non_null(token);
	token = pool_format(web->pool, "alm_%s", token);
	assert_non_null(strstr(answer.body, "Copias &lt;b&gt;"));
	assert_int_equal(webtest_count(web, "SELECT count(*) FROM api_tokens"
	    " WHERE scopes = 2 AND expires_secs = created_secs + 30 * 86400"),
	    1);
	/* It is never shown again. */
	answer = webtest_get(web, "/account/tokens");
	assert_null(strstr(answer.body, "alm_"));
	url = webtest_between(web, &answer, "action=\"/account/tokens/", "\"");
	url = pool_format(web->pool, "/account/tokens/%s", url);
	webtest_set(web, "HTTP_X_API_KEY", token);
	assert_int_equal(webtest_get(web, "/products/new").status, 200);
	web->param_count--;
	assert_int_equal(press(web, url).status, 302);
	assert_int_equal(press(web, url).status, 404);
	answer = webtest_get(web, "/account/tokens");
	assert_non_null(strstr(answer.body, "Revocado"));
	webtest_set(web, "HTTP_X_API_KEY", token);
	assert_int_equal(webtest_get(web, "/products/new").status, 401);
	assert_int_equal(webtest_count(web, "SELECT count(*) FROM audit"
	    " WHERE action = 'token.create' AND subject LIKE 'tokens/%'"), 1);
}

static void
test_tokens_refused(void **state)
{
	static const struct {
		const char *name, *scope, *days, *field;
	} rows[] = {
		{ "", "read", "30", "name" },
		{ "x\001", "read", "30", "name" },
		{ "x", "admin", "30", "scope" }, /* an editor */
		{ "x", "read,write", "30", "scope" },
		{ "x", "", "30", "scope" },
		{ "x", "read", "31", "days" },
		{ "x", "read", "", "days" },
	};
	struct webtest *web = &((struct fixture *)*state)->web;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct answer answer = make_token(web, rows[i].name,
		    rows[i].scope, rows[i].days);

		assert_int_equal(answer.status, 200);
		assert_non_null(strstr(answer.body, pool_format(web->pool,
		    "id=\"%s-error\"", rows[i].field)));
		assert_null(strstr(answer.body, "alm_"));
	}
	assert_int_equal(webtest_count(web, "SELECT count(*) FROM api_tokens"),
	    0);
}

static void
test_tokens_of_others(void **state)
{
	struct webtest *web = &((struct fixture *)*state)->web;
	int64_t other = webtest_user(web, 1, "eva@example.org", ROLE_ADMIN);
	int64_t id;

	(void)webtest_token(web, other, API_SCOPE_READ);
	id = webtest_count(web, "SELECT id FROM api_tokens");
	assert_int_equal(press(web, pool_format(web->pool,
	    "/account/tokens/%lld/revoke", (long long)id)).status, 404);
	assert_int_equal(webtest_count(web, "SELECT count(*) FROM api_tokens"
	    " WHERE is_revoked = 0"), 1);
}

/* ---- where the login is not ours ---- */

static void
test_server(void **state)
{
	struct webtest *web = &((struct fixture *)*state)->web;
	struct answer answer = webtest_get(web, "/account");

	assert_int_equal(answer.status, 200);
	assert_non_null(strstr(answer.body, "href=\"/account/tokens\""));
	assert_null(strstr(answer.body, "href=\"/account/password\""));
	assert_null(strstr(answer.body, "href=\"/account/sessions\""));
	assert_null(strstr(answer.body, "action=\"/logout\""));
	assert_int_equal(webtest_get(web, "/account/password").status, 404);
	assert_int_equal(webtest_get(web, "/account/sessions").status, 404);
	assert_int_equal(change(web, "a", "b", "b").status, 404);
	assert_int_equal(press(web, "/logout").status, 404);
	assert_int_equal(press(web, "/account/sessions/end-others").status,
	    404);
	assert_int_equal(make_token(web, "x", "read", "never").status, 200);
	assert_int_equal(webtest_count(web, "SELECT count(*) FROM api_tokens"
	    " WHERE expires_secs = 0 AND scopes = 1"), 1);
}

/* ---- names of devices ---- */

static void
test_devices(void **state)
{
	static const struct {
		const char *agent, *name;
	} rows[] = {
		{ "", "" },
		{ "curl/7.88.1", "curl" },
		{ "python-requests/2.31 (x)", "python-requests" },
		{ "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101"
		  " Firefox/140.0", "Firefox, Linux" },
		{ "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
		  " AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0"
		  " Safari/537.36", "Chrome, Windows" },
		{ "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
		  " AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0"
		  " Safari/537.36 Edg/130.0", "Edge, Windows" },
		{ "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)"
		  " AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0"
		  " Mobile/15E148 Safari/604.1", "Safari, iPhone" },
		{ "Mozilla/5.0 (Linux; Android 14; Pixel 8)"
		  " AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0"
		  " Mobile Safari/537.36", "Chrome, Android" },
		{ "Firefox/1", "Firefox" },
		{ "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(device_name(*state, rows[i].agent),
		    rows[i].name);
}

#define TEST(name, how) \
	cmocka_unit_test_setup_teardown(name, how, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_account, setup),
		TEST(test_no_tokens, setup),
		TEST(test_password_refused, setup),
		TEST(test_password_changed, setup),
		TEST(test_password_throttled, NULL),
		TEST(test_sessions, setup),
		TEST(test_end_others, setup),
		TEST(test_tokens, setup),
		TEST(test_tokens_refused, setup),
		TEST(test_tokens_of_others, setup),
		TEST(test_server, setup_server),
		POOL_TEST(test_devices),
	};

	return cmocka_run_group_tests_name("web/account", tests, NULL, NULL);
}
