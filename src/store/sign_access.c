/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "codec/hex.h"
#include "s3/post.h"
#include "store/sign_access.h"

enum { QUERY_MAX = 8 * 1024, CREATED = 201 };

struct draft {
	struct pool *pool;
	struct sign_header headers[S3_PRESIGN_HEADERS_MAX];
	size_t header_count;
	struct buf query;
};

static bool
is_given(const char *text)
{
	return text != NULL && *text != '\0';
}

static void
add_query(struct draft *draft, const char *name, const char *value)
{
	if (!is_given(value))
		return;
	(void)buf_format(&draft->query, "%s%s=",
	    draft->query.len > 0 ? "&" : "", name);
	url_encode(&draft->query, slice_str(value));
}

static void
add_header(struct draft *draft, const char *name, const char *value)
{
	if (is_given(value))
		draft->headers[draft->header_count++] =
		    (struct sign_header){ .name = name, .value = value };
}

static int
add_checksum(struct draft *draft, const char *sha256, struct err *err)
{
	struct slice bytes;

	if (!is_given(sha256))
		return 0;
	if (!hex_decode(draft->pool, slice_str(sha256), &bytes) ||
	    bytes.len != SHA256_BYTES)
		return err_set(err, ERR_INVALID,
		    "a SHA-256 has %d hex digits", STORE_SHA256_CHARS);
	add_header(draft, "x-amz-checksum-sha256",
	    base64_encode(draft->pool, bytes));
	return 0;
}

/*
 * What would make something else of an upload.  What merely describes the
 * object is left to whoever confirms it.
 */
static const char *const forbidden[] = { "x-amz-acl", "x-amz-copy-source",
	"x-amz-grant-full-control", "x-amz-grant-read",
	"x-amz-grant-read-acp", "x-amz-grant-write", "x-amz-grant-write-acp",
	"x-amz-object-lock-legal-hold", "x-amz-object-lock-mode",
	"x-amz-object-lock-retain-until-date", "x-amz-server-side-encryption",
	"x-amz-server-side-encryption-aws-kms-key-id",
	"x-amz-server-side-encryption-customer-algorithm",
	"x-amz-server-side-encryption-customer-key",
	"x-amz-server-side-encryption-customer-key-md5",
	"x-amz-storage-class",
	"x-amz-tagging", "x-amz-website-redirect-location" };

static void
forbid_headers(struct draft *draft)
{
	for (size_t i = 0; i < ARRAY_COUNT(forbidden); i++)
		draft->headers[draft->header_count++] = (struct sign_header){
			.name = forbidden[i]
		};
}

/* What a client must send, all of it signed. */
static int
add_conditions(struct draft *draft, const struct store_access *access,
    const char *acl, struct err *err)
{
	add_header(draft, "Content-Type", access->content_type);
	if (access->content_length >= 0)
		add_header(draft, "Content-Length",
		    pool_format(draft->pool, "%lld",
			(long long)access->content_length));
	/* Of a part only its length can be known beforehand. */
	if (is_given(access->upload_id))
		return 0;
	if (access->is_new_only)
		add_header(draft, "If-None-Match", "*");
	add_header(draft, "x-amz-acl", acl);
	return add_checksum(draft, access->sha256, err);
}

static int
make_draft(struct draft *draft, const struct store_access *access,
    const char *acl, struct err *err)
{
	buf_init(&draft->query, draft->pool, QUERY_MAX);
	if (is_given(access->upload_id)) {
		add_query(draft, "partNumber",
		    pool_format(draft->pool, "%d", access->part_number));
		add_query(draft, "uploadId", access->upload_id);
	}
	add_query(draft, "response-cache-control", access->response_cache);
	add_query(draft, "response-content-disposition",
	    access->response_disposition);
	add_query(draft, "response-content-type", access->response_type);
	if (buf_is_full(&draft->query))
		return err_set(err, ERR_INVALID,
		    "a presigned URL of more than %d bytes", QUERY_MAX);
	if (strcmp(access->method, "PUT") != 0)
		return 0;
	return add_conditions(draft, access, acl, err);
}

static const struct store_header *
copy_headers(struct pool *pool, const struct sign_header *from, size_t count)
{
	struct store_header *to = pool_alloc_array(pool, count, sizeof(*to));

	for (size_t i = 0; i < count; i++)
		to[i] = (struct store_header){ .name = from[i].name,
			.value = from[i].value };
	return to;
}

int
sign_access(struct pool *pool, const struct sign_by *by,
    const struct store_access *access, struct store_presigned *presigned_r,
    struct err *err)
{
	struct draft draft = { .pool = pool };
	struct s3_presign presign = { .method = access->method,
		.key = access->key,
		.expires_secs = access->expires_secs };
	struct s3_presigned presigned;

	if (make_draft(&draft, access, by->acl, err) == -1)
		return -1;
	if (by->can_forbid && strcmp(access->method, "PUT") == 0)
		forbid_headers(&draft);
	presign.query = draft.query.len > 0 ? draft.query.data : "";
	presign.headers = draft.headers;
	presign.header_count = draft.header_count;
	if (s3_presign(pool, by->signer, by->place, &presign, &presigned,
		err) == -1)
		return -1;
	*presigned_r = (struct store_presigned){ .method = access->method,
		.url = presigned.url,
		.headers = copy_headers(pool, presigned.headers,
		    presigned.header_count),
		.header_count = presigned.header_count,
		.expires_secs = presigned.expires_secs };
	return 0;
}

/* The caller's fields, and the ACL. */
static size_t
copy_fields(const struct sign_by *by, const struct store_form_access *access,
    struct sign_header *fields)
{
	size_t count = 0;

	for (; count < access->field_count; count++)
		fields[count] = (struct sign_header){
			.name = access->fields[count].name,
			.value = access->fields[count].value };
	if (by->acl != NULL)
		fields[count++] = (struct sign_header){ "acl", by->acl };
	return count;
}

int
sign_form_access(struct pool *pool, const struct sign_by *by,
    const struct store_form_access *access, struct store_form *form_r,
    struct err *err)
{
	struct sign_header *fields = pool_alloc_array(pool,
	    access->field_count + 1, sizeof(*fields));
	const struct s3_post post = { .bucket = by->bucket,
		.key = access->key,
		.key_prefix = access->key_prefix,
		.content_type = access->content_type,
		.min_bytes = access->min_bytes,
		.max_bytes = access->max_bytes,
		.fields = fields,
		.field_count = copy_fields(by, access, fields),
		.status = CREATED,
		.expires_secs = access->expires_secs };
	struct s3_post_form form;

	if (s3_post_sign(pool, by->signer, by->place, &post, &form, err) == -1)
		return -1;
	*form_r = (struct store_form){ .url = form.url,
		.fields = copy_headers(pool, form.fields, form.field_count),
		.field_count = form.field_count,
		.expires_secs = form.expires_secs };
	return 0;
}
