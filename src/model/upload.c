/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "codec/filename.h"
#include "model/file_finish.h"
#include "model/keys.h"
#include "model/refusal.h"
#include "model/storage_failed.h"
#include "model/upload.h"

enum { KEY_TRIES = 4 };

enum upload_state { UPLOAD_OPEN, UPLOAD_COMMITTED, UPLOAD_ABORTED };

struct upload {
	struct pool *pool;
	struct upload_input input;
	struct filecheck *check;
	struct file_verdict verdict;
	struct store_writer *writer;
	const char *name; /* as sent */
	struct file file;
	enum upload_state state;
	bool has_verdict;
	bool has_row;
	bool has_no_row; /* it could not be made */
};

/* ---- what the store tells us ---- */

/* Certain by now: 64 KiB were seen, or the whole file. */
static const char *
known_type(const struct upload *upload)
{
	return upload->has_verdict ? upload->verdict.type :
				     filecheck_type(upload->check);
}

/* By the content; before it is known the key is only a place of its kind. */
static const char *
extension(const struct upload *upload)
{
	const struct media_type *type =
	    media_type_find(slice_str(known_type(upload)));

	if (type == NULL)
		return "bin";
	return slice_dup(upload->pool, media_type_extension(type));
}

static int
make_key(struct upload *upload, bool is_again, struct err *err)
{
	static const enum keys_layout layouts[] = {
		[UPLOAD_PRODUCT] = KEYS_PRODUCT,
		[UPLOAD_GENERAL] = KEYS_GENERAL,
		[UPLOAD_AUDIO] = KEYS_AUDIO,
		[UPLOAD_USER] = KEYS_USER,
		[UPLOAD_AVATAR] = KEYS_AVATAR,
		[UPLOAD_FILE] = KEYS_FILE,
	};
	const struct keys_wanted wanted = {
		.layout = layouts[upload->input.layout],
		.file = &upload->file,
		.name = upload->name,
		.extension = extension(upload),
		.is_again = is_again,
	};

	return keys_make(upload->pool, upload->input.store, &wanted,
	    &upload->file.key, err);
}

/* Its size, or while that is unknown the most it can become. */
static int64_t
charge(const struct upload *upload)
{
	const struct upload_input *input = &upload->input;

	if (upload->has_verdict)
		return upload->verdict.size_bytes;
	if (input->body_bytes > 0 &&
	    input->body_bytes < input->rules->max_bytes)
		return input->body_bytes;
	return input->rules->max_bytes;
}

static int
insert_row(struct upload *upload, struct err *err)
{
	upload->file.charged_bytes = charge(upload);
	for (int i = 0; i < KEY_TRIES; i++) {
		if (make_key(upload, i > 0, err) == -1)
			return -1;
		if (file_insert(upload->input.db, upload->pool, &upload->file,
			err) == 0)
			return 0;
		if (strcmp(err->code, "unique") != 0)
			return -1;
	}
	return -1;
}

static int
before_send(void *arg, struct err *err)
{
	struct upload *upload = arg;
	struct file *file = &upload->file;

	file->content_type = known_type(upload);
	if (*file->content_type == '\0')
		return err_set(err, ERR_INTERNAL,
		    "upload leaves before its type is known");
	if (insert_row(upload, err) == -1) {
		upload->has_no_row = true;
		return -1;
	}
	upload->has_row = true;
	store_writer_set_type(upload->writer, file->content_type);
	if (store_writer_set_key(upload->writer, file->key, err) == -1)
		return -1;
	log_info(upload->input.log, "[STORAGE] Uploading '%s' to bucket '%s'...",
	    file->key, file->bucket);
	return 0;
}

static int
multipart_begun(void *arg, const char *upload_id, struct err *err)
{
	struct upload *upload = arg;

	return file_multipart_insert(upload->input.db, upload->file.id,
	    upload->file.bucket, upload->file.key, upload_id,
	    upload->file.created_secs, err);
}

static void
multipart_ended(void *arg, const char *upload_id)
{
	struct upload *upload = arg;
	struct err err = ERR_INIT;

	if (file_multipart_delete(upload->input.db, upload_id, &err) == -1)
		log_warning(upload->input.log,
		    "finished multipart upload stays noted: %s", err.text);
}

/* ---- giving up ---- */

