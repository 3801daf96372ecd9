/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "http/transport_cgi.h"

static const char *
cgi_param(struct transport *transport, const char *name)
{
	(void)transport;
	return getenv(name);
}

static void
cgi_each_param(struct transport *transport, transport_param_fn fn, void *arg)
{
	(void)transport;
	transport_each(environ, fn, arg);
}

/* Wait until the descriptor is ready for `events`. */
static int
wait_for(int fd, short events, int timeout_ms, struct err *err)
{
	struct pollfd pollfd = { .fd = fd, .events = events };
	int n;

	do
		n = poll(&pollfd, 1, timeout_ms);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return err_set(err, ERR_INTERNAL, "poll: %s", strerror(errno));
	if (n == 0)
		return err_set_code(err, ERR_INVALID, "timeout",
		    "no progress for %d ms", timeout_ms);
	return 0;
}

static int
cgi_read(struct transport *transport, struct slice *bytes_r, struct err *err)
{
	struct transport_cgi *cgi = (struct transport_cgi *)transport;
	size_t want = sizeof(cgi->buffer);
	ssize_t n;

	*bytes_r = slice_str("");
	if (cgi->left_bytes == 0)
		return 0;
	if (cgi->left_bytes > 0 && (uint64_t)cgi->left_bytes < want)
		want = (size_t)cgi->left_bytes;
	do {
		if (wait_for(cgi->in_fd, POLLIN, cgi->timeout_ms, err) == -1)
			return -1;
		n = read(cgi->in_fd, cgi->buffer, want);
	} while (n == -1 && (errno == EINTR || errno == EAGAIN));
	if (n == -1)
		return err_set(err, ERR_GONE_AWAY, "read: %s",
		    strerror(errno));
	if (n == 0 && cgi->left_bytes > 0)
		return err_set(err, ERR_GONE_AWAY,
		    "the body ends %lld bytes early",
		    (long long)cgi->left_bytes);
	if (cgi->left_bytes > 0)
		cgi->left_bytes -= n;
	*bytes_r = slice_make(cgi->buffer, (size_t)n);
	return n > 0 ? 1 : 0;
}

static int
write_some(struct transport_cgi *cgi, const char *data, size_t len,
    size_t *written_r, struct err *err)
{
	ssize_t n;

	*written_r = 0;
	if (wait_for(cgi->out_fd, POLLOUT, cgi->timeout_ms, err) == -1)
		return err_set(err, ERR_GONE_AWAY, "the answer is not taken");
	n = write(cgi->out_fd, data, len);
	if (n >= 0)
		*written_r = (size_t)n;
	else if (errno != EINTR && errno != EAGAIN)
		return err_set(err, ERR_GONE_AWAY, "write: %s",
		    strerror(errno));
	return 0;
}

static int
cgi_write(struct transport *transport, const void *data, size_t len,
    struct err *err)
{
	struct transport_cgi *cgi = (struct transport_cgi *)transport;
	const char *at = data;
	size_t written;

	if (cgi->is_cut)
		return err_set(err, ERR_GONE_AWAY, "the answer was cut");
	for (; len > 0; len -= written, at += written) {
		if (write_some(cgi, at, len, &written, err) == -1) {
			cgi->is_cut = true;
			return -1;
		}
	}
	return 0;
}

/* The process ends with its request: there is no connection to spoil. */
static void
cgi_give_up_body(struct transport *transport)
{
	(void)transport;
}

static void
cgi_cut(struct transport *transport)
{
	((struct transport_cgi *)transport)->is_cut = true;
}

static const struct transport_ops cgi_ops = {
	.param = cgi_param,
	.each_param = cgi_each_param,
	.read = cgi_read,
	.write = cgi_write,
	.give_up_body = cgi_give_up_body,
	.cut = cgi_cut,
};

/*
 * What CONTENT_LENGTH bounds the reading to.  Nothing is read for one that is
 * no number; request_init() refuses it.
 */
static int64_t
body_bytes(void)
{
	const char *text = getenv("CONTENT_LENGTH");
	int64_t length = 0;

	if (text == NULL || *text == '\0')
		return -1;
	if (!num_parse_i64(slice_str(text), INT64_MAX, &length))
		return 0;
	return length;
}

void
transport_cgi_init(struct transport_cgi *cgi, int in_fd, int out_fd,
    int timeout_ms)
{
	int flags = fcntl(out_fd, F_GETFL);

	cgi->transport.ops = &cgi_ops;
	cgi->in_fd = in_fd;
	cgi->out_fd = out_fd;
	cgi->left_bytes = body_bytes();
	cgi->timeout_ms = timeout_ms;
	cgi->is_cut = false;
	/* A blocking write to a pipe would wait beyond the timeout. */
	if (flags != -1)
		(void)fcntl(out_fd, F_SETFL, flags | O_NONBLOCK);
}

void
transport_cgi_finish(struct transport_cgi *cgi)
{
	int64_t end_ms = clock_monotonic_ms() + cgi->timeout_ms;
	struct err err = ERR_INIT;
	struct slice bytes;

	if (cgi->is_cut)
		return;
	/* Other web servers see the end here, and stop sending. */
	(void)close(cgi->out_fd);
	cgi->out_fd = -1;
	cgi->is_cut = true;
	while (cgi->left_bytes > 0 && clock_monotonic_ms() < end_ms)
		if (cgi_read(&cgi->transport, &bytes, &err) != 1)
			return;
}

bool
transport_cgi_is_wanted(void)
{
	const char *interface = getenv("GATEWAY_INTERFACE");

	return interface != NULL &&
	    slice_has_prefix(slice_str(interface), "CGI/") &&
	    getenv("REQUEST_METHOD") != NULL;
}
