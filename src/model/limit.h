/*
 * Rate limits: token buckets that hold across processes and instances.
 *
 * A bucket is a row that says when it is full again; taking from it is one
 * atomic statement.  Rows need not survive a power cut, so they live apart:
 * for SQLite in a database file of their own that never syncs, for PostgreSQL
 * in an unlogged table, committed without waiting for the disk.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_LIMIT_H
#define MODEL_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "sql/sql.h"

enum { LIMIT_BUCKETS_MAX = 4 };

/* Refills evenly: burst tokens in per_secs seconds, and holds no more. */
struct limit_rule {
	const char *name; /* for the headers: "upload" */
	int64_t burst;	  /* 0: no limit */
	int64_t per_secs;
};

struct limit_bucket {
	const struct limit_rule *rule;
	const char *kind; /* "user", "token", "address" */
	const char *who;  /* any text; hashed before it is kept */
};

struct limit_verdict {
	bool is_allowed;
	/* Of the bucket that decided: the emptiest. */
	const struct limit_rule *rule; /* NULL: none had a limit */
	int64_t remaining;  /* tokens left now */
	int64_t retry_secs; /* until the next one; 0 when there is one */
	int64_t reset_secs; /* until it is full */
};

struct limiter;

/*
 * url is DATABASE_URL; the rows of SQLite live in the file beside it with
 * "-limits" at its end.  It is opened when the first limit is looked at, and
 * closed when the pool is cleared.
 */
struct limiter *limiter_new(struct pool *pool, const char *url,
    const struct clock *clock);
/* The same in a database that is open already; makes its table. */
int limiter_open_in(struct pool *pool, struct sql *db,
    const struct clock *clock, struct limiter **limiter_r, struct err *err)
    ATTR_MUST_USE;
/*
 * Take one token from each of up to LIMIT_BUCKETS_MAX different ones, or from
 * none: what was taken of the others is given back at once.
 */
int limiter_take(struct limiter *limiter, const struct limit_bucket *buckets,
    size_t count, struct limit_verdict *verdict_r, struct err *err)
    ATTR_MUST_USE;
/* Look without taking. */
int limiter_peek(struct limiter *limiter, const struct limit_bucket *buckets,
    size_t count, struct limit_verdict *verdict_r, struct err *err)
    ATTR_MUST_USE;
/* Fill one up again: after a login that was right. */
int limiter_refill(struct limiter *limiter, const struct limit_bucket *bucket,
    struct err *err) ATTR_MUST_USE;
/* Give one token back: what it was taken for did not count after all. */
int limiter_give_back(struct limiter *limiter,
    const struct limit_bucket *bucket, struct err *err) ATTR_MUST_USE;
/* Forget full buckets; for the sweeper. */
int limiter_purge(struct limiter *limiter, struct err *err) ATTR_MUST_USE;
/*
 * Whose bucket an address has: its own, or that of the /64 of an IPv6 address;
 * who has one address there has 2^64 (RFC 4291 section 2.5.4).
 */
const char *limit_address(struct pool *pool, const char *remote_addr);

#endif
