/*
 * Who may read what without a signature: prefixes, policy, public URLs.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/buf.h"
#include "codec/json.h"
#include "codec/url.h"
#include "store/open.h"
#include "store/store_private.h"

enum { PREFIX_COUNT_MAX = 64, PUBLIC_URL_MAX = 4096 };

static const char *const *
split_prefixes(struct pool *pool, const char *text)
{
	const char **prefixes = pool_alloc_array(pool, PREFIX_COUNT_MAX + 1,
	    sizeof(*prefixes));
	struct slice rest = slice_str(text), item;
	size_t count = 0;

	while (count < PREFIX_COUNT_MAX && slice_next(&rest, ' ', &item))
		if (item.len > 0)
			prefixes[count++] = slice_dup(pool, item);
	return prefixes;
}

void
store_init(struct store *store, struct pool *pool,
    const struct store_driver *driver, const char *bucket,
    const char *public_prefixes)
{
	store->driver = driver;
	store->bucket = pool_strdup(pool, bucket);
	store->public_base = "";
	store->public_prefixes = split_prefixes(pool, public_prefixes);
}

bool
store_is_public(const struct store *store, const char *key)
{
	for (size_t i = 0; store->public_prefixes[i] != NULL; i++)
		if (slice_has_prefix(slice_str(key), store->public_prefixes[i]))
			return true;
	return false;
}

/* The URL without "/" at its end and with "{bucket}" replaced. */
static struct slice
fill_in_bucket(struct pool *pool, const char *url, const char *bucket)
{
	static const char mark[] = "{bucket}";
	struct buf buf;
	const char *at;

	buf_init(&buf, pool, PUBLIC_URL_MAX);
	while ((at = strstr(url, mark)) != NULL) {
		(void)buf_append(&buf, url, (size_t)(at - url));
		(void)buf_str(&buf, bucket);
		url = at + strlen(mark);
	}
	(void)buf_str(&buf, url);
	while (buf.len > 0 && buf.data[buf.len - 1] == '/')
		buf.len--;
	return buf_view(&buf);
}

/* The bucket is the first label of the host or the last segment. */
static bool
names_bucket(struct pool *pool, struct slice url, const char *bucket)
{
	size_t scheme = slice_find(url, ':');
	const char *last = pool_format(pool, "/%s", bucket);
	const char *first = pool_format(pool, "://%s.", bucket);

	return slice_has_suffix(url, last) ||
	    slice_has_prefix(slice_from(url, scheme), first);
}

const char *
store_public_base(struct pool *pool, const char *url, const char *bucket,
    bool is_path_style)
{
	struct slice base = fill_in_bucket(pool, url, bucket);

	if (!is_path_style || strstr(url, "{bucket}") != NULL ||
	    names_bucket(pool, base, bucket))
		return slice_dup(pool, base);
	return pool_format(pool, "%.*s/%s", SLICE_ARG(base), bucket);
}

const char *
store_public_url(const struct store *store, struct pool *pool, const char *key)
{
	return pool_format(pool, "%s/%s", store->public_base,
	    url_encoded_path(pool, slice_str(key)));
}

const char *
store_policy_json(const struct store *store, struct pool *pool)
{
	struct json *policy = json_object(pool);
	struct json *statements, *statement, *resources;

	json_set_text(policy, "Version", "2012-10-17");
	statements = json_set_array(policy, "Statement");
	if (store->public_prefixes[0] == NULL)
		return json_format(pool, policy);
	statement = json_add_object(statements);
	json_set_text(statement, "Effect", "Allow");
	json_set_text(json_set_object(statement, "Principal"), "AWS", "*");
	json_add_text(json_set_array(statement, "Action"), "s3:GetObject");
	resources = json_set_array(statement, "Resource");
	for (size_t i = 0; store->public_prefixes[i] != NULL; i++)
		json_add_text(resources,
		    pool_format(pool, "arn:aws:s3:::%s/%s*", store->bucket,
			store->public_prefixes[i]));
	return json_format(pool, policy);
}

int
store_apply_policy(struct store *store, struct err *err)
{
	struct pool *pool;
	int result;

	if (store->driver->apply_policy == NULL)
		return err_set(err, ERR_UNSUPPORTED,
		    "the %s store has no bucket policies", store_driver(store));
	if (store->public_prefixes[0] == NULL)
		return err_set(err, ERR_INVALID,
		    "nothing is public: S3_PUBLIC_PREFIXES is empty");
	pool = pool_new();
	result = store->driver->apply_policy(store,
	    store_policy_json(store, pool), err);
	pool_free(&pool);
	return result;
}
