/*
 * The other side of signing: what the local file store asks of a request that
 * claims to be presigned, with the very code that signs.
 *
 * Codes are those of S3: AccessDenied, SignatureDoesNotMatch and
 * InvalidAccessKeyId (ERR_DENIED), AuthorizationQueryParametersError,
 * InvalidArgument, InvalidPolicyDocument and MaxPostPreDataLengthExceeded
 * (ERR_INVALID).  Signatures are compared in constant time, and before
 * anything that they protect is looked at.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_VERIFY_H
#define S3_VERIFY_H

#include "base/err.h"
#include "base/pool.h"
#include "base/slice.h"
#include "s3/sign.h"

struct s3_verify_keys {
	const struct sign_credentials *pairs; /* any of them may have signed */
	size_t count;
	const char *region;
	int64_t now_secs;
};

/*
 * The value of a header that came with the request, or NULL; it stays valid
 * until the verification returns.
 */
typedef const char *(*s3_header_fn)(void *arg, const char *name);

struct s3_verify_request {
	const char *method;
	const char *path; /* as it came, still encoded */
	struct slice query;
	s3_header_fn header;
	void *arg;
	/* The names of all headers that came and begin with "x-amz-". */
	const char *const *amz_headers;
	size_t amz_header_count;
};

/*
 * 0 for a URL that one of the pairs has presigned and that has begun and not
 * expired.  Content-Length and Content-Type are headers like all others here.
 * A hash that came as x-amz-content-sha256 or x-amz-checksum-sha256 is signed
 * then, and the caller's to hold against the bytes.
 */
int s3_verify_presigned(struct pool *pool, const struct s3_verify_keys *keys,
    const struct s3_verify_request *request, struct err *err) ATTR_MUST_USE;
/* True when the query claims to be presigned (X-Amz-Signature). */
bool s3_verify_is_presigned(struct slice query);

/* The fields of a form before its file, decoded; names in any case. */
struct s3_verify_form {
	const char *bucket; /* that it came to */
	const struct sign_header *fields;
	size_t field_count;
};

struct s3_verified_form {
	const char *key;
	const char *content_type; /* "" when the form has none */
	int64_t min_bytes, max_bytes; /* 0 to INT64_MAX without bounds; the
					 least may be above the most */
	int status; /* 200, 201 or 204 */
};

/*
 * Signature, expiry, and that every field is allowed by a condition and every
 * condition holds.  The length is the caller's to check while the file comes.
 */
int s3_verify_post(struct pool *pool, const struct s3_verify_keys *keys,
    const struct s3_verify_form *form, struct s3_verified_form *verified_r,
    struct err *err) ATTR_MUST_USE;

#endif
