/*
 * UTF-8 (RFC 3629).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CODEC_UTF8_H
#define CODEC_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "base/slice.h"

/*
 * Take one code point off *rest; -1 at the end, -2 for a bad sequence (of
 * which one byte is taken).
 */
int32_t utf8_take(struct slice *rest);
bool utf8_is_valid(struct slice text);
/* Code points; only for valid text. */
size_t utf8_count(struct slice text);
/* Every bad byte, and NUL, becomes U+FFFD. */
const char *utf8_clean(struct pool *pool, struct slice text);
/* Lower case, for Latin, Greek and Cyrillic letters; only for valid text. */
const char *utf8_lower(struct pool *pool, struct slice text);
/* The longest prefix of whole code points within max_bytes. */
struct slice utf8_cut(struct slice text, size_t max_bytes);
/* True for C0, C1 and DEL. */
bool utf8_is_control(int32_t c);
/* True for characters that reorder text (bidirectional controls). */
bool utf8_is_bidi(int32_t c);

#endif
