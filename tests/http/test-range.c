/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "http/range.h"

static void
test_parse(void **state)
{
	static const struct {
		const char *header;
		int64_t size;
		enum range_kind kind;
		int64_t offset, length;
	} rows[] = {
		{ "bytes=0-0", 10, RANGE_PART, 0, 1 },
		{ "bytes=0-", 10, RANGE_PART, 0, 10 },
		{ "bytes=3-5", 10, RANGE_PART, 3, 3 },
		{ " bytes=9-9 ", 10, RANGE_PART, 9, 1 },
		{ "bytes=9-900", 10, RANGE_PART, 9, 1 },
		{ "bytes=9-9223372036854775807", 10, RANGE_PART, 9, 1 },
		{ "bytes=-1", 10, RANGE_PART, 9, 1 },
		{ "bytes=-10", 10, RANGE_PART, 0, 10 },
		{ "bytes=-9223372036854775807", 10, RANGE_PART, 0, 10 },
		{ "bytes=10-", 10, RANGE_UNSATISFIABLE, 0, 0 },
		{ "bytes=9223372036854775807-", 10, RANGE_UNSATISFIABLE, 0, 0 },
		{ "bytes=-0", 10, RANGE_UNSATISFIABLE, 0, 0 },
		{ "bytes=0-", 0, RANGE_UNSATISFIABLE, 0, 0 },
		{ "bytes=-5", 0, RANGE_UNSATISFIABLE, 0, 0 },
		{ "", 10, RANGE_ALL, 0, 10 },
		{ "bytes", 10, RANGE_ALL, 0, 10 },
		{ "bytes=", 10, RANGE_ALL, 0, 10 },
		{ "bytes=-", 10, RANGE_ALL, 0, 10 },
		{ "bytes=5", 10, RANGE_ALL, 0, 10 },
		{ "bytes=5-3", 10, RANGE_ALL, 0, 10 },
		{ "bytes=0-1,3-4", 10, RANGE_ALL, 0, 10 },
		{ "bytes=0-1-2", 10, RANGE_ALL, 0, 10 },
		{ "bytes=+1-2", 10, RANGE_ALL, 0, 10 },
		{ "bytes=--1", 10, RANGE_ALL, 0, 10 },
		{ "bytes= 0-1", 10, RANGE_ALL, 0, 10 },
		{ "bytes=9223372036854775808-", 10, RANGE_ALL, 0, 10 },
		{ "lines=0-1", 10, RANGE_ALL, 0, 10 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct range range;
		enum range_kind kind = range_parse(slice_str(rows[i].header),
		    rows[i].size, &range);

		if (kind != rows[i].kind)
			fail_msg("%s: %d", rows[i].header, (int)kind);
		if (kind == RANGE_UNSATISFIABLE)
			continue;
		assert_int_equal(range.offset, rows[i].offset);
		assert_int_equal(range.length, rows[i].length);
	}
}

static void
test_if_range(void **state)
{
	static const struct {
		const char *header;
		bool applies;
	} rows[] = {
		{ "", true },
		{ "\"a\"", true },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", true },
		{ "W/\"a\"", false },
		{ "\"b\"", false },
		{ "\"a\", \"b\"", false },
		{ "*", false },
		{ "Sun, 06 Nov 1994 08:49:38 GMT", false },
		{ "yesterday", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (range_may_apply(slice_str(rows[i].header), "\"a\"",
			784111777) != rows[i].applies)
			fail_msg("%s", rows[i].header);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_if_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
