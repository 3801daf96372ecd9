/* SPDX-License-Identifier: MIT */
/* Containers made by hand: each differs from a good one in one thing. */
#include "lib/check.h"

#include "base/attr.h"
#include "base/buf.h"
#include "codec/crc32.h"
#include "codec/image.h"

enum { FILE_BYTES_MAX = 64 * 1024 };

struct row {
	const char *what;
	const char *recipe;
	enum image_status status;
	const char *reason; /* in it; NULL: not compared */
};

/* A recipe's bytes, "89 'PNG' 0d": hex and quoted text. */
static void
cook_raw(struct buf *buf, struct slice recipe)
{
	static const char digits[] = "0123456789abcdef";

	while (recipe.len > 0) {
		int c = slice_take(&recipe);

		if (c == ' ')
			continue;
		if (c == '\'') {
			while ((c = slice_take(&recipe)) != '\'') {
				assert_int_not_equal(c, -1);
				(void)buf_char(buf, (char)c);
			}
			continue;
		}
		const char *high = strchr(digits, c);
		const char *low = strchr(digits, slice_take(&recipe));

		assert_non_null(high);
		assert_non_null(low);
		(void)buf_char(buf,
		    (char)((high - digits) << 4 | (low - digits)));
	}
}

static void
put_32(struct buf *buf, uint32_t value, bool is_little)
{
	for (int i = 0; i < 4; i++)
		(void)buf_char(buf,
		    (char)(value >> (is_little ? 8 * i : 24 - 8 * i) & 0xff));
}

/* Each item of a PNG recipe is a chunk, type first. */
static void
cook_png(struct pool *pool, struct buf *buf, struct slice recipe)
{
	const struct crc32_table *table = crc32_table_new(pool);
	struct slice item;

	cook_raw(buf, slice_str("89 'PNG' 0d0a1a0a"));
	while (slice_next(&recipe, ',', &item)) {
		size_t start;

		put_32(buf, 0, false);
		start = buf->len;
		cook_raw(buf, item);
		buf->data[start - 2] = (char)((buf->len - start - 4) >> 8);
		buf->data[start - 1] = (char)(buf->len - start - 4);
		put_32(buf,
		    crc32_update(table, CRC32_START, buf->data + start,
			buf->len - start) ^ CRC32_START,
		    false);
	}
}

/* Each item of a WebP recipe is a chunk; after "(" come those of a frame. */
static void
cook_webp_items(struct buf *buf, struct slice *recipe, char sep)
{
	struct slice item;

	while (slice_next(recipe, sep, &item)) {
		size_t start = buf->len, len, open = slice_find(item, '(');
		struct slice inner = slice_from(item, open + 1);

		cook_raw(buf, slice_make(item.data, 6));
		put_32(buf, 0, true);
		cook_raw(buf, slice_make(item.data + 6, open - 6));
		if (open < item.len)
			cook_webp_items(buf, &inner, ';');
		len = buf->len - start - 8;
		buf->data[start + 4] = (char)len;
		buf->data[start + 5] = (char)(len >> 8);
		if (len % 2 != 0)
			(void)buf_char(buf, '\0');
	}
}

static void
cook_webp(struct buf *buf, struct slice recipe)
{
	cook_raw(buf, slice_str("'RIFF' 00000000 'WEBP'"));
	cook_webp_items(buf, &recipe, ',');
	buf->data[4] = (char)(buf->len - 8);
	buf->data[5] = (char)((buf->len - 8) >> 8);
}

static void
run_row(const char *type, const struct row *row)
{
	static const struct image_limits limits = { 1000000, 4 };
	struct pool *pool = pool_new();
	struct slice recipe = slice_str(row->recipe), bytes;
	struct image *image = image_new(pool, type, &limits);
	struct image_info info;
	struct buf buf;

	buf_init(&buf, pool, FILE_BYTES_MAX);
	if (strcmp(type, "image/png") == 0)
		cook_png(pool, &buf, recipe);
	else if (strcmp(type, "image/webp") == 0)
		cook_webp(&buf, recipe);
	else
		cook_raw(&buf, recipe);
	assert_false(buf_is_full(&buf));
	bytes = buf_view(&buf);
	for (size_t i = 0; i < bytes.len; i++)
		image_feed(image, slice_make(bytes.data + i, 1));
	if (image_finish(image, &info) != row->status)
		fail_msg("%s: \"%s\"", row->what, image_reason(image));
	if (row->reason != NULL &&
	    strstr(image_reason(image), row->reason) == NULL)
		fail_msg("%s: \"%s\", not \"%s\"", row->what,
		    image_reason(image), row->reason);
	pool_free(&pool);
}

