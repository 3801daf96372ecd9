/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "base/rand.h"
#include "codec/date.h"
#include "codec/filename.h"
#include "model/refusal.h"
#include "model/upload.h"

#define CACHE_FOR_EVER "public, max-age=31536000, immutable"

enum {
	KEY_TRIES = 4,
	SUFFIX_BYTES = 4, /* eight hexadecimal digits */
	OUTBOX_AT_ONCE = 8
};

enum upload_state { UPLOAD_OPEN, UPLOAD_COMMITTED, UPLOAD_ABORTED };

struct upload {
	struct pool *pool;
	struct upload_input input;
	struct filecheck *check;
	struct file_verdict verdict;
	struct store_writer *writer;
	const char *key_name; /* the name's part of the key */
	struct file file;
	enum upload_state state;
	bool has_verdict;
	bool has_row;
};

/* ---- keys ---- */

/* "20261122143800" of the moment. */
static const char *
timestamp(struct upload *upload)
{
	char text[DATE_AMZ_CHARS + 1];

	date_amz(text, upload->file.created_secs);
	return pool_format(upload->pool, "%.8s%.6s", text, text + 9);
}

/* A9; with a suffix before the extension when the plain key is taken. */
static const char *
make_key(struct upload *upload, bool want_suffix)
{
	const char *name = upload->key_name;
	const char *dot = strrchr(name, '.');
	int stem = (int)(dot == NULL ? strlen(name) : (size_t)(dot - name));
	const char *suffix = "";

	if (want_suffix)
		suffix = pool_format(upload->pool, "_%s",
		    rand_hex(upload->pool, SUFFIX_BYTES));
	return pool_format(upload->pool, "products/tenant_%lld/%s_%.*s%s%s",
	    (long long)upload->input.tenant_id, timestamp(upload), stem, name,
	    suffix, dot == NULL ? "" : dot);
}

/* ---- what the store tells us ---- */

/* Certain by now: 64 KiB were seen, or the whole file. */
static const char *
known_type(const struct upload *upload)
{
	return upload->has_verdict ? upload->verdict.type :
				     filecheck_type(upload->check);
}

static int
insert_row(struct upload *upload, struct err *err)
{
	for (int i = 0; i < KEY_TRIES; i++) {
		upload->file.key = make_key(upload, i > 0);
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
	if (insert_row(upload, err) == -1)
		return -1;
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

/*
 * The object may be there although its upload failed (an answer that was
 * lost), so it goes to the outbox.  When even that fails the row stays
 * pending, and the sweeper finds it expired.
 */
static void
discard_row(struct upload *upload, const struct err *cause)
{
	const struct upload_input *input = &upload->input;
	const struct outbox outbox = { input->db, input->store, input->clock,
		input->log };
	struct err err = ERR_INIT;
	int result;

	if (!upload->has_row)
		return;
	upload->has_row = false;
	result = sql_transaction(input->db,
	    cause != NULL && cause->kind == ERR_CONFLICT ?
		reject_in_transaction : discard_in_transaction,
	    upload, &err);
	/* A store that is away would not delete either. */
	if (result == 0 && (cause == NULL || cause->kind != ERR_UNAVAILABLE))
		result = outbox_run(&outbox, OUTBOX_AT_ONCE, NULL, &err);
	if (result == -1)
		log_warning(input->log, "failed upload is left to the sweeper:"
		    " %s", err.text);
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

/* ---- the way of an upload ---- */

static int
open_writer(struct upload *upload, struct err *err)
{
	struct store *store = upload->input.store;
	const struct store_object object = {
		.key = upload->file.key,
		.content_type = "application/octet-stream",
		.cache_control = upload->file.is_public ? CACHE_FOR_EVER : NULL,
		.is_new_only = true,
		.events = { .arg = upload,
		    .before_send = before_send,
		    .multipart_begun = multipart_begun,
		    .multipart_ended = multipart_ended },
	};

	return store_writer_open(store, upload->pool, &object, &upload->writer,
	    err);
}

int
upload_open(struct pool *pool, const struct upload_input *input,
    const char *name, const char *declared_type, struct upload **upload_r,
    struct err *err)
{
	struct upload *upload = POOL_NEW(pool, struct upload);
	struct file *file = &upload->file;

	upload->pool = pool;
	upload->input = *input;
	upload->check =
	    filecheck_new(pool, input->rules, name, declared_type);
	upload->key_name = filename_key(pool, name == NULL ? "" : name);
	file->tenant_id = input->tenant_id;
	file->kind = input->rules->kind;
	file->declared_bytes = -1;
	file->provider = store_driver(input->store);
	file->bucket = store_bucket(input->store);
	file->original_name = filename_display(pool, name == NULL ? "" : name);
	file->created_secs = clock_now_secs(input->clock);
	file->expires_secs = file->created_secs + input->pending_secs;
	file->key = make_key(upload, false);
	file->is_public = store_is_public(input->store, file->key);
	if (open_writer(upload, err) == -1)
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
	return -1;
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
		return -1;
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
