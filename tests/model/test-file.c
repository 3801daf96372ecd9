/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "model/schema.h"
#include "modeltest.h"

enum { MANY = 5 };

static int64_t
rows(struct modeltest *test, const char *where)
{
	return modeltest_number(test,
	    pool_format(test->pool, "SELECT count(*) FROM %s", where));
}

static struct file
file_of(const char *key)
{
	return (struct file){ .tenant_id = 1,
		.provider = "file",
		.bucket = "uploads",
		.key = key,
		.original_name = "ñ.png",
		.content_type = "image/png",
		.created_secs = 10,
		.expires_secs = 20 };
}

static void
test_states(void **state)
{
	struct modeltest *test = *state;
	struct file file = file_of("a"), same = file_of("a"), loaded;
	struct err err = ERR_INIT;

	assert_int_equal(file_insert(test->db, test->pool, &file, &err), 0);
	assert_true(file.id > 0);
	assert_int_equal(file_insert(test->db, test->pool, &same, &err), -1);
	assert_int_equal(err.kind, ERR_CONFLICT);
	assert_string_equal(err.code, "unique");

	/* Not while its object is on its way, and not for strangers. */
	assert_int_equal(file_make_live(test->db, 1, file.id, 20, &err), -1);
	assert_int_equal(err.kind, ERR_CONFLICT);
	file.sha256 = "00ff";
	file.etag = "e";
	file.content_type = "image/jpeg";
	file.size_bytes = 5;
	file.orientation = 6;
	assert_int_equal(file_update_stored(test->db, &file, &err), 0);
	assert_int_equal(file_make_live(test->db, 2, file.id, 20, &err), -1);
	assert_int_equal(file_make_live(test->db, 1, file.id, 20, &err), 0);
	assert_int_equal(file_make_live(test->db, 1, file.id, 20, &err), -1);
	assert_int_equal(file_update_stored(test->db, &file, &err), -1);

	assert_int_equal(
	    file_load(test->db, test->pool, 1, file.id, &loaded, &err), 1);
	assert_int_equal(loaded.state, FILE_LIVE);
	assert_string_equal(loaded.content_type, "image/jpeg");
	assert_string_equal(loaded.original_name, "ñ.png");
	assert_string_equal(loaded.sha256, "00ff");
	assert_int_equal(loaded.size_bytes, 5);
	assert_int_equal(loaded.orientation, 6);
	assert_int_equal(loaded.expires_secs, 0);
	assert_int_equal(
	    file_load(test->db, test->pool, 2, file.id, &loaded, &err), 0);

	assert_int_equal(file_discard(test->db, 2, file.id, FILE_GONE, &err),
	    0);
	assert_int_equal(rows(test, "outbox"), 0);
	assert_int_equal(file_discard(test->db, 1, file.id, FILE_GONE, &err),
	    0);
	assert_int_equal(file_discard(test->db, 1, file.id, FILE_REJECTED,
			     &err),
	    0);
	assert_int_equal(rows(test, "outbox"), 1);
	assert_int_equal(rows(test, "files WHERE state = 'gone'"), 1);
}

/* Whoever used it in the meantime keeps it. */
static void
test_discard_pending(void **state)
{
	struct modeltest *test = *state;
	struct err err = ERR_INIT;
	int64_t waiting = modeltest_image(test, "products/a.png");
	int64_t used = modeltest_image(test, "products/b.png");

	assert_int_equal(file_make_live(test->db, 1, used, 20, &err), 0);
	assert_int_equal(file_discard_pending(test->db, 1, used, &err), 0);
	assert_int_equal(rows(test, "files WHERE state = 'live'"), 1);
	assert_int_equal(rows(test, "outbox"), 0);
	assert_int_equal(file_discard_pending(test->db, 2, waiting, &err), 0);
	assert_int_equal(rows(test, "outbox"), 0);
	assert_int_equal(file_discard_pending(test->db, 1, waiting, &err), 0);
	assert_int_equal(rows(test, "files WHERE state = 'gone'"), 1);
	assert_int_equal(rows(test, "outbox"), 1);
}

