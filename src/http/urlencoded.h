/*
 * application/x-www-form-urlencoded, in bodies and queries.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_URLENCODED_H
#define HTTP_URLENCODED_H

#include <stdbool.h>

#include "base/pool.h"
#include "base/slice.h"

/*
 * Take the next name=value pair off *rest, decoded ("+" is a space).  Returns
 * 1 with a pair, 0 at the end, -1 for a bad percent escape.  Decoded text may
 * hold any byte, NUL included.
 */
int urlencoded_next(struct pool *pool, struct slice *rest,
    struct slice *name_r, struct slice *value_r) ATTR_MUST_USE;

#endif