/* clang-format off */
#define IHDR "'IHDR' 00000002 00000002 08 02 00 00 00"
#define IDAT "'IDAT' 78 9c 00"
#define IEND "'IEND'"
#define ACTL(n) "'acTL' " n " 00000000"
/* sequence, then 2 by 2 at 0,0 */
#define FCTL(n) "'fcTL' " n " 00000002 00000002 00000000 00000000 00010001 00 00"

static const struct row png_rows[] = {
	{ "least", IHDR "," IDAT "," IEND, IMAGE_WHOLE, "" },
	{ "cut zlib head", IHDR ",'IDAT','IDAT' 78,'IDAT' 9c," IEND, IMAGE_WHOLE, "" },
	{ "ancillary chunks", IHDR ",'teXt' 00," IDAT ",'zzZz'," IEND, IMAGE_WHOLE, "" },
	{ "HTML in a chunk's place", IHDR ",'<htm' 'l>'," IDAT "," IEND, IMAGE_DAMAGED, "no chunk" },
	{ "unknown critical chunk", IHDR ",'EVIL' 00," IDAT "," IEND, IMAGE_DAMAGED, "critical" },
	{ "no IHDR", IDAT "," IEND, IMAGE_DAMAGED, "IHDR is not" },
	{ "two IHDR", IHDR "," IHDR "," IDAT "," IEND, IMAGE_DAMAGED, "second IHDR" },
	{ "short IHDR", "'IHDR' 00000002 00000002 08 02 00 00," IDAT "," IEND, IMAGE_DAMAGED, "IHDR: length" },
	{ "no IDAT", IHDR "," IEND, IMAGE_DAMAGED, "no image data" },
	{ "empty IDAT", IHDR ",'IDAT'," IEND, IMAGE_DAMAGED, "no image data" },
	{ "no zlib stream", IHDR ",'IDAT' '<html>'," IEND, IMAGE_DAMAGED, "zlib" },
	{ "no IEND", IHDR "," IDAT, IMAGE_DAMAGED, "file ends" },
	{ "chunk after IEND", IHDR "," IDAT "," IEND ",'teXt' 00", IMAGE_DAMAGED, "behind the end" },
	{ "IEND with data", IHDR "," IDAT ",'IEND' 00", IMAGE_DAMAGED, "IEND" },
	{ "parted IDAT", IHDR "," IDAT ",'teXt' 00," IDAT "," IEND, IMAGE_DAMAGED, "together" },
	{ "depth 3", "'IHDR' 00000002 00000002 03 02 00 00 00," IDAT "," IEND, IMAGE_DAMAGED, "depth" },
	{ "depth 4 of RGB", "'IHDR' 00000002 00000002 04 02 00 00 00," IDAT "," IEND, IMAGE_DAMAGED, "depth" },
	{ "depth 255", "'IHDR' 00000002 00000002 ff 00 00 00 00," IDAT "," IEND, IMAGE_DAMAGED, "depth" },
	{ "colour type 5", "'IHDR' 00000002 00000002 08 05 00 00 00," IDAT "," IEND, IMAGE_DAMAGED, "depth" },
	{ "interlace 2", "'IHDR' 00000002 00000002 08 02 00 00 02," IDAT "," IEND, IMAGE_DAMAGED, "method" },
	{ "width 0", "'IHDR' 00000000 00000002 08 02 00 00 00," IDAT "," IEND, IMAGE_DAMAGED, "zero" },
	{ "height 0", "'IHDR' 00000002 00000000 08 02 00 00 00," IDAT "," IEND, IMAGE_DAMAGED, "zero" },
	{ "width 2^31", "'IHDR' 80000000 00000001 08 02 00 00 00," IDAT "," IEND, IMAGE_DAMAGED, "width" },
	{ "the largest", "'IHDR' 7fffffff 7fffffff 08 02 00 00 00," IDAT "," IEND, IMAGE_TOO_MANY_PIXELS, NULL },
	{ "2^32 in 32 bits", "'IHDR' 00010000 00010000 08 02 00 00 00," IDAT "," IEND, IMAGE_TOO_MANY_PIXELS, NULL },
	{ "one too many", "'IHDR' 000f4241 00000001 08 02 00 00 00," IDAT "," IEND, IMAGE_TOO_MANY_PIXELS, NULL },
	{ "the last that may be", "'IHDR' 000f4240 00000001 08 02 00 00 00," IDAT "," IEND, IMAGE_WHOLE, "" },
	{ "palette", "'IHDR' 00000002 00000002 01 03 00 00 00,'PLTE' 000000 ffffff," IDAT "," IEND, IMAGE_WHOLE, "" },
	{ "no palette", "'IHDR' 00000002 00000002 01 03 00 00 00," IDAT "," IEND, IMAGE_DAMAGED, "no PLTE" },
	{ "too long a palette", "'IHDR' 00000002 00000002 01 03 00 00 00,'PLTE' 000000 000000 000000," IDAT "," IEND, IMAGE_DAMAGED, "PLTE: length" },
	{ "part of a palette", IHDR ",'PLTE' 0000," IDAT "," IEND, IMAGE_DAMAGED, "PLTE: length" },
	{ "empty palette", IHDR ",'PLTE'," IDAT "," IEND, IMAGE_DAMAGED, "PLTE: length" },
	{ "palette of gray", "'IHDR' 00000002 00000002 08 00 00 00 00,'PLTE' 000000," IDAT "," IEND, IMAGE_DAMAGED, "PLTE where" },
	{ "late palette", IHDR "," IDAT ",'PLTE' 000000," IEND, IMAGE_DAMAGED, "PLTE where" },
	{ "orientation", IHDR ",'eXIf' 'MM' 002a 00000008 0000," IDAT "," IEND, IMAGE_WHOLE, "" },
	{ "two frames", IHDR "," ACTL("00000002") "," FCTL("00000000") "," IDAT "," FCTL("00000001") ",'fdAT' 00000002 00," IEND, IMAGE_WHOLE, "" },
	{ "IDAT apart", IHDR "," ACTL("00000001") "," IDAT "," FCTL("00000000") ",'fdAT' 00000001 00," IEND, IMAGE_WHOLE, "" },
	{ "a frame is missing", IHDR "," ACTL("00000002") "," FCTL("00000000") "," IDAT "," IEND, IMAGE_DAMAGED, "missing" },
	{ "a frame without data", IHDR "," ACTL("00000002") "," FCTL("00000000") "," IDAT "," FCTL("00000001") "," IEND, IMAGE_DAMAGED, "missing" },
	{ "a frame too many", IHDR "," ACTL("00000001") "," FCTL("00000000") "," IDAT "," FCTL("00000001") ",'fdAT' 00000002 00," IEND, IMAGE_DAMAGED, "fcTL where" },
	{ "wrong sequence", IHDR "," ACTL("00000002") "," FCTL("00000000") "," IDAT "," FCTL("00000002") ",'fdAT' 00000001 00," IEND, IMAGE_DAMAGED, "order" },
	{ "no frames", IHDR "," ACTL("00000000") "," IDAT "," IEND, IMAGE_DAMAGED, "acTL" },
	{ "late acTL", IHDR "," IDAT "," ACTL("00000001") "," IEND, IMAGE_DAMAGED, "acTL" },
	{ "fcTL alone", IHDR "," FCTL("00000000") "," IDAT "," IEND, IMAGE_DAMAGED, "fcTL without" },
	{ "fdAT alone", IHDR "," IDAT ",'fdAT' 00000000 00," IEND, IMAGE_DAMAGED, "fdAT without" },
	{ "frame outside", IHDR "," ACTL("00000001") "," IDAT ",'fcTL' 00000000 00000002 00000002 00000001 00000000 00010001 00 00,'fdAT' 00000001 00," IEND, IMAGE_DAMAGED, "outside" },
	{ "far offset", IHDR "," ACTL("00000001") "," IDAT ",'fcTL' 00000000 00000001 00000001 ffffffff 00000000 00010001 00 00,'fdAT' 00000001 00," IEND, IMAGE_DAMAGED, "outside" },
	{ "frames announced only", IHDR "," ACTL("7fffffff") "," FCTL("00000000") "," IDAT "," IEND, IMAGE_DAMAGED, "missing" },
	{ "five frames", IHDR "," ACTL("00000005") "," FCTL("00000000") "," IDAT "," FCTL("00000001") ",'fdAT' 00000002 00," FCTL("00000003") ",'fdAT' 00000004 00," FCTL("00000005") ",'fdAT' 00000006 00," FCTL("00000007") ",'fdAT' 00000008 00," IEND, IMAGE_TOO_MANY_FRAMES, NULL },
};

