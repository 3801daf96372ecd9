/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "base/buf.h"
#include "http/cookie.h"
#include "http/request.h"
#include "http/transport_mem.h"

struct fixture {
	struct pool *pool;
	struct clock clock;
	struct log log;
	struct transport_mem mem;
	struct request request;
	struct err err;
};

static void
setup(struct fixture *f)
{
	*f = (struct fixture){ .pool = pool_new() };
	log_init(&f->log, -1, LOG_ERROR);
}

static int
init(struct fixture *f, const char *const *params, const char *body)
{
	struct request_input input = { .pool = f->pool,
		.transport = &f->mem.transport,
		.clock = &f->clock,
		.log = &f->log,
		.default_lang = LANG_ES };

	err_clear(&f->err);
	transport_mem_init(&f->mem, f->pool, params, slice_str(body));
	return request_init(&f->request, &input, &f->err);
}

#define PARAMS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void
test_targets(void **state)
{
	static const struct {
		const char *uri, *script, *info; /* NULL: absent */
		const char *base, *path;	 /* base NULL: refused */
	} cases[] = {
		/* REQUEST_URI minus SCRIPT_NAME */
		{ "/", "", "/", "", "/" },
		{ "/products/1", "", "/products/1", "", "/products/1" },
		{ "/products?x=1", "", NULL, "", "/products" },
		{ "/tienda/products", "/tienda", "/products", "/tienda",
		    "/products" },
		{ "/tienda", "/tienda", NULL, "/tienda", "/" },
		{ "/tienda/", "/tienda", "/", "/tienda", "/" },
		{ "/tienda/x", "/tienda/", "/x", "/tienda", "/x" },
		{ "/cgi-bin/almacen.fcgi/a%2Fb", "/cgi-bin/almacen.fcgi",
		    "/a/b", "/cgi-bin/almacen.fcgi", "/a%2Fb" },
		{ "/mi%20tienda/x", "/mi tienda", "/x", "/mi%20tienda", "/x" },
		{ "/%74ienda/x", "/tienda", "/x", "/tienda", "/x" },
		{ "/a%41", "", NULL, "", "/a%41" },
		{ "/a//b", "", NULL, "", "/a//b" },
		{ "/caf\xc3\xa9", "", NULL, "", "/caf\xc3\xa9" },
		{ "/.well-known/..a/...", "", NULL, "",
		    "/.well-known/..a/..." },
		/* a rewrite: PATH_INFO, and what stands before it */
		{ "/products/1", "/almacen.fcgi", "/products/1", "",
		    "/products/1" },
		{ "/shop/a%20b", "/cgi-bin/almacen.fcgi", "/a b", "/shop",
		    "/a%20b" },
		{ "/other", "/almacen.fcgi", "/products", "/almacen.fcgi",
		    "/products" },
		{ "/tiendax/y", "/tienda", NULL, "/tienda", "/" },
		{ NULL, "/almacen.cgi", "/a b", "/almacen.cgi", "/a%20b" },
		{ NULL, NULL, NULL, "", "/" },
		/* plain ProxyPass: SCRIPT_NAME is the whole path */
		{ "/products", "/products", NULL, "/products", "/" },
		/* refused */
		{ "/a\nb", "", NULL, NULL, NULL },
		{ "/a b", "", NULL, NULL, NULL },
		{ "/a%00", "", NULL, NULL, NULL },
		{ "/a%0d%0ab", "", NULL, NULL, NULL },
		{ "/a%7f", "", NULL, NULL, NULL },
		{ "/a%", "", NULL, NULL, NULL },
		{ "/a%2", "", NULL, NULL, NULL },
		{ "/a%zz", "", NULL, NULL, NULL },
		{ "/../x", "", NULL, NULL, NULL },
		{ "/a/.", "", NULL, NULL, NULL },
		{ "/a/%2e%2E/b", "", NULL, NULL, NULL },
		{ "/a%2f..%2fb", "", NULL, NULL, NULL },
		{ "products", "", NULL, NULL, NULL },
		{ "http://other/x", "", NULL, NULL, NULL },
		{ "*", "", NULL, NULL, NULL },
		{ "//evil.example/x", "/almacen.fcgi", "/x", NULL, NULL },
		{ "/x", "/a.fcgi", "/a/../b", NULL, NULL },
		{ "/x", "/a.fcgi", "/a\rb", NULL, NULL },
		{ "/x", "/a.fcgi", "b", NULL, NULL },
	};
	struct fixture f;

	(void)state;
	setup(&f);
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const char *params[7] = { NULL };
		size_t n = 0;
		int result;

		if (cases[i].uri != NULL) {
			params[n++] = "REQUEST_URI";
			params[n++] = cases[i].uri;
		}
		if (cases[i].script != NULL) {
			params[n++] = "SCRIPT_NAME";
			params[n++] = cases[i].script;
		}
		if (cases[i].info != NULL) {
			params[n++] = "PATH_INFO";
			params[n] = cases[i].info;
		}
		result = init(&f, params, "");
		if (cases[i].base == NULL) {
			if (result != -1)
				fail_msg("accepted: %s", cases[i].uri);
			assert_int_equal(f.err.kind, ERR_INVALID);
			assert_string_equal(f.err.code, "bad_path");
			assert_string_equal(f.request.base, "");
			assert_string_equal(f.request.path, "/");
			continue;
		}
		if (result == -1)
			fail_msg("refused: %s: %s", cases[i].uri, f.err.text);
		assert_string_equal(f.request.base, cases[i].base);
		assert_string_equal(f.request.path, cases[i].path);
	}
	pool_free(&f.pool);
}

