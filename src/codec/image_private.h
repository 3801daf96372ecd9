/*
 * What the walkers of codec/image_*.c share.
 *
 * A walker is a chain of steps.  A step says which bytes come next and which
 * step gets them:
 *
 *	image_want(image, 8, chunk_header)   gather 8 bytes, then call
 *	image_skip(image, length, pass)      first let length bytes go by
 *	image_scan(image, entropy)           hand over all bytes to look through
 *	image_end(image)                     the container is complete
 *	image_fail(image, "no IHDR")         or it never will be
 *
 * A skip is done before the field that is wanted, so `skip` and `want` go
 * together.  Cutting the input anywhere is image.c's business alone.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CODEC_IMAGE_PRIVATE_H
#define CODEC_IMAGE_PRIVATE_H

#include <stdbool.h>

#include "codec/image.h"

enum { IMAGE_FIELD_BYTES = 32 };

/* A gathered field of the wanted length. */
typedef void (*image_step_fn)(struct image *image, const uint8_t *field);
/* Bytes that are skipped. */
typedef void (*image_pass_fn)(struct image *image, struct slice bytes);
/* Take bytes off *rest; to stop scanning, want or end something. */
typedef void (*image_scan_fn)(struct image *image, struct slice *rest);

struct image {
	struct pool *pool;
	struct image_limits limits;
	struct image_info info;
	enum image_status status;
	const char *reason; /* constant text; NULL while nothing is wrong */
	int64_t offset;	    /* of the next byte, and of the failure */

	uint8_t field[IMAGE_FIELD_BYTES];
	size_t have, want;
	image_step_fn step;
	uint64_t skip_bytes;
	image_pass_fn pass;
	image_scan_fn scan;

	bool has_ended;
	bool may_have_trailer; /* anything, not only NUL bytes */
	void *walker;	       /* the format's own state */
};

/* len is 1..IMAGE_FIELD_BYTES. */
void image_want(struct image *image, size_t len, image_step_fn step);
/* pass may be NULL. */
void image_skip(struct image *image, uint64_t len, image_pass_fn pass);
void image_scan(struct image *image, image_scan_fn scan);
void image_end(struct image *image);
void image_fail(struct image *image, const char *reason);

/* Refuse a size of nothing or beyond the limit. */
bool image_check_size(struct image *image, int64_t width, int64_t height);
/* One more frame; false when that is too many. */
bool image_add_frame(struct image *image);

uint32_t read_be16(const uint8_t *p);
uint32_t read_be32(const uint8_t *p);
uint32_t read_le16(const uint8_t *p);
uint32_t read_le24(const uint8_t *p);
uint32_t read_le32(const uint8_t *p);

/* The first step of each format. */
void image_gif_begin(struct image *image);
void image_jpeg_begin(struct image *image);
void image_png_begin(struct image *image);
void image_webp_begin(struct image *image);

#endif
