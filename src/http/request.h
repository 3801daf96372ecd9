/*
 * A request: what the web server said about it, parsed and bounded, plus the
 * things that live as long as it does (pool, id, clock, log, language).
 *
 * Everything here is filled by request_init() and, but for subject, refusal
 * and limit, read-only for handlers; the body is read with request_read().
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/lang.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/slice.h"
#include "http/transport.h"

enum http_method {
	HTTP_NONE, /* a method we do not know */
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_PATCH,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_METHOD_COUNT
};

enum {
	REQUEST_URI_MAX = 8192,	   /* bytes of REQUEST_URI */
	REQUEST_HEADER_MAX = 8192, /* bytes of one header's value */
	REQUEST_CAPTURES_MAX = 4,
	REQUEST_NAMES_MAX = 64
};

struct caller;	      /* web/caller.h */
struct limit_verdict; /* model/limit.h */

struct request_names {
	const char *names[REQUEST_NAMES_MAX];
	size_t count;
};

struct request {
	struct pool *pool;
	struct transport *transport;
	const struct clock *clock;
	struct log log;	  /* its lines carry the id */
	const char *id;	  /* 32 hex digits of our own making */
	int64_t start_us; /* monotonic */

	enum http_method method;
	const char *method_text;
	/*
	 * Where the application is mounted, without a slash at the end: "" or
	 * "/tienda".  Links are made as base + path.
	 */
	const char *base;
	/* Below base, still percent-encoded, starts with "/". */
	const char *path;
	const char *shown_path; /* the same, or what logs may have of it */
	struct slice query; /* after "?", encoded; empty when none */
	const char *host;   /* Host header, "" when absent */
	bool is_https;
	const char *remote_addr; /* as the web server says; never a header */
	const char *remote_user; /* NULL when the server has no login */
	const char *content_type; /* "" when absent */
	int64_t content_length;	  /* -1 when unknown */
	enum lang lang;
	bool wants_json; /* Accept prefers application/json to text/html */
	bool wants_html; /* Accept prefers text/html to application/json */

	/* Percent-decoded {captures} of the matched route. */
	const char *captures[REQUEST_CAPTURES_MAX];

	/* Who it is from; the guard finds out.  NULL before it did. */
	const struct caller *caller;
	/*
	 * What it was about, for the audit log, "files/123"; set by the
	 * handler.  NULL: its path; "": something public, the reading of
	 * which is not noted.
	 */
	const char *subject;
	/*
	 * Why it had no effect, where the handler answers that itself, as
	 * with a form that is shown again: "bad_login".  NULL: it had one, or
	 * the handler failed.
	 */
	const char *refusal;
	/* The rate limit that counted it, for its headers.  NULL: none. */
	const struct limit_verdict *limit;

	/* Kept by request_read(). */
	int64_t body_bytes; /* read so far */
	bool body_is_read;  /* to its end */
	/* Sees the bytes that request_read() gives; NULL: nobody looks. */
	void (*body_tap)(void *arg, struct slice bytes);
	void *body_tap_arg;
};

struct request_input {
	struct pool *pool;
	struct transport *transport;
	const struct clock *clock;
	const struct log *log;
	enum lang default_lang;
	bool is_https; /* whatever the variables say: a proxy ends TLS */
};

/*
 * Read the CGI variables into *request.  ERR_INVALID for what RFC 9110 forbids
 * (bad CONTENT_LENGTH, control characters or bad escapes in the path, dot
 * segments); the request is then filled well enough to answer it.
 */
int request_init(struct request *request, const struct request_input *input,
    struct err *err) ATTR_MUST_USE;

/*
 * The next bytes of the body: 1 with a slice that is valid until the next
 * call, 0 at the end.  ERR_INVALID when the body is longer ("body_too_long")
 * or shorter ("body_truncated") than CONTENT_LENGTH said.
 */
int request_read(struct request *request, struct slice *bytes_r,
    struct err *err) ATTR_MUST_USE;
/*
 * Read what is left and drop it; ERR_TOO_LARGE (code "body_too_large") when
 * the whole body is longer than max_bytes.
 */
int request_skip_body(struct request *request, int64_t max_bytes,
    struct err *err) ATTR_MUST_USE;
/* False when the variables say that there is no body. */
bool request_has_body(const struct request *request);

/* A header by its HTTP name, "If-None-Match"; NULL when absent or too long. */
const char *request_header(const struct request *request, const char *name);
/*
 * The names, in lower case and with "-" for "_", of all headers that begin
 * with a prefix such as "x-amz-"; ERR_INVALID beyond REQUEST_NAMES_MAX.
 */
int request_header_names(const struct request *request, const char *prefix,
    struct request_names *names_r, struct err *err) ATTR_MUST_USE;
/* A cookie's value (RFC 6265 section 5.4); false when absent. */
bool request_cookie(const struct request *request, const char *name,
    struct slice *value_r);
/* One that response_host_cookie() set, and no other. */
bool request_host_cookie(const struct request *request, const char *name,
    struct slice *value_r);
/*
 * A decoded query parameter, the first of its name; NULL when it is absent,
 * badly escaped, no valid UTF-8 or holds a NUL.
 */
const char *request_query(const struct request *request, const char *name);
/* scheme://host + base, for absolute URLs; base alone without a Host. */
const char *request_origin(const struct request *request);

const char *http_method_name(enum http_method method);
enum http_method http_method_find(struct slice name);

#endif
