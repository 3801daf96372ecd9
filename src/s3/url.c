/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/slice.h"
#include "codec/url.h"
#include "s3/url.h"

enum { BUCKET_MIN = 3, BUCKET_MAX = 63, OLD_BUCKET_MAX = 255 };

static bool
is_lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Four numbers: no name, whatever their size. */
static bool
looks_like_ip(const char *bucket)
{
	struct slice rest = slice_str(bucket), label;
	size_t count = 0;

	while (slice_next(&rest, '.', &label)) {
		count++;
		for (size_t i = 0; i < label.len; i++)
			if (label.data[i] < '0' || label.data[i] > '9')
				return false;
	}
	return count == 4;
}

static bool
has_good_labels(const char *bucket)
{
	struct slice rest = slice_str(bucket), label;

	while (slice_next(&rest, '.', &label)) {
		if (label.len == 0 || !is_lower_or_digit(label.data[0]) ||
		    !is_lower_or_digit(label.data[label.len - 1]))
			return false;
		for (size_t i = 0; i < label.len; i++)
			if (!is_lower_or_digit(label.data[i]) &&
			    label.data[i] != '-')
				return false;
	}
	return true;
}

int
s3_check_bucket(const char *bucket, struct err *err)
{
	size_t len = strlen(bucket);

	if (len < BUCKET_MIN || len > BUCKET_MAX)
		return err_set(err, ERR_INVALID,
		    "bucket name: %d to %d characters", BUCKET_MIN, BUCKET_MAX);
	if (!has_good_labels(bucket))
		return err_set(err, ERR_INVALID, "bucket name: only a-z, 0-9, "
		    "\"-\" and \".\", each part between a letter or digit");
	if (looks_like_ip(bucket))
		return err_set(err, ERR_INVALID,
		    "bucket name: an IP address is none");
	return 0;
}

/* What may stand in a URL at all; buckets of old times broke the rules. */
static int
check_old_bucket(const char *bucket, struct err *err)
{
	size_t len = strspn(bucket, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");

	if (len == 0 || len > OLD_BUCKET_MAX || bucket[len] != '\0' ||
	    bucket[0] == '.')
		return err_set(err, ERR_INVALID, "impossible bucket name");
	return 0;
}

const char *
s3_host_of_url(struct pool *pool, const struct url *url)
{
	int usual = strcmp(url->scheme, "https") == 0 ? 443 : 80;

	if (url->port == 0 || url->port == usual)
		return url->host;
	return pool_format(pool, "%s:%d", url->host, url->port);
}

static bool
is_ip_host(const char *host)
{
	return host[0] == '[' || looks_like_ip(host);
}

static bool
is_amazon(const char *host)
{
	return slice_has_suffix(slice_str(host), ".amazonaws.com") ||
	    slice_has_suffix(slice_str(host), ".amazonaws.com.cn");
}

/* 1 virtual, 0 path, -1. */
static int
choose_style(const struct s3_place_config *config, const struct url *url,
    struct err *err)
{
	bool has_dots = strchr(config->bucket, '.') != NULL;

	if (strcmp(config->addressing, "path") == 0)
		return 0;
	if (strcmp(config->addressing, "auto") == 0)
		return is_amazon(url->host) && !has_dots;
	if (strcmp(config->addressing, "virtual") != 0)
		return err_set(err, ERR_INVALID,
		    "addressing is auto, path or virtual");
	if (is_ip_host(url->host))
		return err_set(err, ERR_INVALID, "virtual addressing needs an "
		    "endpoint with a host name");
	if (has_dots && strcmp(url->scheme, "https") == 0)
		return err_set(err, ERR_INVALID, "a bucket with dots cannot "
		    "have virtual addressing over https");
	return 1;
}

static bool
is_bucket_host(struct pool *pool, const char *host, const char *bucket)
{
	return slice_has_prefix(slice_str(host),
	    pool_format(pool, "%s.", bucket));
}

static int
parse_endpoint(struct pool *pool, const struct s3_place_config *config,
    struct url *url_r, struct err *err)
{
	const char *endpoint = config->endpoint;

	if (endpoint[0] == '\0')
		endpoint = pool_format(pool, "https://s3.%s.amazonaws.com",
		    config->region);
	if (url_parse(pool, slice_str(endpoint), url_r, err) == -1)
		return err_wrap(err, "S3 endpoint");
	if (url_r->query[0] != '\0')
		return err_set(err, ERR_INVALID, "S3 endpoint: has a query");
	return 0;
}

int
s3_place_init(struct s3_place *place_r, struct pool *pool,
    const struct s3_place_config *config, struct err *err)
{
	const char *host, *folder;
	struct slice path;
	struct url url;
	int style;

	if (check_old_bucket(config->bucket, err) == -1 ||
	    parse_endpoint(pool, config, &url, err) == -1)
		return -1;
	style = choose_style(config, &url, err);
	if (style == -1)
		return -1;
	path = slice_str(url.path);
	while (slice_has_suffix(path, "/"))
		path.len--;
	host = s3_host_of_url(pool, &url);
	folder = slice_dup(pool, path);
	if (strcmp(config->addressing, "path") != 0 &&
	    is_bucket_host(pool, url.host, config->bucket))
		style = 1;
	else if (style == 1)
		host = pool_format(pool, "%s.%s", config->bucket, host);
	if (style == 0)
		folder = pool_format(pool, "%s/%s", folder, config->bucket);
	*place_r = (struct s3_place){ .scheme = url.scheme,
		.host = host,
		.folder = folder,
		.is_https = strcmp(url.scheme, "https") == 0,
		.is_virtual = style == 1 };
	return 0;
}

void
s3_place_url(const struct s3_place *place, struct pool *pool, const char *key,
    const char *query, struct s3_url *url_r)
{
	const char *path = place->folder;

	if (key != NULL)
		path = pool_format(pool, "%s/%s", path,
		    url_encoded_path(pool, slice_str(key)));
	else if (path[0] == '\0')
		path = "/";
	url_r->path = path;
	url_r->url = pool_format(pool, "%s://%s%s%s%s", place->scheme,
	    place->host, path, query[0] == '\0' ? "" : "?", query);
}

const char *
s3_place_base(const struct s3_place *place, struct pool *pool)
{
	return pool_format(pool, "%s://%s%s", place->scheme, place->host,
	    place->folder);
}
