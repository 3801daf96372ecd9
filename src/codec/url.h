/*
 * Percent-encoding and the parts of URLs (RFC 3986).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CODEC_URL_H
#define CODEC_URL_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/pool.h"
#include "base/slice.h"

/* All but unreserved characters (section 2.3) as %XX, upper case. */
void url_encode(struct buf *buf, struct slice text);
/* The same, "/" kept: for a path of several segments. */
void url_encode_path(struct buf *buf, struct slice text);
const char *url_encoded(struct pool *pool, struct slice text);
const char *url_encoded_path(struct pool *pool, struct slice text);
/* False for "%" without two hex digits.  "+" stays. */
bool url_decode(struct pool *pool, struct slice text, struct slice *text_r);

struct url {
	const char *scheme;    /* lower case, "http" or "https" */
	const char *authority; /* host[:port] as written, host in lower case */
	const char *host;      /* with brackets for IPv6 */
	int port;	       /* 0: the scheme's own */
	const char *path;      /* encoded; "" or starts with "/" */
	const char *query;     /* encoded, "" when none */
};

/*
 * An absolute http(s) URL without user information, fragment, spaces or
 * control characters; ERR_INVALID says what is wrong.
 */
int url_parse(struct pool *pool, struct slice text, struct url *url_r,
    struct err *err) ATTR_MUST_USE;

#endif
