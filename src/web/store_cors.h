/*
 * Scripts of other sites at /store/ (Fetch standard, CORS protocol): the
 * origins that CORS_ORIGINS names may use presigned URLs and read ETag.
 * Without the setting a browser lets only our own pages.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_STORE_CORS_H
#define WEB_STORE_CORS_H

#include "web/app.h"
#include "web/routes.h"

/* To every answer, an error too, or a script could not read it. */
void store_cors(const struct app *app, const struct request *request,
    struct response *response);

#endif
