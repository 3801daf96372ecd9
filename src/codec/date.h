/*
 * Dates of the protocols, always UTC, never through the process's time zone.
 * Moments are seconds since 1970 in the years 1 to 9999; what lies beyond is
 * written as the first or last of them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CODEC_DATE_H
#define CODEC_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "base/slice.h"

enum { DATE_AMZ_CHARS = 16 };

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7). */
const char *date_http(struct pool *pool, int64_t secs);
/*
 * IMF-fixdate, and the two obsolete forms; false for anything else, and for a
 * weekday that is not the date's.
 */
bool date_parse_http(struct slice text, int64_t *secs_r);
/* "20130524T000000Z" as SigV4 has it. */
void date_amz(char text_r[DATE_AMZ_CHARS + 1], int64_t secs);
bool date_parse_amz(struct slice text, int64_t *secs_r);
/* "2026-11-22T14:38:00Z" (RFC 3339). */
const char *date_iso(struct pool *pool, int64_t secs);
/* Only UTC, written "Z"; a fraction of a second is dropped. */
bool date_parse_iso(struct slice text, int64_t *secs_r);

#endif
