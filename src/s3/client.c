/* SPDX-License-Identifier: MIT */
#include "s3/call.h"

static const struct retry_policy usual_retry = { .attempts_max = 4,
	.base_ms = 100,
	.cap_ms = 5000 };

static void
copy_credentials(struct s3_client *client, struct pool *pool,
    const struct s3_config *config)
{
	struct sign_credentials *to = &client->signer.credentials;

	to->access_key = pool_strdup(pool, config->credentials.access_key);
	to->secret_key = pool_strdup(pool, config->credentials.secret_key);
	to->session_token = pool_strdup(pool,
	    config->credentials.session_token);
}

int
s3_client_new(struct pool *pool, const struct s3_config *config,
    struct s3_client **client_r, struct err *err)
{
	struct s3_client *client = POOL_NEW(pool, struct s3_client);

	if (s3_place_init(&client->place, pool, &config->place, err) == -1)
		return -1;
	client->bucket = pool_strdup(pool, config->place.bucket);
	copy_credentials(client, pool, config);
	client->signer.scope.region = pool_strdup(pool, config->place.region);
	client->signer.scope.service = "s3";
	sign_key_cache_init(&client->keys, pool);
	client->signer.cache = &client->keys;
	client->fetcher = fetcher_new(pool);
	client->set = fetch_set_new(pool, S3_PARALLEL_MAX);
	client->retry = config->retry.attempts_max > 0 ? config->retry :
							 usual_retry;
	client->connect_secs = config->connect_secs;
	client->stall_secs = config->stall_secs;
	client->clock = config->clock;
	client->log = config->log;
	*client_r = client;
	return 0;
}

const struct s3_place *
s3_client_place(const struct s3_client *client)
{
	return &client->place;
}

void
s3_client_close_idle(struct s3_client *client)
{
	fetcher_close_idle(client->fetcher);
}
