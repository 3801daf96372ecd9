/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/buf.h"
#include "base/rand.h"
#include "codec/digest.h"
#include "codec/hex.h"
#include "model/api_token.h"
#include "model/tenant.h"
#include "model/user_private.h"

enum {
	SECRET_BYTES = 32,
	SECRET_CHARS = 43, /* of base64url, without padding */
	LIST_MAX = 1000,
	SCOPES_TEXT_MAX = 32
};

enum statement {
	HOLD_USER,
	COUNT_LIVING,
	INSERT_TOKEN,
	FIND_TOKEN,
	TOUCH_TOKEN,
	LIST_TOKENS,
	REVOKE_TOKEN,
	STATEMENT_COUNT
};

#define TOKEN_COLUMNS                                           \
	"a.id, a.user_id, a.name, a.scopes, a.created_secs,"    \
	" a.expires_secs, a.used_secs, a.is_revoked"

enum { TOKEN_COLUMN_COUNT = 8 };

static const char *const statements[STATEMENT_COUNT] = {
	/* Of two who count at once the second one waits, and sees the first. */
	[HOLD_USER] = "UPDATE users SET is_disabled = is_disabled"
		      " WHERE id = $1",
	[COUNT_LIVING] = "SELECT count(*) FROM api_tokens WHERE user_id = $1"
			 " AND is_revoked = 0"
			 " AND (expires_secs = 0 OR expires_secs > $2)",
	[INSERT_TOKEN] =
	    "INSERT INTO api_tokens (id, secret_hash, user_id, name, scopes,"
	    " created_secs, expires_secs, used_secs, is_revoked)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0)",
	[FIND_TOKEN] =
	    "SELECT " TOKEN_COLUMNS ", " USER_COLUMNS " FROM api_tokens a"
	    " JOIN users u ON u.id = a.user_id"
	    " JOIN tenants t ON t.id = u.tenant_id"
	    " WHERE a.secret_hash = $1 AND a.is_revoked = 0"
	    " AND (a.expires_secs = 0 OR a.expires_secs > $2)"
	    " AND" USER_MAY_COME("$3"),
	[TOUCH_TOKEN] = "UPDATE api_tokens SET used_secs = $2"
			" WHERE id = $1 AND used_secs < $2",
	[LIST_TOKENS] = "SELECT " TOKEN_COLUMNS " FROM api_tokens a"
			" WHERE a.user_id = $1"
			" ORDER BY a.created_secs DESC, a.id DESC LIMIT $2",
	[REVOKE_TOKEN] = "UPDATE api_tokens SET is_revoked = 1"
			 " WHERE user_id = $1 AND id = $2"
			 " AND is_revoked = 0",
};

/* ---- scopes ---- */

static const struct {
	unsigned bit;
	const char *name;
} scope_names[] = {
	{ API_SCOPE_READ, "read" },
	{ API_SCOPE_WRITE, "write" },
	{ API_SCOPE_ADMIN, "admin" },
};

const char *
api_scopes_format(struct pool *pool, unsigned scopes)
{
	struct buf text;

	buf_init(&text, pool, SCOPES_TEXT_MAX);
	for (size_t i = 0; i < ARRAY_COUNT(scope_names); i++)
		if ((scopes & scope_names[i].bit) != 0)
			(void)buf_format(&text, "%s%s",
			    text.len > 0 ? "," : "", scope_names[i].name);
	return text.data;
}

static unsigned
find_scope(struct slice name)
{
	for (size_t i = 0; i < ARRAY_COUNT(scope_names); i++)
		if (slice_eq_str(name, scope_names[i].name))
			return scope_names[i].bit;
	return 0;
}

bool
api_scopes_parse(struct slice text, unsigned *scopes_r)
{
	struct slice name;
	unsigned scopes = 0, scope;

	while (slice_next(&text, ',', &name)) {
		scope = find_scope(slice_trim(name));
		if (scope == 0)
			return false;
		scopes |= scope;
	}
	*scopes_r = scopes;
	return scopes != 0;
}

/* ---- inserting ---- */

struct insertion {
	struct pool *pool;
	const struct api_token *token;
	const char *secret_hash;
};

static const char *
hash_text(struct pool *pool, struct slice text)
{
	uint8_t digest[SHA256_BYTES];

	sha256(text, digest);
	return hex_encode(pool, slice_make(digest, sizeof(digest)));
}

static int
hold_user(struct sql *tx, int64_t user_id, struct err *err)
{
	struct sql_value args[] = { SQL_INT(user_id) };
	int64_t changed;

	if (sql_exec(tx, statements[HOLD_USER], args, ARRAY_COUNT(args),
		&changed, err) == -1)
		return -1;
	if (changed == 0)
		return err_set(err, ERR_NOT_FOUND, "no user %lld",
		    (long long)user_id);
	return 0;
}

static int
check_count(struct sql *tx, const struct insertion *insertion,
    struct err *err)
{
	struct sql_value args[] = { SQL_INT(insertion->token->user_id),
		SQL_INT(insertion->token->created_secs) };
	struct sql_rows rows;

	if (sql_query(tx, insertion->pool, statements[COUNT_LIVING], args,
		ARRAY_COUNT(args), &rows, err) == -1)
		return -1;
	if (sql_int(&rows, 0, 0) >= API_TOKENS_MAX)
		return err_set_code(err, ERR_CONFLICT, "too_many_tokens",
		    "nobody has more than %d tokens: revoke one first",
		    API_TOKENS_MAX);
	return 0;
}

