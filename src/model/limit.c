/*
 * One number says all about a bucket: the moment it is full again (the
 * "theoretical arrival time" of the generic cell rate algorithm).  Taking a
 * token puts it off by cost_us, the time in which one token comes back; a
 * bucket is empty when that moment is burst times cost_us away.  Nothing is
 * rounded from one token to the next, and as the number only ever grows, a
 * server whose clock is behind gives nobody more than one with the right time.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <string.h>

#include "base/rand.h"
#include "codec/digest.h"
#include "codec/hex.h"
#include "model/limit_private.h"

/* A moment that far ahead was written by a clock that was wrong. */
#define SKEW_US "600000000"

enum {
	PURGE_CHANCE = 1000, /* one taking in so many */
	COLUMNS = 4
};

#define US_PER_SEC INT64_C(1000000)

/* A bucket with a limit, and what the database said about it. */
struct row {
	const struct limit_rule *rule;
	const char *name;
	int64_t cost_us, span_us;
	int64_t full_us; /* 0: there was no row */
	bool is_taken;
};

struct rows {
	struct row rows[LIMIT_BUCKETS_MAX];
	size_t count;
	int64_t now_us;
};

/*
 * The row that would be inserted says what time it is: a full bucket from
 * which one was taken is full again at now + cost_us.  Rows are locked in the
 * order of their names, so that two who want the same cannot wait for each
 * other.
 */
#define TAKE_HEAD \
	"INSERT INTO rate_buckets (name, full_us, cost_us, span_us) VALUES "
#define NOW "(excluded.full_us - excluded.cost_us)"
#define TAKE_TAIL                                                       \
	" ON CONFLICT (name) DO UPDATE SET full_us = CASE"              \
	"  WHEN rate_buckets.full_us > " NOW " + excluded.span_us + "   \
	SKEW_US " THEN " NOW " + excluded.span_us"                      \
	"  WHEN rate_buckets.full_us > " NOW                            \
	" THEN rate_buckets.full_us + excluded.cost_us"                 \
	"  ELSE excluded.full_us END"                                   \
	" WHERE rate_buckets.full_us + excluded.cost_us"                \
	"  <= " NOW " + excluded.span_us"                               \
	" OR rate_buckets.full_us > " NOW " + excluded.span_us + "      \
	SKEW_US " RETURNING name, full_us"
#define VALUES_1 "($1, $2, $3, $4)"
#define VALUES_2 VALUES_1 ", ($5, $6, $7, $8)"
#define VALUES_3 VALUES_2 ", ($9, $10, $11, $12)"
#define VALUES_4 VALUES_3 ", ($13, $14, $15, $16)"

static const char *const take_sql[LIMIT_BUCKETS_MAX + 1] = {
	[1] = TAKE_HEAD VALUES_1 TAKE_TAIL,
	[2] = TAKE_HEAD VALUES_2 TAKE_TAIL,
	[3] = TAKE_HEAD VALUES_3 TAKE_TAIL,
	[4] = TAKE_HEAD VALUES_4 TAKE_TAIL,
};

enum statement { FIND, GIVE_BACK, REFILL, PURGE };

static const char *const sql[] = {
	[FIND] = "SELECT full_us FROM rate_buckets WHERE name = $1",
	[GIVE_BACK] = "UPDATE rate_buckets SET full_us = full_us - cost_us"
		      " WHERE name = $1",
	[REFILL] = "DELETE FROM rate_buckets WHERE name = $1",
	[PURGE] = "DELETE FROM rate_buckets WHERE full_us <= $1"
		  " OR full_us > $1 + span_us + " SKEW_US,
};

/* ---- rows ---- */

/* A rule that was changed has new buckets. */
static const char *
name_of(struct pool *pool, const struct limit_bucket *bucket)
{
	const struct limit_rule *rule = bucket->rule;
	const char *text = pool_format(pool, "%s/%lld/%lld/%s/%s", rule->name,
	    (long long)rule->burst, (long long)rule->per_secs, bucket->kind,
	    bucket->who);
	uint8_t hash[SHA256_BYTES];

	sha256(slice_str(text), hash);
	return hex_encode(pool, slice_make(hash, sizeof(hash)));
}

static struct row
make_row(struct pool *pool, const struct limit_bucket *bucket)
{
	const struct limit_rule *rule = bucket->rule;
	int64_t cost_us = rule->per_secs * US_PER_SEC / rule->burst;

	if (cost_us == 0)
		cost_us = 1;
	return (struct row){ .rule = rule,
		.name = name_of(pool, bucket),
		.cost_us = cost_us,
		.span_us = cost_us * rule->burst };
}

