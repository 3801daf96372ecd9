/*
 * What the commands that work with storage have in common.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CTL_STORAGE_H
#define CTL_STORAGE_H

#include "ctl/command.h"
#include "model/backend.h"

/*
 * The store that the settings name; nothing is asked yet.  It lives in the
 * command's pool.
 */
int storage_open(struct ctl *ctl, struct backend **backend_r, struct err *err)
    ATTR_MUST_USE;
/*
 * Started by root, go on as the owner of DATA_DIR: what is checked or made is
 * then what the program itself may do, and the program may use it.
 */
int storage_become_owner(const struct ctl *ctl, const struct conf *conf,
    struct err *err) ATTR_MUST_USE;
/*
 * The region that is signed for: S3_REGION, else what the endpoint (NULL: that
 * of the settings) and its provider say.
 */
const char *storage_region(struct pool *pool, const struct conf *conf,
    const char *endpoint);
/*
 * A command must not make the database: it could be one that the program may
 * not write, and an empty one knows of nothing.  ERR_NOT_FOUND.
 */
int storage_check_database(struct pool *pool, const struct conf *conf,
    struct err *err) ATTR_MUST_USE;
/* Print "almacenctl WHAT: text" to stderr, printable; CTL_REFUSED. */
int storage_refuse(const char *what, const struct err *err);

/*
 * Text from elsewhere for a terminal or a line of output: control characters
 * as "\x1b", and a backslash as "\\", so that the original can be told.
 */
const char *storage_printable(struct pool *pool, const char *text);
/* "12 B", "3.4 KiB", "1.0 GiB" */
const char *storage_size(struct pool *pool, int64_t bytes);
/* Where the last segment of a path or key begins. */
const char *storage_base_name(const char *path);

#endif
