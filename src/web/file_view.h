/*
 * A file as the API shows it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_FILE_VIEW_H
#define WEB_FILE_VIEW_H

#include "codec/json.h"
#include "http/request.h"
#include "model/file.h"
#include "web/app.h"
#include "web/route_doc.h"

/* Its members into an empty object. */
void file_view(const struct app *app, const struct request *request,
    const struct file *file, struct json *object);
/* The ETag of its record, with quotes: "\"123-4\"". */
const char *file_etag(struct pool *pool, const struct file *file);
/* What the members are. */
extern const struct schema file_schema;

#endif
