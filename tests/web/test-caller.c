/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "http/transport_mem.h"
#include "model/api_token.h"
#include "model/tenant.h"
#include "web/caller.h"
#include "webtest.h"

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

enum { NOBODY = -2 };

struct fixture {
	struct webtest web;
	int64_t other_tenant; /* with the host other.test */
	struct caller caller;
	struct err err;
};

static int
setup_with(void **state, const char *auth, const char *other)
{
	static struct fixture f;
	const char *settings[] = { auth, other, NULL };
	struct tenant tenant = { .name = "Other", .host = "other.test" };

	f = (struct fixture){ .err = ERR_INIT };
	webtest_open(&f.web, settings);
	if (tenant_insert(f.web.app.backend.db, &tenant, &f.err) == -1)
		fail_msg("%s", f.err.text);
	f.other_tenant = tenant.id;
	*state = &f;
	return 0;
}

static int
setup_login(void **state)
{
	return setup_with(state, "AUTH=login", "RATE_LOGIN=0");
}

static int
setup_server(void **state)
{
	return setup_with(state, "AUTH=remote_user", "RATE_LOGIN=0");
}

static int
setup_open(void **state)
{
	return setup_with(state, "AUTH=open", "RATE_LOGIN=0");
}

static int
setup_open_base(void **state)
{
	return setup_with(state, "AUTH=open",
	    "BASE_URL=http://dev.shop.com:8080/shop");
}

static int
teardown(void **state)
{
	webtest_close(&((struct fixture *)*state)->web);
	return 0;
}

/* ---- REMOTE_USER ---- */

static int
find_server(struct fixture *f, const char *user, const char *host)
{
	static const char *const none[] = { NULL };
	struct transport_mem mem;
	struct request request = { .pool = f->web.pool,
		.clock = &f->web.app.clock,
		.transport = &mem.transport,
		.host = host,
		.remote_user = user };

	transport_mem_init(&mem, f->web.pool, none, slice_str(""));
	return caller_find(&f->web.app, &request, &f->caller, &f->err);
}

static const char *
id_of(struct fixture *f, const char *user)
{
	if (find_server(f, user, "shop.test") == -1)
		fail_msg("%s: %s", user, f->err.text);
	assert_int_equal(f->caller.via, CALLER_SERVER);
	assert_int_equal(f->caller.tenant_id, TENANT_FIRST);
	assert_string_equal(f->caller.login, user);
	assert_int_equal(f->caller.role, ROLE_EDITOR);
	return f->caller.id;
}

static void
test_ids(void **state)
{
	static const struct {
		const char *user, *id;
	} cases[] = {
		{ "ana", "ana" },
		{ "Ana_1-b@example.org", "Ana_1-b@example.org" },
		{ ".", "=2E" },
		{ "..", "=2E." },
		{ "a/b", "a=2Fb" },
		{ "DOMAIN\\ana", "DOMAIN=5Cana" },
		{ "a b+c%2f", "a=20b=2Bc=252f" },
		{ "=2E", "=3D2E" },
		{ "\xc3\xb1", "=C3=B1" },
		{ "${filename}", "=24=7Bfilename=7D" },
		{ "tenant_7", "=74enant_7" },
		{ "tenant_", "=74enant_" },
		{ "tenant", "tenant" },
		{ "Tenant_7", "Tenant_7" },
		{ X64, X64 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		assert_string_equal(id_of(f, cases[i].user), cases[i].id);
		/* And again, as somebody who has been here. */
		assert_string_equal(id_of(f, cases[i].user), cases[i].id);
	}
	assert_int_equal(webtest_count(&f->web, "SELECT count(*) FROM users"),
	    ARRAY_COUNT(cases));
}

/* Long names are short, and still their own. */
static void
test_long(void **state)
{
	static const char *const users[] = { X64 "x", X64 "y", X64 "/",
		X64 X64, "=" X64 };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(users); i++) {
		const char *id = id_of(f, users[i]);

		assert_int_equal(strlen(id), USER_KEY_MAX);
		assert_memory_equal(id, "=h", 2);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(id, id_of(f, users[j]));
	}
}

