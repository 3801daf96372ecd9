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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ceiling),
	};

	return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
