/*
 * Hashes and message authentication, over OpenSSL.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CODEC_DIGEST_H
#define CODEC_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "base/slice.h"

enum { SHA256_BYTES = 32, MD5_BYTES = 16 };

/* A hash of bytes that come in pieces; released with its pool. */
struct digest;

enum digest_kind { DIGEST_SHA256, DIGEST_MD5 };

struct digest *digest_new(struct pool *pool, enum digest_kind kind);
void digest_update(struct digest *digest, struct slice bytes);
/* Write SHA256_BYTES or MD5_BYTES; the digest then starts anew. */
void digest_finish(struct digest *digest, uint8_t *bytes_r);

void sha256(struct slice bytes, uint8_t digest_r[SHA256_BYTES]);
void hmac_sha256(struct slice key, struct slice bytes,
    uint8_t digest_r[SHA256_BYTES]);
/* Equal, in a time that does not depend on where they differ. */
bool digest_equal(const void *a, const void *b, size_t len);

#endif
