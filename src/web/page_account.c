/*
 * One's own account: who one is and how much room there is.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/num.h"
#include "codec/url.h"
#include "model/file.h"
#include "model/settings.h"
#include "model/tenant.h"
#include "web/caller.h"
#include "web/csrf.h"
#include "web/file_card.h"
#include "web/page_account.h"
#include "web/quota_view.h"
#include "web/routes.h"
#include "web/upload_kinds.h"

/* ---- what these pages share ---- */

struct tab {
	const char *path, *text;
	bool is_of_login; /* makes sense where we keep passwords */
};

/* clang-format off */
static const struct tab tabs[ACCOUNT_TAB_COUNT] = {
	[ACCOUNT_ABOUT] = { "/account", N_("Account") },
	[ACCOUNT_PASSWORD] = { "/account/password", N_("Password"), true },
	[ACCOUNT_SESSIONS] = { "/account/sessions", N_("Sessions"), true },
	[ACCOUNT_TOKENS] = { "/account/tokens", N_("Access tokens") },
};
/* clang-format on */

static void
add_tabs(struct json *data, const struct app *app,
    const struct request *request, enum account_tab current)
{
	struct json *rows = json_set_array(data, "tabs"), *row;

	for (size_t i = 0; i < ACCOUNT_TAB_COUNT; i++) {
		if (tabs[i].is_of_login && app->auth != AUTH_LOGIN)
			continue;
		row = json_add_object(rows);
		json_set_text(row, "url",
		    view_url(request, "%s", tabs[i].path));
		json_set_text(row, "text",
		    lang_text(request->lang, tabs[i].text));
		json_set_bool(row, "is_current", i == current);
	}
}

void
account_view_init(struct view *view, const struct app *app,
    struct request *request, const char *template, enum account_tab tab)
{
	view_init(view, request, template,
	    lang_text(request->lang, tabs[tab].text));
	view->has_form = true;
	view->is_html_only = true;
	add_tabs(view->data, app, request, tab);
}

int
account_check_login(const struct app *app, struct err *err)
{
	if (app->auth == AUTH_LOGIN)
		return 0;
	return err_set(err, ERR_NOT_FOUND, "the login is not ours");
}

int
account_load_user(const struct app *app, const struct request *request,
    struct user *user_r, struct err *err)
{
	int found = user_load(app->backend.db, request->pool,
	    request->caller->user_id, user_r, err);

	if (found == -1)
		return err_wrap(err, "account");
	if (found == 0)
		return err_set(err, ERR_UNAUTHENTICATED, "the user is gone");
	return 0;
}

int
account_read_id(const struct request *request, int64_t *id_r, struct err *err)
{
	if (num_parse_i64(slice_str(request->captures[0]), INT64_MAX, id_r))
		return 0;
	return err_set(err, ERR_NOT_FOUND, "no number: %s",
	    request->captures[0]);
}

int
account_read_form(const struct app *app, struct request *request,
    const struct field *fields, size_t count, struct form *form_r,
    struct err *err)
{
	const struct form_input input = { .request = request,
		.fields = fields,
		.count = count,
		.body_max_bytes = FORM_FIELDS_BYTES_MAX };

	if (form_read(request->pool, &input, form_r, err) == -1)
		return -1;
	return csrf_check_token(app, request, form_value(form_r, "csrf")->text,
	    err);
}

int
account_read_button(const struct app *app, struct request *request,
    struct err *err)
{
	static const struct field fields[] = {
		{ "csrf", FIELD_TOKEN, .max = 256 },
	};
	struct form form;

	return account_read_form(app, request, fields, ARRAY_COUNT(fields),
	    &form, err);
}

void
account_set_field(struct json *fields, const char *name, const char *value,
    const char *error)
{
	struct json *field = json_set_object(fields, name);

	json_set_text(field, "value", value);
	if (error != NULL)
		json_set_text(field, "error", error);
}

const char *
account_problem(const struct request *request, enum field_problem problem)
{
	switch (problem) {
	case FIELD_OK:
		return NULL;
	case FIELD_MISSING:
		return lang_text(request->lang, "This field is required");
	case FIELD_TOO_LONG:
		return lang_text(request->lang, "This text is too long");
	default:
		return lang_text(request->lang,
		    "This text has characters that cannot be used");
	}
}

