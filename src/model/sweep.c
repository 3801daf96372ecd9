/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "model/sweep_private.h"
#include "store/manage.h"

enum { ROWS_AT_ONCE = 500 };

enum statement {
	LOAD_MULTIPART,
	FIND_MULTIPART,
	STATEMENT_COUNT
};

static const char *const statements[STATEMENT_COUNT] = {
	/* What was given up goes at once, what seems to run after a while. */
	[LOAD_MULTIPART] =
	    "SELECT m.upload_id, m.object_key FROM multipart_uploads m"
	    " JOIN files f ON f.id = m.file_id"
	    " WHERE f.provider = $1 AND m.bucket = $2"
	    " AND (m.created_secs <= $3 OR f.state IN ('rejected', 'gone'))"
	    " AND m.upload_id > $4 ORDER BY m.upload_id LIMIT $5",
	[FIND_MULTIPART] =
	    "SELECT 1 FROM multipart_uploads WHERE upload_id = $1",
};

static const char *const kind_names[SWEEP_KIND_COUNT] = {
	[SWEEP_OUTBOX] = "outbox",
	[SWEEP_PENDING] = "pending",
	[SWEEP_MULTIPART] = "multipart",
	[SWEEP_DEAD_OBJECT] = "dead_object",
	[SWEEP_UNKNOWN_OBJECT] = "unknown_object",
	[SWEEP_UNKNOWN_MULTIPART] = "unknown_multipart",
	[SWEEP_LOST_OBJECT] = "lost_object",
};

static const char *const action_names[] = {
	[SWEEP_MENDED] = "mended",
	[SWEEP_WOULD_MEND] = "would_mend",
	[SWEEP_REPORTED] = "reported",
	[SWEEP_FAILED] = "failed",
};

const char *
sweep_kind_name(enum sweep_kind kind)
{
	return kind_names[kind];
}

const char *
sweep_action_name(enum sweep_action action)
{
	return action_names[action];
}

/* ---- counting ---- */

void
sweep_note(struct sweep *sweep, const struct sweep_item *item)
{
	struct sweep_count *count = &sweep->report->counts[item->kind];

	count->found++;
	count->bytes += item->size_bytes;
	count->mended += item->action == SWEEP_MENDED;
	count->failed += item->action == SWEEP_FAILED;
	if (sweep->input->found != NULL)
		sweep->input->found(sweep->input->arg, item);
}

bool
sweep_may_mend(struct sweep *sweep, const struct sweep_item *item)
{
	struct sweep_item noted = *item;

	if (!sweep->input->is_dry_run)
		return true;
	noted.action = SWEEP_WOULD_MEND;
	sweep_note(sweep, &noted);
	return false;
}

void
sweep_done(struct sweep *sweep, const struct sweep_item *item, int result,
    struct err *err)
{
	struct sweep_item noted = *item;

	noted.action = result == -1 ? SWEEP_FAILED : SWEEP_MENDED;
	noted.detail = result == -1 ? err->text : "";
	sweep_note(sweep, &noted);
	err_clear(err);
}

/* ---- outbox ---- */

static void
note_outbox(void *arg, const char *key, enum outbox_fate fate,
    const char *detail)
{
	static const enum sweep_action actions[] = {
		[OUTBOX_DELETED] = SWEEP_MENDED,
		[OUTBOX_DUE] = SWEEP_WOULD_MEND,
		[OUTBOX_FAILED] = SWEEP_FAILED,
	};
	const struct sweep_item item = { .kind = SWEEP_OUTBOX,
		.action = actions[fate],
		.key = key,
		.detail = detail == NULL ? "" : detail };

	sweep_note(arg, &item);
}

static int
sweep_outbox(struct sweep *sweep, struct err *err)
{
	const struct outbox outbox = { .db = sweep->db,
		.store = sweep->store,
		.clock = sweep->input->direct->clock,
		.log = sweep->input->direct->log,
		.noted = note_outbox,
		.arg = sweep };

	if (sweep->input->is_dry_run)
		return outbox_show(&outbox, err);
	return outbox_run_all(&outbox, err);
}

/* ---- pending ---- */

static void
settle(struct sweep *sweep, const struct file *file)
{
	const struct sweep_item item = { .kind = SWEEP_PENDING,
		.key = file->key,
		.size_bytes = file->size_bytes,
		.detail = "" };
	enum direct_outcome outcome;
	struct err err = ERR_INIT;

	if (sweep_may_mend(sweep, &item))
		sweep_done(sweep, &item,
		    direct_settle(sweep->input->direct, file, &outcome, &err),
		    &err);
}

static int
settle_some(struct sweep *sweep, struct pool *pool, int64_t *after_id,
    size_t *count_r, struct err *err)
{
	const struct file_expired which = { .store = sweep->store,
		.now_secs = sweep->now_secs,
		.after_id = *after_id,
		.limit = ROWS_AT_ONCE };
	struct file *files;

	if (file_list_expired(sweep->db, pool, &which, &files, count_r, err) ==
	    -1)
		return -1;
	for (size_t i = 0; i < *count_r; i++) {
		settle(sweep, &files[i]);
		*after_id = files[i].id;
	}
	return 0;
}

