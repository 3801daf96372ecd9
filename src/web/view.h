/*
 * Views: one JSON tree for both HTML and JSON answers.
 *
 * A handler fills the tree with its data; view_send() answers a client that
 * wants JSON with the tree itself, and everybody else with a template, for
 * which it adds what every page shows (base, language, flash, csrf, user).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_VIEW_H
#define WEB_VIEW_H

#include "codec/json.h"
#include "http/request.h"
#include "http/response.h"
#include "web/app.h"
#include "web/flash.h"

struct view {
	const char *template; /* "products" */
	const char *title;    /* in the language of the request */
	struct json *data;
	struct flash flash; /* NONE: the one of the cookie, if any */
	bool has_form;	    /* wants a CSRF token */
	bool is_html_only;  /* the data is about the page, not the thing */
};

/* An empty view for a template. */
void view_init(struct view *view, struct request *request,
    const char *template, const char *title);
/* Fill the response; its status is the caller's. */
int view_send(const struct app *app, struct request *request,
    struct response *response, struct view *view, struct err *err)
    ATTR_MUST_USE;
/* base + path, for links and redirects; both are already encoded. */
const char *view_url(const struct request *request, const char *fmt, ...)
    ATTR_FORMAT(2, 3);
/*
 * "https://host/base" as browsers reach us: BASE_URL, or what the request says.
 */
const char *view_origin(const struct app *app, const struct request *request);
/* "512 B", "1.4 MB": for people. */
const char *view_size(struct pool *pool, int64_t bytes);
/* A moment as NAME (RFC 3339) and as NAME_text, for people; both in UTC. */
void view_set_time(struct json *object, struct pool *pool, const char *name,
    int64_t secs);
/*
 * The page shows a picture from this URL: the policy must allow its origin,
 * unless it is our own.
 */
void view_allow_image(const struct app *app, struct response *response,
    const char *url);
/* What every answer starts with; a handler may put others in their place. */
void view_security_headers(const struct app *app, struct response *response);

#endif
