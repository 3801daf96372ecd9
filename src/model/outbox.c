/* SPDX-License-Identifier: MIT */
#include "model/file.h"

enum statement { LOAD_SOME, DELETE_ROW, COUNT_TRY, STATEMENT_COUNT };

static const char *const statements[STATEMENT_COUNT] = {
	/* What failed before comes last and cannot hold up the others. */
	[LOAD_SOME] = "SELECT object_key FROM outbox"
		      " WHERE provider = $1 AND bucket = $2"
		      " ORDER BY tries, object_key LIMIT $3",
	[DELETE_ROW] = "DELETE FROM outbox WHERE provider = $1"
		       " AND bucket = $2 AND object_key = $3",
	[COUNT_TRY] = "UPDATE outbox SET tries = tries + 1 WHERE provider = $1"
		      " AND bucket = $2 AND object_key = $3",
};

static int
run_statement(struct sql *db, enum statement which, const struct store *store,
    const char *key, struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(store_driver(store)),
		SQL_TEXT(store_bucket(store)), SQL_TEXT(key) };

	return sql_exec(db, statements[which], args, ARRAY_COUNT(args), NULL,
	    err);
}

/* 1 when the object is gone, 0 when the store failed. */
static int
delete_one(struct sql *db, struct store *store, const struct log *log,
    const char *key, struct err *err)
{
	struct err cause = ERR_INIT;

	if (store_delete(store, key, &cause) == -1) {
		log_warning(log, "[STORAGE] Could not delete '%s': %s", key,
		    cause.text);
		return run_statement(db, COUNT_TRY, store, key, err);
	}
	if (run_statement(db, DELETE_ROW, store, key, err) == -1)
		return -1;
	log_info(log, "[STORAGE] Deleted '%s' from bucket '%s'", key,
	    store_bucket(store));
	return 1;
}

static int
delete_each(struct sql *db, struct store *store, const struct log *log,
    const struct sql_rows *rows, int *left_r, struct err *err)
{
	for (size_t i = 0; i < rows->count; i++) {
		const char *key = sql_text(rows, i, 0);
		int done = delete_one(db, store, log, key, err);

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
outbox_run(struct sql *db, struct store *store, const struct log *log,
    int limit, int *left_r, struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(store_driver(store)),
		SQL_TEXT(store_bucket(store)), SQL_INT(limit) };
	struct pool *pool = pool_new();
	struct sql_rows rows;
	int left = 0, result;

	result = sql_query(db, pool, statements[LOAD_SOME], args,
	    ARRAY_COUNT(args), &rows, err);
	if (result == 0)
		result = delete_each(db, store, log, &rows, &left, err);
	pool_free(&pool);
	if (result == 0 && left_r != NULL)
		*left_r = left;
	return result;
}
