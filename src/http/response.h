/*
 * An answer under construction.  Handlers set status, headers and one kind of
 * body; nothing is sent before response_send(), so a handler that fails has
 * sent nothing and the error page can take over.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "http/request.h"

enum { RESPONSE_HEADERS_MAX = 64, RESPONSE_HEADER_LINE_MAX = 4096 };

struct response_header {
	const char *name;
	const char *value;
};

/* Where a streamed body goes. */
struct response_sink {
	struct transport *transport;
	int64_t sent_bytes;
};

/*
 * Write a body of exactly response->length bytes (or any number when that is
 * -1) with response_sink_write().  On failure the connection is cut, so that
 * a short body never looks complete.
 */
typedef int (*response_stream_fn)(struct response_sink *sink, void *arg,
    struct err *err);

struct response {
	struct pool *pool;
	int status; /* 200 at first */
	struct response_header headers[RESPONSE_HEADERS_MAX];
	size_t header_count;
	struct slice body; /* when stream is NULL */
	response_stream_fn stream;
	void *stream_arg;
	int64_t length;	   /* of a stream; -1 unknown */
	int64_t sent_bytes; /* of the body, for the access log */
};

/* An empty 200. */
void response_init(struct response *response, struct pool *pool);
/*
 * Set a header, replacing one of the same name; values are copied.  Control
 * characters in a value are a bug and are asserted against: callers encode.
 */
void response_header(struct response *response, const char *name,
    const char *fmt, ...) ATTR_FORMAT(3, 4);
/* Add a header beside others of its name: Set-Cookie. */
void response_add_header(struct response *response, const char *name,
    const char *fmt, ...) ATTR_FORMAT(3, 4);
/* The value of a header, or NULL. */
const char *response_find_header(const struct response *response,
    const char *name);
/* A body that is copied to the pool, with its type. */
void response_body(struct response *response, const char *content_type,
    struct slice body);
/* 302 to a location: an absolute URL or base + path, already encoded. */
void response_redirect(struct response *response, const char *location);
void response_stream(struct response *response, const char *content_type,
    int64_t length, response_stream_fn fn, void *arg);
int response_sink_write(struct response_sink *sink, const void *data,
    size_t len, struct err *err) ATTR_MUST_USE;
/*
 * Set-Cookie with Path (base or "/"), HttpOnly, SameSite=Lax, and Secure under
 * https.  max_age_secs 0 deletes the cookie, -1 makes it a session cookie.
 */
void response_cookie(struct response *response, const struct request *request,
    const char *name, const char *value, int max_age_secs);
/*
 * The same for the whole host: Path is "/", and under https the name begins
 * with "__Host-", so that no other host and no plain connection can set it
 * (RFC 6265bis section 4.1.3.2).
 */
void response_host_cookie(struct response *response,
    const struct request *request, const char *name, const char *value,
    int max_age_secs);
/* Forget all but the pool: before an error page replaces the answer. */
void response_reset(struct response *response);

/*
 * Send it: "Status:" line always, Content-Length where known, no body for HEAD,
 * 204 and 304.  ERR_GONE_AWAY when the peer hung up.
 */
int response_send(struct response *response, const struct request *request,
    struct err *err) ATTR_MUST_USE;

/* "Not Found" for 404; "Unknown" for what is not in RFC 9110. */
const char *http_status_reason(int status);

#endif
