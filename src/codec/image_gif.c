/* SPDX-License-Identifier: MIT */
/*
 * GIF87a and GIF89a (CompuServe, appendix B): logical screen, extensions and
 * images with their sub-blocks, trailer.
 */
#include <string.h>

#include "codec/image_private.h"

enum {
	HEADER_BYTES = 13, /* signature and logical screen descriptor */
	DESCRIPTOR_BYTES = 9,
	CONTROL_BYTES = 4,
	EXTENSION = 0x21,
	IMAGE = 0x2c,
	TRAILER = 0x3b,
	GRAPHIC_CONTROL = 0xf9,
	HAS_COLOR_TABLE = 0x80,
};

struct gif {
	bool is_in_image; /* else in an extension */
	bool has_data;	  /* in this image */
};

static void block(struct image *image, const uint8_t *field);

static uint32_t
color_table_bytes(uint8_t flags)
{
	return (flags & HAS_COLOR_TABLE) != 0 ? 3u << ((flags & 7) + 1) : 0;
}

static void
sub_block(struct image *image, const uint8_t *field)
{
	struct gif *gif = image->walker;

	if (field[0] == 0) {
		if (gif->is_in_image && !gif->has_data)
			image_fail(image, "an image without data");
		image_want(image, 1, block);
		return;
	}
	gif->has_data = true;
	image_want(image, 1, sub_block);
	image_skip(image, field[0], NULL);
}

static void
begin_sub_blocks(struct image *image, bool is_in_image)
{
	struct gif *gif = image->walker;

	gif->is_in_image = is_in_image;
	gif->has_data = false;
	image_want(image, 1, sub_block);
}

/* Section 22; more than 8 bits for a pixel do not exist. */
static void
code_size(struct image *image, const uint8_t *field)
{
	if (field[0] < 2 || field[0] > 8)
		image_fail(image, "LZW code size");
	else
		begin_sub_blocks(image, true);
}

/* A frame may reach beyond the screen, as browsers have it. */
static void
descriptor(struct image *image, const uint8_t *field)
{
	if (!image_check_size(image, read_le16(field + 4),
		read_le16(field + 6)))
		return;
	if (!image_add_frame(image))
		return;
	image_want(image, 1, code_size);
	image_skip(image, color_table_bytes(field[8]), NULL);
}

/* Section 23: its only block has 4 bytes. */
static void
control_end(struct image *image, const uint8_t *field)
{
	if (field[0] != CONTROL_BYTES || field[1 + CONTROL_BYTES] != 0)
		image_fail(image, "graphic control extension");
	else
		image_want(image, 1, block);
}

static void
extension_label(struct image *image, const uint8_t *field)
{
	if (field[0] == GRAPHIC_CONTROL)
		image_want(image, 1 + CONTROL_BYTES + 1, control_end);
	else
		begin_sub_blocks(image, false);
}

static void
block(struct image *image, const uint8_t *field)
{
	if (field[0] == EXTENSION)
		image_want(image, 1, extension_label);
	else if (field[0] == IMAGE)
		image_want(image, DESCRIPTOR_BYTES, descriptor);
	else if (field[0] != TRAILER)
		image_fail(image, "no block where one must be");
	else if (image->info.frames == 0)
		image_fail(image, "no image before the trailer");
	else
		image_end(image);
}

static void
header(struct image *image, const uint8_t *field)
{
	if (memcmp(field, "GIF87a", 6) != 0 &&
	    memcmp(field, "GIF89a", 6) != 0) {
		image_fail(image, "no GIF signature");
		return;
	}
	image->info.width = read_le16(field + 6);
	image->info.height = read_le16(field + 8);
	if (!image_check_size(image, image->info.width, image->info.height))
		return;
	image_want(image, 1, block);
	image_skip(image, color_table_bytes(field[10]), NULL);
}

void
image_gif_begin(struct image *image)
{
	image->walker = POOL_NEW(image->pool, struct gif);
	image_want(image, HEADER_BYTES, header);
}
