/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

enum { FIRST_BYTES = 128 };

static char empty_text[1];

void
buf_init(struct buf *buf, struct pool *pool, size_t max_bytes)
{
	assert(max_bytes < SIZE_MAX / 4);
	*buf = (struct buf){ .pool = pool,
		.data = empty_text,
		.max_bytes = max_bytes };
}

void
buf_clear(struct buf *buf)
{
	buf->len = 0;
	buf->is_full = false;
	if (buf->size_bytes > 0)
		buf->data[0] = '\0';
}

static int
reserve(struct buf *buf, size_t len)
{
	size_t need, size_bytes = buf->size_bytes;
	char *data;

	if (buf->is_full || len > buf->max_bytes - buf->len) {
		buf->is_full = true;
		return -1;
	}
	need = buf->len + len + 1;
	if (need <= size_bytes)
		return 0;
	if (size_bytes == 0)
		size_bytes = FIRST_BYTES;
	while (size_bytes < need)
		size_bytes *= 2;
	if (size_bytes > buf->max_bytes + 1)
		size_bytes = buf->max_bytes + 1;
	data = pool_alloc(buf->pool, size_bytes);
	memcpy(data, buf->data, buf->len);
	buf->data = data;
	buf->size_bytes = size_bytes;
	return 0;
}

int
buf_append(struct buf *buf, const void *data, size_t len)
{
	if (reserve(buf, len) == -1)
		return -1;
	if (len > 0)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
	return 0;
}

int
buf_str(struct buf *buf, const char *s)
{
	return buf_append(buf, s, strlen(s));
}

int
buf_slice(struct buf *buf, struct slice s)
{
	return buf_append(buf, s.data, s.len);
}

int
buf_char(struct buf *buf, char c)
{
	return buf_append(buf, &c, 1);
}

int
buf_format(struct buf *buf, const char *fmt, ...)
{
	size_t room = buf->size_bytes - buf->len;
	va_list ap;
	int len;

	if (buf->is_full)
		return -1;
	/* Most often it fits, and is formatted once. */
	va_start(ap, fmt);
	len = vsnprintf(room > 0 ? buf->data + buf->len : NULL, room, fmt, ap);
	va_end(ap);
	assert(len >= 0);
	if ((size_t)len >= room) {
		if (room > 0)
			buf->data[buf->len] = '\0';
		if (reserve(buf, (size_t)len) == -1)
			return -1;
		va_start(ap, fmt);
		(void)vsnprintf(buf->data + buf->len, (size_t)len + 1, fmt,
		    ap);
		va_end(ap);
	}
	buf->len += (size_t)len;
	return 0;
}

bool
buf_is_full(const struct buf *buf)
{
	return buf->is_full;
}

struct slice
buf_view(const struct buf *buf)
{
	return slice_make(buf->data, buf->len);
}

void
buf_consume(struct buf *buf, size_t len)
{
	assert(len <= buf->len);
	if (len == 0)
		return;
	memmove(buf->data, buf->data + len, buf->len - len);
	buf->len -= len;
	buf->data[buf->len] = '\0';
}
