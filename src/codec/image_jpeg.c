/* SPDX-License-Identifier: MIT */
/*
 * JPEG (ITU-T T.81 annex B): SOI, segments, at least one frame header and one
 * scan, EOI.  Only the processes that browsers show pass: baseline, extended
 * sequential and progressive DCT with Huffman coding.
 */
#include <string.h>

#include "codec/exif.h"
#include "codec/image_private.h"

enum {
	TEM = 0x01,
	SOF0 = 0xc0,
	SOF2 = 0xc2,
	DHT = 0xc4,
	RST0 = 0xd0,
	RST7 = 0xd7,
	SOI = 0xd8,
	EOI = 0xd9,
	SOS = 0xda,
	DQT = 0xdb,
	DNL = 0xdc,
	DRI = 0xdd,
	APP0 = 0xe0,
	APP1 = 0xe1,
	APP15 = 0xef,
	COM = 0xfe,
};

enum {
	COMPONENTS_MAX = 4,
	CODE_LENGTHS = 16,
	TABLES_MAX = 4,
	/*
	 * A progressive scan costs a decoder a pass over all pixels; encoders
	 * write about ten, libjpeg's own script for four components 18.
	 */
	SCANS_MAX = 200,
};

struct component {
	uint8_t id;
	uint8_t quant_table;
};

struct jpeg {
	uint8_t marker; /* of the segment we are in */
	uint32_t left;	/* bytes of it to come */
	struct component components[COMPONENTS_MAX];
	size_t component_count; /* 0 before the frame header */
	unsigned quant_tables;	/* bit n: table n was defined */
	int scan_count;
	bool saw_ff;	 /* in entropy-coded data */
	bool has_entropy; /* of this scan */
	struct exif exif;
};

static void want_marker(struct image *image);

/* Section B.2.2. */
static void
frame_header(struct image *image, const uint8_t *field)
{
	struct jpeg *jpeg = image->walker;
	size_t count = field[5];

	if (field[0] != 8 && (jpeg->marker == SOF0 || field[0] != 12)) {
		image_fail(image, "frame header: sample precision");
		return;
	}
	if (count == 0 || count > COMPONENTS_MAX ||
	    jpeg->left != 6 + 3 * count) {
		image_fail(image, "frame header: component count");
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const uint8_t *p = field + 6 + 3 * i;
		unsigned h = p[1] >> 4, v = p[1] & 15;

		if (h < 1 || h > 4 || v < 1 || v > 4 || p[2] >= TABLES_MAX) {
			image_fail(image, "frame header: component");
			return;
		}
		jpeg->components[i] = (struct component){ p[0], p[2] };
	}
	jpeg->component_count = count;
	image->info.height = read_be16(field + 1);
	image->info.width = read_be16(field + 3);
	if (image_check_size(image, image->info.width, image->info.height) &&
	    image_add_frame(image))
		want_marker(image);
}

static void
begin_frame(struct image *image)
{
	struct jpeg *jpeg = image->walker;

	if (jpeg->component_count > 0)
		image_fail(image, "a second frame header");
	else if (jpeg->left < 6 || jpeg->left > 6 + 3 * COMPONENTS_MAX)
		image_fail(image, "frame header: length");
	else
		image_want(image, jpeg->left, frame_header);
}

static const struct component *
find_component(const struct jpeg *jpeg, uint8_t id)
{
	for (size_t i = 0; i < jpeg->component_count; i++)
		if (jpeg->components[i].id == id)
			return &jpeg->components[i];
	return NULL;
}

/* Entropy-coded data ends at a marker that is neither RSTn nor stuffing. */
static void
entropy(struct image *image, struct slice *rest)
{
	struct jpeg *jpeg = image->walker;
	const char *ff;
	uint8_t c;

	while (rest->len > 0) {
		if (!jpeg->saw_ff) {
			ff = memchr(rest->data, 0xff, rest->len);
			jpeg->has_entropy |= ff != rest->data;
			jpeg->saw_ff = ff != NULL;
			*rest = slice_from(*rest, ff == NULL ?
			    rest->len :
			    (size_t)(ff - rest->data) + 1);
			continue;
		}
		c = (uint8_t)rest->data[0];
		if (c != 0 && c != 0xff && (c < RST0 || c > RST7))
			break;
		*rest = slice_from(*rest, 1);
		jpeg->saw_ff = c == 0xff;
		jpeg->has_entropy |= c == 0;
	}
	if (rest->len == 0)
		return;
	if (!jpeg->has_entropy)
		image_fail(image, "a scan without data");
	want_marker(image);
}

/* Section B.2.3. */
static void
scan_header(struct image *image, const uint8_t *field)
{
	struct jpeg *jpeg = image->walker;
	size_t count = field[0];
	const uint8_t *tail = field + 1 + 2 * count;

	if (count == 0 || count > COMPONENTS_MAX ||
	    jpeg->left != 4 + 2 * count) {
		image_fail(image, "scan header: component count");
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const uint8_t *p = field + 1 + 2 * i;
		const struct component *c = find_component(jpeg, p[0]);

		if (c == NULL || (p[1] >> 4) >= TABLES_MAX ||
		    (p[1] & 15) >= TABLES_MAX) {
			image_fail(image, "scan header: component");
			return;
		}
		if ((jpeg->quant_tables & 1u << c->quant_table) == 0) {
			image_fail(image, "no quantization table");
			return;
		}
	}
	if (tail[0] > tail[1] || tail[1] > 63) {
		image_fail(image, "scan header: spectral selection");
		return;
	}
	jpeg->has_entropy = false;
	jpeg->saw_ff = false;
	image_scan(image, entropy);
}

