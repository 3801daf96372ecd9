/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "http/etag.h"

static void
test_matches(void **state)
{
	static const struct {
		const char *header;
		bool matches;
	} cases[] = {
		{ "\"a\"", true },
		{ "W/\"a\"", true },
		{ "*", true },
		{ " * ", true },
		{ "\"b\", \"a\"", true },
		{ "\"b\",W/\"a\",\"c\"", true },
		{ ",, \"x, y\" ,\t\"a\"", true },
		{ "", false },
		{ "a", false },
		{ "\"A\"", false },
		{ "\"a", false },
		{ "\"", false },
		{ "W/", false },
		{ "w/\"a\"", false },
		{ "\"\"", false },
		{ "\"*\"", false },
		{ "\"b, a, c\"", false },
		{ "b, \"a\"", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		if (etag_matches(slice_str(cases[i].header), "\"a\"") !=
		    cases[i].matches)
			fail_msg("%s", cases[i].header);
	assert_false(etag_matches(slice_str(NULL), "\"a\""));
}

static void
test_strongly(void **state)
{
	static const struct {
		const char *header;
		bool matches;
	} cases[] = {
		{ "\"a\"", true },
		{ "*", true },
		{ "\"b\", \"a\"", true },
		{ "W/\"a\", \"a\"", true },
		{ "W/\"a\"", false },
		{ "\"b\",W/\"a\"", false },
		{ "", false },
		{ "\"a", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		if (etag_matches_strongly(slice_str(cases[i].header),
			"\"a\"") != cases[i].matches)
			fail_msg("%s", cases[i].header);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_strongly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
