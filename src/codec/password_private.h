/*
 * Which passwords guessers try first.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CODEC_PASSWORD_PRIVATE_H
#define CODEC_PASSWORD_PRIVATE_H

#include <stdbool.h>

/* Of valid UTF-8, at most PASSWORD_BYTES_MAX. */
bool password_is_common(const char *password);

#endif
