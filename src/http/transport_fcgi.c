/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "base/clock.h"
#include "base/num.h"
#include "http/transport_fcgi.h"

enum {
	/* From here on a copy into libfcgi's 8 KB buffer costs more than it
	 * saves: the bytes go out as records of our own. */
	DIRECT_BYTES = 32 * 1024,
	/* The longest content that is a multiple of eight bytes. */
	RECORD_BYTES = 65528,
	RECORD_HEADER_BYTES = 8,
	RECORD_VERSION = 1,
	RECORD_STDOUT = 6,
	/* What is left of a body nobody wanted, worth reading to its end. */
	DRAIN_BYTES = 1024 * 1024,
	DRAIN_TIMEOUT_MS = 500
};

struct transport_fcgi {
	struct transport transport;
	FCGX_Request request;
	const struct transport_fcgi_limits *limits;
	int64_t read_bytes;
	int64_t waited_us; /* inside read */
	bool is_at_end;	   /* the body was read to its end */
	bool has_given_up; /* and need not be */
	bool is_cut;
	bool is_broken; /* a read or write has failed */
};

static struct transport_fcgi *
fcgi_of(struct transport *transport)
{
	return (struct transport_fcgi *)transport;
}

static const char *
fcgi_param(struct transport *transport, const char *name)
{
	struct transport_fcgi *fcgi = fcgi_of(transport);

	return FCGX_GetParam(name, fcgi->request.envp);
}

static void
fcgi_each_param(struct transport *transport, transport_param_fn fn, void *arg)
{
	transport_each(fcgi_of(transport)->request.envp, fn, arg);
}

/* The input has no more bytes: its end, a stall, or a peer that left. */
static int
read_end(struct transport_fcgi *fcgi, struct err *err)
{
	int error = FCGX_GetError(fcgi->request.in);

	if (error == 0) {
		fcgi->is_at_end = true;
		return 0;
	}
	fcgi->is_broken = true;
	if (error == EAGAIN)
		return err_set_code(err, ERR_INVALID, "timeout",
		    "no byte of the body for %d ms",
		    fcgi->limits->io_timeout_ms);
	/* FCGI_ABORT_REQUEST and a closed connection look alike here. */
	return err_set(err, ERR_GONE_AWAY, "the body was cut after %lld bytes",
	    (long long)fcgi->read_bytes);
}

/*
 * The rate counts the time spent waiting for bytes, not the time we took to
 * store them, over the whole body: a pause is forgiven if the rest was quick.
 */
static bool
is_too_slow(const struct transport_fcgi *fcgi)
{
	const struct transport_fcgi_limits *limits = fcgi->limits;
	int64_t waited_ms = fcgi->waited_us / 1000;

	return limits->min_rate > 0 && waited_ms > limits->grace_ms &&
	    fcgi->read_bytes < waited_ms * limits->min_rate / 1000;
}

static int
fcgi_read(struct transport *transport, struct slice *bytes_r, struct err *err)
{
	struct transport_fcgi *fcgi = fcgi_of(transport);
	FCGX_Stream *in = fcgi->request.in;
	int64_t start_us;

	if (fcgi->is_at_end)
		return 0;
	start_us = clock_monotonic_us();
	/* Fills the buffer with what has arrived, and blocks for no more. */
	if (FCGX_GetChar(in) == EOF)
		return read_end(fcgi, err);
	fcgi->waited_us += clock_monotonic_us() - start_us;
	bytes_r->data = (const char *)in->rdNext - 1;
	bytes_r->len = (size_t)(in->stop - in->rdNext) + 1;
	in->rdNext = in->stop;
	fcgi->read_bytes += (int64_t)bytes_r->len;
	if (!is_too_slow(fcgi))
		return 1;
	fcgi->is_broken = true;
	return err_set_code(err, ERR_INVALID, "timeout",
	    "the body came slower than %d bytes per second",
	    fcgi->limits->min_rate);
}

