/*
 * Randomness from the kernel; good for keys, ids and back-off alike.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_RAND_H
#define BASE_RAND_H

#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

enum { RAND_UUID_CHARS = 36 };

/* Fill data with random bytes; ends the process when the kernel has none. */
void rand_bytes(void *data, size_t len);
/* A number in 0..below-1; below must not be 0. */
uint64_t rand_below(uint64_t below);
/* 2 * count lower case hex digits. */
char *rand_hex(struct pool *pool, size_t count);
/* A version 4 UUID in lower case (RFC 9562 section 5.4). */
char *rand_uuid(struct pool *pool);

#endif
