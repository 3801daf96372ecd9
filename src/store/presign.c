/* SPDX-License-Identifier: MIT */
#include "store/presign.h"
#include "store/store_private.h"

int
store_presign(struct store *store, struct pool *pool,
    const struct store_access *access, struct store_presigned *presigned_r,
    struct err *err)
{
	if (store->driver->presign == NULL)
		return err_set(err, ERR_UNSUPPORTED,
		    "the store has no presigned URLs");
	if (store_check_key(access->key, err) == -1)
		return -1;
	return store->driver->presign(store, pool, access, presigned_r, err);
}

int
store_presign_form(struct store *store, struct pool *pool,
    const struct store_form_access *access, struct store_form *form_r,
    struct err *err)
{
	if (!store->traits.can_post_forms ||
	    store->driver->presign_form == NULL)
		return err_set_code(err, ERR_UNSUPPORTED, "no_forms",
		    "the store takes no uploads by form");
	if (store_check_key(access->key, err) == -1)
		return -1;
	return store->driver->presign_form(store, pool, access, form_r, err);
}

const struct store_traits *
store_traits(const struct store *store)
{
	return &store->traits;
}
