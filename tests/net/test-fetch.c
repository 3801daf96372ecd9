/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "lib/scripted.h"
#include "net/fetch.h"

#define OK_HELLO "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: 1\r\n\r\nhello"

struct fixture {
	struct pool *pool;
	struct fetcher *fetcher;
	struct scripted *server;
	struct fetch_reply reply;
	struct err err;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->pool = pool_new();
	f->fetcher = fetcher_new(f->pool);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	if (f->server != NULL)
		scripted_stop(f->server);
	pool_free(&f->pool);
	free(f);
	return 0;
}

static const char *const no_headers[] = { NULL };

static struct fetch_request
request_for(struct fixture *f, const char *method, const char *path)
{
	return (struct fetch_request){ .method = method,
		.url = pool_format(f->pool, "%s%s", scripted_url(f->server),
		    path),
		.headers = no_headers,
		.deadlines = { .connect_secs = 5, .stall_secs = 5,
		    .total_secs = 10 } };
}

static int
run(struct fixture *f, const struct fetch_request *request)
{
	err_clear(&f->err);
	return fetch_run(f->fetcher, f->pool, request, &f->reply, &f->err);
}

#define START(f, steps) \
	((f)->server = scripted_start((steps), ARRAY_COUNT(steps)))

static void
test_get(void **state)
{
	static const struct scripted_step steps[] = { { .match = "",
	    .reply = "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n" OK_HELLO } };
	struct fixture *f = *state;
	struct fetch_request request;

	START(f, steps);
	request = request_for(f, "GET", "/a/../b//c/.?x=%2F");
	request.headers = (const char *const[]){ "X-Sent: yes", NULL };
	for (int i = 0; i < 3; i++) {
		assert_int_equal(run(f, &request), 0);
		assert_int_equal(f->reply.status, 200);
		assert_true(f->reply.was_sent);
		assert_slice(f->reply.body, "hello");
		assert_slice(*fetch_header(&f->reply, "x-a"), "1");
		assert_null(fetch_header(&f->reply, "x-early"));
	}
	/* The path as it was written, and one connection for all. */
	assert_int_equal(scripted_count(f->server,
	    "GET /a/../b//c/.?x=%2F HTTP/1.1\r\n"), 3);
	assert_int_equal(scripted_count(f->server, "X-Sent: yes\r\n"), 3);
	assert_int_equal(scripted_connections(f->server), 1);
	fetcher_close_idle(f->fetcher);
	assert_int_equal(run(f, &request), 0);
	assert_int_equal(scripted_connections(f->server), 2);
}

static int
read_text(void *arg, int64_t offset, void *data, size_t len, size_t *got_r,
    struct err *err)
{
	struct slice rest = slice_from(slice_str(arg), (size_t)offset);

	(void)err;
	*got_r = len < rest.len ? len : rest.len;
	memcpy(data, rest.data, *got_r);
	return 0;
}

static int
read_fault(void *arg, int64_t offset, void *data, size_t len, size_t *got_r,
    struct err *err)
{
	(void)arg;
	(void)offset;
	(void)data;
	(void)len;
	*got_r = 0;
	return err_set(err, ERR_INTERNAL, "disk fault");
}

static void
test_bodies(void **state)
{
	static const struct scripted_step steps[] = { { .match = "" } };
	struct fixture *f = *state;
	struct fetch_request request;

	START(f, steps);
	request = request_for(f, "PUT", "/put");
	request.has_body = true;
	request.body_bytes = 4;
	request.read = read_text;
	request.read_arg = pool_strdup(f->pool, "text");
	assert_int_equal(run(f, &request), 0);
	assert_string_equal(scripted_body(f->server, "PUT /put"), "text");
	assert_non_null(strstr(scripted_head(f->server, "PUT /put"),
	    "\r\nContent-Length: 4\r\n"));
	assert_int_equal(scripted_count(f->server, "Expect"), 0);

	request = request_for(f, "POST", "/post");
	request.has_body = true;
	assert_int_equal(run(f, &request), 0);
	assert_non_null(strstr(scripted_head(f->server, "POST /post"),
	    "\r\nContent-Length: 0\r\n"));

	request = request_for(f, "DELETE", "/delete");
	assert_int_equal(run(f, &request), 0);
	assert_null(strstr(scripted_head(f->server, "DELETE /delete"),
	    "Content-Length"));

	request = request_for(f, "PUT", "/fault");
	request.has_body = true;
	request.body_bytes = 4;
	request.read = read_fault;
	assert_int_equal(run(f, &request), -1);
	assert_int_equal(f->err.kind, ERR_INTERNAL);
	assert_string_equal(f->err.text, "disk fault");
	assert_true(f->reply.is_ended_by_caller);
}

