/*
 * One's own access tokens, for programs.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "model/api_token.h"
#include "web/caller.h"
#include "web/flash.h"
#include "web/page_account.h"
#include "web/routes.h"

enum { DAY_SECS = 86400 };

enum token_field {
	TOKEN_NAME,
	TOKEN_SCOPE,
	TOKEN_DAYS,
	TOKEN_CSRF,
	TOKEN_FIELD_COUNT
};

/* clang-format off */
static const struct field fields[TOKEN_FIELD_COUNT] = {
	[TOKEN_NAME] = { "name", FIELD_TEXT, .max = API_TOKEN_NAME_MAX,
	    .is_required = true },
	[TOKEN_SCOPE] = { "scope", FIELD_TOKEN, .max = 16,
	    .is_required = true },
	[TOKEN_DAYS] = { "days", FIELD_TOKEN, .max = 16,
	    .is_required = true },
	[TOKEN_CSRF] = { "csrf", FIELD_TOKEN, .max = 256 },
};

/* What a token may; each holds those before it. */
static const struct {
	enum api_scope scope;
	enum role role; /* who may give it */
	const char *value, *text;
} scopes[] = {
	{ API_SCOPE_READ, ROLE_VIEWER, "read", N_("Read") },
	{ API_SCOPE_WRITE, ROLE_EDITOR, "write", N_("Read and write") },
	{ API_SCOPE_ADMIN, ROLE_ADMIN, "admin",
	    N_("Read, write and administer") },
};

static const struct {
	int64_t days; /* 0: for ever */
	const char *value, *text;
} lives[] = {
	{ 30, "30", N_("30 days") },
	{ 90, "90", N_("90 days") },
	{ 365, "365", N_("One year") },
	{ 0, "never", N_("Without end") },
};
/* clang-format on */

struct token_form {
	struct app *app;
	struct request *request;
	struct form form;
	const char *errors[TOKEN_CSRF]; /* in words, or NULL */
	const char *problem; /* what is said above the fields; NULL: nothing */
	struct api_token token; /* made by this request */
	const char *text;	/* of that; NULL: none was made */
};

static const char *
text_of(const struct token_form *tf, const char *msgid)
{
	return lang_text(tf->request->lang, msgid);
}

/* ---- the list ---- */

static const char *
scope_text(const struct token_form *tf, unsigned held)
{
	const char *text = "";

	for (size_t i = 0; i < ARRAY_COUNT(scopes); i++)
		if (held >= (unsigned)scopes[i].scope)
			text = text_of(tf, scopes[i].text);
	return text;
}

static void
view_token(const struct token_form *tf, const struct api_token *token,
    struct json *row)
{
	struct pool *pool = tf->request->pool;
	bool is_over = token->expires_secs != 0 &&
	    token->expires_secs <= clock_now_secs(tf->request->clock);

	json_set_text(row, "name", token->name);
	json_set_text(row, "scopes", api_scopes_format(pool, token->scopes));
	json_set_text(row, "scope_text", scope_text(tf, token->scopes));
	view_set_time(row, pool, "created", token->created_secs);
	if (token->used_secs != 0)
		view_set_time(row, pool, "used", token->used_secs);
	if (token->expires_secs != 0)
		view_set_time(row, pool, "expires", token->expires_secs);
	json_set_bool(row, "is_revoked", token->is_revoked);
	json_set_bool(row, "is_over", is_over && !token->is_revoked);
	if (!is_over && !token->is_revoked)
		json_set_text(row, "revoke_url",
		    view_url(tf->request, "/account/tokens/%lld/revoke",
			(long long)token->id));
}

