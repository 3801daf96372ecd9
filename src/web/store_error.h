/*
 * Errors of /store/, as S3 says them: a status, and XML that names the cause.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_STORE_ERROR_H
#define WEB_STORE_ERROR_H

#include "web/app.h"
#include "web/routes.h"

/* Answer with the error, and log it; replaces what the handler had begun. */
void store_error(const struct app *app, const struct request *request,
    struct response *response, const struct err *err);

#endif
