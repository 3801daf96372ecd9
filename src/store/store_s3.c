/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "s3/bucket.h"
#include "store/open.h"
#include "store/s3_store.h"

static struct s3_store *
s3_store(struct store *store)
{
	return (struct s3_store *)store;
}

/* ---- the bucket ---- */

static int
apply_policy(struct store *store, const char *policy, struct err *err)
{
	return s3_bucket_put_policy(s3_store(store)->client, policy, err);
}

static int
create_bucket(struct s3_store *store, struct err *err)
{
	if (s3_bucket_create(store->client, err) == -1)
		return -1;
	if (!store->want_policy || store->base.public_prefixes[0] == NULL)
		return 0;
	if (store_apply_policy(&store->base, err) == -1)
		return err_wrap(err, "public-read policy");
	return 0;
}

static int
prepare(struct store *base, bool *created_r, struct err *err)
{
	struct s3_store *store = s3_store(base);
	int found = s3_bucket_head(store->client, err);

	*created_r = false;
	if (found == 0) {
		found = create_bucket(store, err);
		*created_r = found == 0;
	}
	/* Workers are forked after this: they must not share connections. */
	s3_client_close_idle(store->client);
	if (found == -1)
		return err_wrap(err, "bucket '%s'", base->bucket);
	return 0;
}

/* ---- objects ---- */

static int
head(struct store *store, struct pool *pool, const char *key,
    struct store_info *info_r, struct err *err)
{
	struct s3_info info;
	int found = s3_head(s3_store(store)->client, pool, key, &info, err);

	if (found != 1)
		return found;
	*info_r = (struct store_info){ .size_bytes = info.size_bytes,
		.content_type = info.content_type,
		.etag = info.etag,
		.modified_secs = info.modified_secs };
	return 1;
}

static int
get(struct store *store, const struct store_read *read, struct err *err)
{
	const struct s3_get request = { .key = read->key,
		.offset = read->offset,
		.length = read->length,
		.sink = read->sink,
		.arg = read->arg };

	return s3_get(s3_store(store)->client, &request, err);
}

static int
remove_object(struct store *store, const char *key, struct err *err)
{
	return s3_delete(s3_store(store)->client, key, err);
}

static const struct store_driver s3_driver = {
	.name = "s3",
	.prepare = prepare,
	.writer_open = s3_writer_open,
	.writer_write = s3_writer_write,
	.writer_commit = s3_writer_commit,
	.writer_abort = s3_writer_abort,
	.head = head,
	.get = get,
	.remove = remove_object,
	.apply_policy = apply_policy,
};

struct s3_client *
store_s3_client(const struct store *store)
{
	if (store->driver != &s3_driver)
		return NULL;
	return ((const struct s3_store *)store)->client;
}

/* ---- opening ---- */

static int
parse_checksum(const char *name, enum s3_checksum *checksum_r,
    struct err *err)
{
	if (strcmp(name, "sha256") == 0)
		*checksum_r = S3_CHECKSUM_SHA256;
	else if (strcmp(name, "md5") == 0)
		*checksum_r = S3_CHECKSUM_MD5;
	else if (strcmp(name, "none") == 0)
		*checksum_r = S3_CHECKSUM_NONE;
	else
		return err_set(err, ERR_INVALID,
		    "checksum is sha256, md5 or none");
	return 0;
}

static int
open_client(struct pool *pool, const struct store_s3_config *config,
    struct s3_client **client_r, struct err *err)
{
	const struct s3_config client = {
		.place = { .endpoint = config->endpoint,
		    .region = config->region,
		    .bucket = config->bucket,
		    .addressing = config->addressing },
		.credentials = { .access_key = config->access_key,
		    .secret_key = config->secret_key,
		    .session_token = config->session_token },
		.connect_secs = config->connect_timeout_secs,
		.stall_secs = config->stall_timeout_secs,
		.clock = config->clock,
		.log = config->log,
	};

	if (s3_check_bucket(config->bucket, err) == -1)
		return -1;
	return s3_client_new(pool, &client, client_r, err);
}

/* A public host of R2 serves one bucket: its name is never in the path. */
static const char *
public_base(struct pool *pool, const struct store_s3_config *config,
    const struct s3_place *place)
{
	if (config->public_url[0] == '\0')
		return s3_place_base(place, pool);
	return store_public_base(pool, config->public_url, config->bucket,
	    !place->is_virtual && !place->is_r2 &&
		!config->is_public_url_bucket);
}

int
store_open_s3(struct pool *pool, const struct store_s3_config *config,
    struct store **store_r, struct err *err)
{
	struct s3_store *store = POOL_NEW(pool, struct s3_store);

	if (parse_checksum(config->checksum, &store->checksum, err) == -1 ||
	    open_client(pool, config, &store->client, err) == -1)
		return -1;
	store_init(&store->base, pool, &s3_driver, config->bucket,
	    config->public_prefixes);
	store->base.public_base = public_base(pool, config,
	    s3_client_place(store->client));
	store->budget = config->budget;
	store->log = config->log;
	store->can_write_conditionally = config->can_write_conditionally;
	store->want_policy = config->apply_policy;
	store->part_bytes = config->part_bytes;
	store->part_concurrency = config->part_concurrency < 1 ?
	    1 : config->part_concurrency;
	*store_r = &store->base;
	return 0;
}
