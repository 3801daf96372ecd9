/* SPDX-License-Identifier: MIT */
#include "web/caller.h"
#include "web/csrf.h"
#include "web/guard.h"

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
guard_check(const struct app *app, struct request *request,
    const struct route *route, struct err *err)
{
	struct caller *caller = POOL_NEW(request->pool, struct caller);

	request->caller = caller;
	/* What is for everybody must not fail for want of a login. */
	if ((caller_find(app, request, caller, err) == -1 &&
		route->access != ROUTE_PUBLIC) ||
	    check_access(app, request, route, err) == -1)
		return -1;
	if (is_safe(request->method) || route->is_unguarded)
		return 0;
	return csrf_check_origin(request, err);
}
