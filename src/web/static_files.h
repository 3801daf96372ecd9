/*
 * Style sheets and icons that almacen serves itself under /static/, read into
 * memory at start: few, small, and the same for everybody.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_STATIC_FILES_H
#define WEB_STATIC_FILES_H

#include "base/err.h"
#include "base/pool.h"
#include "base/slice.h"

enum { STATIC_FILE_BYTES_MAX = 1024 * 1024, STATIC_FILES_MAX = 64 };

struct static_file {
	const char *name; /* "almacen.css" */
	const char *content_type;
	const char *etag; /* with quotes */
	struct slice data;
};

struct static_files;

/* Read every file of dir whose type is known; folders are not entered. */
int static_files_load(struct pool *pool, const char *dir,
    struct static_files **files_r, struct err *err) ATTR_MUST_USE;
/* NULL when there is none of that name. */
const struct static_file *static_files_find(const struct static_files *files,
    const char *name);

#endif
