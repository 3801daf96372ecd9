/*
 * The whole application in memory: requests go in as strings, answers come out
 * as strings; the database is in memory and objects go to a temporary folder.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_WEBTEST_H
#define WEB_WEBTEST_H

#include "model/user.h"
#include "web/app.h"

enum { WEBTEST_PARAMS_MAX = 32, WEBTEST_NOW_SECS = 1795356000 };

struct webtest {
	struct pool *pool;
	struct app app;
	const char *dir;
	const char *password; /* hash of WEBTEST_PASSWORD, once wanted */
	/* CGI variables of the next request besides method, URI and length. */
	const char *params[2 * WEBTEST_PARAMS_MAX];
	size_t param_count;
	size_t cut_at;	   /* the peer goes away after so many bytes */
	size_t step_bytes; /* of each read */
};

struct answer {
	int status;
	const char *head; /* header block, each line ending in CRLF or LF */
	const char *body;
	size_t body_len;
};

/* Start an application; settings are "NAME=value" and end with NULL. */
void webtest_open(struct webtest *test, const char *const *settings);
void webtest_close(struct webtest *test);
/* Add a variable, such as "HTTP_COOKIE", to the next requests. */
void webtest_set(struct webtest *test, const char *name, const char *value);
void webtest_unset_all(struct webtest *test);
struct answer webtest_get(struct webtest *test, const char *uri);
struct answer webtest_post(struct webtest *test, const char *uri,
    const char *content_type, struct slice body);
struct answer webtest_send(struct webtest *test, const char *method,
    const char *uri, const char *content_type, struct slice body);

/* Somebody of a tenant with this email address and WEBTEST_PASSWORD. */
#define WEBTEST_PASSWORD "correct horse battery"
int64_t webtest_user(struct webtest *test, int64_t tenant_id,
    const char *email, enum role role);
/* A session of his, as the next requests' only cookie. */
int64_t webtest_log_in(struct webtest *test, int64_t user_id);
/* A token of his. */
const char *webtest_token(struct webtest *test, int64_t user_id,
    unsigned scopes);
/* Run a statement without arguments. */
void webtest_sql(struct webtest *test, const char *sql);

/* A header's value in the pool, or NULL. */
const char *webtest_header(struct webtest *test, const struct answer *answer,
    const char *name);
/* The text between two marks of the body, or NULL. */
const char *webtest_between(struct webtest *test, const struct answer *answer,
    const char *before, const char *after);
/* Rows that a query counts. */
int64_t webtest_count(struct webtest *test, const char *sql);
/* Regular files below the object folder. */
int webtest_objects(struct webtest *test);

/* One part of a form that webtest_form() makes. */
struct webtest_part {
	const char *name;
	const char *filename; /* NULL: a text field */
	const char *type;
	struct slice data;
};
#define WEBTEST_BOUNDARY "----webtest7MA4YWxk"
#define WEBTEST_FORM "multipart/form-data; boundary=" WEBTEST_BOUNDARY
struct slice webtest_form(struct webtest *test,
    const struct webtest_part *parts, size_t count);
/* A small valid PNG whose bytes depend on seed. */
struct slice webtest_png(struct webtest *test, unsigned seed);

#endif
