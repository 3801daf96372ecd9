/*
 * Hexadecimal and base64 (RFC 4648), to and from pool memory.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CODEC_HEX_H
#define CODEC_HEX_H

#include <stdbool.h>

#include "base/pool.h"
#include "base/slice.h"

/* Lower case. */
char *hex_encode(struct pool *pool, struct slice bytes);
/* False for an odd length or a character that is no hex digit. */
bool hex_decode(struct pool *pool, struct slice text, struct slice *bytes_r);
/* The value of one hex digit of either case; -1 for anything else. */
int hex_digit(char c);

/* With padding. */
char *base64_encode(struct pool *pool, struct slice bytes);
/* URL alphabet, without padding (RFC 4648 section 5). */
char *base64url_encode(struct pool *pool, struct slice bytes);
/* Strict: right alphabet, right padding, no spare bits. */
bool base64_decode(struct pool *pool, struct slice text,
    struct slice *bytes_r);
bool base64url_decode(struct pool *pool, struct slice text,
    struct slice *bytes_r);

#endif