static void
test_bad_names(void **state)
{
	static const char *const users[] = { "a\nb", "\xff", "a\xc2",
		X64 X64 X64 X64 };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(users); i++) {
		err_clear(&f->err);
		assert_int_equal(find_server(f, users[i], "shop.test"), -1);
		assert_int_equal(f->err.kind, ERR_DENIED);
		assert_string_equal(f->err.code, "bad_remote_user");
	}
	assert_int_equal(webtest_count(&f->web, "SELECT count(*) FROM users"),
	    0);
}

static void
test_server(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(find_server(f, NULL, "shop.test"), 0);
	assert_int_equal(f->caller.via, CALLER_NOBODY);
	/* The same name is another person in another tenant. */
	assert_int_equal(find_server(f, "ana", "other.test:8080"), 0);
	assert_int_equal(f->caller.tenant_id, f->other_tenant);
	assert_int_equal(find_server(f, "ana", "shop.test"), 0);
	assert_int_equal(f->caller.tenant_id, TENANT_FIRST);
	assert_int_equal(webtest_count(&f->web, "SELECT count(*) FROM users"),
	    2);
	webtest_sql(&f->web, "UPDATE users SET is_disabled = 1"
			     " WHERE tenant_id = 1");
	assert_int_equal(find_server(f, "ana", "shop.test"), -1);
	assert_string_equal(f->err.code, "user_disabled");
	assert_int_equal(f->err.kind, ERR_DENIED);
	assert_int_equal(find_server(f, "ana", "other.test"), 0);
	webtest_sql(&f->web, "UPDATE tenants SET is_disabled = 1"
			     " WHERE host = 'other.test'");
	assert_int_equal(find_server(f, "ana", "other.test"), -1);
	assert_string_equal(f->err.code, "tenant_disabled");
	assert_int_equal(find_server(f, "eva", "other.test"), -1);
	assert_string_equal(f->err.code, "tenant_disabled");
}

static void
test_open(void **state)
{
	static const char *const none[] = { NULL };
	struct fixture *f = *state;
	struct transport_mem mem;
	struct request request = { .pool = f->web.pool,
		.clock = &f->web.app.clock,
		.transport = &mem.transport,
		.host = "",
		.remote_addr = "127.0.0.1" };

	transport_mem_init(&mem, f->web.pool, none, slice_str(""));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(caller_find(&f->web.app, &request, &f->caller,
		    &f->err), 0);
		assert_int_equal(f->caller.via, CALLER_OPEN);
		assert_string_equal(f->caller.id, "1");
		assert_int_equal(f->caller.role, ROLE_ADMIN);
		assert_int_equal(f->caller.tenant_id, TENANT_FIRST);
	}
	assert_int_equal(webtest_count(&f->web, "SELECT count(*) FROM users"),
	    1);
}

/* DNS rebinding: the name of a stranger's that leads to this machine. */
static void
test_open_hosts(void **state)
{
	static const struct {
		const char *host;
		int status;
	} cases[] = {
		{ "", 200 },
		{ "localhost:8080", 200 },
		{ "devbox", 200 },
		{ "127.0.0.1:8080", 200 },
		{ "[::1]:8080", 200 },
		{ "Shop.TEST.:80", 200 },
		{ "a.localhost", 200 },
		{ "dev.shop.com:8080", 200 }, /* of BASE_URL */
		{ "shop.com", 403 },
		{ "evil.com", 403 },
		{ "evil.com:8080", 403 },
		{ "127.0.0.1.evil.com", 403 },
		{ "localhost.evil.com", 403 },
		{ "eviltest.com", 403 },
		{ "a.b.", 403 },
		{ ":80", 403 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		webtest_unset_all(&f->web);
		webtest_set(&f->web, "HTTP_HOST", cases[i].host);
		assert_int_equal(webtest_get(&f->web, "/products").status,
		    cases[i].status);
	}
}

/* Who that is for whom a proxy asks nobody knows. */
static void
test_open_proxies(void **state)
{
	static const char *const names[] = { "HTTP_X_FORWARDED_FOR",
		"HTTP_FORWARDED" };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		webtest_unset_all(&f->web);
		webtest_set(&f->web, names[i], "127.0.0.1");
		assert_int_equal(webtest_get(&f->web, "/products").status,
		    403);
	}
}

