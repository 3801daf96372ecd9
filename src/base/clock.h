/*
 * Time as an input.  Whatever signs, expires or names things by time is given
 * a clock, so that tests can stand still.  Wall time is milliseconds since the
 * epoch, UTC; monotonic time is for durations only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

struct clock {
	/* 0: the machine's wall clock; else this moment, for ever. */
	int64_t fixed_ms;
};

int64_t clock_now_ms(const struct clock *clock);
int64_t clock_now_secs(const struct clock *clock);
/* Milliseconds of CLOCK_MONOTONIC. */
int64_t clock_monotonic_ms(void);
/* Microseconds of CLOCK_MONOTONIC, for measuring. */
int64_t clock_monotonic_us(void);

#endif
