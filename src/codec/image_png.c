/* SPDX-License-Identifier: MIT */
/*
 * PNG (W3C PNG third edition, ISO/IEC 15948): signature, chunks with their
 * CRCs, in order, and the frames of an animation.
 */
#include <string.h>

#include "base/attr.h"
#include "codec/crc32.h"
#include "codec/exif.h"
#include "codec/image_private.h"

enum {
	SIGNATURE_BYTES = 8,
	CHUNK_HEAD_BYTES = 8,
	CRC_BYTES = 4,
	IHDR_BYTES = 13,
	ACTL_BYTES = 8,
	FCTL_BYTES = 26,
	SEQUENCE_BYTES = 4,
	ZLIB_HEAD_BYTES = 2,
	COLOR_PALETTE = 3,
};

#define LENGTH_MAX UINT32_C(0x7fffffff)

struct png {
	const struct crc32_table *crc_table;
	uint32_t crc; /* of this chunk so far */
	uint32_t length;
	char chunk[4];
	char last_chunk[4];
	uint8_t bit_depth, color_type;
	bool has_header, has_palette, has_data, has_closed_data;
	/* Animation. */
	uint32_t frames_declared; /* 0: none */
	uint32_t frames_begun;
	uint32_t sequence;	 /* of the next fcTL or fdAT */
	bool frame_lacks_data;
	/* The start of the zlib stream, which chunks may cut anywhere. */
	uint8_t zlib_head[ZLIB_HEAD_BYTES];
	size_t zlib_have;
	struct exif exif;
};

static void chunk_end(struct image *image, const uint8_t *field);

static bool
is_chunk(const char chunk[4], const char *name)
{
	return memcmp(chunk, name, 4) == 0;
}

static void
add_to_crc(struct png *png, const void *data, size_t len)
{
	png->crc = crc32_update(png->crc_table, png->crc, data, len);
}

static void
pass_data(struct image *image, struct slice bytes)
{
	add_to_crc(image->walker, bytes.data, bytes.len);
}

/* The rest of the chunk goes by under the CRC. */
static void
pass_chunk(struct image *image, uint32_t len, image_pass_fn pass)
{
	image_want(image, CRC_BYTES, chunk_end);
	image_skip(image, len, pass);
}

static bool
has_length(struct image *image, uint32_t len, const char *reason)
{
	const struct png *png = image->walker;

	if (png->length == len)
		return true;
	image_fail(image, reason);
	return false;
}

static bool
is_valid_depth(uint8_t color_type, uint8_t bit_depth)
{
	/* Bit n: depth n is allowed (table 8 of section 11.2.1). */
	static const uint32_t depths[] = {
		[0] = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8 | 1 << 16,
		[2] = 1 << 8 | 1 << 16,
		[COLOR_PALETTE] = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8,
		[4] = 1 << 8 | 1 << 16,
		[6] = 1 << 8 | 1 << 16,
	};

	return color_type < ARRAY_COUNT(depths) && bit_depth <= 16 &&
	    (depths[color_type] >> bit_depth & 1) != 0;
}

static void
header_data(struct image *image, const uint8_t *field)
{
	struct png *png = image->walker;

	add_to_crc(png, field, IHDR_BYTES);
	image->info.width = read_be32(field);
	image->info.height = read_be32(field + 4);
	png->bit_depth = field[8];
	png->color_type = field[9];
	if (!is_valid_depth(png->color_type, png->bit_depth))
		image_fail(image, "IHDR: bit depth and colour type");
	else if (image->info.width > LENGTH_MAX ||
	    image->info.height > LENGTH_MAX)
		image_fail(image, "IHDR: width or height");
	else if (field[10] != 0 || field[11] != 0 || field[12] > 1)
		image_fail(image, "IHDR: method");
	else if (image_check_size(image, image->info.width,
		     image->info.height))
		pass_chunk(image, 0, NULL);
}

static void
begin_header(struct image *image)
{
	struct png *png = image->walker;

	if (png->has_header)
		image_fail(image, "a second IHDR");
	else if (has_length(image, IHDR_BYTES, "IHDR: length"))
		image_want(image, IHDR_BYTES, header_data);
	png->has_header = true;
}

