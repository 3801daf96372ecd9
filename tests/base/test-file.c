/* SPDX-License-Identifier: MIT */
#include "lib/check.h"
#include "lib/tmpdir.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static void
test_read(void **state)
{
	const char *dir = tmpdir_new(*state);
	const char *path = tmpdir_file(*state, dir, "five", "12345");
	struct err err = ERR_INIT;
	struct slice data;

	assert_int_equal(file_read(*state, path, 5, &data, &err), 0);
	assert_slice(data, "12345");
	assert_int_equal(data.data[data.len], '\0');
	assert_int_equal(file_read(*state, path, 4, &data, &err), -1);
	assert_int_equal(err.kind, ERR_TOO_LARGE);
	path = tmpdir_file(*state, dir, "empty", "");
	assert_int_equal(file_read(*state, path, 4, &data, &err), 0);
	assert_int_equal(data.len, 0);
}

/* More than one read(2). */
static void
test_read_long(void **state)
{
	size_t len = 100001;
	char *text = pool_alloc(*state, len + 1);
	const char *path;
	struct err err = ERR_INIT;
	struct slice data;

	for (size_t i = 0; i < len; i++)
		text[i] = (char)('a' + i % 23);
	path = tmpdir_file(*state, tmpdir_new(*state), "long", text);
	assert_int_equal(file_read(*state, path, len, &data, &err), 0);
	assert_slice(data, text);
}

static void
test_read_wrong(void **state)
{
	const char *dir = tmpdir_new(*state);
	struct err err = ERR_INIT;
	struct slice data;

	assert_int_equal(file_read(*state, pool_format(*state, "%s/no", dir),
			     9, &data, &err),
	    -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	assert_non_null(strstr(err.text, dir));
	assert_int_equal(file_read(*state, dir, 9, &data, &err), -1);
	assert_int_equal(err.kind, ERR_INTERNAL);
}

static void
test_unnamed(void **state)
{
	const char *dir = tmpdir_new(*state);
	struct err err = ERR_INIT;
	struct stat info;
	char text[4] = "";
	int fd;

	assert_int_equal(file_open_unnamed(dir, &fd, &err), 0);
	file_close_with(*state, fd);
	assert_int_equal(fstat(fd, &info), 0);
	assert_int_equal(info.st_nlink, 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	assert_int_equal(file_write_all(fd, "abcdef", 6, &err), 0);
	assert_int_equal(file_read_at(fd, 2, text, 3, &err), 0);
	assert_string_equal(text, "cde");
	/* Fewer bytes than asked for. */
	assert_int_equal(file_read_at(fd, 4, text, 3, &err), -1);
	assert_int_equal(err.kind, ERR_INTERNAL);
	assert_int_equal(file_open_unnamed("/nonexistent", &fd, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
}

static void
test_disk_full(void **state)
{
	struct err err = ERR_INIT;
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	assert_int_not_equal(fd, -1);
	file_close_with(*state, fd);
	assert_int_equal(file_write_all(fd, "x", 1, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
}

static void
test_bad_descriptor(void **state)
{
	struct err err = ERR_INIT;
	char byte;

	(void)state;
	assert_int_equal(file_write_all(-1, "x", 1, &err), -1);
	assert_int_equal(err.kind, ERR_INTERNAL);
	assert_int_equal(file_read_at(-1, 0, &byte, 1, &err), -1);
	assert_int_equal(err.kind, ERR_INTERNAL);
	assert_int_equal(file_write_all(-1, "", 0, &err), 0);
}

static void
test_close_with(void **state)
{
	struct pool *pool = pool_new();
	int fd = dup(STDERR_FILENO);

	(void)state;
	file_close_with(pool, fd);
	assert_int_not_equal(fcntl(fd, F_GETFD), -1);
	pool_free(&pool);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(errno, EBADF);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_read),
		POOL_TEST(test_read_long),
		POOL_TEST(test_read_wrong),
		POOL_TEST(test_unnamed),
		POOL_TEST(test_disk_full),
		POOL_TEST(test_bad_descriptor),
		POOL_TEST(test_close_with),
	};

	return cmocka_run_group_tests_name("base/file", tests, NULL, NULL);
}