static int
view_tokens(const struct token_form *tf, struct json *data, struct err *err)
{
	struct json *rows = json_set_array(data, "tokens");
	struct api_token *tokens;
	size_t count;

	if (api_token_list(tf->app->backend.db, tf->request->pool,
		tf->request->caller->user_id, &tokens, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		view_token(tf, &tokens[i], json_add_object(rows));
	json_set_bool(data, "has_tokens", count > 0);
	return 0;
}

/* ---- the form ---- */

static void
add_choice(const struct token_form *tf, struct json *rows, const char *value,
    const char *msgid, const char *chosen)
{
	struct json *row = json_add_object(rows);

	json_set_text(row, "value", value);
	json_set_text(row, "text", text_of(tf, msgid));
	json_set_bool(row, "selected", strcmp(value, chosen) == 0);
}

/* What the form was sent with, or at first the least. */
static const char *
chosen(const struct token_form *tf, enum token_field id, const char *first)
{
	const char *text = tf->form.values[id].text;

	return *text == '\0' ? first : text;
}

static void
view_form(const struct token_form *tf, struct json *data)
{
	struct json *group = json_set_object(data, "fields"), *rows;

	for (size_t i = 0; i < TOKEN_CSRF; i++)
		account_set_field(group, fields[i].name,
		    tf->form.values[i].text, tf->errors[i]);
	rows = json_set_array(data, "scope_choices");
	for (size_t i = 0; i < ARRAY_COUNT(scopes); i++)
		if (tf->request->caller->role >= scopes[i].role)
			add_choice(tf, rows, scopes[i].value, scopes[i].text,
			    chosen(tf, TOKEN_SCOPE, scopes[0].value));
	rows = json_set_array(data, "day_choices");
	for (size_t i = 0; i < ARRAY_COUNT(lives); i++)
		add_choice(tf, rows, lives[i].value, lives[i].text,
		    chosen(tf, TOKEN_DAYS, lives[1].value));
}

static int
send_page(struct token_form *tf, struct response *response, struct err *err)
{
	struct json *made;
	struct view view;

	account_view_init(&view, tf->app, tf->request, "account_tokens",
	    ACCOUNT_TOKENS);
	if (tf->text != NULL) {
		made = json_set_object(view.data, "made");
		json_set_text(made, "name", tf->token.name);
		json_set_text(made, "text", tf->text);
		/* The form is for another one now. */
		form_init(&tf->form, tf->request->pool, fields,
		    TOKEN_FIELD_COUNT);
	}
	if (view_tokens(tf, view.data, err) == -1)
		return -1;
	view_form(tf, view.data);
	json_set_text(view.data, "action",
	    view_url(tf->request, "/account/tokens"));
	json_set_bool(view.data, "has_errors", tf->problem != NULL);
	if (tf->problem != NULL)
		view.flash = (struct flash){ FLASH_ERROR, tf->problem };
	return view_send(tf->app, tf->request, response, &view, err);
}

int
page_tokens(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct token_form tf = { .app = app, .request = request };

	form_init(&tf.form, request->pool, fields, TOKEN_FIELD_COUNT);
	return send_page(&tf, response, err);
}

/* ---- making one ---- */

/* Nobody gives away what his role does not hold. */
static bool
read_scope(struct token_form *tf)
{
	const char *value = tf->form.values[TOKEN_SCOPE].text;

	for (size_t i = 0; i < ARRAY_COUNT(scopes); i++)
		if (strcmp(value, scopes[i].value) == 0 &&
		    tf->request->caller->role >= scopes[i].role) {
			tf->token.scopes = scopes[i].scope;
			return true;
		}
	return false;
}

static bool
read_life(struct token_form *tf)
{
	const char *value = tf->form.values[TOKEN_DAYS].text;

	for (size_t i = 0; i < ARRAY_COUNT(lives); i++) {
		if (strcmp(value, lives[i].value) != 0)
			continue;
		if (lives[i].days > 0)
			tf->token.expires_secs = tf->token.created_secs +
			    lives[i].days * DAY_SECS;
		return true;
	}
	return false;
}

static bool
is_valid(struct token_form *tf)
{
	tf->token = (struct api_token){
		.user_id = tf->request->caller->user_id,
		.name = tf->form.values[TOKEN_NAME].text,
		.created_secs = clock_now_secs(tf->request->clock)
	};
	tf->errors[TOKEN_NAME] = account_problem(tf->request,
	    tf->form.values[TOKEN_NAME].problem);
	if (!read_scope(tf))
		tf->errors[TOKEN_SCOPE] =
		    text_of(tf, "Choose what the token may do");
	if (!read_life(tf))
		tf->errors[TOKEN_DAYS] =
		    text_of(tf, "Choose how long the token is good for");
	return tf->errors[TOKEN_NAME] == NULL &&
	    tf->errors[TOKEN_SCOPE] == NULL && tf->errors[TOKEN_DAYS] == NULL;
}

static int
show_problem(struct token_form *tf, struct response *response,
    const char *refusal, const char *problem, struct err *err)
{
	tf->request->refusal = refusal;
	tf->problem = problem;
	return send_page(tf, response, err);
}

static int
make_token(struct token_form *tf, struct response *response, struct err *err)
{
	struct err failure = ERR_INIT;

	if (api_token_insert(tf->app->backend.db, tf->request->pool,
		&tf->token, &tf->text, &failure) == 0) {
		tf->request->subject = pool_format(tf->request->pool,
		    "tokens/%lld", (long long)tf->token.id);
		return send_page(tf, response, err);
	}
	tf->text = NULL;
	if (strcmp(failure.code, "too_many_tokens") == 0)
		return show_problem(tf, response, "too_many_tokens",
		    text_of(tf, "There are too many tokens: revoke one that "
				"is no longer needed"), err);
	if (failure.kind == ERR_INVALID) {
		tf->errors[TOKEN_NAME] =
		    account_problem(tf->request, FIELD_NOT_TEXT);
		return show_problem(tf, response, "invalid",
		    text_of(tf, "Please correct the marked fields"), err);
	}
	*err = failure;
	return err_wrap(err, "make token");
}

int
page_token_create(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct token_form tf = { .app = app, .request = request };

	if (account_read_form(app, request, fields, TOKEN_FIELD_COUNT,
		&tf.form, err) == -1)
		return -1;
	if (is_valid(&tf))
		return make_token(&tf, response, err);
	return show_problem(&tf, response, "invalid",
	    text_of(&tf, "Please correct the marked fields"), err);
}

int
page_token_revoke(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	int64_t id;

	if (account_read_button(app, request, err) == -1 ||
	    account_read_id(request, &id, err) == -1)
		return -1;
	request->subject =
	    pool_format(request->pool, "tokens/%lld", (long long)id);
	if (api_token_revoke(app->backend.db, request->caller->user_id, id,
		err) == -1)
		return -1;
	flash_set(app, request, response,
	    lang_text(request->lang, "The token has been revoked"));
	response_redirect(response, view_url(request, "/account/tokens"));
	return 0;
}
