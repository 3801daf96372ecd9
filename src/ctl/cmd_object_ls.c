/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "codec/date.h"
#include "codec/json.h"
#include "ctl/object.h"
#include "store/manage.h"

static void
print_entry(struct ctl *ctl, struct pool *pool,
    const struct store_entry *entry, bool want_json)
{
	const char *modified = date_iso(pool, entry->modified_secs);
	struct json *json;

	if (!want_json) {
		(void)fprintf(ctl->out, "%12lld  %s  %s\n",
		    (long long)entry->size_bytes, modified,
		    storage_printable(pool, entry->key));
		return;
	}
	json = json_object(pool);
	json_set_text(json, "key", entry->key);
	json_set_number(json, "size", entry->size_bytes);
	json_set_text(json, "modified", modified);
	(void)fprintf(ctl->out, "%s\n", json_format(pool, json));
}

/* Page by page, so that memory stays flat; JSON is an object per line. */
static int
list(struct ctl *ctl, const char *prefix, bool want_json, struct err *err)
{
	struct pool *pools[] = { pool_new(), pool_new() };
	const char *next = "";
	struct backend *backend;
	struct store_page page;
	int result = storage_open(ctl, &backend, err), turn = 0;

	/* The token of a page is needed for the next one: two pools. */
	while (result == 0) {
		turn = 1 - turn;
		pool_clear(pools[turn]);
		result = store_list(backend->store, pools[turn], prefix, next,
		    &page, err);
		for (size_t i = 0; result == 0 && i < page.count; i++)
			print_entry(ctl, pools[turn], &page.entries[i],
			    want_json);
		/* main() says that nobody reads any more. */
		if (result == -1 || page.next[0] == '\0' || ferror(ctl->out))
			break;
		next = page.next;
	}
	pool_free(&pools[0]);
	pool_free(&pools[1]);
	return result;
}

int
object_ls(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	bool want_json = false;
	struct err err = ERR_INIT;
	int c;

	optind = 0; /* getopt_long() begins anew */
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == '?')
			return object_usage(ctl, "ls", "unknown option");
		want_json = true;
	}
	if (argc - optind > 1)
		return object_usage(ctl, "ls", "expected one prefix");
	if (list(ctl, optind < argc ? argv[optind] : "", want_json, &err) ==
	    -1)
		return object_refuse(ctl, "ls", &err);
	return CTL_OK;
}
