/*
 * From endpoint, bucket and key to URL and Host.
 *
 * Path style is https://HOST/BUCKET/KEY, virtual style https://BUCKET.HOST/KEY.
 * "auto" takes virtual style for AWS and for an endpoint whose host begins
 * with the bucket's name already, path style for every other endpoint and for
 * a bucket with dots, which certificates do not cover.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_URL_H
#define S3_URL_H

#include <stdbool.h>

#include "base/err.h"
#include "base/pool.h"
#include "codec/url.h"

struct s3_place_config {
	const char *endpoint; /* "" for AWS */
	const char *region;
	const char *bucket;
	const char *addressing; /* "auto", "path" or "virtual" */
};

/* A bucket, seen from outside. */
struct s3_place {
	const char *scheme;
	const char *host;   /* as it is signed: no default port */
	const char *folder; /* before "/KEY": "" or "/BUCKET" */
	bool is_https, is_virtual;
};

struct s3_url {
	const char *url; /* with the query */
	const char *path;
};

/* ERR_INVALID says what is wrong with the configuration. */
int s3_place_init(struct s3_place *place_r, struct pool *pool,
    const struct s3_place_config *config, struct err *err) ATTR_MUST_USE;

/* key NULL: the bucket itself.  The query is encoded; "" for none. */
void s3_place_url(const struct s3_place *place, struct pool *pool,
    const char *key, const char *query, struct s3_url *url_r);

/* The Host of a URL as clients send and sign it: without a default port. */
const char *s3_host_of_url(struct pool *pool, const struct url *url);

/* The bucket's URL without "/" at its end. */
const char *s3_place_base(const struct s3_place *place, struct pool *pool);

/*
 * The rules for new buckets: 3 to 63 of a-z 0-9 . -, no IP address.
 * ERR_INVALID otherwise.
 */
int s3_check_bucket(const char *bucket, struct err *err) ATTR_MUST_USE;

#endif