/* Send all of iov[0] and iov[1]; false when the peer takes no more. */
static bool
write_pair(int fd, struct iovec iov[2])
{
	while (iov[0].iov_len + iov[1].iov_len > 0) {
		ssize_t n = writev(fd, iov, 2);
		size_t left;

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		left = (size_t)n;
		for (int i = 0; i < 2; i++) {
			size_t part =
			    left < iov[i].iov_len ? left : iov[i].iov_len;

			iov[i].iov_base = (char *)iov[i].iov_base + part;
			iov[i].iov_len -= part;
			left -= part;
		}
	}
	return true;
}

/* One FCGI_STDOUT record (FastCGI section 3.3), past libfcgi's buffer. */
static bool
write_record(const FCGX_Request *request, const void *data, size_t len)
{
	unsigned char header[RECORD_HEADER_BYTES] = {
		RECORD_VERSION,
		RECORD_STDOUT,
		(unsigned char)(request->requestId >> 8),
		(unsigned char)request->requestId,
		(unsigned char)(len >> 8),
		(unsigned char)len,
	};
	struct iovec iov[2] = {
		{ header, sizeof(header) },
		{ (void *)(uintptr_t)data, len },
	};

	return write_pair(request->ipcFd, iov);
}

static bool
write_direct(const FCGX_Request *request, const char *data, size_t len)
{
	if (FCGX_FFlush(request->out) == -1)
		return false;
	while (len > 0) {
		size_t part = len < RECORD_BYTES ? len : RECORD_BYTES;

		if (!write_record(request, data, part))
			return false;
		data += part;
		len -= part;
	}
	return true;
}

static int
fcgi_write(
    struct transport *transport, const void *data, size_t len, struct err *err)
{
	struct transport_fcgi *fcgi = fcgi_of(transport);
	bool ok;

	if (fcgi->is_cut)
		return err_set(err, ERR_GONE_AWAY, "the answer was cut");
	if (len >= DIRECT_BYTES)
		ok = write_direct(&fcgi->request, data, len);
	else
		ok = FCGX_PutStr(data, (int)len, fcgi->request.out) != -1;
	if (ok)
		return 0;
	fcgi->is_broken = true;
	fcgi->is_cut = true;
	return err_set(err, ERR_GONE_AWAY, "the web server takes no more");
}

static void
fcgi_give_up_body(struct transport *transport)
{
	fcgi_of(transport)->has_given_up = true;
}

static void
fcgi_cut(struct transport *transport)
{
	fcgi_of(transport)->is_cut = true;
}

static const struct transport_ops fcgi_ops = {
	.param = fcgi_param,
	.each_param = fcgi_each_param,
	.read = fcgi_read,
	.write = fcgi_write,
	.give_up_body = fcgi_give_up_body,
	.cut = fcgi_cut,
};

static bool
set_timeout(int fd, int option, int timeout_ms)
{
	struct timeval tv = {
		.tv_sec = timeout_ms / 1000,
		.tv_usec = timeout_ms % 1000 * 1000,
	};

	return setsockopt(fd, SOL_SOCKET, option, &tv, sizeof(tv)) == 0;
}

/* What CONTENT_LENGTH says; 0 when it says nothing. */
static int64_t
body_length(struct transport_fcgi *fcgi)
{
	const char *text = fcgi_param(&fcgi->transport, "CONTENT_LENGTH");
	int64_t length = 0;

	if (text != NULL)
		(void)num_parse_i64(slice_str(text), INT64_MAX, &length);
	return length;
}

/* Is it worth reading the rest of a body that nobody wants? */
static bool
can_drain(struct transport_fcgi *fcgi)
{
	if (fcgi->has_given_up && body_length(fcgi) > DRAIN_BYTES)
		return false;
	return !fcgi->is_broken &&
	    set_timeout(fcgi->request.ipcFd, SO_RCVTIMEO, DRAIN_TIMEOUT_MS);
}

