/*
 * Idempotency-Key: a creating request that is sent again is not done again.
 *
 * The key belongs to a user.  The same request, by method, path, query, type,
 * length and body, is answered as the first time, with the header
 * "Idempotency-Replayed: true".  Of a form with files the bytes are not
 * compared, only how many there are.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_IDEMPOTENCY_H
#define WEB_IDEMPOTENCY_H

#include "http/route.h"
#include "web/app.h"

typedef int (*route_run_fn)(struct app *app, struct request *request,
    struct response *response, const struct route *route, struct err *err);

/*
 * run() the route, or answer as before.  ERR_INVALID (code
 * "bad_idempotency_key"), ERR_CONFLICT as of model/idempotency.h.
 */
int idempotency_run(struct app *app, struct request *request,
    struct response *response, const struct route *route, route_run_fn run,
    struct err *err) ATTR_MUST_USE;

#endif