/* ---- sessions and tokens, through the whole application ---- */

static int
status_of(struct fixture *f, const char *uri)
{
	return webtest_get(&f->web, uri).status;
}

static void
test_session(void **state)
{
	struct fixture *f = *state;
	struct webtest *web = &f->web;
	int64_t user = webtest_user(web, TENANT_FIRST, "ana@example.org",
	    ROLE_VIEWER);

	webtest_set(web, "HTTP_ACCEPT", "application/json");
	assert_int_equal(status_of(f, "/products"), 401);
	(void)webtest_log_in(web, user);
	assert_int_equal(status_of(f, "/products"), 200);
	webtest_sql(web, "UPDATE users SET is_disabled = 1");
	assert_int_equal(status_of(f, "/products"), 401);
	webtest_sql(web, "UPDATE users SET is_disabled = 0");
	assert_int_equal(status_of(f, "/products"), 200);
	webtest_sql(web, "UPDATE tenants SET is_disabled = 1 WHERE id = 1");
	assert_int_equal(status_of(f, "/products"), 401);
	webtest_sql(web, "UPDATE tenants SET is_disabled = 0");
	assert_int_equal(status_of(f, "/products"), 200);
	webtest_sql(web, "DELETE FROM sessions");
	assert_int_equal(status_of(f, "/products"), 401);
}

/* Idle for the whole time, or at the absolute end. */
static void
test_expiry(void **state)
{
	struct fixture *f = *state;
	struct webtest *web = &f->web;
	int64_t user = webtest_user(web, TENANT_FIRST, "ana@example.org",
	    ROLE_VIEWER);
	int64_t now_ms = web->app.clock.fixed_ms;
	const struct session_terms *terms = &web->app.session_terms;

	webtest_set(web, "HTTP_ACCEPT", "application/json");
	(void)webtest_log_in(web, user);
	web->app.clock.fixed_ms = now_ms + (terms->idle_secs - 1) * 1000;
	assert_int_equal(status_of(f, "/products"), 200);
	/* That counted: the idle time begins anew. */
	web->app.clock.fixed_ms = now_ms + (2 * terms->idle_secs - 2) * 1000;
	assert_int_equal(status_of(f, "/products"), 200);
	web->app.clock.fixed_ms = now_ms + 3 * terms->idle_secs * 1000;
	assert_int_equal(status_of(f, "/products"), 401);
	web->app.clock.fixed_ms = now_ms + (terms->max_secs - 1) * 1000;
	webtest_sql(web, "UPDATE sessions SET seen_secs = expires_secs - 2");
	assert_int_equal(status_of(f, "/products"), 200);
	web->app.clock.fixed_ms = now_ms + terms->max_secs * 1000;
	assert_int_equal(status_of(f, "/products"), 401);
}

/* At the host of another tenant nobody of ours is known. */
static void
test_hosts(void **state)
{
	struct fixture *f = *state;
	struct webtest *web = &f->web;
	int64_t user = webtest_user(web, TENANT_FIRST, "ana@example.org",
	    ROLE_VIEWER);
	const char *token = webtest_token(web, user, API_SCOPE_READ);

	(void)webtest_log_in(web, user);
	webtest_set(web, "HTTP_ACCEPT", "application/json");
	assert_int_equal(status_of(f, "/products"), 200);
	webtest_set(web, "HTTP_HOST", "other.test");
	assert_int_equal(status_of(f, "/products"), 401);
	webtest_set(web, "HTTP_X_API_KEY", token);
	assert_int_equal(status_of(f, "/products"), 401);
	webtest_sql(web, "UPDATE tenants SET host = 'third.test'"
			 " WHERE host = 'other.test'");
	assert_int_equal(status_of(f, "/products"), 200);
}

