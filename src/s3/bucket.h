/*
 * The bucket itself: being there, region, policy, CORS, lifecycle.
 *
 * Documents are made by pure functions, so that a command can print what it
 * would apply.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_BUCKET_H
#define S3_BUCKET_H

#include "s3/client.h"

/* 1 there, 0 not, -1. */
int s3_bucket_head(struct s3_client *client, struct err *err) ATTR_MUST_USE;
/* A bucket that is ours already is a success. */
int s3_bucket_create(struct s3_client *client, struct err *err) ATTR_MUST_USE;
/* Its region; "us-east-1" where the server names none. */
int s3_bucket_location(struct s3_client *client, struct pool *pool,
    const char **region_r, struct err *err) ATTR_MUST_USE;

int s3_bucket_put_policy(struct s3_client *client, const char *json,
    struct err *err) ATTR_MUST_USE;
int s3_bucket_put_cors(struct s3_client *client, const char *xml,
    struct err *err) ATTR_MUST_USE;
int s3_bucket_put_lifecycle(struct s3_client *client, const char *xml,
    struct err *err) ATTR_MUST_USE;
/*
 * 1 with the document, 0 when there is none, -1; ERR_UPSTREAM "NotImplemented"
 * when the server has no such thing, however it says so.
 */
int s3_bucket_get_policy(struct s3_client *client, struct pool *pool,
    const char **json_r, struct err *err) ATTR_MUST_USE;
int s3_bucket_get_cors(struct s3_client *client, struct pool *pool,
    const char **xml_r, struct err *err) ATTR_MUST_USE;
int s3_bucket_get_lifecycle(struct s3_client *client, struct pool *pool,
    const char **xml_r, struct err *err) ATTR_MUST_USE;

/*
 * Browsers of these origins (at least one, NULL at the end) may PUT, POST, GET
 * and HEAD, and read ETag.  Headers are named one by one: some servers want
 * content-type spelt out.
 */
const char *s3_cors_xml(struct pool *pool, const char *const *origins);

struct s3_lifecycle {
	const char *temp_prefix; /* objects below it expire; "" for none */
	int temp_days;
	int abort_days; /* of unfinished multipart uploads; 0: no such rule */
};
const char *s3_lifecycle_xml(struct pool *pool,
    const struct s3_lifecycle *rules);

#endif
