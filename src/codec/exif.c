/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "codec/exif.h"

enum {
	PREFIX_BYTES = 6,
	HEADER_BYTES = 8,
	COUNT_BYTES = 2,
	ENTRY_BYTES = 12,
	TAG_ORIENTATION = 0x0112,
	TYPE_SHORT = 3,
};

static uint32_t
read_16(const struct exif *exif, size_t at)
{
	uint32_t a = exif->field[at], b = exif->field[at + 1];

	return exif->is_little_endian ? b << 8 | a : a << 8 | b;
}

static uint32_t
read_32(const struct exif *exif, size_t at)
{
	uint32_t a = read_16(exif, at), b = read_16(exif, at + 2);

	return exif->is_little_endian ? b << 16 | a : a << 16 | b;
}

static void
expect(struct exif *exif, enum exif_state state, size_t want)
{
	exif->state = state;
	exif->have = 0;
	exif->want = want;
}

void
exif_init(struct exif *exif)
{
	*exif = (struct exif){ .orientation = 0 };
	expect(exif, EXIF_HEADER, HEADER_BYTES);
}

/* "II" 42 or "MM" 42, then the offset of the first directory. */
static void
on_header(struct exif *exif)
{
	uint32_t offset;

	if (!exif->had_prefix &&
	    memcmp(exif->field, "Exif\0\0", PREFIX_BYTES) == 0) {
		exif->had_prefix = true;
		exif->have = HEADER_BYTES - PREFIX_BYTES;
		memmove(exif->field, exif->field + PREFIX_BYTES, exif->have);
		return;
	}
	exif->is_little_endian = memcmp(exif->field, "II*\0", 4) == 0;
	if (!exif->is_little_endian && memcmp(exif->field, "MM\0*", 4) != 0) {
		exif->state = EXIF_DONE;
		return;
	}
	offset = read_32(exif, 4);
	if (offset < HEADER_BYTES) {
		exif->state = EXIF_DONE;
		return;
	}
	exif->skip_bytes = offset - HEADER_BYTES;
	expect(exif, EXIF_COUNT, COUNT_BYTES);
}

static void
on_count(struct exif *exif)
{
	exif->entries_left = read_16(exif, 0);
	if (exif->entries_left == 0)
		exif->state = EXIF_DONE;
	else
		expect(exif, EXIF_ENTRY, ENTRY_BYTES);
}

static void
on_entry(struct exif *exif)
{
	uint32_t value = read_16(exif, 8);

	if (read_16(exif, 0) == TAG_ORIENTATION) {
		if (read_16(exif, 2) == TYPE_SHORT && read_32(exif, 4) == 1 &&
		    value >= 1 && value <= 8)
			exif->orientation = (int)value;
		exif->state = EXIF_DONE;
		return;
	}
	if (--exif->entries_left == 0)
		exif->state = EXIF_DONE;
	else
		expect(exif, EXIF_ENTRY, ENTRY_BYTES);
}

static void
on_field(struct exif *exif)
{
	if (exif->state == EXIF_HEADER)
		on_header(exif);
	else if (exif->state == EXIF_COUNT)
		on_count(exif);
	else
		on_entry(exif);
}

void
exif_feed(struct exif *exif, struct slice bytes)
{
	while (bytes.len > 0 && exif->state != EXIF_DONE) {
		size_t len = bytes.len;

		if (exif->skip_bytes > 0) {
			if (len > exif->skip_bytes)
				len = exif->skip_bytes;
			exif->skip_bytes -= (uint32_t)len;
			bytes = slice_from(bytes, len);
			continue;
		}
		if (len > exif->want - exif->have)
			len = exif->want - exif->have;
		memcpy(exif->field + exif->have, bytes.data, len);
		exif->have += len;
		bytes = slice_from(bytes, len);
		if (exif->have == exif->want)
			on_field(exif);
	}
}
