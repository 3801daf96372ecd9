/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/buf.h"
#include "codec/xml.h"
#include "s3/bucket.h"
#include "s3/call.h"

int
s3_bucket_head(struct s3_client *client, struct err *err)
{
	const struct s3_call call = { .method = "HEAD", .query = "" };

	if (s3_call_plain(client, &call, err) == 0)
		return 1;
	return s3_absent(err);
}

static int
create_in(struct s3_client *client, struct pool *pool, const char *region,
    struct err *err)
{
	struct s3_call call = { .method = "PUT", .query = "" };
	struct s3_body body;
	struct buf xml;

	if (region == NULL)
		return s3_call_plain(client, &call, err);
	buf_init(&xml, pool, FETCH_BODY_BYTES_MAX);
	(void)buf_str(&xml, "<CreateBucketConfiguration xmlns=\"http://s3."
	    "amazonaws.com/doc/2006-03-01/\"><LocationConstraint>");
	xml_escape(&xml, slice_str(region));
	(void)buf_str(&xml, "</LocationConstraint>"
	    "</CreateBucketConfiguration>");
	body = s3_body_text(pool, buf_view(&xml));
	call.body = &body;
	return s3_call_plain(client, &call, err);
}

/*
 * Some servers want the region named, some refuse it (RGW wants its zone group
 * or nothing, AWS nothing for us-east-1): ask without first.
 */
static int
create_somewhere(struct s3_client *client, struct pool *pool, struct err *err)
{
	if (create_in(client, pool, NULL, err) == 0)
		return 0;
	if (strstr(err->code, "LocationConstraint") == NULL)
		return -1;
	err_clear(err);
	return create_in(client, pool, s3_client_target(client)->region, err);
}

int
s3_bucket_create(struct s3_client *client, struct err *err)
{
	struct pool *pool;
	int result;

	if (s3_check_bucket(client->bucket, err) == -1)
		return -1;
	pool = pool_new();
	result = create_somewhere(client, pool, err);
	pool_free(&pool);
	if (result == 0 || strcmp(err->code, "BucketAlreadyOwnedByYou") != 0)
		return result;
	err_clear(err);
	return 0;
}

int
s3_bucket_put_policy(struct s3_client *client, const char *json,
    struct err *err)
{
	struct pool *pool = pool_new();
	struct s3_body body = s3_body_text(pool, slice_str(json));
	struct s3_call call = { .method = "PUT",
		.query = "policy=",
		.body = &body };
	int result;

	s3_call_header(&call, "content-type", "application/json");
	result = s3_call_plain(client, &call, err);
	pool_free(&pool);
	return result;
}
