/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/num.h"
#include "codec/digest.h"
#include "codec/hex.h"
#include "web/token.h"

const char *
token_mac(struct pool *pool, const char *secret, const char *purpose,
    struct slice text)
{
	uint8_t mac[SHA256_BYTES];
	/* Purposes are constants of ours without "\n", so this is unambiguous. */
	const char *message =
	    pool_format(pool, "%s\n%.*s", purpose, SLICE_ARG(text));

	hmac_sha256(slice_str(secret), slice_str(message), mac);
	return base64url_encode(pool, slice_make(mac, sizeof(mac)));
}

/* Payload and expiry as they stand in the token, before the last ".". */
static struct slice
signed_part(struct slice token, struct slice *mac_r)
{
	size_t at = token.len;

	while (at > 0 && token.data[at - 1] != '.')
		at--;
	*mac_r = slice_from(token, at);
	return slice_make(token.data, at == 0 ? 0 : at - 1);
}

const char *
token_make(struct pool *pool, const char *secret, const char *purpose,
    struct slice payload, int64_t expires_secs)
{
	const char *body = pool_format(pool, "%s.%lld",
	    base64url_encode(pool, payload), (long long)expires_secs);

	return pool_format(pool, "%s.%s", body,
	    token_mac(pool, secret, purpose, slice_str(body)));
}

bool
token_read(struct pool *pool, const char *secret, const char *purpose,
    struct slice token, int64_t now_secs, struct slice *payload_r)
{
	struct slice mac, body, payload;
	const char *right;
	int64_t expires_secs;

	if (token.len > TOKEN_CHARS_MAX)
		return false;
	body = signed_part(token, &mac);
	right = token_mac(pool, secret, purpose, body);
	if (mac.len != strlen(right) ||
	    !digest_equal(mac.data, right, mac.len))
		return false;
	if (!slice_next(&body, '.', &payload) ||
	    !num_parse_i64(body, INT64_MAX, &expires_secs) ||
	    expires_secs <= now_secs)
		return false;
	return base64url_decode(pool, payload, payload_r);
}
