/* SPDX-License-Identifier: MIT */
#include "filetest.h"

#include <sys/stat.h>
#include <unistd.h>

/* Of "hola", by sha256sum(1). */
#define HOLA_SHA256 \
	"b221d9dbb083a7f33428d7c2a3c3198ae925614d70210e28716ccaa7cd4ddb79"

/* ---- copies ---- */

static void
test_copy(void **state)
{
	struct filetest *f = *state;
	const struct store_copy copy = { .from_key = "temp/a",
		.to_key = "products/b",
		.if_match = HOLA_SHA256,
		.content_type = "image/png",
		.cache_control = "no-store" };
	struct store_info info;
	struct err err = ERR_INIT;

	filetest_put(f, "temp/a", "hola");
	assert_int_equal(store_copy(f->store, f->pool, &copy, &info, &err), 0);
	assert_int_equal(info.size_bytes, 4);
	assert_string_equal(info.content_type, "image/png");
	assert_string_equal(info.cache_control, "no-store");
	assert_string_equal(info.content_disposition, "");
	assert_string_equal(info.etag, HOLA_SHA256);
	assert_false(info.has_other_metadata);
	assert_string_equal(filetest_get(f, "products/b"), "hola");
	/* The source is as it was, and so is a copy when that changes. */
	assert_string_equal(filetest_head(f, "temp/a").content_disposition,
	    "inline");
	filetest_put(f, "temp/a", "adios");
	assert_string_equal(filetest_get(f, "products/b"), "hola");
	assert_int_equal(filetest_count(f, ".tmp"), 0);
}

static void
test_copy_onto_itself(void **state)
{
	struct filetest *f = *state;
	const struct store_copy copy = { .from_key = "a",
		.to_key = "a",
		.content_type = "image/png" };
	struct err err = ERR_INIT;

	filetest_put(f, "a", "hola");
	assert_int_equal(store_copy(f->store, f->pool, &copy, NULL, &err), 0);
	assert_string_equal(filetest_get(f, "a"), "hola");
	assert_string_equal(filetest_head(f, "a").content_type, "image/png");
}

static void
test_copy_refused(void **state)
{
	static const struct {
		struct store_copy copy;
		enum err_kind kind;
	} rows[] = {
		{ { .from_key = "none", .to_key = "b" }, ERR_NOT_FOUND },
		{ { .from_key = "a", .to_key = "b", .if_match = "other" },
		    ERR_CONFLICT },
		{ { .from_key = "a", .to_key = "b", .if_match = "" },
		    ERR_CONFLICT },
		{ { .from_key = "a", .to_key = "../b" }, ERR_INVALID },
		{ { .from_key = "../a", .to_key = "b" }, ERR_INVALID },
		{ { .from_key = "a", .to_key = "a/b" }, ERR_CONFLICT },
	};
	struct filetest *f = *state;

	filetest_put(f, "a", "hola");
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(store_copy(f->store, f->pool, &rows[i].copy,
				     NULL, &err),
		    -1);
		assert_int_equal(err.kind, rows[i].kind);
		assert_string_equal(filetest_get(f, "b"), "(absent)");
		assert_int_equal(filetest_count(f, ".tmp"), 0);
	}
}

/* Somebody put a file there by hand: its copy has a hash all the same. */
static void
test_copy_without_metadata(void **state)
{
	struct filetest *f = *state;
	const struct store_copy copy = { .from_key = "a",
		.to_key = "b",
		.content_type = "text/plain" };
	struct err err = ERR_INIT;

	(void)tmpdir_file(f->pool, pool_format(f->pool, "%s/uploads", f->root),
	    "a", "hola");
	assert_string_equal(filetest_head(f, "a").etag, "");
	assert_int_equal(store_copy(f->store, f->pool, &copy, NULL, &err), 0);
	assert_string_equal(filetest_head(f, "b").etag, HOLA_SHA256);
}

/* ---- listings ---- */

/* All keys of all pages, with spaces between. */
static const char *
list(struct filetest *f, const char *prefix, const char *from)
{
	struct store_page page = { .next = from };
	struct err err = ERR_INIT;
	struct buf keys;

	buf_init(&keys, f->pool, 1024 * 1024);
	do {
		if (store_list(f->store, f->pool, prefix, page.next, &page,
			&err) == -1)
			fail_msg("%s", err.text);
		for (size_t i = 0; i < page.count; i++)
			(void)buf_format(&keys, "%s%s",
			    keys.len > 0 ? " " : "", page.entries[i].key);
	} while (*page.next != '\0');
	return keys.len == 0 ? "" : keys.data;
}

