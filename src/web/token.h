/*
 * Signed tokens: text that goes to a browser and comes back unchanged, for a
 * while.  Used for cookies and hidden fields.
 *
 *	base64url(payload) "." expiry in seconds "." base64url(HMAC)
 *
 * The HMAC-SHA256 covers purpose, payload and expiry, so that a token made for
 * one purpose is worthless for another.  The payload is not secret.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_TOKEN_H
#define WEB_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "base/slice.h"

enum { TOKEN_CHARS_MAX = 2048 };

/* A token for payload that expires at a moment in seconds. */
const char *token_make(struct pool *pool, const char *secret,
    const char *purpose, struct slice payload, int64_t expires_secs);
/* False for a token that is forged, expired, or of another purpose. */
bool token_read(struct pool *pool, const char *secret, const char *purpose,
    struct slice token, int64_t now_secs, struct slice *payload_r);
/* A keyed hash of text for a purpose, as base64url. */
const char *token_mac(struct pool *pool, const char *secret,
    const char *purpose, struct slice text);

#endif
