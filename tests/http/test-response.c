/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "http/response.h"
#include "http/transport_mem.h"

#define PARAMS(...) ((const char *const[]){ __VA_ARGS__, NULL })

struct fixture {
	struct pool *pool;
	struct clock clock;
	struct log log;
	struct transport_mem mem;
	struct request request;
	struct response response;
	struct err err;
};

static void
setup(struct fixture *f, const char *const *params)
{
	struct request_input input;

	*f = (struct fixture){ .pool = pool_new() };
	log_init(&f->log, -1, LOG_ERROR);
	transport_mem_init(&f->mem, f->pool, params, slice_str("body"));
	input = (struct request_input){ .pool = f->pool,
		.transport = &f->mem.transport,
		.clock = &f->clock,
		.log = &f->log };
	assert_int_equal(request_init(&f->request, &input, &f->err), 0);
	response_init(&f->response, f->pool);
}

static void
assert_sent(struct fixture *f, const char *text)
{
	assert_int_equal(response_send(&f->response, &f->request, &f->err), 0);
	assert_string_equal(f->mem.out.data, text);
	pool_free(&f->pool);
}

static void
test_bodies(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, PARAMS("REQUEST_METHOD", "GET"));
	assert_sent(&f, "Status: 200 OK\r\nContent-Length: 0\r\n\r\n");

	setup(&f, PARAMS("REQUEST_METHOD", "GET"));
	response_body(&f.response, "text/plain", slice_str("hola"));
	assert_int_equal(response_send(&f.response, &f.request, &f.err), 0);
	assert_int_equal(f.response.sent_bytes, 4);
	assert_string_equal(f.mem.out.data, "Status: 200 OK\r\n"
	    "Content-Type: text/plain\r\nContent-Length: 4\r\n\r\nhola");
	assert_false(f.mem.gave_up_body);
	pool_free(&f.pool);

	setup(&f, PARAMS("REQUEST_METHOD", "HEAD"));
	response_body(&f.response, "text/plain", slice_str("hola"));
	assert_sent(&f, "Status: 200 OK\r\n"
	    "Content-Type: text/plain\r\nContent-Length: 4\r\n\r\n");

	setup(&f, PARAMS("REQUEST_METHOD", "GET"));
	f.response.status = 204;
	assert_sent(&f, "Status: 204 No Content\r\n\r\n");

	setup(&f, PARAMS("REQUEST_METHOD", "GET"));
	f.response.status = 304;
	response_header(&f.response, "ETag", "\"%d\"", 7);
	f.response.body = slice_str("never");
	assert_sent(&f, "Status: 304 Not Modified\r\nETag: \"7\"\r\n\r\n");

	setup(&f, PARAMS("REQUEST_METHOD", "GET"));
	f.response.status = 599;
	assert_sent(&f, "Status: 599 Unknown\r\nContent-Length: 0\r\n\r\n");
}

static void
test_large_body(void **state)
{
	enum { SIZE = 100000 };
	struct fixture f;
	char *body;

	(void)state;
	setup(&f, PARAMS("REQUEST_METHOD", "GET"));
	body = pool_alloc(f.pool, SIZE);
	memset(body, 'x', SIZE);
	response_body(&f.response, "text/plain", slice_make(body, SIZE));
	assert_int_equal(response_send(&f.response, &f.request, &f.err), 0);
	assert_int_equal(f.response.sent_bytes, SIZE);
	assert_true(slice_has_suffix(
	    slice_make(f.mem.out.data, f.mem.out.len - SIZE),
	    "Content-Length: 100000\r\n\r\n"));
	pool_free(&f.pool);
}

static void
test_headers(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, PARAMS("REQUEST_METHOD", "GET"));
	response_header(&f.response, "X-A", "1");
	response_header(&f.response, "x-a", "%s", "2");
	response_add_header(&f.response, "Vary", "a");
	response_add_header(&f.response, "Vary", "b");
	assert_string_equal(response_find_header(&f.response, "X-a"), "2");
	assert_null(response_find_header(&f.response, "X-B"));
	response_redirect(&f.response, "/tienda/products");
	assert_sent(&f, "Status: 302 Found\r\nX-A: 2\r\nVary: a\r\nVary: b\r\n"
	    "Location: /tienda/products\r\nContent-Length: 0\r\n\r\n");

	setup(&f, PARAMS("REQUEST_METHOD", "GET"));
	response_header(&f.response, "X-A", "1");
	response_body(&f.response, "text/plain", slice_str("x"));
	f.response.status = 500;
	response_reset(&f.response);
	assert_sent(&f, "Status: 200 OK\r\nContent-Length: 0\r\n\r\n");
}

/* What slips past the setters still never reaches the wire. */
static void
test_refused_headers(void **state)
{
	struct fixture f;
	char *longest;

	(void)state;
	setup(&f, PARAMS("REQUEST_METHOD", "GET"));
	f.response.headers[f.response.header_count++] =
	    (struct response_header){ "X-A", "a\r\nSet-Cookie: b" };
	assert_int_equal(response_send(&f.response, &f.request, &f.err), -1);
	assert_int_equal(f.err.kind, ERR_INTERNAL);
	assert_int_equal(f.mem.out.len, 0);

	response_reset(&f.response);
	longest = pool_alloc(f.pool, RESPONSE_HEADER_LINE_MAX + 1);
	memset(longest, 'x', RESPONSE_HEADER_LINE_MAX);
	response_header(&f.response, "X-A", "%s", longest);
	assert_int_equal(response_send(&f.response, &f.request, &f.err), -1);
	assert_int_equal(f.mem.out.len, 0);
	pool_free(&f.pool);
}