static void
test_token(void **state)
{
	struct fixture *f = *state;
	struct webtest *web = &f->web;
	int64_t user = webtest_user(web, TENANT_FIRST, "ana@example.org",
	    ROLE_EDITOR);
	const char *token = webtest_token(web, user, API_SCOPE_READ);
	const struct {
		const char *name, *value;
		int status;
	} rows[] = {
		{ "HTTP_AUTHORIZATION",
		    pool_format(web->pool, "Bearer %s", token), 200 },
		{ "HTTP_AUTHORIZATION",
		    pool_format(web->pool, "bearer  %s ", token), 200 },
		{ "HTTP_X_API_KEY", token, 200 },
		{ "HTTP_AUTHORIZATION", token, 302 },
		{ "HTTP_AUTHORIZATION", "Basic YTpi", 302 },
		{ "HTTP_AUTHORIZATION", "Bearer", 302 },
		{ "HTTP_AUTHORIZATION", "Bearer alm_", 401 },
		{ "HTTP_AUTHORIZATION", "Bearer x", 401 },
		{ "HTTP_X_API_KEY", "x", 401 },
		{ "HTTP_X_API_KEY",
		    pool_format(web->pool, "%.*s", (int)strlen(token) - 1,
			token), 401 },
		{ "HTTP_X_API_KEY", pool_format(web->pool, "%sA", token),
		    401 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct answer answer;

		webtest_unset_all(web);
		webtest_set(web, rows[i].name, rows[i].value);
		answer = webtest_get(web, "/products");
		if (answer.status != rows[i].status)
			fail_msg("%s: %s: %d", rows[i].name, rows[i].value,
			    answer.status);
		if (answer.status == 401)
			assert_string_equal(webtest_header(web, &answer,
			    "WWW-Authenticate"),
			    "Bearer error=\"invalid_token\"");
	}
}

/* A bad token is not made good by a session, nor is it anonymous. */
static void
test_bad_token_and_session(void **state)
{
	struct fixture *f = *state;
	struct webtest *web = &f->web;
	int64_t user = webtest_user(web, TENANT_FIRST, "ana@example.org",
	    ROLE_EDITOR);
	const char *token = webtest_token(web, user, API_SCOPE_READ);

	(void)webtest_log_in(web, user);
	webtest_set(web, "HTTP_X_API_KEY", token);
	assert_int_equal(status_of(f, "/products"), 200);
	webtest_sql(web, "UPDATE api_tokens SET is_revoked = 1");
	assert_int_equal(status_of(f, "/products"), 401);
	webtest_sql(web, "UPDATE api_tokens SET is_revoked = 0,"
			 " expires_secs = 1");
	assert_int_equal(status_of(f, "/products"), 401);
}

/* With the web server's login a token needs no REMOTE_USER beside it. */
static void
test_token_and_server(void **state)
{
	struct fixture *f = *state;
	struct webtest *web = &f->web;
	const char *token;

	assert_int_equal(find_server(f, "ana", "shop.test"), 0);
	token = webtest_token(web, f->caller.user_id, API_SCOPE_READ);
	webtest_set(web, "HTTP_X_API_KEY", token);
	assert_int_equal(status_of(f, "/products"), 200);
	webtest_sql(web, "UPDATE api_tokens SET is_revoked = 1");
	webtest_set(web, "REMOTE_USER", "ana");
	assert_int_equal(status_of(f, "/products"), 401);
	webtest_unset_all(web);
	/* What is not ours is the web server's own. */
	webtest_set(web, "REMOTE_USER", "ana");
	webtest_set(web, "HTTP_AUTHORIZATION", "Bearer eyJhbGciOi");
	assert_int_equal(status_of(f, "/products"), 200);
}

/* ---- what a caller may do ---- */

static void
test_may(void **state)
{
	static const struct {
		enum caller_via via;
		enum role role;
		unsigned scopes;
		const char *may; /* admin, write, read, self, public */
	} rows[] = {
		{ CALLER_NOBODY, ROLE_ADMIN, 7, "----p" },
		{ CALLER_SESSION, ROLE_VIEWER, 7, "--rsp" },
		{ CALLER_SESSION, ROLE_EDITOR, 7, "-wrsp" },
		{ CALLER_SESSION, ROLE_ADMIN, 7, "awrsp" },
		{ CALLER_SERVER, ROLE_VIEWER, 7, "--rsp" },
		{ CALLER_SERVER, ROLE_EDITOR, 7, "-wrsp" },
		{ CALLER_OPEN, ROLE_ADMIN, 7, "awrsp" },
		{ CALLER_TOKEN, ROLE_ADMIN, 0, "----p" },
		{ CALLER_TOKEN, ROLE_ADMIN, API_SCOPE_READ, "--r-p" },
		{ CALLER_TOKEN, ROLE_ADMIN, API_SCOPE_WRITE, "-wr-p" },
		{ CALLER_TOKEN, ROLE_ADMIN, API_SCOPE_READ | API_SCOPE_WRITE,
		    "-wr-p" },
		{ CALLER_TOKEN, ROLE_ADMIN, API_SCOPE_ADMIN, "awr-p" },
		{ CALLER_TOKEN, ROLE_EDITOR, API_SCOPE_ADMIN, "-wr-p" },
		{ CALLER_TOKEN, ROLE_VIEWER, API_SCOPE_ADMIN, "--r-p" },
	};
	static const char letters[] = "awrsp";

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct caller caller = { .via = rows[i].via,
			.role = rows[i].role,
			.scopes = rows[i].scopes };
		char may[6] = "-----";

		for (int access = ROUTE_ADMIN; access <= ROUTE_PUBLIC;
		    access++)
			if (caller_may(&caller, (enum route_access)access))
				may[access] = letters[access];
		if (strcmp(may, rows[i].may) != 0)
			fail_msg("row %zu: %s", i, may);
	}
}

