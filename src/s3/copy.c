/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "codec/xml.h"
#include "s3/multipart.h"
#include "s3/reply.h"

/* Of a copy by parts: large parts, for the bytes do not pass here. */
enum { COPY_PART_BYTES = 1024 * 1024 * 1024, PARTS_AT_ONCE = 4 };

void
s3_call_source(struct s3_call *call, const struct s3_client *client,
    struct pool *pool, const char *from_key, const char *if_match)
{
	s3_call_header(call, "x-amz-copy-source", pool_format(pool, "/%s/%s",
	    client->bucket, url_encoded_path(pool, slice_str(from_key))));
	s3_call_header(call, "x-amz-copy-source-if-match",
	    s3_etag_quote(pool, if_match));
}

struct copying {
	struct s3_client *client;
	struct pool *pool;
	const struct s3_copy *copy;
	struct s3_info source;
	bool is_unpinned; /* send no condition */
};

/*
 * How large the source is, and that it is the one: the condition of the copy
 * itself is not known to every server.
 */
static int
look_at_source(struct copying *copying, const char *if_match, struct err *err)
{
	const struct s3_copy *copy = copying->copy;
	int found = s3_head(copying->client, copying->pool, copy->from_key,
	    &copying->source, err);

	if (found == -1)
		return -1;
	if (found == 0)
		return err_set_code(err, ERR_NOT_FOUND, "NoSuchKey",
		    "no object to copy");
	if (if_match != NULL && strcmp(if_match, copying->source.etag) != 0)
		return err_set_code(err, ERR_CONFLICT, "PreconditionFailed",
		    "the object to copy has changed");
	return 0;
}

/* ---- in one piece ---- */

static int
copy_whole(const struct copying *copying, const char **etag_r,
    struct err *err)
{
	const struct s3_copy *copy = copying->copy;
	struct pool *pool = copying->pool;
	struct s3_call call = { .method = "PUT",
		.key = copy->to_key,
		.query = "",
		.has_late_errors = true,
		.work_bytes = copying->source.size_bytes };
	struct fetch_reply reply;
	const char *etag;

	s3_call_source(&call, copying->client, pool, copy->from_key,
	    copying->is_unpinned ? NULL : copy->if_match);
	s3_call_header(&call, "x-amz-metadata-directive", "REPLACE");
	s3_call_header(&call, "content-type", copy->content_type);
	s3_call_header(&call, "content-disposition",
	    copy->content_disposition);
	s3_call_header(&call, "cache-control", copy->cache_control);
	s3_call_header(&call, "x-amz-acl", copy->acl);
	if (s3_call_run(copying->client, pool, &call, &reply, err) == -1)
		return -1;
	etag = xml_text(pool, s3_reply_xml(pool, &reply),
	    "CopyObjectResult/ETag");
	*etag_r = s3_etag_unquote(pool, slice_str(etag));
	if ((*etag_r)[0] == '\0')
		return err_set(err, ERR_UPSTREAM,
		    "storage answered a copy with something else");
	return 0;
}

/* ---- by parts ---- */

/* Parts of one and the same source, several under way at a time. */
struct parts {
	const struct copying *copying;
	struct s3_upload *upload;
	struct s3_part ring[PARTS_AT_ONCE];
	int started, waited;
};

static int
start_part(struct parts *parts, int64_t offset, int64_t bytes,
    struct err *err)
{
	const struct copying *copying = parts->copying;
	const char *etag = copying->source.etag;
	struct s3_part *part = &parts->ring[parts->started % PARTS_AT_ONCE];

	part->number = parts->started + 1;
	part->source = (struct s3_source){
		.from_key = copying->copy->from_key,
		.if_match = etag[0] == '\0' || copying->is_unpinned ?
		    NULL : etag,
		.offset = offset,
		.bytes = bytes
	};
	if (s3_part_start(parts->upload, part, err) == -1)
		return -1;
	parts->started++;
	return 0;
}