#define DQT "ffdb 0043 00 " T16 T16 T16 T16
#define T16 "01010101010101010101010101010101 "
#define SOF "ffc0 000b 08 0002 0002 01 01 11 00 "
#define SOS "ffda 0008 01 01 00 00 3f 00 "
#define DHT "ffc4 0014 00 01000000000000000000000000000000 00 "

static const struct row jpeg_rows[] = {
	{ "least", "ffd8 " DQT SOF DHT SOS "00 ffd9", IMAGE_WHOLE, "" },
	{ "stuffing and restarts", "ffd8 " DQT SOF SOS "ff00 ffd0 ff00 ffd7 11 ffd9", IMAGE_WHOLE, "" },
	{ "fill bytes", "ffd8 ffffff" "fe 0002 " DQT SOF SOS "00 ffffffd9", IMAGE_WHOLE, "" },
	{ "anything after EOI", "ffd8 " DQT SOF SOS "00 ffd9 'PK' 0304 '<?php'", IMAGE_WHOLE, "" },
	{ "magic and HTML", "ffd8 ffe0 0010 'JFIF' 00 0101 00 00010001 00 00 '<html>'", IMAGE_DAMAGED, "no marker" },
	{ "HTML in a comment alone", "ffd8 fffe 0008 '<html>' ffd9", IMAGE_DAMAGED, "no scan" },
	{ "no frame header", "ffd8 " DQT SOS "00 ffd9", IMAGE_DAMAGED, "before the frame" },
	{ "no scan", "ffd8 " DQT SOF "ffd9", IMAGE_DAMAGED, "no scan" },
	{ "no end", "ffd8 " DQT SOF SOS "00 ff00", IMAGE_DAMAGED, "file ends" },
	{ "empty scan", "ffd8 " DQT SOF SOS "ffd9", IMAGE_DAMAGED, "without data" },
	{ "restarts alone", "ffd8 " DQT SOF SOS "ffd0 ffd1 ffd9", IMAGE_DAMAGED, "without data" },
	{ "no quantization", "ffd8 " SOF SOS "00 ffd9", IMAGE_DAMAGED, "quantization" },
	{ "quantization cut", "ffd8 ffdb 0042 00 " T16 T16 T16 T16 SOF SOS "00 ffd9", IMAGE_DAMAGED, "quantization" },
	{ "quantization table 4", "ffd8 ffdb 0043 04 " T16 T16 T16 T16 SOF SOS "00 ffd9", IMAGE_DAMAGED, "quantization" },
	{ "too many codes", "ffd8 " DQT SOF "ffc4 0016 00 03000000000000000000000000000000 000000" SOS "00 ffd9", IMAGE_DAMAGED, "code lengths" },
	{ "Huffman cut", "ffd8 " DQT SOF "ffc4 0013 00 01000000000000000000000000000000 00" SOS "00 ffd9", IMAGE_DAMAGED, "Huffman" },
	{ "two frame headers", "ffd8 " DQT SOF SOF SOS "00 ffd9", IMAGE_DAMAGED, "second frame" },
	{ "SOI inside", "ffd8 ffd8 " DQT SOF SOS "00 ffd9", IMAGE_DAMAGED, "do not take" },
	{ "arithmetic", "ffd8 " DQT "ffc9 000b 08 0002 0002 01 01 11 00" SOS "00 ffd9", IMAGE_DAMAGED, "do not take" },
	{ "lossless", "ffd8 " DQT "ffc3 000b 08 0002 0002 01 01 11 00" SOS "00 ffd9", IMAGE_DAMAGED, "do not take" },
	{ "12 bits of baseline", "ffd8 " DQT "ffc0 000b 0c 0002 0002 01 01 11 00" SOS "00 ffd9", IMAGE_DAMAGED, "precision" },
	{ "no components", "ffd8 " DQT "ffc0 0008 08 0002 0002 00" SOS "00 ffd9", IMAGE_DAMAGED, "component count" },
	{ "255 components", "ffd8 " DQT "ffc0 000b 08 0002 0002 ff 01 11 00" SOS "00 ffd9", IMAGE_DAMAGED, "component count" },
	{ "sampling 5", "ffd8 " DQT "ffc0 000b 08 0002 0002 01 01 51 00" SOS "00 ffd9", IMAGE_DAMAGED, "component" },
	{ "sampling 0", "ffd8 " DQT "ffc0 000b 08 0002 0002 01 01 10 00" SOS "00 ffd9", IMAGE_DAMAGED, "component" },
	{ "unknown component", "ffd8 " DQT SOF "ffda 0008 01 07 00 00 3f 00 00 ffd9", IMAGE_DAMAGED, "scan header: component" },
	{ "scan of none", "ffd8 " DQT SOF "ffda 0006 00 00 3f 00 00 ffd9", IMAGE_DAMAGED, "scan header" },
	{ "scan of 255", "ffd8 " DQT SOF "ffda 0008 ff 01 00 00 3f 00 00 ffd9", IMAGE_DAMAGED, "scan header" },
	{ "spectral selection", "ffd8 " DQT SOF "ffda 0008 01 01 00 00 40 00 00 ffd9", IMAGE_DAMAGED, "spectral" },
	{ "length 1", "ffd8 fffe 0001 " DQT SOF SOS "00 ffd9", IMAGE_DAMAGED, "length" },
	{ "restart interval cut", "ffd8 ffdd 0003 00 " DQT SOF SOS "00 ffd9", IMAGE_DAMAGED, "length" },
	{ "height 0", "ffd8 " DQT "ffc0 000b 08 0000 0002 01 01 11 00" SOS "00 ffd9", IMAGE_DAMAGED, "zero" },
	{ "width 0", "ffd8 " DQT "ffc0 000b 08 0002 0000 01 01 11 00" SOS "00 ffd9", IMAGE_DAMAGED, "zero" },
	{ "65535 squared", "ffd8 " DQT "ffc0 000b 08 ffff ffff 01 01 11 00" SOS "00 ffd9", IMAGE_TOO_MANY_PIXELS, NULL },
	{ "bad EXIF is no damage", "ffd8 ffe1 0010 'Exif' 0000 'II' 2a00 ffffffff " DQT SOF SOS "00 ffd9", IMAGE_WHOLE, "" },
};

