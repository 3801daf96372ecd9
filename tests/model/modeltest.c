/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "lib/database.h"
#include "model/quota.h"
#include "model/schema.h"
#include "model/tenant.h"
#include "modeltest.h"

enum { LOG_MAX = 256 * 1024 };

int
modeltest_setup(void **state)
{
	struct modeltest *test = calloc(1, sizeof(*test));
	struct err err = ERR_INIT;

	test->pool = pool_new();
	test->clock.fixed_ms = MODELTEST_NOW_SECS * 1000;
	assert_int_equal(file_open_unnamed("/tmp", &test->log_fd, &err), 0);
	file_close_with(test->pool, test->log_fd);
	log_init(&test->log, test->log_fd, LOG_INFO);
	assert_int_equal(
	    fault_open(test->pool,
		database_new(test->pool, "sqlite::memory:"), &test->db, &err),
	    0);
	assert_int_equal(sql_migrate(test->db, schema_migrations,
			     SCHEMA_VERSION, &test->log, &err),
	    0);
	test->mem = store_mem_open(test->pool);
	test->store = &test->mem->base;
	(void)modeltest_log(test);
	*state = test;
	return 0;
}

int
modeltest_teardown(void **state)
{
	struct modeltest *test = *state;

	pool_free(&test->pool);
	free(test);
	return 0;
}

int64_t
modeltest_number(struct modeltest *test, const char *text)
{
	struct sql_rows rows;
	struct err err = ERR_INIT;

	if (sql_query(test->db, test->pool, text, NULL, 0, &rows, &err) == -1)
		fail_msg("%s: %s", text, err.text);
	assert_int_equal(rows.count, 1);
	return sql_int(&rows, 0, 0);
}

const char *
modeltest_log(struct modeltest *test)
{
	char *text = pool_alloc(test->pool, LOG_MAX + 1);
	ssize_t len = pread(test->log_fd, text, LOG_MAX, 0);

	assert_true(len >= 0);
	assert_int_equal(ftruncate(test->log_fd, 0), 0);
	assert_int_equal(lseek(test->log_fd, 0, SEEK_SET), 0);
	return text;
}

int
modeltest_outbox(struct modeltest *test, int limit, int *left_r,
    struct err *err)
{
	const struct outbox outbox = { test->db, test->store, &test->clock,
		&test->log };

	return outbox_run(&outbox, limit, left_r, err);
}

int64_t
modeltest_image(struct modeltest *test, const char *key)
{
	const struct store_object object = { .key = key,
		.content_type = "image/png",
		.cache_control = "" };
	struct file file = { .tenant_id = 1,
		.provider = store_driver(test->store),
		.bucket = store_bucket(test->store),
		.key = key,
		.original_name = "foto.png",
		.content_type = "image/png",
		.created_secs = MODELTEST_NOW_SECS,
		.expires_secs = MODELTEST_NOW_SECS + 60,
		.charged_bytes = 9 };
	struct store_writer *writer;
	struct store_stored stored;
	struct err err = ERR_INIT;

	assert_int_equal(file_insert(test->db, test->pool, &file, &err), 0);
	assert_int_equal(store_writer_open(test->store, test->pool, &object,
			     &writer, &err),
	    0);
	assert_int_equal(store_writer_commit(writer, &stored, &err), 0);
	file.size_bytes = 7;
	file.sha256 = stored.sha256;
	file.etag = "tag";
	file.width = 640;
	file.height = 480;
	file.frames = 1;
	assert_int_equal(file_update_stored(test->db, &file, &err), 0);
	return file.id;
}

void
modeltest_check_quota(struct modeltest *test)
{
	struct tenant *tenants;
	struct err err = ERR_INIT;
	size_t count;

	assert_int_equal(
	    tenant_list(test->db, test->pool, &tenants, &count, &err), 0);
	for (size_t i = 0; i < count; i++) {
		const struct tenant *tenant = &tenants[i];
		int64_t drift;

		assert_int_equal(
		    quota_drift(test->db, tenant->id, &drift, &err), 0);
		assert_int_equal(drift, 0);
		assert_true(tenant->used_bytes >= 0 &&
		    tenant->reserved_bytes >= 0);
		if (tenant->quota_bytes != 0)
			assert_true(tenant->used_bytes +
				tenant->reserved_bytes <=
			    tenant->quota_bytes);
		if (tenant->quota_objects != 0)
			assert_true(tenant->used_objects +
				tenant->reserved_objects <=
			    tenant->quota_objects);
	}
	assert_int_equal(
	    modeltest_number(test,
		"SELECT count(*) FROM files WHERE charged_bytes <>"
		" CASE WHEN state IN ('live', 'trashed') THEN size_bytes"
		" WHEN state = 'pending' THEN charged_bytes ELSE 0 END"),
	    0);
}

void
modeltest_check(struct modeltest *test)
{
	struct sql_rows rows;
	struct err err = ERR_INIT;

	modeltest_check_quota(test);
	/* Products with an image have a live one, and its object is there. */
	assert_int_equal(sql_query(test->db, test->pool,
			     "SELECT coalesce(f.state, ''),"
			     " coalesce(f.object_key, '')"
			     " FROM products p LEFT JOIN files f"
			     " ON f.id = p.image_file_id"
			     " WHERE p.image_file_id IS NOT NULL",
			     NULL, 0, &rows, &err),
	    0);
	for (size_t i = 0; i < rows.count; i++) {
		assert_string_equal(sql_text(&rows, i, 0), "live");
		assert_non_null(
		    store_mem_find(test->mem, sql_text(&rows, i, 1)));
	}
	/* A live file is somebody's. */
	assert_int_equal(modeltest_number(test,
			     "SELECT count(*) FROM files f"
			     " WHERE f.state = 'live' AND NOT EXISTS"
			     " (SELECT 1 FROM products p"
			     "  WHERE p.image_file_id = f.id)"),
	    0);
	for (size_t i = 0; i < test->mem->count; i++) {
		struct sql_value args[] = { SQL_TEXT(
		    test->mem->objects[i].key) };

		assert_int_equal(
		    sql_query(test->db, test->pool,
			"SELECT 1 FROM files WHERE object_key = $1"
			" AND state IN ('pending', 'live')"
			" UNION SELECT 1 FROM outbox WHERE object_key = $1",
			args, 1, &rows, &err),
		    0);
		assert_int_equal(rows.count, 1);
	}
}
