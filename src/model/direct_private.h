/*
 * What the files of direct uploads share: the look at an object
 * (direct_check.c) and the two halves of the way, direct.c and
 * direct_confirm.c.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_DIRECT_PRIVATE_H
#define MODEL_DIRECT_PRIVATE_H

#include "model/direct.h"
#include "model/refusal.h"
#include "model/storage_failed.h"

/* ---- looking at an object ---- */

struct direct_object {
	struct store *store;
	const char *key;
	const struct store_info *info; /* what HEAD said */
	const struct file *file;       /* what was said about it before */
	const struct file_rules *rules;
};
struct direct_findings {
	struct refusal refusal; /* kind ERR_NONE: accepted */
	struct file_verdict verdict;
	const char *sha256; /* "" when nobody saw the whole */
};
/*
 * What can be said before a byte is read: name, declared type, sizes.  The
 * verdict of an accepting answer holds type and extension.
 */
void direct_check_claims(struct pool *pool, const struct direct_object *object,
    struct direct_findings *findings_r);
/*
 * The bytes, by the same rules as an upload through us.  -1 only when the
 * store fails; ERR_CONFLICT with code "object_changed" when what comes is not
 * what HEAD said.
 */
int direct_check_bytes(struct pool *pool, const struct direct_object *object,
    struct direct_findings *findings_r, struct err *err) ATTR_MUST_USE;

#endif