/* In the order of names. */
static void
insert_row(struct rows *rows, struct row row)
{
	size_t at = rows->count++;

	for (; at > 0 && strcmp(rows->rows[at - 1].name, row.name) > 0; at--)
		rows->rows[at] = rows->rows[at - 1];
	rows->rows[at] = row;
}

static void
make_rows(struct pool *pool, const struct limiter *limiter,
    const struct limit_bucket *buckets, size_t count, struct rows *rows_r)
{
	assert(count <= LIMIT_BUCKETS_MAX);
	rows_r->count = 0;
	rows_r->now_us = clock_now_ms(limiter->clock) * 1000;
	for (size_t i = 0; i < count; i++)
		if (buckets[i].rule->burst > 0)
			insert_row(rows_r, make_row(pool, &buckets[i]));
}

/* ---- verdicts ---- */

static int64_t
secs_of(int64_t us)
{
	return us <= 0 ? 0 : (us + US_PER_SEC - 1) / US_PER_SEC;
}

static struct limit_verdict
judge(const struct row *row, int64_t now_us)
{
	int64_t used_us = row->full_us > now_us ? row->full_us - now_us : 0;
	int64_t left_us;

	if (used_us > row->span_us)
		used_us = row->span_us;
	left_us = row->span_us - used_us;
	return (struct limit_verdict){ .rule = row->rule,
		.is_allowed = row->is_taken || left_us >= row->cost_us,
		.remaining = left_us / row->cost_us,
		.retry_secs = secs_of(row->cost_us - left_us),
		.reset_secs = secs_of(used_us) };
}

/* Of two that let one pass the emptier, of two that do not the longer wait. */
static bool
is_stricter(const struct limit_verdict *a, const struct limit_verdict *b)
{
	if (a->is_allowed != b->is_allowed)
		return !a->is_allowed;
	if (a->remaining != b->remaining)
		return a->remaining < b->remaining;
	return a->retry_secs > b->retry_secs;
}

static struct limit_verdict
judge_all(const struct rows *rows)
{
	struct limit_verdict verdict = { .is_allowed = true }, other;

	for (size_t i = 0; i < rows->count; i++) {
		other = judge(&rows->rows[i], rows->now_us);
		if (i == 0 || is_stricter(&other, &verdict))
			verdict = other;
	}
	return verdict;
}

/* ---- statements ---- */

static int
load_row(struct pool *pool, struct limiter *limiter, struct row *row,
    struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(row->name) };
	struct sql_rows found;

	if (sql_query(limiter->db, pool, sql[FIND], args, ARRAY_COUNT(args),
		&found, err) == -1)
		return -1;
	row->full_us = found.count == 0 ? 0 : sql_int(&found, 0, 0);
	return 0;
}

/* Those whose row comes back had a token. */
static void
mark_taken(struct rows *rows, const struct sql_rows *found)
{
	for (size_t i = 0; i < found->count; i++)
		for (size_t k = 0; k < rows->count; k++)
			if (strcmp(rows->rows[k].name,
				sql_text(found, i, 0)) == 0) {
				rows->rows[k].full_us = sql_int(found, i, 1);
				rows->rows[k].is_taken = true;
			}
}

static int
take_rows(struct pool *pool, struct limiter *limiter, struct rows *rows,
    struct err *err)
{
	struct sql_value args[LIMIT_BUCKETS_MAX * COLUMNS];
	struct sql_rows found;
	size_t n = 0;

	for (size_t i = 0; i < rows->count; i++) {
		const struct row *row = &rows->rows[i];

		args[n++] = SQL_TEXT(row->name);
		args[n++] = SQL_INT(rows->now_us + row->cost_us);
		args[n++] = SQL_INT(row->cost_us);
		args[n++] = SQL_INT(row->span_us);
	}
	/* When it is sent again after a lost answer, one token more is gone. */
	if (sql_query(limiter->db, pool, take_sql[rows->count], args, n,
		&found, err) == -1)
		return -1;
	mark_taken(rows, &found);
	return found.count == rows->count ? 1 : 0;
}

/* Some were empty: the others get theirs back. */
static int
settle_refusal(struct pool *pool, struct limiter *limiter, struct rows *rows,
    struct err *err)
{
	for (size_t i = 0; i < rows->count; i++) {
		struct row *row = &rows->rows[i];
		struct sql_value args[] = { SQL_TEXT(row->name) };

		if (row->is_taken) {
			if (sql_exec(limiter->db, sql[GIVE_BACK], args,
				ARRAY_COUNT(args), NULL, err) == -1)
				return -1;
			row->full_us -= row->cost_us;
		} else if (load_row(pool, limiter, row, err) == -1) {
			return -1;
		}
	}
	return 0;
}

