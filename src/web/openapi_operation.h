/*
 * One operation of openapi.json: a route of the table and its doc.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_OPENAPI_OPERATION_H
#define WEB_OPENAPI_OPERATION_H

#include "codec/json.h"
#include "http/route.h"
#include "web/app.h"

struct openapi {
	struct pool *pool;
	const struct app *app;
	struct json *paths, *schemas;
};

/*
 * Describe a route that has a doc, at a path of OpenAPI, into an empty object;
 * schemas it names are added.
 */
void openapi_operation(struct openapi *openapi, struct json *operation,
    const struct route *route, const char *path);
/* A header that an answer has. */
void openapi_header(struct json *headers, const char *name,
    const char *about);

#endif
