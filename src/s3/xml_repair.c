/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/buf.h"
#include "codec/hex.h"
#include "s3/xml_repair.h"

/* U+FDD0 in UTF-8 is EF B7 90; the last of them ends in AF. */
#define STAND_IN "\xef\xb7"
/* U+FFFE and U+FFFF are this with BE or BF behind. */
#define NO_CHARACTER "\xef\xbf"

enum {
	STAND_IN_FIRST = 0x90,
	STAND_INS = 32,
	STAND_IN_BYTES = 3,
	/* Of U+FFFE and U+FFFF: tab and line feed need no place. */
	PLACE_FFFE = '\t',
	PLACE_FFFF = '\n',
	VALUE_MAX = 0x10ffff
};

/* The number of "#x1f;" or "#31;"; false for another reference. */
static bool
take_number(struct slice *rest, int *value_r)
{
	int base = 10, value = 0;

	if (!slice_take_str(rest, "#"))
		return false;
	if (slice_take_str(rest, "x"))
		base = 16;
	if (rest->len == 0 || rest->data[0] == ';')
		return false;
	while (rest->len > 0 && rest->data[0] != ';') {
		int digit = hex_digit((char)slice_take(rest));

		if (digit < 0 || digit >= base || value > VALUE_MAX)
			return false;
		value = value * base + digit;
	}
	*value_r = value;
	return slice_take(rest) == ';';
}

/* The place of what XML cannot hold, taken off *rest; -1 for all else. */
static int
take_odd(struct slice *rest)
{
	struct slice at = *rest;
	int value = -1;

	if (slice_take_str(&at, NO_CHARACTER "\xbe"))
		value = PLACE_FFFE;
	else if (slice_take_str(&at, NO_CHARACTER "\xbf"))
		value = PLACE_FFFF;
	else if (!slice_take_str(&at, "&") || !take_number(&at, &value) ||
	    value >= STAND_INS || value == '\t' || value == '\n' ||
	    value == '\r')
		return -1;
	*rest = at;
	return value;
}

static bool
has(struct slice doc, const char *text)
{
	return memmem(doc.data, doc.len, text, strlen(text)) != NULL;
}

struct slice
xml_repair(struct pool *pool, struct slice doc, bool *was_repaired_r)
{
	struct buf repaired;

	*was_repaired_r = false;
	if ((!has(doc, "&#") && !has(doc, NO_CHARACTER)) || has(doc, STAND_IN))
		return doc;
	/* No stand-in is longer than what it stands for. */
	buf_init(&repaired, pool, doc.len);
	while (doc.len > 0) {
		int place = take_odd(&doc);

		if (place == -1) {
			(void)buf_char(&repaired, (char)slice_take(&doc));
			continue;
		}
		*was_repaired_r = true;
		(void)buf_str(&repaired, STAND_IN);
		(void)buf_char(&repaired, (char)(STAND_IN_FIRST + place));
	}
	return buf_view(&repaired);
}

static void
put_back(struct buf *buf, int place)
{
	if (place == PLACE_FFFE)
		(void)buf_str(buf, NO_CHARACTER "\xbe");
	else if (place == PLACE_FFFF)
		(void)buf_str(buf, NO_CHARACTER "\xbf");
	else
		(void)buf_char(buf, (char)place);
}

struct slice
xml_unrepair(struct pool *pool, struct slice text)
{
	struct buf buf;

	buf_init(&buf, pool, text.len);
	while (text.len > 0) {
		int c;

		if (text.len < STAND_IN_BYTES ||
		    !slice_take_str(&text, STAND_IN)) {
			(void)buf_char(&buf, (char)slice_take(&text));
			continue;
		}
		c = slice_take(&text) - STAND_IN_FIRST;
		if (c >= 0 && c < STAND_INS)
			put_back(&buf, c);
	}
	return buf_view(&buf);
}
