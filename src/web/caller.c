/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/buf.h"
#include "codec/digest.h"
#include "codec/hex.h"
#include "web/caller.h"

enum { PLAIN_ID_MAX = 64 };

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '@' ||
	    c == '.';
}

/*
 * Plain characters as they are, any other byte as "=XX", and so a dot in
 * front, which could make "..".  A long name is "=h" and its hash: "h" is no
 * hexadecimal digit.
 */
static const char *
key_safe(struct pool *pool, const char *name)
{
	uint8_t hash[SHA256_BYTES];
	struct buf id;

	buf_init(&id, pool, PLAIN_ID_MAX + 1);
	for (size_t i = 0; name[i] != '\0' && !buf_is_full(&id); i++) {
		if (is_plain(name[i]) && (i > 0 || name[i] != '.'))
			(void)buf_char(&id, name[i]);
		else
			(void)buf_format(&id, "=%02X", (unsigned char)name[i]);
	}
	if (!buf_is_full(&id) && id.len <= PLAIN_ID_MAX)
		return id.data;
	sha256(slice_str(name), hash);
	return pool_format(pool, "=h%s",
	    hex_encode(pool, slice_make(hash, sizeof(hash))));
}

void
caller_find(const struct app *app, const struct request *request,
    struct caller *caller_r)
{
	caller_r->tenant_id = app->tenant_id;
	/* Where nobody logs in everybody is the first user. */
	caller_r->id = app->auth == AUTH_OPEN ?
	    "1" : key_safe(request->pool, request->remote_user);
}