static void
test_long_uri(void **state)
{
	char uri[REQUEST_URI_MAX + 2];
	struct fixture f;

	(void)state;
	setup(&f);
	memset(uri, 'a', sizeof(uri));
	uri[0] = '/';
	uri[REQUEST_URI_MAX] = '\0';
	assert_int_equal(init(&f, PARAMS("REQUEST_URI", uri), ""), 0);
	uri[REQUEST_URI_MAX] = 'a';
	uri[REQUEST_URI_MAX + 1] = '\0';
	assert_int_equal(init(&f, PARAMS("REQUEST_URI", uri), ""), -1);
	assert_string_equal(f.err.code, "uri_too_long");
	assert_int_equal(
	    init(&f, PARAMS("REQUEST_URI", "/", "QUERY_STRING", uri), ""), -1);
	assert_string_equal(f.err.code, "uri_too_long");
	assert_int_equal(f.request.query.len, 0);
	pool_free(&f.pool);
}

static void
test_variables(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	assert_int_equal(init(&f, PARAMS("REQUEST_METHOD", "POST",
	    "REQUEST_URI", "/x?a=1", "HTTP_HOST", "tienda.example:8080",
	    "HTTPS", "on", "REMOTE_ADDR", "192.0.2.1", "REMOTE_USER", "ana",
	    "CONTENT_TYPE", "text/plain", "CONTENT_LENGTH", "12",
	    "HTTP_ACCEPT_LANGUAGE", "en", "HTTP_ACCEPT", "application/json",
	    "HTTP_X_FORWARDED_FOR", "203.0.113.9", "HTTP_X_FORWARDED_PROTO",
	    "http"), ""), 0);
	assert_int_equal(f.request.method, HTTP_POST);
	assert_slice(f.request.query, "a=1");
	assert_string_equal(f.request.host, "tienda.example:8080");
	assert_true(f.request.is_https);
	assert_string_equal(f.request.remote_addr, "192.0.2.1");
	assert_string_equal(f.request.remote_user, "ana");
	assert_string_equal(f.request.content_type, "text/plain");
	assert_int_equal(f.request.content_length, 12);
	assert_int_equal(f.request.lang, LANG_EN);
	assert_true(f.request.wants_json);
	assert_int_equal(strlen(f.request.id), 32);
	assert_string_equal(f.request.id, f.request.log.req);
	assert_string_equal(request_origin(&f.request),
	    "https://tienda.example:8080");

	assert_int_equal(init(&f, PARAMS("REQUEST_METHOD", "BREW", "HTTPS",
	    "off", "REMOTE_USER", "", "HTTP_X_FORWARDED_PROTO", "https"), ""),
	    0);
	assert_int_equal(f.request.method, HTTP_NONE);
	assert_string_equal(f.request.method_text, "BREW");
	assert_false(f.request.is_https);
	assert_null(f.request.remote_user);
	assert_string_equal(f.request.host, "");
	assert_string_equal(request_origin(&f.request), "");
	assert_int_equal(f.request.lang, LANG_ES);
	assert_int_equal(f.request.content_length, -1);

	assert_int_equal(init(&f, PARAMS("REQUEST_SCHEME", "https"), ""), 0);
	assert_true(f.request.is_https);
	pool_free(&f.pool);
}