static void
test_unknown_tenant(void **state)
{
	struct modeltest *test = *state;
	struct file file = file_of("a");
	struct err err = ERR_INIT;

	file.tenant_id = 99;
	assert_int_equal(file_insert(test->db, test->pool, &file, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
}

/* What cannot be deleted does not hold up the rest for ever. */
static void
test_outbox(void **state)
{
	struct modeltest *test = *state;
	struct err err = ERR_INIT;
	int left = 0;

	for (int i = 0; i < MANY; i++) {
		int64_t id = modeltest_image(test,
		    pool_format(test->pool, "products/%d.png", i));

		assert_int_equal(
		    file_discard(test->db, 1, id, FILE_GONE, &err), 0);
	}
	test->mem->fails_delete = true;
	assert_int_equal(modeltest_outbox(test, MANY,
			     &left, &err),
	    0);
	assert_int_equal(left, MANY);
	assert_int_equal(rows(test, "outbox WHERE tries = 1"), MANY);
	assert_non_null(strstr(modeltest_log(test), "level=warning"));

	test->mem->fails_delete = false;
	assert_int_equal(modeltest_outbox(test, MANY - 1, &left, &err),
	    0);
	assert_int_equal(left, 0);
	assert_int_equal(rows(test, "outbox"), 1);
	assert_int_equal(rows(test, "outbox WHERE tries = 1"), 1);
	assert_int_equal(test->mem->count, 1);
	assert_int_equal(modeltest_outbox(test, MANY,
			     &left, &err),
	    0);
	assert_int_equal(test->mem->count, 0);
	assert_int_equal(rows(test, "outbox"), 0);
}

static struct outbox_row
row_of(const char *key, int64_t due_secs, int64_t until_secs)
{
	return (struct outbox_row){ "file", "uploads", key, due_secs,
		until_secs };
}

static void
add_row(struct modeltest *test, const struct outbox_row *row)
{
	struct err err = ERR_INIT;

	assert_int_equal(store_mem_put(test->mem, row->key, "", slice_str("x")),
	    0);
	assert_int_equal(outbox_add(test->db, row, &err), 0);
}

static void
run_all(struct modeltest *test)
{
	struct err err = ERR_INIT;
	int left;

	assert_int_equal(modeltest_outbox(test, MANY, &left, &err), 0);
	assert_int_equal(left, 0);
}

/* What waits is left alone until its time; the row goes with its object. */
static void
test_outbox_waits(void **state)
{
	struct modeltest *test = *state;
	struct outbox_row row = row_of("a", MODELTEST_NOW_SECS + 60, 0);
	struct outbox_row other = row_of("b", MODELTEST_NOW_SECS + 60, 0);
	struct err err = ERR_INIT;

	add_row(test, &row);
	add_row(test, &other);
	run_all(test);
	assert_int_equal(test->mem->count, 2);
	assert_int_equal(outbox_release(test->db, &other, &err), 0);
	run_all(test);
	assert_int_equal(test->mem->count, 1);
	assert_int_equal(rows(test, "outbox"), 1);
	test->clock.fixed_ms += 60 * 1000;
	run_all(test);
	assert_int_equal(test->mem->count, 0);
	assert_int_equal(rows(test, "outbox"), 0);
}

/* A reservation is either kept or its object deleted, never both. */
static void
test_outbox_reservation(void **state)
{
	struct modeltest *test = *state;
	struct outbox_row row = row_of("a", MODELTEST_NOW_SECS + 60, 0);
	struct err err = ERR_INIT;

	add_row(test, &row);
	assert_int_equal(outbox_keep(test->db, &row, &err), 0);
	assert_int_equal(rows(test, "outbox"), 0);
	assert_int_equal(outbox_keep(test->db, &row, &err), -1);
	assert_string_equal(err.code, "object_lost");

	/* Its time is over, but the store does not delete. */
	assert_int_equal(outbox_add(test->db, &row, &err), 0);
	test->clock.fixed_ms += 60 * 1000;
	test->mem->fails_delete = true;
	assert_int_equal(modeltest_outbox(test, MANY, NULL, &err), 0);
	assert_int_equal(outbox_keep(test->db, &row, &err), -1);
	assert_int_equal(err.kind, ERR_CONFLICT);
	test->mem->fails_delete = false;
	test->clock.fixed_ms += 60 * 1000;
	run_all(test);
	assert_int_equal(test->mem->count, 0);
	assert_int_equal(rows(test, "outbox"), 0);
}

/* Deleted at once, and once more when nothing can bring it back. */
static void
test_outbox_until(void **state)
{
	struct modeltest *test = *state;
	struct outbox_row row = row_of("a", 0, MODELTEST_NOW_SECS + 60);

	add_row(test, &row);
	run_all(test);
	assert_int_equal(test->mem->count, 0);
	assert_int_equal(rows(test, "outbox"), 1);
	add_row(test, &row); /* it is back; the row is there already */
	run_all(test);
	assert_int_equal(test->mem->count, 1);
	test->clock.fixed_ms += 60 * 1000;
	run_all(test);
	assert_int_equal(test->mem->count, 0);
	assert_int_equal(rows(test, "outbox"), 0);
}

static int64_t
number_in(struct sql *db, struct pool *pool, const char *text)
{
	struct err err = ERR_INIT;
	struct sql_rows rows;

	if (sql_query(db, pool, text, NULL, 0, &rows, &err) == -1)
		fail_msg("%s", err.text);
	return sql_int(&rows, 0, 0);
}

/* A database of the first release keeps what it has, and counts it. */
static void
test_migration(void **state)
{
	struct modeltest *test = *state;
	struct err err = ERR_INIT;
	struct file file;
	struct sql *db;
	int64_t deleted;

	assert_int_equal(sql_open(test->pool, "sqlite::memory:", 1, &db, &err),
	    0);
	assert_int_equal(
	    sql_migrate(db, schema_migrations, 1, &test->log, &err), 0);
	assert_int_equal(
	    sql_script(db,
		"INSERT INTO files VALUES (77, 1, 'live', 'file', 'uploads',"
		" 'products/a.png', 'a.png', 'image/png', 5, 'aa', 'e', 1, 2,"
		" 1, 0, 1, 10, 0);"
		"INSERT INTO outbox VALUES ('file', 'uploads', 'b', 3)",
		&err),
	    0);
	assert_int_equal(sql_migrate(db, schema_migrations, SCHEMA_VERSION,
			     &test->log, &err),
	    0);
	assert_int_equal(file_load(db, test->pool, 1, 77, &file, &err), 1);
	assert_int_equal(file.state, FILE_LIVE);
	assert_int_equal(file.kind, FILE_IMAGE);
	assert_string_equal(file.owner, "");
	assert_string_equal(file.upload_key, "");
	assert_int_equal(file.declared_bytes, -1);
	assert_int_equal(file.charged_bytes, 5);
	assert_int_equal(
	    number_in(db, test->pool, "SELECT used_bytes FROM tenants"), 5);
	assert_int_equal(
	    number_in(db, test->pool, "SELECT used_objects FROM tenants"), 1);
	assert_int_equal(file_discard(db, 1, 77, FILE_GONE, &err), 0);
	assert_int_equal(
	    number_in(db, test->pool, "SELECT used_bytes FROM tenants"), 0);
	assert_int_equal(sql_exec(db,
			     "DELETE FROM outbox WHERE due_secs = 0"
			     " AND until_secs = 0",
			     NULL, 0, &deleted, &err),
	    0);
	assert_int_equal(deleted, 2);
}

/* Another store's objects are not looked for in this one. */
static void
test_outbox_of_another_store(void **state)
{
	struct modeltest *test = *state;
	struct err err = ERR_INIT;
	int left = 9;

	assert_int_equal(
	    sql_script(test->db,
		"INSERT INTO outbox VALUES ('s3', 'uploads', 'a', 0, 0, 0),"
		" ('file', 'other', 'a', 0, 0, 0)",
		&err),
	    0);
	assert_int_equal(modeltest_outbox(test, 10,
			     &left, &err),
	    0);
	assert_int_equal(left, 0);
	assert_int_equal(rows(test, "outbox"), 2);
}

static void
test_multipart(void **state)
{
	struct modeltest *test = *state;
	struct file file = file_of("a");
	struct err err = ERR_INIT;

	assert_int_equal(file_insert(test->db, test->pool, &file, &err), 0);
	assert_int_equal(file_multipart_insert(test->db, file.id, "uploads",
			     "a", "id-1", 10, &err),
	    0);
	assert_int_equal(file_multipart_insert(test->db, file.id, "uploads",
			     "a", "id-1", 10, &err),
	    -1);
	assert_int_equal(file_multipart_delete(test->db, "id-1", &err), 0);
	assert_int_equal(file_multipart_delete(test->db, "id-1", &err), 0);
	assert_int_equal(rows(test, "multipart_uploads"), 0);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, modeltest_setup, \
	    modeltest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_states),
		TEST(test_discard_pending),
		TEST(test_unknown_tenant),
		TEST(test_outbox),
		TEST(test_outbox_waits),
		TEST(test_outbox_reservation),
		TEST(test_outbox_until),
		TEST(test_migration),
		TEST(test_outbox_of_another_store),
		TEST(test_multipart),
	};

	return cmocka_run_group_tests_name("model/file", tests, NULL, NULL);
}