#define SCREEN "'GIF89a' 0200 0200 00 00 00 "
#define PICTURE "2c 0000 0000 0200 0200 00 02 01 00 00 "

static const struct row gif_rows[] = {
	{ "least", SCREEN PICTURE "3b", IMAGE_WHOLE, "" },
	{ "color tables", "'GIF87a' 0200 0200 80 00 00 000000 ffffff 2c 0000 0000 0200 0200 80 000000 ffffff 02 01 00 00 3b", IMAGE_WHOLE, "" },
	{ "extensions", SCREEN "21 f9 04 00000000 00 21 fe 03 'abc' 00 21 01 00 " PICTURE "3b", IMAGE_WHOLE, "" },
	{ "beyond the screen", SCREEN "2c 0100 0100 0800 0800 00 02 01 00 00 3b", IMAGE_WHOLE, "" },
	{ "no image", SCREEN "3b", IMAGE_DAMAGED, "no image" },
	{ "a comment alone", SCREEN "21 fe 06 '<html>' 00 3b", IMAGE_DAMAGED, "no image" },
	{ "image without data", SCREEN "2c 0000 0000 0200 0200 00 02 00 3b", IMAGE_DAMAGED, "without data" },
	{ "no trailer", SCREEN PICTURE, IMAGE_DAMAGED, "file ends" },
	{ "markup behind", SCREEN PICTURE "3b '<?php'", IMAGE_DAMAGED, "behind the end" },
	{ "markup inside", SCREEN PICTURE "'<?php' 3b", IMAGE_DAMAGED, "no block" },
	{ "version 88", "'GIF88a' 0200 0200 00 00 00 " PICTURE "3b", IMAGE_DAMAGED, "signature" },
	{ "long control block", SCREEN "21 f9 05 0000000000 00 " PICTURE "3b", IMAGE_DAMAGED, "control" },
	{ "code size 9", SCREEN "2c 0000 0000 0200 0200 00 09 01 00 00 3b", IMAGE_DAMAGED, "LZW" },
	{ "code size 0", SCREEN "2c 0000 0000 0200 0200 00 00 01 00 00 3b", IMAGE_DAMAGED, "LZW" },
	{ "screen of nothing", "'GIF89a' 0000 0200 00 00 00 " PICTURE "3b", IMAGE_DAMAGED, "zero" },
	{ "frame of nothing", SCREEN "2c 0000 0000 0200 0000 00 02 01 00 00 3b", IMAGE_DAMAGED, "zero" },
	{ "large screen", "'GIF89a' ffff ffff 00 00 00 " PICTURE "3b", IMAGE_TOO_MANY_PIXELS, NULL },
	{ "large frame", SCREEN "2c 0000 0000 ffff ffff 00 02 01 00 00 3b", IMAGE_TOO_MANY_PIXELS, NULL },
	{ "four frames", SCREEN PICTURE PICTURE PICTURE PICTURE "3b", IMAGE_WHOLE, "" },
	{ "five frames", SCREEN PICTURE PICTURE PICTURE PICTURE PICTURE "3b", IMAGE_TOO_MANY_FRAMES, NULL },
};

