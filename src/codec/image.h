/*
 * Is the container whole?  Walkers that follow an image file from its first
 * byte to its last and prove its structure without decoding: headers, lengths,
 * checksums, order, the end where it belongs.  What merely starts like an
 * image does not pass.
 *
 *	image = image_new(pool, "image/png", &limits);
 *	image_feed(image, bytes); ...
 *	status = image_finish(image, &info);
 *
 * Bytes come in pieces of any size, and where they are cut makes no
 * difference.  Memory is constant, time linear.  After a refusal further bytes
 * are ignored.
 *
 * What may follow the end: NUL bytes (padding of writers and file systems)
 * everywhere; behind a JPEG anything, because phones append videos, depth maps
 * and second pictures.  That is as harmless as a comment inside the file: it
 * is served with the image's type and nosniff.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CODEC_IMAGE_H
#define CODEC_IMAGE_H

#include <stdint.h>

#include "base/pool.h"
#include "base/slice.h"

enum image_status {
	IMAGE_WHOLE,
	IMAGE_DAMAGED,
	IMAGE_TOO_MANY_PIXELS,
	IMAGE_TOO_MANY_FRAMES
};

struct image_limits {
	int64_t max_pixels; /* width times height of the canvas or a frame */
	int64_t max_frames;
};

struct image_info {
	int64_t width, height; /* as stored, before orientation */
	int64_t frames;
	int orientation; /* EXIF 1..8; 0 when there is none */
};

struct image;

/* A walker for a canonical media type; NULL when there is none. */
struct image *image_new(struct pool *pool, const char *type,
    const struct image_limits *limits);
void image_feed(struct image *image, struct slice bytes);
/* What is known so far: anything but IMAGE_WHOLE is final. */
enum image_status image_status(const struct image *image);
/* The end of the file.  info_r holds what was read, whatever the status. */
enum image_status image_finish(struct image *image,
    struct image_info *info_r);
/* "byte 33: no IHDR"; "" while nothing is wrong.  Lives in the pool. */
const char *image_reason(const struct image *image);

#endif
