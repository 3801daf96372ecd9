/* SPDX-License-Identifier: MIT */
#include "model/outbox.h"
#include "store/manage.h"

/* How long a row that waited is left to whoever is deleting its object. */
enum {
	CLAIM_SECS = 60,
	/*
	 * More than requests run beside us: what a rival takes on must not
	 * keep our own object out of the list.
	 */
	OUTBOX_AT_ONCE = 200,
	OUTBOX_BATCH = 1000,
	OUTBOX_SHOWN_MAX = 100000
};

enum statement {
	INSERT_ROW,
	RELEASE_ROW,
	KEEP_OBJECT,
	LOAD_DUE,
	CLAIM_ROW,
	POSTPONE_ROW,
	DELETE_ROW,
	COUNT_TRY,
	STATEMENT_COUNT
};

#define THIS_ROW " WHERE provider = $1 AND bucket = $2 AND object_key = $3"

static const char *const statements[STATEMENT_COUNT] = {
	[INSERT_ROW] = "INSERT INTO outbox (provider, bucket, object_key,"
		       " tries, due_secs, until_secs)"
		       " VALUES ($1, $2, $3, 0, $4, $5)"
		       " ON CONFLICT DO NOTHING",
	[RELEASE_ROW] = "UPDATE outbox SET due_secs = 0" THIS_ROW,
	[KEEP_OBJECT] = "DELETE FROM outbox" THIS_ROW " AND due_secs = $4",
	/* What failed before comes last and cannot hold up the others. */
	[LOAD_DUE] = "SELECT object_key, due_secs, until_secs FROM outbox"
		     " WHERE provider = $1 AND bucket = $2 AND due_secs <= $3"
		     " ORDER BY tries, object_key LIMIT $4",
	[CLAIM_ROW] = "UPDATE outbox SET due_secs = $5" THIS_ROW
		      " AND due_secs = $4",
	[POSTPONE_ROW] = "UPDATE outbox SET due_secs = until_secs,"
			 " tries = 0" THIS_ROW,
	[DELETE_ROW] = "DELETE FROM outbox" THIS_ROW,
	[COUNT_TRY] = "UPDATE outbox SET tries = tries + 1" THIS_ROW,
};

/* ---- writing rows ---- */

int
outbox_add(struct sql *tx, const struct outbox_row *row, struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(row->provider),
		SQL_TEXT(row->bucket), SQL_TEXT(row->key),
		SQL_INT(row->due_secs), SQL_INT(row->until_secs) };

	return sql_exec(tx, statements[INSERT_ROW], args, ARRAY_COUNT(args),
	    NULL, err);
}

int
outbox_release(struct sql *db, const struct outbox_row *row, struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(row->provider),
		SQL_TEXT(row->bucket), SQL_TEXT(row->key) };

	return sql_exec(db, statements[RELEASE_ROW], args, ARRAY_COUNT(args),
	    NULL, err);
}

int
outbox_keep(struct sql *tx, const struct outbox_row *row, struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(row->provider),
		SQL_TEXT(row->bucket), SQL_TEXT(row->key),
		SQL_INT(row->due_secs) };
	int64_t changed;

	if (sql_exec(tx, statements[KEEP_OBJECT], args, ARRAY_COUNT(args),
		&changed, err) == -1)
		return -1;
	if (changed == 0)
		return err_set_code(err, ERR_CONFLICT, "object_lost",
		    "%s was not wanted in time", row->key);
	return 0;
}

/* ---- deleting objects ---- */

/* Rows that are due, and what became of them. */
struct batch {
	const struct outbox *outbox;
	struct outbox_row *rows;
	const char **keys; /* of those that are ours to delete */
	bool *failed;
	size_t count;
	int64_t now_secs;
	const char *cause; /* why all of them failed; NULL: they did not */
};

static int
run_statement(struct sql *db, const struct outbox *outbox,
    enum statement which, const char *key, struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(store_driver(outbox->store)),
		SQL_TEXT(store_bucket(outbox->store)), SQL_TEXT(key) };

	return sql_exec(db, statements[which], args, ARRAY_COUNT(args), NULL,
	    err);
}

static int
load_due(const struct outbox *outbox, struct pool *pool, int limit,
    struct batch *batch, struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(store_driver(outbox->store)),
		SQL_TEXT(store_bucket(outbox->store)),
		SQL_INT(batch->now_secs), SQL_INT(limit) };
	struct sql_rows rows;

	if (sql_query(outbox->db, pool, statements[LOAD_DUE], args,
		ARRAY_COUNT(args), &rows, err) == -1)
		return -1;
	batch->count = rows.count;
	batch->rows = pool_alloc_array(pool, rows.count + 1,
	    sizeof(*batch->rows));
	batch->keys = pool_alloc_array(pool, rows.count + 1,
	    sizeof(*batch->keys));
	batch->failed = pool_alloc_array(pool, rows.count + 1,
	    sizeof(*batch->failed));
	for (size_t i = 0; i < rows.count; i++)
		batch->rows[i] = (struct outbox_row){
			.key = sql_text(&rows, i, 0),
			.due_secs = sql_int(&rows, i, 1),
			.until_secs = sql_int(&rows, i, 2)
		};
	return 0;
}

/*
 * Who wants the object of a reservation looks for the due_secs he wrote: once
 * that has changed he cannot keep it.  1 when the row is ours, 0 when not.
 */
