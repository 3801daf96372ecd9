/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/check.h"

#include "base/err.h"
#include "http/fcgi_client.h"
#include "http/transport_fcgi.h"

enum { BODY_MAX = 300000 };

/* What a handler is to do, and what it saw. */
struct script {
	size_t write_bytes;
	bool ignores_body, gives_up, cuts;
	/* seen: */
	char type[64];
	char body[BODY_MAX];
	size_t body_bytes;
	int reads, last;
	struct err err;
	int write_rc;
};

/* A request under way: the program's end of the connection in a thread. */
struct fixture {
	int client, server;
	pthread_t thread;
	struct script script;
	struct transport_fcgi_limits limits;
	enum connection_end end;
	struct fcgi_answer answer;
};

static void
handle(void *arg, struct transport *transport)
{
	static const char data[BODY_MAX];
	struct script *script = arg;
	const char *type = transport->ops->param(transport, "CONTENT_TYPE");
	struct slice bytes;

	assert_null(transport->ops->param(transport, "ABSENT"));
	if (type != NULL)
		(void)snprintf(script->type, sizeof(script->type), "%s", type);
	if (script->gives_up)
		transport->ops->give_up_body(transport);
	else if (!script->ignores_body)
		while ((script->last = transport->ops->read(transport, &bytes,
			    &script->err)) == 1) {
			assert_true(
			    script->body_bytes + bytes.len <= BODY_MAX);
			memcpy(script->body + script->body_bytes, bytes.data,
			    bytes.len);
			script->body_bytes += bytes.len;
			script->reads++;
		}
	script->write_rc = transport->ops->write(transport,
	    "Status: 200 OK\r\n\r\n", 18, &script->err);
	if (script->write_bytes > 0)
		script->write_rc = transport->ops->write(transport, data,
		    script->write_bytes, &script->err);
	if (script->cuts)
		transport->ops->cut(transport);
}

static void *
serve(void *arg)
{
	struct fixture *f = arg;

	f->end = transport_fcgi_serve(f->server, &f->limits, handle,
	    &f->script);
	return NULL;
}

static int
set_up(void **state)
{
	static struct fixture f;
	int pair[2];

	memset(&f, 0, sizeof(f));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			     pair),
	    0);
	f.client = pair[0];
	f.server = pair[1];
	f.limits.io_timeout_ms = 2000;
	*state = &f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	if (f->client != -1)
		(void)close(f->client);
	if (f->end != CONNECTION_CLOSED)
		(void)close(f->server);
	return 0;
}

static const char *const upload[] = { "REQUEST_METHOD", "POST",
	"CONTENT_TYPE", "text/plain", NULL };

static void
begin(struct fixture *f, bool keep)
{
	assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
	fcgi_begin(f->client, keep, upload);
}

/* Wait for the end of serve() and what it sent. */
static void
end(struct fixture *f)
{
	assert_int_equal(pthread_join(f->thread, NULL), 0);
	fcgi_read(f->client, 0, true, &f->answer);
}

static void
test_body_arrives_as_it_comes(void **state)
{
	struct fixture *f = *state;

	begin(f, true);
	fcgi_record(f->client, FCGI_STDIN, "one,", 4);
	(void)usleep(20000);
	fcgi_record(f->client, FCGI_STDIN, "two", 3);
	fcgi_record(f->client, FCGI_STDIN, NULL, 0);
	end(f);
	assert_string_equal(f->script.type, "text/plain");
	assert_int_equal(f->script.body_bytes, 7);
	assert_memory_equal(f->script.body, "one,two", 7);
	assert_true(f->script.reads >= 2);
	assert_int_equal(f->script.last, 0);
	assert_int_equal(f->end, CONNECTION_KEEP);
	assert_true(f->answer.has_ended);
	assert_string_equal(f->answer.text, "Status: 200 OK\r\n\r\n");
}

static void
test_large_body(void **state)
{
	static char body[BODY_MAX];
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = (char)(i * 7 + i / 251);
	begin(f, false);
	fcgi_body(f->client, body, sizeof(body));
	end(f);
	assert_int_equal(f->script.body_bytes, sizeof(body));
	assert_memory_equal(f->script.body, body, sizeof(body));
	assert_int_equal(f->end, CONNECTION_DROP);
}

/* Around the size from which records are our own, and of a record. */
static void
test_write_sizes(void **state)
{
	static const size_t sizes[] = { 1, 8191, 32767, 32768, 65528, 65529,
		131056, 200001 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct fixture *f;

		(void)set_up(state);
		f = *state;
		f->script.write_bytes = sizes[i];
		begin(f, false);
		fcgi_body(f->client, NULL, 0);
		fcgi_read(f->client, 2000, false, &f->answer);
		assert_int_equal(pthread_join(f->thread, NULL), 0);
		assert_int_equal(f->answer.len, 18 + sizes[i]);
		assert_true(f->answer.has_ended);
		(void)tear_down(state);
	}
	(void)set_up(state);
}

static void
test_peer_leaves_during_body(void **state)
{
	struct fixture *f = *state;

	begin(f, true);
	fcgi_record(f->client, FCGI_STDIN, "half", 4);
	(void)close(f->client);
	f->client = -1;
	assert_int_equal(pthread_join(f->thread, NULL), 0);
	assert_int_equal(f->script.body_bytes, 4);
	assert_int_equal(f->script.err.kind, ERR_GONE_AWAY);
	assert_int_equal(f->end, CONNECTION_DROP);
}

