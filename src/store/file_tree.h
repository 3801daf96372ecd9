/*
 * The folders of the file driver: from a key to a folder's descriptor and the
 * last name in it, without leaving the tree.
 *
 * Each segment is opened on its own and never through a symbolic link.  Keys
 * have passed store_check_key(), so that no segment is empty, "." or "..".
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STORE_FILE_TREE_H
#define STORE_FILE_TREE_H

#include <stdbool.h>

#include "base/err.h"

enum { TREE_NAME_MAX = 255 };

struct tree_place {
	int dir_fd; /* closed by the caller; -1 when there is none */
	char name[TREE_NAME_MAX + 1];
};

/* What errno means, with "store: what: ..." as text.  Always -1. */
int tree_fail(struct err *err, const char *what, int error_number);

/* Open a folder by path; ERR_UNAVAILABLE when it is not there. */
int tree_open_root(const char *path, int *fd_r, struct err *err)
    ATTR_MUST_USE;
/*
 * Find the place of a key below a folder: 1, or 0 when a folder on the way is
 * missing.  With make, missing folders are made, durably.
 */
int tree_find(int root_fd, const char *key, bool make,
    struct tree_place *place_r, struct err *err) ATTR_MUST_USE;
/* Open an object for reading: 1 with its descriptor, or 0 when absent. */
int tree_open_object(int root_fd, const char *key, int *fd_r, struct err *err)
    ATTR_MUST_USE;
/*
 * Remove an object, durably, and the folders it leaves empty; an absent one
 * is a success.
 */
int tree_remove(int root_fd, const char *key, struct err *err) ATTR_MUST_USE;

#endif
