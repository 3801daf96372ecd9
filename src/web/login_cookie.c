/* SPDX-License-Identifier: MIT */
#include "base/rand.h"
#include "model/session.h"
#include "web/login_cookie.h"

#define COOKIE "almacen_session"

enum { UNTIL_THE_BROWSER_CLOSES = -1 };

bool
login_cookie_find(const struct request *request, struct slice *secret_r)
{
	return request_host_cookie(request, COOKIE, secret_r) &&
	    secret_r->len == SESSION_SECRET_CHARS;
}

const char *
login_cookie_begin(const struct request *request, struct response *response)
{
	const char *secret =
	    rand_hex(request->pool, SESSION_SECRET_CHARS / 2);

	login_cookie_set(request, response, secret);
	return secret;
}

void
login_cookie_set(const struct request *request, struct response *response,
    const char *secret)
{
	response_host_cookie(response, request, COOKIE, secret,
	    UNTIL_THE_BROWSER_CLOSES);
}

void
login_cookie_clear(const struct request *request, struct response *response)
{
	response_host_cookie(response, request, COOKIE, "", 0);
}
