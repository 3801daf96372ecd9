/*
 * Cursors: where the next page of a list of files begins, signed.
 *
 * A cursor belongs to the list it was made for: tenant, owner or whole tenant,
 * state and filters.  In any other list it is refused; so nobody carries one to
 * another tenant, or learns anything by making some up.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_CURSOR_H
#define WEB_CURSOR_H

#include "http/request.h"
#include "model/file_search.h"
#include "web/app.h"

enum { CURSOR_VALID_SECS = 86400 };

/* For the page behind `place`; safe in a URL as it is. */
const char *cursor_make(const struct app *app, const struct request *request,
    const struct file_search *search, const struct file_place *place);
/*
 * Fills search->after; the rest of it is complete by now.  ERR_INVALID (code
 * "bad_cursor").
 */
int cursor_read(const struct app *app, const struct request *request,
    const char *text, struct file_search *search, struct err *err)
    ATTR_MUST_USE;

#endif
