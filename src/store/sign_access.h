/*
 * From what a URL or form permits (store/presign.h) to the signed thing: the
 * same for all drivers, which bring their keys and their place.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STORE_SIGN_ACCESS_H
#define STORE_SIGN_ACCESS_H

#include "s3/presign.h"
#include "store/presign.h"

/* Who signs, and for where. */
struct sign_by {
	const struct signer *signer;
	const struct s3_place *place;
	const char *bucket;
	const char *acl; /* of a new object; NULL: none is said */
	bool can_forbid; /* headers, by signing that they do not come */
};

/*
 * A driver clears beforehand what its provider does not check: sha256,
 * is_new_only.
 */
int sign_access(struct pool *pool, const struct sign_by *by,
    const struct store_access *access, struct store_presigned *presigned_r,
    struct err *err) ATTR_MUST_USE;

int sign_form_access(struct pool *pool, const struct sign_by *by,
    const struct store_form_access *access, struct store_form *form_r,
    struct err *err) ATTR_MUST_USE;

#endif