/* A kept connection that the server has closed: the body goes out again. */
static void
test_dead_connection(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "", .way = SCRIPTED_CUT, .times = 1 },
		{ .match = "" },
	};
	struct fixture *f = *state;
	struct fetch_request request;

	START(f, steps);
	request = request_for(f, "PUT", "/put");
	request.has_body = true;
	request.body_bytes = 4;
	request.read = read_text;
	request.read_arg = pool_strdup(f->pool, "text");
	assert_int_equal(run(f, &request), 0);
	assert_int_equal(run(f, &request), 0);
	assert_string_equal(scripted_body(f->server, "PUT /put"), "text");
}

/* What must not be done twice is not sent twice, with a body or without. */
static void
test_once(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "GET" },
		{ .match = "", .way = SCRIPTED_RESET },
	};
	struct fixture *f = *state;
	struct fetch_request get, once;

	START(f, steps);
	get = request_for(f, "GET", "/");
	for (int64_t bytes = 0; bytes <= 4; bytes += 4) {
		once = request_for(f, "POST", bytes == 0 ? "/a" : "/b");
		once.is_once = true;
		once.has_body = true;
		once.body_bytes = bytes;
		once.read = read_text;
		once.read_arg = pool_strdup(f->pool, "text");
		assert_int_equal(run(f, &get), 0);
		assert_int_equal(run(f, &once), -1);
		assert_int_equal(f->err.kind, ERR_UNAVAILABLE);
		assert_true(f->reply.was_sent);
	}
	assert_int_equal(scripted_count(f->server, "POST /a"), 1);
	assert_int_equal(scripted_count(f->server, "POST /b"), 1);
	/* Others find another connection by themselves. */
	assert_int_equal(run(f, &get), 0);
	once.is_once = false;
	assert_int_equal(run(f, &once), -1);
	assert_int_equal(scripted_count(f->server, "POST /b"), 3);
}

static int
collect(void *arg, struct slice bytes, struct err *err)
{
	(void)err;
	return buf_slice(arg, bytes);
}

static int
refuse(void *arg, struct slice bytes, struct err *err)
{
	(void)arg;
	(void)bytes;
	return err_set(err, ERR_GONE_AWAY, "client went away");
}

static void
test_sinks(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "GET /missing",
		    .reply = "HTTP/1.1 404 Not Found\r\nContent-Length: 3"
			     "\r\n\r\nxml" },
		{ .match = "GET", .reply = OK_HELLO },
	};
	struct fixture *f = *state;
	struct fetch_request request;
	struct buf buf;

	START(f, steps);
	buf_init(&buf, f->pool, 100);
	request = request_for(f, "GET", "/there");
	request.sink = collect;
	request.sink_arg = &buf;
	assert_int_equal(run(f, &request), 0);
	assert_slice(buf_view(&buf), "hello");
	assert_int_equal(f->reply.sunk_bytes, 5);
	assert_int_equal(f->reply.body.len, 0);

	buf_clear(&buf);
	request = request_for(f, "GET", "/missing");
	request.sink = collect;
	request.sink_arg = &buf;
	assert_int_equal(run(f, &request), 0);
	assert_int_equal(f->reply.status, 404);
	assert_int_equal(buf.len, 0);
	assert_slice(f->reply.body, "xml");

	request = request_for(f, "GET", "/there");
	request.sink = refuse;
	assert_int_equal(run(f, &request), -1);
	assert_int_equal(f->err.kind, ERR_GONE_AWAY);
	assert_true(f->reply.is_ended_by_caller);
}

