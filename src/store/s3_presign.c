/*
 * Presigned requests of the S3 driver: what its provider can hold a sender to.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/s3_store.h"
#include "store/sign_access.h"

/*
 * Decision 11: the host browsers reach.  Without a setting it is the one we
 * use ourselves, which may have moved to another region.
 */
static const struct s3_place *
place_of(const struct s3_store *store)
{
	return store->has_presign_place ? &store->presign_place :
					  s3_client_place(store->client);
}

/* Whether a signature can forbid headers.  Ceph is often known by its answers
   alone, since its hosts are called anything. */
static bool
can_forbid(const struct s3_store *store)
{
	switch (store->profile->unsigned_headers) {
	case S3_UNSIGNED_FORBIDDABLE:
		return true;
	case S3_UNSIGNED_REFUSED:
		return false;
	case S3_UNSIGNED_OBEYED:
		break;
	}
	return s3_client_is_ceph(store->client);
}

int
s3_store_presign(struct store *base, struct pool *pool,
    const struct store_access *access, struct store_presigned *presigned_r,
    struct err *err)
{
	const struct s3_store *store = (const struct s3_store *)base;
	struct store_access possible = *access;
	struct signer signer;
	struct sign_by by = { .signer = &signer,
		.acl = s3_store_acl(store, access->key),
		.can_forbid = can_forbid(store) };

	possible.is_new_only = access->is_new_only &&
	    store->can_write_conditionally;
	if (!base->traits.signs_checksum)
		possible.sha256 = NULL;
	if (s3_client_signer(store->client, pool, &signer, err) == -1)
		return -1;
	by.place = place_of(store);
	return sign_access(pool, &by, &possible, presigned_r, err);
}

int
s3_store_presign_form(struct store *base, struct pool *pool,
    const struct store_form_access *access, struct store_form *form_r,
    struct err *err)
{
	const struct s3_store *store = (const struct s3_store *)base;
	struct signer signer;
	struct sign_by by = { .signer = &signer,
		.bucket = base->bucket,
		.acl = s3_store_acl(store, access->key) };

	if (s3_client_signer(store->client, pool, &signer, err) == -1)
		return -1;
	by.place = place_of(store);
	return sign_form_access(pool, &by, access, form_r, err);
}
