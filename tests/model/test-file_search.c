/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "lib/database.h"
#include "model/file_search.h"
#include "model/schema.h"
#include "model/search_text.h"
#include "modeltest.h"

enum { FILES = 120 };

/*
 * File n of FILES, oldest first and two of a second: every 2nd is Ana's, every
 * 3rd a video, every 5th an athlete's, every 7th in the trash.
 */
static void
insert(struct modeltest *test, int n, const char *name, int64_t tenant_id)
{
	const struct file file = { .original_name = name };
	struct sql_value args[] = { SQL_INT(1000 + n), SQL_INT(tenant_id),
		SQL_TEXT(n % 7 == 0 ? "trashed" : "live"),
		SQL_TEXT(pool_format(test->pool, "k/%d", n)), SQL_TEXT(name),
		SQL_INT(MODELTEST_NOW_SECS + n / 2),
		SQL_TEXT(n % 2 == 0 ? "ana" : "eva"),
		SQL_TEXT(n % 3 == 0 ? "video" : "image"),
		SQL_TEXT(n % 5 == 0 ? "7" : ""),
		SQL_TEXT(search_text(test->pool, &file)) };
	struct err err = ERR_INIT;

	if (sql_exec(test->db,
		"INSERT INTO files (id, tenant_id, state, provider, bucket,"
		" object_key, original_name, content_type, size_bytes, sha256,"
		" etag, width, height, frames, orientation, is_public,"
		" created_secs, expires_secs, owner, file_kind, athlete_id,"
		" search_text) VALUES ($1, $2, $3, 'file', 'uploads', $4, $5,"
		" 'image/png', 1, '', '', 0, 0, 0, 0, 0, $6, 0, $7, $8, $9,"
		" $10)",
		args, ARRAY_COUNT(args), NULL, &err) == -1)
		fail_msg("%s", err.text);
}

static int
setup(void **state)
{
	struct modeltest *test;
	int result = modeltest_setup(state);
	struct err err = ERR_INIT;

	test = *state;
	assert_int_equal(sql_exec(test->db,
			     "INSERT INTO tenants (id, name) VALUES (2, 'b')",
			     NULL, 0, NULL, &err),
	    0);
	for (int n = 0; n < FILES; n++)
		insert(test, n, pool_format(test->pool, "foto %03d.png", n),
		    1);
	insert(test, FILES + 2, "foto ajena.png", 2);
	return result;
}

static struct file_list
search(struct modeltest *test, const struct file_search *search)
{
	struct file_list list;
	struct err err = ERR_INIT;

	if (file_search(test->db, test->pool, search, &list, &err) == -1)
		fail_msg("%s", err.text);
	return list;
}

struct filter {
	const char *owner, *athlete;
	int kind; /* -1: any */
	enum file_state state;
};

static bool
fits(const struct filter *filter, int n)
{
	return (n % 7 == 0) == (filter->state == FILE_TRASHED) &&
	    (filter->owner == NULL ||
		strcmp(filter->owner, n % 2 == 0 ? "ana" : "eva") == 0) &&
	    (filter->athlete == NULL ||
		strcmp(filter->athlete, n % 5 == 0 ? "7" : "") == 0) &&
	    (filter->kind == -1 ||
		filter->kind == (n % 3 == 0 ? FILE_VIDEO : FILE_IMAGE));
}

/* All pages of a filter show what fits, newest first, nothing twice. */
static void
walk(struct modeltest *test, const struct filter *filter, const char *text,
    int limit)
{
	struct file_search wanted = { .tenant_id = 1,
		.owner = filter->owner,
		.state = filter->state,
		.athlete_id = filter->athlete,
		.has_kind = filter->kind != -1,
		.kind = (enum file_kind)(filter->kind == -1 ? 0 :
							filter->kind),
		.text = text,
		.limit = limit };
	struct file_list list = { .has_more = true };
	int n = FILES;

	while (list.has_more) {
		list = search(test, &wanted);
		assert_true(list.count == (size_t)limit || !list.has_more);
		for (size_t i = 0; i < list.count; i++) {
			do
				n--;
			while (n >= 0 && !fits(filter, n));
			assert_int_equal(list.files[i].id, 1000 + n);
		}
		wanted.after = list.last;
	}
	do
		n--;
	while (n >= 0 && !fits(filter, n));
	assert_true(n < 0);
}

static void
test_filters(void **state)
{
	static const char *const owners[] = { NULL, "ana", "eva", "nobody" };
	static const char *const athletes[] = { NULL, "7", "", "8" };
	static const int kinds[] = { -1, FILE_IMAGE, FILE_VIDEO, FILE_AUDIO };
	static const char *const texts[] = { NULL, "", "FOTO", ".png" };

	for (size_t i = 0; i < 4 * 4 * 4 * 2; i++) {
		const struct filter filter = { owners[i % 4],
			athletes[i / 4 % 4], kinds[i / 16 % 4],
			i / 64 == 0 ? FILE_LIVE : FILE_TRASHED };

		for (size_t j = 0; j < ARRAY_COUNT(texts); j++) {
			walk(*state, &filter, texts[j], 7);
			walk(*state, &filter, texts[j], FILE_SEARCH_MAX);
		}
	}
}

/* clang-format off */
static const struct {
	const char *text;
	size_t count;
} texts[] = {
	{ "011", 1 },
	{ "o 01", 9 },
	{ " fóTO 01 ", 9 },
	{ "canción", 1 },
	{ "CANCION 100%", 1 },
	{ "%", 1 },
	{ "_", 1 },
	{ "a_b", 1 },
	{ "a%b", 0 },
	{ "\\", 1 },
	{ "\\%", 0 },
	{ "ajena", 0 },
	{ "png\n", 102 },
	{ "' OR 1=1 --", 0 },
};
/* clang-format on */

