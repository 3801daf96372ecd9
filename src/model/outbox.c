/* SPDX-License-Identifier: MIT */
#include "model/outbox.h"

/* How long a row that waited is left to whoever is deleting its object. */
enum { CLAIM_SECS = 60 };

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

static int
run_statement(const struct outbox *outbox, enum statement which,
    const char *key, struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(store_driver(outbox->store)),
		SQL_TEXT(store_bucket(outbox->store)), SQL_TEXT(key) };

	return sql_exec(outbox->db, statements[which], args, ARRAY_COUNT(args),
	    NULL, err);
}

/*
 * Who wants the object of a reservation looks for the due_secs he wrote: once
 * that has changed he cannot keep it.  1 when the row is ours, 0 when not.
 */
static int
claim(const struct outbox *outbox, const struct outbox_row *row,
    struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(store_driver(outbox->store)),
		SQL_TEXT(store_bucket(outbox->store)), SQL_TEXT(row->key),
		SQL_INT(row->due_secs),
		SQL_INT(clock_now_secs(outbox->clock) + CLAIM_SECS) };
	int64_t changed;

	if (row->due_secs == 0)
		return 1;
	if (sql_exec(outbox->db, statements[CLAIM_ROW], args,
		ARRAY_COUNT(args), &changed, err) == -1)
		return -1;
	return changed > 0 ? 1 : 0;
}

/* 1 when the object is gone, 0 when the store failed. */
static int
delete_one(const struct outbox *outbox, const struct outbox_row *row,
    struct err *err)
{
	bool comes_again = row->until_secs > clock_now_secs(outbox->clock);
	struct err cause = ERR_INIT;
	int is_ours = claim(outbox, row, err);

	if (is_ours != 1)
		return is_ours == 0 ? 1 : -1;
	if (store_delete(outbox->store, row->key, &cause) == -1) {
		log_warning(outbox->log, "[STORAGE] Could not delete '%s': %s",
		    row->key, cause.text);
		return run_statement(outbox, COUNT_TRY, row->key, err);
	}
	if (run_statement(outbox, comes_again ? POSTPONE_ROW : DELETE_ROW,
		row->key, err) == -1)
		return -1;
	log_info(outbox->log, "[STORAGE] Deleted '%s' from bucket '%s'",
	    row->key, store_bucket(outbox->store));
	return 1;
}

static int
delete_each(const struct outbox *outbox, const struct sql_rows *rows,
    int *left_r, struct err *err)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct outbox_row row = { .key = sql_text(rows, i, 0),
			.due_secs = sql_int(rows, i, 1),
			.until_secs = sql_int(rows, i, 2) };
		int done = delete_one(outbox, &row, err);

		if (done == -1)
			return -1;
		if (done == 1)
			continue;
		/* The store is ill: do not wait for it once per object. */
		*left_r = (int)(rows->count - i);
		return 0;
	}
	*left_r = 0;
	return 0;
}

int
outbox_run(const struct outbox *outbox, int limit, int *left_r,
    struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(store_driver(outbox->store)),
		SQL_TEXT(store_bucket(outbox->store)),
		SQL_INT(clock_now_secs(outbox->clock)), SQL_INT(limit) };
	struct pool *pool = pool_new();
	struct sql_rows rows;
	int left = 0, result;

	result = sql_query(outbox->db, pool, statements[LOAD_DUE], args,
	    ARRAY_COUNT(args), &rows, err);
	if (result == 0)
		result = delete_each(outbox, &rows, &left, err);
	pool_free(&pool);
	if (result == 0 && left_r != NULL)
		*left_r = left;
	return result;
}
