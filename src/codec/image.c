/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "base/attr.h"
#include "codec/image_private.h"

struct format {
	const char *type;
	void (*begin)(struct image *image);
};

static const struct format formats[] = {
	{ "image/gif", image_gif_begin },
	{ "image/jpeg", image_jpeg_begin },
	{ "image/png", image_png_begin },
	{ "image/webp", image_webp_begin },
};

struct image *
image_new(struct pool *pool, const char *type,
    const struct image_limits *limits)
{
	struct image *image;

	for (size_t i = 0; i < ARRAY_COUNT(formats); i++) {
		if (strcmp(formats[i].type, type) != 0)
			continue;
		image = POOL_NEW(pool, struct image);
		image->pool = pool;
		image->limits = *limits;
		formats[i].begin(image);
		return image;
	}
	return NULL;
}

void
image_want(struct image *image, size_t len, image_step_fn step)
{
	assert(len > 0 && len <= IMAGE_FIELD_BYTES);
	image->have = 0;
	image->want = len;
	image->step = step;
	image->scan = NULL;
}

void
image_skip(struct image *image, uint64_t len, image_pass_fn pass)
{
	image->skip_bytes = len;
	image->pass = pass;
}

void
image_scan(struct image *image, image_scan_fn scan)
{
	image->scan = scan;
}

void
image_end(struct image *image)
{
	image->scan = NULL;
	image->has_ended = true;
}

static void
refuse(struct image *image, enum image_status status, const char *reason)
{
	if (image->status != IMAGE_WHOLE)
		return;
	image->status = status;
	image->reason = reason;
}

void
image_fail(struct image *image, const char *reason)
{
	refuse(image, IMAGE_DAMAGED, reason);
}

bool
image_check_size(struct image *image, int64_t width, int64_t height)
{
	int64_t pixels;

	if (width <= 0 || height <= 0) {
		image_fail(image, "width or height is zero");
		return false;
	}
	if (__builtin_mul_overflow(width, height, &pixels) ||
	    pixels > image->limits.max_pixels) {
		refuse(image, IMAGE_TOO_MANY_PIXELS, "too many pixels");
		return false;
	}
	return true;
}

bool
image_add_frame(struct image *image)
{
	image->info.frames++;
	if (image->info.frames <= image->limits.max_frames)
		return true;
	refuse(image, IMAGE_TOO_MANY_FRAMES, "too many frames");
	return false;
}

static void
consume(struct image *image, struct slice *rest, size_t len)
{
	*rest = slice_from(*rest, len);
	image->offset += (int64_t)len;
}

static void
take_skipped(struct image *image, struct slice *rest)
{
	size_t len = rest->len;

	if (len > image->skip_bytes)
		len = (size_t)image->skip_bytes;
	if (image->pass != NULL)
		image->pass(image, slice_make(rest->data, len));
	image->skip_bytes -= len;
	consume(image, rest, len);
}

static void
take_scanned(struct image *image, struct slice *rest)
{
	size_t len = rest->len;

	image->scan(image, rest);
	image->offset += (int64_t)(len - rest->len);
}

static void
take_field(struct image *image, struct slice *rest)
{
	size_t len = rest->len;

	if (len > image->want - image->have)
		len = image->want - image->have;
	memcpy(image->field + image->have, rest->data, len);
	image->have += len;
	consume(image, rest, len);
	if (image->have < image->want)
		return;
	image->have = 0;
	image->step(image, image->field);
}

static void
take_trailer(struct image *image, struct slice *rest)
{
	size_t len = 0;

	if (image->may_have_trailer) {
		consume(image, rest, rest->len);
		return;
	}
	while (len < rest->len && rest->data[len] == '\0')
		len++;
	consume(image, rest, len);
	if (rest->len > 0)
		image_fail(image, "data behind the end of the image");
}

void
image_feed(struct image *image, struct slice bytes)
{
	while (bytes.len > 0 && image->status == IMAGE_WHOLE) {
		if (image->skip_bytes > 0)
			take_skipped(image, &bytes);
		else if (image->has_ended)
			take_trailer(image, &bytes);
		else if (image->scan != NULL)
			take_scanned(image, &bytes);
		else
			take_field(image, &bytes);
	}
}

enum image_status
image_status(const struct image *image)
{
	return image->status;
}

enum image_status
image_finish(struct image *image, struct image_info *info_r)
{
	if (!image->has_ended || image->skip_bytes > 0)
		image_fail(image, "the file ends before the image does");
	*info_r = image->info;
	return image->status;
}

const char *
image_reason(const struct image *image)
{
	if (image->reason == NULL)
		return "";
	return pool_format(image->pool, "byte %lld: %s",
	    (long long)image->offset, image->reason);
}

uint32_t
read_be16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

uint32_t
read_be32(const uint8_t *p)
{
	return read_be16(p) << 16 | read_be16(p + 2);
}

uint32_t
read_le16(const uint8_t *p)
{
	return (uint32_t)p[1] << 8 | p[0];
}

uint32_t
read_le24(const uint8_t *p)
{
	return (uint32_t)p[2] << 16 | read_le16(p);
}

uint32_t
read_le32(const uint8_t *p)
{
	return read_le16(p + 2) << 16 | read_le16(p);
}
