/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"

static void
test_equal(void **state)
{
	(void)state;
	assert_true(slice_eq(slice_str(""), slice_str(NULL)));
	assert_true(slice_eq(slice_make("a\0b", 3), slice_make("a\0b", 3)));
	assert_false(slice_eq(slice_make("a\0b", 3), slice_make("a\0c", 3)));
	assert_false(slice_eq(slice_str("ab"), slice_str("abc")));
	assert_true(slice_eq_str(slice_make("abc", 2), "ab"));
	assert_false(slice_eq_str(slice_make("ab\0", 3), "ab"));
	assert_true(slice_eq_case(slice_str("Content-TYPE"), "content-type"));
	assert_false(slice_eq_case(slice_str("content-typ"), "content-type"));
	/* ASCII alone: "@" and "`" differ as "A" and "a" do. */
	assert_false(slice_eq_case(slice_str("@["), "`{"));
	assert_false(slice_eq_case(slice_str("\xc3\x91"), "\xc3\xb1"));
}

static void
test_find(void **state)
{
	struct slice text = slice_str("abcabc");

	(void)state;
	assert_int_equal(slice_find(text, 'c'), 2);
	assert_int_equal(slice_find(text, 'x'), 6);
	assert_int_equal(slice_find(slice_make(text.data, 2), 'c'), 2);
	assert_int_equal(slice_find(slice_str(""), 'c'), 0);
	assert_true(slice_has_prefix(text, "abc"));
	assert_true(slice_has_prefix(text, ""));
	assert_false(slice_has_prefix(text, "abcabca"));
	assert_true(slice_has_suffix(text, "bc"));
	assert_false(slice_has_suffix(slice_make(text.data, 5), "bc"));
	assert_false(slice_has_suffix(slice_str("c"), "bc"));
}

static void
test_trim(void **state)
{
	(void)state;
	assert_slice(slice_trim(slice_str(" \t a b \t")), "a b");
	assert_slice(slice_trim(slice_str(" \t ")), "");
	assert_slice(slice_trim(slice_str("\ra\n")), "\ra\n");
	assert_slice(slice_from(slice_str("abc"), 1), "bc");
	assert_slice(slice_from(slice_str("abc"), 3), "");
	assert_slice(slice_from(slice_str("abc"), 9), "");
}

static void
test_next(void **state)
{
	static const struct {
		const char *text, *items[4];
	} rows[] = { { "", { "" } }, { "a", { "a" } }, { "a,b", { "a", "b" } },
		{ "a,,b", { "a", "", "b" } }, { ",", { "", "" } },
		{ "a,", { "a", "" } } };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct slice rest = slice_str(rows[i].text), item;
		size_t count = 0;

		while (slice_next(&rest, ',', &item)) {
			assert_non_null(rows[i].items[count]);
			assert_slice(item, rows[i].items[count]);
			count++;
		}
		assert_null(rows[i].items[count]);
		assert_null(rest.data);
		assert_false(slice_next(&rest, ',', &item));
	}
}

static void
test_take(void **state)
{
	struct slice rest = slice_make("\xff\0ab", 4);

	(void)state;
	assert_int_equal(slice_take(&rest), 0xff);
	assert_int_equal(slice_take(&rest), 0);
	assert_false(slice_take_str(&rest, "abc"));
	assert_false(slice_take_str(&rest, "b"));
	assert_slice(rest, "ab");
	assert_true(slice_take_str(&rest, "a"));
	assert_true(slice_take_str(&rest, ""));
	assert_true(slice_take_str(&rest, "b"));
	assert_int_equal(slice_take(&rest), -1);
	assert_int_equal(slice_take(&rest), -1);
}

static void
test_utf8(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} rows[] = { { "", 0 }, { "ab", 1 }, { "\x7f", 1 }, { "ña", 2 },
		{ "€a", 3 }, { "😀a", 4 }, { "\x80", 0 }, { "\xc3", 0 },
		{ "\xc3(", 0 }, { "\xc0\xaf", 0 }, { "\xed\xa0\x80", 0 },
		{ "\xf4\x90\x80\x80", 0 }, { "\xff", 0 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(slice_utf8(slice_str(rows[i].text)),
		    rows[i].len);
	assert_int_equal(slice_utf8(slice_make("\0", 1)), 1);
	/* What follows the slice is not looked at. */
	assert_int_equal(slice_utf8(slice_make("€", 2)), 0);
}

static void
test_dup(void **state)
{
	assert_string_equal(slice_dup(*state, slice_make("abc", 2)), "ab");
	assert_string_equal(slice_dup(*state, slice_str(NULL)), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_utf8),
		POOL_TEST(test_dup),
	};

	return cmocka_run_group_tests_name("base/slice", tests, NULL, NULL);
}
