/* SPDX-License-Identifier: MIT */
#include "base/num.h"

bool
num_parse_u64(struct slice text, uint64_t max, uint64_t *value_r)
{
	uint64_t value = 0;

	if (text.len == 0)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned char)text.data[i] - (unsigned)'0';

		if (digit > 9 || __builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return false;
	}
	if (value > max)
		return false;
	*value_r = value;
	return true;
}

bool
num_parse_i64(struct slice text, int64_t max, int64_t *value_r)
{
	uint64_t value;

	if (max < 0 || !num_parse_u64(text, (uint64_t)max, &value))
		return false;
	*value_r = (int64_t)value;
	return true;
}

static int64_t
unit_bytes(char c)
{
	switch (c) {
	case 'k':
	case 'K':
		return KIB;
	case 'm':
	case 'M':
		return MIB;
	case 'g':
	case 'G':
		return GIB;
	default:
		return 0;
	}
}

bool
num_parse_size(struct slice text, int64_t max, int64_t *bytes_r)
{
	int64_t unit = 0, value;

	if (text.len > 1)
		unit = unit_bytes(text.data[text.len - 1]);
	if (unit > 0)
		text.len--;
	else
		unit = 1;
	if (!num_parse_i64(text, max / unit, &value))
		return false;
	*bytes_r = value * unit;
	return true;
}

bool
num_parse_cents(struct slice text, int64_t max, int64_t *cents_r)
{
	struct slice whole, places;
	int64_t units, cents = 0;
	size_t at = slice_find(text, '.');

	if (at == text.len)
		at = slice_find(text, ',');
	whole = slice_make(text.data, at);
	places = slice_from(text, at + 1);
	if (places.len > 2 || (at < text.len && places.len == 0))
		return false;
	if (places.len > 0 && !num_parse_i64(places, 99, &cents))
		return false;
	if (places.len == 1)
		cents *= 10;
	if (max < cents || !num_parse_i64(whole, (max - cents) / 100, &units))
		return false;
	*cents_r = units * 100 + cents;
	return true;
}
