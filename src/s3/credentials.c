/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <string.h>

#include "s3/credentials.h"

struct s3_credentials {
	pthread_mutex_t mutex;
	struct sign_credentials pairs[2];
	size_t pair_count, pair_index;
};

static bool
is_set(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static const char *
copy(struct pool *pool, const char *text)
{
	return pool_strdup(pool, text == NULL ? "" : text);
}

static int
add_pair(struct s3_credentials *credentials, struct pool *pool,
    const struct sign_credentials *pair, struct err *err)
{
	if (!is_set(pair->access_key) && !is_set(pair->secret_key))
		return 0;
	if (!is_set(pair->access_key) || !is_set(pair->secret_key))
		return err_set(err, ERR_INVALID,
		    "S3_ACCESS_KEY and S3_SECRET_KEY go together");
	credentials->pairs[credentials->pair_count++] =
	    (struct sign_credentials){
		    .access_key = copy(pool, pair->access_key),
		    .secret_key = copy(pool, pair->secret_key),
		    .session_token = copy(pool, pair->session_token)
	    };
	return 0;
}

static void
free_mutex(void *arg)
{
	(void)pthread_mutex_destroy(arg);
}

int
s3_credentials_new(struct pool *pool,
    const struct s3_credentials_config *config,
    struct s3_credentials **credentials_r, struct err *err)
{
	struct s3_credentials *credentials =
	    POOL_NEW(pool, struct s3_credentials);
	const struct sign_credentials first = {
		.access_key = config->access_key,
		.secret_key = config->secret_key,
		.session_token = config->session_token
	};
	const struct sign_credentials second = {
		.access_key = config->access_key_2,
		.secret_key = config->secret_key_2
	};

	if (add_pair(credentials, pool, &first, err) == -1 ||
	    add_pair(credentials, pool, &second, err) == -1)
		return -1;
	if (credentials->pair_count == 0)
		return err_set(err, ERR_INVALID,
		    "S3_ACCESS_KEY and S3_SECRET_KEY are not set");
	(void)pthread_mutex_init(&credentials->mutex, NULL);
	pool_on_clear(pool, free_mutex, &credentials->mutex);
	*credentials_r = credentials;
	return 0;
}

int
s3_credentials_load(struct s3_credentials *credentials, struct pool *pool,
    struct sign_credentials *pair_r, struct err *err)
{
	const struct sign_credentials *pair;

	(void)err;
	(void)pthread_mutex_lock(&credentials->mutex);
	pair = &credentials->pairs[credentials->pair_index];
	(void)pthread_mutex_unlock(&credentials->mutex);
	*pair_r = (struct sign_credentials){
		.access_key = pool_strdup(pool, pair->access_key),
		.secret_key = pool_strdup(pool, pair->secret_key),
		.session_token = pool_strdup(pool, pair->session_token)
	};
	return 0;
}

bool
s3_credentials_reject(struct s3_credentials *credentials,
    const char *access_key)
{
	bool is_other;

	(void)pthread_mutex_lock(&credentials->mutex);
	if (strcmp(credentials->pairs[credentials->pair_index].access_key,
		access_key) == 0)
		credentials->pair_index = (credentials->pair_index + 1) %
		    credentials->pair_count;
	is_other = strcmp(
	    credentials->pairs[credentials->pair_index].access_key,
	    access_key) != 0;
	(void)pthread_mutex_unlock(&credentials->mutex);
	return is_other;
}

const char *
s3_credentials_source(const struct s3_credentials *credentials)
{
	(void)credentials;
	return "static";
}
