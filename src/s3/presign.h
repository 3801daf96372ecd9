/*
 * Presigned URLs: one request, for one key, with these headers, until then.
 *
 * What a client must send comes back as headers; all of them are signed, so
 * that another size, type or condition is refused by the server.  A URL never
 * outlives the session token it was made with.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_PRESIGN_H
#define S3_PRESIGN_H

#include "s3/sign.h"
#include "s3/url.h"

enum { S3_PRESIGN_HEADERS_MAX = 24 };

struct s3_presign {
	const char *method;
	const char *key;
	const char *query; /* encoded, besides X-Amz-...; "" for none */
	/* Besides Host.  Those without a value come last; see s3/sign.h. */
	const struct sign_header *headers;
	size_t header_count;
	int64_t expires_secs;
};

struct s3_presigned {
	const char *url;
	/* To be sent exactly so, besides Host. */
	const struct sign_header *headers;
	size_t header_count;
	int64_t expires_secs; /* from now; less than asked for near the end
				 of a session */
};

/*
 * Pure.  ERR_INVALID for an expiry outside 1 s to 7 days or a header with
 * control characters, ERR_UNAVAILABLE when the credentials have expired.
 */
int s3_presign(struct pool *pool, const struct signer *signer,
    const struct s3_place *place, const struct s3_presign *presign,
    struct s3_presigned *presigned_r, struct err *err) ATTR_MUST_USE;

#endif