static int
claim(struct sql *tx, const struct batch *batch, const struct outbox_row *row,
    struct err *err)
{
	const struct outbox *outbox = batch->outbox;
	struct sql_value args[] = { SQL_TEXT(store_driver(outbox->store)),
		SQL_TEXT(store_bucket(outbox->store)), SQL_TEXT(row->key),
		SQL_INT(row->due_secs), SQL_INT(batch->now_secs + CLAIM_SECS) };
	int64_t changed;

	if (row->due_secs == 0)
		return 1;
	if (sql_exec(tx, statements[CLAIM_ROW], args, ARRAY_COUNT(args),
		&changed, err) == -1)
		return -1;
	return changed > 0 ? 1 : 0;
}

static int
claim_all(struct sql *tx, void *arg, struct err *err)
{
	struct batch *batch = arg;
	size_t count = 0;

	for (size_t i = 0; i < batch->count; i++) {
		int is_ours = claim(tx, batch, &batch->rows[i], err);

		if (is_ours == -1)
			return -1;
		if (is_ours == 0)
			continue;
		batch->rows[count] = batch->rows[i];
		batch->keys[count++] = batch->rows[i].key;
	}
	batch->count = count;
	return 0;
}

static int
settle(struct sql *tx, void *arg, struct err *err)
{
	const struct batch *batch = arg;

	for (size_t i = 0; i < batch->count; i++) {
		const struct outbox_row *row = &batch->rows[i];
		enum statement which = DELETE_ROW;

		if (batch->failed[i])
			which = COUNT_TRY;
		else if (row->until_secs > batch->now_secs)
			which = POSTPONE_ROW;
		if (run_statement(tx, batch->outbox, which, row->key, err) ==
		    -1)
			return -1;
	}
	return 0;
}

static void
note(const struct outbox *outbox, const char *key, enum outbox_fate fate,
    const char *detail)
{
	if (fate == OUTBOX_DELETED)
		log_info(outbox->log, "[STORAGE] Deleted '%s' from bucket '%s'",
		    key, store_bucket(outbox->store));
	if (outbox->noted != NULL)
		outbox->noted(outbox->arg, key, fate, detail);
}

static int
note_all(const struct batch *batch)
{
	const char *cause = batch->cause != NULL ? batch->cause :
						   "refused by the store";
	const char *first = "";
	int failed = 0;

	for (size_t i = 0; i < batch->count; i++) {
		const char *key = batch->rows[i].key;

		note(batch->outbox, key,
		    batch->failed[i] ? OUTBOX_FAILED : OUTBOX_DELETED,
		    batch->failed[i] ? cause : "");
		if (batch->failed[i] && failed++ == 0)
			first = key;
	}
	if (failed == 1)
		log_warning(batch->outbox->log,
		    "[STORAGE] Could not delete '%s': %s", first, cause);
	else if (failed > 1)
		log_warning(batch->outbox->log,
		    "[STORAGE] Could not delete '%s' and %d more: %s", first,
		    failed - 1, cause);
	return failed;
}

static int
delete_batch(struct batch *batch, int *left_r, struct err *err)
{
	const struct outbox *outbox = batch->outbox;
	struct err cause = ERR_INIT;

	if (sql_transaction(outbox->db, claim_all, batch, err) == -1)
		return -1;
	if (store_delete_many(outbox->store, batch->keys, batch->count,
		batch->failed, &cause) == -1) {
		batch->cause = cause.text;
		for (size_t i = 0; i < batch->count; i++)
			batch->failed[i] = true;
	}
	if (sql_transaction(outbox->db, settle, batch, err) == -1)
		return -1;
	*left_r = note_all(batch);
	batch->cause = NULL;
	return 0;
}

/* Run what is due, at most limit rows; *count_r tells how many there were. */
static int
run_some(const struct outbox *outbox, int limit, size_t *count_r, int *left_r,
    struct err *err)
{
	struct batch batch = { .outbox = outbox,
		.now_secs = clock_now_secs(outbox->clock) };
	struct pool *pool = pool_new();
	int result;

	*left_r = 0;
	result = load_due(outbox, pool, limit, &batch, err);
	*count_r = batch.count;
	if (result == 0 && batch.count > 0)
		result = delete_batch(&batch, left_r, err);
	pool_free(&pool);
	return result;
}

int
outbox_run(const struct outbox *outbox, int limit, int *left_r,
    struct err *err)
{
	size_t count;
	int left;

	if (run_some(outbox, limit, &count, &left, err) == -1)
		return -1;
	if (left_r != NULL)
		*left_r = left;
	return 0;
}

void
outbox_run_now(const struct outbox *outbox)
{
	struct err err = ERR_INIT;

	if (outbox_run(outbox, OUTBOX_AT_ONCE, NULL, &err) == -1)
		log_warning(outbox->log, "outbox: %s", err.text);
}

int
outbox_run_all(const struct outbox *outbox, struct err *err)
{
	size_t count = OUTBOX_BATCH;
	int left = 0;

	/* What fails stays due: another round would only meet it again. */
	while (count == OUTBOX_BATCH && left == 0)
		if (run_some(outbox, OUTBOX_BATCH, &count, &left, err) == -1)
			return -1;
	return 0;
}

int
outbox_show(const struct outbox *outbox, struct err *err)
{
	struct batch batch = { .outbox = outbox,
		.now_secs = clock_now_secs(outbox->clock) };
	struct pool *pool = pool_new();
	int result = load_due(outbox, pool, OUTBOX_SHOWN_MAX, &batch, err);

	for (size_t i = 0; result == 0 && i < batch.count; i++)
		note(outbox, batch.rows[i].key, OUTBOX_DUE, "");
	pool_free(&pool);
	return result;
}