struct login
account_login(const struct app *app, const struct request *request)
{
	return (struct login){ .db = app->backend.db,
		.limiter = app->limiter,
		.hasher = app->hasher,
		.clock = request->clock,
		.log = &request->log,
		.rate = conf_number(app->conf, SET_RATE_LOGIN) };
}

const char *
account_throttle(struct request *request, struct response *response,
    const struct limit_verdict *verdict)
{
	request->limit =
	    pool_memdup(request->pool, verdict, sizeof(*verdict));
	request->refusal = "too_many_logins";
	response->status = 429;
	response_header(response, "Retry-After", "%lld",
	    (long long)verdict->retry_secs);
	return pool_format(request->pool,
	    lang_text(request->lang,
		"Too many wrong attempts. Please try again in %lld seconds."),
	    (long long)verdict->retry_secs);
}

/* ---- the account ---- */

static const char *
role_text(enum lang lang, enum role role)
{
	switch (role) {
	case ROLE_ADMIN:
		return lang_text(lang, "Administrator");
	case ROLE_EDITOR:
		return lang_text(lang, "Editor");
	case ROLE_VIEWER:
	case ROLE_COUNT:
		break;
	}
	return lang_text(lang, "Viewer");
}

/* A picture that cannot be shown is none. */
static void
add_avatar(const struct app *app, const struct request *request,
    struct response *response, const struct user *user, struct json *account)
{
	const char *url = NULL;
	struct err err = ERR_INIT;
	struct file file;

	if (user->avatar_file_id != 0 &&
	    file_load(app->backend.db, request->pool, user->tenant_id,
		user->avatar_file_id, &file, &err) == 1 &&
	    file.state == FILE_LIVE)
		url = file_card_preview(app, request, &file);
	if (url == NULL)
		return;
	view_allow_image(app, response, url);
	json_set_text(account, "avatar_url", url);
}

static int
add_tenant(const struct app *app, const struct request *request,
    struct json *account, struct err *err)
{
	struct tenant tenant;
	int found = tenant_load(app->backend.db, request->pool,
	    request->caller->tenant_id, &tenant, err);

	if (found == 1)
		json_set_text(account, "tenant", tenant.name);
	return found == -1 ? -1 : 0;
}

static void
add_user(const struct request *request, const struct user *user,
    struct json *account)
{
	json_set_text(account, "name", user->name);
	json_set_text(account, "login", user->login);
	json_set_text(account, "role", role_name(user->role));
	json_set_text(account, "role_text",
	    role_text(request->lang, user->role));
	view_set_time(account, request->pool, "created", user->created_secs);
	if (user->password_secs > 0)
		view_set_time(account, request->pool, "password_changed",
		    user->password_secs);
}

/* Where the API takes it, for whoever may write. */
static void
add_avatar_form(const struct app *app, const struct request *request,
    const char *error, struct json *data)
{
	const struct file_rules *rules = &app->file_rules[FILE_IMAGE];
	struct json *form = json_set_object(data, "avatar_form");

	json_set_text(form, "action",
	    view_url(request, "/users/%s/avatar",
		url_encoded(request->pool, slice_str(request->caller->id))));
	json_set_text(form, "accept",
	    upload_accept(request->pool, rules, 1));
	json_set_text(form, "max_size_text",
	    view_size(request->pool, rules->max_bytes));
	if (error != NULL)
		json_set_text(form, "error", error);
}

int
account_show(struct app *app, struct request *request,
    struct response *response, const char *avatar_error, struct err *err)
{
	struct json *account;
	struct user user;
	struct view view;

	if (account_load_user(app, request, &user, err) == -1)
		return -1;
	account_view_init(&view, app, request, "account", ACCOUNT_ABOUT);
	view.is_html_only = false;
	account = json_set_object(view.data, "account");
	add_user(request, &user, account);
	add_avatar(app, request, response, &user, account);
	if (!request->wants_json)
		add_avatar_form(app, request, avatar_error, view.data);
	if (add_tenant(app, request, account, err) == -1 ||
	    quota_view(app, request, view.data, err) == -1)
		return -1;
	return view_send(app, request, response, &view, err);
}

int
page_account(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	return account_show(app, request, response, NULL, err);
}
