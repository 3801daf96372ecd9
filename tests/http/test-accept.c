/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "http/accept.h"

static void
test_language(void **state)
{
	static const struct {
		const char *header;
		enum lang fallback, want;
	} cases[] = {
		{ "", LANG_ES, LANG_ES },
		{ "", LANG_EN, LANG_EN },
		{ "en", LANG_ES, LANG_EN },
		{ "en-US,en;q=0.9", LANG_ES, LANG_EN },
		{ "es-MX", LANG_EN, LANG_ES },
		{ "fr, de;q=0.5", LANG_ES, LANG_ES },
		{ "fr, en;q=0.1", LANG_ES, LANG_EN },
		{ "es;q=0.4, en;q=0.5", LANG_ES, LANG_EN },
		{ "es;q=0.5, en;q=0.5", LANG_EN, LANG_ES },
		{ "en;q=0", LANG_ES, LANG_ES },
		{ "en;q=0.001", LANG_ES, LANG_EN },
		{ "*", LANG_EN, LANG_EN },
		{ "en;q=0.5, *;q=0.8", LANG_ES, LANG_ES },
		{ "en;q=1.001, es;q=0.1", LANG_EN, LANG_ES },
		{ "en;q=2, es;q=0.1", LANG_EN, LANG_ES },
		{ "en;q=0.1234, es;q=0.1", LANG_EN, LANG_ES },
		{ "en;q=, es;q=0.1", LANG_EN, LANG_ES },
		{ "en;q=0x1, es;q=0.1", LANG_EN, LANG_ES },
		{ " EN ; Q=0.7 ", LANG_ES, LANG_EN },
		{ ",,;;,=", LANG_EN, LANG_EN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		enum lang got = accept_language(slice_str(cases[i].header),
		    cases[i].fallback);

		if (got != cases[i].want)
			fail_msg("Accept-Language: %s", cases[i].header);
	}
}

static void
test_json(void **state)
{
	static const struct {
		const char *header;
		bool want;
	} cases[] = {
		{ "", false },
		{ "*/*", false },
		{ "application/json", true },
		{ "APPLICATION/JSON", true },
		{ "application/*", true },
		{ "text/html", false },
		{ "text/html,application/xhtml+xml,*/*;q=0.8", false },
		{ "application/json, text/plain, */*", true },
		{ "text/html, application/json", false },
		{ "application/json, text/html", true },
		{ "text/html;q=0.5, application/json;q=0.6", true },
		{ "text/html;q=0.6, application/json;q=0.5", false },
		{ "application/json;q=0", false },
		{ "application/json;q=0, */*", false },
		{ "text/html;q=0, */*", true },
		{ "application/json;q=9", false },
		{ "text/*, application/json", true },
		{ "image/webp", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		if (accept_format(slice_str(cases[i].header)).wants_json !=
		    cases[i].want)
			fail_msg("Accept: %s", cases[i].header);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_language),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests_name("http/accept", tests, NULL, NULL);
}
