/* SPDX-License-Identifier: MIT */
#include "lib/check.h"
#include "lib/tmpdir.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "store/open.h"

#define KEY "products/tenant_1/20261122143800_martillo.jpg"

struct fixture {
	struct pool *pool;
	const char *root;
	struct store *store;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct store_file_config config = { .bucket = "uploads",
		.public_url = "",
		.public_prefixes = "products/" };
	struct err err = ERR_INIT;
	bool created = false;

	f->pool = pool_new();
	f->root = pool_format(f->pool, "%s/store", tmpdir_new(f->pool));
	config.root = f->root;
	assert_int_equal(store_open_file(f->pool, &config, &f->store, &err), 0);
	assert_int_equal(store_prepare(f->store, &created, &err), 0);
	assert_true(created);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	pool_free(&f->pool);
	free(f);
	return 0;
}

static int
put(struct fixture *f, const char *key, const char *text, bool is_new_only,
    struct err *err)
{
	const struct store_object object = { .key = key,
		.content_type = "image/jpeg",
		.is_new_only = is_new_only };
	struct pool *pool = pool_new();
	struct store_writer *writer;
	struct store_stored stored;
	int result = store_writer_open(f->store, pool, &object, &writer, err);

	if (result == 0)
		result = store_writer_write(writer, slice_str(text), err);
	if (result == 0)
		result = store_writer_commit(writer, &stored, err);
	pool_free(&pool);
	return result;
}

static int
collect(void *arg, struct slice bytes, struct err *err)
{
	(void)err;
	return buf_slice(arg, bytes);
}

static struct slice
get(struct fixture *f, const char *key, int64_t offset, int64_t length)
{
	struct buf *buf = POOL_NEW(f->pool, struct buf);
	struct err err = ERR_INIT;

	buf_init(buf, f->pool, 1024 * 1024);
	assert_int_equal(
	    store_get(f->store, key, offset, length, collect, buf, &err), 0);
	return buf_view(buf);
}

static int
head(struct fixture *f, const char *key, struct store_info *info)
{
	struct err err = ERR_INIT;

	return store_head(f->store, f->pool, key, info, &err);
}

static void
test_round_trip(void **state)
{
	/* Of "hola", by sha256sum(1). */
	static const char hash[] = "b221d9dbb083a7f33428d7c2a3c3198a"
				   "e925614d70210e28716ccaa7cd4ddb79";
	struct fixture *f = *state;
	const struct store_object object = { .key = KEY,
		.content_type = "image/jpeg",
		.cache_control = "no-store" };
	struct store_writer *writer;
	struct store_stored stored;
	struct store_info info;
	struct slice bytes;
	struct err err = ERR_INIT;

	assert_int_equal(store_writer_open(f->store, f->pool, &object, &writer,
			     &err),
	    0);
	assert_int_equal(store_writer_write(writer, slice_str("ho"), &err), 0);
	assert_int_equal(store_writer_write(writer, slice_str("la"), &err), 0);
	assert_int_equal(head(f, KEY, &info), 0);
	assert_int_equal(store_writer_commit(writer, &stored, &err), 0);
	assert_int_equal(stored.size_bytes, 4);
	assert_string_equal(stored.sha256, hash);
	assert_string_equal(stored.etag, hash);

	/* A plain file under the key's own path, and no other leftovers. */
	assert_int_equal(file_read(f->pool,
			     pool_format(f->pool, "%s/uploads/" KEY, f->root),
			     100, &bytes, &err),
	    0);
	assert_slice(bytes, "hola");
	assert_int_equal(tmpdir_count(f->root), 2);

	assert_int_equal(head(f, KEY, &info), 1);
	assert_int_equal(info.size_bytes, 4);
	assert_string_equal(info.content_type, "image/jpeg");
	assert_string_equal(info.etag, hash);
	assert_true(info.modified_secs > 1700000000);
	assert_string_equal(store_public_url(f->store, f->pool, "a b/ñ.jpg"),
	    "/store/a%20b/%C3%B1.jpg");
	assert_string_equal(store_driver(f->store), "file");
}

