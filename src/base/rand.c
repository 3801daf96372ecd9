/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/rand.h"

void
rand_bytes(void *data, size_t len)
{
	unsigned char *at = data;

	while (len > 0) {
		ssize_t got = getrandom(at, len, 0);

		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0) {
			perror("getrandom");
			abort();
		}
		at += got;
		len -= (size_t)got;
	}
}

uint64_t
rand_below(uint64_t below)
{
	uint64_t value, limit;

	assert(below > 0);
	/* Values from limit up would favour the low results. */
	limit = UINT64_MAX - UINT64_MAX % below;
	do
		rand_bytes(&value, sizeof(value));
	while (value >= limit);
	return value % below;
}

static char *
hex(struct pool *pool, const unsigned char *bytes, size_t count)
{
	static const char digits[] = "0123456789abcdef";
	char *text = pool_alloc(pool, 2 * count + 1);

	for (size_t i = 0; i < count; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	return text;
}

char *
rand_hex(struct pool *pool, size_t count)
{
	unsigned char *bytes = pool_alloc(pool, count);

	rand_bytes(bytes, count);
	return hex(pool, bytes, count);
}

char *
rand_uuid(struct pool *pool)
{
	unsigned char b[16];
	char *text;

	rand_bytes(b, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	text = hex(pool, b, sizeof(b));
	return pool_format(pool, "%.8s-%.4s-%.4s-%.4s-%.12s", text, text + 8,
	    text + 12, text + 16, text + 20);
}