/* 2 by 2 pixels; "(" begins the chunks inside one, ";" parts them. */
#define VP8 "'VP8 ' 300000 9d012a 0200 0200 0000"
#define VP8L "'VP8L' 2f 01400000 00"
#define VP8X(flags) "'VP8X' " flags " 000000 010000 010000"
#define ANIM "'ANIM' 00000000 0000"
#define ANMF "'ANMF' 000000 000000 010000 010000 640000 00"

static const struct row webp_rows[] = {
	{ "lossy", VP8, IMAGE_WHOLE, "" },
	{ "lossless", VP8L, IMAGE_WHOLE, "" },
	{ "extended", VP8X("00") "," VP8 ",'EXIF' 00,'XMP ' '<x/>'", IMAGE_WHOLE, "" },
	{ "alpha", VP8X("10") ",'ALPH' 0000," VP8, IMAGE_WHOLE, "" },
	{ "animated", VP8X("02") "," ANIM "," ANMF "(" VP8 "," ANMF "(" VP8L, IMAGE_WHOLE, "" },
	{ "animated alpha", VP8X("12") "," ANIM "," ANMF "('ALPH' 0000;" VP8, IMAGE_WHOLE, "" },
	{ "no chunks", "'abcd' 00", IMAGE_DAMAGED, "no VP8" },
	{ "HTML in a chunk", "'<htm' 'l>'," VP8, IMAGE_DAMAGED, "no VP8" },
	{ "canvas alone", VP8X("00") ",'XMP ' '<x/>'", IMAGE_DAMAGED, "no image" },
	{ "animation of nothing", VP8X("02") "," ANIM, IMAGE_DAMAGED, "no image" },
	{ "frame of nothing", VP8X("02") "," ANIM "," ANMF "('abcd' 00", IMAGE_DAMAGED, "without image" },
	{ "frame with alpha only", VP8X("02") "," ANIM "," ANMF "('ALPH' 0000", IMAGE_DAMAGED, "without image" },
	{ "frame without ANIM", VP8X("02") "," ANMF "(" VP8, IMAGE_DAMAGED, "ANMF" },
	{ "frame in a still", VP8X("00") "," ANIM "," ANMF "(" VP8, IMAGE_DAMAGED, "ANIM" },
	{ "still in an animation", VP8X("02") "," ANIM "," VP8, IMAGE_DAMAGED, "where none" },
	{ "frame in a frame", VP8X("02") "," ANIM "," ANMF "(" ANMF " 0000000000000000", IMAGE_DAMAGED, "ANMF" },
	{ "two images", VP8X("00") "," VP8 "," VP8, IMAGE_DAMAGED, "where none" },
	{ "two images in a frame", VP8X("02") "," ANIM "," ANMF "(" VP8 ";" VP8, IMAGE_DAMAGED, "where none" },
	{ "late canvas", VP8 "," VP8X("00"), IMAGE_DAMAGED, "VP8X" },
	{ "long canvas", "'VP8X' 00 000000 010000 010000 0000," VP8, IMAGE_DAMAGED, "VP8X" },
	{ "alpha of lossless", VP8X("10") ",'ALPH' 0000," VP8L, IMAGE_DAMAGED, "ALPH" },
	{ "alpha without canvas", VP8 ",'ALPH' 0000", IMAGE_DAMAGED, "ALPH" },
	{ "another size", "'VP8X' 00 000000 020000 010000," VP8, IMAGE_DAMAGED, "differ" },
	{ "another size in a frame", VP8X("02") "," ANIM ",'ANMF' 000000 000000 000000 010000 640000 00(" VP8, IMAGE_DAMAGED, "differ" },
	{ "frame outside", VP8X("02") "," ANIM ",'ANMF' 010000 000000 010000 010000 640000 00(" VP8, IMAGE_DAMAGED, "outside" },
	{ "no key frame", "'VP8 ' 310000 9d012a 0200 0200 0000", IMAGE_DAMAGED, "key frame" },
	{ "hidden frame", "'VP8 ' 200000 9d012a 0200 0200 0000", IMAGE_DAMAGED, "key frame" },
	{ "start code", "'VP8 ' 300000 9d012b 0200 0200 0000", IMAGE_DAMAGED, "start code" },
	{ "first partition", "'VP8 ' 700000 9d012a 0200 0200 0000", IMAGE_DAMAGED, "partition" },
	{ "lossy width 0", "'VP8 ' 300000 9d012a 0000 0200 0000", IMAGE_DAMAGED, "zero" },
	{ "header alone", "'VP8 ' 300000 9d012a 0200 0200", IMAGE_DAMAGED, "without data" },
	{ "lossless signature", "'VP8L' 2e 01400000 00", IMAGE_DAMAGED, "VP8L" },
	{ "lossless version", "'VP8L' 2f 01400020 00", IMAGE_DAMAGED, "VP8L" },
	{ "16384 squared", "'VP8L' 2f ffffff0f 00", IMAGE_TOO_MANY_PIXELS, NULL },
	{ "canvas of 2^48", "'VP8X' 00 000000 ffffff ffffff," VP8, IMAGE_DAMAGED, "canvas" },
	{ "large canvas", "'VP8X' 00 000000 ff3f00 ff3f00," VP8, IMAGE_TOO_MANY_PIXELS, NULL },
	{ "five frames", VP8X("02") "," ANIM "," ANMF "(" VP8 "," ANMF "(" VP8 "," ANMF "(" VP8 "," ANMF "(" VP8 "," ANMF "(" VP8, IMAGE_TOO_MANY_FRAMES, NULL },
};

