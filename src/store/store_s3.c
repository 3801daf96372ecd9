/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <string.h>

#include "s3/bucket.h"
#include "store/open.h"
#include "store/s3_store.h"

enum { DIAGNOSIS_PAUSE_MS = 200 };

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
	/* Who forks after this does not share connections with the child. */
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
	s3_store_info(info_r, &info);
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
	.copy = s3_store_copy,
	.remove_many = s3_store_remove_many,
	.list = s3_store_list,
	.multipart_create = s3_store_multipart_create,
	.multipart_parts = s3_store_multipart_parts,
	.multipart_complete = s3_store_multipart_complete,
	.multipart_abort = s3_store_multipart_abort,
	.multipart_list = s3_store_multipart_list,
	.presign = s3_store_presign,
	.presign_form = s3_store_presign_form,
	.queue = &s3_queue_driver,
	.part_bytes = s3_part_bytes,
	.put_file = s3_put_file,
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
find_profile(struct pool *pool, const struct store_s3_config *config,
    const struct s3_profile **profile_r, struct err *err)
{
	const struct s3_profile *profile;

	if (strcmp(config->provider, "auto") == 0)
		profile = s3_profile_detect(pool, config->endpoint);
	else
		profile = s3_profile_find(config->provider);
	if (profile == NULL)
		return err_set(err, ERR_INVALID, "unknown provider \"%s\"",
		    config->provider);
	*profile_r = profile;
	return 0;
}

static int
choose_checksum(const char *word, enum s3_checksum *checksum, struct err *err)
{
	if (strcmp(word, "sha256") == 0)
		*checksum = S3_CHECKSUM_SHA256;
	else if (strcmp(word, "md5") == 0)
		*checksum = S3_CHECKSUM_MD5;
	else if (strcmp(word, "none") == 0)
		*checksum = S3_CHECKSUM_NONE;
	else if (strcmp(word, "auto") != 0)
		return err_set(err, ERR_INVALID,
		    "checksum is auto, sha256, md5 or none");
	return 0;
}

static int
choose_ability(const char *word, bool *can, struct err *err)
{
	if (strcmp(word, "true") == 0)
		*can = true;
	else if (strcmp(word, "false") == 0)
		*can = false;
	else if (strcmp(word, "auto") != 0)
		return err_set(err, ERR_INVALID,
		    "an ability is auto, true or false");
	return 0;
}

/* What the provider can do, where no setting knows better. */
static int
choose_abilities(struct s3_store *store, const struct store_s3_config *config,
    struct err *err)
{
	const struct s3_profile *profile = store->profile;

	store->checksum = profile->checksum;
	store->can_post_forms = profile->can_post;
	store->can_write_conditionally = profile->can_write_conditionally;
	store->wants_acl = profile->acl == S3_ACL_SIGNED;
	if (choose_checksum(config->checksum, &store->checksum, err) == -1 ||
	    choose_ability(config->form_post, &store->can_post_forms,
		err) == -1)
		return -1;
	return choose_ability(config->conditional_write,
	    &store->can_write_conditionally, err);
}

static struct s3_place_config
place_config(const struct s3_store *store, struct pool *pool,
    const struct store_s3_config *config)
{
	const char *addressing = config->addressing, *region = config->region;

	if (strcmp(addressing, "auto") == 0)
		addressing = store->profile->addressing;
	if (region[0] == '\0')
		region = s3_profile_region(store->profile, pool,
		    config->endpoint);
	return (struct s3_place_config){ .endpoint = config->endpoint,
		.region = region,
		.bucket = config->bucket,
		.addressing = addressing };
}

static bool
is_source_named(const struct store_s3_config *config)
{
	const char *source = config->credentials.source;

	return source != NULL && strcmp(source, "auto") != 0;
}

static int
open_client(struct s3_store *store, struct pool *pool,
    const struct store_s3_config *config, struct err *err)
{
	struct s3_config client = {
		.place = place_config(store, pool, config),
		.credentials = config->credentials,
		.ca_file = config->ca_file,
		.connect_secs = config->connect_timeout_secs,
		.stall_secs = config->stall_timeout_secs,
		.first_byte_secs = config->first_byte_timeout_secs,
		.bulk_delete_max = store->profile->bulk_delete_max == 0 ?
		    -1 : store->profile->bulk_delete_max,
		.clock = config->clock,
		.log = config->log,
	};

	if (config->attempts_max > 0) {
		client.retry = (struct retry_policy){
			.attempts_max = config->attempts_max,
			.base_ms = DIAGNOSIS_PAUSE_MS,
			.cap_ms = DIAGNOSIS_PAUSE_MS
		};
		client.breaker = (struct breaker_policy){ .failures_max =
			INT_MAX };
	}
	/* The role of the machine we run on is for its own provider. */
	if (!is_source_named(config) &&
	    store->profile->provider != S3_PROVIDER_AWS)
		client.credentials.is_metadata_disabled = true;
	if (s3_check_bucket(config->bucket, err) == -1 ||
	    s3_client_new(pool, &client, &store->client, err) == -1)
		return -1;
	store->has_presign_place = config->presign_endpoint[0] != '\0';
	if (!store->has_presign_place)
		return 0;
	client.place.endpoint = config->presign_endpoint;
	if (s3_place_init(&store->presign_place, pool, &client.place,
		err) == -1)
		return err_wrap(err, "S3_PRESIGN_ENDPOINT");
	return 0;
}

static const char *
public_base(const struct s3_store *store, struct pool *pool,
    const struct store_s3_config *config)
{
	const struct s3_place *place = s3_client_place(store->client);

	if (config->public_url[0] == '\0')
		return s3_place_base(store->has_presign_place ?
			&store->presign_place : place, pool);
	return store_public_base(pool, config->public_url, config->bucket,
	    !place->is_virtual && !store->profile->has_bucket_hosts &&
		!config->is_public_url_bucket);
}

int
store_open_s3(struct pool *pool, const struct store_s3_config *config,
    struct store **store_r, struct err *err)
{
	struct s3_store *store = POOL_NEW(pool, struct s3_store);

	if (find_profile(pool, config, &store->profile, err) == -1 ||
	    choose_abilities(store, config, err) == -1 ||
	    open_client(store, pool, config, err) == -1)
		return -1;
	store_init(&store->base, pool, &s3_driver, config->bucket,
	    config->public_prefixes);
	store->base.public_base = public_base(store, pool, config);
	store->budget = config->budget;
	store->log = config->log;
	store->want_policy = config->apply_policy;
	store->base.traits = (struct store_traits){
		.can_post_forms = store->can_post_forms,
		.can_write_conditionally = store->can_write_conditionally,
		.urls_never_replace = store->can_write_conditionally &&
		    store->profile->unsigned_headers != S3_UNSIGNED_OBEYED,
		.signs_checksum = store->checksum == S3_CHECKSUM_SHA256
	};
	store->part_bytes = config->part_bytes;
	store->part_concurrency = config->part_concurrency < 1 ?
	    1 : config->part_concurrency;
	*store_r = &store->base;
	return 0;
}
