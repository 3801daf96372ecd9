/*
 * Who a request is from, for whatever belongs to somebody: files, and the
 * prefixes of their keys.  The one place that knows.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_CALLER_H
#define WEB_CALLER_H

#include "http/request.h"
#include "web/app.h"

enum { CALLER_ID_MAX = 66 };

struct caller {
	/*
	 * One segment of a key, up to CALLER_ID_MAX bytes; two users never
	 * have the same.
	 */
	const char *id;
	int64_t tenant_id;
};

/* The caller of a request that has passed the guard. */
void caller_find(const struct app *app, const struct request *request,
    struct caller *caller_r);

#endif
