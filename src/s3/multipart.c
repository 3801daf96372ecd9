/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/buf.h"
#include "codec/hex.h"
#include "codec/url.h"
#include "codec/xml.h"
#include "s3/multipart.h"
#include "s3/reply.h"

enum {
	UPLOAD_ID_MAX = 1024,
	MANIFEST_MAX = 4 * 1024 * 1024,
	MD5_CHARS = 2 * MD5_BYTES,
	/* Servers may need minutes to put a large object together. */
	PATIENCE = 4
};

struct s3_upload {
	struct s3_client *client;
	struct pool *pool;
	const char *key, *id;
	bool is_new_only;
	int part_count;
	int64_t size_bytes;
	bool has_unknown_sizes;
	struct buf manifest; /* of the parts that were waited for */
	/* The parts' ETags as bytes, where they are MD5s. */
	struct buf md5s;
	bool has_md5_etags;
};

static const char *
upload_query(struct pool *pool, const char *id)
{
	return pool_format(pool, "uploadId=%s",
	    url_encoded(pool, slice_str(id)));
}

/* ---- create ---- */

static int
read_upload_id(struct s3_upload *upload, const struct fetch_reply *reply,
    struct err *err)
{
	struct slice xml = s3_reply_xml(upload->pool, reply);
	const char *id = xml_text(upload->pool, xml,
	    "InitiateMultipartUploadResult/UploadId");

	if (id[0] == '\0' || strlen(id) > UPLOAD_ID_MAX)
		return err_set(err, ERR_UPSTREAM,
		    "storage named no upload id");
	upload->id = id;
	return 0;
}

static struct s3_upload *
new_upload(struct s3_client *client, struct pool *pool,
    const struct s3_put *put)
{
	struct s3_upload *upload = POOL_NEW(pool, struct s3_upload);

	upload->client = client;
	upload->pool = pool;
	upload->key = pool_strdup(pool, put->key);
	upload->is_new_only = put->is_new_only;
	buf_init(&upload->md5s, pool, (size_t)S3_PARTS_MAX * MD5_BYTES);
	upload->has_md5_etags = true;
	buf_init(&upload->manifest, pool, MANIFEST_MAX);
	(void)buf_str(&upload->manifest, "<CompleteMultipartUpload xmlns="
	    "\"http://s3.amazonaws.com/doc/2006-03-01/\">");
	return upload;
}

int
s3_upload_create(struct s3_client *client, struct pool *pool,
    const struct s3_put *put, struct s3_upload **upload_r, struct err *err)
{
	struct s3_upload *upload = new_upload(client, pool, put);
	/* An upload more than needed costs space until somebody aborts it. */
	struct s3_call call = { .method = "POST",
		.key = put->key,
		.query = "uploads=",
		.rule = RETRY_IF_REFUSED };
	struct fetch_reply reply;

	s3_call_header(&call, "content-type", put->content_type);
	s3_call_header(&call, "content-disposition", put->content_disposition);
	s3_call_header(&call, "cache-control", put->cache_control);
	s3_call_header(&call, "x-amz-acl", put->acl);
	if (s3_call_run(client, pool, &call, &reply, err) == -1 ||
	    read_upload_id(upload, &reply, err) == -1)
		return -1;
	*upload_r = upload;
	return 0;
}

struct s3_upload *
s3_upload_resume(struct s3_client *client, struct pool *pool,
    const struct s3_put *put, const char *upload_id)
{
	struct s3_upload *upload = new_upload(client, pool, put);

	upload->id = pool_strdup(pool, upload_id);
	return upload;
}

const char *
s3_upload_id(const struct s3_upload *upload)
{
	return upload->id;
}

/* ---- parts ---- */