static void
test_ranges(void **state)
{
	static const struct {
		int64_t offset, length;
		const char *text;
	} cases[] = {
		{ 0, -1, "0123456789" }, { 0, 10, "0123456789" },
		{ 3, 4, "3456" },	 { 3, -1, "3456789" },
		{ 9, 1, "9" },		 { 9, 100, "9" },
		{ 10, -1, "" },		 { 2, 0, "" },
	};
	struct fixture *f = *state;
	struct buf buf;
	struct err err = ERR_INIT;

	assert_int_equal(put(f, "a", "0123456789", true, &err), 0);
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		assert_slice(
		    get(f, "a", cases[i].offset, cases[i].length),
		    cases[i].text);
	buf_init(&buf, f->pool, 100);
	assert_int_equal(
	    store_get(f->store, "a", 11, -1, collect, &buf, &err), -1);
	assert_int_equal(err.kind, ERR_INVALID);
	assert_int_equal(
	    store_get(f->store, "b", 0, -1, collect, &buf, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
}

static void
test_new_only(void **state)
{
	struct fixture *f = *state;
	struct store_info info;
	struct err err = ERR_INIT;

	assert_int_equal(put(f, KEY, "first", true, &err), 0);
	assert_int_equal(put(f, KEY, "second!", true, &err), -1);
	assert_int_equal(err.kind, ERR_CONFLICT);
	assert_slice(get(f, KEY, 0, -1), "first");
	assert_int_equal(put(f, KEY, "third one", false, &err), 0);
	assert_slice(get(f, KEY, 0, -1), "third one");
	assert_int_equal(head(f, KEY, &info), 1);
	assert_string_equal(info.content_type, "image/jpeg");
	assert_int_equal(tmpdir_count(f->root), 2);
}

/* Metadata that does not fit its object is not believed. */
static void
test_metadata_of_another(void **state)
{
	struct fixture *f = *state;
	struct store_info info;
	struct err err = ERR_INIT;
	const char *path = pool_format(f->pool, "%s/uploads/a", f->root);
	int fd;

	assert_int_equal(put(f, "a", "bytes", true, &err), 0);
	fd = open(path, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "+", 1), 1);
	(void)close(fd);
	assert_int_equal(head(f, "a", &info), 1);
	assert_int_equal(info.size_bytes, 6);
	assert_string_equal(info.content_type, "");

	fd = open(pool_format(f->pool, "%s/.meta/uploads/a", f->root),
	    O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, "{\"size\":", 8), 8);
	(void)close(fd);
	assert_int_equal(head(f, "a", &info), 1);
	assert_string_equal(info.content_type, "");
}

static void
test_delete(void **state)
{
	struct fixture *f = *state;
	struct store_info info;
	struct stat st;
	struct err err = ERR_INIT;

	assert_int_equal(put(f, "x/y/z/one", "1", true, &err), 0);
	assert_int_equal(put(f, "x/y/two", "2", true, &err), 0);
	assert_int_equal(store_delete(f->store, "x/y/z/one", &err), 0);
	assert_int_equal(store_delete(f->store, "x/y/z/one", &err), 0);
	assert_int_equal(store_delete(f->store, "x/y", &err), 0);
	assert_int_equal(head(f, "x/y/z/one", &info), 0);
	assert_int_equal(head(f, "x/y/two", &info), 1);
	assert_int_equal(
	    stat(pool_format(f->pool, "%s/uploads/x/y/z", f->root), &st), -1);
	assert_int_equal(store_delete(f->store, "x/y/two", &err), 0);
	assert_int_equal(
	    stat(pool_format(f->pool, "%s/uploads/x", f->root), &st), -1);
	assert_int_equal(
	    stat(pool_format(f->pool, "%s/.meta/uploads/x", f->root), &st), -1);
	assert_int_equal(
	    stat(pool_format(f->pool, "%s/uploads", f->root), &st), 0);
	assert_int_equal(tmpdir_count(f->root), 0);
}

