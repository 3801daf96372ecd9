/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "codec/filename.h"
#include "model/file_finish.h"
#include "model/settings.h"
#include "web/caller.h"
#include "web/error_page.h"
#include "web/file_access.h"
#include "web/form_text.h"
#include "web/upload_batch.h"
#include "web/upload_kinds.h"

static const char *
text_of(const struct upload_batch *batch, const char *msgid)
{
	return lang_text(batch->form->request->lang, msgid);
}

/* ---- what became of a file ---- */

static void
refuse(struct upload_batch *batch, const char *reason)
{
	batch->entry->reason = reason;
	batch->upload = NULL;
}

/* No room is the person's matter, all else is ours. */
static void
note_failure(struct upload_batch *batch, const struct err *err)
{
	const char *msgid =
	    err->kind == ERR_TOO_LARGE ? error_code_message(err) : NULL;

	if (msgid != NULL) {
		refuse(batch, text_of(batch, msgid));
		return;
	}
	log_error(&batch->form->request->log, "upload: %s", err->text);
	batch->has_storage_failed = true;
	refuse(batch,
	    text_of(batch, "The storage is not available: please try again"));
}

/* ---- the files on their way in ---- */

/* What has come of the form by now; pages send it before the files. */
static void
fill_input(const struct upload_batch *batch, struct upload_input *input_r)
{
	const struct file_form *form = batch->form;
	const struct form_value *values = form->form.values;
	const struct app *app = form->app;

	*input_r = (struct upload_input){ .db = app->backend.db,
		.store = app->backend.store,
		.clock = &app->clock,
		.log = &form->request->log,
		.rules = batch->rules,
		.tenant_id = form->request->caller->tenant_id,
		.layout = UPLOAD_FILE,
		.owner = form->request->caller->id,
		.body_bytes = form->request->content_length,
		.pending_secs = conf_number(app->conf, SET_PENDING_EXPIRY) };
	if (values[FILE_FIELD_ATHLETE].problem == FIELD_OK)
		input_r->athlete_id = values[FILE_FIELD_ATHLETE].text;
	input_r->is_public = values[FILE_FIELD_PUBLIC].number != 0;
}

static void
open_upload(struct upload_batch *batch, const struct multipart_part *part)
{
	struct pool *pool = batch->form->request->pool;
	struct err err = ERR_INIT;
	struct upload_input input;

	fill_input(batch, &input);
	if (upload_open(pool, &input, part->filename, part->content_type,
		&batch->upload, &err) == 0)
		return;
	/* Such a place does not exist: any will do until that is mended. */
	if (file_form_explain(batch->form, &err)) {
		input.athlete_id = NULL;
		input.is_public = false;
		err_clear(&err);
		if (upload_open(pool, &input, part->filename,
			part->content_type, &batch->upload, &err) == 0)
			return;
	}
	note_failure(batch, &err);
}

static int
file_begin(void *arg, const struct multipart_part *part, struct err *err)
{
	struct upload_batch *batch = arg;
	struct request *request = batch->form->request;

	(void)err;
	/* Parts are counted by the parser. */
	assert(batch->count < multipart_default_limits.parts_max);
	batch->upload = NULL;
	batch->entry = &batch->entries[batch->count++];
	batch->entry->name = filename_display(request->pool, part->filename);
	if (batch->count > UPLOAD_BATCH_MAX) {
		refuse(batch,
		    text_of(batch, "There are too many files in one go"));
		return 0;
	}
	batch->rules = &batch->form->app->file_rules[upload_kind(request->pool,
	    part->filename, part->content_type)];
	open_upload(batch, part);
	return 0;
}

static int
file_write(void *arg, struct slice bytes, struct err *err)
{
	struct upload_batch *batch = arg;
	struct err failure = ERR_INIT;

	(void)err;
	if (batch->upload != NULL &&
	    upload_write(batch->upload, bytes, &failure) == -1)
		note_failure(batch, &failure);
	return 0;
}

