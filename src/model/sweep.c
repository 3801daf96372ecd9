/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "codec/utf8.h"
#include "model/keys.h"
#include "model/sweep_private.h"
#include "store/manage.h"

enum statement { LOAD_CLAIM, FIND_LIVE, STATEMENT_COUNT };

static const char *const statements[STATEMENT_COUNT] = {
	/* The strongest claim on a key, as of enum sweep_claim. */
	[LOAD_CLAIM] =
	    "SELECT CASE state WHEN 'pending' THEN 1 WHEN 'live' THEN 2"
	    " WHEN 'trashed' THEN 2 ELSE 4 END AS claim FROM files"
	    " WHERE provider = $1 AND bucket = $2 AND object_key = $3"
	    " UNION ALL"
	    " SELECT CASE state WHEN 'pending' THEN 1 ELSE 4 END FROM files"
	    " WHERE provider = $1 AND bucket = $2 AND upload_key = $3"
	    " UNION ALL"
	    " SELECT 3 FROM outbox"
	    " WHERE provider = $1 AND bucket = $2 AND object_key = $3"
	    " ORDER BY claim LIMIT 1",
	[FIND_LIVE] = "SELECT 1 FROM files WHERE provider = $1"
		      " AND bucket = $2 AND state = 'live' LIMIT 1",
};

static const char *const kind_names[SWEEP_KIND_COUNT] = {
	[SWEEP_OUTBOX] = "outbox",
	[SWEEP_PENDING] = "pending",
	[SWEEP_TRASH] = "trash",
	[SWEEP_QUOTA] = "quota",
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

/* ---- records ---- */

int
sweep_claim(struct sweep *sweep, const char *key, enum sweep_claim *claim_r,
    struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(store_driver(sweep->store)),
		SQL_TEXT(store_bucket(sweep->store)), SQL_TEXT(key) };
	struct pool *pool;
	struct sql_rows rows;
	int result;

	*claim_r = SWEEP_CLAIM_NONE;
	/* Not every database takes such bytes; no key of ours has them. */
	if (!utf8_is_valid(slice_str(key)))
		return 0;
	pool = pool_new();
	result = sql_query(sweep->db, pool, statements[LOAD_CLAIM], args,
	    ARRAY_COUNT(args), &rows, err);
	if (result == 0 && rows.count > 0)
		*claim_r = (enum sweep_claim)sql_int(&rows, 0, 0);
	pool_free(&pool);
	return result;
}

/*
 * A database that knows no live file of this bucket is another one's, or has
 * been lost: it is no reason to empty the bucket.
 */
static int
check_force(struct sweep *sweep, struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(store_driver(sweep->store)),
		SQL_TEXT(store_bucket(sweep->store)) };
	struct pool *pool;
	struct sql_rows rows = { .count = 0 };
	int result;

	if (!sweep->input->want_force)
		return 0;
	pool = pool_new();
	result = sql_query(sweep->db, pool, statements[FIND_LIVE], args,
	    ARRAY_COUNT(args), &rows, err);
	if (result == 0 && rows.count == 0)
		result = err_set(err, ERR_CONFLICT,
		    "the database knows no live file of bucket '%s': is it"
		    " the right one?  Nothing is forced",
		    store_bucket(sweep->store));
	pool_free(&pool);
	return result;
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
	count->reported += item->action == SWEEP_REPORTED;
	if (sweep->input->found != NULL)
		sweep->input->found(sweep->input->arg, item);
}

bool
sweep_may_force(struct sweep *sweep, const struct sweep_item *item)
{
	struct sweep_item noted = *item;
	bool is_own = keys_is_own(item->key);

	if (sweep->input->want_force && is_own)
		return true;
	noted.action = SWEEP_REPORTED;
	noted.detail = is_own ? "" : "not named as ours are";
	sweep_note(sweep, &noted);
	return false;
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

static void
log_item(const struct log *log, const struct sweep_item *item)
{
	const struct log_field fields[] = {
		{ .key = "kind", .text = kind_names[item->kind] },
		{ .key = "action", .text = action_names[item->action] },
		{ .key = "key", .text = item->key },
		{ .key = "cause", .text = item->detail },
	};
	bool is_failure = item->action == SWEEP_FAILED;

	log_fields(log, is_failure ? LOG_WARNING : LOG_INFO, "[STORAGE] Sweep",
	    fields, is_failure ? ARRAY_COUNT(fields) : ARRAY_COUNT(fields) - 1);
}

void
sweep_done(struct sweep *sweep, const struct sweep_item *item, int result,
    struct err *err)
{
	struct sweep_item noted = *item;

	noted.action = result == -1 ? SWEEP_FAILED : SWEEP_MENDED;
	noted.detail = result == -1 ? err->text : "";
	sweep_note(sweep, &noted);
	log_item(sweep->input->direct->log, &noted);
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
	if (check_force(&sweep, err) == -1)
		return -1;
	if (sweep_outbox(&sweep, err) == -1)
		return err_wrap(err, "outbox");
	if (sweep_pending(&sweep, err) == -1)
		return err_wrap(err, "pending uploads");
	if (sweep_trash(&sweep, err) == -1)
		return err_wrap(err, "trash");
	if (sweep_quota(&sweep, err) == -1)
		return err_wrap(err, "quota");
	if (sweep_purge(&sweep, err) == -1)
		return err_wrap(err, "old rows");
	if (sweep_multipart(&sweep, err) == -1)
		return err_wrap(err, "multipart uploads");
	if (sweep_objects(&sweep, err) == -1)
		return err_wrap(err, "objects");
	return 0;
}
