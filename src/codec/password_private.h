/*
 * Which passwords guessers try first.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CODEC_PASSWORD_PRIVATE_H
#define CODEC_PASSWORD_PRIVATE_H

#include <stdbool.h>

#include "base/slice.h"

/* Of valid UTF-8, at most PASSWORD_BYTES_MAX. */
bool password_is_common(const char *password);

/* password_words.c */
enum { PASSWORD_WORD_MAX = 16 }; /* letters */
/* Letters a to z. */
bool password_is_word(struct slice text);
/* For the test: as bsearch(3) needs it, and none is too long. */
bool password_words_are_sorted(void);

#endif
