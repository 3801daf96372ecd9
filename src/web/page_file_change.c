/*
 * Pages that change a file, move it to the trash and erase it: what PATCH and
 * DELETE are to programs, forms are to people.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "model/file_change.h"
#include "model/settings.h"
#include "web/api.h"
#include "web/caller.h"
#include "web/file_access.h"
#include "web/file_card.h"
#include "web/file_form.h"
#include "web/flash.h"
#include "web/routes.h"
#include "web/view.h"

static const char *
text_of(const struct request *request, const char *msgid)
{
	return lang_text(request->lang, msgid);
}

static int
load(const struct app *app, struct request *request, struct file *file_r,
    struct err *err)
{
	int64_t id;

	if (api_read_file_id(request, &id, err) == -1)
		return -1;
	return file_access_load(app, request, id, FILE_TO_CHANGE, file_r, err);
}

/* ---- changing ---- */

static int
send_form(const struct file_form *ff, struct response *response,
    const struct file *file, struct err *err)
{
	struct request *request = ff->request;
	struct view view;

	view_init(&view, request, "file_form", text_of(request, "Edit file"));
	json_set_text(view.data, "action",
	    file_card_url(request, file, "edit"));
	json_set_text(view.data, "cancel_url",
	    file_card_url(request, file, ""));
	/* Whoever saves again has seen that somebody else was faster. */
	json_set_number(view.data, "file_version", file->version);
	file_form_view(ff, &view);
	return view_send(ff->app, request, response, &view, err);
}

int
page_file_edit(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct file_form ff;
	struct file file;

	if (load(app, request, &file, err) == -1)
		return -1;
	if (file.state != FILE_LIVE) {
		response_redirect(response, file_card_url(request, &file, ""));
		return 0;
	}
	file_form_init(&ff, app, request);
	file_form_show(&ff, &file);
	return send_form(&ff, response, &file, err);
}

/* What went wrong as something to read beside the form; false: it is none. */
static bool
explain(struct file_form *ff, const struct err *failure)
{
	if (failure->kind != ERR_PRECONDITION)
		return file_form_explain(ff, failure);
	ff->flash = text_of(ff->request,
	    "Somebody else changed this file in the meantime. Save again to "
	    "put this in its place.");
	return true;
}

int
page_file_update(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct err failure = ERR_INIT;
	struct file_changer changer;
	struct file_change change;
	struct file_form ff;
	struct file file, changed;

	if (load(app, request, &file, err) == -1)
		return -1;
	file_form_init(&ff, app, request);
	if (file_form_read(&ff, NULL, err) == -1)
		return -1;
	file_form_require_name(&ff);
	if (!file_form_is_valid(&ff))
		return send_form(&ff, response, &file, err);
	changer = file_access_changer(app, request);
	file_form_fill(&ff, &change);
	change.name = file_form_text(&ff, FILE_FIELD_NAME);
	if (file_change(request->pool, &changer, file.id,
		ff.form.values[FILE_FIELD_VERSION].number, &change, &changed,
		&failure) == 0) {
		flash_set(app, request, response,
		    text_of(request, "File changed"));
		response_redirect(response, file_card_url(request, &file, ""));
		return 0;
	}
	if (explain(&ff, &failure))
		return send_form(&ff, response, &file, err);
	*err = failure;
	return err_wrap(err, "change file");
}

/* ---- to the trash, and further ---- */

/* A page that asks once more before its button does something. */
struct question {
	const char *title; /* message id */
	const char *word;  /* of its address */
	bool is_erasing;
};
static const struct question deleting = { N_("Delete this file?"), "delete",
	false };
static const struct question erasing = { N_("Erase this file for good?"),
	"erase", true };

struct asking {
	const struct app *app;
	struct request *request;
	struct response *response;
	const struct question *question;
	struct file file;
};

static int
begin(struct asking *asking, struct err *err)
{
	return load(asking->app, asking->request, &asking->file, err);
}