/* Sizes that disagree, byte for byte. */
#define TINY "'WEBPVP8L' 06000000 2f 01400000 00"

static const struct row riff_rows[] = {
	{ "right", "'RIFF' 12000000 " TINY, IMAGE_WHOLE, "" },
	{ "too small", "'RIFF' 10000000 " TINY, IMAGE_DAMAGED, "longer than" },
	{ "too large", "'RIFF' 14000000 " TINY, IMAGE_DAMAGED, "file ends" },
	{ "odd", "'RIFF' 13000000 " TINY, IMAGE_DAMAGED, "RIFF size" },
	{ "nothing", "'RIFF' 00000000 " TINY, IMAGE_DAMAGED, "RIFF size" },
	{ "four bytes", "'RIFF' 04000000 " TINY, IMAGE_DAMAGED, "RIFF size" },
	{ "all ones", "'RIFF' ffffffff " TINY, IMAGE_DAMAGED, "RIFF size" },
	{ "endless chunk", "'RIFF' 12000000 'WEBPVP8L' ffffffff 2f 01400000 00", IMAGE_DAMAGED, "longer than" },
	{ "markup behind", "'RIFF' 12000000 " TINY " '<html>'", IMAGE_DAMAGED, "behind the end" },
	{ "no WEBP", "'RIFF' 12000000 'AVI VP8L' 06000000 2f 01400000 00", IMAGE_DAMAGED, "no RIFF" },
};

