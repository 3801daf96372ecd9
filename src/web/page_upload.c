/*
 * The page that uploads one or several files.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/file_card.h"
#include "web/flash.h"
#include "web/quota_view.h"
#include "web/routes.h"
#include "web/upload_batch.h"
#include "web/upload_kinds.h"

static const char *
text_of(const struct request *request, const char *msgid)
{
	return lang_text(request->lang, msgid);
}

static void
add_limits(const struct app *app, const struct request *request,
    struct json *data)
{
	int64_t most = 0;

	for (int i = 0; i < FILE_KIND_COUNT; i++)
		if (app->file_rules[i].max_bytes > most)
			most = app->file_rules[i].max_bytes;
	upload_kinds_view(request, app->file_rules, FILE_KIND_COUNT,
	    json_set_array(data, "kinds"));
	json_set_text(data, "accept",
	    upload_accept(request->pool, app->file_rules, FILE_KIND_COUNT));
	json_set_number(data, "files_max", UPLOAD_BATCH_MAX);
	json_set_text(data, "max_size_text", view_size(request->pool, most));
	json_set_text(data, "max_body_text",
	    view_size(request->pool, app->body_max_bytes));
}

/* ---- the page ---- */

static void
add_entries(const struct upload_batch *batch, struct json *data)
{
	const struct request *request = batch->form->request;
	struct json *accepted = json_set_array(data, "accepted");
	struct json *refused = json_set_array(data, "refused");

	for (size_t i = 0; i < batch->count; i++) {
		const struct upload_entry *entry = &batch->entries[i];
		struct json *row;

		if (entry->reason == NULL) {
			file_card_view(batch->form->app, request, &entry->file,
			    json_add_object(accepted));
			continue;
		}
		row = json_add_object(refused);
		json_set_text(row, "name", entry->name);
		json_set_text(row, "reason", entry->reason);
	}
	json_set_bool(data, "has_accepted", batch->accepted > 0);
	json_set_bool(data, "has_refused", json_count(refused) > 0);
}

/* batch: NULL on an empty page. */
static int
send_page(const struct file_form *form, const struct upload_batch *batch,
    struct response *response, const char *files_error, struct err *err)
{
	struct request *request = form->request;
	struct view view;

	view_init(&view, request, "file_upload",
	    text_of(request, "Upload files"));
	file_form_view(form, &view);
	if (files_error != NULL)
		json_set_text(view.data, "files_error", files_error);
	if (batch != NULL)
		add_entries(batch, view.data);
	add_limits(form->app, request, view.data);
	if (quota_view(form->app, request, view.data, err) == -1)
		return -1;
	if (batch != NULL && batch->has_storage_failed &&
	    batch->accepted == 0) {
		response->status = 503;
		response_header(response, "Retry-After", "5");
	}
	return view_send(form->app, request, response, &view, err);
}

int
page_upload(struct app *app, struct request *request, struct response *response,
    struct err *err)
{
	struct file_form form;

	file_form_init(&form, app, request);
	return send_page(&form, NULL, response, NULL, err);
}

/* ---- what came of it ---- */

static const char *
count_text(const struct request *request, size_t count)
{
	if (count == 1)
		return text_of(request, "1 file uploaded");
	return pool_format(request->pool,
	    lang_text(request->lang, "%zu files uploaded"), count);
}

/* What to say beside the field of the files; NULL: all is well. */
static const char *
find_files_error(const struct upload_batch *batch)
{
	const struct request *request = batch->form->request;

	if (batch->count == 0)
		return text_of(request, "Choose at least one file");
	if (batch->accepted < batch->count)
		return text_of(request, "These files were not uploaded:");
	return NULL;
}

/* The message above the page, when all is not well. */
static void
set_flash(struct file_form *form, const struct upload_batch *batch)
{
	size_t refused = batch->count - batch->accepted;

	if (batch->count == 0)
		form->flash =
		    text_of(form->request, "Please correct the marked fields");
	else if (batch->accepted > 0 && refused == 0)
		form->flash = text_of(form->request,
		    "The files were uploaded, without what the marked fields "
		    "say. Change that on the page of each file.");
	else
		form->flash = pool_format(form->request->pool,
		    lang_text(form->request->lang,
			"Files uploaded: %zu. Not uploaded: %zu."),
		    batch->accepted, refused);
}

int
page_upload_send(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	const char *files_error;
	struct upload_batch batch;
	struct file_form form;

	file_form_init(&form, app, request);
	upload_batch_init(&batch, &form);
	if (file_form_read(&form, &batch.sink, err) == -1) {
		upload_batch_abandon(&batch);
		return -1;
	}
	upload_batch_finish(&batch);
	files_error = find_files_error(&batch);
	if (files_error != NULL || !file_form_is_valid(&form)) {
		set_flash(&form, &batch);
		return send_page(&form, &batch, response, files_error, err);
	}
	flash_set(app, request, response, count_text(request, batch.accepted));
	response_redirect(response, view_url(request, "/files"));
	return 0;
}