static void
test_content_length(void **state)
{
	static const struct {
		const char *text;
		int64_t want; /* -2: refused */
	} cases[] = {
		{ "", -1 },
		{ "0", 0 },
		{ "00012", 12 },
		{ "9223372036854775807", INT64_MAX },
		{ "9223372036854775808", -2 },
		{ "18446744073709551616", -2 },
		{ "-1", -2 },
		{ "+1", -2 },
		{ " 1", -2 },
		{ "1 ", -2 },
		{ "0x10", -2 },
		{ "1e3", -2 },
		{ "1,1", -2 },
	};
	struct fixture f;

	(void)state;
	setup(&f);
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		int result = init(&f,
		    PARAMS("CONTENT_LENGTH", cases[i].text), "");

		if (cases[i].want != -2) {
			assert_int_equal(result, 0);
			assert_int_equal(f.request.content_length,
			    cases[i].want);
			continue;
		}
		assert_int_equal(result, -1);
		assert_int_equal(f.err.kind, ERR_INVALID);
		assert_string_equal(f.err.code, "bad_content_length");
	}
	pool_free(&f.pool);
}

static void
test_cookies_too_long(void **state)
{
	struct fixture f;
	char *cookies;

	(void)state;
	setup(&f);
	cookies = pool_alloc(f.pool, REQUEST_HEADER_MAX + 2);
	memset(cookies, 'a', REQUEST_HEADER_MAX);
	assert_int_equal(init(&f, PARAMS("HTTP_COOKIE", cookies), ""), 0);
	cookies[REQUEST_HEADER_MAX] = 'a';
	assert_int_equal(init(&f, PARAMS("HTTP_COOKIE", cookies), ""), -1);
	assert_string_equal(f.err.code, "cookies_too_long");
	pool_free(&f.pool);
}

static void
test_bad_host(void **state)
{
	static const char *const hosts[] = { "a b", "a/b", "a\"b", "a\r\nb",
		"user@host", "a?b", "<script>", "caf\xc3\xa9" };
	struct fixture f;

	(void)state;
	setup(&f);
	for (size_t i = 0; i < ARRAY_COUNT(hosts); i++) {
		assert_int_equal(init(&f, PARAMS("HTTP_HOST", hosts[i]), ""),
		    -1);
		assert_string_equal(f.err.code, "bad_host");
		assert_string_equal(f.request.host, "");
	}
	assert_int_equal(init(&f, PARAMS("HTTP_HOST", "[::1]:80"), ""), 0);
	pool_free(&f.pool);
}

static void
test_headers(void **state)
{
	char value[REQUEST_HEADER_MAX + 2];
	struct fixture f;

	(void)state;
	setup(&f);
	memset(value, 'v', sizeof(value));
	value[REQUEST_HEADER_MAX + 1] = '\0';
	assert_int_equal(init(&f, PARAMS("HTTP_IF_NONE_MATCH", "\"x\"",
	    "HTTP_PROXY", "http://evil", "HTTP_X_LONG", value,
	    "CONTENT_TYPE", "a/b", "CONTENT_LENGTH", "3", "REMOTE_USER",
	    value, "HTTP_CONTENT_TYPE", "x/y", "HTTP_CONTENT_LENGTH", "9"),
	    ""), 0);
	assert_string_equal(request_header(&f.request, "If-None-Match"),
	    "\"x\"");
	assert_string_equal(request_header(&f.request, "content-type"), "a/b");
	assert_string_equal(request_header(&f.request, "Content-Length"), "3");
	assert_null(request_header(&f.request, "Proxy"));
	assert_null(request_header(&f.request, "PROXY"));
	assert_null(request_header(&f.request, "X-Long"));
	assert_null(request_header(&f.request, "X-None"));
	assert_null(request_header(&f.request, value));
	assert_null(f.request.remote_user);
	pool_free(&f.pool);
}

