/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "base/num.h"

/* Refused by all four. */
static const char *const bad[] = { "", " ", "-", "-1", "+1", " 1", "1 ", "x",
	"1x", "0x1", "1e3", "\xd9\xa1", "1\n", "--", "k", "kk", "1kk", ".",
	",", ".5", ",5" };

static void
test_u64(void **state)
{
	static const struct {
		const char *text;
		uint64_t max, value;
		bool is_right;
	} rows[] = {
		{ "0", UINT64_MAX, 0, true },
		{ "007", UINT64_MAX, 7, true },
		{ "18446744073709551615", UINT64_MAX, UINT64_MAX, true },
		{ "18446744073709551616", UINT64_MAX, 0, false },
		{ "18446744073709551620", UINT64_MAX, 0, false },
		{ "99999999999999999999", UINT64_MAX, 0, false },
		{ "10", 10, 10, true },
		{ "11", 10, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		uint64_t value = 99;

		assert_int_equal(num_parse_u64(slice_str(rows[i].text),
				     rows[i].max, &value),
		    rows[i].is_right);
		assert_true(value == (rows[i].is_right ? rows[i].value : 99));
	}
}

static void
test_i64(void **state)
{
	int64_t value = 99;

	(void)state;
	assert_true(num_parse_i64(slice_str("9223372036854775807"), INT64_MAX,
	    &value));
	assert_true(value == INT64_MAX);
	assert_false(num_parse_i64(slice_str("9223372036854775808"), INT64_MAX,
	    &value));
	assert_false(num_parse_i64(slice_str("0"), -1, &value));
	assert_true(num_parse_i64(slice_make("123", 2), 12, &value));
	assert_int_equal(value, 12);
}

static void
test_size(void **state)
{
	static const struct {
		const char *text;
		int64_t bytes; /* -1: refused */
	} rows[] = { { "0", 0 }, { "512", 512 }, { "64k", 64 * KIB },
		{ "2M", 2 * MIB }, { "1g", GIB }, { "1G", GIB }, { "0k", 0 },
		{ "1024m", GIB }, { "1025m", -1 }, { "2g", -1 },
		{ "1073741825", -1 }, { "9999999999999999999g", -1 },
		{ "1t", -1 }, { "1kb", -1 }, { "1 k", -1 }, { "1.5m", -1 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		int64_t bytes = -1;

		(void)num_parse_size(slice_str(rows[i].text), GIB, &bytes);
		assert_int_equal(bytes, rows[i].bytes);
	}
}

static void
test_cents(void **state)
{
	static const struct {
		const char *text;
		int64_t cents; /* -1: refused */
	} rows[] = { { "0", 0 }, { "12", 1200 }, { "12.5", 1250 },
		{ "12,50", 1250 }, { "0.01", 1 }, { "0,1", 10 },
		{ "12.345", -1 }, { "12.", -1 }, { "12,", -1 }, { "1.2.3", -1 },
		{ "1,000.50", -1 }, { "1.000,50", -1 }, { "1,000", -1 },
		{ "1.-5", -1 }, { "1.5 ", -1 }, { "99999.99", 9999999 },
		{ "100000", 10000000 }, { "100000.01", -1 },
		{ "100001", -1 }, { "92233720368547758.08", -1 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		int64_t cents = -1;

		(void)num_parse_cents(slice_str(rows[i].text), 10000000,
		    &cents);
		assert_int_equal(cents, rows[i].cents);
	}
}

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		struct slice text = slice_str(bad[i]);
		uint64_t u64;
		int64_t i64;

		assert_false(num_parse_u64(text, UINT64_MAX, &u64));
		assert_false(num_parse_i64(text, INT64_MAX, &i64));
		assert_false(num_parse_size(text, INT64_MAX, &i64));
		assert_false(num_parse_cents(text, INT64_MAX, &i64));
	}
	assert_false(num_parse_cents(slice_str("1"), 99, &(int64_t){ 0 }));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_u64),
		cmocka_unit_test(test_i64),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_cents),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests_name("base/num", tests, NULL, NULL);
}
