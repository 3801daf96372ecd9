/*
 * What the tests on files of signatures share.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_VECTOR_H
#define S3_VECTOR_H

#include "lib/check.h"

#include <stdlib.h>

#include "base/file.h"
#include "codec/hex.h"
#include "codec/json.h"
#include "s3/sign.h"

enum { FILE_MAX = 4 * 1024 * 1024, HEADERS_MAX = 32 };

struct headers {
	struct sign_header items[HEADERS_MAX];
	size_t count;
};

static inline const char *
text(const struct json *json, const char *name)
{
	return json_text(json_find(json, name));
}

static inline void
add(struct headers *headers, const char *name, const char *value)
{
	assert_true(headers->count < HEADERS_MAX);
	headers->items[headers->count++] = (struct sign_header){ name, value };
}

static inline const char *
find(const struct headers *headers, const char *name)
{
	for (size_t i = 0; i < headers->count; i++)
		if (slice_eq_case(slice_str(headers->items[i].name), name))
			return headers->items[i].value;
	return NULL;
}

static inline void
add_member(void *arg, const char *name, const struct json *value)
{
	add(arg, name, json_text(value));
}

static inline const char *
hex_sha256(struct pool *pool, const char *data)
{
	uint8_t hash[SHA256_BYTES];

	sha256(slice_str(data), hash);
	return hex_encode(pool, slice_make(hash, sizeof(hash)));
}

static inline struct json *
load(struct pool *pool, const char *path)
{
	struct slice data;
	struct json *json;
	struct err err = ERR_INIT;

	if (file_read(pool, path, FILE_MAX, &data, &err) == -1)
		return NULL;
	if (json_parse(pool, data, &json, &err) == -1)
		fail_msg("%s: %s", path, err.text);
	return json;
}

#endif
