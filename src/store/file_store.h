/*
 * What the two halves of the file driver share: the store (store_file.c) and
 * its writer (file_writer.c).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STORE_FILE_STORE_H
#define STORE_FILE_STORE_H

#include "store/store_private.h"

struct file_store {
	struct store base;
	const char *root;
	const char *bucket_path;
	const char *meta_root;
	const char *meta_path;
	const char *temp_path;
};

/* Make the folders that are missing, remove old temporary files. */
int file_store_prepare(struct store *store, bool *created_r, struct err *err)
    ATTR_MUST_USE;
/*
 * Open the bucket's folder, locked by flock(2) `how` until it is closed.
 */
int file_store_lock(const struct file_store *store, int how, int *fd_r,
    struct err *err) ATTR_MUST_USE;

int file_writer_open(struct store *store, struct pool *pool,
    const struct store_object *object, struct store_writer **writer_r,
    struct err *err) ATTR_MUST_USE;
int file_writer_write(struct store_writer *writer, struct slice bytes,
    struct err *err) ATTR_MUST_USE;
int file_writer_commit(struct store_writer *writer,
    struct store_stored *stored_r, struct err *err) ATTR_MUST_USE;
void file_writer_abort(struct store_writer *writer);

#endif