static void
test_cookies(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, PARAMS("REQUEST_METHOD", "GET"));
	response_cookie(&f.response, &f.request, "flash", "abc", 60);
	response_cookie(&f.response, &f.request, "session", "", 0);
	assert_sent(&f, "Status: 200 OK\r\n"
	    "Set-Cookie: flash=abc; Path=/; Max-Age=60; HttpOnly; "
	    "SameSite=Lax\r\n"
	    "Set-Cookie: session=; Path=/; Max-Age=0; HttpOnly; "
	    "SameSite=Lax\r\n"
	    "Content-Length: 0\r\n\r\n");

	setup(&f, PARAMS("REQUEST_URI", "/tienda/x", "SCRIPT_NAME", "/tienda",
	    "HTTPS", "on"));
	response_cookie(&f.response, &f.request, "s", "1", -1);
	assert_string_equal(response_find_header(&f.response, "Set-Cookie"),
	    "s=1; Path=/tienda; HttpOnly; SameSite=Lax; Secure");
	pool_free(&f.pool);
}

/* One for the whole host, which under https nobody else can set. */
static void
test_host_cookies(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, PARAMS("REQUEST_URI", "/tienda/x", "SCRIPT_NAME", "/tienda",
	    "HTTPS", "on"));
	response_host_cookie(&f.response, &f.request, "s", "1", 60);
	assert_string_equal(response_find_header(&f.response, "Set-Cookie"),
	    "__Host-s=1; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
	pool_free(&f.pool);

	setup(&f, PARAMS("REQUEST_URI", "/tienda/x", "SCRIPT_NAME",
	    "/tienda"));
	response_host_cookie(&f.response, &f.request, "s", "1", -1);
	assert_string_equal(response_find_header(&f.response, "Set-Cookie"),
	    "s=1; Path=/; HttpOnly; SameSite=Lax");
	pool_free(&f.pool);
}

static int
stream_text(struct response_sink *sink, void *arg, struct err *err)
{
	const char *text = arg;

	if (*text == '!')
		return err_set(err, ERR_UPSTREAM, "no more");
	if (response_sink_write(sink, text, 2, err) == -1)
		return -1;
	return response_sink_write(sink, text + 2, strlen(text + 2), err);
}

static char stream_good[] = "abcde";
static char stream_bad[] = "!";

static void
test_streams(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, PARAMS("REQUEST_METHOD", "GET"));
	response_stream(&f.response, "a/b", 5, stream_text, stream_good);
	assert_int_equal(response_send(&f.response, &f.request, &f.err), 0);
	assert_int_equal(f.response.sent_bytes, 5);
	assert_false(f.mem.was_cut);
	assert_string_equal(f.mem.out.data, "Status: 200 OK\r\n"
	    "Content-Type: a/b\r\nContent-Length: 5\r\n\r\nabcde");
	pool_free(&f.pool);

	setup(&f, PARAMS("REQUEST_METHOD", "GET"));
	response_stream(&f.response, "a/b", -1, stream_text, stream_good);
	assert_sent(&f, "Status: 200 OK\r\nContent-Type: a/b\r\n\r\nabcde");

	setup(&f, PARAMS("REQUEST_METHOD", "HEAD"));
	response_stream(&f.response, "a/b", 5, stream_text, stream_bad);
	assert_sent(&f, "Status: 200 OK\r\nContent-Type: a/b\r\n"
	    "Content-Length: 5\r\n\r\n");

	/* failed, and shorter than announced */
	setup(&f, PARAMS("REQUEST_METHOD", "GET"));
	response_stream(&f.response, "a/b", 5, stream_text, stream_bad);
	assert_int_equal(response_send(&f.response, &f.request, &f.err), -1);
	assert_int_equal(f.err.kind, ERR_UPSTREAM);
	assert_true(f.mem.was_cut);
	pool_free(&f.pool);
	setup(&f, PARAMS("REQUEST_METHOD", "GET"));
	response_stream(&f.response, "a/b", 6, stream_text, stream_good);
	assert_int_equal(response_send(&f.response, &f.request, &f.err), -1);
	assert_true(f.mem.was_cut);
	pool_free(&f.pool);
}

static void
test_unread_body(void **state)
{
	struct slice bytes;
	struct fixture f;

	(void)state;
	setup(&f, PARAMS("REQUEST_METHOD", "POST", "CONTENT_LENGTH", "4"));
	assert_int_equal(response_send(&f.response, &f.request, &f.err), 0);
	assert_true(f.mem.gave_up_body);
	pool_free(&f.pool);

	setup(&f, PARAMS("REQUEST_METHOD", "POST", "CONTENT_LENGTH", "4"));
	while (request_read(&f.request, &bytes, &f.err) == 1)
		;
	assert_int_equal(response_send(&f.response, &f.request, &f.err), 0);
	assert_false(f.mem.gave_up_body);
	pool_free(&f.pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_large_body),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_refused_headers),
		cmocka_unit_test(test_cookies),
		cmocka_unit_test(test_host_cookies),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_unread_body),
	};

	return cmocka_run_group_tests_name("http/response", tests, NULL, NULL);
}
