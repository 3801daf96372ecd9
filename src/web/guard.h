/*
 * What is asked of a request before its handler runs: who it is from and
 * whether a browser was tricked into sending it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_GUARD_H
#define WEB_GUARD_H

#include "http/route.h"
#include "web/app.h"

/*
 * Sets request->caller.  ERR_UNAUTHENTICATED without a login, ERR_DENIED for
 * too small a role or scope, for AUTH=open from beyond this machine or for a
 * request that another site sent.
 */
int guard_check(const struct app *app, struct request *request,
    const struct route *route, struct err *err) ATTR_MUST_USE;

#endif
