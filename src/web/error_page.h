/*
 * From an error to an answer: the one place that decides which status a kind
 * of error has, whether its text may be shown, and how loud it is in the log.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_ERROR_PAGE_H
#define WEB_ERROR_PAGE_H

#include "http/request.h"
#include "http/response.h"
#include "web/app.h"

/*
 * What an error's code means, as a message id, where its kind would say
 * something else; NULL otherwise.
 */
const char *error_code_message(const struct err *err);
/* Its code, or that of its kind: "not_found". */
const char *error_code(const struct err *err);
/* Say it in the log, as loud as its kind is. */
void error_log(const struct request *request, int status,
    const struct err *err);
/*
 * Replace whatever the response holds by a page or a JSON body (B16) about the
 * error, and log it.  Cannot fail: when the template does, plain text goes out.
 */
void error_page(const struct app *app, struct request *request,
    struct response *response, const struct err *err);

#endif
