/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "store/store_private.h"

static bool
is_method(const char *method)
{
	static const char *const methods[] = { "GET", "HEAD", "PUT", "DELETE" };

	for (size_t i = 0; i < ARRAY_COUNT(methods); i++)
		if (strcmp(method, methods[i]) == 0)
			return true;
	return false;
}

static int
check_access(const struct store_access *access, struct err *err)
{
	if (!is_method(access->method))
		return err_set(err, ERR_INVALID, "no URLs for %s",
		    access->method);
	if (store_check_key(access->key, err) == -1)
		return -1;
	if (access->upload_id == NULL || *access->upload_id == '\0')
		return 0;
	if (strcmp(access->method, "PUT") != 0)
		return err_set(err, ERR_INVALID, "a part is sent by PUT");
	if (access->part_number < 1 || access->part_number > STORE_PARTS_MAX)
		return err_set(err, ERR_INVALID, "parts have numbers 1 to %d",
		    STORE_PARTS_MAX);
	return 0;
}

int
store_presign(struct store *store, struct pool *pool,
    const struct store_access *access, struct store_presigned *presigned_r,
    struct err *err)
{
	if (store->driver->presign == NULL)
		return err_set(err, ERR_UNSUPPORTED,
		    "the store has no presigned URLs");
	if (check_access(access, err) == -1)
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
	if (access->field_count > STORE_HEADERS_MAX)
		return err_set(err, ERR_INVALID, "a form has at most %d fields",
		    STORE_HEADERS_MAX);
	return store->driver->presign_form(store, pool, access, form_r, err);
}

const struct store_traits *
store_traits(const struct store *store)
{
	return &store->traits;
}
