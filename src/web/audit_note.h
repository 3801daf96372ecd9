/*
 * What a request leaves in the audit log (F4).
 *
 * Routes with an action are noted, whatever came of it: who asked for what,
 * and with which result.  Refusals for want of a place in a rate limit are
 * not: they are what must cost nothing.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_AUDIT_NOTE_H
#define WEB_AUDIT_NOTE_H

#include "http/request.h"
#include "http/response.h"
#include "http/route.h"
#include "web/app.h"

/*
 * Note a request whose answer is ready and not yet sent; failure is NULL when
 * the handler succeeded.  -1 when the answer must not go out: it is something
 * private that was read, and the reading could not be noted.  What was changed
 * is changed; that its note is lost is said in the log, with all that it
 * holds.
 */
int audit_note_answer(const struct app *app, const struct request *request,
    const struct route *route, const struct response *response,
    const struct err *failure, struct err *err) ATTR_MUST_USE;

#endif