static void
begin_palette(struct image *image)
{
	struct png *png = image->walker;
	uint32_t entries = png->length / 3;

	if (png->has_palette || png->has_data || (png->color_type & 2) == 0)
		image_fail(image, "PLTE where none may be");
	else if (png->length % 3 != 0 || entries == 0 || entries > 256 ||
	    (png->color_type == COLOR_PALETTE &&
		entries > 1u << png->bit_depth))
		image_fail(image, "PLTE: length");
	else
		pass_chunk(image, png->length, pass_data);
	png->has_palette = true;
}

/* RFC 1950 section 2.2: deflate, window of at most 32 KiB, check bits. */
static bool
is_zlib_head(const uint8_t head[ZLIB_HEAD_BYTES])
{
	return (head[0] & 15) == 8 && (head[0] >> 4) <= 7 &&
	    read_be16(head) % 31 == 0 && (head[1] & 0x20) == 0;
}

static void
pass_image_data(struct image *image, struct slice bytes)
{
	struct png *png = image->walker;

	add_to_crc(png, bytes.data, bytes.len);
	if (png->zlib_have == ZLIB_HEAD_BYTES)
		return;
	while (bytes.len > 0 && png->zlib_have < ZLIB_HEAD_BYTES)
		png->zlib_head[png->zlib_have++] = (uint8_t)slice_take(&bytes);
	if (png->zlib_have == ZLIB_HEAD_BYTES && !is_zlib_head(png->zlib_head))
		image_fail(image, "IDAT: no zlib stream");
}

static void
begin_image_data(struct image *image)
{
	struct png *png = image->walker;

	if (png->has_data && !is_chunk(png->last_chunk, "IDAT"))
		image_fail(image, "IDAT chunks are not together");
	else if (png->color_type == COLOR_PALETTE && !png->has_palette)
		image_fail(image, "no PLTE before IDAT");
	else
		pass_chunk(image, png->length, pass_image_data);
	png->has_data = true;
	png->frame_lacks_data = false;
}

static void
begin_end(struct image *image)
{
	const struct png *png = image->walker;

	if (png->zlib_have < ZLIB_HEAD_BYTES)
		image_fail(image, "no image data before IEND");
	else if (png->frames_begun != png->frames_declared ||
	    png->frame_lacks_data)
		image_fail(image, "frames are missing");
	else if (has_length(image, 0, "IEND: length"))
		pass_chunk(image, 0, NULL);
}

static void
animation_data(struct image *image, const uint8_t *field)
{
	struct png *png = image->walker;

	add_to_crc(png, field, ACTL_BYTES);
	png->frames_declared = read_be32(field);
	if (png->frames_declared == 0 || png->frames_declared > LENGTH_MAX)
		image_fail(image, "acTL: frame count");
	else
		pass_chunk(image, 0, NULL);
}

static void
begin_animation(struct image *image)
{
	const struct png *png = image->walker;

	if (png->frames_declared > 0 || png->has_data)
		image_fail(image, "acTL where none may be");
	else if (has_length(image, ACTL_BYTES, "acTL: length"))
		image_want(image, ACTL_BYTES, animation_data);
}

static bool
take_sequence(struct image *image, const uint8_t *field)
{
	struct png *png = image->walker;

	if (read_be32(field) == png->sequence) {
		png->sequence++;
		return true;
	}
	image_fail(image, "frames are out of order");
	return false;
}

/* The frame of IDAT is the whole canvas; every other lies within it. */
static bool
is_valid_frame(const struct image *image, const uint8_t *field)
{
	const struct png *png = image->walker;
	int64_t width = read_be32(field + 4), height = read_be32(field + 8);
	int64_t x = read_be32(field + 12), y = read_be32(field + 16);
	int64_t max_width = image->info.width, max_height = image->info.height;

	if (!png->has_data)
		return x == 0 && y == 0 && width == max_width &&
		    height == max_height;
	return width > 0 && height > 0 && x + width <= max_width &&
	    y + height <= max_height;
}

static void
frame_data(struct image *image, const uint8_t *field)
{
	struct png *png = image->walker;

	add_to_crc(png, field, FCTL_BYTES);
	if (!take_sequence(image, field))
		return;
	if (png->frame_lacks_data ||
	    png->frames_begun == png->frames_declared)
		image_fail(image, "fcTL where none may be");
	else if (!is_valid_frame(image, field))
		image_fail(image, "fcTL: frame outside the canvas");
	else if (field[24] > 2 || field[25] > 1)
		image_fail(image, "fcTL: disposal or blending");
	else if (image_add_frame(image))
		pass_chunk(image, 0, NULL);
	png->frames_begun++;
	png->frame_lacks_data = true;
}