static int
file_end(void *arg, struct err *err)
{
	struct upload_batch *batch = arg;
	struct request *request = batch->form->request;
	struct err failure = ERR_INIT;
	struct file_verdict verdict;

	(void)err;
	if (batch->upload == NULL)
		return 0;
	upload_verdict(batch->upload, &verdict);
	if (verdict.refusal != FILE_ACCEPTED)
		refuse(batch,
		    form_refusal_text(request->pool, request->lang, &verdict,
			batch->rules->max_bytes));
	else if (upload_commit(batch->upload, &batch->entry->file, &failure) ==
	    -1)
		note_failure(batch, &failure);
	return 0;
}

void
upload_batch_init(struct upload_batch *batch, struct file_form *form)
{
	*batch = (struct upload_batch){ .form = form,
		.sink = { batch, file_begin, file_write, file_end },
		.entries = pool_alloc_array(form->request->pool,
		    multipart_default_limits.parts_max,
		    sizeof(*batch->entries)) };
}

/* ---- from pending to live ---- */

static struct outbox
outbox_of(const struct upload_batch *batch)
{
	return app_outbox(batch->form->app, &batch->form->request->log);
}

static void
settle(struct upload_batch *batch)
{
	const struct outbox outbox = outbox_of(batch);
	struct err err = ERR_INIT;

	if (file_finish(&outbox, &batch->entry->file, 0, &err) == -1)
		note_failure(batch, &err);
	else
		batch->accepted++;
}

/* Only what the file has not got by its upload. */
static bool
wanted_change(const struct file_form *form, const struct file *file,
    struct file_change *change)
{
	const char *athlete_id =
	    file->athlete_id == NULL ? "" : file->athlete_id;

	file_form_fill(form, change);
	if (form->errors[FILE_FIELD_ATHLETE] != NULL ||
	    strcmp(change->athlete_id, athlete_id) == 0)
		change->athlete_id = NULL;
	if (form->errors[FILE_FIELD_PUBLIC] != NULL ||
	    change->is_public == file->is_public)
		change->has_is_public = false;
	if (form->errors[FILE_FIELD_ALT] != NULL || *change->alt_text == '\0')
		change->alt_text = NULL;
	if (change->tags != NULL && *change->tags == '\0')
		change->tags = NULL;
	return change->athlete_id != NULL || change->has_is_public ||
	    change->alt_text != NULL || change->tags != NULL;
}

/* It is stored by now: what cannot be said of it does not take it away. */
static void
describe(struct upload_batch *batch)
{
	struct file_form *form = batch->form;
	struct file *file = &batch->entry->file;
	struct err err = ERR_INIT;
	struct file_changer changer;
	struct file_change change;

	if (!wanted_change(form, file, &change))
		return;
	changer = file_access_changer(form->app, form->request);
	if (file_change(form->request->pool, &changer, file->id, 0, &change,
		file, &err) == 0 ||
	    file_form_explain(form, &err))
		return;
	log_error(&form->request->log, "describe upload: %s", err.text);
	form->flash = text_of(batch,
	    "The files were uploaded, but not all that was written about "
	    "them could be kept");
}

/* What the audit log is told: "files/12 files/7". */
static void
add_subject(const struct upload_batch *batch)
{
	struct request *request = batch->form->request;
	const char *before = request->subject;

	request->subject = pool_format(request->pool, "%s%sfiles/%lld",
	    before == NULL ? "" : before, before == NULL ? "" : " ",
	    (long long)batch->entry->file.id);
}

void
upload_batch_finish(struct upload_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		batch->entry = &batch->entries[i];
		if (batch->entry->reason != NULL)
			continue;
		settle(batch);
		if (batch->entry->reason != NULL)
			continue;
		add_subject(batch);
		describe(batch);
	}
}

void
upload_batch_abandon(struct upload_batch *batch)
{
	const struct outbox outbox = outbox_of(batch);

	for (size_t i = 0; i < batch->count; i++) {
		const struct upload_entry *entry = &batch->entries[i];

		if (entry->reason == NULL && entry->file.id != 0)
			file_abandon(&outbox, entry->file.tenant_id,
			    entry->file.id);
	}
}
