/*
 * Hashes of passwords, a few at once.
 *
 * Each takes tens of milliseconds of a core and 16 MB.  Of the threads of a
 * process only so many hash, a bounded number waits for them for a bounded
 * time, and whoever comes then is told to come again (ERR_UNAVAILABLE, code
 * "busy_hashing"): a flood of logins takes neither all threads nor all
 * processors.  Half of the places to hash and to wait are kept for those the
 * caller trusts, so that the flood does not take these either; with a single
 * place to hash strangers have it too.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_HASHER_H
#define MODEL_HASHER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"

enum {
	HASHER_QUEUE = 8, /* places to wait, for each that may hash */
	HASHER_WAIT_MS = 5000 /* the usual wait_ms */
};

struct hasher;

/*
 * So many hashes at once (setting PASSWORD_THREADS), others wait so long;
 * goes with the pool.
 */
struct hasher *hasher_new(struct pool *pool, int threads, int wait_ms);
/* As password_matches(); a hash of "" takes as long and matches nothing. */
int hasher_match(struct hasher *hasher, const char *hash,
    const char *password, bool is_trusted, bool *matches_r, struct err *err)
    ATTR_MUST_USE;
/* As password_hash(), for somebody who is logged in: he is trusted. */
int hasher_hash(struct hasher *hasher, struct pool *pool,
    const char *password, const char **hash_r, struct err *err) ATTR_MUST_USE;
/* How many were computed until now. */
int64_t hasher_count(struct hasher *hasher);

#endif