static void
describe_source(const struct s3_upload *upload, struct s3_part *part)
{
	const struct s3_source *source = &part->source;
	struct s3_call *call = &part->task.call;

	call->has_late_errors = true;
	call->work_bytes = source->bytes;
	s3_call_source(call, upload->client, part->pool, source->from_key,
	    source->if_match);
	s3_call_header(call, "x-amz-copy-source-range",
	    pool_format(part->pool, "bytes=%lld-%lld",
		(long long)source->offset,
		(long long)(source->offset + source->bytes - 1)));
}

int
s3_part_start(struct s3_upload *upload, struct s3_part *part, struct err *err)
{
	if (part->number > S3_PARTS_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "an object has at most %d parts", S3_PARTS_MAX);
	part->task.pool = part->pool;
	part->task.call = (struct s3_call){ .method = "PUT",
		.key = upload->key,
		.query = pool_format(part->pool, "partNumber=%d&%s",
		    part->number, upload_query(part->pool, upload->id)) };
	if (part->source.from_key != NULL)
		describe_source(upload, part);
	else
		part->task.call.body = &part->body;
	return s3_task_start(upload->client, &part->task, err);
}

static void
note_etag(struct s3_upload *upload, struct pool *pool, const char *etag)
{
	struct slice md5;

	if (upload->has_md5_etags && strlen(etag) == MD5_CHARS &&
	    hex_decode(pool, slice_str(etag), &md5))
		(void)buf_slice(&upload->md5s, md5);
	else
		upload->has_md5_etags = false;
}

int
s3_part_adopt(struct s3_upload *upload, const struct s3_known_part *part,
    struct err *err)
{
	/* It may come from a stranger. */
	if (s3_etag_unquote(upload->pool, slice_str(part->etag))[0] == '\0')
		return err_set(err, ERR_INVALID, "part %d: impossible ETag",
		    part->number);
	note_etag(upload, upload->pool, part->etag);
	(void)buf_format(&upload->manifest, "<Part><PartNumber>%d</PartNumber>"
	    "<ETag>&quot;%s&quot;</ETag></Part>", part->number, part->etag);
	if (buf_is_full(&upload->manifest))
		return err_set(err, ERR_UPSTREAM, "ETags are too long");
	upload->part_count++;
	if (part->size_bytes == -1)
		upload->has_unknown_sizes = true;
	else
		upload->size_bytes += part->size_bytes;
	return 0;
}

/* A copied part has its ETag in the body. */
static const char *
part_etag(const struct s3_part *part)
{
	const struct fetch_reply *reply = part->task.reply;

	if (part->source.from_key == NULL)
		return s3_reply_etag(reply, part->pool);
	return s3_etag_unquote(part->pool, slice_str(xml_text(part->pool,
	    s3_reply_xml(part->pool, reply), "CopyPartResult/ETag")));
}

static int
add_part(struct s3_upload *upload, const struct s3_part *part,
    struct err *err)
{
	const struct s3_known_part known = { .number = part->number,
		.size_bytes = part->source.from_key != NULL ?
		    part->source.bytes : s3_body_bytes(&part->body),
		.etag = part_etag(part) };

	if (known.etag[0] == '\0')
		return err_set(err, ERR_UPSTREAM,
		    "storage named no ETag for a part");
	return s3_part_adopt(upload, &known, err);
}

int
s3_part_wait(struct s3_upload *upload, struct s3_part *part, struct err *err)
{
	int result = s3_task_wait(&part->task, err);

	if (result == 0)
		result = add_part(upload, part, err);
	pool_clear(part->pool);
	if (result == -1)
		return err_wrap(err, "part %d", part->number);
	return 0;
}

void
s3_part_cancel(struct s3_upload *upload, struct s3_part *part)
{
	(void)upload;
	if (!part->task.is_running)
		return;
	s3_task_cancel(&part->task);
	pool_clear(part->pool);
}

/* ---- complete ---- */