/* D9: an answer, not an instruction; credentials stay here. */
static void
test_redirects(void **state)
{
	static const struct scripted_step other[] = { { .match = "" } };
	struct fixture *f = *state;
	struct scripted *elsewhere = scripted_start(other, 1);
	struct scripted_step steps[] = { { .match = "",
	    .reply = pool_format(f->pool, "HTTP/1.1 307 Temporary Redirect\r\n"
		"Location: %s/x\r\nContent-Length: 0\r\n\r\n",
		scripted_url(elsewhere)) } };
	struct fetch_request request;

	START(f, steps);
	request = request_for(f, "GET", "/x");
	request.headers = (const char *const[]){ "Authorization: secret",
		NULL };
	assert_int_equal(run(f, &request), 0);
	assert_int_equal(f->reply.status, 307);
	assert_int_equal(scripted_connections(elsewhere), 0);
	scripted_stop(elsewhere);
}

/* "Go on", and then the end: nobody has answered yet. */
static void
test_interim_alone(void **state)
{
	static const struct scripted_step steps[] = { { .match = "",
	    .way = SCRIPTED_CUT,
	    .reply = "HTTP/1.1 100 Continue\r\n\r\n" } };
	struct fixture *f = *state;
	struct fetch_request request;

	START(f, steps);
	request = request_for(f, "GET", "/");
	assert_int_equal(run(f, &request), -1);
	assert_int_equal(f->err.kind, ERR_UNAVAILABLE);
	assert_int_equal(f->reply.status, 0);
	assert_true(f->reply.was_sent);
}

static void
test_broken_answers(void **state)
{
	static const struct {
		struct scripted_step step;
		enum err_kind kind;
	} rows[] = {
		{ { .match = "", .way = SCRIPTED_CUT,
		      .reply = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
			       "short" }, ERR_UNAVAILABLE },
		{ { .match = "", .way = SCRIPTED_CUT,
		      .reply = "HTTP/1.1 200 OK\r\nContent-Le" },
		    ERR_UNAVAILABLE },
		{ { .match = "", .way = SCRIPTED_CUT,
		      .reply = "HTTP/1.1 200 OK\r\n" }, ERR_UNAVAILABLE },
		{ { .match = "", .way = SCRIPTED_CUT, .reply = "" },
		    ERR_UNAVAILABLE },
		{ { .match = "", .way = SCRIPTED_RESET }, ERR_UNAVAILABLE },
		{ { .match = "", .way = SCRIPTED_CUT,
		      .reply = "220 mail ready\r\n\r\n" }, ERR_UPSTREAM },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct fetch_request request;

		f->server = scripted_start(&rows[i].step, 1);
		request = request_for(f, "GET", "/secret?X-Amz-Signature=1");
		assert_int_equal(run(f, &request), -1);
		assert_int_equal(f->err.kind, rows[i].kind);
		assert_null(strstr(f->err.text, "Signature"));
		fetcher_close_idle(f->fetcher);
		scripted_stop(f->server);
		f->server = NULL;
	}
}

static void
test_limits(void **state)
{
	struct fixture *f = *state;
	size_t len = 2 * FETCH_BODY_BYTES_MAX;
	char *many = pool_alloc(f->pool, len + 1);
	struct scripted_step steps[2] = {
		{ .match = "/body", .way = SCRIPTED_CUT },
		{ .match = "/head", .way = SCRIPTED_CUT },
	};
	struct fetch_request request;

	memset(many, 'x', len);
	steps[0].reply = pool_format(f->pool,
	    "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", len, many);
	many[FETCH_HEADER_BYTES_MAX] = '\0';
	steps[1].reply = pool_format(f->pool,
	    "HTTP/1.1 200 OK\r\nX-Many: %s\r\n\r\n", many);
	START(f, steps);
	request = request_for(f, "GET", "/body");
	assert_int_equal(run(f, &request), -1);
	assert_int_equal(f->err.kind, ERR_UPSTREAM);
	request = request_for(f, "GET", "/head");
	assert_int_equal(run(f, &request), -1);
	assert_int_equal(f->err.kind, ERR_UPSTREAM);
}

