/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "web/caller.h"
#include "web/csrf.h"
#include "web/guard.h"
#include "web/return_path.h"

static int
check_access(const struct app *app, const struct request *request,
    const struct route *route, struct err *err)
{
	if (caller_may(request->caller, route->access))
		return 0;
	if (request->caller->via != CALLER_NOBODY)
		return err_set(err, ERR_DENIED, "Forbidden");
	if (app->auth == AUTH_REMOTE_USER)
		return err_set(err, ERR_UNAUTHENTICATED,
		    "the web server sent no REMOTE_USER: its login must"
		    " cover this path");
	return err_set(err, ERR_UNAUTHENTICATED, "nobody is logged in");
}

static bool
is_safe(enum http_method method)
{
	return method == HTTP_GET || method == HTTP_HEAD ||
	    method == HTTP_OPTIONS;
}

int
guard_find_caller(const struct app *app, struct request *request,
    struct err *err)
{
	struct caller *caller = POOL_NEW(request->pool, struct caller);

	request->caller = caller;
	return caller_find(app, request, caller, err);
}

static void
let_everybody_in(const struct app *app, struct request *request)
{
	struct caller *caller = POOL_NEW(request->pool, struct caller);

	caller_nobody(app, caller);
	request->caller = caller;
}

int
guard_check(const struct app *app, struct request *request,
    const struct route *route, struct err *err)
{
	/* What is for everybody does not wait for the database. */
	if (route->access == ROUTE_PUBLIC)
		let_everybody_in(app, request);
	else if (guard_find_caller(app, request, err) == -1 ||
	    check_access(app, request, route, err) == -1)
		return -1;
	if (is_safe(request->method) || route->is_unguarded)
		return 0;
	return csrf_check_origin(request, err);
}

bool
guard_leads_to_login(const struct app *app, const struct request *request,
    struct response *response, const struct err *err)
{
	if (app->auth != AUTH_LOGIN || err->kind != ERR_UNAUTHENTICATED ||
	    strcmp(err->code, "bad_token") == 0 || request->wants_json ||
	    (request->method != HTTP_GET && request->method != HTTP_HEAD))
		return false;
	response_header(response, "Cache-Control", "private, no-store");
	response_header(response, "Vary", "Accept, Cookie");
	response_redirect(response, return_path_login_url(request));
	return true;
}