static int
discard_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	const struct upload *upload = arg;

	return file_discard(tx, upload->file.tenant_id, upload->file.id,
	    FILE_REJECTED, err);
}

/* The object under this key is not ours: leave it alone. */
static int
reject_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	const struct upload *upload = arg;

	return file_reject_unsent(tx, upload->file.tenant_id, upload->file.id,
	    err);
}

static struct outbox
outbox_of(const struct upload *upload)
{
	const struct upload_input *input = &upload->input;

	return (struct outbox){ .db = input->db,
		.store = input->store,
		.clock = input->clock,
		.log = input->log };
}

/*
 * The object may be there although its upload failed (an answer that was
 * lost), so it goes to the outbox.  When even that fails the row stays
 * pending, and the sweeper finds it expired.
 */
static void
discard_row(struct upload *upload, const struct err *cause)
{
	const struct upload_input *input = &upload->input;
	const struct outbox outbox = outbox_of(upload);
	struct err err = ERR_INIT;
	int result;

	if (!upload->has_row)
		return;
	upload->has_row = false;
	result = sql_transaction(input->db,
	    cause != NULL && cause->kind == ERR_CONFLICT ?
		reject_in_transaction : discard_in_transaction,
	    upload, &err);
	if (result == -1)
		log_warning(input->log, "failed upload is left to the sweeper:"
		    " %s", err.text);
	/* A store that is away would not delete either. */
	else if (cause == NULL || cause->kind != ERR_UNAVAILABLE)
		outbox_run_now(&outbox);
}

static void
give_up(struct upload *upload, const struct err *cause)
{
	if (upload->state != UPLOAD_OPEN)
		return;
	upload->state = UPLOAD_ABORTED;
	store_writer_abort(upload->writer);
	discard_row(upload, cause);
}

void
upload_abort(struct upload *upload)
{
	give_up(upload, NULL);
}

static void
abort_hook(void *arg)
{
	upload_abort(arg);
}

/* The writer fails for the database too, when that fails in before_send(). */
static int
whose_failure(const struct upload *upload, struct err *err)
{
	return upload->has_no_row ? -1 : storage_failed(err);
}

/* ---- the way of an upload ---- */

static int
open_writer(struct upload *upload, struct err *err)
{
	struct store *store = upload->input.store;
	const struct store_object object = {
		.key = upload->file.key,
		.content_type = "application/octet-stream",
		.content_disposition = file_disposition(&upload->file),
		.cache_control = file_cache_control(&upload->file),
		.is_new_only = true,
		.events = { .arg = upload,
		    .before_send = before_send,
		    .multipart_begun = multipart_begun,
		    .multipart_ended = multipart_ended },
	};

	return store_writer_open(store, upload->pool, &object, &upload->writer,
	    err);
}

/* What is known before the first byte. */
static int
fill_file(struct upload *upload, struct err *err)
{
	const struct upload_input *input = &upload->input;
	struct file *file = &upload->file;

	*file = (struct file){ .tenant_id = input->tenant_id,
		.kind = input->rules->kind,
		.owner = input->owner == NULL ? "" : input->owner,
		.athlete_id = input->athlete_id == NULL ? "" :
							  input->athlete_id,
		.is_public = input->is_public,
		.refusal = "",
		.declared_type = "",
		.declared_bytes = -1,
		.declared_sha256 = "",
		.upload_key = "",
		.alt_text = "",
		.tags = "",
		.provider = store_driver(input->store),
		.bucket = store_bucket(input->store),
		.original_name = filename_display(upload->pool, upload->name),
		.created_secs = clock_now_secs(input->clock) };
	file->expires_secs = file->created_secs + input->pending_secs;
	if (keys_check_athlete(file->athlete_id, err) == -1 ||
	    make_key(upload, false, err) == -1)
		return -1;
	if (input->layout == UPLOAD_PRODUCT)
		file->is_public = store_is_public(input->store, file->key);
	return 0;
}

int
upload_open(struct pool *pool, const struct upload_input *input,
    const char *name, const char *declared_type, struct upload **upload_r,
    struct err *err)
{
	struct upload *upload = POOL_NEW(pool, struct upload);

