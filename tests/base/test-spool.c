/* SPDX-License-Identifier: MIT */
#include "lib/check.h"
#include "lib/tmpdir.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "base/spool.h"

enum { CHUNK = 64 * 1024, THREADS = 4 };

/* Byte number `at` of everything that is written here. */
static char
byte_at(int64_t at)
{
	return (char)(at * 31 % 251);
}

static struct spool_budget *
budget_new(struct pool *pool, const char *temp_dir, int64_t max_bytes)
{
	struct spool_budget *budget = POOL_NEW(pool, struct spool_budget);

	budget->temp_dir = temp_dir;
	budget->max_bytes = max_bytes;
	return budget;
}

static struct spool *
spool_new(struct pool *pool, struct spool_budget *budget)
{
	struct spool *spool = POOL_NEW(pool, struct spool);

	spool_init(spool, pool, budget);
	return spool;
}

static void
write_bytes(struct pool *pool, struct spool *spool, size_t len, size_t step)
{
	struct err err = ERR_INIT;
	char *data = pool_alloc(pool, step);

	while (len > 0) {
		size_t n = len < step ? len : step;

		for (size_t i = 0; i < n; i++)
			data[i] = byte_at(spool->size_bytes + (int64_t)i);
		if (spool_write(spool, data, n, &err) == -1)
			fail_msg("%s", err.text);
		len -= n;
	}
}

static bool
holds(const struct spool *spool, int64_t offset, size_t len)
{
	struct err err = ERR_INIT;
	struct pool *pool = pool_new();
	char *data = pool_alloc(pool, len + 1);
	bool is_same;
	size_t got;

	is_same = spool_read(spool, offset, data, len, &got, &err) == 0 &&
	    got == len;
	for (size_t i = 0; is_same && i < len; i++)
		is_same = data[i] == byte_at(offset + (int64_t)i);
	pool_free(&pool);
	return is_same;
}

static void
check_reads(const struct spool *spool)
{
	static const struct {
		int64_t offset;
		size_t len;
	} rows[] = { { 0, 1 }, { 0, CHUNK }, { 0, CHUNK + 1 }, { 1, CHUNK },
		{ CHUNK - 1, 1 }, { CHUNK - 1, 2 }, { CHUNK, CHUNK },
		{ CHUNK + 1, CHUNK }, { 2 * CHUNK - 3, 7 },
		{ 10, 2 * CHUNK }, { 2 * CHUNK + 99, 1 },
		{ 0, 2 * CHUNK + 100 }, { 5, 0 } };
	struct err err = ERR_INIT;
	char byte;
	size_t got = 9;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_true(holds(spool, rows[i].offset, rows[i].len));
	assert_int_equal(spool_read(spool, 2 * CHUNK + 100, &byte, 1, &got,
			     &err),
	    0);
	assert_int_equal(got, 0);
	assert_int_equal(spool_read(spool, INT64_MAX, &byte, 1, &got, &err), 0);
	assert_int_equal(got, 0);
}

static void
test_memory(void **state)
{
	struct spool_budget *budget =
	    budget_new(*state, "/nonexistent", 3 * CHUNK);
	struct pool *pool = pool_new();
	struct spool *spool = spool_new(pool, budget);

	write_bytes(*state, spool, 2 * CHUNK + 100, 1000);
	assert_int_equal(spool->fd, -1);
	assert_int_equal(spool->size_bytes, 2 * CHUNK + 100);
	assert_int_equal(budget->used_bytes, 3 * CHUNK);
	check_reads(spool);
	pool_free(&pool);
	assert_int_equal(budget->used_bytes, 0);
}

/* What does not fit the budget goes to a file, with what was before it. */
static void
test_spill(void **state)
{
	static const int64_t budgets[] = { 0, 1, CHUNK, 2 * CHUNK };

	for (size_t i = 0; i < ARRAY_COUNT(budgets); i++) {
		struct spool_budget *budget =
		    budget_new(*state, tmpdir_new(*state), budgets[i]);
		struct pool *pool = pool_new();
		struct spool *spool = spool_new(pool, budget);
		int fd;

		write_bytes(*state, spool, 2 * CHUNK + 100, 777);
		fd = spool->fd;
		assert_int_not_equal(fd, -1);
		assert_int_equal(spool->size_bytes, 2 * CHUNK + 100);
		assert_int_equal(budget->used_bytes, 0);
		check_reads(spool);
		pool_free(&pool);
		assert_int_equal(fcntl(fd, F_GETFD), -1);
	}
}

