/*
 * Files below tests/data, wherever the build folder is.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef LIB_SAMPLE_H
#define LIB_SAMPLE_H

#include <stdlib.h>

#include "base/file.h"

/* The path of tests/data/NAME, from the top of the sources. */
static inline const char *
sample_path(struct pool *pool, const char *name)
{
	const char *top = getenv("top_srcdir");

	return pool_format(pool, "%s/tests/data/%s", top == NULL ? "." : top,
	    name);
}

static inline struct slice
sample_read(struct pool *pool, const char *name)
{
	const char *path = sample_path(pool, name);
	struct err err = ERR_INIT;
	struct slice bytes;

	if (file_read(pool, path, (size_t)MIB, &bytes, &err) == -1)
		fail_msg("%s (is top_srcdir set?): %s", path, err.text);
	return bytes;
}

#endif
