/*
 * A folder for the files of one test, gone with the test's pool.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef LIB_TMPDIR_H
#define LIB_TMPDIR_H

#include <fts.h>
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

/* How many entries but folders are below a path. */
static inline int
tmpdir_count(const char *path)
{
	char *const roots[] = { strdup(path), NULL };
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *entry;
	int count = 0;

	while (walk != NULL && (entry = fts_read(walk)) != NULL)
		if (entry->fts_info != FTS_D && entry->fts_info != FTS_DP)
			count++;
	if (walk != NULL)
		(void)fts_close(walk);
	free(roots[0]);
	return count;
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