/* Signed requests ask for all headers of a family. */
static void
test_header_names(void **state)
{
	struct fixture f;
	struct request_names names;
	const char *params[2 * (REQUEST_NAMES_MAX + 2) + 1] = { NULL };

	(void)state;
	setup(&f);
	assert_int_equal(init(&f,
			     PARAMS("HTTP_X_AMZ_DATE", "d", "HTTP_X_AM", "n",
				 "X_AMZ_ACL", "n", "HTTP_ACCEPT", "n",
				 "HTTP_X_AMZ_META_USER_ID", "7"),
			     ""),
	    0);
	assert_int_equal(
	    request_header_names(&f.request, "x-amz-", &names, &f.err), 0);
	assert_int_equal(names.count, 2);
	assert_string_equal(names.names[0], "x-amz-date");
	assert_string_equal(names.names[1], "x-amz-meta-user-id");
	for (int i = 0; i <= REQUEST_NAMES_MAX; i++) {
		params[2 * i] = pool_format(f.pool, "HTTP_X_AMZ_%d", i);
		params[2 * i + 1] = "";
	}
	assert_int_equal(init(&f, params, ""), 0);
	assert_int_equal(
	    request_header_names(&f.request, "x-amz-", &names, &f.err), -1);
	assert_int_equal(f.err.kind, ERR_INVALID);
	params[2 * REQUEST_NAMES_MAX] = NULL;
	assert_int_equal(init(&f, params, ""), 0);
	assert_int_equal(
	    request_header_names(&f.request, "x-amz-", &names, &f.err), 0);
	assert_int_equal(names.count, REQUEST_NAMES_MAX);
	pool_free(&f.pool);
}

static void
test_cookies(void **state)
{
	struct slice value;
	struct fixture f;

	(void)state;
	setup(&f);
	assert_int_equal(init(&f, PARAMS("HTTP_COOKIE",
	    "a=1; flash=x=y ;b; =z; a=2;  empty=; xflash=3"), ""), 0);
	assert_true(request_cookie(&f.request, "a", &value));
	assert_slice(value, "1");
	assert_true(request_cookie(&f.request, "flash", &value));
	assert_slice(value, "x=y");
	assert_true(request_cookie(&f.request, "empty", &value));
	assert_slice(value, "");
	assert_false(request_cookie(&f.request, "b", &value));
	assert_false(request_cookie(&f.request, "lash", &value));
	assert_false(request_cookie(&f.request, "A", &value));
	assert_int_equal(init(&f, PARAMS("HTTP_HOST", "h"), ""), 0);
	assert_false(request_cookie(&f.request, "a", &value));
	assert_int_equal(init(&f, PARAMS("HTTP_COOKIE", "s=1; __Host-s=2"),
	    ""), 0);
	assert_true(request_host_cookie(&f.request, "s", &value));
	assert_slice(value, "1");
	assert_int_equal(init(&f, PARAMS("HTTP_COOKIE", "s=1; __Host-s=2",
	    "HTTPS", "on"), ""), 0);
	assert_true(request_host_cookie(&f.request, "s", &value));
	assert_slice(value, "2");
	assert_int_equal(init(&f, PARAMS("HTTP_COOKIE", "s=1", "HTTPS", "on"),
	    ""), 0);
	assert_false(request_host_cookie(&f.request, "s", &value));
	assert_true(cookie_is_clean("flash", "abc.-_~="));
	assert_true(cookie_is_clean("flash", ""));
	assert_false(cookie_is_clean("", "x"));
	assert_false(cookie_is_clean("a=b", "x"));
	assert_false(cookie_is_clean("a", "x;y"));
	assert_false(cookie_is_clean("a", "x\ny"));
	assert_false(cookie_is_clean("a", "x y"));
	pool_free(&f.pool);
}

