/*
 * One HTTP/1.1 exchange, blocking, over connections that are kept and reused.
 *
 * A fetcher is shared by all threads of a process and made once (A1).  It
 * hands out the handle that was used last, whose connection is most likely
 * still open.  Redirects are not followed, proxies of the environment are
 * ignored, only http and https are spoken, certificates are verified, and the
 * path goes out exactly as it is written (CURLOPT_PATH_AS_IS).
 *
 *	struct fetch_request request = { .method = "GET", .url = url, ... };
 *	fetch_run(fetcher, pool, &request, &reply, err);
 *
 * Connections do not survive a fork: close them before, fetcher_close_idle().
 * Errors: ERR_UNAVAILABLE when there was no connection, no answer in time, or
 * the connection broke; ERR_UPSTREAM when the answer was beyond a limit, not
 * HTTP, or from a host that could not prove who it is.  No error text holds a
 * query string or a header.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef NET_FETCH_H
#define NET_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/slice.h"

struct fetcher;

enum {
	FETCH_HEADER_COUNT_MAX = 64,
	FETCH_HEADER_BYTES_MAX = 32 * 1024, /* of all of them */
	/* Of a reply without a sink, unless the request says more. */
	FETCH_BODY_BYTES_MAX = 64 * 1024,
	FETCH_REPLY_BYTES_MAX = 8 * 1024 * 1024
};

/*
 * Read up to len bytes of the request's body at offset.  The body may be read
 * again from the start when a connection breaks.
 */
typedef int (*fetch_read_fn)(void *arg, int64_t offset, void *data, size_t len,
    size_t *got_r, struct err *err);
/* Take the next bytes of the reply's body; -1 ends the exchange. */
typedef int (*fetch_sink_fn)(void *arg, struct slice bytes, struct err *err);

struct fetch_deadlines {
	int connect_secs; /* names, TCP and TLS */
	/*
	 * From the last byte of the request to the first of the answer.  0:
	 * that time counts as a stall.
	 */
	int first_byte_secs;
	int stall_secs; /* less than FETCH_STALL_RATE bytes/s for so long */
	int total_secs; /* 0: none */
};

struct fetch_request {
	const char *method;
	const char *url;
	const char *const *headers; /* "Name: value", NULL at the end */
	bool has_body;		    /* Content-Length goes out, also when 0 */
	/*
	 * Never sent twice: without it, a request that finds a kept connection
	 * dead goes out once more, although the server may have done it.
	 */
	bool is_once;
	int64_t body_bytes;
	fetch_read_fn read; /* NULL for an empty body */
	void *read_arg;
	fetch_sink_fn sink; /* for the body of a 2xx; NULL: kept in the reply */
	void *sink_arg;
	size_t reply_max_bytes; /* without a sink; 0: FETCH_BODY_BYTES_MAX */
	struct fetch_deadlines deadlines;
	/* PEM file of the authorities to trust; NULL or "": the system's. */
	const char *ca_file;
};

struct fetch_header {
	struct slice name, value;
};

struct fetch_reply {
	int status; /* 0: no answer */
	/* False when not a byte of the request has left this machine. */
	bool was_sent;
	/* A function of the caller's (read, sink) ended the exchange. */
	bool is_ended_by_caller;
	int64_t sunk_bytes; /* handed to the sink */
	struct slice body;
	size_t header_count;
	struct fetch_header headers[FETCH_HEADER_COUNT_MAX];
};

/* Less than this is a stalled exchange. */
enum { FETCH_STALL_RATE = 1000 };

/* A fetcher that lives until the pool is cleared. */
struct fetcher *fetcher_new(struct pool *pool);
/* Close the connections that are not in use. */
void fetcher_close_idle(struct fetcher *fetcher);

/*
 * Run one exchange.  0 when an answer came, whatever its status.  *reply_r is
 * filled in both cases; it and what it points to live in the pool.
 */
int fetch_run(struct fetcher *fetcher, struct pool *pool,
    const struct fetch_request *request, struct fetch_reply *reply_r,
    struct err *err) ATTR_MUST_USE;

/* A fetch_read_fn for a body in memory: arg is its struct slice. */
int fetch_read_slice(void *arg, int64_t offset, void *data, size_t len,
    size_t *got_r, struct err *err) ATTR_MUST_USE;

/* The first header of that name (in lower case or not), or NULL. */
const struct slice *fetch_header(const struct fetch_reply *reply,
    const char *name);

#endif
