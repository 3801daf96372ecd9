/*
 * POST Object: a closed policy for one upload by an HTML form.
 *
 * Everything the form may hold is fixed: bucket, key, type, both bounds of the
 * length, metadata, the status of the answer.  There is no "${filename}", no
 * "starts-with" of nothing, and whatever a person typed passes through the
 * JSON writer.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_POST_H
#define S3_POST_H

#include "s3/sign.h"
#include "s3/url.h"

enum { S3_POST_FIELDS_MAX = 32 };

struct s3_post {
	const char *bucket;
	const char *key;
	const char *key_prefix; /* one more condition on the key; or NULL */
	const char *content_type; /* exact; NULL: the form has none */
	int64_t min_bytes, max_bytes;
	const struct sign_header *fields; /* others, exact: x-amz-meta-... */
	size_t field_count;
	int status; /* of the answer: 200, 201 or 204 */
	int64_t expires_secs;
};

struct s3_post_form {
	const char *url;
	/* In the order they are to be sent; `file` comes last, after them. */
	const struct sign_header *fields;
	size_t field_count;
	int64_t expires_secs; /* from now */
};

/*
 * Pure.  ERR_INVALID for bounds or texts that no policy can express safely:
 * "${filename}", "$$" in the key, control characters, no valid UTF-8.
 */
int s3_post_sign(struct pool *pool, const struct signer *signer,
    const struct s3_place *place, const struct s3_post *post,
    struct s3_post_form *form_r, struct err *err) ATTR_MUST_USE;

#endif
