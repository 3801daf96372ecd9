/*
 * Content types by libmagic.  A sniffer is shared by all threads: it keeps a
 * few loaded magic cookies and lends one per call.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CODEC_SNIFF_H
#define CODEC_SNIFF_H

#include "base/err.h"
#include "base/pool.h"
#include "base/slice.h"

enum { SNIFF_BYTES = 64 * 1024, SNIFF_TYPE_MAX = 128 };

struct sniffer;

/*
 * Load the magic database (a failure is fatal at start, never "accept").
 * Closed when the pool is cleared.
 */
int sniffer_open(struct pool *pool, struct sniffer **sniffer_r,
    struct err *err) ATTR_MUST_USE;
/*
 * The type of a file by its first SNIFF_BYTES bytes, without parameters:
 * "image/jpeg".  "application/octet-stream" when libmagic does not know.
 */
int sniffer_type(struct sniffer *sniffer, struct slice head,
    char type_r[SNIFF_TYPE_MAX], struct err *err) ATTR_MUST_USE;

#endif
