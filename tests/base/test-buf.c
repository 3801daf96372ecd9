/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/buf.h"

static void
test_ceiling(void **state)
{
	struct pool *pool = pool_new();
	struct buf buf;

	(void)state;
	buf_init(&buf, pool, 5);
	assert_int_equal(buf_str(&buf, "abc"), 0);
	assert_int_equal(buf_str(&buf, "def"), -1);
	assert_true(buf_is_full(&buf));
	assert_slice(buf_view(&buf), "abc");
	assert_int_equal(buf_char(&buf, 'd'), -1);
	buf_clear(&buf);
	assert_int_equal(buf_format(&buf, "%d", 12345), 0);
	assert_slice(buf_view(&buf), "12345");
	pool_free(&pool);
}

static void
test_append(void **state)
{
	struct buf buf;

	buf_init(&buf, *state, 100);
	assert_string_equal(buf.data, "");
	assert_int_equal(buf_append(&buf, "a\0b", 3), 0);
	assert_int_equal(buf_append(&buf, NULL, 0), 0);
	assert_int_equal(buf_slice(&buf, slice_make("cde", 2)), 0);
	assert_int_equal(buf_format(&buf, "%s%d", "x", -7), 0);
	assert_int_equal(buf.len, 8);
	assert_memory_equal(buf.data, "a\0bcdx-7", 9);
}

/* Far beyond the first allocation, one byte at a time, and to itself. */
static void
test_growth(void **state)
{
	enum { COUNT = 5000 };
	struct buf buf;

	buf_init(&buf, *state, 2 * COUNT);
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(buf_char(&buf, (char)('a' + i % 26)), 0);
	assert_int_equal(buf_slice(&buf, buf_view(&buf)), 0);
	assert_int_equal(buf.len, 2 * COUNT);
	assert_memory_equal(buf.data, buf.data + COUNT, COUNT);
	assert_int_equal(buf.data[COUNT - 1], 'a' + (COUNT - 1) % 26);
	assert_int_equal(buf.data[2 * COUNT], '\0');
	assert_int_equal(buf_char(&buf, 'x'), -1);
}

static void
test_format_ceiling(void **state)
{
	struct buf buf;

	buf_init(&buf, *state, 4);
	assert_int_equal(buf_format(&buf, "%d", 1234), 0);
	buf_clear(&buf);
	assert_string_equal(buf.data, "");
	assert_int_equal(buf_format(&buf, "%d", 12345), -1);
	assert_int_equal(buf.len, 0);
}

static void
test_consume(void **state)
{
	struct buf buf;

	buf_init(&buf, *state, 100);
	buf_consume(&buf, 0);
	(void)buf_str(&buf, "abcdef");
	buf_consume(&buf, 2);
	assert_string_equal(buf.data, "cdef");
	(void)buf_str(&buf, "g");
	buf_consume(&buf, 5);
	assert_string_equal(buf.data, "");
	assert_int_equal(buf.len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ceiling),
		POOL_TEST(test_append),
		POOL_TEST(test_growth),
		POOL_TEST(test_format_ceiling),
		POOL_TEST(test_consume),
	};

	return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
