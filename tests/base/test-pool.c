/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

struct trace {
	char text[8];
	size_t len;
};

struct step {
	struct trace *trace;
	char name;
};

static void
note(void *arg)
{
	struct step *step = arg;

	step->trace->text[step->trace->len++] = step->name;
}

static void
test_zeroed_and_aligned(void **state)
{
	static const size_t sizes[] = { 1, 3, 15, 16, 17, 1000, 4032, 100000 };

	for (size_t round = 0; round < 3; round++) {
		for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
			unsigned char *data = pool_alloc(*state, sizes[i]);

			assert_int_equal((uintptr_t)data % 16, 0);
			for (size_t at = 0; at < sizes[i]; at++)
				assert_int_equal(data[at], 0);
			memset(data, 0xaa, sizes[i]);
		}
		pool_clear(*state);
	}
}

/* Pieces do not overlap, whatever the order of small and large ones. */
static void
test_apart(void **state)
{
	unsigned char *pieces[200];

	for (size_t i = 0; i < ARRAY_COUNT(pieces); i++) {
		size_t size = i % 7 == 0 ? 3000 : i + 1;

		pieces[i] = pool_alloc(*state, size);
		memset(pieces[i], (int)i, size);
	}
	for (size_t i = 0; i < ARRAY_COUNT(pieces); i++) {
		size_t size = i % 7 == 0 ? 3000 : i + 1;

		for (size_t at = 0; at < size; at++)
			assert_int_equal(pieces[i][at], i);
	}
}

static void
test_copies(void **state)
{
	char data[] = "abcdef";

	assert_null(pool_strdup(*state, NULL));
	assert_string_equal(pool_strdup(*state, ""), "");
	assert_string_equal(pool_strdup(*state, data), "abcdef");
	assert_ptr_not_equal(pool_strdup(*state, data), data);
	assert_string_equal(pool_strndup(*state, data, 2), "ab");
	assert_string_equal(pool_strndup(*state, NULL, 0), "");
	assert_memory_equal(pool_memdup(*state, data + 1, 3), "bcd", 3);
	assert_string_equal(pool_format(*state, "%s-%d", "x", 7), "x-7");
	assert_string_equal(pool_format(*state, "%s", ""), "");
}

static void
test_array(void **state)
{
	int64_t *numbers = pool_alloc_array(*state, 3, sizeof(*numbers));

	numbers[2] = 7;
	assert_int_equal(numbers[0] + numbers[1] + numbers[2], 7);
}

static void
test_used(void **state)
{
	struct pool *pool = *state;

	assert_int_equal(pool_used_bytes(pool), 0);
	(void)pool_alloc(pool, 1000);
	assert_in_range(pool_used_bytes(pool), 1000, 1100);
	(void)pool_alloc(pool, 50000);
	assert_in_range(pool_used_bytes(pool), 51000, 51200);
	pool_clear(pool);
	assert_int_equal(pool_used_bytes(pool), 0);
}

static void
test_hooks_newest_first(void **state)
{
	struct trace trace = { .len = 0 };
	struct step steps[] = { { &trace, 'a' }, { &trace, 'b' },
		{ &trace, 'c' } };
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(steps); i++)
		pool_on_clear(pool, note, &steps[i]);
	pool_clear(pool);
	assert_string_equal(trace.text, "cba");
	/* They ran, and do not run again. */
	pool_on_clear(pool, note, &steps[0]);
	pool_free(&pool);
	assert_string_equal(trace.text, "cbaa");
	assert_null(pool);
	pool_free(&pool);
}

struct chain {
	struct pool *pool;
	struct step *step;
};

static void
register_another(void *arg)
{
	struct chain *chain = arg;

	pool_on_clear(chain->pool, note, chain->step);
}

static void
test_hook_in_hook(void **state)
{
	struct trace trace = { .len = 0 };
	struct step step = { &trace, 'x' };
	struct chain chain = { pool_new(), &step };

	(void)state;
	pool_on_clear(chain.pool, register_another, &chain);
	pool_free(&chain.pool);
	assert_string_equal(trace.text, "x");
}

static void
test_secret(void **state)
{
	struct pool *pool = pool_new_secret();

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(pool_strdup(pool, "secret"), "secret");
		(void)pool_alloc(pool, 10000);
		pool_clear(pool);
		assert_int_equal(pool_used_bytes(pool), 0);
	}
	pool_free(&pool);
	assert_null(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_zeroed_and_aligned),
		POOL_TEST(test_apart),
		POOL_TEST(test_copies),
		POOL_TEST(test_array),
		POOL_TEST(test_used),
		cmocka_unit_test(test_hooks_newest_first),
		cmocka_unit_test(test_hook_in_hook),
		cmocka_unit_test(test_secret),
	};

	return cmocka_run_group_tests_name("base/pool", tests, NULL, NULL);
}
