/*
 * What is asked of a request before its handler runs: who it is from and
 * whether a browser was tricked into sending it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_GUARD_H
#define WEB_GUARD_H

#include <stdbool.h>

#include "http/route.h"
#include "web/app.h"

/*
 * Sets request->caller; for a public route without asking the database, as
 * nobody.  ERR_UNAUTHENTICATED without a login, ERR_DENIED for
 * too small a role or scope, for AUTH=open from beyond this machine or for a
 * request that another site sent.
 */
int guard_check(const struct app *app, struct request *request,
    const struct route *route, struct err *err) ATTR_MUST_USE;
/* Sets request->caller: for the public routes that want to know. */
int guard_find_caller(const struct app *app, struct request *request,
    struct err *err) ATTR_MUST_USE;
/*
 * Instead of an error: a browser that wants a page and has no login goes to
 * the login page.  False when the error is to be answered.
 */
bool guard_leads_to_login(const struct app *app,
    const struct request *request, struct response *response,
    const struct err *err) ATTR_MUST_USE;

#endif
