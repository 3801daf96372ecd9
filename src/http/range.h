/*
 * Ranges of bytes (RFC 9110 section 14): one range of a representation whose
 * size is known.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_RANGE_H
#define HTTP_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum range_kind {
	RANGE_ALL,	    /* no header, or one that is not for us: 200 */
	RANGE_PART,	    /* 206 */
	RANGE_UNSATISFIABLE /* 416 */
};

struct range {
	int64_t offset, length;
};

/*
 * What a Range header asks of size bytes; *range_r is filled for RANGE_PART
 * and RANGE_ALL.  Several ranges, other units and malformed headers are
 * ignored, as section 14.2 permits.
 */
enum range_kind range_parse(struct slice header, int64_t size,
    struct range *range_r);

/*
 * True when If-Range permits the part: the header is absent, or the very tag
 * (with its quotes, strong) or date of what is served (section 13.1.5).
 */
bool range_may_apply(struct slice if_range, const char *etag,
    int64_t modified_secs);

#endif
