/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "codec/digest.h"
#include "web/caller.h"
#include "web/csrf.h"
#include "web/login_cookie.h"
#include "web/token.h"

const char *
csrf_token(const struct app *app, const struct request *request,
    struct response *response)
{
	struct slice secret;

	if (!login_cookie_find(request, &secret))
		secret = slice_str(login_cookie_begin(request, response));
	return token_mac(request->pool, app->secret, "csrf", secret);
}

/* What a browser says about where a request comes from. */
enum provenance { FROM_UNKNOWN, FROM_OURSELVES, FROM_ELSEWHERE };

static enum provenance
find_provenance(const struct request *request)
{
	const char *site = request_header(request, "Sec-Fetch-Site");
	const char *origin = request_header(request, "Origin");
	const char *own;

	/* "none" is the person: an address typed, a bookmark. */
	if (site != NULL)
		return strcmp(site, "same-origin") == 0 ||
			strcmp(site, "none") == 0 ?
		    FROM_OURSELVES :
		    FROM_ELSEWHERE;
	if (origin == NULL)
		return FROM_UNKNOWN;
	/*
	 * The scheme is not compared: behind a proxy that ends TLS the web
	 * server may not know it.
	 */
	own = strstr(origin, "://");
	if (own != NULL && *request->host != '\0' &&
	    slice_eq_case(slice_str(own + 3), request->host))
		return FROM_OURSELVES;
	return FROM_ELSEWHERE;
}

int
csrf_check_origin(const struct request *request, struct err *err)
{
	if (find_provenance(request) != FROM_ELSEWHERE)
		return 0;
	return err_set_code(err, ERR_DENIED, "cross_site",
	    "the request comes from another site");
}

/* The token is the one of the cookie. */
static bool
is_right(const struct app *app, const struct request *request,
    struct slice secret, const char *token)
{
	const char *right =
	    token_mac(request->pool, app->secret, "csrf", secret);

	return strlen(token) == strlen(right) &&
	    digest_equal(token, right, strlen(right));
}

static int
refuse(struct err *err)
{
	return err_set_code(err, ERR_DENIED, "csrf",
	    "the form's token is missing or belongs to another session");
}

/* No browser was tricked into sending this. */
static bool
is_deliberate(const struct request *request)
{
	return find_provenance(request) == FROM_OURSELVES ||
	    (request->caller != NULL && request->caller->via == CALLER_TOKEN);
}

int
csrf_check_token(const struct app *app, const struct request *request,
    const char *token, struct err *err)
{
	struct slice secret;

	if (is_deliberate(request) || !login_cookie_find(request, &secret) ||
	    is_right(app, request, secret, token))
		return 0;
	return refuse(err);
}

int
csrf_require_token(const struct app *app, const struct request *request,
    const char *token, struct err *err)
{
	struct slice secret;

	if (is_deliberate(request) ||
	    (login_cookie_find(request, &secret) &&
		is_right(app, request, secret, token)))
		return 0;
	return refuse(err);
}
