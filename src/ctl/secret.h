/*
 * A new password from whoever sits at the terminal, or from a pipe.  Never
 * from the command line, which all users of the machine can read.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CTL_SECRET_H
#define CTL_SECRET_H

#include "base/err.h"
#include "base/pool.h"

/*
 * Ask twice at the terminal, without echo.  ERR_INVALID when the two differ,
 * ERR_UNAVAILABLE without a terminal.
 */
int secret_ask(struct pool *pool, const char **secret_r, struct err *err)
    ATTR_MUST_USE;
/* The only line of fd; the line's end is no part of it. */
int secret_read(struct pool *pool, int fd, const char **secret_r,
    struct err *err) ATTR_MUST_USE;
/* A random one of about 100 bits that can be read over the telephone. */
const char *secret_generate(struct pool *pool);

#endif
