/*
 * One's own password.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "codec/password.h"
#include "web/caller.h"
#include "web/flash.h"
#include "web/page_account.h"
#include "web/routes.h"

enum password_field {
	PASSWORD_CURRENT,
	PASSWORD_NEW,
	PASSWORD_AGAIN,
	PASSWORD_CSRF,
	PASSWORD_FIELD_COUNT
};

/* clang-format off */
static const struct field fields[PASSWORD_FIELD_COUNT] = {
	[PASSWORD_CURRENT] = { "current_password", FIELD_SECRET,
	    .max = PASSWORD_BYTES_MAX, .is_required = true },
	[PASSWORD_NEW] = { "new_password", FIELD_SECRET,
	    .max = PASSWORD_BYTES_MAX, .is_required = true },
	[PASSWORD_AGAIN] = { "new_password_again", FIELD_SECRET,
	    .max = PASSWORD_BYTES_MAX, .is_required = true },
	[PASSWORD_CSRF] = { "csrf", FIELD_TOKEN, .max = 256 },
};
/* clang-format on */

struct password_form {
	struct app *app;
	struct request *request;
	struct form form;
	struct user user;
	const char *errors[PASSWORD_CSRF]; /* in words, or NULL */
	const char *problem; /* what is said above the fields; NULL: nothing */
};

static const char *
text_of(const struct password_form *pf, const char *msgid)
{
	return lang_text(pf->request->lang, msgid);
}

static int
send_page(const struct password_form *pf, struct response *response,
    struct err *err)
{
	struct json *group;
	struct view view;

	account_view_init(&view, pf->app, pf->request, "account_password",
	    ACCOUNT_PASSWORD);
	group = json_set_object(view.data, "fields");
	/* What was typed never goes back. */
	for (size_t i = 0; i < PASSWORD_CSRF; i++)
		account_set_field(group, fields[i].name, "", pf->errors[i]);
	json_set_text(view.data, "login", pf->user.login);
	json_set_number(view.data, "chars_min", PASSWORD_CHARS_MIN);
	json_set_text(view.data, "action",
	    view_url(pf->request, "/account/password"));
	json_set_bool(view.data, "has_errors", pf->problem != NULL);
	if (pf->problem != NULL)
		view.flash = (struct flash){ FLASH_ERROR, pf->problem };
	return view_send(pf->app, pf->request, response, &view, err);
}

int
page_password(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct password_form pf = { .app = app, .request = request };

	if (account_check_login(app, err) == -1 ||
	    account_load_user(app, request, &pf.user, err) == -1)
		return -1;
	return send_page(&pf, response, err);
}

/* ---- changing it ---- */

/* clang-format off */
static const struct {
	const char *code, *message;
} weaknesses[] = {
	{ "password_short", N_("This password is too short") },
	{ "password_long", N_("This password is too long") },
	{ "password_common",
	    N_("This password is among the first that others try") },
	{ "password_like_login",
	    N_("This password is too similar to the email address") },
};
/* clang-format on */

static const char *
weakness(const struct password_form *pf, const char *password)
{
	struct err err = ERR_INIT;

	if (password_check(password, pf->user.login, &err) == 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_COUNT(weaknesses); i++)
		if (strcmp(err.code, weaknesses[i].code) == 0)
			return text_of(pf, weaknesses[i].message);
	return account_problem(pf->request, FIELD_NOT_TEXT);
}

static void
check_new(struct password_form *pf)
{
	const char *current = pf->form.values[PASSWORD_CURRENT].text;
	const char *password = pf->form.values[PASSWORD_NEW].text;

	if (strcmp(password, pf->form.values[PASSWORD_AGAIN].text) != 0)
		pf->errors[PASSWORD_AGAIN] =
		    text_of(pf, "The two passwords are not the same");
	else if (strcmp(password, current) == 0)
		pf->errors[PASSWORD_NEW] =
		    text_of(pf, "This is the password there is already");
	else
		pf->errors[PASSWORD_NEW] = weakness(pf, password);
}

static bool
is_valid(struct password_form *pf)
{
	bool is_right = true;

	for (size_t i = 0; i < PASSWORD_CSRF; i++)
		pf->errors[i] = account_problem(pf->request,
		    pf->form.values[i].problem);
	if (form_is_valid(&pf->form))
		check_new(pf);
	for (size_t i = 0; i < PASSWORD_CSRF; i++)
		is_right = is_right && pf->errors[i] == NULL;
	return is_right;
}

static int
show_problem(struct password_form *pf, struct response *response,
    const char *problem, struct err *err)
{
	pf->problem = problem;
	return send_page(pf, response, err);
}

static int
show_errors(struct password_form *pf, struct response *response,
    const char *refusal, struct err *err)
{
	pf->request->refusal = refusal;
	return show_problem(pf, response,
	    text_of(pf, "Please correct the marked fields"), err);
}

static int
change(struct password_form *pf, struct err *err)
{
	const struct app *app = pf->app;
	const struct caller *caller = pf->request->caller;
	const char *hash;

	if (hasher_hash(app->hasher, pf->request->pool,
		pf->form.values[PASSWORD_NEW].text, &hash, err) == -1)
		return -1;
	return user_set_password(app->backend.db, caller->user_id, hash,
	    caller->session_id, clock_now_secs(pf->request->clock), err);
}

/* The current password was given; is it the right one? */
static int
confirm_and_change(struct password_form *pf, struct response *response,
    struct err *err)
{
	const struct login login = account_login(pf->app, pf->request);
	struct limit_verdict verdict;
	struct err failure = ERR_INIT;

	if (login_confirm(&login, pf->request->pool, &pf->user,
		pf->form.values[PASSWORD_CURRENT].text, &verdict,
		&failure) == 0) {
		if (change(pf, err) == -1)
			return err_wrap(err, "change password");
		flash_set(pf->app, pf->request, response,
		    text_of(pf, "The password has been changed. All other "
				"sessions have ended."));
		response_redirect(response, view_url(pf->request, "/account"));
		return 0;
	}
	if (failure.kind == ERR_TOO_MANY)
		return show_problem(pf, response,
		    account_throttle(pf->request, response, &verdict),
		    err);
	if (strcmp(failure.code, "bad_password") == 0) {
		pf->errors[PASSWORD_CURRENT] =
		    text_of(pf, "This is not the current password");
		return show_errors(pf, response, "bad_password", err);
	}
	*err = failure;
	return err_wrap(err, "confirm password");
}

int
page_password_change(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct password_form pf = { .app = app, .request = request };

	if (account_check_login(app, err) == -1 ||
	    account_read_form(app, request, fields, PASSWORD_FIELD_COUNT,
		&pf.form, err) == -1 ||
	    account_load_user(app, request, &pf.user, err) == -1)
		return -1;
	request->subject = pool_format(request->pool, "users/%lld",
	    (long long)pf.user.id);
	if (!is_valid(&pf))
		return show_errors(&pf, response, "invalid", err);
	return confirm_and_change(&pf, response, err);
}