/* The one that refused may have got a token meanwhile: it is too late. */
static struct limit_verdict
judge_refusal(struct rows *rows)
{
	struct rows empty = { .now_us = rows->now_us };
	struct limit_verdict verdict;

	for (size_t i = 0; i < rows->count; i++)
		if (!rows->rows[i].is_taken)
			empty.rows[empty.count++] = rows->rows[i];
	verdict = judge_all(&empty);
	if (verdict.is_allowed) {
		verdict.is_allowed = false;
		verdict.remaining = 0;
		verdict.retry_secs = 1;
	}
	return verdict;
}

static int
take(struct pool *pool, struct limiter *limiter, struct rows *rows,
    struct limit_verdict *verdict_r, struct err *err)
{
	int taken = take_rows(pool, limiter, rows, err);

	if (taken == -1)
		return -1;
	if (taken == 0) {
		if (settle_refusal(pool, limiter, rows, err) == -1)
			return -1;
		*verdict_r = judge_refusal(rows);
		return 0;
	}
	*verdict_r = judge_all(rows);
	return 0;
}

/* Where no sweeper runs full buckets go nevertheless; it need not succeed. */
static void
purge_by_chance(struct limiter *limiter)
{
	struct err ignored;

	if (rand_below(PURGE_CHANCE) == 0 &&
	    limiter_purge(limiter, &ignored) == -1)
		return;
}

static int
take_all(struct pool *pool, struct limiter *limiter, struct rows *rows,
    struct limit_verdict *verdict_r, struct err *err)
{
	if (rows->count == 0) {
		*verdict_r = judge_all(rows);
		return 0;
	}
	if (limit_open(limiter, err) == -1 ||
	    take(pool, limiter, rows, verdict_r, err) == -1)
		return -1;
	purge_by_chance(limiter);
	return 0;
}

int
limiter_take(struct limiter *limiter, const struct limit_bucket *buckets,
    size_t count, struct limit_verdict *verdict_r, struct err *err)
{
	struct pool *pool = pool_new();
	struct rows rows;
	int result;

	make_rows(pool, limiter, buckets, count, &rows);
	result = take_all(pool, limiter, &rows, verdict_r, err);
	pool_free(&pool);
	return result;
}

static int
load_rows(struct pool *pool, struct limiter *limiter, struct rows *rows,
    struct err *err)
{
	if (rows->count > 0 && limit_open(limiter, err) == -1)
		return -1;
	for (size_t i = 0; i < rows->count; i++)
		if (load_row(pool, limiter, &rows->rows[i], err) == -1)
			return -1;
	return 0;
}

int
limiter_peek(struct limiter *limiter, const struct limit_bucket *buckets,
    size_t count, struct limit_verdict *verdict_r, struct err *err)
{
	struct pool *pool = pool_new();
	struct rows rows;
	int result;

	make_rows(pool, limiter, buckets, count, &rows);
	result = load_rows(pool, limiter, &rows, err);
	*verdict_r = judge_all(&rows);
	pool_free(&pool);
	return result;
}

static int
change(struct pool *pool, struct limiter *limiter, enum statement statement,
    const struct limit_bucket *bucket, struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(name_of(pool, bucket)) };

	if (limit_open(limiter, err) == -1)
		return -1;
	return sql_exec(limiter->db, sql[statement], args, ARRAY_COUNT(args),
	    NULL, err);
}

static int
change_one(struct limiter *limiter, enum statement statement,
    const struct limit_bucket *bucket, struct err *err)
{
	struct pool *pool;
	int result;

	if (bucket->rule->burst == 0)
		return 0;
	pool = pool_new();
	result = change(pool, limiter, statement, bucket, err);
	pool_free(&pool);
	return result;
}

int
limiter_refill(struct limiter *limiter, const struct limit_bucket *bucket,
    struct err *err)
{
	return change_one(limiter, REFILL, bucket, err);
}

int
limiter_give_back(struct limiter *limiter, const struct limit_bucket *bucket,
    struct err *err)
{
	return change_one(limiter, GIVE_BACK, bucket, err);
}

int
limiter_purge(struct limiter *limiter, struct err *err)
{
	struct sql_value args[] = { SQL_INT(
	    clock_now_ms(limiter->clock) * 1000) };

	if (limit_open(limiter, err) == -1)
		return -1;
	return sql_exec(limiter->db, sql[PURGE], args, ARRAY_COUNT(args),
	    NULL, err);
}