static int
wait_part(struct parts *parts, struct err *err)
{
	struct s3_part *part = &parts->ring[parts->waited % PARTS_AT_ONCE];

	parts->waited++;
	return s3_part_wait(parts->upload, part, err);
}

static int
run_parts(struct parts *parts, struct err *err)
{
	int64_t size = parts->copying->source.size_bytes, bytes;
	int64_t max = parts->copying->client->copy_bytes_max;

	if (max > COPY_PART_BYTES)
		max = COPY_PART_BYTES;
	for (int64_t offset = 0; offset < size; offset += bytes) {
		bytes = size - offset < max ? size - offset : max;
		if (parts->started - parts->waited == PARTS_AT_ONCE &&
		    wait_part(parts, err) == -1)
			return -1;
		if (start_part(parts, offset, bytes, err) == -1)
			return -1;
	}
	while (parts->waited < parts->started)
		if (wait_part(parts, err) == -1)
			return -1;
	return 0;
}

static int
copy_parts(const struct copying *copying, struct s3_upload *upload,
    struct err *err)
{
	struct parts parts = { .copying = copying, .upload = upload };
	int result;

	for (int i = 0; i < PARTS_AT_ONCE; i++)
		parts.ring[i].pool = pool_new();
	result = run_parts(&parts, err);
	for (int i = 0; i < PARTS_AT_ONCE; i++) {
		s3_part_cancel(upload, &parts.ring[i]);
		pool_free(&parts.ring[i].pool);
	}
	return result;
}

static int
copy_by_parts(const struct copying *copying, const char **etag_r,
    struct err *err)
{
	const struct s3_copy *copy = copying->copy;
	const struct s3_put put = { .key = copy->to_key,
		.content_type = copy->content_type,
		.content_disposition = copy->content_disposition,
		.cache_control = copy->cache_control,
		.acl = copy->acl };
	struct s3_upload *upload;
	struct err ignored = ERR_INIT;

	if (s3_upload_create(copying->client, copying->pool, &put, &upload,
		err) == -1)
		return -1;
	if (copy_parts(copying, upload, err) == 0 &&
	    s3_upload_complete(upload, etag_r, err) == 0)
		return 0;
	if (s3_upload_abort(copying->client, put.key, s3_upload_id(upload),
		&ignored) == -1)
		log_warning(copying->client->log,
		    "S3: the parts of a copy stay behind: %s", ignored.text);
	return -1;
}

/* ---- one or the other ---- */

static int
copy_once(const struct copying *copying, const char **etag_r, struct err *err)
{
	if (copying->source.size_bytes <= copying->client->copy_bytes_max)
		return copy_whole(copying, etag_r, err);
	return copy_by_parts(copying, etag_r, err);
}

/*
 * Swift compares the condition with an ETag that nobody else gets to see, so
 * an object that was uploaded in parts never meets it.  Our looks before and
 * after stand in for it.
 */
static bool
is_condition_misread(const struct copying *copying, const struct err *err)
{
	return strcmp(err->code, "PreconditionFailed") == 0 &&
	    strchr(copying->source.etag, '-') != NULL;
}

static int
copy_unpinned(struct copying *copying, const char **etag_r, struct err *err)
{
	const struct s3_copy *copy = copying->copy;
	const char *etag = copying->source.etag;

	copying->is_unpinned = true;
	if (look_at_source(copying, etag, err) == -1 ||
	    copy_once(copying, etag_r, err) == -1)
		return -1;
	/* Copied onto itself it may have become another. */
	if (strcmp(copy->from_key, copy->to_key) == 0)
		return 0;
	return look_at_source(copying, etag, err);
}

int
s3_copy(struct s3_client *client, struct pool *pool,
    const struct s3_copy *copy, const char **etag_r, struct err *err)
{
	struct copying copying = { .client = client,
		.pool = pool,
		.copy = copy };

	if (look_at_source(&copying, copy->if_match, err) == -1)
		return -1;
	if (copy_once(&copying, etag_r, err) == 0)
		return 0;
	if (!is_condition_misread(&copying, err))
		return -1;
	err_clear(err);
	return copy_unpinned(&copying, etag_r, err);
}