static void
test_owns(void **state)
{
	static const struct {
		struct caller caller;
		const char *owner;
		bool owns;
	} rows[] = {
		{ { CALLER_SESSION, .id = "5", .scopes = 7 }, "5", true },
		{ { CALLER_SESSION, .id = "5", .scopes = 7 }, "55", false },
		{ { CALLER_SESSION, .id = "5", .scopes = 7 }, "", false },
		{ { CALLER_SESSION, .id = "5", .scopes = 7,
		      .role = ROLE_ADMIN }, "6", true },
		{ { CALLER_TOKEN, .id = "5", .scopes = API_SCOPE_WRITE,
		      .role = ROLE_ADMIN }, "6", false },
		{ { CALLER_TOKEN, .id = "5", .scopes = API_SCOPE_ADMIN,
		      .role = ROLE_ADMIN }, "6", true },
		{ { CALLER_NOBODY, .id = "" }, "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(caller_owns(&rows[i].caller, rows[i].owner),
		    rows[i].owns);
}

static void
test_via(void **state)
{
	static const struct {
		struct caller caller;
		const char *text;
	} rows[] = {
		{ { CALLER_NOBODY }, "" },
		{ { CALLER_SESSION, .session_id = 9 }, "session/9" },
		{ { CALLER_TOKEN, .token_id = 12 }, "token/12" },
		{ { CALLER_SERVER }, "server" },
		{ { CALLER_OPEN }, "open" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(caller_via_text(*state, &rows[i].caller),
		    rows[i].text);
}

#define TEST(name, kind) \
	cmocka_unit_test_setup_teardown(name, setup_##kind, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ids, server),
		TEST(test_long, server),
		TEST(test_bad_names, server),
		TEST(test_server, server),
		TEST(test_open, open),
		TEST(test_open_hosts, open_base),
		TEST(test_open_proxies, open),
		TEST(test_session, login),
		TEST(test_expiry, login),
		TEST(test_hosts, login),
		TEST(test_token, login),
		TEST(test_bad_token_and_session, login),
		TEST(test_token_and_server, server),
		cmocka_unit_test(test_may),
		cmocka_unit_test(test_owns),
		POOL_TEST(test_via),
	};

	return cmocka_run_group_tests_name("web/caller", tests, NULL, NULL);
}
