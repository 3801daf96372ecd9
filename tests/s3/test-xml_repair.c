/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "codec/xml.h"
#include "s3/xml_repair.h"

static void
test_repair(void **state)
{
	static const struct {
		const char *doc, *text; /* text NULL: left alone */
	} rows[] = {
		{ "plain", NULL },
		{ "&amp;&lt;&#65;&#x41;&#9;&#xA;&#13;&#x20;", NULL },
		{ "&#;&#x;&#xg;&#1&#x1", NULL },
		{ "&#x110000;&#99999999999999999999;&#4294967297;", NULL },
		{ "&#-1;&#+1;&# 1;&#0x1;", NULL },
		{ "\xef\xbf\xbd", NULL },
		{ "&#x1;", "\x01" },
		{ "&#x01;&#x001;&#1;&#31;&#x1F;&#x1f;",
		    "\x01\x01\x01\x1f\x1f\x1f" },
		{ "\xef\xbf\xbe|\xef\xbf\xbf", "\xef\xbf\xbe|\xef\xbf\xbf" },
		{ "a&amp;&#x7;&#65;", "a&\aA" },
		/* It has stand-ins of its own. */
		{ "&#x1;\xef\xb7\x91", NULL },
	};
	struct pool *pool = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct slice doc = slice_str(pool_format(pool, "<a>%s</a>",
		    rows[i].doc));
		bool was_repaired;
		struct slice result = xml_repair(pool, doc, &was_repaired);
		const char *text;

		assert_int_equal(was_repaired, rows[i].text != NULL);
		if (rows[i].text == NULL) {
			assert_true(slice_eq(result, doc));
			continue;
		}
		text = xml_text(pool, result, "a");
		assert_slice(xml_unrepair(pool, slice_str(text)),
		    rows[i].text);
	}
}

/* A NUL comes back as one, for the caller to refuse. */
static void
test_nul(void **state)
{
	struct pool *pool = *state;
	bool was_repaired;
	struct slice doc = xml_repair(pool, slice_str("<a>b&#0;c</a>"),
	    &was_repaired);
	struct slice text = xml_unrepair(pool, slice_str(xml_text(pool, doc,
	    "a")));

	assert_true(was_repaired);
	assert_int_equal(text.len, 3);
	assert_memory_equal(text.data, "b\0c", 3);
	/* A stand-in that is cut off is no stand-in. */
	assert_slice(xml_unrepair(pool, slice_str("a\xef\xb7")), "a\xef\xb7");
	assert_slice(xml_unrepair(pool, slice_str("")), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_repair),
		POOL_TEST(test_nul),
	};

	return cmocka_run_group_tests_name("s3/xml_repair", tests, NULL, NULL);
}
