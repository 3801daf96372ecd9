/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/rand.h"
#include "codec/digest.h"
#include "web/session.h"
#include "web/token.h"

#define SESSION_COOKIE "almacen_session"

enum { SESSION_ID_BYTES = 16, SESSION_ID_CHARS = 2 * SESSION_ID_BYTES };

static bool
find_session(const struct request *request, struct slice *id_r)
{
	return request_cookie(request, SESSION_COOKIE, id_r) &&
	    id_r->len == SESSION_ID_CHARS;
}

const char *
session_csrf_token(const struct app *app, const struct request *request,
    struct response *response)
{
	struct slice id;

	if (!find_session(request, &id)) {
		id = slice_str(rand_hex(request->pool, SESSION_ID_BYTES));
		response_cookie(response, request, SESSION_COOKIE, id.data, -1);
	}
	return token_mac(request->pool, app->secret, "csrf", id);
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
session_check_origin(const struct request *request, struct err *err)
{
	if (find_provenance(request) != FROM_ELSEWHERE)
		return 0;
	return err_set_code(err, ERR_DENIED, "cross_site",
	    "the request comes from another site");
}

int
session_check_token(const struct app *app, const struct request *request,
    const char *token, struct err *err)
{
	struct slice id;
	const char *right;

	if (find_provenance(request) == FROM_OURSELVES ||
	    !request_cookie(request, SESSION_COOKIE, &id))
		return 0;
	right = token_mac(request->pool, app->secret, "csrf", id);
	if (strlen(token) == strlen(right) &&
	    digest_equal(token, right, strlen(right)))
		return 0;
	return err_set_code(err, ERR_DENIED, "csrf",
	    "the form's token is missing or belongs to another session");
}
