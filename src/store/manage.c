/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "store/store_private.h"

enum { UPLOAD_ID_MAX = 1024 };

static int
unsupported(const struct store *store, const char *what, struct err *err)
{
	return err_set(err, ERR_UNSUPPORTED, "the %s store cannot %s",
	    store_driver(store), what);
}

int
store_copy(struct store *store, struct pool *pool,
    const struct store_copy *copy, struct store_info *info_r, struct err *err)
{
	struct store_info info;

	if (store_check_key(copy->from_key, err) == -1 ||
	    store_check_key(copy->to_key, err) == -1)
		return -1;
	if (store->driver->copy == NULL)
		return unsupported(store, "copy", err);
	return store->driver->copy(store, pool, copy,
	    info_r == NULL ? &info : info_r, err);
}

/* ---- many deletions ---- */

/* The keys a driver may see, and where in the caller's array they were. */
struct selection {
	const char **keys;
	size_t *places;
	bool *failed;
	size_t count;
};

/* Keys of a listing are the bucket's, and may be none of ours. */
static void
select_good(struct selection *selection, const char *const *keys, size_t count,
    bool *failed_r)
{
	for (size_t i = 0; i < count; i++) {
		struct err bad = ERR_INIT;

		failed_r[i] = store_check_key(keys[i], &bad) == -1;
		if (failed_r[i])
			continue;
		selection->keys[selection->count] = keys[i];
		selection->places[selection->count++] = i;
	}
}

/* A store that is ill is not waited for once per object. */
static int
remove_each(struct store *store, const struct selection *selection,
    struct err *err)
{
	for (size_t i = 0; i < selection->count; i++) {
		if (store->driver->remove(store, selection->keys[i], err) == 0)
			continue;
		if (i == 0)
			return -1;
		err_clear(err);
		for (; i < selection->count; i++)
			selection->failed[i] = true;
	}
	return 0;
}

static int
remove_selection(struct store *store, const struct selection *selection,
    struct err *err)
{
	if (store->driver->remove_many == NULL)
		return remove_each(store, selection, err);
	return store->driver->remove_many(store, selection->keys,
	    selection->count, selection->failed, err);
}

static int
delete_in_pool(struct store *store, struct pool *pool, const char *const *keys,
    size_t count, bool *failed_r, struct err *err)
{
	struct selection good = {
		.keys = pool_alloc_array(pool, count, sizeof(*good.keys)),
		.places = pool_alloc_array(pool, count, sizeof(*good.places)),
		.failed = pool_alloc_array(pool, count, sizeof(*good.failed))
	};

	select_good(&good, keys, count, failed_r);
	if (good.count == 0)
		return 0;
	if (remove_selection(store, &good, err) == -1)
		return -1;
	for (size_t i = 0; i < good.count; i++)
		failed_r[good.places[i]] = good.failed[i];
	return 0;
}

int
store_delete_many(struct store *store, const char *const *keys, size_t count,
    bool *failed_r, struct err *err)
{
	struct pool *pool = pool_new();
	int result;

	result = delete_in_pool(store, pool, keys, count, failed_r, err);
	pool_free(&pool);
	return result;
}

/* ---- listings ---- */

/* "" and what could begin a key. */
static int
check_prefix(const char *prefix, struct err *err)
{
	struct pool *pool;
	struct slice key = slice_str(prefix);
	int result;

	if (key.len == 0)
		return 0;
	if (slice_has_suffix(key, "/"))
		key.len--;
	pool = pool_new();
	result = store_check_key(slice_dup(pool, key), err);
	pool_free(&pool);
	return result;
}

int
store_list(struct store *store, struct pool *pool, const char *prefix,
    const char *next, struct store_page *page_r, struct err *err)
{
	if (check_prefix(prefix, err) == -1)
		return err_wrap(err, "prefix");
	if (store->driver->list == NULL)
		return unsupported(store, "list", err);
	return store->driver->list(store, pool, prefix, next, page_r, err);
}

/* ---- unfinished uploads ---- */

int
store_multipart_abort(struct store *store, const char *key,
    const char *upload_id, struct err *err)
{
	size_t len = strlen(upload_id);

	if (store_check_key(key, err) == -1)
		return -1;
	if (len == 0 || len > UPLOAD_ID_MAX)
		return err_set(err, ERR_INVALID, "impossible upload id");
	if (store->driver->multipart_abort == NULL)
		return unsupported(store, "abort uploads", err);
	return store->driver->multipart_abort(store, key, upload_id, err);
}

int
store_multipart_list(struct store *store, struct pool *pool,
    struct store_unfinished **uploads_r, size_t *count_r, struct err *err)
{
	if (store->driver->multipart_list == NULL)
		return unsupported(store, "list unfinished uploads", err);
	return store->driver->multipart_list(store, pool, uploads_r, count_r,
	    err);
}