static void
test_one_large_write(void **state)
{
	struct spool *spool =
	    spool_new(*state, budget_new(*state, tmpdir_new(*state), CHUNK));

	write_bytes(*state, spool, 2 * CHUNK + 100, 5 * CHUNK);
	check_reads(spool);
}

static void
test_short_read(void **state)
{
	struct spool *spool =
	    spool_new(*state, budget_new(*state, "/nonexistent", CHUNK));
	struct err err = ERR_INIT;
	char data[10];
	size_t got;

	assert_int_equal(spool_read(spool, 0, data, sizeof(data), &got, &err),
	    0);
	assert_int_equal(got, 0);
	assert_int_equal(spool_write(spool, "abc", 3, &err), 0);
	assert_int_equal(spool_write(spool, "", 0, &err), 0);
	assert_int_equal(spool_read(spool, 1, data, sizeof(data), &got, &err),
	    0);
	assert_int_equal(got, 2);
	assert_memory_equal(data, "bc", 2);
}

/* Released from memory and from a file, and used again. */
static void
test_release(void **state)
{
	struct spool_budget *budget =
	    budget_new(*state, tmpdir_new(*state), CHUNK);
	struct spool *spool = spool_new(*state, budget);

	for (size_t len = CHUNK; len <= 2 * CHUNK; len += CHUNK) {
		write_bytes(*state, spool, len, 4096);
		spool_release(spool);
		assert_int_equal(spool->size_bytes, 0);
		assert_int_equal(spool->fd, -1);
		assert_int_equal(budget->used_bytes, 0);
	}
	write_bytes(*state, spool, 10, 10);
	assert_true(holds(spool, 0, 10));
}

static void
test_no_folder(void **state)
{
	struct spool_budget *budget = budget_new(*state, "/nonexistent", 0);
	struct spool *spool = spool_new(*state, budget);
	struct err err = ERR_INIT;

	assert_int_equal(spool_write(spool, "x", 1, &err), -1);
	assert_non_null(strstr(err.text, "/nonexistent"));
	assert_int_equal(budget->used_bytes, 0);
}

/* One spool takes the whole budget; the other has to go to its file. */
static void
test_shared(void **state)
{
	struct spool_budget *budget =
	    budget_new(*state, tmpdir_new(*state), CHUNK);
	struct spool *first = spool_new(*state, budget);
	struct spool *second = spool_new(*state, budget);

	write_bytes(*state, first, 10, 10);
	write_bytes(*state, second, 10, 10);
	assert_int_equal(first->fd, -1);
	assert_int_not_equal(second->fd, -1);
	assert_true(holds(first, 0, 10));
	assert_true(holds(second, 0, 10));
}

/* Asserts belong to the main thread: a worker only says how it went. */
static bool
spool_once(struct spool_budget *budget)
{
	struct pool *pool = pool_new();
	struct spool *spool = spool_new(pool, budget);
	struct err err = ERR_INIT;
	bool is_right = true;
	char data[1000];

	while (is_right && spool->size_bytes < 3 * CHUNK) {
		for (size_t i = 0; i < sizeof(data); i++)
			data[i] = byte_at(spool->size_bytes + (int64_t)i);
		is_right =
		    spool_write(spool, data, sizeof(data), &err) == 0;
	}
	is_right = is_right && holds(spool, 0, 3 * CHUNK);
	pool_free(&pool);
	return is_right;
}

static void *
work(void *arg)
{
	for (int round = 0; round < 20; round++)
		if (!spool_once(arg))
			return NULL;
	return arg;
}

static void
test_concurrent(void **state)
{
	struct spool_budget *budget =
	    budget_new(*state, tmpdir_new(*state), 5 * CHUNK);
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work,
				     budget),
		    0);
	for (size_t i = 0; i < THREADS; i++) {
		void *result;

		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_non_null(result);
	}
	assert_int_equal(budget->used_bytes, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_memory),
		POOL_TEST(test_spill),
		POOL_TEST(test_one_large_write),
		POOL_TEST(test_short_read),
		POOL_TEST(test_release),
		POOL_TEST(test_no_folder),
		POOL_TEST(test_shared),
		POOL_TEST(test_concurrent),
	};

	return cmocka_run_group_tests_name("base/spool", tests, NULL, NULL);
}
