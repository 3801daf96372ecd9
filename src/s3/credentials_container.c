/*
 * The endpoint beside a container: its platform puts the URL, and a token or
 * the file of one, into the container's environment.
 *
 * SPDX-License-Identifier: MIT
 */
#include "s3/credentials_private.h"

#define WHO "container credentials"

static int
check(struct pool *pool, const struct s3_credentials_config *config,
    struct err *err)
{
	if (!credentials_is_set(config->container_uri))
		return 0;
	if (credentials_check_url(pool, "AWS_CONTAINER_CREDENTIALS_FULL_URI",
		config->container_uri, err) == -1)
		return -1;
	return 1;
}

/* "" when there is none; the platform renews what is in the file. */
static int
load_token(const struct s3_credentials_config *config, struct pool *pool,
    const char **token_r, struct err *err)
{
	*token_r = credentials_is_set(config->container_token) ?
	    config->container_token :
	    "";
	if (credentials_is_set(config->container_token_file) &&
	    credentials_read_text(pool, config->container_token_file, token_r,
		err) == -1)
		return err_wrap(err, "container token");
	if ((*token_r)[0] == '\0')
		return 0;
	for (const char *c = *token_r; *c != '\0'; c++)
		if (*c < ' ' || *c > '~') /* another header, or garbage */
			return err_set(err, ERR_UNAVAILABLE,
			    "container token: not fit for a header");
	return 0;
}

static int
fetch(const struct s3_credentials_config *config, struct pool *pool,
    struct sign_credentials *pair_r, struct err *err)
{
	const char *headers[] = { "Accept: application/json", NULL, NULL };
	const struct credentials_request request = { .who = WHO,
		.method = "GET",
		.url = config->container_uri,
		.headers = headers,
		.connect_secs = 1,
		.total_secs = 2 };
	const char *token;

	if (load_token(config, pool, &token, err) == -1)
		return -1;
	if (token[0] != '\0')
		headers[1] = pool_format(pool, "Authorization: %s", token);
	return credentials_get_json(config, pool, &request, pair_r, err);
}

const struct credentials_source credentials_container = {
	.name = "container",
	.needs = "AWS_CONTAINER_CREDENTIALS_FULL_URI",
	.check = check,
	.fetch = fetch,
};