const char *
s3_upload_expected_etag(const struct s3_upload *upload)
{
	struct digest *digest;
	uint8_t md5[MD5_BYTES];

	if (!upload->has_md5_etags)
		return NULL;
	digest = digest_new(upload->pool, DIGEST_MD5);
	digest_update(digest, buf_view(&upload->md5s));
	digest_finish(digest, md5);
	return pool_format(upload->pool, "%s-%d",
	    hex_encode(upload->pool, slice_make(md5, sizeof(md5))),
	    upload->part_count);
}

static bool
is_our_object(const struct s3_upload *upload, const struct s3_info *info)
{
	const char *expected = s3_upload_expected_etag(upload), *end;

	if (!upload->has_unknown_sizes &&
	    info->size_bytes != upload->size_bytes)
		return false;
	if (expected != NULL)
		return strcmp(info->etag, expected) == 0;
	/* Nothing would tell it from another object of so many parts. */
	if (upload->has_unknown_sizes)
		return false;
	end = pool_format(upload->pool, "-%d", upload->part_count);
	return slice_has_suffix(slice_str(info->etag), end);
}

/*
 * No answer, an unclear one, or (to a second try) "no such upload": the object
 * itself knows.
 */
static bool
is_settled(const struct s3_upload *upload, const char **etag_r)
{
	struct s3_info info;
	struct err err = ERR_INIT;

	if (s3_head(upload->client, upload->pool, upload->key, &info, &err) !=
		1 ||
	    !is_our_object(upload, &info))
		return false;
	*etag_r = info.etag;
	return true;
}

/* A conflict may be with what an earlier attempt made. */
static bool
is_unclear(const struct err *err, int attempt)
{
	return err->kind == ERR_UNAVAILABLE || err->kind == ERR_NOT_FOUND ||
	    (err->kind == ERR_CONFLICT && attempt > 1);
}

static const char *
completed_etag(struct pool *pool, const struct fetch_reply *reply)
{
	const char *etag = xml_text(pool, s3_reply_xml(pool, reply),
	    "CompleteMultipartUploadResult/ETag");

	return s3_etag_unquote(pool, slice_str(etag));
}

static int
complete(struct s3_upload *upload, const struct s3_call *call,
    const char **etag_r, struct err *err)
{
	struct s3_attempts attempts;
	struct fetch_reply reply;

	s3_attempts_begin(&attempts, upload->client, upload->pool, call);
	while (s3_attempt_run(&attempts, &reply, err) == -1) {
		if (is_unclear(err, attempts.count) &&
		    is_settled(upload, etag_r))
			return 0;
		if (!s3_attempt_again(&attempts, &reply, err))
			return -1;
	}
	*etag_r = completed_etag(upload->pool, &reply);
	return 0;
}

int
s3_upload_complete(struct s3_upload *upload, const char **etag_r,
    struct err *err)
{
	struct s3_call call = { .method = "POST",
		.key = upload->key,
		.query = upload_query(upload->pool, upload->id),
		.patience = PATIENCE,
		.has_late_errors = true };
	struct s3_body body;

	(void)buf_str(&upload->manifest, "</CompleteMultipartUpload>");
	body = s3_body_text(upload->pool, buf_view(&upload->manifest));
	call.body = &body;
	s3_call_header(&call, "content-type", "application/xml");
	s3_call_header(&call, "if-none-match",
	    upload->is_new_only ? "*" : NULL);
	if (complete(upload, &call, etag_r, err) == -1)
		return -1;
	err_clear(err);
	if ((*etag_r)[0] == '\0' && s3_upload_expected_etag(upload) != NULL)
		*etag_r = s3_upload_expected_etag(upload);
	return 0;
}

/* ---- abort ---- */

int
s3_upload_abort(struct s3_client *client, const char *key,
    const char *upload_id, struct err *err)
{
	struct pool *pool = pool_new();
	const struct s3_call call = { .method = "DELETE",
		.key = key,
		.query = upload_query(pool, upload_id) };
	struct fetch_reply reply;
	int result = s3_call_run(client, pool, &call, &reply, err);

	pool_free(&pool);
	return result == 0 ? 0 : s3_absent(err);
}
