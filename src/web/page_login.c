/*
 * Logging in and out (F2).
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "codec/password.h"
#include "model/session.h"
#include "web/caller.h"
#include "web/csrf.h"
#include "web/flash.h"
#include "web/guard.h"
#include "web/login_cookie.h"
#include "web/page_account.h"
#include "web/return_path.h"
#include "web/routes.h"

enum login_field {
	LOGIN_EMAIL,
	LOGIN_PASSWORD,
	LOGIN_NEXT,
	LOGIN_CSRF,
	LOGIN_FIELD_COUNT
};

/* clang-format off */
static const struct field fields[LOGIN_FIELD_COUNT] = {
	[LOGIN_EMAIL] = { "email", FIELD_TEXT, .max = USER_LOGIN_MAX,
	    .is_required = true },
	[LOGIN_PASSWORD] = { "password", FIELD_SECRET,
	    .max = PASSWORD_BYTES_MAX, .is_required = true },
	[LOGIN_NEXT] = { "next", FIELD_TOKEN, .max = RETURN_PATH_MAX },
	[LOGIN_CSRF] = { "csrf", FIELD_TOKEN, .max = 256 },
};
/* clang-format on */

struct login_form {
	struct app *app;
	struct request *request;
	struct form form;
	const char *next;    /* below the mount point */
	const char *problem; /* what is said above the fields; NULL: nothing */
};

/* ---- the page ---- */

static void
set_next(struct login_form *lf, const char *path)
{
	lf->next = path != NULL && return_path_is_own(path) ? path : "/";
}

static void
view_fields(const struct login_form *lf, struct json *data)
{
	const struct form_value *email = &lf->form.values[LOGIN_EMAIL];
	const struct form_value *password = &lf->form.values[LOGIN_PASSWORD];
	bool wants_email =
	    *email->text == '\0' || email->problem != FIELD_OK;
	struct json *group = json_set_object(data, "fields");

	account_set_field(group, "email", email->text,
	    account_problem(lf->request, email->problem));
	account_set_field(group, "password", "",
	    account_problem(lf->request, password->problem));
	json_set_bool(data, "focus_email", wants_email);
	json_set_bool(data, "focus_password", !wants_email);
}

static int
send_page(const struct login_form *lf, struct response *response,
    struct err *err)
{
	struct request *request = lf->request;
	struct view view;

	view_init(&view, request, "login", lang_text(request->lang, "Log in"));
	view.has_form = true;
	view.is_html_only = true;
	view_fields(lf, view.data);
	json_set_text(view.data, "action", view_url(request, "/login"));
	if (strcmp(lf->next, "/") != 0)
		json_set_text(view.data, "next", lf->next);
	json_set_bool(view.data, "has_errors", lf->problem != NULL);
	if (lf->problem != NULL)
		view.flash = (struct flash){ FLASH_ERROR, lf->problem };
	return view_send(lf->app, request, response, &view, err);
}

static void
go_on(const struct login_form *lf, struct response *response)
{
	response_header(response, "Cache-Control", "no-store");
	response_redirect(response, view_url(lf->request, "%s", lf->next));
}

int
page_login(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct login_form lf = { .app = app, .request = request };

	if (account_check_login(app, err) == -1 ||
	    guard_find_caller(app, request, err) == -1)
		return -1;
	form_init(&lf.form, request->pool, fields, LOGIN_FIELD_COUNT);
	set_next(&lf, request_query(request, "next"));
	if (request->caller->via != CALLER_NOBODY) {
		go_on(&lf, response);
		return 0;
	}
	return send_page(&lf, response, err);
}

/* ---- logging in ---- */

static int
read_form(struct login_form *lf, struct err *err)
{
	const struct form_input input = { .request = lf->request,
		.fields = fields,
		.count = LOGIN_FIELD_COUNT,
		.body_max_bytes = FORM_FIELDS_BYTES_MAX };
	const struct form_value *next;

	if (form_read(lf->request->pool, &input, &lf->form, err) == -1 ||
	    csrf_require_token(lf->app, lf->request,
		lf->form.values[LOGIN_CSRF].text, err) == -1)
		return -1;
	next = &lf->form.values[LOGIN_NEXT];
	set_next(lf, next->problem == FIELD_OK ? next->text : NULL);
	return 0;
}

/*
 * For the audit log.  Only an address: people write their password into the
 * wrong field.
 */
