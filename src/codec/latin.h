/*
 * Latin letters without their accents: "Ñ" is "N", "ß" is "ss".
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CODEC_LATIN_H
#define CODEC_LATIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Append what a code point beyond ASCII stands for, never more bytes than it
 * has in UTF-8; false when it is no Latin letter.
 */
bool latin_append(struct buf *buf, int32_t c);

#endif
