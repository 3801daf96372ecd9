/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/rand.h"
#include "codec/digest.h"
#include "codec/hex.h"
#include "codec/utf8.h"
#include "model/session.h"
#include "model/tenant.h"
#include "model/user_private.h"

enum { SECRET_BYTES = SESSION_SECRET_CHARS / 2 };

enum statement {
	HOLD_USER,
	INSERT_SESSION,
	END_SURPLUS,
	FIND_SESSION,
	TOUCH_SESSION,
	LIST_SESSIONS,
	END_SESSION,
	END_OTHERS,
	PURGE_SESSIONS,
	STATEMENT_COUNT
};

#define SESSION_COLUMNS                                                   \
	"s.id, s.user_id, s.created_secs, s.seen_secs, s.expires_secs,"   \
	" s.remote_addr, s.user_agent"

enum { SESSION_COLUMN_COUNT = 7 };

static const char *const statements[STATEMENT_COUNT] = {
	/*
	 * Holds the row: whoever changes it now comes before us, and we see
	 * that, or after us, and sees our session.
	 */
	[HOLD_USER] = "UPDATE users SET password = password WHERE id = $1"
		      " AND is_disabled = 0"
		      " AND password = coalesce($2, password)",
	[INSERT_SESSION] =
	    "INSERT INTO sessions (id, secret_hash, user_id, created_secs,"
	    " seen_secs, expires_secs, remote_addr, user_agent)"
	    " VALUES ($1, $2, $3, $4, $4, $5, $6, $7)",
	[END_SURPLUS] = "DELETE FROM sessions WHERE user_id = $1"
			" AND id NOT IN (SELECT id FROM sessions"
			"  WHERE user_id = $1"
			"  ORDER BY seen_secs DESC, id LIMIT $2)",
	[FIND_SESSION] =
	    "SELECT " SESSION_COLUMNS ", " USER_COLUMNS " FROM sessions s"
	    " JOIN users u ON u.id = s.user_id"
	    " JOIN tenants t ON t.id = u.tenant_id"
	    " WHERE s.secret_hash = $1 AND s.expires_secs > $2"
	    " AND s.seen_secs > $3 AND" USER_MAY_COME("$4"),
	[TOUCH_SESSION] = "UPDATE sessions SET seen_secs = $2"
			  " WHERE id = $1 AND seen_secs < $2",
	[LIST_SESSIONS] = "SELECT " SESSION_COLUMNS " FROM sessions s"
			  " WHERE s.user_id = $1 AND s.expires_secs > $2"
			  " AND s.seen_secs > $3"
			  " ORDER BY s.seen_secs DESC, s.id",
	[END_SESSION] = "DELETE FROM sessions WHERE user_id = $1 AND id = $2",
	[END_OTHERS] =
	    "DELETE FROM sessions WHERE user_id = $1 AND id <> $2",
	[PURGE_SESSIONS] = "DELETE FROM sessions"
			   " WHERE expires_secs <= $1 OR seen_secs <= $2",
};

static const char *
hash_secret(struct pool *pool, struct slice secret)
{
	uint8_t digest[SHA256_BYTES];

	sha256(secret, digest);
	return hex_encode(pool, slice_make(digest, sizeof(digest)));
}

static bool
is_secret(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (hex_digit(text.data[i]) == -1)
			return false;
	return text.len == SESSION_SECRET_CHARS;
}

static const char *
clean(struct pool *pool, const char *text)
{
	struct slice whole;

	if (text == NULL)
		return "";
	whole = slice_make(text, strnlen(text, SESSION_AGENT_MAX));
	whole = slice_str(utf8_clean(pool, whole));
	return slice_dup(pool, utf8_cut(whole, SESSION_AGENT_MAX));
}

/* ---- beginning ---- */

struct beginning {
	const struct session *session;
	const char *secret_hash;
};

static int
hold_user(struct sql *tx, const struct session *session, struct err *err)
{
	struct sql_value args[] = { SQL_INT(session->user_id),
		SQL_TEXT(session->password) };
	int64_t changed;

	if (sql_exec(tx, statements[HOLD_USER], args, ARRAY_COUNT(args),
		&changed, err) == -1)
		return -1;
	if (changed == 0)
		return err_set_code(err, ERR_UNAUTHENTICATED, "bad_login",
		    "user %lld is gone, disabled, or has another password",
		    (long long)session->user_id);
	return 0;
}

static int
insert(struct sql *tx, const struct beginning *beginning, struct err *err)
{
	const struct session *session = beginning->session;
	struct sql_value args[] = { SQL_INT(session->id),
		SQL_TEXT(beginning->secret_hash), SQL_INT(session->user_id),
		SQL_INT(session->created_secs),
		SQL_INT(session->expires_secs),
		SQL_TEXT(session->remote_addr),
		SQL_TEXT(session->user_agent) };

	return sql_exec(tx, statements[INSERT_SESSION], args,
	    ARRAY_COUNT(args), NULL, err);
}