static void
test_no_escape(void **state)
{
	struct fixture *f = *state;
	const char *outside = pool_format(f->pool, "%s/outside", f->root);
	const char *bucket = pool_format(f->pool, "%s/uploads", f->root);
	static const char *const refused[] = { "", "/etc/passwd", "../x",
		"a/../../x", "a//b", "a/./b", "a/", ".", "a\\..\\b", "a\nb" };
	struct store_info info;
	struct slice bytes;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < ARRAY_COUNT(refused); i++) {
		err_clear(&err);
		assert_int_equal(put(f, refused[i], "x", true, &err), -1);
		assert_int_equal(err.kind, ERR_INVALID);
		assert_int_equal(head(f, refused[i], &info), -1);
		assert_int_equal(store_delete(f->store, refused[i], &err), -1);
	}
	assert_int_equal(tmpdir_count(f->root), 0);

	/* Links that somebody planted lead nowhere. */
	assert_int_equal(mkdir(outside, 0700), 0);
	(void)tmpdir_file(f->pool, outside, "secret", "secret");
	assert_int_equal(
	    symlink(outside, pool_format(f->pool, "%s/d", bucket)), 0);
	assert_int_equal(symlink(pool_format(f->pool, "%s/secret", outside),
			     pool_format(f->pool, "%s/l", bucket)),
	    0);
	assert_int_equal(head(f, "l", &info), 0);
	assert_int_equal(head(f, "d/secret", &info), 0);
	assert_int_equal(store_delete(f->store, "d/secret", &err), 0);
	assert_int_equal(put(f, "d/secret", "replaced", false, &err), -1);
	assert_int_equal(put(f, "l", "replaced", true, &err), -1);
	assert_int_equal(file_read(f->pool,
			     pool_format(f->pool, "%s/secret", outside), 100,
			     &bytes, &err),
	    0);
	assert_slice(bytes, "secret");
}

static void
test_keys_that_do_not_fit(void **state)
{
	struct fixture *f = *state;
	char *name = pool_alloc(f->pool, 257);
	struct store_info info;
	struct err err = ERR_INIT;

	assert_int_equal(put(f, "a/b", "1", true, &err), 0);
	assert_int_equal(put(f, "a", "2", true, &err), -1);
	assert_int_equal(err.kind, ERR_CONFLICT);
	assert_int_equal(put(f, "a/b/c", "2", true, &err), -1);
	assert_int_equal(err.kind, ERR_CONFLICT);
	assert_int_equal(head(f, "a", &info), 0);
	assert_int_equal(head(f, "a/b/c", &info), 0);
	assert_slice(get(f, "a/b", 0, -1), "1");

	memset(name, 'n', 256);
	assert_int_equal(put(f, name, "1", true, &err), -1);
	assert_int_equal(err.kind, ERR_INVALID);
	name[255] = '\0';
	assert_int_equal(put(f, name, "1", true, &err), 0);
	assert_int_equal(tmpdir_count(f->root), 4);
}

struct told {
	int count;
	bool must_fail;
	struct store_writer *writer;
};

static int
before_send(void *arg, struct err *err)
{
	struct told *told = arg;

	told->count++;
	if (told->must_fail)
		return err_set(err, ERR_UNAVAILABLE, "no row");
	store_writer_set_type(told->writer, "image/png");
	return store_writer_set_key(told->writer, "other/key.png", err);
}

static void
test_events(void **state)
{
	struct fixture *f = *state;
	struct told told = { 0 };
	const struct store_object object = { .key = KEY,
		.content_type = "application/octet-stream",
		.events = { .arg = &told, .before_send = before_send } };
	struct store_stored stored;
	struct store_info info;
	struct err err = ERR_INIT;

	assert_int_equal(store_writer_open(f->store, f->pool, &object,
			     &told.writer, &err),
	    0);
	assert_int_equal(
	    store_writer_write(told.writer, slice_str("x"), &err), 0);
	assert_int_equal(told.count, 0);
	told.must_fail = true;
	assert_int_equal(store_writer_commit(told.writer, &stored, &err), -1);
	assert_string_equal(err.text, "no row");
	assert_int_equal(told.count, 1);
	assert_int_equal(tmpdir_count(f->root), 0);

	told = (struct told){ 0 };
	assert_int_equal(store_writer_open(f->store, f->pool, &object,
			     &told.writer, &err),
	    0);
	assert_int_equal(store_writer_commit(told.writer, &stored, &err), 0);
	assert_int_equal(head(f, KEY, &info), 0);
	assert_int_equal(head(f, "other/key.png", &info), 1);
	assert_string_equal(info.content_type, "image/png");
	assert_int_equal(info.size_bytes, 0);
}