static void
begin_scan(struct image *image)
{
	struct jpeg *jpeg = image->walker;

	if (jpeg->component_count == 0)
		image_fail(image, "a scan before the frame header");
	else if (jpeg->left < 6 || jpeg->left > 4 + 2 * COMPONENTS_MAX)
		image_fail(image, "scan header: length");
	else if (++jpeg->scan_count > SCANS_MAX)
		image_fail(image, "too many scans");
	else
		image_want(image, jpeg->left, scan_header);
}

/* Section B.2.4.1: one segment may hold several tables. */
static void
quant_table(struct image *image, const uint8_t *field)
{
	struct jpeg *jpeg = image->walker;
	unsigned precision = field[0] >> 4, id = field[0] & 15;
	uint32_t len = 64u << precision;

	if (precision > 1 || id >= TABLES_MAX || jpeg->left < 1 + len) {
		image_fail(image, "quantization table");
		return;
	}
	jpeg->quant_tables |= 1u << id;
	jpeg->left -= 1 + len;
	if (jpeg->left > 0)
		image_want(image, 1, quant_table);
	else
		want_marker(image);
	image_skip(image, len, NULL);
}

/* Section B.2.4.2; more codes of a length than there are is no table. */
static void
huffman_table(struct image *image, const uint8_t *field)
{
	struct jpeg *jpeg = image->walker;
	uint32_t len = 0, codes = 0;

	for (size_t i = 1; i <= CODE_LENGTHS; i++) {
		len += field[i];
		codes = codes * 2 + field[i];
		if (codes > 1u << i) {
			image_fail(image, "Huffman table: code lengths");
			return;
		}
	}
	if ((field[0] >> 4) > 1 || (field[0] & 15) >= TABLES_MAX || len > 256 ||
	    jpeg->left < 1 + CODE_LENGTHS + len) {
		image_fail(image, "Huffman table");
		return;
	}
	jpeg->left -= 1 + CODE_LENGTHS + len;
	if (jpeg->left > 0)
		image_want(image, 1 + CODE_LENGTHS, huffman_table);
	else
		want_marker(image);
	image_skip(image, len, NULL);
}

static void
begin_tables(struct image *image)
{
	struct jpeg *jpeg = image->walker;

	if (jpeg->left == 0)
		want_marker(image);
	else if (jpeg->marker == DQT)
		image_want(image, 1, quant_table);
	else
		image_want(image, 1 + CODE_LENGTHS, huffman_table);
}

static void
pass_exif(struct image *image, struct slice bytes)
{
	struct jpeg *jpeg = image->walker;

	exif_feed(&jpeg->exif, bytes);
	if (image->info.orientation == 0 && jpeg->exif.had_prefix)
		image->info.orientation = jpeg->exif.orientation;
}

/* The segments whose content says nothing about the structure. */
static void
pass_segment(struct image *image)
{
	struct jpeg *jpeg = image->walker;

	want_marker(image);
	if (jpeg->marker == APP1)
		exif_init(&jpeg->exif);
	image_skip(image, jpeg->left, jpeg->marker == APP1 ? pass_exif : NULL);
}

static bool
is_passed_over(uint8_t marker)
{
	return (marker >= APP0 && marker <= APP15) || marker == COM ||
	    marker == DRI || marker == DNL;
}

static void
segment(struct image *image, const uint8_t *field)
{
	struct jpeg *jpeg = image->walker;
	uint32_t len = read_be16(field);

	if (len < 2) {
		image_fail(image, "segment length");
		return;
	}
	jpeg->left = len - 2;
	if ((jpeg->marker == DRI || jpeg->marker == DNL) && jpeg->left != 2)
		image_fail(image, "segment length");
	else if (is_passed_over(jpeg->marker))
		pass_segment(image);
	else if (jpeg->marker == DQT || jpeg->marker == DHT)
		begin_tables(image);
	else if (jpeg->marker == SOS)
		begin_scan(image);
	else
		begin_frame(image);
}

static void
end_of_image(struct image *image)
{
	const struct jpeg *jpeg = image->walker;

	if (jpeg->scan_count == 0) {
		image_fail(image, "no scan before the end");
		return;
	}
	image->may_have_trailer = true;
	image_end(image);
}

/* The byte after 0xff; before a marker there may be any number of 0xff. */
static void
marker_code(struct image *image, const uint8_t *field)
{
	struct jpeg *jpeg = image->walker;
	uint8_t code = field[0];

	jpeg->marker = code;
	if (code == 0xff)
		image_want(image, 1, marker_code);
	else if (code == TEM)
		want_marker(image);
	else if (code == EOI)
		end_of_image(image);
	else if ((code >= SOF0 && code <= SOF2) || code == DHT ||
	    code == SOS || code == DQT || is_passed_over(code))
		image_want(image, 2, segment);
	else
		image_fail(image, "a marker that browsers do not take");
}

static void
marker_start(struct image *image, const uint8_t *field)
{
	if (field[0] != 0xff)
		image_fail(image, "no marker where one must be");
	else
		image_want(image, 1, marker_code);
}

/* The entropy scan has already eaten the 0xff. */
static void
want_marker(struct image *image)
{
	struct jpeg *jpeg = image->walker;

	image_want(image, 1, jpeg->saw_ff ? marker_code : marker_start);
	jpeg->saw_ff = false;
}

static void
start_of_image(struct image *image, const uint8_t *field)
{
	if (field[0] != 0xff || field[1] != SOI)
		image_fail(image, "no SOI");
	else
		want_marker(image);
}

void
image_jpeg_begin(struct image *image)
{
	image->walker = POOL_NEW(image->pool, struct jpeg);
	image_want(image, 2, start_of_image);
}
