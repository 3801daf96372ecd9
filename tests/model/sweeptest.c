/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <stdlib.h>

#include "lib/tmpdir.h"
#include "model/quota.h"
#include "store/open.h"
#include "sweeptest.h"

int
sweeptest_setup(void **state)
{
	struct sweeptest *f = calloc(1, sizeof(*f));
	struct store_file_config config = { .bucket = "uploads",
		.public_url = "",
		.public_prefixes = "products/" };
	struct err err = ERR_INIT;
	struct clock wall = { .fixed_ms = 0 };
	bool created;

	assert_int_equal(modeltest_setup((void **)&f->test), 0);
	f->pool = f->test->pool;
	f->root = pool_format(f->pool, "%s/store", tmpdir_new(f->pool));
	config.root = f->root;
	assert_int_equal(store_open_file(f->pool, &config, &f->test->store,
			     &err),
	    0);
	assert_int_equal(store_prepare(f->test->store, &created, &err), 0);
	/* Objects are as old as the machine says: the sweep looks later. */
	f->test->clock.fixed_ms = clock_now_ms(&wall) +
	    INT64_C(1000) * 2 * SWEEPTEST_DAY_SECS;
	f->direct = (struct direct){ .db = f->test->db,
		.store = f->test->store,
		.clock = &f->test->clock,
		.log = &f->test->log,
		.rules = f->rules,
		.tenant_id = 1,
		.owner = "" };
	*state = f;
	return 0;
}

int
sweeptest_teardown(void **state)
{
	struct sweeptest *f = *state;

	(void)modeltest_teardown((void **)&f->test);
	free(f);
	return 0;
}

/* ---- making things ---- */

void
sweeptest_sql(struct sweeptest *f, const char *text)
{
	struct err err = ERR_INIT;

	if (sql_exec(f->test->db, text, NULL, 0, NULL, &err) == -1)
		fail_msg("%s: %s", text, err.text);
}

int
sweeptest_put(struct store *store, const char *key, struct err *err)
{
	const struct store_object object = { .key = key,
		.content_type = "image/png" };
	struct pool *pool = pool_new();
	struct store_writer *writer;
	struct store_stored stored;
	int result = store_writer_open(store, pool, &object, &writer, err);

	if (result == 0)
		result = store_writer_write(writer, slice_str("bytes"), err);
	if (result == 0)
		result = store_writer_commit(writer, &stored, err);
	pool_free(&pool);
	return result;
}

void
sweeptest_put_object(struct sweeptest *f, const char *key)
{
	struct err err = ERR_INIT;

	if (sweeptest_put(f->test->store, key, &err) == -1)
		fail_msg("%s: %s", key, err.text);
}

void
sweeptest_file(struct sweeptest *f, const char *key, const char *state,
    bool has_object)
{
	struct err err = ERR_INIT;
	struct file file = { .tenant_id = 1,
		.provider = store_driver(f->test->store),
		.bucket = store_bucket(f->test->store),
		.key = key,
		.original_name = "x.png",
		.content_type = "image/png",
		.created_secs = MODELTEST_NOW_SECS,
		.expires_secs = MODELTEST_NOW_SECS + 60,
		.charged_bytes = 5 };
	int64_t drift;

	assert_int_equal(file_insert(f->test->db, f->pool, &file, &err), 0);
	sweeptest_sql(f, pool_format(f->pool,
	    "UPDATE files SET state = '%s', size_bytes = 5,"
	    " charged_bytes = CASE WHEN '%s' IN ('gone', 'rejected') THEN 0"
	    " ELSE 5 END, expires_secs = CASE '%s' WHEN 'pending'"
	    " THEN expires_secs ELSE 0 END WHERE object_key = '%s'",
	    state, state, state, key));
	assert_int_equal(quota_recount(f->test->db, 1, &drift, &err), 0);
	if (has_object)
		sweeptest_put_object(f, key);
}

bool
sweeptest_has_object(struct sweeptest *f, const char *key)
{
	struct store_info info;
	struct err err = ERR_INIT;
	int found = store_head(f->test->store, f->pool, key, &info, &err);

	assert_int_not_equal(found, -1);
	return found == 1;
}

int64_t
sweeptest_count_files(struct sweeptest *f, const char *state)
{
	return modeltest_number(f->test, pool_format(f->pool,
	    "SELECT count(*) FROM files WHERE state = '%s'", state));
}

/* ---- sweeping ---- */

int
sweeptest_try(struct sweeptest *f, bool is_dry_run, bool want_force,
    struct err *err)
{
	const struct sweep_input input = { .direct = &f->direct,
		.is_dry_run = is_dry_run,
		.want_force = want_force,
		.grace_secs = SWEEPTEST_GRACE_SECS,
		.sessions = { .idle_secs = SWEEPTEST_IDLE_SECS,
		    .max_secs = SWEEPTEST_DAY_SECS } };

	return sweep_run(&input, &f->report, err);
}

void
sweeptest_run(struct sweeptest *f, bool is_dry_run, bool want_force)
{
	struct err err = ERR_INIT;

	if (sweeptest_try(f, is_dry_run, want_force, &err) == -1)
		fail_msg("sweep: %s", err.text);
}

void
sweeptest_check(struct sweeptest *f, enum sweep_kind kind, int64_t found,
    int64_t mended)
{
	const struct sweep_count *count = &f->report.counts[kind];

	if (count->found != found || count->mended != mended ||
	    count->failed != 0)
		fail_msg("%s: found %lld, mended %lld, failed %lld",
		    sweep_kind_name(kind), (long long)count->found,
		    (long long)count->mended, (long long)count->failed);
}
