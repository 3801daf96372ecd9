/* SPDX-License-Identifier: MIT */
/*
 * WebP (RFC 9649): a RIFF container whose size is the file's, with one VP8 or
 * VP8L image, or VP8X and the chunks it announces.
 */
#include <string.h>

#include "base/attr.h"
#include "codec/exif.h"
#include "codec/image_private.h"

enum {
	RIFF_BYTES = 12,
	CHUNK_HEAD_BYTES = 8,
	VP8_HEAD_BYTES = 10,
	VP8L_HEAD_BYTES = 5,
	VP8X_BYTES = 10,
	ANIM_BYTES = 6,
	ANMF_HEAD_BYTES = 16,
	VP8L_SIGNATURE = 0x2f,
	FLAG_ANIMATION = 0x02,
};

struct webp {
	uint64_t file_left;  /* of the RIFF chunk */
	uint64_t frame_left; /* of the ANMF chunk we are in */
	uint32_t length;     /* of this chunk */
	char chunk[4];
	int64_t width, height; /* of the frame, or the canvas */
	bool is_extended;      /* VP8X came first */
	bool is_animated;
	bool has_animation; /* ANIM came */
	bool has_picture;   /* of this frame */
	bool has_alpha;	    /* ALPH came, for a VP8 */
	bool is_in_frame;
	bool has_chunks; /* any */
	struct exif exif;
};

static void chunk_head(struct image *image, const uint8_t *field);
static void end_of_chunk(struct image *image);

static bool
is_chunk(const struct webp *webp, const char *name)
{
	return memcmp(webp->chunk, name, 4) == 0;
}

/*
 * The rest of the chunk's content goes by, and the padding byte that makes its
 * length even (section 2.3).
 */
static void
pass_chunk(struct image *image, uint32_t done, image_pass_fn pass)
{
	struct webp *webp = image->walker;
	uint64_t left = (uint64_t)(webp->length - done) + (webp->length & 1);

	end_of_chunk(image);
	image_skip(image, left, pass);
}

/* The bitstream's own size: in a plain file it is the image's. */
static void
picture(struct image *image, int64_t width, int64_t height, uint32_t done)
{
	struct webp *webp = image->walker;

	if (!webp->is_extended) {
		image->info.width = webp->width = width;
		image->info.height = webp->height = height;
	}
	webp->has_picture = true;
	if (width != webp->width || height != webp->height)
		image_fail(image, "bitstream and header differ in size");
	else if (image_check_size(image, width, height) &&
	    image_add_frame(image))
		pass_chunk(image, done, NULL);
}

/* RFC 6386 section 9.1: a key frame that is shown. */
static void
lossy_head(struct image *image, const uint8_t *field)
{
	const struct webp *webp = image->walker;
	uint32_t tag = read_le24(field);

	if ((tag & 1) != 0 || (tag >> 1 & 7) > 3 || (tag >> 4 & 1) == 0)
		image_fail(image, "VP8: no key frame that is shown");
	else if (memcmp(field + 3, "\x9d\x01\x2a", 3) != 0)
		image_fail(image, "VP8: start code");
	else if (tag >> 5 == 0 || tag >> 5 > webp->length - VP8_HEAD_BYTES)
		image_fail(image, "VP8: first partition");
	else
		picture(image, read_le16(field + 6) & 0x3fff,
		    read_le16(field + 8) & 0x3fff, VP8_HEAD_BYTES);
}

static bool
may_have_picture(struct image *image, uint32_t head_bytes)
{
	const struct webp *webp = image->walker;

	if (webp->has_picture || webp->is_animated != webp->is_in_frame)
		image_fail(image, "an image where none may be");
	else if (webp->length <= head_bytes)
		image_fail(image, "an image without data");
	return image->status == IMAGE_WHOLE;
}

static void
begin_lossy(struct image *image)
{
	if (may_have_picture(image, VP8_HEAD_BYTES))
		image_want(image, VP8_HEAD_BYTES, lossy_head);
}