static void
note_subject(const struct login_form *lf)
{
	struct slice typed = slice_str(lf->form.values[LOGIN_EMAIL].text);
	struct err ignored = ERR_INIT;

	if (user_clean_email(lf->request->pool, typed, &lf->request->subject,
		&ignored) == -1)
		lf->request->subject = NULL;
}

static int
show_problem(struct login_form *lf, struct response *response, int status,
    const char *refusal, const char *problem, struct err *err)
{
	lf->problem = problem;
	lf->request->refusal = refusal;
	response->status = status;
	return send_page(lf, response, err);
}

/* The same words whatever was wrong: nobody learns who has an account. */
static int
explain(struct login_form *lf, struct response *response,
    const struct login_outcome *outcome, struct err *failure, struct err *err)
{
	if (failure->kind == ERR_TOO_MANY)
		return show_problem(lf, response, 429, "too_many_logins",
		    account_throttle(lf->request, response,
			&outcome->verdict),
		    err);
	if (failure->kind == ERR_UNAUTHENTICATED)
		return show_problem(lf, response, 403, "bad_login",
		    lang_text(lf->request->lang,
			"The email address or the password is wrong."),
		    err);
	*err = *failure;
	return -1;
}

/* Whoever was logged in in this browser is so no longer. */
static int
end_session(const struct app *app, const struct request *request,
    struct err *err)
{
	const struct caller *caller = request->caller;
	struct err failure = ERR_INIT;

	if (caller->via != CALLER_SESSION ||
	    session_end(app->backend.db, caller->user_id, caller->session_id,
		&failure) == 0 ||
	    failure.kind == ERR_NOT_FOUND)
		return 0;
	*err = failure;
	return err_wrap(err, "end session");
}

static int
begin_session(const struct login_form *lf, struct response *response,
    const struct user *user, struct err *err)
{
	const struct app *app = lf->app;
	struct request *request = lf->request;
	struct session session = { .user_id = user->id,
		.remote_addr = request->remote_addr,
		.user_agent = request_header(request, "User-Agent"),
		.password = user->password };
	const char *secret;

	if (end_session(app, request, err) == -1 ||
	    session_begin(app->backend.db, request->pool, &session,
		&app->session_terms, clock_now_secs(request->clock), &secret,
		err) == -1)
		return -1;
	caller_begin(request, user, session.id);
	login_cookie_set(request, response, secret);
	login_cookie_set_device(app, request, response, user->id);
	go_on(lf, response);
	return 0;
}

static int
log_in(struct login_form *lf, struct response *response, struct err *err)
{
	const struct login login = account_login(lf->app, lf->request);
	const struct login_input input = {
		.email = lf->form.values[LOGIN_EMAIL].text,
		.password = lf->form.values[LOGIN_PASSWORD].text,
		.remote_addr = lf->request->remote_addr,
		.host = lf->request->host,
		.device_user_id = login_cookie_device(lf->app, lf->request)
	};
	struct err failure = ERR_INIT;
	struct login_outcome outcome;

	if (login_try(&login, lf->request->pool, &input, &outcome,
		&failure) == -1)
		return explain(lf, response, &outcome, &failure, err);
	return begin_session(lf, response, &outcome.user, err);
}

static bool
is_complete(const struct login_form *lf)
{
	return lf->form.values[LOGIN_EMAIL].problem == FIELD_OK &&
	    lf->form.values[LOGIN_PASSWORD].problem == FIELD_OK;
}

int
page_login_try(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct login_form lf = { .app = app, .request = request };

	if (account_check_login(app, err) == -1 ||
	    guard_find_caller(app, request, err) == -1 ||
	    read_form(&lf, err) == -1)
		return -1;
	note_subject(&lf);
	if (is_complete(&lf))
		return log_in(&lf, response, err);
	return show_problem(&lf, response, 200, "invalid",
	    lang_text(request->lang, "Please correct the marked fields"),
	    err);
}

/* ---- logging out ---- */

int
page_logout(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	if (account_check_login(app, err) == -1 ||
	    guard_find_caller(app, request, err) == -1 ||
	    account_read_button(app, request, err) == -1 ||
	    end_session(app, request, err) == -1)
		return -1;
	login_cookie_clear(request, response);
	response_header(response, "Clear-Site-Data",
	    "\"cache\", \"storage\"");
	response_header(response, "Cache-Control", "no-store");
	flash_set(app, request, response,
	    lang_text(request->lang, "You have logged out"));
	response_redirect(response, view_url(request, "/login"));
	return 0;
}
