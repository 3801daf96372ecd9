/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <time.h>

#include "base/clock.h"

static void
test_fixed(void **state)
{
	const struct clock clock = { .fixed_ms = 1795358280999 };

	(void)state;
	assert_int_equal(clock_now_ms(&clock), 1795358280999);
	assert_int_equal(clock_now_secs(&clock), 1795358280);
}

static void
test_wall(void **state)
{
	const struct clock clock = { .fixed_ms = 0 };
	int64_t before = (int64_t)time(NULL);

	(void)state;
	/* time() may lag behind the fine clock by a tick. */
	assert_in_range(clock_now_secs(&clock), before, before + 60);
	assert_in_range(clock_now_ms(&clock), before * 1000,
	    (before + 60) * 1000);
}

static void
test_monotonic(void **state)
{
	const struct timespec pause = { .tv_nsec = 3000000 };
	int64_t us = clock_monotonic_us(), ms = clock_monotonic_ms();

	(void)state;
	assert_in_range(ms, us / 1000, us / 1000 + 60000);
	(void)nanosleep(&pause, NULL);
	assert_in_range(clock_monotonic_us() - us, 3000, 60000000);
	assert_in_range(clock_monotonic_ms() - ms, 2, 60000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_wall),
		cmocka_unit_test(test_monotonic),
	};

	return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
