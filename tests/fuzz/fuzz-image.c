/* SPDX-License-Identifier: MIT */
/*
 * Every walker over the same bytes, whole and cut at places the bytes choose:
 * verdict and findings must be the same, and a refusal must say why.
 */
#include <string.h>

#include "base/attr.h"
#include "codec/crc32.h"
#include "codec/image.h"
#include "fuzz/fuzz.h"

enum { PNG_HEAD_BYTES = 8, CHUNK_HEAD_BYTES = 8, CRC_BYTES = 4 };

static const char *const types[] = { "image/gif", "image/jpeg", "image/png",
	"image/webp" };

struct outcome {
	enum image_status status;
	struct image_info info;
};

/* A linear congruential generator: repeatable and good enough for cuts. */
static size_t
next_cut(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return 1 + (*seed >> 16) % ((*seed & 0x8000) != 0 ? 7 : 300);
}

static struct outcome
walk(struct pool *pool, const char *type, struct slice bytes, uint32_t seed)
{
	static const struct image_limits limits = { 1000000, 100 };
	struct image *image = image_new(pool, type, &limits);
	struct outcome outcome;

	memset(&outcome, 0, sizeof(outcome));
	while (bytes.len > 0) {
		size_t len = seed == 0 ? bytes.len : next_cut(&seed);

		if (len > bytes.len)
			len = bytes.len;
		image_feed(image, slice_make(bytes.data, len));
		bytes = slice_from(bytes, len);
	}
	outcome.status = image_finish(image, &outcome.info);
	FUZZ_CHECK((outcome.status == IMAGE_WHOLE) ==
	    (*image_reason(image) == '\0'));
	return outcome;
}

static void
check_outcome(const struct outcome *outcome)
{
	const struct image_info *info = &outcome->info;

	FUZZ_CHECK(info->orientation >= 0 && info->orientation <= 8);
	if (outcome->status != IMAGE_WHOLE)
		return;
	FUZZ_CHECK(info->width > 0 && info->height > 0);
	FUZZ_CHECK(info->width * info->height <= 1000000);
	FUZZ_CHECK(info->frames > 0 && info->frames <= 100);
}

static uint32_t
read_32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* Give the chunks of a PNG the CRCs that no fuzzer would ever guess. */
static void
repair_crcs(struct pool *pool, uint8_t *data, size_t len)
{
	const struct crc32_table *table = crc32_table_new(pool);
	size_t at = PNG_HEAD_BYTES;

	while (at < len && len - at >= CHUNK_HEAD_BYTES + CRC_BYTES) {
		uint32_t size = read_32(data + at), crc;

		if (size > len - at - CHUNK_HEAD_BYTES - CRC_BYTES)
			return;
		crc = crc32_update(table, CRC32_START, data + at + 4, size + 4);
		crc ^= CRC32_START;
		at += CHUNK_HEAD_BYTES + size;
		for (int i = 0; i < CRC_BYTES; i++)
			data[at++] = (uint8_t)(crc >> (24 - 8 * i));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct pool *pool = pool_new();
	uint8_t *copy = pool_memdup(pool, data, len);
	uint32_t seed = (uint32_t)len + (len > 0 ? data[len / 2] : 0) + 1;

	if (len > PNG_HEAD_BYTES && memcmp(copy, "\x89PNG", 4) == 0)
		repair_crcs(pool, copy, len);
	for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
		struct slice bytes = slice_make(copy, len);
		struct outcome whole = walk(pool, types[i], bytes, 0);
		struct outcome cut = walk(pool, types[i], bytes, seed);

		FUZZ_CHECK(memcmp(&whole, &cut, sizeof(whole)) == 0);
		check_outcome(&whole);
	}
	pool_free(&pool);
	return 0;
}
