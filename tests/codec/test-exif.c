/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "codec/exif.h"

struct row {
	const char *bytes;
	size_t len;
	int orientation;
};

#define ROW(text, orientation) { text, sizeof(text) - 1, orientation }
#define LE "II*\0\x08\0\0\0"
#define BE "MM\0*\0\0\0\x08"
#define LE_MAKE "\x0f\x01\x02\0\x04\0\0\0abc\0"
#define LE_TURN(n) "\x12\x01\x03\0\x01\0\0\0" n "\0\0\0"
#define BE_TURN(n) "\x01\x12\0\x03\0\0\0\x01\0" n "\0\0"

/* clang-format off */
static const struct row rows[] = {
	ROW(LE "\x01\0" LE_TURN("\x06"), 6),
	ROW(BE "\0\x01" BE_TURN("\x08"), 8),
	ROW("Exif\0\0" LE "\x02\0" LE_MAKE LE_TURN("\x03"), 3),
	ROW("Exif\0\0" BE "\0\x01" BE_TURN("\x01"), 1),
	/* The directory may stand anywhere further on. */
	ROW("II*\0\x0b\0\0\0xyz\x01\0" LE_TURN("\x02"), 2),
	/* Nothing to be learnt. */
	ROW("", 0),
	ROW("Exif\0\0", 0),
	ROW("Exif\0\0Exif\0\0" LE "\x01\0" LE_TURN("\x06"), 0),
	ROW("http://ns.adobe.com/xap/1.0/", 0),
	ROW(LE "\0\0" LE_TURN("\x06"), 0),
	ROW(LE "\x01\0" LE_MAKE LE_TURN("\x06"), 0),
	ROW(LE "\x01\0" LE_TURN("\x00"), 0),
	ROW(LE "\x01\0" LE_TURN("\x09"), 0),
	ROW(LE "\x01\0" "\x12\x01\x04\0\x01\0\0\0\x06\0\0\0", 0),
	ROW(LE "\x01\0" "\x12\x01\x03\0\x02\0\0\0\x06\0\0\0", 0),
	ROW(LE "\x01\0" "\x12\x01\x03\0\x01\0\0\0\x06", 0),
	ROW("II*\0\x07\0\0\0\x01\0" LE_TURN("\x06"), 0),
	ROW("II*\0\xff\xff\xff\xff\x01\0" LE_TURN("\x06"), 0),
	ROW("IM*\0\x08\0\0\0\x01\0" LE_TURN("\x06"), 0),
};
/* clang-format on */

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		for (size_t step = 1; step <= rows[i].len + 1; step++) {
			struct exif exif;

			exif_init(&exif);
			for (size_t at = 0; at < rows[i].len; at += step) {
				size_t len = rows[i].len - at;

				exif_feed(&exif, slice_make(rows[i].bytes + at,
						     len < step ? len : step));
			}
			if (exif.orientation != rows[i].orientation)
				fail_msg("row %zu, step %zu: %d", i, step,
				    exif.orientation);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests_name("codec/exif", tests, NULL, NULL);
}
