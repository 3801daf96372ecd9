/*
 * FastCGI: one request on a connection that somebody else accepted.
 *
 * libfcgi serves as reader and writer of records only.  Accepting, waiting
 * between requests and closing are the acceptor's (http/acceptor.h), because
 * a thread inside FCGX_Accept_r() cannot be told to stop.
 *
 * The peer is the web server: libfcgi does not bound what it sends as
 * parameters, so the socket belongs to nobody else (mode 0660).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_TRANSPORT_FCGI_H
#define HTTP_TRANSPORT_FCGI_H

#include "http/acceptor.h"
#include "http/transport.h"

struct transport_fcgi_limits {
	int io_timeout_ms; /* one read or write without progress */
	int min_rate;	   /* bytes per second of a body, 0 for any */
	int grace_ms;	   /* spent waiting before min_rate counts */
};

typedef void (*transport_fcgi_fn)(void *arg, struct transport *transport);

/* Once in a process, before it has threads. */
int transport_fcgi_init(struct err *err) ATTR_MUST_USE;
/*
 * Read the next request from fd, have it answered by handle(arg), and say
 * what the connection is good for afterwards.  fd stays open in every case
 * but CONNECTION_CLOSED.
 */
enum connection_end transport_fcgi_serve(int fd,
    const struct transport_fcgi_limits *limits, transport_fcgi_fn handle,
    void *arg) ATTR_MUST_USE;

#endif
