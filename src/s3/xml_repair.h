/*
 * Answers that hold what XML 1.0 cannot hold.
 *
 * Servers write "&#x1;" for such a byte of a key, or of the token made of one,
 * and U+FFFF as it is.  No parser takes that, and one odd key must not hide a
 * whole bucket.  So each such character is written as one of the 32 code
 * points from U+FDD0 on, which are no characters and thus in no key, and read
 * back behind the parser.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_XML_REPAIR_H
#define S3_XML_REPAIR_H

#include <stdbool.h>

#include "base/pool.h"
#include "base/slice.h"

/*
 * The document with stand-ins; itself, and *was_repaired_r false, when it
 * needs none or has something like them already.
 */
struct slice xml_repair(struct pool *pool, struct slice doc,
    bool *was_repaired_r);
/* Text of a document that was repaired, with its own bytes. */
struct slice xml_unrepair(struct pool *pool, struct slice text);

#endif
