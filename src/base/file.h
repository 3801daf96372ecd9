/*
 * Whole small files, and bytes through file descriptors, without short reads.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/slice.h"

/*
 * Read a file of at most max_bytes.  ERR_NOT_FOUND when it is not there,
 * ERR_TOO_LARGE beyond the limit.  The bytes are NUL-terminated.
 */
int file_read(struct pool *pool, const char *path, size_t max_bytes,
    struct slice *data_r, struct err *err) ATTR_MUST_USE;
/* Write all bytes; ERR_UNAVAILABLE when the disk is full. */
int file_write_all(int fd, const void *data, size_t len, struct err *err)
    ATTR_MUST_USE;
/* Read exactly len bytes at offset; fewer is ERR_INTERNAL. */
int file_read_at(int fd, int64_t offset, void *data, size_t len,
    struct err *err) ATTR_MUST_USE;
/* An open file in dir that has no name and vanishes with its descriptor. */
int file_open_unnamed(const char *dir, int *fd_r, struct err *err)
    ATTR_MUST_USE;
/* When a file was changed last, in nanoseconds since 1970. */
int64_t file_modified_ns(const struct stat *st);
/* Close the descriptor when the pool is cleared. */
void file_close_with(struct pool *pool, int fd);

#endif
