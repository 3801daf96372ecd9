/* SPDX-License-Identifier: MIT */
#include "s3/object.h"

static const struct retry_policy usual_retry = { .attempts_max = 4,
	.base_ms = 100,
	.cap_ms = 5000 };

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

int
s3_client_new(struct pool *pool, const struct s3_config *config,
    struct s3_client **client_r, struct err *err)
{
	struct s3_client *client = POOL_NEW(pool, struct s3_client);

	if (s3_place_init(&client->place, pool, &config->place, err) == -1)
		return -1;
	client->bucket = pool_strdup(pool, config->place.bucket);
	client->signer.scope.region = pool_strdup(pool, config->place.region);
	client->signer.scope.service = "s3";
	sign_key_cache_init(&client->keys, pool);
	client->signer.cache = &client->keys;
	client->fetcher = fetcher_new(pool);
	if (open_credentials(client, pool, config, err) == -1)
		return -1;
	client->set = fetch_set_new(pool, S3_PARALLEL_MAX);
	client->retry = config->retry.attempts_max > 0 ? config->retry :
							 usual_retry;
	client->connect_secs = config->connect_secs;
	client->stall_secs = config->stall_secs;
	client->first_byte_secs = config->first_byte_secs > 0 ?
	    config->first_byte_secs : config->stall_secs;
	client->copy_bytes_max = S3_COPY_BYTES_MAX;
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

int
s3_client_signer(struct s3_client *client, struct pool *pool,
    struct signer *signer_r, struct err *err)
{
	*signer_r = client->signer;
	signer_r->scope.now_secs = clock_now_secs(client->clock);
	return s3_credentials_load(client->credentials, pool,
	    &signer_r->credentials, err);
}

void
s3_client_close_idle(struct s3_client *client)
{
	fetcher_close_idle(client->fetcher);
}
