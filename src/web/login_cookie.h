/*
 * The cookie of a login: 128 random bits, which the database knows only by
 * their hash (model/session.h).  Before anybody logs in it holds a secret that
 * no session has, for forms alone (web/csrf.h); a login always begins another.
 *
 * Under https its name is "__Host-almacen_session".
 *
 * And the cookie of a device, signed and good for a year: in this browser that
 * user logged in before, which spares him the limits that everybody's wrong
 * guesses at his account share (model/login.h).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_LOGIN_COOKIE_H
#define WEB_LOGIN_COOKIE_H

#include "http/request.h"
#include "http/response.h"
#include "web/app.h"

/* The secret of a request; false when there is none of the right length. */
bool login_cookie_find(const struct request *request, struct slice *secret_r);
/* Set one of nobody's, and return it. */
const char *login_cookie_begin(const struct request *request,
    struct response *response);
/* Set the secret of a session. */
void login_cookie_set(const struct request *request,
    struct response *response, const char *secret);
/* Delete it. */
void login_cookie_clear(const struct request *request,
    struct response *response);
/* The user who logged in here before; 0: nobody we know of. */
int64_t login_cookie_device(const struct app *app,
    const struct request *request);
void login_cookie_set_device(const struct app *app,
    const struct request *request, struct response *response,
    int64_t user_id);

#endif
