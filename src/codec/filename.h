/*
 * File names that strangers send.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CODEC_FILENAME_H
#define CODEC_FILENAME_H

#include "base/pool.h"

enum { FILENAME_BYTES_MAX = 255, FILENAME_KEY_BYTES_MAX = 100 };

/*
 * For showing: the last component, valid UTF-8 (what is not becomes U+FFFD),
 * without control and bidirectional characters, at most FILENAME_BYTES_MAX
 * bytes with its extension kept; "file" when nothing is left.
 */
const char *filename_display(struct pool *pool, const char *name);
/*
 * For keys, like werkzeug's secure_filename: ASCII letters, digits, "-", "_",
 * "."; accented letters lose their accents, spaces become "_"; never empty,
 * never starts with a dot, at most FILENAME_KEY_BYTES_MAX bytes.
 */
const char *filename_key(struct pool *pool, const char *name);
/* The extension in lower case without its dot; "" when there is none. */
const char *filename_extension(struct pool *pool, const char *name);

#endif
