/*
 * The browser's session and what protects it (decision 8).
 *
 * A page with a form gives the browser a session cookie with a random id and
 * the form a token bound to it.  A state-changing request is refused when the
 * browser says that it comes from another site (Sec-Fetch-Site, Origin); when
 * it says nothing and carries our cookie, it must carry the token.  A request
 * with neither comes from a program, not from a browser that was tricked.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_SESSION_H
#define WEB_SESSION_H

#include "http/request.h"
#include "http/response.h"
#include "web/app.h"

/*
 * The token for a form of this answer; sets the session cookie when the
 * request has none.
 */
const char *session_csrf_token(const struct app *app,
    const struct request *request, struct response *response);
/*
 * What headers alone can tell: ERR_DENIED (code "cross_site") when the request
 * comes from another site.
 */
int session_check_origin(const struct request *request, struct err *err)
    ATTR_MUST_USE;
/* After the body was read: the token, where one is needed. */
int session_check_token(const struct app *app, const struct request *request,
    const char *token, struct err *err) ATTR_MUST_USE;

#endif