static int
begin_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	const struct beginning *beginning = arg;
	struct sql_value args[] = { SQL_INT(beginning->session->user_id),
		SQL_INT(SESSIONS_MAX) };

	if (hold_user(tx, beginning->session, err) == -1 ||
	    insert(tx, beginning, err) == -1)
		return -1;
	return sql_exec(tx, statements[END_SURPLUS], args, ARRAY_COUNT(args),
	    NULL, err);
}

int
session_begin(struct sql *db, struct pool *pool, struct session *session,
    const struct session_terms *terms, int64_t now_secs,
    const char **secret_r, struct err *err)
{
	const char *secret = rand_hex(pool, SECRET_BYTES);
	struct beginning beginning = { .session = session,
		.secret_hash = hash_secret(pool, slice_str(secret)) };

	session->id = user_random_id();
	session->created_secs = session->seen_secs = now_secs;
	session->expires_secs = now_secs + terms->max_secs;
	session->remote_addr = clean(pool, session->remote_addr);
	session->user_agent = clean(pool, session->user_agent);
	if (sql_transaction(db, begin_in_transaction, &beginning, err) == -1)
		return -1;
	*secret_r = secret;
	return 0;
}

/* ---- finding ---- */

static void
read_row(const struct sql_rows *rows, size_t row, struct session *session_r)
{
	*session_r = (struct session){
		.id = sql_int(rows, row, 0),
		.user_id = sql_int(rows, row, 1),
		.created_secs = sql_int(rows, row, 2),
		.seen_secs = sql_int(rows, row, 3),
		.expires_secs = sql_int(rows, row, 4),
		.remote_addr = sql_text(rows, row, 5),
		.user_agent = sql_text(rows, row, 6),
	};
}

/*
 * A session that could not be noted as seen is as good as before: what is lost
 * is a minute of its idle time.  So who reads waits for nobody who writes.
 */
static void
touch(struct sql *db, struct session *session, int64_t now_secs)
{
	struct sql_value args[] = { SQL_INT(session->id), SQL_INT(now_secs) };
	struct err ignored = ERR_INIT;

	if (now_secs - session->seen_secs < SESSION_TOUCH_SECS)
		return;
	if (sql_exec_now(db, statements[TOUCH_SESSION], args, ARRAY_COUNT(args),
		&ignored) == 0)
		session->seen_secs = now_secs;
}

int
session_find(struct sql *db, struct pool *pool,
    const struct user_proof *proof, const struct session_terms *terms,
    struct session *session_r, struct user *user_r, struct err *err)
{
	struct sql_value args[4];
	struct sql_rows rows;

	if (!is_secret(proof->secret))
		return 0;
	args[0] = SQL_TEXT(hash_secret(pool, proof->secret));
	args[1] = SQL_INT(proof->now_secs);
	args[2] = SQL_INT(proof->now_secs - terms->idle_secs);
	args[3] = SQL_TEXT(tenant_clean_host(pool, proof->host));
	if (sql_query(db, pool, statements[FIND_SESSION], args,
		ARRAY_COUNT(args), &rows, err) == -1)
		return -1;
	if (rows.count == 0)
		return 0;
	read_row(&rows, 0, session_r);
	user_read(&rows, 0, SESSION_COLUMN_COUNT, user_r);
	touch(db, session_r, proof->now_secs);
	return 1;
}

int
session_list(struct sql *db, struct pool *pool, int64_t user_id,
    const struct session_terms *terms, int64_t now_secs,
    struct session **sessions_r, size_t *count_r, struct err *err)
{
	struct sql_value args[] = { SQL_INT(user_id), SQL_INT(now_secs),
		SQL_INT(now_secs - terms->idle_secs) };
	struct sql_rows rows;
	struct session *sessions;

	if (sql_query(db, pool, statements[LIST_SESSIONS], args,
		ARRAY_COUNT(args), &rows, err) == -1)
		return -1;
	sessions = pool_alloc_array(pool, rows.count + 1, sizeof(*sessions));
	for (size_t i = 0; i < rows.count; i++)
		read_row(&rows, i, &sessions[i]);
	*sessions_r = sessions;
	*count_r = rows.count;
	return 0;
}

/* ---- ending ---- */

int
session_end(struct sql *db, int64_t user_id, int64_t id, struct err *err)
{
	struct sql_value args[] = { SQL_INT(user_id), SQL_INT(id) };
	int64_t changed;

	if (sql_exec(db, statements[END_SESSION], args, ARRAY_COUNT(args),
		&changed, err) == -1)
		return -1;
	if (changed == 0)
		return err_set(err, ERR_NOT_FOUND, "no session %lld",
		    (long long)id);
	return 0;
}

int
session_end_others(struct sql *db, int64_t user_id, int64_t keep_id,
    struct err *err)
{
	struct sql_value args[] = { SQL_INT(user_id), SQL_INT(keep_id) };

	return sql_exec(db, statements[END_OTHERS], args, ARRAY_COUNT(args),
	    NULL, err);
}

int
session_purge(struct sql *db, const struct session_terms *terms,
    int64_t now_secs, struct err *err)
{
	struct sql_value args[] = { SQL_INT(now_secs),
		SQL_INT(now_secs - terms->idle_secs) };

	return sql_exec(db, statements[PURGE_SESSIONS], args,
	    ARRAY_COUNT(args), NULL, err);
}