/*
 * Read what is left of the request, at least its empty FCGI_STDIN record, so
 * that a kept connection stands at the start of the next one.  This must come
 * before FCGI_END_REQUEST, after which the peer may send the next request:
 * libfcgi would read its first bytes with the last of this one, and lose them.
 * Says whether the end was reached within reason.
 */
static bool
drain(struct transport_fcgi *fcgi)
{
	int64_t limit = fcgi->read_bytes + DRAIN_BYTES;
	struct err err = ERR_INIT;
	struct slice bytes;
	int64_t start_ms = clock_monotonic_ms();
	int more = 1;

	if (fcgi->is_at_end)
		return true;
	if (!can_drain(fcgi))
		return false;
	while (more == 1 && fcgi->read_bytes < limit &&
	    clock_monotonic_ms() - start_ms < DRAIN_TIMEOUT_MS)
		more = fcgi_read(&fcgi->transport, &bytes, &err);
	return more == 0;
}

/* Send what is buffered and the end of the request. */
static bool
finish_answer(struct transport_fcgi *fcgi)
{
	int failed = 0;

	failed |= FCGX_FClose(fcgi->request.err);
	failed |= FCGX_FClose(fcgi->request.out);
	return failed == 0;
}

static enum connection_end
finish(struct transport_fcgi *fcgi, bool is_kept)
{
	bool is_drained;

	if (fcgi->is_cut)
		return CONNECTION_DROP;
	/* What remains of a body may take a while, the answer need not wait;
	 * without a body one write is enough for answer and end. */
	if (!fcgi->is_at_end && body_length(fcgi) > 0 &&
	    FCGX_FFlush(fcgi->request.out) == -1)
		return CONNECTION_DROP;
	is_drained = drain(fcgi);
	if (!finish_answer(fcgi))
		return CONNECTION_DROP;
	if (!is_drained) {
		/* The peer may still send: a close would reset the connection
		 * and take the answer with it. */
		(void)shutdown(fcgi->request.ipcFd, SHUT_WR);
		return CONNECTION_DRAIN;
	}
	return is_kept ? CONNECTION_KEEP : CONNECTION_DROP;
}

int
transport_fcgi_init(struct err *err)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	if (FCGX_Init() != 0)
		return err_set(err, ERR_INTERNAL, "libfcgi does not start");
	/* libfcgi installs a handler of its own. */
	if (sigaction(SIGPIPE, &ignore, NULL) == -1)
		return err_set(err, ERR_INTERNAL, "cannot ignore SIGPIPE");
	return 0;
}

/*
 * Have libfcgi read a request from a connection it did not accept.  With
 * keepConnection set FCGX_Accept_r() believes to go on with a kept one; the
 * request's FCGI_KEEP_CONN replaces the value.  Without a listening socket it
 * fails rather than accepts when the connection is no good, and a detached
 * one is then closed without lingering, which would hold the thread.
 */
static bool
begin_request(FCGX_Request *request, int fd)
{
	request->ipcFd = fd;
	request->keepConnection = 1;
	request->detached = 1;
	return FCGX_Accept_r(request) == 0;
}

enum connection_end
transport_fcgi_serve(int fd, const struct transport_fcgi_limits *limits,
    transport_fcgi_fn handle, void *arg)
{
	struct transport_fcgi fcgi = {
		.transport.ops = &fcgi_ops,
		.limits = limits,
	};
	enum connection_end end;

	if (!set_timeout(fd, SO_RCVTIMEO, limits->io_timeout_ms) ||
	    !set_timeout(fd, SO_SNDTIMEO, limits->io_timeout_ms))
		return CONNECTION_DROP;
	if (FCGX_InitRequest(&fcgi.request, -1, 0) != 0)
		return CONNECTION_DROP;
	if (!begin_request(&fcgi.request, fd))
		return CONNECTION_CLOSED;
	handle(arg, &fcgi.transport);
	end = finish(&fcgi, fcgi.request.keepConnection != 0);
	FCGX_Free(&fcgi.request, 0);
	return end;
}
