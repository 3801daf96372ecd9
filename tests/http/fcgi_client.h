/*
 * The web server's side of FastCGI, record by record, for tests.
 *
 * Records go out as told, so that a test can send half of one, in the wrong
 * order, or not at all.  Request ids are always 1.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_FCGI_CLIENT_H
#define HTTP_FCGI_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

enum {
	FCGI_BEGIN_REQUEST = 1,
	FCGI_ABORT_REQUEST = 2,
	FCGI_END_REQUEST = 3,
	FCGI_PARAMS = 4,
	FCGI_STDIN = 5,
	FCGI_STDOUT = 6
};

enum { FCGI_ANSWER_MAX = 400 * 1024 };

struct fcgi_answer {
	char text[FCGI_ANSWER_MAX + 1]; /* what came as FCGI_STDOUT */
	size_t len;
	bool has_ended;	    /* FCGI_END_REQUEST came */
	bool is_closed;	    /* then, or instead, the connection ended */
	bool has_timed_out; /* nothing came for the time to wait */
};

/* A connection to a unix socket; -1 when it is refused. */
int fcgi_connect(const char *path);
void fcgi_record(int fd, int type, const void *data, size_t len);
/* FCGI_BEGIN_REQUEST and all of FCGI_PARAMS: "NAME", "value", ..., NULL. */
void fcgi_begin(int fd, bool keep, const char *const *params);
/* All of a body, its end included. */
void fcgi_body(int fd, const void *data, size_t len);
/*
 * Read one answer.  With wants_close wait for the end of the connection too.
 */
void fcgi_read(int fd, int timeout_ms, bool wants_close,
    struct fcgi_answer *answer);
/* A GET with this query on a connection that is kept or not. */
void fcgi_get(int fd, bool keep, const char *query,
    struct fcgi_answer *answer);

#endif
