/*
 * Sweep: multipart uploads that were begun and neither completed nor aborted.
 *
 * SPDX-License-Identifier: MIT
 */
#include "model/sweep_private.h"
#include "store/manage.h"

enum { ROWS_AT_ONCE = 500 };

enum statement { LOAD_MULTIPART, FIND_MULTIPART, STATEMENT_COUNT };

static const char *const statements[STATEMENT_COUNT] = {
	/* One of a pending record may be under way: its expiry comes first. */
	[LOAD_MULTIPART] =
	    "SELECT m.upload_id, m.object_key FROM multipart_uploads m"
	    " JOIN files f ON f.id = m.file_id"
	    " WHERE f.provider = $1 AND m.bucket = $2"
	    " AND f.state <> 'pending' AND m.upload_id > $3"
	    " ORDER BY m.upload_id LIMIT $4",
	[FIND_MULTIPART] =
	    "SELECT 1 FROM multipart_uploads WHERE upload_id = $1",
};

/* ---- of our own table ---- */

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
		SQL_TEXT(after),
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
sweep_noted(struct sweep *sweep, struct err *err)
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

/* ---- that only the server knows ---- */

static int
find_row(struct sweep *sweep, struct pool *pool, const char *upload_id,
    bool *is_found, struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(upload_id) };
	struct sql_rows rows;

	if (sql_query(sweep->db, pool, statements[FIND_MULTIPART], args,
		ARRAY_COUNT(args), &rows, err) == -1)
		return -1;
	*is_found = rows.count > 0;
	return 0;
}

/*
 * A crash between the server's answer and our row leaves an upload that is
 * known by its key alone.
 */
static int
check_upload(struct sweep *sweep, struct pool *pool,
    const struct store_unfinished *upload, struct err *err)
{
	struct sweep_item item = { .kind = SWEEP_MULTIPART,
		.key = upload->key,
		.detail = "" };
	enum sweep_claim claim;
	bool is_found;

	if (find_row(sweep, pool, upload->upload_id, &is_found, err) == -1 ||
	    sweep_claim(sweep, upload->key, &claim, err) == -1)
		return -1;
	if (is_found || claim == SWEEP_CLAIM_PENDING ||
	    claim == SWEEP_CLAIM_LEAVING)
		return 0;
	if (claim != SWEEP_CLAIM_NONE) {
		mend_upload(sweep, &item, upload->upload_id);
		return 0;
	}
	item.kind = SWEEP_UNKNOWN_MULTIPART;
	if (upload->begun_secs <= sweep->old_secs &&
	    sweep_may_force(sweep, &item))
		mend_upload(sweep, &item, upload->upload_id);
	return 0;
}

/* Some servers cannot list them; our own table is all there is then. */
static int
sweep_listed(struct sweep *sweep, struct err *err)
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

int
sweep_multipart(struct sweep *sweep, struct err *err)
{
	if (sweep_noted(sweep, err) == -1)
		return -1;
	return sweep_listed(sweep, err);
}