static void
add_question(const struct asking *asking, struct json *data)
{
	const struct app *app = asking->app;
	struct request *request = asking->request;
	const struct file *file = &asking->file;
	int64_t until = clock_now_secs(request->clock) +
	    conf_number(app->conf, SET_TRASH_RETENTION);

	file_card_view(app, request, file, json_set_object(data, "file"));
	json_set_text(data, "action",
	    file_card_url(request, file, asking->question->word));
	json_set_text(data, "cancel_url", file_card_url(request, file, ""));
	json_set_number(data, "file_version", file->version);
	json_set_bool(data, "is_erasing", asking->question->is_erasing);
	view_set_time(data, request->pool, "restorable", until);
}

/* problem: why it did not work; NULL when it was not tried yet. */
static int
ask(const struct asking *asking, const char *problem, struct err *err)
{
	struct request *request = asking->request;
	struct view view;

	view_init(&view, request, "file_confirm",
	    text_of(request, asking->question->title));
	view.has_form = true;
	view.is_html_only = true;
	add_question(asking, view.data);
	if (problem != NULL)
		json_set_text(view.data, "problem", problem);
	return view_send(asking->app, request, asking->response, &view, err);
}

/* The version that the page was about; 0: any. */
static int
read_version(const struct app *app, struct request *request, int64_t *version_r,
    struct err *err)
{
	static const struct field fields[] = {
		{ "version", FIELD_ID },
		API_LAST_FIELD,
	};
	struct form form;

	if (api_read_form(app, request, fields, &form, err) == -1)
		return -1;
	*version_r = form.values[0].number;
	return 0;
}

/* In words, where the page is to say it; NULL for any other failure. */
static const char *
problem_text(const struct request *request, const struct err *failure)
{
	if (failure->kind == ERR_PRECONDITION)
		return text_of(request,
		    "Somebody else changed this file in the meantime.");
	if (strcmp(failure->code, "file_used") == 0)
		return text_of(request,
		    "A product or a person shows this file. Take it away "
		    "there first.");
	return NULL;
}

static int
ask_again(const struct asking *asking, const struct err *failure,
    struct err *err)
{
	const char *problem = problem_text(asking->request, failure);

	if (problem != NULL)
		return ask(asking, problem, err);
	*err = *failure;
	return err_wrap(err, "%s file", asking->question->word);
}

int
page_file_delete_ask(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct asking asking = { app, request, response, &deleting,
		{ .id = 0 } };

	if (begin(&asking, err) == -1)
		return -1;
	if (asking.file.state == FILE_LIVE)
		return ask(&asking, NULL, err);
	response_redirect(response, file_card_url(request, &asking.file, ""));
	return 0;
}

int
page_file_delete(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct asking asking = { app, request, response, &deleting,
		{ .id = 0 } };
	struct err failure = ERR_INIT;
	struct file_changer changer;
	struct file trashed;
	int64_t version;

	if (begin(&asking, err) == -1 ||
	    read_version(app, request, &version, err) == -1)
		return -1;
	changer = file_access_changer(app, request);
	/* Whoever pressed the button twice has what he wanted. */
	if (asking.file.state == FILE_LIVE &&
	    file_trash(request->pool, &changer, asking.file.id, version,
		&trashed, &failure) == -1)
		return ask_again(&asking, &failure, err);
	/* The list says it, and offers the way back. */
	response_redirect(response,
	    view_url(request, "/files?trashed=%lld",
		(long long)asking.file.id));
	return 0;
}

int
page_file_erase_ask(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct asking asking = { app, request, response, &erasing,
		{ .id = 0 } };

	if (begin(&asking, err) == -1)
		return -1;
	return ask(&asking, NULL, err);
}

int
page_file_erase(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct asking asking = { app, request, response, &erasing,
		{ .id = 0 } };
	struct err failure = ERR_INIT;
	struct file_changer changer;
	int64_t version;

	if (begin(&asking, err) == -1 ||
	    read_version(app, request, &version, err) == -1)
		return -1;
	changer = file_access_changer(app, request);
	if (file_erase(request->pool, &changer, asking.file.id, version,
		&failure) == -1)
		return ask_again(&asking, &failure, err);
	flash_set(app, request, response, text_of(request, "File erased"));
	response_redirect(response, view_url(request, "/files/trash"));
	return 0;
}