	upload->pool = pool;
	upload->input = *input;
	upload->name = name == NULL ? "" : name;
	upload->check =
	    filecheck_new(pool, input->rules, name, declared_type);
	if (fill_file(upload, err) == -1 || open_writer(upload, err) == -1)
		return -1;
	/* Runs before the writer's own hook, which is older. */
	pool_on_clear(pool, abort_hook, upload);
	*upload_r = upload;
	return 0;
}

int
upload_write(struct upload *upload, struct slice bytes, struct err *err)
{
	filecheck_feed(upload->check, bytes);
	if (upload->state != UPLOAD_OPEN)
		return 0; /* refused: only counted */
	if (filecheck_is_refused(upload->check)) {
		upload_abort(upload);
		return 0;
	}
	if (store_writer_write(upload->writer, bytes, err) == 0)
		return 0;
	give_up(upload, err);
	return whose_failure(upload, err);
}

void
upload_verdict(struct upload *upload, struct file_verdict *verdict_r)
{
	struct refusal refusal;

	filecheck_finish(upload->check, &upload->verdict);
	upload->has_verdict = true;
	*verdict_r = upload->verdict;
	if (upload->verdict.refusal == FILE_ACCEPTED) {
		log_info(upload->input.log,
		    "[STORAGE] ✓ File validation passed: %s (%lld bytes, %s)",
		    upload->file.original_name,
		    (long long)upload->verdict.size_bytes,
		    upload->verdict.type);
		return;
	}
	upload_abort(upload);
	refusal = refusal_from_verdict(upload->pool, &upload->verdict);
	log_warning(upload->input.log, "File validation error: %s",
	    refusal.text);
}

static int
take_stored(struct upload *upload, const struct store_stored *stored,
    struct err *err)
{
	const struct file_verdict *verdict = &upload->verdict;
	struct file *file = &upload->file;

	if (stored->size_bytes != verdict->size_bytes ||
	    strcmp(file->content_type, verdict->type) != 0)
		return err_set(err, ERR_INTERNAL,
		    "stored object differs from the checked file");
	file->size_bytes = stored->size_bytes;
	file->sha256 = pool_strdup(upload->pool, stored->sha256);
	file->etag = pool_strdup(upload->pool, stored->etag);
	file->width = verdict->width;
	file->height = verdict->height;
	file->frames = verdict->frames;
	file->orientation = verdict->orientation;
	return 0;
}

static int
store_object(struct upload *upload, struct err *err)
{
	struct store_stored stored;
	struct err cause;

	if (store_writer_commit(upload->writer, &stored, err) == -1) {
		give_up(upload, err);
		return whose_failure(upload, err);
	}
	if (take_stored(upload, &stored, &cause) == -1) {
		/* Not give_up()'s conflict: this object is ours. */
		upload->state = UPLOAD_ABORTED;
		discard_row(upload, NULL);
		*err = cause;
		return -1;
	}
	return 0;
}

int
upload_commit(struct upload *upload, struct file *file_r, struct err *err)
{
	const struct upload_input *input = &upload->input;

	assert(upload->has_verdict &&
	    upload->verdict.refusal == FILE_ACCEPTED);
	if (upload->state != UPLOAD_OPEN)
		return err_set(err, ERR_INTERNAL, "upload has ended");
	if (store_object(upload, err) == -1)
		return err_wrap(err, "store %s", upload->file.key);
	upload->state = UPLOAD_COMMITTED;
	log_info(input->log, "[STORAGE] ✓ File uploaded: %s",
	    store_public_url(input->store, upload->pool, upload->file.key));
	log_info(input->log, "Successfully uploaded file: %s as %s",
	    upload->file.original_name, upload->file.key);
	*file_r = upload->file;
	return 0;
}

/* ---- a file in use ---- */

static int
finish(struct upload *upload, int64_t user_id, struct file *file_r,
    struct err *err)
{
	const struct outbox outbox = outbox_of(upload);

	if (upload_commit(upload, file_r, err) == -1)
		return -1;
	return file_finish(&outbox, file_r, user_id, err);
}

int
upload_finish(struct upload *upload, struct file *file_r, struct err *err)
{
	return finish(upload, 0, file_r, err);
}

int
upload_finish_avatar(struct upload *upload, int64_t user_id,
    struct file *file_r, struct err *err)
{
	assert(user_id != 0);
	return finish(upload, user_id, file_r, err);
}
