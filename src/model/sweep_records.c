/*
 * Records whose time is over, and the counters that go with them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "model/idempotency.h"
#include "model/quota.h"
#include "model/sweep_private.h"
#include "model/tenant.h"

enum { ROWS_AT_ONCE = 500 };

/* ---- files that expired ---- */

typedef int (*settle_fn)(struct sweep *sweep, const struct file *file,
    struct err *err);

/* What becomes of expired files of a state. */
struct expiry {
	enum file_state state;
	enum sweep_kind kind;
	settle_fn settle;
};

static void
settle_one(struct sweep *sweep, const struct expiry *expiry,
    const struct file *file)
{
	const struct sweep_item item = { .kind = expiry->kind,
		.key = file->key,
		.size_bytes = file->size_bytes,
		.detail = "" };
	struct err err = ERR_INIT;

	if (sweep_may_mend(sweep, &item))
		sweep_done(sweep, &item, expiry->settle(sweep, file, &err),
		    &err);
}

static int
settle_some(struct sweep *sweep, const struct expiry *expiry,
    struct pool *pool, struct file_expired *which, struct err *err)
{
	struct file *files;
	size_t count;

	if (file_list_expired(sweep->db, pool, which, &files, &count, err) ==
	    -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		settle_one(sweep, expiry, &files[i]);
		which->after_id = files[i].id;
	}
	return count == ROWS_AT_ONCE ? 1 : 0;
}

static int
settle_all(struct sweep *sweep, const struct expiry *expiry, struct err *err)
{
	struct file_expired which = { .store = sweep->store,
		.state = expiry->state,
		.now_secs = sweep->now_secs,
		.limit = ROWS_AT_ONCE };
	struct pool *pool = pool_new();
	int result;

	do {
		pool_clear(pool);
		result = settle_some(sweep, expiry, pool, &which, err);
	} while (result == 1);
	pool_free(&pool);
	return result;
}

/* ---- pending ---- */

static int
settle_pending(struct sweep *sweep, const struct file *file, struct err *err)
{
	enum direct_outcome outcome;

	return direct_settle(sweep->input->direct, file, &outcome, err);
}

int
sweep_pending(struct sweep *sweep, struct err *err)
{
	static const struct expiry expiry = { FILE_PENDING, SWEEP_PENDING,
		settle_pending };

	return settle_all(sweep, &expiry, err);
}

/* ---- trash ---- */

struct trashed {
	const struct file *file;
	int64_t now_secs;
};

static int
discard_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	const struct trashed *trashed = arg;

	return file_discard_expired(tx, trashed->file->tenant_id,
	    trashed->file->id, trashed->now_secs, err);
}

static int
settle_trashed(struct sweep *sweep, const struct file *file, struct err *err)
{
	const struct direct *direct = sweep->input->direct;
	const struct outbox outbox = { sweep->db, sweep->store, direct->clock,
		direct->log };
	struct trashed trashed = { file, sweep->now_secs };

	if (sql_transaction(sweep->db, discard_in_transaction, &trashed,
		err) == -1)
		return -1;
	outbox_run_now(&outbox);
	return 0;
}

int
sweep_trash(struct sweep *sweep, struct err *err)
{
	static const struct expiry expiry = { FILE_TRASHED, SWEEP_TRASH,
		settle_trashed };

	return settle_all(sweep, &expiry, err);
}

/* ---- quota ---- */

static int
sweep_tenant(struct sweep *sweep, struct pool *pool, int64_t tenant_id,
    struct err *err)
{
	struct sweep_item item = { .kind = SWEEP_QUOTA,
		.key = pool_format(pool, "tenants/%lld", (long long)tenant_id),
		.detail = "" };
	int result;

	if (quota_drift(sweep->db, tenant_id, &item.size_bytes, err) == -1)
		return -1;
	if (item.size_bytes == 0 || !sweep_may_mend(sweep, &item))
		return 0;
	result = quota_recount(sweep->db, tenant_id, &item.size_bytes, err);
	sweep_done(sweep, &item, result, err);
	return 0;
}

int
sweep_quota(struct sweep *sweep, struct err *err)
{
	struct pool *pool = pool_new();
	struct tenant *tenants;
	size_t count = 0;
	int result = tenant_list(sweep->db, pool, &tenants, &count, err);

	for (size_t i = 0; result == 0 && i < count; i++)
		result = sweep_tenant(sweep, pool, tenants[i].id, err);
	pool_free(&pool);
	return result;
}

/* ---- what was kept for a while ---- */

int
sweep_purge(struct sweep *sweep, struct err *err)
{
	if (sweep->input->is_dry_run)
		return 0;
	if (sweep->input->sessions.idle_secs > 0 &&
	    session_purge(sweep->db, &sweep->input->sessions,
		sweep->now_secs, err) == -1)
		return -1;
	return idempotency_purge(sweep->db, sweep->now_secs, err);
}
