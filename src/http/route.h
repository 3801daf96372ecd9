/*
 * Routes are rows of one constant table.  A missing member is zero, and zero
 * is the strictest: no body, login wanted, same-origin wanted.
 *
 * Patterns are literal segments and captures: "/products/{id}/edit".  The last
 * capture may be "{key*}" and then takes slashes too.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/request.h"
#include "http/response.h"

struct app; /* web/app.h */
struct route_doc; /* web/route_doc.h */

typedef int (*route_fn)(struct app *app, struct request *request,
    struct response *response, struct err *err);

enum route_body {
	ROUTE_NO_BODY,
	ROUTE_FIELDS, /* a small form */
	ROUTE_UPLOAD  /* a form with files, or as much work */
};

/* Who may come.  A token must have the scope besides the role of its user. */
enum route_access {
	ROUTE_ADMIN, /* admins of the tenant; scope admin */
	ROUTE_WRITE, /* admins and editors; scope write */
	ROUTE_READ,  /* whoever logged in; scope read */
	ROUTE_SELF,  /* whoever logged in, about himself; no token at all */
	ROUTE_PUBLIC /* everybody */
};

/* How it answers, failures too. */
enum route_answer {
	ROUTE_PAGE, /* HTML, or JSON where the client prefers that */
	ROUTE_BOTH, /* JSON, or HTML where the client prefers that */
	ROUTE_JSON, /* JSON, whatever the client asks for */
	ROUTE_S3    /* errors and CORS as S3 has them */
};

/* Which of the limits of F3 counts it. */
enum route_rate {
	ROUTE_RATE_NONE,
	ROUTE_RATE_UPLOAD,
	ROUTE_RATE_PRESIGN,
	ROUTE_RATE_LOGIN,
	ROUTE_RATE_COUNT
};

struct route {
	enum http_method method;
	const char *pattern;
	route_fn handler;
	enum route_body body;
	enum route_access access;
	enum route_answer answer;
	enum route_rate rate;
	bool is_unguarded; /* no CSRF check: for safe methods it never runs */
	bool is_creating;  /* takes an Idempotency-Key */
	bool is_secret;	   /* its path opens something: not for logs */
	/* What the audit log calls it, "file.read"; NULL: it is not noted. */
	const char *action;
	const struct route_doc *doc; /* for openapi.json; NULL: a page */
};

/*
 * Find the row for method and path: 1 with *route_r and request->captures
 * filled, 0 when no pattern matches, -1 (ERR_METHOD) when only the method does
 * not; *route_r is then a row with that path, and *allow_r lists the methods
 * for the Allow header.  HEAD matches GET
 * rows.  A capture that decodes to NUL, control characters or bad UTF-8
 * matches nothing.
 */
int route_find(const struct route *table, size_t count,
    struct request *request, const struct route **route_r,
    const char **allow_r, struct err *err) ATTR_MUST_USE;

/*
 * What may be said of a path in logs: a route's pattern for all that begins
 * like one that is_secret, whether it matches or not; else the path itself.
 */
const char *route_shown_path(const struct route *table, size_t count,
    const char *path);

#endif