static void
test_query(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	assert_int_equal(init(&f, PARAMS("REQUEST_URI", "/x?q=no",
	    "QUERY_STRING", "q=caf%C3%A9+con&&q=2&n=%00&bad=%C3&e=&f"), ""),
	    0);
	assert_string_equal(request_query(&f.request, "q"),
	    "caf\xc3\xa9 con");
	assert_string_equal(request_query(&f.request, "e"), "");
	assert_string_equal(request_query(&f.request, "f"), "");
	assert_null(request_query(&f.request, "n"));
	assert_null(request_query(&f.request, "bad"));
	assert_null(request_query(&f.request, "none"));
	assert_int_equal(init(&f, PARAMS("QUERY_STRING", "a=%zz&b=1"), ""), 0);
	assert_null(request_query(&f.request, "b"));
	pool_free(&f.pool);
}

static int
read_all(struct fixture *f)
{
	struct slice bytes;
	int result;

	while ((result = request_read(&f->request, &bytes, &f->err)) == 1)
		;
	return result;
}

static void
test_read(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	assert_int_equal(init(&f, PARAMS("CONTENT_LENGTH", "5"), "12345"), 0);
	f.mem.step_bytes = 2;
	assert_true(request_has_body(&f.request));
	assert_int_equal(read_all(&f), 0);
	assert_true(f.request.body_is_read);
	assert_int_equal(f.request.body_bytes, 5);

	assert_int_equal(init(&f, PARAMS("CONTENT_LENGTH", "6"), "12345"), 0);
	assert_int_equal(read_all(&f), -1);
	assert_string_equal(f.err.code, "body_truncated");

	assert_int_equal(init(&f, PARAMS("CONTENT_LENGTH", "4"), "12345"), 0);
	f.mem.step_bytes = 1;
	assert_int_equal(read_all(&f), -1);
	assert_string_equal(f.err.code, "body_too_long");
	assert_false(f.request.body_is_read);

	assert_int_equal(init(&f, PARAMS("CONTENT_LENGTH", "5"), "12345"), 0);
	f.mem.cut_at = 3;
	assert_int_equal(read_all(&f), -1);
	assert_int_equal(f.err.kind, ERR_GONE_AWAY);

	assert_int_equal(init(&f, PARAMS("REQUEST_METHOD", "POST"), "12"), 0);
	assert_true(request_has_body(&f.request));
	assert_int_equal(read_all(&f), 0);
	assert_int_equal(init(&f, PARAMS("REQUEST_METHOD", "GET"), ""), 0);
	assert_false(request_has_body(&f.request));
	pool_free(&f.pool);
}

static void
tap(void *arg, struct slice bytes)
{
	(void)buf_slice(arg, bytes);
}

/* Whoever listens hears what is read, and what is skipped. */
static void
test_tap_and_skip(void **state)
{
	static const char *const params[] = { "REQUEST_METHOD", "POST",
		"CONTENT_LENGTH", "10", NULL };
	struct slice bytes;
	struct buf heard;
	struct fixture f;

	(void)state;
	setup(&f);
	assert_int_equal(init(&f, params, "0123456789"), 0);
	buf_init(&heard, f.pool, 100);
	f.mem.step_bytes = 4;
	f.request.body_tap = tap;
	f.request.body_tap_arg = &heard;
	assert_int_equal(request_read(&f.request, &bytes, &f.err), 1);
	assert_slice(buf_view(&heard), "0123");
	assert_int_equal(request_skip_body(&f.request, 10, &f.err), 0);
	assert_slice(buf_view(&heard), "0123456789");
	assert_true(f.request.body_is_read);
	/* Nothing is left to skip. */
	assert_int_equal(request_skip_body(&f.request, 0, &f.err), 0);

	assert_int_equal(init(&f, params, "0123456789"), 0);
	assert_int_equal(request_skip_body(&f.request, 9, &f.err), -1);
	assert_string_equal(f.err.code, "body_too_large");
	assert_int_equal(init(&f, params, "01234"), 0);
	assert_int_equal(request_skip_body(&f.request, 10, &f.err), -1);
	assert_string_equal(f.err.code, "body_truncated");
	pool_free(&f.pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_long_uri),
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_content_length),
		cmocka_unit_test(test_bad_host),
		cmocka_unit_test(test_cookies_too_long),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_header_names),
		cmocka_unit_test(test_cookies),
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_tap_and_skip),
	};

	return cmocka_run_group_tests_name("http/request", tests, NULL, NULL);
}
