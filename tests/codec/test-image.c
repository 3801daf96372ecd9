/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "codec/image.h"
#include "lib/sample.h"

struct sample {
	const char *name; /* below tests/data/images */
	const char *type;
	int64_t frames;
	int orientation;
};

/* Every one is 16 by 12 pixels. */
enum { WIDTH = 16, HEIGHT = 12 };

static const struct sample samples[] = {
	{ "baseline.jpg", "image/jpeg", 1, 0 },
	{ "progressive.jpg", "image/jpeg", 1, 0 },
	{ "gray-restart.jpg", "image/jpeg", 1, 0 },
	{ "cmyk.jpg", "image/jpeg", 1, 0 },
	{ "commented.jpg", "image/jpeg", 1, 0 },
	{ "exif-6.jpg", "image/jpeg", 1, 6 },
	{ "exif-8-many-segments.jpg", "image/jpeg", 1, 8 },
	{ "gray.png", "image/png", 1, 0 },
	{ "gray-1.png", "image/png", 1, 0 },
	{ "rgb.png", "image/png", 1, 0 },
	{ "rgb-16.png", "image/png", 1, 0 },
	{ "palette.png", "image/png", 1, 0 },
	{ "gray-alpha.png", "image/png", 1, 0 },
	{ "rgba.png", "image/png", 1, 0 },
	{ "interlaced.png", "image/png", 1, 0 },
	{ "animated.png", "image/png", 3, 0 },
	{ "animated-hidden.png", "image/png", 2, 0 },
	{ "still.gif", "image/gif", 1, 0 },
	{ "still-87a.gif", "image/gif", 1, 0 },
	{ "interlaced.gif", "image/gif", 1, 0 },
	{ "animated.gif", "image/gif", 3, 0 },
	{ "lossy.webp", "image/webp", 1, 0 },
	{ "lossless.webp", "image/webp", 1, 0 },
	{ "alpha.webp", "image/webp", 1, 0 },
	{ "exif-3.webp", "image/webp", 1, 3 },
	{ "animated.webp", "image/webp", 3, 0 },
};

static const struct image_limits limits = { 1000, 10 };

static struct slice
read_sample(struct pool *pool, const struct sample *sample)
{
	return sample_read(pool,
	    pool_format(pool, "images/%s", sample->name));
}

/* Feed in pieces of `step` bytes; the reason lives in the pool. */
static enum image_status
walk(struct pool *pool, const struct sample *sample, struct slice bytes,
    size_t step, struct image_info *info_r)
{
	struct image *image = image_new(pool, sample->type, &limits);

	assert_non_null(image);
	while (bytes.len > 0) {
		struct slice piece = bytes;

		if (piece.len > step)
			piece.len = step;
		image_feed(image, piece);
		bytes = slice_from(bytes, piece.len);
	}
	return image_finish(image, info_r);
}

static void
test_samples(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
		struct slice bytes = read_sample(pool, &samples[i]);

		for (size_t step = 1; step <= bytes.len; step++) {
			struct image_info info;

			if (walk(pool, &samples[i], bytes, step, &info) !=
			    IMAGE_WHOLE)
				fail_msg("%s refused", samples[i].name);
			assert_int_equal(info.width, WIDTH);
			assert_int_equal(info.height, HEIGHT);
			assert_int_equal(info.frames, samples[i].frames);
			assert_int_equal(info.orientation,
			    samples[i].orientation);
			step += step > 16 ? bytes.len / 16 : 0;
		}
		pool_clear(pool);
	}
	pool_free(&pool);
}

/* No sample is whole before its last byte. */
static void
test_prefixes(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
		struct slice bytes = read_sample(pool, &samples[i]);
		struct pool *scratch = pool_new();

		for (size_t len = 0; len < bytes.len; len++) {
			struct image_info info;

			if (walk(scratch, &samples[i],
				slice_make(bytes.data, len), len + 1,
				&info) == IMAGE_WHOLE)
				fail_msg("%s: %zu bytes are enough",
				    samples[i].name, len);
			pool_clear(scratch);
		}
		pool_free(&scratch);
		pool_clear(pool);
	}
	pool_free(&pool);
}

/*
 * Any changed byte: the verdict, whatever it is, does not depend on where the
 * input is cut.
 */
static void
test_changed_bytes(void **state)
{
	struct pool *pool = pool_new();
	struct pool *scratch = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
		struct slice bytes = read_sample(pool, &samples[i]);

		for (size_t at = 0; at < bytes.len; at++) {
			char *copy =
			    pool_memdup(scratch, bytes.data, bytes.len);
			struct image_info whole = { .width = 0 }, cut = whole;
			struct slice changed = slice_make(copy, bytes.len);

			copy[at] = (char)(copy[at] ^ (at % 2 ? 0x01 : 0xff));
			assert_int_equal(walk(scratch, &samples[i], changed,
					     bytes.len, &whole),
			    walk(scratch, &samples[i], changed, 1, &cut));
			assert_memory_equal(&whole, &cut, sizeof(whole));
			pool_clear(scratch);
		}
		pool_clear(pool);
	}
	pool_free(&scratch);
	pool_free(&pool);
}

static void
test_trailers(void **state)
{
	struct pool *pool = pool_new();
	struct image_info info;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
		struct slice bytes = read_sample(pool, &samples[i]);
		char *longer = pool_alloc(pool, bytes.len + 8);
		struct slice trailed = slice_make(longer, bytes.len + 8);
		bool is_jpeg = strcmp(samples[i].type, "image/jpeg") == 0;

		memcpy(longer, bytes.data, bytes.len);
		assert_int_equal(walk(pool, &samples[i], trailed, 3, &info),
		    IMAGE_WHOLE);
		longer[bytes.len + 7] = '<';
		assert_int_equal(walk(pool, &samples[i], trailed, 3, &info),
		    is_jpeg ? IMAGE_WHOLE : IMAGE_DAMAGED);
		pool_clear(pool);
	}
	pool_free(&pool);
}

static void
test_limits(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
		struct slice bytes = read_sample(pool, &samples[i]);
		struct image_limits pixels = { WIDTH * HEIGHT - 1, 10 };
		struct image_limits frames = { WIDTH * HEIGHT,
			samples[i].frames - 1 };
		struct image *image;
		struct image_info info;

		image = image_new(pool, samples[i].type, &pixels);
		image_feed(image, bytes);
		assert_int_equal(image_finish(image, &info),
		    IMAGE_TOO_MANY_PIXELS);
		assert_int_equal(info.width, WIDTH);
		image = image_new(pool, samples[i].type, &frames);
		image_feed(image, bytes);
		assert_int_equal(image_finish(image, &info),
		    IMAGE_TOO_MANY_FRAMES);
		pool_clear(pool);
	}
	pool_free(&pool);
}

/* Each format refuses every other one from its first bytes. */
static void
test_formats(void **state)
{
	struct pool *pool = pool_new();
	struct image_info info;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(samples); i++)
		for (size_t k = 0; k < ARRAY_COUNT(samples); k++) {
			bool is_same =
			    strcmp(samples[i].type, samples[k].type) == 0;
			struct slice bytes = read_sample(pool, &samples[i]);

			assert_int_equal(walk(pool, &samples[k], bytes,
					     bytes.len, &info),
			    is_same ? IMAGE_WHOLE : IMAGE_DAMAGED);
			pool_clear(pool);
		}
	assert_null(image_new(pool, "image/svg+xml", &limits));
	pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_changed_bytes),
		cmocka_unit_test(test_trailers),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_formats),
	};

	return cmocka_run_group_tests_name("codec/image", tests, NULL, NULL);
}
