/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "http/transport_cgi.h"

enum { TIMEOUT_MS = 50 };

struct fixture {
	int in[2], out[2];
	struct transport_cgi cgi;
	struct err err;
};

static void
start(struct fixture *f, const char *length, const char *body)
{
	ssize_t len = (ssize_t)strlen(body);

	assert_int_equal(pipe(f->in), 0);
	assert_int_equal(pipe(f->out), 0);
	assert_int_equal(write(f->in[1], body, (size_t)len), len);
	if (length == NULL)
		unsetenv("CONTENT_LENGTH");
	else
		setenv("CONTENT_LENGTH", length, 1);
	err_clear(&f->err);
	transport_cgi_init(&f->cgi, f->in[0], f->out[1], TIMEOUT_MS);
}

static void
stop(struct fixture *f)
{
	for (int i = 0; i < 2; i++) {
		(void)close(f->in[i]);
		(void)close(f->out[i]);
	}
}

static int
read_next(struct fixture *f, struct slice *bytes_r)
{
	struct transport *transport = &f->cgi.transport;

	return transport->ops->read(transport, bytes_r, &f->err);
}

static void
test_read(void **state)
{
	struct slice bytes;
	struct fixture f;

	(void)state;
	/* The length bounds the reading: the server keeps the pipe open. */
	start(&f, "4", "bodyrest");
	assert_int_equal(read_next(&f, &bytes), 1);
	assert_slice(bytes, "body");
	assert_int_equal(read_next(&f, &bytes), 0);
	stop(&f);

	start(&f, "0", "rest");
	assert_int_equal(read_next(&f, &bytes), 0);
	stop(&f);
	start(&f, "-4", "body");
	assert_int_equal(read_next(&f, &bytes), 0);
	stop(&f);

	/* Without one, up to the end. */
	start(&f, "", "body");
	(void)close(f.in[1]);
	assert_int_equal(read_next(&f, &bytes), 1);
	assert_slice(bytes, "body");
	assert_int_equal(read_next(&f, &bytes), 0);
	stop(&f);
}

static void
test_short_body(void **state)
{
	struct slice bytes;
	struct fixture f;

	(void)state;
	start(&f, "5", "body");
	(void)close(f.in[1]);
	assert_int_equal(read_next(&f, &bytes), 1);
	assert_int_equal(read_next(&f, &bytes), -1);
	assert_int_equal(f.err.kind, ERR_GONE_AWAY);
	stop(&f);

	/* stalled */
	start(&f, "5", "body");
	assert_int_equal(read_next(&f, &bytes), 1);
	assert_int_equal(read_next(&f, &bytes), -1);
	assert_int_equal(f.err.kind, ERR_INVALID);
	assert_string_equal(f.err.code, "timeout");
	stop(&f);
}

static int
write_text(struct fixture *f, const void *data, size_t len)
{
	struct transport *transport = &f->cgi.transport;

	return transport->ops->write(transport, data, len, &f->err);
}

static void
test_write(void **state)
{
	static char large[1024 * 1024];
	struct transport *transport;
	struct fixture f;
	char text[8];

	(void)state;
	start(&f, NULL, "");
	assert_int_equal(write_text(&f, "hola", 4), 0);
	assert_int_equal(read(f.out[0], text, sizeof(text)), 4);
	assert_memory_equal(text, "hola", 4);
	/* a reader that takes nothing */
	assert_int_equal(write_text(&f, large, sizeof(large)), -1);
	assert_int_equal(f.err.kind, ERR_GONE_AWAY);
	stop(&f);

	/* a reader that went away */
	start(&f, NULL, "");
	(void)close(f.out[0]);
	assert_int_equal(write_text(&f, "x", 1), -1);
	assert_int_equal(f.err.kind, ERR_GONE_AWAY);
	stop(&f);

	start(&f, NULL, "");
	transport = &f.cgi.transport;
	transport->ops->give_up_body(transport);
	assert_int_equal(write_text(&f, "x", 1), 0);
	transport->ops->cut(transport);
	assert_int_equal(write_text(&f, "x", 1), -1);
	stop(&f);
}

/* The answer ends, and the body is read, but no further and not for ever. */
static void
test_finish(void **state)
{
	struct fixture f;
	char text[8];

	(void)state;
	start(&f, "4", "bodyrest");
	assert_int_equal(write_text(&f, "x", 1), 0);
	transport_cgi_finish(&f.cgi);
	assert_int_equal(read(f.out[0], text, sizeof(text)), 1);
	assert_int_equal(read(f.out[0], text, sizeof(text)), 0);
	assert_int_equal(read(f.in[0], text, sizeof(text)), 4);
	assert_memory_equal(text, "rest", 4);
	f.out[1] = -1;
	stop(&f);

	start(&f, "5", "body");
	transport_cgi_finish(&f.cgi);
	assert_int_equal(write(f.in[1], "y", 1), 1);
	assert_int_equal(read(f.in[0], text, sizeof(text)), 1);
	f.out[1] = -1;
	stop(&f);
}

static void
test_environment(void **state)
{
	struct fixture f;

	(void)state;
	unsetenv("GATEWAY_INTERFACE");
	setenv("REQUEST_METHOD", "PUT", 1);
	assert_false(transport_cgi_is_wanted());
	setenv("GATEWAY_INTERFACE", "CGI/1.1", 1);
	assert_true(transport_cgi_is_wanted());
	start(&f, NULL, "");
	assert_string_equal(f.cgi.transport.ops->param(&f.cgi.transport,
	    "REQUEST_METHOD"), "PUT");
	assert_null(f.cgi.transport.ops->param(&f.cgi.transport,
	    "CONTENT_LENGTH"));
	stop(&f);
	unsetenv("REQUEST_METHOD");
	assert_false(transport_cgi_is_wanted());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_short_body),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_finish),
		cmocka_unit_test(test_environment),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("http/transport_cgi", tests, NULL,
	    NULL);
}