static int
sweep_pending(struct sweep *sweep, struct err *err)
{
	struct pool *pool = pool_new();
	size_t count = ROWS_AT_ONCE;
	int64_t after_id = 0;
	int result = 0;

	while (result == 0 && count == ROWS_AT_ONCE) {
		pool_clear(pool);
		result = settle_some(sweep, pool, &after_id, &count, err);
	}
	pool_free(&pool);
	return result;
}

/* ---- multipart uploads ---- */

static int
abort_upload(struct sweep *sweep, const char *key, const char *upload_id,
    struct err *err)
{
	if (store_multipart_abort(sweep->store, key, upload_id, err) == -1)
		return -1;
	return file_multipart_delete(sweep->db, upload_id, err);
}

static void
mend_upload(struct sweep *sweep, const struct sweep_item *item,
    const char *upload_id)
{
	struct err err = ERR_INIT;

	if (sweep_may_mend(sweep, item))
		sweep_done(sweep, item,
		    abort_upload(sweep, item->key, upload_id, &err), &err);
}

static int
abort_some(struct sweep *sweep, struct pool *pool, const char *after,
    struct sql_rows *rows_r, struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(store_driver(sweep->store)),
		SQL_TEXT(store_bucket(sweep->store)),
		SQL_INT(sweep->old_secs), SQL_TEXT(after),
		SQL_INT(ROWS_AT_ONCE) };

	if (sql_query(sweep->db, pool, statements[LOAD_MULTIPART], args,
		ARRAY_COUNT(args), rows_r, err) == -1)
		return -1;
	for (size_t i = 0; i < rows_r->count; i++) {
		const struct sweep_item item = { .kind = SWEEP_MULTIPART,
			.key = sql_text(rows_r, i, 1),
			.detail = "" };

		mend_upload(sweep, &item, sql_text(rows_r, i, 0));
	}
	return 0;
}

static int
sweep_multipart(struct sweep *sweep, struct err *err)
{
	struct pool *pools[2] = { pool_new(), pool_new() };
	struct sql_rows rows = { .count = ROWS_AT_ONCE };
	const char *after = "";
	int result = 0;

	for (size_t turn = 0; result == 0 && rows.count == ROWS_AT_ONCE;
	     turn++) {
		/* `after` is in the other one. */
		struct pool *pool = pools[turn % 2];

		pool_clear(pool);
		result = abort_some(sweep, pool, after, &rows, err);
		if (result == 0 && rows.count > 0)
			after = sql_text(&rows, rows.count - 1, 0);
	}
	pool_free(&pools[0]);
	pool_free(&pools[1]);
	return result;
}

/* ---- multipart uploads that only the server knows ---- */

static int
check_upload(struct sweep *sweep, struct pool *pool,
    const struct store_unfinished *upload, struct err *err)
{
	const struct sweep_item item = { .kind = SWEEP_UNKNOWN_MULTIPART,
		.action = SWEEP_REPORTED,
		.key = upload->key,
		.detail = "" };
	struct sql_value args[] = { SQL_TEXT(upload->upload_id) };
	struct sql_rows rows;

	if (upload->begun_secs > sweep->old_secs)
		return 0;
	if (sql_query(sweep->db, pool, statements[FIND_MULTIPART], args,
		ARRAY_COUNT(args), &rows, err) == -1)
		return -1;
	if (rows.count > 0)
		return 0;
	if (sweep->input->want_force)
		mend_upload(sweep, &item, upload->upload_id);
	else
		sweep_note(sweep, &item);
	return 0;
}

/* Some servers cannot list them; their own table is all there is then. */
static int
sweep_unknown_multipart(struct sweep *sweep, struct err *err)
{
	struct pool *pool = pool_new();
	struct store_unfinished *uploads;
	size_t count = 0;
	int result = 0;

	if (store_multipart_list(sweep->store, pool, &uploads, &count, err) ==
	    -1) {
		log_warning(sweep->input->direct->log,
		    "[STORAGE] Unfinished uploads cannot be listed: %s",
		    err->text);
		err_clear(err);
		count = 0;
	}
	for (size_t i = 0; result == 0 && i < count; i++)
		result = check_upload(sweep, pool, &uploads[i], err);
	pool_free(&pool);
	return result;
}

/* ---- all ---- */

int
sweep_run(const struct sweep_input *input, struct sweep_report *report_r,
    struct err *err)
{
	struct sweep sweep = { .input = input,
		.report = report_r,
		.db = input->direct->db,
		.store = input->direct->store,
		.now_secs = clock_now_secs(input->direct->clock) };

	sweep.old_secs = sweep.now_secs - input->grace_secs;
	*report_r = (struct sweep_report){ .objects = 0 };
	if (sweep_outbox(&sweep, err) == -1)
		return err_wrap(err, "outbox");
	if (sweep_pending(&sweep, err) == -1)
		return err_wrap(err, "pending uploads");
	if (sweep_multipart(&sweep, err) == -1 ||
	    sweep_unknown_multipart(&sweep, err) == -1)
		return err_wrap(err, "multipart uploads");
	if (sweep_objects(&sweep, err) == -1)
		return err_wrap(err, "objects");
	return 0;
}