static void
test_abort_and_leftovers(void **state)
{
	struct fixture *f = *state;
	const struct store_object object = { .key = KEY };
	const struct timespec old[2] = { { .tv_sec = 1700000000 },
		{ .tv_sec = 1700000000 } };
	struct pool *pool = pool_new();
	struct store_writer *writer;
	const char *path;
	bool created = true;
	struct err err = ERR_INIT;

	assert_int_equal(
	    store_writer_open(f->store, pool, &object, &writer, &err), 0);
	assert_int_equal(store_writer_write(writer, slice_str("x"), &err), 0);
	assert_int_equal(tmpdir_count(f->root), 1);
	pool_free(&pool);
	assert_int_equal(tmpdir_count(f->root), 0);

	path = pool_format(f->pool, "%s/.tmp", f->root);
	(void)tmpdir_file(f->pool, path, "young", "");
	path = tmpdir_file(f->pool, path, "old", "");
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	assert_int_equal(store_prepare(f->store, &created, &err), 0);
	assert_false(created);
	assert_int_equal(tmpdir_count(f->root), 1);
}

/* Without store_prepare(), as in a program that serves one request. */
static void
test_unprepared(void **state)
{
	struct fixture *f = *state;
	const struct store_file_config config = {
		.root = pool_format(f->pool, "%s-other", f->root),
		.bucket = "uploads",
		.public_url = "",
		.public_prefixes = "",
	};
	bool created = true;
	struct err err = ERR_INIT;

	assert_int_equal(store_open_file(f->pool, &config, &f->store, &err), 0);
	assert_int_equal(put(f, KEY, "x", true, &err), 0);
	assert_slice(get(f, KEY, 0, -1), "x");
	assert_int_equal(store_prepare(f->store, &created, &err), 0);
	assert_false(created);
}

static void
test_missing_folder(void **state)
{
	struct fixture *f = *state;
	struct store_file_config config = { .root = f->root,
		.bucket = "never-made",
		.public_url = "https://cdn.example/{bucket}/",
		.public_prefixes = "" };
	static const char *const buckets[] = { "", ".tmp", "..", "a/b",
		"ñ" };
	struct store *store;
	struct store_info info;
	struct err err = ERR_INIT;

	assert_int_equal(store_open_file(f->pool, &config, &store, &err), 0);
	assert_int_equal(store_head(store, f->pool, "a", &info, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	assert_string_equal(store_public_url(store, f->pool, "a"),
	    "https://cdn.example/never-made/a");
	for (size_t i = 0; i < ARRAY_COUNT(buckets); i++) {
		config.bucket = buckets[i];
		assert_int_equal(
		    store_open_file(f->pool, &config, &store, &err), -1);
		assert_int_equal(err.kind, ERR_INVALID);
	}
}

enum { THREADS = 8, ROUNDS = 12 };

struct rival {
	struct fixture *f;
	int wins, odd;
};

/* Put, win or lose, and delete what was won, all over one key. */
static void *
rival_run(void *arg)
{
	struct rival *rival = arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct err err = ERR_INIT;

		if (put(rival->f, "deep/er/key", "text", true, &err) == 0) {
			rival->wins++;
			if (store_delete(rival->f->store, "deep/er/key",
				&err) == -1)
				rival->odd++;
		} else if (err.kind != ERR_CONFLICT) {
			(void)fprintf(stderr, "# %s\n", err.text);
			rival->odd++;
		}
	}
	return NULL;
}

static void
test_rivals(void **state)
{
	struct fixture *f = *state;
	struct rival rivals[THREADS];
	pthread_t threads[THREADS];
	int wins = 0;

	for (int i = 0; i < THREADS; i++) {
		rivals[i] = (struct rival){ .f = f };
		assert_int_equal(pthread_create(&threads[i], NULL, rival_run,
				     &rivals[i]),
		    0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(rivals[i].odd, 0);
		wins += rivals[i].wins;
	}
	assert_true(wins > 0);
	assert_int_equal(tmpdir_count(f->root), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_round_trip),
		TEST(test_ranges),
		TEST(test_new_only),
		TEST(test_metadata_of_another),
		TEST(test_delete),
		TEST(test_no_escape),
		TEST(test_keys_that_do_not_fit),
		TEST(test_events),
		TEST(test_abort_and_leftovers),
		TEST(test_unprepared),
		TEST(test_missing_folder),
		TEST(test_rivals),
	};

	return cmocka_run_group_tests_name("store/store_file", tests, NULL,
	    NULL);
}
