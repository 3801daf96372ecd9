/* SPDX-License-Identifier: MIT */
#include <time.h>

#include "base/clock.h"

static int64_t
read_us(clockid_t id)
{
	struct timespec now;

	(void)clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
clock_now_ms(const struct clock *clock)
{
	if (clock->fixed_ms != 0)
		return clock->fixed_ms;
	return read_us(CLOCK_REALTIME) / 1000;
}

int64_t
clock_now_secs(const struct clock *clock)
{
	return clock_now_ms(clock) / 1000;
}

int64_t
clock_monotonic_ms(void)
{
	return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t
clock_monotonic_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}
