/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <unistd.h>

#include "ctl/object.h"
#include "store/manage.h"

struct input {
	const char *prefix; /* NULL: keys */
	const char *const *keys;
	size_t key_count;
	bool is_sure;
};

/* Delete up to a page of keys; how many are gone, and -1 unless all are. */
static int
remove_some(struct store *store, const char *const *keys, size_t count,
    size_t *gone, struct err *err)
{
	struct pool *pool = pool_new();
	bool *failed = pool_alloc_array(pool, count, sizeof(*failed));
	const char *first = NULL;
	int result = store_delete_many(store, keys, count, failed, err);

	for (size_t i = 0; result == 0 && i < count; i++) {
		if (!failed[i])
			(*gone)++;
		else if (first == NULL)
			first = keys[i];
	}
	if (first != NULL)
		result = err_set(err, ERR_UPSTREAM, "%s is still there",
		    storage_printable(pool, first));
	pool_free(&pool);
	return result;
}

static int
remove_keys(struct store *store, const struct input *input, size_t *gone,
    struct err *err)
{
	size_t count;

	for (size_t at = 0; at < input->key_count; at += count) {
		count = input->key_count - at;
		if (count > STORE_PAGE_MAX)
			count = STORE_PAGE_MAX;
		if (remove_some(store, input->keys + at, count, gone, err) ==
		    -1)
			return -1;
	}
	return 0;
}

static int
remove_page(struct store *store, const struct store_page *page, size_t *gone,
    struct err *err)
{
	struct pool *pool = pool_new();
	const char **keys = pool_alloc_array(pool, page->count,
	    sizeof(*keys));
	int result;

	for (size_t i = 0; i < page->count; i++)
		keys[i] = page->entries[i].key;
	result = remove_some(store, keys, page->count, gone, err);
	pool_free(&pool);
	return result;
}

/* What was deleted and is listed again would be deleted for ever. */
static int
check_is_other(const char *key, const char *before, struct pool *pool,
    struct err *err)
{
	if (strcmp(key, before) != 0)
		return 0;
	return err_set(err, ERR_CONFLICT, "%s was deleted and is there again",
	    storage_printable(pool, key));
}

/*
 * From the start again for each page: what was deleted is not listed any more,
 * and a place within a listing that changes means nothing to some servers.
 */
static int
remove_prefix(struct store *store, const struct input *input, size_t *gone,
    struct err *err)
{
	struct pool *pools[] = { pool_new(), pool_new() };
	struct store_page page;
	const char *before = "";
	int result, turn = 0;

	/* The first key of a page is needed beside the next one: two pools. */
	do {
		turn = 1 - turn;
		pool_clear(pools[turn]);
		result = store_list(store, pools[turn], input->prefix, "",
		    &page, err);
		if (result == -1 || page.count == 0)
			break;
		result = check_is_other(page.entries[0].key, before,
		    pools[turn], err);
		if (result == 0)
			result = remove_page(store, &page, gone, err);
		before = page.entries[0].key;
	} while (result == 0);
	pool_free(&pools[0]);
	pool_free(&pools[1]);
	return result;
}

/* ---- asking ---- */

static int
ask(struct ctl *ctl, struct store *store, const struct input *input,
    struct err *err)
{
	struct store_page page;
	char answer[8];

	if (store_list(store, ctl->pool, input->prefix, "", &page, err) == -1)
		return -1;
	if (page.count == 0)
		return 0;
	if (!isatty(STDIN_FILENO))
		return err_set(err, ERR_DENIED,
		    "nobody to ask: --yes deletes all below '%s'",
		    storage_printable(ctl->pool, input->prefix));
	(void)fprintf(stderr, "Delete %zu object%s%s below '%s' of bucket "
	    "'%s'? [y/N] ", page.count, page.count == 1 ? "" : "s",
	    page.next[0] == '\0' ? "" : " and more",
	    storage_printable(ctl->pool, input->prefix),
	    store_bucket(store));
	if (fgets(answer, sizeof(answer), stdin) != NULL &&
	    (answer[0] == 'y' || answer[0] == 'Y'))
		return 0;
	return err_set(err, ERR_DENIED, "nothing was deleted");
}

static int
run(struct ctl *ctl, const struct input *input, struct err *err)
{
	struct backend *backend;
	size_t gone = 0;
	int result;

	if (storage_open(ctl, &backend, err) == -1)
		return -1;
	if (input->prefix == NULL) {
		result = remove_keys(backend->store, input, &gone, err);
	} else {
		if (!input->is_sure &&
		    ask(ctl, backend->store, input, err) == -1)
			return -1;
		result = remove_prefix(backend->store, input, &gone, err);
	}
	(void)fprintf(ctl->out, "%zu deleted\n", gone);
	return result;
}

int
object_rm(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{ "prefix", required_argument, NULL, 'p' },
		{ "yes", no_argument, NULL, 'y' },
		{ NULL, 0, NULL, 0 },
	};
	struct input input = { .prefix = NULL };
	struct err err = ERR_INIT;
	int c;

	optind = 0; /* getopt_long() begins anew */
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'p')
			input.prefix = optarg;
		else if (c == 'y')
			input.is_sure = true;
		else
			return object_usage(ctl, "rm", "unknown option");
	}
	input.keys = (const char *const *)argv + optind;
	input.key_count = (size_t)(argc - optind);
	if ((input.prefix != NULL) == (input.key_count > 0))
		return object_usage(ctl, "rm",
		    "expected keys, or --prefix and no keys");
	/* As a script's variable that is not set would be. */
	if (input.prefix != NULL && input.prefix[0] == '\0')
		return object_usage(ctl, "rm",
		    "an empty prefix would be the whole bucket");
	if (run(ctl, &input, &err) == -1)
		return object_refuse(ctl, "rm", &err);
	return CTL_OK;
}
