/*
 * The metadata service of a virtual machine, version 2: a PUT gives a token,
 * which the two questions after it carry.  Version 1, which answers without a
 * token whatever request it is tricked into, is never used.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "s3/credentials_private.h"

enum { ROLE_MAX = 128, SESSION_TOKEN_MAX = 1024 };

#define WHO "metadata service"
#define USUAL_ENDPOINT "http://169.254.169.254"
#define ROLES "/latest/meta-data/iam/security-credentials/"

static const char *
endpoint(const struct s3_credentials_config *config)
{
	return credentials_is_set(config->metadata_endpoint) ?
	    config->metadata_endpoint :
	    USUAL_ENDPOINT;
}

static int
check(struct pool *pool, const struct s3_credentials_config *config,
    struct err *err)
{
	if (config->is_metadata_disabled)
		return 0;
	if (credentials_check_url(pool, "AWS_EC2_METADATA_SERVICE_ENDPOINT",
		endpoint(config), err) == -1)
		return -1;
	return 1;
}

static const char *
url_of(const struct s3_credentials_config *config, struct pool *pool,
    const char *path)
{
	struct slice base = slice_str(endpoint(config));

	while (slice_has_suffix(base, "/"))
		base.len--;
	return pool_format(pool, "%.*s%s", SLICE_ARG(base), path);
}

/* The first line of an answer, if it is fit to be sent back. */
static int
ask_line(const struct s3_credentials_config *config, struct pool *pool,
    const struct credentials_request *request, size_t max_bytes,
    const char **line_r, struct err *err)
{
	struct slice rest, line;

	if (credentials_get(config, pool, request, &rest, err) == -1)
		return -1;
	line = slice_make(rest.data, slice_find(rest, '\n'));
	if (line.len > 0 && line.data[line.len - 1] == '\r')
		line.len--;
	*line_r = slice_dup(pool, line);
	if (strlen(*line_r) != line.len ||
	    !credentials_is_visible(*line_r, max_bytes))
		return err_set(err, ERR_UPSTREAM, "%s answered nonsense",
		    request->who);
	return 0;
}

/* Characters of role names, none of which means something in a URL. */
static bool
is_role(const char *text)
{
	return text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-")] == '\0';
}

static int
fetch(const struct s3_credentials_config *config, struct pool *pool,
    struct sign_credentials *pair_r, struct err *err)
{
	static const char *const lifetime[] = {
		"X-aws-ec2-metadata-token-ttl-seconds: 60", NULL
	};
	const char *headers[] = { NULL, NULL };
	struct credentials_request request = { .who = WHO,
		.method = "PUT",
		.url = url_of(config, pool, "/latest/api/token"),
		.headers = lifetime,
		.connect_secs = 1,
		.total_secs = 2 };
	const char *token, *role;

	if (ask_line(config, pool, &request, SESSION_TOKEN_MAX, &token,
		err) == -1)
		return -1;
	headers[0] = pool_format(pool, "X-aws-ec2-metadata-token: %s", token);
	request.method = "GET";
	request.headers = headers;
	request.url = url_of(config, pool, ROLES);
	if (ask_line(config, pool, &request, ROLE_MAX, &role, err) == -1)
		return err_wrap(err, "role of the instance");
	if (!is_role(role))
		return err_set(err, ERR_UPSTREAM,
		    WHO " answered no name of a role");
	request.url = url_of(config, pool,
	    pool_format(pool, ROLES "%s", role));
	return credentials_get_json(config, pool, &request, pair_r, err);
}

const struct credentials_source credentials_instance = {
	.name = "instance",
	.needs = "AWS_EC2_METADATA_DISABLED=false",
	.check = check,
	.fetch = fetch,
};
