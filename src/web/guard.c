/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "web/guard.h"
#include "web/session.h"

static bool
is_loopback(const char *address)
{
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, address, &four) == 1)
		return ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
	if (inet_pton(AF_INET6, address, &six) != 1)
		return false;
	return IN6_IS_ADDR_LOOPBACK(&six) ||
	    (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == IN_LOOPBACKNET);
}

static int
check_login(const struct app *app, const struct request *request,
    struct err *err)
{
	switch (app->auth) {
	case AUTH_OPEN:
		if (is_loopback(request->remote_addr))
			return 0;
		return err_set_code(err, ERR_DENIED, "not_loopback",
		    "AUTH=open serves only this machine");
	case AUTH_REMOTE_USER:
		if (request->remote_user != NULL)
			return 0;
		return err_set(err, ERR_UNAUTHENTICATED,
		    "the web server sent no REMOTE_USER: its login must"
		    " cover this path");
	}
	return err_set(err, ERR_INTERNAL, "unknown kind of login");
}

static bool
is_safe(enum http_method method)
{
	return method == HTTP_GET || method == HTTP_HEAD ||
	    method == HTTP_OPTIONS;
}

int
guard_check(const struct app *app, const struct request *request,
    const struct route *route, struct err *err)
{
	if (!route->is_public && check_login(app, request, err) == -1)
		return -1;
	if (is_safe(request->method) || route->is_unguarded)
		return 0;
	return session_check_origin(request, err);
}
