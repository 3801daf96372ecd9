/*
 * Sweep: the bucket's listing against the records, both ways, a page at a
 * time.  Records are read after the page was listed, so that an object whose
 * row came first always finds it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "model/sweep_private.h"
#include "store/manage.h"

enum { ROWS_AT_ONCE = 1000, EMPTY_PAGES_MAX = 1000 };

enum statement { LOAD_LIVE, LOAD_LAST_LIVE, STATEMENT_COUNT };

static const char *const statements[STATEMENT_COUNT] = {
	[LOAD_LIVE] =
	    "SELECT object_key, size_bytes FROM files"
	    " WHERE provider = $1 AND bucket = $2"
	    " AND state IN ('live', 'trashed')"
	    " AND object_key > $3 AND object_key <= $4"
	    " ORDER BY object_key LIMIT $5",
	[LOAD_LAST_LIVE] =
	    "SELECT object_key, size_bytes FROM files"
	    " WHERE provider = $1 AND bucket = $2"
	    " AND state IN ('live', 'trashed') AND object_key > $3"
	    " ORDER BY object_key LIMIT $4",
};

/* ---- objects that have to go ---- */

/* Those of one page. */
struct condemned {
	struct sweep_item *items;
	const char **keys;
	bool *failed;
	size_t count;
};

static void
condemned_init(struct condemned *condemned, struct pool *pool, size_t max)
{
	condemned->items = pool_alloc_array(pool, max + 1,
	    sizeof(*condemned->items));
	condemned->keys = pool_alloc_array(pool, max + 1,
	    sizeof(*condemned->keys));
	condemned->failed = pool_alloc_array(pool, max + 1,
	    sizeof(*condemned->failed));
	condemned->count = 0;
}

static void
condemn(struct sweep *sweep, struct condemned *condemned,
    const struct sweep_item *item)
{
	if (!sweep_may_mend(sweep, item))
		return;
	condemned->items[condemned->count] = *item;
	condemned->keys[condemned->count++] = item->key;
}

static void
delete_condemned(struct sweep *sweep, const struct condemned *condemned)
{
	struct err cause = ERR_INIT;
	int result = 0;

	if (condemned->count > 0)
		result = store_delete_many(sweep->store, condemned->keys,
		    condemned->count, condemned->failed, &cause);
	for (size_t i = 0; i < condemned->count; i++) {
		struct err err = cause;

		if (result == 0 && condemned->failed[i])
			(void)err_set(&err, ERR_UPSTREAM,
			    "refused by the store");
		sweep_done(sweep, &condemned->items[i],
		    result == -1 || condemned->failed[i] ? -1 : 0, &err);
	}
}

static int
check_object(struct sweep *sweep, struct condemned *condemned,
    const struct store_entry *entry, struct err *err)
{
	struct sweep_item item = { .key = entry->key,
		.size_bytes = entry->size_bytes,
		.detail = "" };
	enum sweep_claim claim;

	/* A form may still be on its way to say what it is. */
	if (entry->modified_secs > sweep->old_secs)
		return 0;
	if (sweep_claim(sweep, entry->key, &claim, err) == -1)
		return -1;
	if (claim == SWEEP_CLAIM_DEAD) {
		item.kind = SWEEP_DEAD_OBJECT;
		condemn(sweep, condemned, &item);
	} else if (claim == SWEEP_CLAIM_NONE) {
		item.kind = SWEEP_UNKNOWN_OBJECT;
		if (sweep_may_force(sweep, &item))
			condemn(sweep, condemned, &item);
	}
	return 0;
}

static int
check_objects(struct sweep *sweep, const struct store_page *page,
    struct err *err)
{
	struct pool *pool = pool_new();
	struct condemned condemned;
	int result = 0;

	condemned_init(&condemned, pool, page->count);
	for (size_t i = 0; result == 0 && i < page->count; i++)
		result = check_object(sweep, &condemned, &page->entries[i],
		    err);
	delete_condemned(sweep, &condemned);
	pool_free(&pool);
	return result;
}

/* ---- records without an object ---- */

