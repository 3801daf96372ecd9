/*
 * Password hashes: yescrypt through crypt_r(3), in the modular form that holds
 * its own parameters ("$y$j9T$salt$hash").
 *
 * A hash takes tens of milliseconds and megabytes of memory by design: callers
 * bound how many run at once (model/hasher.h).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CODEC_PASSWORD_H
#define CODEC_PASSWORD_H

#include <stdbool.h>

#include "base/err.h"
#include "base/pool.h"

enum {
	PASSWORD_CHARS_MIN = 10,  /* characters */
	PASSWORD_BYTES_MAX = 400, /* crypt_r's own limit is 511 */
};

/*
 * ERR_INVALID with code "password_short", "password_long", "password_common"
 * (among the three thousand most used), "password_like_login" or
 * "password_not_text".
 */
int password_check(const char *password, const char *login, struct err *err)
    ATTR_MUST_USE;
/* A fresh salt each time. */
int password_hash(struct pool *pool, const char *password,
    const char **hash_r, struct err *err) ATTR_MUST_USE;
/*
 * In a time that does not depend on where they differ.  A hash that is "" or
 * unknown takes as long as any, and matches nothing.
 */
bool password_matches(const char *hash, const char *password);
/* Made with other parameters than password_hash() takes now. */
bool password_is_outdated(const char *hash);

#endif
