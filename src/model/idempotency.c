/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "model/idempotency.h"

/* A row with status 0 is a request that is being done. */
enum { STATUS_RUNNING = 0 };

enum idempotency_sql {
	SQL_TAKE,
	SQL_FIND,
	SQL_KEEP,
	SQL_FREE,
	SQL_PURGE,
	SQL_COUNT
};

static const char *const texts[SQL_COUNT] = {
	/* A new row, or one that has expired. */
	[SQL_TAKE] =
	    "INSERT INTO idempotency (tenant_id, user_id, name, fingerprint,"
	    " holder, status, content_type, location, body, body_hash,"
	    " expires_secs)"
	    " VALUES ($1, $2, $3, $4, $5, 0, '', '', '', '', $6)"
	    " ON CONFLICT (tenant_id, user_id, name) DO UPDATE SET"
	    " fingerprint = excluded.fingerprint, holder = excluded.holder,"
	    " status = 0, content_type = '', location = '', body = '',"
	    " body_hash = '', expires_secs = excluded.expires_secs"
	    " WHERE idempotency.expires_secs <= $7",
	[SQL_FIND] =
	    "SELECT fingerprint, status, content_type, location, body,"
	    " body_hash FROM idempotency"
	    " WHERE tenant_id = $1 AND user_id = $2 AND name = $3",
	[SQL_KEEP] =
	    "UPDATE idempotency SET status = $5, content_type = $6,"
	    " location = $7, body = $8, body_hash = $9, expires_secs = $10"
	    " WHERE tenant_id = $1 AND user_id = $2 AND name = $3"
	    " AND holder = $4 AND status = 0",
	[SQL_FREE] =
	    "DELETE FROM idempotency"
	    " WHERE tenant_id = $1 AND user_id = $2 AND name = $3"
	    " AND holder = $4 AND status = 0",
	[SQL_PURGE] = "DELETE FROM idempotency WHERE expires_secs <= $1",
};

struct beginning {
	struct pool *pool;
	const struct idempotency_key *key;
	int64_t now_secs;
	int64_t taken; /* rows: 1 or 0 */
	struct idempotency_answer *answer;
};

static int
running(struct err *err)
{
	return err_set_code(err, ERR_CONFLICT, "idempotency_running",
	    "a request with this Idempotency-Key is being done");
}

static int
read_answer(struct beginning *beginning, const struct sql_rows *rows,
    struct err *err)
{
	struct idempotency_answer *answer = beginning->answer;

	if (strcmp(sql_text(rows, 0, 0), beginning->key->fingerprint) != 0)
		return err_set_code(err, ERR_CONFLICT, "idempotency_mismatch",
		    "this Idempotency-Key was used for another request");
	if (sql_int(rows, 0, 1) == STATUS_RUNNING)
		return running(err);
	answer->status = sql_int(rows, 0, 1);
	answer->content_type = sql_text(rows, 0, 2);
	answer->location = sql_text(rows, 0, 3);
	answer->body = sql_text(rows, 0, 4);
	answer->body_hash = sql_text(rows, 0, 5);
	return 0;
}

static int
begin_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	struct beginning *beginning = arg;
	const struct idempotency_key *key = beginning->key;
	const struct sql_value args[] = { SQL_INT(key->tenant_id),
		SQL_INT(key->user_id), SQL_TEXT(key->name),
		SQL_TEXT(key->fingerprint), SQL_TEXT(key->holder),
		SQL_INT(beginning->now_secs + IDEMPOTENCY_LEASE_SECS),
		SQL_INT(beginning->now_secs) };
	struct sql_rows rows;

	if (sql_exec(tx, texts[SQL_TAKE], args, ARRAY_COUNT(args),
		&beginning->taken, err) == -1)
		return -1;
	if (beginning->taken == 1)
		return 0;
	if (sql_query(tx, beginning->pool, texts[SQL_FIND], args, 3, &rows,
		err) == -1)
		return -1;
	return rows.count == 0 ? running(err) :
				 read_answer(beginning, &rows, err);
}

int
idempotency_begin(struct sql *db, struct pool *pool,
    const struct idempotency_key *key, int64_t now_secs,
    struct idempotency_answer *answer_r, struct err *err)
{
	struct beginning beginning = { .pool = pool,
		.key = key,
		.now_secs = now_secs,
		.answer = answer_r };

	if (sql_transaction(db, begin_in_transaction, &beginning, err) == -1)
		return -1;
	return beginning.taken == 1 ? 1 : 0;
}

int
idempotency_keep(struct sql *db, const struct idempotency_key *key,
    const struct idempotency_answer *answer, int64_t now_secs,
    struct err *err)
{
	const struct sql_value args[] = { SQL_INT(key->tenant_id),
		SQL_INT(key->user_id), SQL_TEXT(key->name),
		SQL_TEXT(key->holder), SQL_INT(answer->status),
		SQL_TEXT(answer->content_type), SQL_TEXT(answer->location),
		SQL_TEXT(answer->body), SQL_TEXT(answer->body_hash),
		SQL_INT(now_secs + IDEMPOTENCY_KEEP_SECS) };

	return sql_exec(db, texts[SQL_KEEP], args, ARRAY_COUNT(args), NULL,
	    err);
}

int
idempotency_free(struct sql *db, const struct idempotency_key *key,
    struct err *err)
{
	const struct sql_value args[] = { SQL_INT(key->tenant_id),
		SQL_INT(key->user_id), SQL_TEXT(key->name),
		SQL_TEXT(key->holder) };

	return sql_exec(db, texts[SQL_FREE], args, ARRAY_COUNT(args), NULL,
	    err);
}

int
idempotency_purge(struct sql *db, int64_t now_secs, struct err *err)
{
	const struct sql_value args[] = { SQL_INT(now_secs) };

	return sql_exec(db, texts[SQL_PURGE], args, ARRAY_COUNT(args), NULL,
	    err);
}
