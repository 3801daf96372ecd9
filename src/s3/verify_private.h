/*
 * What presigned URLs (verify.c) and forms (verify_post.c) have in common:
 * somebody says who has signed, when and for what.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_VERIFY_PRIVATE_H
#define S3_VERIFY_PRIVATE_H

#include "s3/verify.h"

struct verify_claim {
	/* As they came, "" when absent. */
	const char *algorithm, *credential, *date, *token, *signature;
	/* By verify_claim_parse(). */
	const char *access_key;
	struct sign_scope scope; /* its moment is that of the signature */
};

/*
 * Algorithm, date, credential and the signature's length: ERR_INVALID with
 * this code when one of them is missing or impossible.
 */
int verify_claim_parse(struct pool *pool, const struct s3_verify_keys *keys,
    const char *code, struct verify_claim *claim, struct err *err)
    ATTR_MUST_USE;
/* Whether the key that is named has signed this text, and is still good. */
int verify_claim(struct pool *pool, const struct s3_verify_keys *keys,
    const struct verify_claim *claim, const char *string_to_sign,
    struct err *err) ATTR_MUST_USE;

#endif
