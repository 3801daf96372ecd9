/*
 * What the handlers of the JSON API share.
 *
 * Their routes answer JSON whatever the client asks for, failures too (B16);
 * bodies are JSON or forms, by one field table.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_API_H
#define WEB_API_H

#include "codec/json.h"
#include "http/form.h"
#include "http/response.h"
#include "web/app.h"

/*
 * Read a body; ERR_INVALID (code "bad_field") names the first field that is
 * wrong.  The table ends with API_LAST_FIELD, whose "csrf" is checked.
 */
int api_read_form(const struct app *app, struct request *request,
    const struct field *fields, struct form *form_r, struct err *err)
    ATTR_MUST_USE;
/* The same for a multipart form, whose files go to the sink. */
int api_read_upload(const struct app *app, struct request *request,
    const struct field *fields, const struct form_file_sink *sink,
    struct form *form_r, struct err *err) ATTR_MUST_USE;
/*
 * The same for a change of things that have more members than anybody may
 * set: a name beyond the table is refused (code "unknown_field").
 */
int api_read_change(const struct app *app, struct request *request,
    const struct field *fields, struct form *form_r, struct err *err)
    ATTR_MUST_USE;
#define API_LAST_FIELD \
	{ "csrf", FIELD_TOKEN, .max = 256 }, API_LAST_PARAMETER
/* Read the query, by a table that ends with API_LAST_PARAMETER. */
int api_read_query(const struct request *request, const struct field *fields,
    struct form *form_r, struct err *err) ATTR_MUST_USE;
#define API_LAST_PARAMETER { .name = NULL }
/* The number that a path names as a file; ERR_NOT_FOUND for anything else. */
int api_read_file_id(const struct request *request, int64_t *id_r,
    struct err *err) ATTR_MUST_USE;
/* Answer 200; what holds a URL that permits something is nobody else's. */
void api_send(struct response *response, const struct json *json);

#endif
