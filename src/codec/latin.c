/* SPDX-License-Identifier: MIT */
#include "base/attr.h"
#include "codec/latin.h"

/* One character for each code point from `first` on; "." where there is none */
struct latin_range {
	int32_t first;
	size_t count;
	const char *letters;
};

/* Latin letters without their accents (decompositions of UnicodeData.txt). */
static const struct latin_range latin_ranges[] = {
	{ 0xc0, 192,
	    "AAAAAA.CEEEEIIIIDNOOOOO.OUUUUY..aaaaaa.ceeeeiiiidnooooo.ouuuuy.y"
	    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi..JjKkkLlLlLlL"
	    "lLlNnNnNnnNnOoOoOo..RrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs" },
	{ 0x218, 4, "SsTt" },
	{ 0x1e00, 256,
	    "AaBbBbBbCcDdDdDdDdDdEeEeEeEeEeFfGgHhHhHhHhHhIiIiKkKkKkLlLlLlLlMm"
	    "MmMmNnNnNnNnOoOoOoOoPpPpRrRrRrRrSsSsSsSsSsTtTtTtTtUuUuUuUuUuVvVv"
	    "WwWwWwWwWwXxXxYyZzZzZzhtwy......AaAaAaAaAaAaAaAaAaAaAaAaEeEeEeEe"
	    "EeEeEeEeIiIiOoOoOoOoOoOoOoOoOoOoOoOoUuUuUuUuUuUuUuYyYyYyYy......" },
};

struct latin_text {
	int32_t c;
	const char *text;
};

static const struct latin_text latin_texts[] = {
	{ 0xaa, "a" },
	{ 0xba, "o" },
	{ 0xc6, "AE" },
	{ 0xdf, "ss" },
	{ 0xde, "Th" },
	{ 0xe6, "ae" },
	{ 0xfe, "th" },
	{ 0x132, "IJ" },
	{ 0x133, "ij" },
	{ 0x152, "OE" },
	{ 0x153, "oe" },
	{ 0x1a0, "O" },
	{ 0x1a1, "o" },
	{ 0x1af, "U" },
	{ 0x1b0, "u" },
	{ 0x1e9e, "SS" },
};

bool
latin_append(struct buf *buf, int32_t c)
{
	for (size_t i = 0; i < ARRAY_COUNT(latin_texts); i++)
		if (latin_texts[i].c == c) {
			(void)buf_str(buf, latin_texts[i].text);
			return true;
		}
	for (size_t i = 0; i < ARRAY_COUNT(latin_ranges); i++) {
		const struct latin_range *range = &latin_ranges[i];
		size_t at = (size_t)(c - range->first);

		if (c >= range->first && at < range->count &&
		    range->letters[at] != '.') {
			(void)buf_char(buf, range->letters[at]);
			return true;
		}
	}
	return false;
}
