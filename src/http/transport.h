/*
 * How a request comes and how its answer goes: one interface over FastCGI
 * (transport_fcgi.c), plain CGI (transport_cgi.c) and memory for tests
 * (transport_mem.c).  Handlers never see it; http/request.c and
 * http/response.c do.
 *
 * A transport carries one request.  It belongs to one thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_TRANSPORT_H
#define HTTP_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/slice.h"

struct transport;

/* One variable; the name is no C string. */
typedef void (*transport_param_fn)(void *arg, struct slice name,
    const char *value);

struct transport_ops {
	/*
	 * A variable of the CGI environment (RFC 3875 section 4.1), such as
	 * "REQUEST_METHOD" or "HTTP_COOKIE"; NULL when absent.
	 */
	const char *(*param)(struct transport *transport, const char *name);
	/* Every variable, in no order. */
	void (*each_param)(struct transport *transport, transport_param_fn fn,
	    void *arg);
	/*
	 * The next bytes of the body, whatever has arrived: 1 with a slice that
	 * is valid until the next read, 0 at the end of input, -1 when the peer
	 * went away (ERR_GONE_AWAY), stalled or trickled (ERR_INVALID, code
	 * "timeout").
	 */
	int (*read)(struct transport *transport, struct slice *bytes_r,
	    struct err *err);
	/* Send bytes of the CGI answer; -1 with ERR_GONE_AWAY. */
	int (*write)(struct transport *transport, const void *data, size_t len,
	    struct err *err);
	/*
	 * The body will not be read to its end.  The transport reads the rest
	 * of a short one, and does not use the connection again otherwise.
	 */
	void (*give_up_body)(struct transport *transport);
	/*
	 * The answer cannot be completed: end it so that what was sent does
	 * not look whole.  Nothing may be written after it.
	 */
	void (*cut)(struct transport *transport);
};

/* Of transports that have an array of "NAME=value", as environ(7) is. */
void transport_each(char *const *variables, transport_param_fn fn, void *arg);

/* Embedded as the first member of each transport's own struct. */
struct transport {
	const struct transport_ops *ops;
};

#endif
