/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <time.h>

#include "base/attr.h"
#include "codec/date.h"

static const struct {
	int64_t secs;
	const char *http, *amz, *iso;
} rows[] = {
	{ 0, "Thu, 01 Jan 1970 00:00:00 GMT", "19700101T000000Z",
	    "1970-01-01T00:00:00Z" },
	{ -1, "Wed, 31 Dec 1969 23:59:59 GMT", "19691231T235959Z",
	    "1969-12-31T23:59:59Z" },
	/* RFC 9110 section 5.6.7 */
	{ 784111777, "Sun, 06 Nov 1994 08:49:37 GMT", "19941106T084937Z",
	    "1994-11-06T08:49:37Z" },
	{ 1369353600, "Fri, 24 May 2013 00:00:00 GMT", "20130524T000000Z",
	    "2013-05-24T00:00:00Z" },
	/* leap years: 2000 and 2024 are, 2100 is not */
	{ 951782400, "Tue, 29 Feb 2000 00:00:00 GMT", "20000229T000000Z",
	    "2000-02-29T00:00:00Z" },
	{ 1709251199, "Thu, 29 Feb 2024 23:59:59 GMT", "20240229T235959Z",
	    "2024-02-29T23:59:59Z" },
	{ 1709251200, "Fri, 01 Mar 2024 00:00:00 GMT", "20240301T000000Z",
	    "2024-03-01T00:00:00Z" },
	{ 4107542399, "Sun, 28 Feb 2100 23:59:59 GMT", "21000228T235959Z",
	    "2100-02-28T23:59:59Z" },
	{ 4107542400, "Mon, 01 Mar 2100 00:00:00 GMT", "21000301T000000Z",
	    "2100-03-01T00:00:00Z" },
	{ 1798761599, "Thu, 31 Dec 2026 23:59:59 GMT", "20261231T235959Z",
	    "2026-12-31T23:59:59Z" },
	/* past 32 bits */
	{ 2147483648, "Tue, 19 Jan 2038 03:14:08 GMT", "20380119T031408Z",
	    "2038-01-19T03:14:08Z" },
	{ 4294967296, "Sun, 07 Feb 2106 06:28:16 GMT", "21060207T062816Z",
	    "2106-02-07T06:28:16Z" },
	/* the ends */
	{ -62135596800, "Mon, 01 Jan 0001 00:00:00 GMT", "00010101T000000Z",
	    "0001-01-01T00:00:00Z" },
	{ 253402300799, "Fri, 31 Dec 9999 23:59:59 GMT", "99991231T235959Z",
	    "9999-12-31T23:59:59Z" },
};

static void
test_format(void **state)
{
	char amz[DATE_AMZ_CHARS + 1];

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_string_equal(date_http(*state, rows[i].secs),
		    rows[i].http);
		date_amz(amz, rows[i].secs);
		assert_string_equal(amz, rows[i].amz);
		assert_string_equal(date_iso(*state, rows[i].secs),
		    rows[i].iso);
	}
}

static void
test_parse(void **state)
{
	int64_t secs;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_true(date_parse_http(slice_str(rows[i].http), &secs));
		assert_int_equal(secs, rows[i].secs);
		assert_true(date_parse_amz(slice_str(rows[i].amz), &secs));
		assert_int_equal(secs, rows[i].secs);
		assert_true(date_parse_iso(slice_str(rows[i].iso), &secs));
		assert_int_equal(secs, rows[i].secs);
	}
}

static void
test_clamped(void **state)
{
	char amz[DATE_AMZ_CHARS + 1];

	assert_string_equal(date_iso(*state, INT64_MIN),
	    "0001-01-01T00:00:00Z");
	assert_string_equal(date_http(*state, INT64_MAX),
	    "Fri, 31 Dec 9999 23:59:59 GMT");
	date_amz(amz, INT64_MAX);
	assert_string_equal(amz, "99991231T235959Z");
}

/* Every day of 1970..2100, held against the C library. */
static void
test_every_day(void **state)
{
	const int64_t day = 24 * 60 * 60;
	struct pool *pool = *state;

	for (int64_t secs = 0; secs < INT64_C(4133980800); secs += day) {
		time_t moment = (time_t)(secs + 45296);
		char expected[64];
		struct tm tm;
		int64_t back;

		(void)gmtime_r(&moment, &tm);
		(void)strftime(expected, sizeof(expected),
		    "%a, %d %b %Y %H:%M:%S GMT", &tm);
		assert_string_equal(date_http(pool, moment), expected);
		assert_true(date_parse_http(slice_str(expected), &back));
		assert_int_equal(back, moment);
		pool_clear(pool);
	}
}

