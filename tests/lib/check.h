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

#include "base/slice.h"

/* The slice holds exactly this text. */
#define assert_slice(actual, text)                                   \
	do {                                                         \
		struct slice checked_ = (actual);                    \
		assert_int_equal(checked_.len, strlen(text));        \
		assert_memory_equal(checked_.data, text, checked_.len); \
	} while (0)

#endif
