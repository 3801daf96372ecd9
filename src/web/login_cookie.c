/* SPDX-License-Identifier: MIT */
#include "base/num.h"
#include "base/rand.h"
#include "model/session.h"
#include "web/login_cookie.h"
#include "web/token.h"

#define COOKIE "almacen_session"
#define DEVICE_COOKIE "almacen_device"
#define DEVICE_PURPOSE "device"

enum { UNTIL_THE_BROWSER_CLOSES = -1, DEVICE_SECS = 365 * 86400 };

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

int64_t
login_cookie_device(const struct app *app, const struct request *request)
{
	struct slice token, payload;
	int64_t user_id;

	if (request_host_cookie(request, DEVICE_COOKIE, &token) &&
	    token_read(request->pool, app->secret, DEVICE_PURPOSE, token,
		clock_now_secs(request->clock), &payload) &&
	    num_parse_i64(payload, INT64_MAX, &user_id))
		return user_id;
	return 0;
}

void
login_cookie_set_device(const struct app *app, const struct request *request,
    struct response *response, int64_t user_id)
{
	const char *payload =
	    pool_format(request->pool, "%lld", (long long)user_id);

	response_host_cookie(response, request, DEVICE_COOKIE,
	    token_make(request->pool, app->secret, DEVICE_PURPOSE,
		slice_str(payload),
		clock_now_secs(request->clock) + DEVICE_SECS),
	    DEVICE_SECS);
}
