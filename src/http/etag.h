/*
 * Entity tags (RFC 9110 section 8.8.3), as far as If-None-Match and If-Match
 * need them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_ETAG_H
#define HTTP_ETAG_H

#include <stdbool.h>

#include "base/slice.h"

/*
 * True when an If-None-Match header names the tag (with its quotes), weak or
 * not, or is "*".  False for an empty header, and from where it is malformed.
 */
bool etag_matches(struct slice header, const char *etag);
/* The same for an If-Match header, which no weak tag matches. */
bool etag_matches_strongly(struct slice header, const char *etag);

#endif
