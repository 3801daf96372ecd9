/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "codec/hex.h"

static void
test_hex(void **state)
{
	struct slice bytes;

	assert_string_equal(hex_encode(*state, slice_make("\0\x7f\xff", 3)),
	    "007fff");
	assert_string_equal(hex_encode(*state, slice_str("")), "");
	assert_true(hex_decode(*state, slice_str("007FfF"), &bytes));
	assert_int_equal(bytes.len, 3);
	assert_memory_equal(bytes.data, "\0\x7f\xff", 3);
	assert_true(hex_decode(*state, slice_str(""), &bytes));
	assert_int_equal(bytes.len, 0);
}

static void
test_hex_refused(void **state)
{
	static const char *const rows[] = { "0", "000", "0g", "g0", " 0", "0x",
		"-1", "\xff\xff", "/0", ":0", "@0", "`0" };
	struct slice bytes;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_false(hex_decode(*state, slice_str(rows[i]), &bytes));
}

/* RFC 4648 section 10. */
static void
test_base64_rfc(void **state)
{
	static const struct {
		const char *bytes, *text;
	} rows[] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
		{ "\xfb\xff\xbf", "+/+/" } };
	struct slice bytes;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_string_equal(
		    base64_encode(*state, slice_str(rows[i].bytes)),
		    rows[i].text);
		assert_true(base64_decode(*state, slice_str(rows[i].text),
		    &bytes));
		assert_slice(bytes, rows[i].bytes);
	}
}

static void
test_base64url(void **state)
{
	static const struct {
		const char *bytes, *text;
	} rows[] = { { "", "" }, { "f", "Zg" }, { "fo", "Zm8" },
		{ "foo", "Zm9v" }, { "\xfb\xff\xbf", "-_-_" } };
	struct slice bytes;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_string_equal(
		    base64url_encode(*state, slice_str(rows[i].bytes)),
		    rows[i].text);
		assert_true(base64url_decode(*state, slice_str(rows[i].text),
		    &bytes));
		assert_slice(bytes, rows[i].bytes);
	}
}

static void
test_base64_refused(void **state)
{
	static const char *const rows[] = { "Z", "Zg", "Zg=", "Zg===", "Zm8",
		"Zm9vY", "====", "=", "==", "Z===", "Zg==Zg==", "Z=g=",
		"=Zg=", "Zh==", "Zm9=", /* spare bits */
		"Zm9v\n", "Zm 9v", " Zm9v", "Zm9-", "Zm9_", "Zm9*",
		"\xff\xff\xff\xff" };
	struct slice bytes;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (base64_decode(*state, slice_str(rows[i]), &bytes))
			fail_msg("accepted %s", rows[i]);
	assert_false(base64_decode(*state, slice_make("Zm\0v", 4), &bytes));
}

static void
test_base64url_refused(void **state)
{
	static const char *const rows[] = { "Z", "Zm9vY", "Zg==", "Zh", "Zm9",
		"Zm9+", "Zm9/", "Zg\n" };
	struct slice bytes;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (base64url_decode(*state, slice_str(rows[i]), &bytes))
			fail_msg("accepted %s", rows[i]);
}

/* Every byte value survives, at every length modulo 3. */
static void
test_round_trip(void **state)
{
	unsigned char all[256];

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (unsigned char)i;
	for (size_t len = sizeof(all) - 3; len <= sizeof(all); len++) {
		struct slice in = slice_make(all, len), out;

		assert_true(base64_decode(*state,
		    slice_str(base64_encode(*state, in)), &out));
		assert_true(slice_eq(in, out));
		assert_true(base64url_decode(*state,
		    slice_str(base64url_encode(*state, in)), &out));
		assert_true(slice_eq(in, out));
		assert_true(hex_decode(*state, slice_str(hex_encode(*state, in)),
		    &out));
		assert_true(slice_eq(in, out));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_hex),
		POOL_TEST(test_hex_refused),
		POOL_TEST(test_base64_rfc),
		POOL_TEST(test_base64url),
		POOL_TEST(test_base64_refused),
		POOL_TEST(test_base64url_refused),
		POOL_TEST(test_round_trip),
	};

	return cmocka_run_group_tests_name("codec/hex", tests, NULL, NULL);
}
