/*
 * A folder for the files of one test, gone with the test's pool.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef LIB_TMPDIR_H
#define LIB_TMPDIR_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"

static inline int
tmpdir_remove_one(const char *path, const struct stat *info, int type,
    struct FTW *where)
{
	(void)info;
	(void)type;
	(void)where;
	return remove(path);
}

static inline void
tmpdir_remove(void *path)
{
	(void)nftw(path, tmpdir_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Its path; ends the test program when there can be none. */
static inline const char *
tmpdir_new(struct pool *pool)
{
	const char *top = getenv("TMPDIR");
	char *path;

	path = pool_format(pool, "%s/almacen-test-XXXXXX",
	    top == NULL ? "/tmp" : top);
	if (mkdtemp(path) == NULL) {
		perror(path);
		exit(99);
	}
	pool_on_clear(pool, tmpdir_remove, path);
	return path;
}

/* Write a file into the folder; its path. */
static inline const char *
tmpdir_file(struct pool *pool, const char *dir, const char *name,
    const char *text)
{
	const char *path = pool_format(pool, "%s/%s", dir, name);
	FILE *file = fopen(path, "w");

	if (file == NULL || fwrite(text, 1, strlen(text), file) !=
		strlen(text) || fclose(file) != 0) {
		perror(path);
		exit(99);
	}
	return path;
}

#endif
