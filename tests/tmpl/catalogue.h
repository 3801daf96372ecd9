/*
 * Texts in both languages for the tests of this folder.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_TMPL_CATALOGUE_H
#define TESTS_TMPL_CATALOGUE_H

#include <stdlib.h>

#include "base/lang.h"
#include "base/pool.h"

/* Bind the catalogues in a folder of the build folder; 0, or -1. */
static inline int
catalogue_bind(const char *folder)
{
	const char *top = getenv("top_builddir");
	struct pool *pool = pool_new();
	struct err err = ERR_INIT;
	int result = lang_init(pool_format(pool, "%s/%s",
	    top == NULL ? "." : top, folder), &err);

	pool_free(&pool);
	return result;
}

#endif
