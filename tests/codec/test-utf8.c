/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "codec/utf8.h"

/* Code points of each length at the edges of its range. */
static const struct {
	const char *text;
	int32_t c;
} edges[] = { { "A", 'A' }, { "\x7f", 0x7f }, { "\xc2\x80", 0x80 },
	{ "\xdf\xbf", 0x7ff }, { "\xe0\xa0\x80", 0x800 },
	{ "\xed\x9f\xbf", 0xd7ff }, { "\xee\x80\x80", 0xe000 },
	{ "\xef\xbf\xbf", 0xffff }, { "\xf0\x90\x80\x80", 0x10000 },
	{ "\xf4\x8f\xbf\xbf", 0x10ffff } };

static const char *const bad[] = { "\x80", "\xbf", "\xc0\xaf", "\xc1\xbf",
	"\xc3", "\xc3(", "\xe0\x80\xaf", "\xe0\x9f\xbf", "\xe1\x80", "\xe1\x80(",
	"\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\xaf", "\xf0\x8f\xbf\xbf",
	"\xf0\x90\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
	"\xf8\x88\x80\x80\x80", "\xfe", "\xff" };

static void
test_take(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(edges); i++) {
		struct slice rest = slice_str(edges[i].text);

		assert_true(utf8_is_valid(rest));
		assert_int_equal(utf8_count(rest), 1);
		assert_int_equal(utf8_take(&rest), edges[i].c);
		assert_int_equal(utf8_take(&rest), -1);
	}
}

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		struct slice rest = slice_str(bad[i]);
		size_t len = rest.len;

		assert_false(utf8_is_valid(rest));
		assert_int_equal(utf8_take(&rest), -2);
		assert_int_equal(rest.len, len - 1);
	}
}

static void
test_valid(void **state)
{
	struct slice nul = slice_make("a\0b", 3);

	(void)state;
	assert_true(utf8_is_valid(slice_str("")));
	assert_true(utf8_is_valid(slice_str("Ñandú €😀")));
	assert_true(utf8_is_valid(nul));
	assert_false(utf8_is_valid(slice_str("ok \xff")));
	assert_int_equal(utf8_count(slice_str("Ñandú €😀")), 8);
	assert_int_equal(utf8_count(slice_str("")), 0);
}

static void
test_clean(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *clean;
	} rows[] = {
		{ "", 0, "" },
		{ "ñ", 2, "ñ" },
		{ "a\xff" "b", 3, "a\xef\xbf\xbd" "b" },
		{ "a\0b", 3, "a\xef\xbf\xbd" "b" },
		{ "\xf0\x90\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xe1\x80x", 3, "\xef\xbf\xbd\xef\xbf\xbdx" },
	};
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(
		    utf8_clean(pool, slice_make(rows[i].text, rows[i].len)),
		    rows[i].clean);
	pool_free(&pool);
}

static void
test_cut(void **state)
{
	static const struct {
		size_t max_bytes;
		const char *cut;
	} rows[] = { { 0, "" }, { 1, "a" }, { 2, "a" }, { 3, "añ" }, { 4, "añ" },
		{ 5, "añ" }, { 6, "añ€" }, { 7, "añ€b" }, { 99, "añ€b" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_slice(utf8_cut(slice_str("añ€b"), rows[i].max_bytes),
		    rows[i].cut);
}

static void
test_classes(void **state)
{
	static const struct {
		int32_t c;
		bool is_control, is_bidi;
	} rows[] = { { -1, false, false }, { 0, true, false },
		{ '\n', true, false }, { 0x1f, true, false },
		{ ' ', false, false }, { 0x7e, false, false },
		{ 0x7f, true, false }, { 0x9f, true, false },
		{ 0xa0, false, false }, { 0x061c, false, true },
		{ 0x200d, false, false }, { 0x200e, false, true },
		{ 0x200f, false, true }, { 0x2029, false, false },
		{ 0x202a, false, true }, { 0x202e, false, true },
		{ 0x202f, false, false }, { 0x2065, false, false },
		{ 0x2066, false, true }, { 0x2069, false, true },
		{ 0x206a, false, false } };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_int_equal(utf8_is_control(rows[i].c),
		    rows[i].is_control);
		assert_int_equal(utf8_is_bidi(rows[i].c), rows[i].is_bidi);
	}
}

/* clang-format off */
static const struct {
	const char *text, *lower;
} lowers[] = {
	{ "", "" },
	{ "AZaz09_[@", "azaz09_[@" },
	{ "ÀÖØÞ×ß÷", "àöøþ×ß÷" },
	{ "ÑANDÚ Ÿ", "ñandú ÿ" },
	{ "ĀĮİĲĶĹŇŊŶŹŽȘ", "āįİĳķĺňŋŷźžș" },
	{ "ΆΈΑΡΣΫ", "άέαρσϋ" },
	{ "ЀЏАЯя", "ѐџаяя" },
	{ "ḀẔẞẠỾ", "ḁẕßạỿ" },
	{ "日本 €😀", "日本 €😀" },
};
/* clang-format on */

static void
test_lower(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(lowers); i++)
		assert_string_equal(
		    utf8_lower(pool, slice_str(lowers[i].text)),
		    lowers[i].lower);
	pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_lower),
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_classes),
	};

	return cmocka_run_group_tests_name("codec/utf8", tests, NULL, NULL);
}
