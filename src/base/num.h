/*
 * Numbers from text, strictly: the whole slice must be the number, without
 * sign, space or leading "+", and out of range is a refusal, not a wrap.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* Digits alone, up to max.  False when it is anything else. */
bool num_parse_u64(struct slice text, uint64_t max, uint64_t *value_r);
/* As num_parse_u64 for values that live in an int64_t. */
bool num_parse_i64(struct slice text, int64_t max, int64_t *value_r);
/* "512", "64k", "2M", "1g": bytes, with powers of 1024. */
bool num_parse_size(struct slice text, int64_t max, int64_t *bytes_r);
/*
 * A decimal with at most two places, "12", "12.5", "12,50", as hundredths.
 * Comma and point are the same; signs and groups are refused.
 */
bool num_parse_cents(struct slice text, int64_t max, int64_t *cents_r);

#endif
