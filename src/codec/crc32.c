/* SPDX-License-Identifier: MIT */
#include "codec/crc32.h"

enum { STEP_BYTES = 8 };

/* value[k][b]: what byte b does to the CRC when k more bytes follow it. */
struct crc32_table {
	uint32_t value[STEP_BYTES][256];
};

const struct crc32_table *
crc32_table_new(struct pool *pool)
{
	struct crc32_table *table = POOL_NEW(pool, struct crc32_table);

	for (uint32_t b = 0; b < 256; b++) {
		uint32_t crc = b;

		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^
			    ((crc & 1) != 0 ? UINT32_C(0xedb88320) : 0);
		table->value[0][b] = crc;
	}
	for (size_t k = 1; k < STEP_BYTES; k++)
		for (size_t b = 0; b < 256; b++) {
			uint32_t crc = table->value[k - 1][b];

			table->value[k][b] =
			    (crc >> 8) ^ table->value[0][crc & 0xff];
		}
	return table;
}

static uint32_t
step(const struct crc32_table *table, uint32_t crc, const uint8_t *p)
{
	return table->value[7][(crc ^ p[0]) & 0xff] ^
	    table->value[6][((crc >> 8) ^ p[1]) & 0xff] ^
	    table->value[5][((crc >> 16) ^ p[2]) & 0xff] ^
	    table->value[4][((crc >> 24) ^ p[3]) & 0xff] ^
	    table->value[3][p[4]] ^ table->value[2][p[5]] ^
	    table->value[1][p[6]] ^ table->value[0][p[7]];
}

uint32_t
crc32_update(const struct crc32_table *table, uint32_t crc, const void *data,
    size_t len)
{
	const uint8_t *p = data;

	for (; len >= STEP_BYTES; len -= STEP_BYTES, p += STEP_BYTES)
		crc = step(table, crc, p);
	for (; len > 0; len--, p++)
		crc = (crc >> 8) ^ table->value[0][(crc ^ *p) & 0xff];
	return crc;
}