static bool
has_key(const struct store_page *page, const char *key)
{
	size_t low = 0, high = page->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(page->entries[middle].key, key);

		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* The record may have gone since, or the object have come: look again. */
static int
check_lost(struct sweep *sweep, struct pool *pool, const char *key,
    int64_t size_bytes, struct err *err)
{
	struct sweep_item item = { .kind = SWEEP_LOST_OBJECT,
		.action = SWEEP_REPORTED,
		.key = key,
		.size_bytes = size_bytes,
		.detail = "" };
	struct store_info info;
	enum sweep_claim claim;
	struct err cause = ERR_INIT;
	int found = store_head(sweep->store, pool, key, &info, &cause);

	if (found == -1)
		sweep_done(sweep, &item, -1, &cause);
	if (found != 0)
		return 0;
	if (sweep_claim(sweep, key, &claim, err) == -1)
		return -1;
	if (claim == SWEEP_CLAIM_USED)
		sweep_note(sweep, &item);
	return 0;
}

/* Live rows behind `after`, up to `last` (NULL: to the end). */
static int
load_live(struct sweep *sweep, struct pool *pool, const char *after,
    const char *last, struct sql_rows *rows_r, struct err *err)
{
	struct sql_value bounded[] = { SQL_TEXT(store_driver(sweep->store)),
		SQL_TEXT(store_bucket(sweep->store)), SQL_TEXT(after),
		SQL_TEXT(last == NULL ? "" : last), SQL_INT(ROWS_AT_ONCE) };
	struct sql_value open[] = { SQL_TEXT(store_driver(sweep->store)),
		SQL_TEXT(store_bucket(sweep->store)), SQL_TEXT(after),
		SQL_INT(ROWS_AT_ONCE) };

	if (last != NULL)
		return sql_query(sweep->db, pool, statements[LOAD_LIVE],
		    bounded, ARRAY_COUNT(bounded), rows_r, err);
	return sql_query(sweep->db, pool, statements[LOAD_LAST_LIVE], open,
	    ARRAY_COUNT(open), rows_r, err);
}

static int
check_records(struct sweep *sweep, const struct store_page *page,
    const char *after, const char *last, struct err *err)
{
	struct pool *pools[2] = { pool_new(), pool_new() };
	struct sql_rows rows = { .count = ROWS_AT_ONCE };
	int result = 0;

	for (size_t turn = 0; result == 0 && rows.count == ROWS_AT_ONCE;
	     turn++) {
		/* `after` is in the other one. */
		struct pool *pool = pools[turn % 2];

		pool_clear(pool);
		result = load_live(sweep, pool, after, last, &rows, err);
		for (size_t i = 0; result == 0 && i < rows.count; i++) {
			after = sql_text(&rows, i, 0);
			if (!has_key(page, after))
				result = check_lost(sweep, pool, after,
				    sql_int(&rows, i, 1), err);
		}
	}
	pool_free(&pools[0]);
	pool_free(&pools[1]);
	return result;
}

/* ---- pages ---- */

static bool
is_sorted(const struct store_page *page, const char *after)
{
	for (size_t i = 0; i < page->count; i++) {
		if (strcmp(after, page->entries[i].key) >= 0)
			return false;
		after = page->entries[i].key;
	}
	return true;
}

static int
check_page(struct sweep *sweep, const struct store_page *page,
    const char *after, struct err *err)
{
	const char *last = page->next[0] == '\0' || page->count == 0 ?
	    NULL :
	    page->entries[page->count - 1].key;

	if (!is_sorted(page, after))
		return err_set(err, ERR_UPSTREAM,
		    "the listing of the bucket is not sorted");
	if (page->count == 0 && page->next[0] != '\0')
		return 0;
	sweep->report->objects += (int64_t)page->count;
	if (check_objects(sweep, page, err) == -1)
		return -1;
	return check_records(sweep, page, after, last, err);
}

int
sweep_objects(struct sweep *sweep, struct err *err)
{
	struct pool *pools[2] = { pool_new(), pool_new() };
	const char *after = "", *next = "";
	int result = 0, empty = 0;

	for (size_t turn = 0; result == 0; turn++) {
		/* `next` is in the other one. */
		struct pool *pool = pools[turn % 2];
		struct store_page page;

		pool_clear(pool);
		result = store_list(sweep->store, pool, "", next, &page, err);
		if (result == 0)
			result = check_page(sweep, &page, after, err);
		if (result == -1 || page.next[0] == '\0')
			break;
		next = page.next;
		empty = page.count > 0 ? 0 : empty + 1;
		after = pool_strdup(pool, page.count > 0 ?
			page.entries[page.count - 1].key : after);
		if (empty > EMPTY_PAGES_MAX)
			result = err_set(err, ERR_UPSTREAM,
			    "the listing of the bucket does not end");
	}
	pool_free(&pools[0]);
	pool_free(&pools[1]);
	return result;
}