static void
test_http_obsolete(void **state)
{
	static const struct {
		const char *text;
		int64_t secs;
	} forms[] = {
		{ "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
		{ "Sun Nov  6 08:49:37 1994", 784111777 },
		{ "Wed Nov 16 08:49:37 1994", 784975777 },
		{ "Thursday, 01-Jan-70 00:00:00 GMT", 0 },
		{ "Sunday, 22-Nov-26 14:38:00 GMT", 1795358280 },
		/* a leap second is the next minute's first */
		{ "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 },
	};
	int64_t secs;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(forms); i++) {
		if (!date_parse_http(slice_str(forms[i].text), &secs))
			fail_msg("refused %s", forms[i].text);
		assert_int_equal(secs, forms[i].secs);
	}
}

static void
test_http_refused(void **state)
{
	static const char *const bad[] = { "", "Sun", "0", "784111777",
		"Mon, 06 Nov 1994 08:49:37 GMT", /* it was a Sunday */
		"Monday, 06-Nov-94 08:49:37 GMT", "Mon Nov  6 08:49:37 1994",
		"sun, 06 nov 1994 08:49:37 gmt", "Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 06 Nov 1994 08:49:37 GMT ",
		" Sun, 06 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:37 +0000",
		"Sun, 06 Nov 1994 24:00:00 GMT",
		"Sun, 06 Nov 1994 08:60:37 GMT",
		"Sun, 06 Nov 1994 08:49:61 GMT",
		"Sun, 06 Nov 1994 8:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT",
		"Sun, 00 Nov 1994 08:49:37 GMT",
		"Thu, 31 Nov 1994 08:49:37 GMT",
		"Wed, 29 Feb 1995 00:00:00 GMT",
		"Mon, 29 Feb 2100 00:00:00 GMT", "Sun Nov 06 08:49:37 94",
		"Sunday, 06-Nov-1994 08:49:37 GMT",
		"Sat, 01 Jan 0000 00:00:00 GMT" };
	int64_t secs;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
		if (date_parse_http(slice_str(bad[i]), &secs))
			fail_msg("accepted %s", bad[i]);
}

static void
test_amz_refused(void **state)
{
	static const char *const bad[] = { "", "20130524", "20130524T000000",
		"20130524T000000z", "20130524t000000Z", "2013-05-24T00:00:00Z",
		"20131324T000000Z", "20130532T000000Z", "20130500T000000Z",
		"20130524T240000Z", "20130524T006000Z", "20130524T000000Z ",
		" 20130524T000000Z", "20130524T0000000Z", "+2130524T000000Z",
		"20130229T000000Z" };
	int64_t secs;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
		if (date_parse_amz(slice_str(bad[i]), &secs))
			fail_msg("accepted %s", bad[i]);
}

static void
test_iso_forms(void **state)
{
	static const char *const bad[] = { "", "2026-11-22",
		"2026-11-22T14:38:00", "2026-11-22 14:38:00Z",
		"2026-11-22T14:38:00+00:00", "2026-11-22T14:38:00.Z",
		"2026-11-22T14:38Z", "2026-11-31T14:38:00Z",
		"2026-1-22T14:38:00Z", "2026-11-22T14:38:00ZZ" };
	int64_t secs;

	(void)state;
	assert_true(date_parse_iso(slice_str("2026-11-22T14:38:00.999Z"),
	    &secs));
	assert_int_equal(secs, 1795358280);
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
		if (date_parse_iso(slice_str(bad[i]), &secs))
			fail_msg("accepted %s", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_format),
		POOL_TEST(test_parse),
		POOL_TEST(test_clamped),
		POOL_TEST(test_every_day),
		POOL_TEST(test_http_obsolete),
		POOL_TEST(test_http_refused),
		POOL_TEST(test_amz_refused),
		POOL_TEST(test_iso_forms),
	};

	return cmocka_run_group_tests_name("codec/date", tests, NULL, NULL);
}
