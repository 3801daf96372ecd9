/*
 * What the pages about oneself share: the account, its password, sessions and
 * tokens (page_account.c, page_password.c, page_sessions.c, page_tokens.c).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_PAGE_ACCOUNT_H
#define WEB_PAGE_ACCOUNT_H

#include "http/form.h"
#include "model/login.h"
#include "web/app.h"
#include "web/view.h"

enum account_tab {
	ACCOUNT_ABOUT,
	ACCOUNT_PASSWORD,
	ACCOUNT_SESSIONS,
	ACCOUNT_TOKENS,
	ACCOUNT_TAB_COUNT
};

/* A view with the navigation between these pages; has a form. */
void account_view_init(struct view *view, const struct app *app,
    struct request *request, const char *template, enum account_tab tab);
/* ERR_NOT_FOUND where the login is not ours. */
int account_check_login(const struct app *app, struct err *err) ATTR_MUST_USE;
/*
 * The account itself; avatar_error, which may be NULL, is said beside the form
 * for a picture.
 */
int account_show(struct app *app, struct request *request,
    struct response *response, const char *avatar_error, struct err *err)
    ATTR_MUST_USE;
/* The row of the caller. */
int account_load_user(const struct app *app, const struct request *request,
    struct user *user_r, struct err *err) ATTR_MUST_USE;
/* The number that a path names; ERR_NOT_FOUND for anything else. */
int account_read_id(const struct request *request, int64_t *id_r,
    struct err *err) ATTR_MUST_USE;
/* Read a form without files and check its token, the field "csrf". */
int account_read_form(const struct app *app, struct request *request,
    const struct field *fields, size_t count, struct form *form_r,
    struct err *err) ATTR_MUST_USE;
/* The same of a form that is but a button. */
int account_read_button(const struct app *app, struct request *request,
    struct err *err) ATTR_MUST_USE;
/* A field as templates show it; error may be NULL. */
void account_set_field(struct json *fields, const char *name,
    const char *value, const char *error);
/* A problem of a text in words; NULL when there is none. */
const char *account_problem(const struct request *request,
    enum field_problem problem);
/* What model/login.h needs. */
struct login account_login(const struct app *app,
    const struct request *request);
/*
 * Too many wrong passwords: status, Retry-After and what the log notes; the
 * text for the page.
 */
const char *account_throttle(struct request *request,
    struct response *response, const struct limit_verdict *verdict);

#endif
