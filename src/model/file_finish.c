/* SPDX-License-Identifier: MIT */
#include "model/avatar.h"
#include "model/file_finish.h"

/* ---- it goes ---- */

struct abandoned {
	int64_t tenant_id, id;
};

static int
discard_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	const struct abandoned *file = arg;

	return file_discard_pending(tx, file->tenant_id, file->id, err);
}

void
file_abandon(const struct outbox *outbox, int64_t tenant_id, int64_t id)
{
	struct abandoned file = { tenant_id, id };
	struct err err = ERR_INIT;

	if (sql_transaction(outbox->db, discard_in_transaction, &file, &err) ==
	    -1)
		log_warning(outbox->log,
		    "stored file is left to the sweeper: %s", err.text);
	else
		outbox_run_now(outbox);
}

/* ---- it gets its use ---- */

struct finish {
	const struct file *file;
	int64_t user_id;
	int64_t now_secs;
};

static int
finish_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	const struct finish *finish = arg;
	const struct file *file = finish->file;

	if (file_update_stored(tx, file, err) == -1 ||
	    file_make_live(tx, file->tenant_id, file->id, finish->now_secs,
		err) == -1)
		return -1;
	if (finish->user_id == 0)
		return 0;
	return avatar_set(tx, file->tenant_id, finish->user_id, file->id, err);
}

/* The row as it is now. */
static void
note_live(struct file *file, int64_t now_secs)
{
	file->state = FILE_LIVE;
	file->expires_secs = 0;
	file->charged_bytes = file->size_bytes;
	file->updated_secs = now_secs;
	file->version++;
}

int
file_finish(const struct outbox *outbox, struct file *file, int64_t user_id,
    struct err *err)
{
	struct finish finish = { file, user_id,
		clock_now_secs(outbox->clock) };

	if (sql_transaction(outbox->db, finish_in_transaction, &finish, err) ==
	    -1) {
		file_abandon(outbox, file->tenant_id, file->id);
		return -1;
	}
	note_live(file, finish.now_secs);
	/* The picture that was replaced. */
	if (user_id != 0)
		outbox_run_now(outbox);
	return 0;
}
