/*
 * Protection of forms from other sites (decision 8).
 *
 * A page with a form gives the browser a cookie with a random secret
 * (web/login_cookie.h) and the form a token bound to it.  A state-changing
 * request is refused when the browser says that it comes from another site
 * (Sec-Fetch-Site, Origin); when it says nothing and carries our cookie, it
 * must carry the token.  A request with neither comes from a program, not from
 * a browser that was tricked, and so does one that brings an API token.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_CSRF_H
#define WEB_CSRF_H

#include "http/request.h"
#include "http/response.h"
#include "web/app.h"

/*
 * The token for a form of this answer; sets the cookie when the request has
 * none.
 */
const char *csrf_token(const struct app *app,
    const struct request *request, struct response *response);
/*
 * What headers alone can tell: ERR_DENIED (code "cross_site") when the request
 * comes from another site.
 */
int csrf_check_origin(const struct request *request, struct err *err)
    ATTR_MUST_USE;
/* After the body was read: the token, where one is needed. */
int csrf_check_token(const struct app *app, const struct request *request,
    const char *token, struct err *err) ATTR_MUST_USE;
/*
 * The same for logging in, which is worth an attack without our cookie too:
 * it would work on in an account of the attacker's.
 */
int csrf_require_token(const struct app *app, const struct request *request,
    const char *token, struct err *err) ATTR_MUST_USE;

#endif
