/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/rand.h"

static void
test_bytes(void **state)
{
	unsigned char a[32] = { 0 }, b[32] = { 0 };

	(void)state;
	rand_bytes(a, sizeof(a));
	rand_bytes(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	rand_bytes(a, 0);
}

/* Over many draws every result of a small range comes, and none beyond. */
static void
test_below(void **state)
{
	unsigned seen = 0;

	(void)state;
	for (int i = 0; i < 500; i++) {
		uint64_t value = rand_below(5);

		assert_in_range(value, 0, 4);
		seen |= 1u << value;
	}
	assert_int_equal(seen, 0x1f);
	assert_int_equal(rand_below(1), 0);
	assert_true(rand_below(UINT64_MAX) < UINT64_MAX);
}

static void
test_hex(void **state)
{
	const char *text = rand_hex(*state, 16);

	assert_int_equal(strlen(text), 32);
	assert_int_equal(strspn(text, "0123456789abcdef"), 32);
	assert_string_not_equal(text, rand_hex(*state, 16));
	assert_string_equal(rand_hex(*state, 0), "");
}

/* RFC 9562 section 5.4: version 4, variant 10. */
static void
test_uuid(void **state)
{
	for (int i = 0; i < 50; i++) {
		const char *text = rand_uuid(*state);

		assert_int_equal(strlen(text), RAND_UUID_CHARS);
		assert_int_equal(strspn(text, "0123456789abcdef-"),
		    RAND_UUID_CHARS);
		assert_true(text[8] == '-' && text[13] == '-' &&
		    text[18] == '-' && text[23] == '-');
		assert_int_equal(text[14], '4');
		assert_non_null(strchr("89ab", text[19]));
		assert_string_not_equal(text, rand_uuid(*state));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_below),
		POOL_TEST(test_hex),
		POOL_TEST(test_uuid),
	};

	return cmocka_run_group_tests_name("base/rand", tests, NULL, NULL);
}
