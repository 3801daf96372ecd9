/*
 * The orientation out of EXIF data (TIFF 6.0 inside, tag 0x0112), read from
 * bytes that come in pieces, in constant memory.  EXIF is never a reason to
 * refuse an image: what is malformed has no orientation.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CODEC_EXIF_H
#define CODEC_EXIF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum { EXIF_FIELD_BYTES = 12 };

enum exif_state { EXIF_HEADER, EXIF_COUNT, EXIF_ENTRY, EXIF_DONE };

struct exif {
	int orientation; /* 1..8; 0 while unknown */
	/* The rest is for exif.c. */
	enum exif_state state;
	uint8_t field[EXIF_FIELD_BYTES];
	size_t have, want;
	uint32_t skip_bytes;
	uint32_t entries_left;
	bool is_little_endian;
	bool had_prefix;
};

void exif_init(struct exif *exif);
/* The bytes of a TIFF stream, with or without "Exif\0\0" before it. */
void exif_feed(struct exif *exif, struct slice bytes);

#endif
