/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "codec/crc32.h"

/* One bit at a time, as ISO 3309 has it. */
static uint32_t
crc32_by_bits(const char *data, size_t len)
{
	uint32_t crc = CRC32_START;

	for (size_t i = 0; i < len; i++) {
		crc ^= (uint8_t)data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ ((crc & 1) * 0xedb88320u);
	}
	return crc ^ CRC32_START;
}

static void
test_check_value(void **state)
{
	struct pool *pool = pool_new();
	const struct crc32_table *table = crc32_table_new(pool);

	(void)state;
	assert_int_equal(
	    crc32_update(table, CRC32_START, "123456789", 9) ^ CRC32_START,
	    0xcbf43926);
	assert_int_equal(crc32_update(table, CRC32_START, "", 0), CRC32_START);
	pool_free(&pool);
}

static void
test_cuts(void **state)
{
	struct pool *pool = pool_new();
	const struct crc32_table *table = crc32_table_new(pool);
	char data[64];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 151 + 7);
	for (size_t len = 0; len <= sizeof(data); len++)
		for (size_t cut = 0; cut <= len; cut++) {
			uint32_t crc =
			    crc32_update(table, CRC32_START, data, cut);

			crc = crc32_update(table, crc, data + cut, len - cut);
			assert_int_equal(crc ^ CRC32_START,
			    crc32_by_bits(data, len));
		}
	pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check_value),
		cmocka_unit_test(test_cuts),
	};

	return cmocka_run_group_tests_name("codec/crc32", tests, NULL, NULL);
}
