/* SPDX-License-Identifier: MIT */
#include "s3/list.h"
#include "s3/object.h"

static const struct retry_policy usual_retry = { .attempts_max = 4,
	.base_ms = 100,
	.cap_ms = 5000 };
static const struct breaker_policy usual_breaker = { .failures_max = 8,
	.cool_down_ms = 1000,
	.cool_down_max_ms = 15000 };

static int
open_credentials(struct s3_client *client, struct pool *pool,
    const struct s3_config *config, struct err *err)
{
	struct s3_credentials_config full = config->credentials;

	if (full.region == NULL || full.region[0] == '\0')
		full.region = config->place.region;
	full.ca_file = config->ca_file;
	full.fetcher = client->fetcher;
	full.clock = config->clock;
	full.log = config->log;
	return s3_credentials_new(pool, &full, &client->credentials, err);
}

static void
client_hook(void *arg)
{
	struct s3_client *client = arg;

	pool_free(&client->learn_pool);
	(void)pthread_mutex_destroy(&client->learn_mutex);
}

static int
open_target(struct s3_client *client, struct pool *pool,
    const struct s3_place_config *config, struct err *err)
{
	struct s3_target *target = POOL_NEW(pool, struct s3_target);

	client->place_config = (struct s3_place_config){
		.endpoint = pool_strdup(pool, config->endpoint),
		.region = pool_strdup(pool, config->region),
		.bucket = pool_strdup(pool, config->bucket),
		.addressing = pool_strdup(pool, config->addressing)
	};
	client->bucket = client->place_config.bucket;
	target->region = client->place_config.region;
	if (s3_place_init(&target->place, pool, &client->place_config, err) ==
	    -1)
		return -1;
	atomic_init(&client->target, target);
	atomic_init(&client->clock_offset_secs, 0);
	client->learn_pool = pool_new();
	(void)pthread_mutex_init(&client->learn_mutex, NULL);
	pool_on_clear(pool, client_hook, client);
	return 0;
}

static void
set_policies(struct s3_client *client, struct pool *pool,
    const struct s3_config *config)
{
	int tokens = config->retry.tokens;

	client->retry = config->retry.attempts_max > 0 ? config->retry :
							 usual_retry;
	retry_budget_init(&client->budget,
	    tokens > 0 ? tokens : RETRY_TOKENS_USUAL);
	breaker_init(&client->breaker, pool,
	    config->breaker.failures_max > 0 ? &config->breaker :
					       &usual_breaker, config->log);
	client->connect_secs = config->connect_secs;
	client->stall_secs = config->stall_secs;
	client->first_byte_secs = config->first_byte_secs > 0 ?
	    config->first_byte_secs : config->stall_secs;
	client->bulk_delete_max = config->bulk_delete_max > 0 ?
	    (size_t)config->bulk_delete_max : S3_LIST_MAX;
	atomic_init(&client->has_no_bulk_delete, config->bulk_delete_max < 0);
	client->copy_bytes_max = S3_COPY_BYTES_MAX;
}

int
s3_client_new(struct pool *pool, const struct s3_config *config,
    struct s3_client **client_r, struct err *err)
{
	struct s3_client *client = POOL_NEW(pool, struct s3_client);

	if (open_target(client, pool, &config->place, err) == -1)
		return -1;
	set_policies(client, pool, config);
	client->ca_file = pool_strdup(pool, config->ca_file);
	client->clock = config->clock;
	client->log = config->log;
	sign_key_cache_init(&client->keys, pool);
	client->fetcher = fetcher_new(pool);
	if (open_credentials(client, pool, config, err) == -1)
		return -1;
	client->set = fetch_set_new(pool, S3_PARALLEL_MAX);
	*client_r = client;
	return 0;
}

const struct s3_target *
s3_client_target(const struct s3_client *client)
{
	return atomic_load(&client->target);
}

const struct s3_place *
s3_client_place(const struct s3_client *client)
{
	return &s3_client_target(client)->place;
}

int64_t
s3_client_now_secs(const struct s3_client *client)
{
	return clock_now_secs(client->clock) +
	    atomic_load(&client->clock_offset_secs);
}

int
s3_client_signer(struct s3_client *client, struct pool *pool,
    struct signer *signer_r, struct err *err)
{
	*signer_r = (struct signer){
		.scope = { .region = s3_client_target(client)->region,
		    .service = "s3",
		    .now_secs = s3_client_now_secs(client) },
		.cache = &client->keys
	};
	return s3_credentials_load(client->credentials, pool,
	    &signer_r->credentials, err);
}

bool
s3_client_is_ceph(const struct s3_client *client)
{
	return atomic_load(&client->is_ceph);
}

const char *
s3_client_credentials_source(const struct s3_client *client)
{
	return s3_credentials_source(client->credentials);
}

void
s3_client_close_idle(struct s3_client *client)
{
	fetcher_close_idle(client->fetcher);
}