/* D11: neither silence nor a byte now and then holds us for long. */
static void
test_deadlines(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "/silent", .way = SCRIPTED_SILENT },
		{ .match = "/slow", .way = SCRIPTED_TRICKLE,
		    .reply = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"
			     "0123456789012345678901234567890123456789" },
	};
	static const char *const paths[] = { "/silent", "/slow" };
	struct fixture *f = *state;

	START(f, steps);
	for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
		struct fetch_request request = request_for(f, "GET", paths[i]);
		int64_t start_ms = clock_monotonic_ms();

		request.deadlines.stall_secs = 1;
		request.deadlines.total_secs = 60;
		assert_int_equal(run(f, &request), -1);
		assert_int_equal(f->err.kind, ERR_UNAVAILABLE);
		assert_true(clock_monotonic_ms() - start_ms < 10000);
	}
}

/* A server may think for longer than a transfer may stall, or for less. */
static void
test_first_byte(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "/thinks", .reply = OK_HELLO, .delay_ms = 2600 },
		{ .match = "/interim", .way = SCRIPTED_CUT,
		    .reply = "HTTP/1.1 103 Early Hints\r\n\r\n" OK_HELLO,
		    .delay_ms = 2600 },
		{ .match = "/silent", .way = SCRIPTED_SILENT },
	};
	static const struct {
		const char *path;
		int first_byte_secs, stall_secs, result;
	} rows[] = {
		{ "/thinks", 10, 1, 0 },
		{ "/interim", 10, 1, 0 },
		{ "/silent", 1, 20, -1 },
	};
	struct fixture *f = *state;

	START(f, steps);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct fetch_request request = request_for(f, "PUT",
		    rows[i].path);
		int64_t start_ms = clock_monotonic_ms();

		request.has_body = true;
		request.body_bytes = 4;
		request.read = read_text;
		request.read_arg = pool_strdup(f->pool, "text");
		request.deadlines.first_byte_secs = rows[i].first_byte_secs;
		request.deadlines.stall_secs = rows[i].stall_secs;
		request.deadlines.total_secs = 20;
		assert_int_equal(run(f, &request), rows[i].result);
		assert_true(clock_monotonic_ms() - start_ms < 6000);
		if (rows[i].result == 0)
			continue;
		assert_int_equal(f->err.kind, ERR_UNAVAILABLE);
		assert_string_equal(f->err.text, "no answer in time");
		assert_true(f->reply.was_sent);
		assert_false(f->reply.is_ended_by_caller);
	}
}

static void
test_no_connection(void **state)
{
	static const struct scripted_step steps[] = { { .match = "" } };
	struct fixture *f = *state;
	struct fetch_request request;

	START(f, steps);
	request = request_for(f, "GET", "/x?X-Amz-Signature=1");
	scripted_stop(f->server);
	f->server = NULL;
	assert_int_equal(run(f, &request), -1);
	assert_int_equal(f->err.kind, ERR_UNAVAILABLE);
	assert_int_equal(f->reply.status, 0);
	assert_false(f->reply.was_sent);
	assert_null(strstr(f->err.text, "Signature"));
}

/* D10: other protocols are not spoken, proxies of others not used. */
static void
test_environment(void **state)
{
	static const struct scripted_step steps[] = { { .match = "" } };
	static const char *const urls[] = { "file:///etc/passwd",
		"ftp://127.0.0.1/", "gopher://127.0.0.1/" };
	struct fixture *f = *state;
	struct fetch_request request;

	START(f, steps);
	request = request_for(f, "GET", "/x");
	(void)setenv("http_proxy", "http://127.0.0.1:1/", 1);
	(void)setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
	assert_int_equal(run(f, &request), 0);
	(void)unsetenv("http_proxy");
	(void)unsetenv("ALL_PROXY");
	for (size_t i = 0; i < ARRAY_COUNT(urls); i++) {
		request.url = urls[i];
		assert_int_equal(run(f, &request), -1);
		assert_int_equal(f->err.kind, ERR_UPSTREAM);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_get),
		TEST(test_bodies),
		TEST(test_dead_connection),
		TEST(test_once),
		TEST(test_sinks),
		TEST(test_redirects),
		TEST(test_interim_alone),
		TEST(test_broken_answers),
		TEST(test_limits),
		TEST(test_deadlines),
		TEST(test_first_byte),
		TEST(test_no_connection),
		TEST(test_environment),
	};

	return cmocka_run_group_tests_name("net/fetch", tests, NULL, NULL);
}
