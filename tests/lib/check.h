/*
 * What every unit test includes: cmocka with the headers it wants first.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef LIB_CHECK_H
#define LIB_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "base/slice.h"

/* The slice holds exactly this text. */
#define assert_slice(actual, text)                                   \
	do {                                                         \
		struct slice checked_ = (actual);                    \
		assert_int_equal(checked_.len, strlen(text));        \
		assert_memory_equal(checked_.data, text, checked_.len); \
	} while (0)

/* A test whose *state is a pool of its own. */
#define POOL_TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, check_pool_new, check_pool_free)

static inline int
check_pool_new(void **state)
{
	*state = pool_new();
	return 0;
}

static inline int
check_pool_free(void **state)
{
	struct pool *pool = *state;

	pool_free(&pool);
	return 0;
}

#endif
