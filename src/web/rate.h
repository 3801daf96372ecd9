/*
 * Rate limits of requests (F3): a route of the table says which limit counts
 * it, and this is who it is counted for: the user, the token he comes with,
 * and his address, which may do four times as much, as several people may
 * share it.
 *
 * The address is what the web server says.  No header is ever asked: whoever
 * sends X-Forwarded-For would choose his own bucket.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_RATE_H
#define WEB_RATE_H

#include "http/request.h"
#include "http/response.h"
#include "http/route.h"
#include "model/limit.h"
#include "web/app.h"

/*
 * Count the request: ERR_TOO_MANY (code "rate_limited") beyond the limit.
 * After the guard, which finds the caller.  Logins count themselves, as only
 * wrong ones do.
 */
int rate_check(const struct app *app, struct request *request,
    const struct route *route, struct err *err) ATTR_MUST_USE;
/*
 * Leave the verdict with the request, for its headers, and set ERR_TOO_MANY
 * with a text that says how long to wait; gives -1.
 */
int rate_refuse(struct request *request, const struct limit_verdict *verdict,
    struct err *err) ATTR_MUST_USE;
/*
 * RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10),
 * and Retry-After for who was refused; nothing for a request without a limit.
 */
void rate_headers(const struct request *request, struct response *response);

#endif
