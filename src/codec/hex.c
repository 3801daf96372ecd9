/* SPDX-License-Identifier: MIT */
#include <stdint.h>

#include "codec/hex.h"

char *
hex_encode(struct pool *pool, struct slice bytes)
{
	static const char digits[] = "0123456789abcdef";
	char *text = pool_alloc(pool, 2 * bytes.len + 1);

	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char byte = (unsigned char)bytes.data[i];

		text[2 * i] = digits[byte >> 4];
		text[2 * i + 1] = digits[byte & 15];
	}
	return text;
}

int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
hex_decode(struct pool *pool, struct slice text, struct slice *bytes_r)
{
	char *bytes;

	if (text.len % 2 != 0)
		return false;
	bytes = pool_alloc(pool, text.len / 2 + 1);
	for (size_t i = 0; i < text.len / 2; i++) {
		int high = hex_digit(text.data[2 * i]);
		int low = hex_digit(text.data[2 * i + 1]);

		if (high == -1 || low == -1)
			return false;
		bytes[i] = (char)(high << 4 | low);
	}
	*bytes_r = slice_make(bytes, text.len / 2);
	return true;
}

/* RFC 4648, tables 1 and 2. */
static const char standard[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_safe[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Without padding; the text has room for it. */
static size_t
encode(char *text, struct slice bytes, const char *alphabet)
{
	uint32_t bits = 0;
	unsigned count = 0; /* of bits not yet written */
	size_t len = 0;

	for (size_t i = 0; i < bytes.len; i++) {
		bits = bits << 8 | (unsigned char)bytes.data[i];
		for (count += 8; count >= 6; count -= 6)
			text[len++] = alphabet[bits >> (count - 6) & 63];
	}
	if (count > 0)
		text[len++] = alphabet[bits << (6 - count) & 63];
	return len;
}

static char *
new_text(struct pool *pool, struct slice bytes)
{
	return pool_alloc(pool, (bytes.len / 3 + 1) * 4 + 1);
}

char *
base64_encode(struct pool *pool, struct slice bytes)
{
	char *text = new_text(pool, bytes);
	size_t len = encode(text, bytes, standard);

	while (len % 4 != 0)
		text[len++] = '=';
	return text;
}

char *
base64url_encode(struct pool *pool, struct slice bytes)
{
	char *text = new_text(pool, bytes);

	(void)encode(text, bytes, url_safe);
	return text;
}

static int
sextet(char c, const char *alphabet)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == alphabet[62])
		return 62;
	return c == alphabet[63] ? 63 : -1;
}

/* Text without padding. */
static bool
decode(struct pool *pool, struct slice text, const char *alphabet,
    struct slice *bytes_r)
{
	char *bytes = pool_alloc(pool, text.len / 4 * 3 + 3);
	uint32_t bits = 0;
	unsigned count = 0; /* of bits not yet written */
	size_t len = 0;

	if (text.len % 4 == 1)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		int value = sextet(text.data[i], alphabet);

		if (value == -1)
			return false;
		bits = bits << 6 | (uint32_t)value;
		count += 6;
		if (count < 8)
			continue;
		count -= 8;
		bytes[len++] = (char)(bits >> count & 0xff);
	}
	/* Spare bits must be 0 (section 3.5): one text for one value. */
	if ((bits & ((1u << count) - 1)) != 0)
		return false;
	*bytes_r = slice_make(bytes, len);
	return true;
}

bool
base64_decode(struct pool *pool, struct slice text, struct slice *bytes_r)
{
	if (text.len % 4 != 0)
		return false;
	if (slice_has_suffix(text, "=="))
		text.len -= 2;
	else if (slice_has_suffix(text, "="))
		text.len -= 1;
	return decode(pool, text, standard, bytes_r);
}

bool
base64url_decode(struct pool *pool, struct slice text, struct slice *bytes_r)
{
	return decode(pool, text, url_safe, bytes_r);
}
