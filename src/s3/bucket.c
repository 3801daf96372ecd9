/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/buf.h"
#include "codec/xml.h"
#include "s3/bucket.h"
#include "s3/call.h"
#include "s3/reply.h"

enum { DOCUMENT_MAX = 1024 * 1024 };

/* ---- being there ---- */

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

/* ---- answers ---- */

/* Some servers answer a sub-resource they do not know with a list. */
static int
unknown_call(struct err *err)
{
	return err_set_code(err, ERR_UPSTREAM, "NotImplemented",
	    "storage answered something else: this server cannot do that");
}

static void
match_root(void *arg, const char *path, const char *text)
{
	const char **root = arg;

	(void)text;
	if (*root != NULL && strcmp(path, *root) == 0)
		*root = NULL;
}

static int
check_root(struct slice xml, const char *root, struct err *err)
{
	struct err ignored = ERR_INIT;

	if (xml_parse(xml, match_root, &root, &ignored) == -1 || root != NULL)
		return unknown_call(err);
	return 0;
}

/* ---- location ---- */

static int
read_location(struct pool *pool, const struct fetch_reply *reply,
    const char **region_r, struct err *err)
{
	struct slice xml = s3_reply_xml(pool, reply);
	const char *region;

	if (check_root(xml, "LocationConstraint", err) == -1)
		return -1;
	region = xml_text(pool, xml, "LocationConstraint");
	/* Of the time when there were two. */
	if (strcmp(region, "EU") == 0)
		region = "eu-west-1";
	*region_r = region[0] == '\0' ? "us-east-1" : region;
	return 0;
}

int
s3_bucket_location(struct s3_client *client, struct pool *pool,
    const char **region_r, struct err *err)
{
	const struct s3_call call = { .method = "GET", .query = "location=" };
	struct fetch_reply reply;

	if (s3_call_run(client, pool, &call, &reply, err) == -1)
		return -1;
	return read_location(pool, &reply, region_r, err);
}

/* ---- documents about the bucket ---- */

struct document {
	const char *query, *type;
	const char *root; /* NULL: JSON */
};

static const struct document policy = { "policy=", "application/json", NULL };
static const struct document cors = { "cors=", "application/xml",
	"CORSConfiguration" };
static const struct document lifecycle = { "lifecycle=", "application/xml",
	"LifecycleConfiguration" };

static int
put_document(struct s3_client *client, const struct document *document,
    const char *text, struct err *err)
{
	struct pool *pool = pool_new();
	struct s3_body body = s3_body_text_md5(pool, slice_str(text));
	struct s3_call call = { .method = "PUT",
		.query = document->query,
		.body = &body };
	int result;

	s3_call_header(&call, "content-type", document->type);
	result = s3_call_plain(client, &call, err);
	pool_free(&pool);
	return result;
}

static int
check_document(const struct document *document, struct slice text,
    struct err *err)
{
	if (document->root != NULL)
		return check_root(text, document->root, err);
	if (slice_has_prefix(text, "{"))
		return 0;
	return unknown_call(err);
}

static int
get_document(struct s3_client *client, struct pool *pool,
    const struct document *document, const char **text_r, struct err *err)
{
	const struct s3_call call = { .method = "GET",
		.query = document->query,
		.reply_max_bytes = DOCUMENT_MAX };
	struct fetch_reply reply;
	struct slice text;

	if (s3_call_run(client, pool, &call, &reply, err) == -1)
		return s3_absent(err);
	text = s3_reply_xml(pool, &reply);
	if (check_document(document, text, err) == -1)
		return -1;
	*text_r = slice_dup(pool, text);
	return 1;
}

int
s3_bucket_put_policy(struct s3_client *client, const char *json,
    struct err *err)
{
	return put_document(client, &policy, json, err);
}

int
s3_bucket_put_cors(struct s3_client *client, const char *xml, struct err *err)
{
	return put_document(client, &cors, xml, err);
}

int
s3_bucket_put_lifecycle(struct s3_client *client, const char *xml,
    struct err *err)
{
	return put_document(client, &lifecycle, xml, err);
}

int
s3_bucket_get_policy(struct s3_client *client, struct pool *pool,
    const char **json_r, struct err *err)
{
	return get_document(client, pool, &policy, json_r, err);
}

int
s3_bucket_get_cors(struct s3_client *client, struct pool *pool,
    const char **xml_r, struct err *err)
{
	return get_document(client, pool, &cors, xml_r, err);
}

int
s3_bucket_get_lifecycle(struct s3_client *client, struct pool *pool,
    const char **xml_r, struct err *err)
{
	return get_document(client, pool, &lifecycle, xml_r, err);
}
