/* SPDX-License-Identifier: MIT */
#include "lib/check.h"
#include "lib/tmpdir.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ctl/upload_state.h"

struct fixture {
	struct pool *pool; /* the test's */
	const char *dir, *file;
	const char *environ[2];
	struct upload_what what;
	int64_t part_bytes; /* as last found */
};

static struct fixture
fixture(struct pool *pool)
{
	struct fixture f = { .pool = pool, .dir = tmpdir_new(pool) };

	f.file = tmpdir_file(pool, f.dir, "file", "0123456789");
	f.environ[0] = pool_format(pool, "XDG_STATE_HOME=%s", f.dir);
	f.what = (struct upload_what){ .endpoint = "http://s3",
		.bucket = "uploads",
		.key = "k",
		.fd = open(f.file, O_RDWR | O_CLOEXEC) };
	assert_int_not_equal(f.what.fd, -1);
	file_close_with(pool, f.what.fd);
	return f;
}

/* What a later run finds. */
static const char *
found(struct fixture *f, const struct upload_what *what)
{
	struct pool *pool = pool_new();
	struct upload_what with = *what;
	struct upload_state state;
	struct err err = ERR_INIT;
	const char *id;

	with.environ = f->environ;
	assert_int_equal(upload_state_open(pool, &with, &state, &err), 0);
	id = pool_strdup(f->pool, state.upload_id);
	f->part_bytes = state.part_bytes;
	pool_free(&pool);
	return id;
}

static void
save(struct fixture *f, const char *id)
{
	struct pool *pool = pool_new();
	struct upload_state state;
	struct err err = ERR_INIT;

	f->what.environ = f->environ;
	assert_int_equal(upload_state_open(pool, &f->what, &state, &err), 0);
	assert_int_equal(upload_state_save(&state, id, 7, &err), 0);
	pool_free(&pool);
}

static void
test_round(void **state)
{
	struct fixture f = fixture(*state);
	struct pool *pool = pool_new();
	struct upload_state held;
	struct err err = ERR_INIT;

	assert_null(found(&f, &f.what));
	save(&f, "U\"1");
	assert_string_equal(found(&f, &f.what), "U\"1");
	assert_int_equal(f.part_bytes, 7);
	save(&f, "U2");
	assert_string_equal(found(&f, &f.what), "U2");
	assert_int_equal(upload_state_open(pool, &f.what, &held, &err), 0);
	upload_state_forget(&held);
	upload_state_forget(&held);
	pool_free(&pool);
	assert_null(found(&f, &f.what));
}

/* Another key, bucket, server, or a file that changed: another upload. */
static void
test_identity(void **state)
{
	struct fixture f = fixture(*state);
	struct upload_what other = f.what;
	struct upload_state changed;
	struct err err = ERR_INIT;

	save(&f, "U1");
	other.key = "l";
	assert_null(found(&f, &other));
	other = f.what;
	other.bucket = "uploadsk";
	other.key = "";
	assert_null(found(&f, &other));
	other = f.what;
	other.endpoint = "http://s4";
	assert_null(found(&f, &other));
	assert_string_equal(found(&f, &f.what), "U1");
	assert_int_equal(lseek(f.what.fd, 0, SEEK_END), 10);
	assert_int_equal(file_write_all(f.what.fd, "x", 1, &err), 0);
	assert_null(found(&f, &f.what));
	f.what.environ = f.environ;
	assert_int_equal(upload_state_open(f.pool, &f.what, &changed, &err),
	    0);
	assert_string_equal(changed.stale_id, "U1");
}

static void
test_locked(void **state)
{
	struct fixture f = fixture(*state);
	struct upload_state one, two;
	struct err err = ERR_INIT;

	f.what.environ = f.environ;
	assert_int_equal(upload_state_open(f.pool, &f.what, &one, &err), 0);
	assert_int_equal(upload_state_open(f.pool, &f.what, &two, &err), -1);
	assert_int_equal(err.kind, ERR_CONFLICT);
}

/* What the state's file says. */
static void
forge(struct fixture *f, const char *text)
{
	struct pool *pool = pool_new();
	struct upload_state held;
	struct err err = ERR_INIT;
	struct stat st;
	int fd;

	f->what.environ = f->environ;
	assert_int_equal(upload_state_open(pool, &f->what, &held, &err), 0);
	assert_int_equal(stat(held.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	fd = open(held.path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	assert_int_equal(file_write_all(fd, text, strlen(text), &err), 0);
	(void)close(fd);
	pool_free(&pool);
}

/* What is no state of ours is none; nobody else may read ours. */
static void
test_hostile(void **state)
{
	static const char *const texts[] = {
		"", "[]", "{}", "{\"upload_id\":\"U\"}", "nonsense",
		"{\"upload_id\":7,\"part_bytes\":7,\"size\":10}",
	};
	struct fixture f = fixture(*state);

	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		forge(&f, texts[i]);
		assert_null(found(&f, &f.what));
	}
}

/* Parts of another size than this cannot be those of an upload. */
static void
test_part_bytes(void **state)
{
	static const struct {
		off_t size_bytes;
		const char *part_bytes;
		bool is_good;
	} rows[] = {
		{ 10, "7", true },
		{ 10, "9", true },
		{ 10, "10", false },
		{ 10, "9223372036854775807", false },
		{ 10, "0", false },
		{ 10, "-7", false },
		{ 10000, "1", true },
		{ 10001, "1", false },
	};
	struct fixture f = fixture(*state);
	struct stat st;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_int_equal(truncate(f.file, rows[i].size_bytes), 0);
		assert_int_equal(stat(f.file, &st), 0);
		forge(&f, pool_format(f.pool, "{\"upload_id\":\"U\","
		    "\"part_bytes\":%s,\"size\":%lld,\"modified_ns\":%lld}",
		    rows[i].part_bytes, (long long)st.st_size,
		    (long long)st.st_mtim.tv_sec * 1000000000 +
			st.st_mtim.tv_nsec));
		if ((found(&f, &f.what) != NULL) != rows[i].is_good)
			fail_msg("row %zu", i);
	}
}

/* Nowhere to remember: no error, nothing kept. */
static void
test_nowhere(void **state)
{
	static const char *const environs[][2] = {
		{ NULL },
		{ "HOME=relative", NULL },
		{ "XDG_STATE_HOME=/dev/null/x", NULL },
		{ "HOME=/proc/nowhere", NULL },
	};
	struct fixture f = fixture(*state);

	for (size_t i = 0; i < ARRAY_COUNT(environs); i++) {
		struct upload_state none;
		struct err err = ERR_INIT;

		f.what.environ = environs[i];
		assert_int_equal(upload_state_open(f.pool, &f.what, &none,
		    &err), 0);
		assert_null(none.path);
		assert_int_equal(upload_state_save(&none, "U", 1, &err), 0);
		upload_state_forget(&none);
	}
	/* Folders below HOME are made. */
	f.environ[0] = pool_format(f.pool, "HOME=%s", f.dir);
	save(&f, "U3");
	assert_string_equal(found(&f, &f.what), "U3");
	assert_int_equal(access(pool_format(f.pool, "%s/.local/state/almacen",
	    f.dir), R_OK), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_round),
		POOL_TEST(test_identity),
		POOL_TEST(test_locked),
		POOL_TEST(test_hostile),
		POOL_TEST(test_part_bytes),
		POOL_TEST(test_nowhere),
	};

	return cmocka_run_group_tests_name("ctl/upload_state", tests, NULL,
	    NULL);
}