static void
test_list(void **state)
{
	static const char *const keys[] = { "b/c/d", "a/b", "a-b", "a.b", "a0",
		"b/c-d", "b/c.d", "b/cd", "z", "\xc3\xb1" };
	static const struct {
		const char *prefix, *from, *keys;
	} rows[] = {
		/* "-" and "." come before "/", "0" behind it. */
		{ "", "", "a-b a.b a/b a0 b/c-d b/c.d b/c/d b/cd z \xc3\xb1" },
		{ "a", "", "a-b a.b a/b a0" },
		{ "a/", "", "a/b" },
		{ "b/c", "", "b/c-d b/c.d b/c/d b/cd" },
		{ "b/c/", "", "b/c/d" },
		{ "b/c/d", "", "b/c/d" },
		{ "b/c/d/e", "", "" },
		{ "none/", "", "" },
		{ "z/", "", "" },
		{ "", "a0", "b/c-d b/c.d b/c/d b/cd z \xc3\xb1" },
		{ "", "b/c.d", "b/c/d b/cd z \xc3\xb1" },
		{ "", "b/c", "b/c-d b/c.d b/c/d b/cd z \xc3\xb1" },
		{ "", "b/c/z", "b/cd z \xc3\xb1" },
		{ "b/", "b/c/d", "b/cd" },
		{ "b/", "z", "" },
	};
	struct filetest *f = *state;

	assert_string_equal(list(f, "", ""), "");
	for (size_t i = 0; i < ARRAY_COUNT(keys); i++)
		filetest_put(f, keys[i], "x");
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(list(f, rows[i].prefix, rows[i].from),
		    rows[i].keys);
}

/* What is no object is not listed: our own folders, links, pipes. */
static void
test_list_strangers(void **state)
{
	struct filetest *f = *state;
	const char *bucket = pool_format(f->pool, "%s/uploads", f->root);
	struct store_page page;
	struct err err = ERR_INIT;

	filetest_put(f, "a", "hola");
	assert_int_equal(symlink("/etc/passwd",
			     pool_format(f->pool, "%s/link", bucket)),
	    0);
	assert_int_equal(symlink("/etc",
			     pool_format(f->pool, "%s/folder", bucket)),
	    0);
	assert_int_equal(mkfifo(pool_format(f->pool, "%s/pipe", bucket), 0600),
	    0);
	assert_int_equal(mkdir(pool_format(f->pool, "%s/empty", bucket), 0700),
	    0);
	assert_string_equal(list(f, "", ""), "a");
	assert_string_equal(list(f, "folder/", ""), "");
	assert_int_equal(
	    store_list(f->store, f->pool, "", "", &page, &err), 0);
	assert_int_equal(page.entries[0].size_bytes, 4);
	assert_true(page.entries[0].modified_secs > 1700000000);
	/* A folder that cannot be read is no empty one. */
	assert_int_equal(rename(bucket, pool_format(f->pool, "%s.gone",
			     bucket)), 0);
	assert_int_equal(
	    store_list(f->store, f->pool, "", "", &page, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
}

/* Pages end in mid-folder, and a folder may fill many of them. */
static void
test_list_pages(void **state)
{
	enum { COUNT = 2 * STORE_PAGE_MAX + 1 };
	struct filetest *f = *state;
	struct store_page page = { .next = "" };
	const char *before = "";
	struct err err = ERR_INIT;
	size_t total = 0, pages = 0;

	for (int i = 0; i < COUNT; i++) {
		/* Folders of one, of many, and the top one. */
		const char *key = pool_format(f->pool,
		    i % 3 == 0 ? "f%05d/x" : i % 3 == 1 ? "many/%05d" :
							  "t%05d", i);
		const char *path = pool_format(f->pool, "%s/uploads/%s",
		    f->root, key);
		char *slash = strrchr(path, '/');
		FILE *file;

		*slash = '\0';
		(void)mkdir(path, 0700);
		*slash = '/';
		file = fopen(path, "w");
		assert_non_null(file);
		(void)fclose(file);
	}
	do {
		assert_int_equal(store_list(f->store, f->pool, "", page.next,
				     &page, &err),
		    0);
		for (size_t i = 0; i < page.count; i++) {
			assert_true(strcmp(before, page.entries[i].key) < 0);
			before = page.entries[i].key;
		}
		total += page.count;
		pages++;
	} while (*page.next != '\0');
	assert_int_equal(total, COUNT);
	assert_int_equal(pages, 3);
}

static void
test_delete_many(void **state)
{
	static const char *const keys[] = { "a", "none", "b/c", "../x", "b/d" };
	struct filetest *f = *state;
	bool failed[ARRAY_COUNT(keys)];
	struct err err = ERR_INIT;

	filetest_put(f, "a", "x");
	filetest_put(f, "b/c", "x");
	filetest_put(f, "b/e", "x");
	assert_int_equal(store_delete_many(f->store, keys, ARRAY_COUNT(keys),
			     failed, &err),
	    0);
	for (size_t i = 0; i < ARRAY_COUNT(keys); i++)
		assert_int_equal(failed[i], i == 3);
	assert_string_equal(list(f, "", ""), "b/e");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FILETEST(test_copy),
		FILETEST(test_copy_onto_itself),
		FILETEST(test_copy_refused),
		FILETEST(test_copy_without_metadata),
		FILETEST(test_list),
		FILETEST(test_list_strangers),
		FILETEST(test_list_pages),
		FILETEST(test_delete_many),
	};

	return cmocka_run_group_tests_name("store/file_manage", tests, NULL,
	    NULL);
}