/* Section 3.4. */
static void
lossless_head(struct image *image, const uint8_t *field)
{
	uint32_t bits = read_le32(field + 1);

	if (field[0] != VP8L_SIGNATURE || bits >> 29 != 0)
		image_fail(image, "VP8L: signature or version");
	else
		picture(image, (bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1,
		    VP8L_HEAD_BYTES);
}

static void
begin_lossless(struct image *image)
{
	const struct webp *webp = image->walker;

	if (webp->has_alpha)
		image_fail(image, "ALPH before VP8L");
	else if (may_have_picture(image, VP8L_HEAD_BYTES))
		image_want(image, VP8L_HEAD_BYTES, lossless_head);
}

static void
begin_alpha(struct image *image)
{
	struct webp *webp = image->walker;

	if (!webp->is_extended || webp->has_alpha)
		image_fail(image, "ALPH where none may be");
	else if (may_have_picture(image, 1))
		pass_chunk(image, 0, NULL);
	webp->has_alpha = true;
}

/* Section 2.7. */
static void
extended_data(struct image *image, const uint8_t *field)
{
	struct webp *webp = image->walker;

	webp->is_extended = true;
	webp->is_animated = (field[0] & FLAG_ANIMATION) != 0;
	webp->width = image->info.width = read_le24(field + 4) + 1;
	webp->height = image->info.height = read_le24(field + 7) + 1;
	if (webp->width * webp->height > UINT32_MAX)
		image_fail(image, "VP8X: canvas");
	else if (image_check_size(image, webp->width, webp->height))
		pass_chunk(image, VP8X_BYTES, NULL);
}

static void
begin_extended(struct image *image)
{
	const struct webp *webp = image->walker;

	if (webp->has_chunks || webp->length != VP8X_BYTES)
		image_fail(image, "VP8X: place or length");
	else
		image_want(image, VP8X_BYTES, extended_data);
}

static void
begin_animation(struct image *image)
{
	struct webp *webp = image->walker;

	if (!webp->is_animated || webp->is_in_frame || webp->has_animation ||
	    webp->length != ANIM_BYTES)
		image_fail(image, "ANIM: place or length");
	else
		pass_chunk(image, 0, NULL);
	webp->has_animation = true;
}

/* Section 2.7.1.1: offsets count pairs of pixels. */
static void
frame_head(struct image *image, const uint8_t *field)
{
	struct webp *webp = image->walker;
	int64_t x = 2 * (int64_t)read_le24(field);
	int64_t y = 2 * (int64_t)read_le24(field + 3);

	webp->width = read_le24(field + 6) + 1;
	webp->height = read_le24(field + 9) + 1;
	if (x + webp->width > image->info.width ||
	    y + webp->height > image->info.height) {
		image_fail(image, "ANMF: frame outside the canvas");
		return;
	}
	webp->is_in_frame = true;
	webp->has_picture = false;
	webp->has_alpha = false;
	webp->frame_left = webp->length - ANMF_HEAD_BYTES;
	image_want(image, CHUNK_HEAD_BYTES, chunk_head);
}

static void
begin_frame(struct image *image)
{
	const struct webp *webp = image->walker;

	if (!webp->has_animation || webp->is_in_frame)
		image_fail(image, "ANMF where none may be");
	else if (webp->length < ANMF_HEAD_BYTES + CHUNK_HEAD_BYTES ||
	    webp->length % 2 != 0)
		image_fail(image, "ANMF: length");
	else
		image_want(image, ANMF_HEAD_BYTES, frame_head);
}

static void
pass_exif(struct image *image, struct slice bytes)
{
	struct webp *webp = image->walker;

	exif_feed(&webp->exif, bytes);
	image->info.orientation = webp->exif.orientation;
}

static void
begin_exif(struct image *image)
{
	struct webp *webp = image->walker;

	exif_init(&webp->exif);
	pass_chunk(image, 0, pass_exif);
}

struct chunk_rule {
	char name[5];
	void (*begin)(struct image *image);
};

static const struct chunk_rule rules[] = {
	{ "VP8 ", begin_lossy },
	{ "VP8L", begin_lossless },
	{ "VP8X", begin_extended },
	{ "ALPH", begin_alpha },
	{ "ANIM", begin_animation },
	{ "ANMF", begin_frame },
	{ "EXIF", begin_exif },
};

static void
begin_chunk(struct image *image)
{
	struct webp *webp = image->walker;

	for (size_t i = 0; i < ARRAY_COUNT(rules); i++)
		if (is_chunk(webp, rules[i].name)) {
			rules[i].begin(image);
			webp->has_chunks = true;
			return;
		}
	/* Profiles, XMP and what is unknown may follow, but not come first. */
	if (!webp->has_chunks)
		image_fail(image, "no VP8, VP8L or VP8X");
	else
		pass_chunk(image, 0, NULL);
}

static void
chunk_head(struct image *image, const uint8_t *field)
{
	struct webp *webp = image->walker;
	uint64_t *left =
	    webp->is_in_frame ? &webp->frame_left : &webp->file_left;
	uint64_t need;

	memcpy(webp->chunk, field, sizeof(webp->chunk));
	webp->length = read_le32(field + 4);
	need = (uint64_t)CHUNK_HEAD_BYTES + webp->length + (webp->length & 1);
	if (need > *left) {
		image_fail(image, "a chunk is longer than what holds it");
		return;
	}
	*left -= need;
	begin_chunk(image);
}

/* Once all that is left of the chunk has gone by. */
static void
end_of_chunk(struct image *image)
{
	struct webp *webp = image->walker;

	if (webp->is_in_frame && webp->frame_left == 0) {
		if (!webp->has_picture)
			image_fail(image, "a frame without image");
		webp->is_in_frame = false;
	}
	if (webp->is_in_frame || webp->file_left > 0)
		image_want(image, CHUNK_HEAD_BYTES, chunk_head);
	else if (image->info.frames == 0)
		image_fail(image, "no image");
	else
		image_end(image);
}

/* Section 2.4.  Every chunk is even, and so is their sum. */
static void
riff_head(struct image *image, const uint8_t *field)
{
	struct webp *webp = image->walker;
	uint32_t size = read_le32(field + 4);

	if (memcmp(field, "RIFF", 4) != 0 || memcmp(field + 8, "WEBP", 4) != 0)
		image_fail(image, "no RIFF or WEBP");
	else if (size < 4 + CHUNK_HEAD_BYTES || size % 2 != 0)
		image_fail(image, "RIFF size");
	else
		image_want(image, CHUNK_HEAD_BYTES, chunk_head);
	webp->file_left = (uint64_t)size - 4;
}

void
image_webp_begin(struct image *image)
{
	image->walker = POOL_NEW(image->pool, struct webp);
	image_want(image, RIFF_BYTES, riff_head);
}