static const struct row png_raw_rows[] = {
	{ "signature alone", "89 'PNG' 0d0a1a0a", IMAGE_DAMAGED, "file ends" },
	{ "text mode", "89 'PNG' 0a1a0a 00", IMAGE_DAMAGED, "signature" },
	{ "wrong CRC", "89 'PNG' 0d0a1a0a 0000000d " IHDR " 00000000", IMAGE_DAMAGED, "CRC" },
	{ "endless chunk", "89 'PNG' 0d0a1a0a ffffffff " IHDR " 00000000", IMAGE_DAMAGED, "chunk length" },
	{ "long IHDR", "89 'PNG' 0d0a1a0a 7fffffff " IHDR " 00000000", IMAGE_DAMAGED, "IHDR: length" },
};
/* clang-format on */

static void
test_png(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(png_rows); i++)
		run_row("image/png", &png_rows[i]);
}

static void
test_jpeg(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(jpeg_rows); i++)
		run_row("image/jpeg", &jpeg_rows[i]);
}

static void
test_gif(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(gif_rows); i++)
		run_row("image/gif", &gif_rows[i]);
}

static void
test_webp(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(webp_rows); i++)
		run_row("image/webp", &webp_rows[i]);
}

/* Rows that are the file itself. */
static void
run_raw(const char *type, const struct row *row)
{
	static const struct image_limits limits = { 1000000, 4 };
	struct pool *pool = pool_new();
	struct image *image = image_new(pool, type, &limits);
	struct image_info info;
	struct buf buf;

	buf_init(&buf, pool, FILE_BYTES_MAX);
	cook_raw(&buf, slice_str(row->recipe));
	image_feed(image, buf_view(&buf));
	if (image_finish(image, &info) != row->status ||
	    strstr(image_reason(image), row->reason) == NULL)
		fail_msg("%s: \"%s\"", row->what, image_reason(image));
	pool_free(&pool);
}

static void
test_raw(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(riff_rows); i++)
		run_raw("image/webp", &riff_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(png_raw_rows); i++)
		run_raw("image/png", &png_raw_rows[i]);
}

/* A decoder goes over the whole picture for each scan. */
static void
test_scan_bomb(void **state)
{
	struct row row = { "500 scans", NULL, IMAGE_DAMAGED, "too many scans" };
	struct pool *pool = pool_new();
	struct buf buf;

	(void)state;
	buf_init(&buf, pool, FILE_BYTES_MAX);
	(void)buf_str(&buf, "ffd8 " DQT SOF);
	for (int i = 0; i < 500; i++)
		(void)buf_str(&buf, SOS "00 ");
	(void)buf_str(&buf, "ffd9");
	row.recipe = buf.data;
	run_raw("image/jpeg", &row);
	pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_png),
		cmocka_unit_test(test_jpeg),
		cmocka_unit_test(test_gif),
		cmocka_unit_test(test_webp),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_scan_bomb),
	};

	return cmocka_run_group_tests_name("codec/image-hostile", tests, NULL,
	    NULL);
}