static int
insert_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	const struct insertion *insertion = arg;
	const struct api_token *token = insertion->token;
	struct sql_value args[] = { SQL_INT(token->id),
		SQL_TEXT(insertion->secret_hash), SQL_INT(token->user_id),
		SQL_TEXT(token->name), SQL_INT(token->scopes),
		SQL_INT(token->created_secs), SQL_INT(token->expires_secs) };

	if (hold_user(tx, token->user_id, err) == -1 ||
	    check_count(tx, insertion, err) == -1)
		return -1;
	return sql_exec(tx, statements[INSERT_TOKEN], args, ARRAY_COUNT(args),
	    NULL, err);
}

int
api_token_insert(struct sql *db, struct pool *pool, struct api_token *token,
    const char **text_r, struct err *err)
{
	unsigned char secret[SECRET_BYTES];
	struct insertion insertion = { .pool = pool, .token = token };
	const char *text;

	if (*token->name == '\0' ||
	    !user_is_name(token->name, API_TOKEN_NAME_MAX))
		return err_set_code(err, ERR_INVALID, "bad_name",
		    "a token's name is 1 to %d printable characters",
		    API_TOKEN_NAME_MAX);
	rand_bytes(secret, sizeof(secret));
	text = pool_format(pool, API_TOKEN_PREFIX "%s",
	    base64url_encode(pool, slice_make(secret, sizeof(secret))));
	explicit_bzero(secret, sizeof(secret));
	token->id = user_random_id();
	insertion.secret_hash = hash_text(pool, slice_str(text));
	if (sql_transaction(db, insert_in_transaction, &insertion, err) == -1)
		return -1;
	*text_r = text;
	return 0;
}

/* ---- finding ---- */

static void
read_row(const struct sql_rows *rows, size_t row, struct api_token *token_r)
{
	*token_r = (struct api_token){
		.id = sql_int(rows, row, 0),
		.user_id = sql_int(rows, row, 1),
		.name = sql_text(rows, row, 2),
		.scopes = (unsigned)sql_int(rows, row, 3),
		.created_secs = sql_int(rows, row, 4),
		.expires_secs = sql_int(rows, row, 5),
		.used_secs = sql_int(rows, row, 6),
		.is_revoked = sql_int(rows, row, 7) != 0,
	};
}

/*
 * A token works whether or not its use could be noted, so who reads waits for
 * nobody who writes.
 */
static void
touch(struct sql *db, struct api_token *token, int64_t now_secs)
{
	struct sql_value args[] = { SQL_INT(token->id), SQL_INT(now_secs) };
	struct err ignored = ERR_INIT;

	if (now_secs - token->used_secs < API_TOKEN_TOUCH_SECS)
		return;
	if (sql_exec_now(db, statements[TOUCH_TOKEN], args, ARRAY_COUNT(args),
		&ignored) == 0)
		token->used_secs = now_secs;
}

static bool
is_token(struct slice text)
{
	return text.len == strlen(API_TOKEN_PREFIX) + SECRET_CHARS &&
	    slice_has_prefix(text, API_TOKEN_PREFIX);
}

int
api_token_find(struct sql *db, struct pool *pool,
    const struct user_proof *proof, struct api_token *token_r,
    struct user *user_r, struct err *err)
{
	struct sql_value args[3];
	struct sql_rows rows;

	if (!is_token(proof->secret))
		return 0;
	args[0] = SQL_TEXT(hash_text(pool, proof->secret));
	args[1] = SQL_INT(proof->now_secs);
	args[2] = SQL_TEXT(tenant_clean_host(pool, proof->host));
	if (sql_query(db, pool, statements[FIND_TOKEN], args,
		ARRAY_COUNT(args), &rows, err) == -1)
		return -1;
	if (rows.count == 0)
		return 0;
	read_row(&rows, 0, token_r);
	user_read(&rows, 0, TOKEN_COLUMN_COUNT, user_r);
	touch(db, token_r, proof->now_secs);
	return 1;
}

int
api_token_list(struct sql *db, struct pool *pool, int64_t user_id,
    struct api_token **tokens_r, size_t *count_r, struct err *err)
{
	struct sql_value args[] = { SQL_INT(user_id), SQL_INT(LIST_MAX) };
	struct sql_rows rows;
	struct api_token *tokens;

	if (sql_query(db, pool, statements[LIST_TOKENS], args,
		ARRAY_COUNT(args), &rows, err) == -1)
		return -1;
	tokens = pool_alloc_array(pool, rows.count + 1, sizeof(*tokens));
	for (size_t i = 0; i < rows.count; i++)
		read_row(&rows, i, &tokens[i]);
	*tokens_r = tokens;
	*count_r = rows.count;
	return 0;
}

int
api_token_revoke(struct sql *db, int64_t user_id, int64_t id, struct err *err)
{
	struct sql_value args[] = { SQL_INT(user_id), SQL_INT(id) };
	int64_t changed;

	if (sql_exec(db, statements[REVOKE_TOKEN], args, ARRAY_COUNT(args),
		&changed, err) == -1)
		return -1;
	if (changed == 0)
		return err_set(err, ERR_NOT_FOUND, "no living token %lld",
		    (long long)id);
	return 0;
}