static void
begin_frame(struct image *image)
{
	const struct png *png = image->walker;

	if (png->frames_declared == 0)
		image_fail(image, "fcTL without acTL");
	else if (has_length(image, FCTL_BYTES, "fcTL: length"))
		image_want(image, FCTL_BYTES, frame_data);
}

static void
frame_sequence(struct image *image, const uint8_t *field)
{
	struct png *png = image->walker;

	add_to_crc(png, field, SEQUENCE_BYTES);
	png->frame_lacks_data = false;
	if (take_sequence(image, field))
		pass_chunk(image, png->length - SEQUENCE_BYTES, pass_data);
}

static void
begin_frame_data(struct image *image)
{
	const struct png *png = image->walker;

	if (!png->has_data || png->frames_begun == 0 ||
	    png->length <= SEQUENCE_BYTES)
		image_fail(image, "fdAT without frame or data");
	else
		image_want(image, SEQUENCE_BYTES, frame_sequence);
}

static void
pass_exif(struct image *image, struct slice bytes)
{
	struct png *png = image->walker;

	add_to_crc(png, bytes.data, bytes.len);
	exif_feed(&png->exif, bytes);
	image->info.orientation = png->exif.orientation;
}

static void
begin_exif(struct image *image)
{
	struct png *png = image->walker;

	exif_init(&png->exif);
	pass_chunk(image, png->length, pass_exif);
}

struct chunk_rule {
	char name[5];
	void (*begin)(struct image *image);
};

static const struct chunk_rule rules[] = {
	{ "IHDR", begin_header },
	{ "PLTE", begin_palette },
	{ "IDAT", begin_image_data },
	{ "IEND", begin_end },
	{ "acTL", begin_animation },
	{ "fcTL", begin_frame },
	{ "fdAT", begin_frame_data },
	{ "eXIf", begin_exif },
};

static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* An upper case first letter says that nobody may ignore the chunk. */
static void
begin_other(struct image *image)
{
	const struct png *png = image->walker;

	for (size_t i = 0; i < sizeof(png->chunk); i++)
		if (!is_letter(png->chunk[i])) {
			image_fail(image, "no chunk where one must be");
			return;
		}
	if (png->chunk[0] >= 'A' && png->chunk[0] <= 'Z')
		image_fail(image, "an unknown critical chunk");
	else
		pass_chunk(image, png->length, pass_data);
}

static void
chunk_head(struct image *image, const uint8_t *field)
{
	struct png *png = image->walker;

	png->length = read_be32(field);
	memcpy(png->chunk, field + 4, sizeof(png->chunk));
	png->crc = CRC32_START;
	add_to_crc(png, png->chunk, sizeof(png->chunk));
	if (png->length > LENGTH_MAX) {
		image_fail(image, "chunk length");
		return;
	}
	if (!png->has_header && !is_chunk(png->chunk, "IHDR")) {
		image_fail(image, "IHDR is not the first chunk");
		return;
	}
	for (size_t i = 0; i < ARRAY_COUNT(rules); i++)
		if (is_chunk(png->chunk, rules[i].name)) {
			rules[i].begin(image);
			return;
		}
	begin_other(image);
}

static void
end_of_image(struct image *image)
{
	const struct png *png = image->walker;

	/* Without animation there is the one picture. */
	if (png->frames_declared == 0 && !image_add_frame(image))
		return;
	image_end(image);
}

static void
chunk_end(struct image *image, const uint8_t *field)
{
	struct png *png = image->walker;

	if (read_be32(field) != (png->crc ^ CRC32_START)) {
		image_fail(image, "CRC of a chunk does not match");
		return;
	}
	memcpy(png->last_chunk, png->chunk, sizeof(png->last_chunk));
	if (is_chunk(png->chunk, "IEND"))
		end_of_image(image);
	else
		image_want(image, CHUNK_HEAD_BYTES, chunk_head);
}

static void
signature(struct image *image, const uint8_t *field)
{
	if (memcmp(field, "\x89PNG\r\n\x1a\n", SIGNATURE_BYTES) != 0)
		image_fail(image, "no PNG signature");
	else
		image_want(image, CHUNK_HEAD_BYTES, chunk_head);
}

void
image_png_begin(struct image *image)
{
	struct png *png = POOL_NEW(image->pool, struct png);

	png->crc_table = crc32_table_new(image->pool);
	image->walker = png;
	image_want(image, SIGNATURE_BYTES, signature);
}