static void
test_texts(void **state)
{
	struct modeltest *test = *state;

	insert(test, FILES + 3, "Canción 100% buena", 1);
	insert(test, FILES + 8, "a_b\\c", 1);
	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		const struct file_search wanted = { .tenant_id = 1,
			.state = FILE_LIVE,
			.text = texts[i].text,
			.limit = 200 };

		if (search(test, &wanted).count != texts[i].count)
			fail_msg("%s", texts[i].text);
	}
}

/* What the walk through the newest does not reach is found all the same. */
static void
test_behind_many(void **state)
{
	static const char insert_many[] =
	    "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL"
	    " SELECT n + 1 FROM numbers WHERE n < 4100)"
	    " INSERT INTO files (id, tenant_id, state, provider, bucket,"
	    " object_key, original_name, content_type, size_bytes, sha256,"
	    " etag, width, height, frames, orientation, is_public,"
	    " created_secs, expires_secs, owner, search_text)"
	    " SELECT 5000 + n, 1, 'live', 'file', 'uploads', 'm/' || n,"
	    " 'nota', 'image/png', 1, '', '', 0, 0, 0, 0, 0, 1900000000, 0,"
	    " 'ana', 'nota' FROM numbers";
	struct modeltest *test = *state;
	const struct filter mine = { "ana", NULL, -1, FILE_LIVE };
	const struct filter athlete = { "ana", "7", -1, FILE_LIVE };
	const struct filter trash = { "ana", NULL, -1, FILE_TRASHED };
	const struct filter videos = { NULL, NULL, FILE_VIDEO, FILE_LIVE };
	struct err err = ERR_INIT;

	assert_int_equal(
	    sql_exec(test->db, insert_many, NULL, 0, NULL, &err), 0);
	walk(test, &mine, "foto", 7);
	walk(test, &athlete, "foto", 3);
	walk(test, &trash, "foto", 3);
	walk(test, &videos, "foto", 9);
	/* Too short to be looked up. */
	walk(test, &mine, "fo", 50);
}

/* A page is not moved by what comes and goes while it is turned. */
static void
test_beside_writers(void **state)
{
	struct modeltest *test = *state;
	struct file_search wanted = { .tenant_id = 1,
		.state = FILE_LIVE,
		.limit = 10 };
	struct file_list list = search(test, &wanted);
	int64_t last = list.files[9].id;
	struct err err = ERR_INIT;

	insert(test, FILES + 4, "nueva.png", 1);
	assert_int_equal(
	    file_discard(test->db, 1, last, FILE_GONE, &err), 0);
	wanted.after = list.last;
	list = search(test, &wanted);
	assert_int_equal(list.count, 10);
	assert_true(list.files[0].id < last);
	assert_true(list.files[0].id >= last - 2);
}

static void
test_key(void **state)
{
	static const struct {
		int64_t tenant_id;
		const char *bucket, *key;
		int found;
	} rows[] = {
		{ 1, "uploads", "k/1", 1 },
		{ 2, "uploads", "k/1", 0 },
		{ 1, "other", "k/1", 0 },
		{ 1, "uploads", "k/7", 0 }, /* in the trash */
		{ 1, "uploads", "k/%", 0 },
		{ 2, "uploads", "k/122", 1 },
	};
	struct modeltest *test = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct err err = ERR_INIT;
		struct file file;

		assert_int_equal(file_find_key(test->db, test->pool,
				     rows[i].tenant_id, rows[i].bucket,
				     rows[i].key, &file, &err),
		    rows[i].found);
		if (rows[i].found == 1)
			assert_string_equal(file.key, rows[i].key);
	}
}

/* Files of before there was something to search in. */
static void
test_old_rows(void **state)
{
	static const char insert_old[] =
	    "INSERT INTO files (id, tenant_id, state, provider, bucket,"
	    " object_key, original_name, content_type, size_bytes, sha256,"
	    " etag, width, height, frames, orientation, is_public,"
	    " created_secs, expires_secs) VALUES (7, 1, 'live', 'file', 'b',"
	    " 'k', $1, 'image/png', 1, '', '', 0, 0, 0, 0, 0, 1, 0)";
	const char *name = "ÁÉÍÓÚÜÑ áéíóúüñ ABC.jpg";
	struct sql_value args[] = { SQL_TEXT(name) };
	const struct file file = { .original_name = name };
	struct pool *pool = pool_new();
	struct sql_rows rows;
	struct sql *db;
	struct log log;
	struct err err = ERR_INIT;

	(void)state;
	log_init(&log, -1, LOG_ERROR);
	assert_int_equal(sql_open(pool, database_new(pool, "sqlite::memory:"),
			     1, &db, &err),
	    0);
	assert_int_equal(sql_migrate(db, schema_migrations, 2, &log, &err), 0);
	assert_int_equal(sql_exec(db, insert_old, args, 1, NULL, &err), 0);
	assert_int_equal(sql_migrate(db, schema_migrations, SCHEMA_VERSION,
			     &log, &err),
	    0);
	assert_int_equal(sql_query(db, pool, "SELECT search_text FROM files",
			     NULL, 0, &rows, &err),
	    0);
	assert_string_equal(sql_text(&rows, 0, 0), search_text(pool, &file));
	pool_free(&pool);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, setup, modeltest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_filters),
		TEST(test_texts),
		TEST(test_behind_many),
		TEST(test_beside_writers),
		TEST(test_key),
		cmocka_unit_test(test_old_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