static void
test_abort(void **state)
{
	struct fixture *f = *state;

	begin(f, true);
	fcgi_record(f->client, FCGI_STDIN, "half", 4);
	fcgi_record(f->client, FCGI_ABORT_REQUEST, NULL, 0);
	end(f);
	assert_int_equal(f->script.last, -1);
	assert_int_equal(f->script.err.kind, ERR_GONE_AWAY);
	assert_int_not_equal(f->end, CONNECTION_KEEP);
}

static void
test_stall(void **state)
{
	struct fixture *f = *state;

	f->limits.io_timeout_ms = 100;
	begin(f, true);
	fcgi_record(f->client, FCGI_STDIN, "half", 4);
	end(f);
	assert_int_equal(f->script.err.kind, ERR_INVALID);
	assert_string_equal(f->script.err.code, "timeout");
	/* The answer that says so still goes out. */
	assert_true(f->answer.has_ended);
	assert_int_equal(f->end, CONNECTION_DRAIN);
}

static void
test_trickle(void **state)
{
	struct fixture *f = *state;

	f->limits.min_rate = 1000;
	f->limits.grace_ms = 50;
	begin(f, false);
	for (int i = 0; i < 20; i++) {
		fcgi_record(f->client, FCGI_STDIN, "x", 1);
		(void)usleep(10000);
	}
	end(f);
	assert_string_equal(f->script.err.code, "timeout");
	assert_true(f->script.body_bytes < 20);
}

static void
test_slow_enough(void **state)
{
	struct fixture *f = *state;

	f->limits.min_rate = 10;
	f->limits.grace_ms = 50;
	begin(f, false);
	for (int i = 0; i < 20; i++) {
		fcgi_record(f->client, FCGI_STDIN, "x", 1);
		(void)usleep(10000);
	}
	fcgi_record(f->client, FCGI_STDIN, NULL, 0);
	end(f);
	assert_int_equal(f->script.last, 0);
	assert_int_equal(f->script.body_bytes, 20);
}

/* A short rest of a body is read, so that the connection can be kept. */
static void
test_unread_body_is_drained(void **state)
{
	struct fixture *f = *state;

	f->script.ignores_body = true;
	begin(f, true);
	fcgi_body(f->client, "rest", 4);
	end(f);
	assert_int_equal(f->end, CONNECTION_KEEP);
}

static void
test_long_unread_body_is_not(void **state)
{
	static const char body[BODY_MAX];
	struct fixture *f = *state;

	f->script.ignores_body = true;
	begin(f, true);
	/* More than is drained, by less than the socket takes unread. */
	for (int i = 0; i < 17; i++)
		fcgi_record(f->client, FCGI_STDIN, body, 65535);
	end(f);
	assert_true(f->answer.has_ended);
	assert_int_equal(f->end, CONNECTION_DRAIN);
}

/* A short one is read all the same, and the connection is as good as new. */
static void
test_given_up_body(void **state)
{
	struct fixture *f = *state;

	f->script.gives_up = true;
	begin(f, true);
	fcgi_body(f->client, "rest", 4);
	end(f);
	assert_true(f->answer.has_ended);
	assert_int_equal(f->end, CONNECTION_KEEP);
}

static void
test_given_up_long_body(void **state)
{
	static const char *const params[] = { "REQUEST_METHOD", "POST",
		"CONTENT_LENGTH", "104857600", NULL };
	struct fixture *f = *state;

	f->script.gives_up = true;
	assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
	fcgi_begin(f->client, true, params);
	fcgi_record(f->client, FCGI_STDIN, "first", 5);
	end(f);
	assert_true(f->answer.has_ended);
	assert_int_equal(f->end, CONNECTION_DRAIN);
}

static void
test_cut(void **state)
{
	struct fixture *f = *state;

	f->script.cuts = true;
	f->script.write_bytes = 40000;
	begin(f, true);
	fcgi_body(f->client, NULL, 0);
	fcgi_read(f->client, 300, false, &f->answer);
	assert_int_equal(pthread_join(f->thread, NULL), 0);
	assert_false(f->answer.has_ended);
	assert_int_equal(f->end, CONNECTION_DROP);
}

static void
test_peer_leaves_during_answer(void **state)
{
	struct fixture *f = *state;

	f->script.write_bytes = BODY_MAX;
	begin(f, true);
	fcgi_body(f->client, NULL, 0);
	(void)shutdown(f->client, SHUT_RD);
	assert_int_equal(pthread_join(f->thread, NULL), 0);
	assert_int_equal(f->script.write_rc, -1);
	assert_int_equal(f->script.err.kind, ERR_GONE_AWAY);
	assert_int_equal(f->end, CONNECTION_DROP);
}

static void
test_not_fastcgi(void **state)
{
	struct fixture *f = *state;

	assert_true(
	    send(f->client, "GET / HTTP/1.1\r\n\r\n", 18, 0) == 18);
	assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
	assert_int_equal(pthread_join(f->thread, NULL), 0);
	assert_int_equal(f->end, CONNECTION_CLOSED);
	fcgi_read(f->client, 1000, true, &f->answer);
	assert_true(f->answer.is_closed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_body_arrives_as_it_comes),
		TEST(test_large_body),
		TEST(test_write_sizes),
		TEST(test_peer_leaves_during_body),
		TEST(test_abort),
		TEST(test_stall),
		TEST(test_trickle),
		TEST(test_slow_enough),
		TEST(test_unread_body_is_drained),
		TEST(test_long_unread_body_is_not),
		TEST(test_given_up_body),
		TEST(test_given_up_long_body),
		TEST(test_cut),
		TEST(test_peer_leaves_during_answer),
		TEST(test_not_fastcgi),
	};
	struct err err = ERR_INIT;

	if (transport_fcgi_init(&err) == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
