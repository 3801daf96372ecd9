/* SPDX-License-Identifier: MIT */
#include "store/store_private.h"

static int
cannot(const struct store *store, struct err *err)
{
	return err_set(err, ERR_UNSUPPORTED,
	    "the %s store has no uploads in parts", store_driver(store));
}

int
store_multipart_create(struct store *store, struct pool *pool,
    const struct store_object *object, const char **upload_id_r,
    struct err *err)
{
	if (store_check_object(object, err) == -1)
		return -1;
	if (store->driver->multipart_create == NULL)
		return cannot(store, err);
	return store->driver->multipart_create(store, pool, object, upload_id_r,
	    err);
}

int
store_multipart_parts(struct store *store, struct pool *pool,
    const struct store_multipart *upload, struct store_parts *parts_r,
    struct err *err)
{
	if (store_check_key(upload->key, err) == -1)
		return -1;
	if (store->driver->multipart_parts == NULL)
		return cannot(store, err);
	return store->driver->multipart_parts(store, pool, upload, parts_r,
	    err);
}

/* Servers differ in what they say to this; we say the same for all. */
static int
check_order(const struct store_complete *complete, struct err *err)
{
	int before = 0;

	if (complete->count == 0 || complete->count > STORE_PARTS_MAX)
		return err_set_code(err, ERR_INVALID, "InvalidPart",
		    "an upload has 1 to %d parts", STORE_PARTS_MAX);
	for (size_t i = 0; i < complete->count; i++) {
		int number = complete->parts[i].number;

		if (number <= before || number > STORE_PARTS_MAX)
			return err_set_code(err, ERR_INVALID,
			    "InvalidPartOrder",
			    "part %d stands behind part %d", number, before);
		before = number;
	}
	return 0;
}

int
store_multipart_complete(struct store *store, struct pool *pool,
    const struct store_complete *complete, const char **etag_r,
    struct err *err)
{
	if (store_check_key(complete->upload.key, err) == -1 ||
	    check_order(complete, err) == -1)
		return -1;
	if (store->driver->multipart_complete == NULL)
		return cannot(store, err);
	return store->driver->multipart_complete(store, pool, complete, etag_r,
	    err);
}
