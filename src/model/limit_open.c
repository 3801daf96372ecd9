/*
 * Where the buckets of rate limits are kept.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/slice.h"
#include "model/limit_private.h"

#define SQLITE "sqlite:"
#define MEMORY ":memory:"

enum {
	CONNECTIONS_MAX = 2, /* statements are short */
	OPEN_TRIES = 3
};

static const char table[] =
    "(name TEXT NOT NULL PRIMARY KEY,"
    " full_us BIGINT NOT NULL,"
    " cost_us BIGINT NOT NULL,"
    " span_us BIGINT NOT NULL)";

static const char look[] = "SELECT 1 FROM rate_buckets WHERE name = ''";

/*
 * Of two processes that make the table at the same moment PostgreSQL refuses
 * one; and where it is there already, one need not have the right to make it.
 */
static int
make_table(struct pool *pool, struct sql *db, struct err *err)
{
	const char *script = pool_format(pool,
	    "CREATE %sTABLE IF NOT EXISTS rate_buckets %s",
	    sql_is_pgsql(db) ? "UNLOGGED " : "", table);
	struct sql_rows rows;
	struct err ignored;

	for (int tries = 1; sql_script(db, script, err) == -1; tries++) {
		if (sql_query(db, pool, look, NULL, 0, &rows,
			&ignored) == 0)
			return 0;
		if (tries == OPEN_TRIES)
			return err_wrap(err, "rate limits");
	}
	return 0;
}

static int
open_db(struct pool *pool, const char *url, struct sql **db_r, struct err *err)
{
	bool is_sqlite = slice_has_prefix(slice_str(url), SQLITE);

	if (is_sqlite && strcmp(url, SQLITE MEMORY) != 0)
		url = pool_format(pool, "%s-limits", url);
	/* A file of SQLite has one writer; it waits here, and not there. */
	if (sql_open_volatile(pool, url, is_sqlite ? 1 : CONNECTIONS_MAX, db_r,
		err) == -1)
		return err_wrap(err, "rate limits");
	return make_table(pool, *db_r, err);
}

/* With the mutex held. */
static int
open_now(struct limiter *limiter, struct err *err)
{
	struct pool *pool;

	if (limiter->db != NULL)
		return 0;
	pool = pool_new_secret();
	if (open_db(pool, limiter->url, &limiter->db, err) == -1) {
		limiter->db = NULL;
		pool_free(&pool);
		return -1;
	}
	limiter->pool = pool;
	return 0;
}

/* A CGI program that answers a page must not pay for a connection. */
int
limit_open(struct limiter *limiter, struct err *err)
{
	int result;

	(void)pthread_mutex_lock(&limiter->mutex);
	result = open_now(limiter, err);
	(void)pthread_mutex_unlock(&limiter->mutex);
	return result;
}

static void
close_limiter(void *arg)
{
	struct limiter *limiter = arg;

	if (limiter->pool != NULL)
		pool_free(&limiter->pool);
	(void)pthread_mutex_destroy(&limiter->mutex);
}

struct limiter *
limiter_new(struct pool *pool, const char *url, const struct clock *clock)
{
	struct limiter *limiter = POOL_NEW(pool, struct limiter);

	limiter->url = pool_strdup(pool, url);
	limiter->clock = clock;
	(void)pthread_mutex_init(&limiter->mutex, NULL);
	pool_on_clear(pool, close_limiter, limiter);
	return limiter;
}

int
limiter_open_in(struct pool *pool, struct sql *db, const struct clock *clock,
    struct limiter **limiter_r, struct err *err)
{
	struct limiter *limiter = limiter_new(pool, "", clock);

	if (make_table(pool, db, err) == -1)
		return -1;
	limiter->db = db;
	*limiter_r = limiter;
	return 0;
}
