/*
 * Presigned requests of the S3 driver: which headers and parameters make a URL
 * permit one thing and nothing else.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/buf.h"
#include "codec/hex.h"
#include "codec/url.h"
#include "s3/post.h"
#include "s3/presign.h"
#include "store/s3_store.h"

enum { QUERY_MAX = 8 * 1024, FORM_FIELDS_MAX = 16, CREATED = 201 };

/* Headers and fields are the same pairs on both sides. */
static const struct store_header *
store_headers(struct pool *pool, const struct sign_header *headers,
    size_t count)
{
	struct store_header *copies = pool_alloc_array(pool, count + 1,
	    sizeof(*copies));

	for (size_t i = 0; i < count; i++)
		copies[i] = (struct store_header){ .name = headers[i].name,
			.value = headers[i].value };
	return copies;
}

/* ---- the place ---- */

/*
 * Decision 11: the host browsers reach.  Without a setting it is the one we
 * use ourselves, which may have moved to another region.
 */
static const struct s3_place *
place_of(const struct s3_store *store)
{
	return store->has_presign_place ? &store->presign_place :
					  s3_client_place(store->client);
}

/* ---- URLs ---- */

static void
add_parameter(struct buf *query, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	(void)buf_format(query, "%s%s=", query->len > 0 ? "&" : "", name);
	url_encode(query, slice_str(value));
}

static int
make_query(struct pool *pool, const struct store_access *access,
    const char **query_r, struct err *err)
{
	struct buf query;

	buf_init(&query, pool, QUERY_MAX);
	if (access->upload_id != NULL) {
		add_parameter(&query, "partNumber",
		    pool_format(pool, "%d", access->part_number));
		add_parameter(&query, "uploadId", access->upload_id);
	}
	add_parameter(&query, "response-cache-control",
	    access->response_cache);
	add_parameter(&query, "response-content-disposition",
	    access->response_disposition);
	add_parameter(&query, "response-content-type", access->response_type);
	if (buf_is_full(&query))
		return err_set(err, ERR_TOO_LARGE,
		    "presigned URL would be too long");
	*query_r = slice_dup(pool, buf_view(&query));
	return 0;
}

struct header_list {
	struct sign_header headers[S3_PRESIGN_HEADERS_MAX];
	size_t count;
};

static void
add_header(struct header_list *list, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	list->headers[list->count++] = (struct sign_header){ .name = name,
		.value = value };
}

/* From hex, as settings and clients have it, to base64, as S3 has it. */
static int
add_checksum(struct header_list *list, struct pool *pool, const char *sha256,
    struct err *err)
{
	struct slice bytes;

	if (!hex_decode(pool, slice_str(sha256), &bytes) ||
	    bytes.len != SHA256_BYTES)
		return err_set(err, ERR_INVALID,
		    "SHA-256: 64 hexadecimal digits");
	add_header(list, "x-amz-checksum-sha256", base64_encode(pool, bytes));
	return 0;
}

/* What the sender must send so: another size, type or content is refused. */
static int
put_headers(const struct s3_store *store, struct pool *pool,
    const struct store_access *access, struct header_list *list,
    struct err *err)
{
	add_header(list, "content-type", access->content_type);
	if (access->content_length >= 0)
		add_header(list, "content-length",
		    pool_format(pool, "%lld",
			(long long)access->content_length));
	if (access->upload_id != NULL)
		return 0;
	if (access->is_new_only && store->can_write_conditionally)
		add_header(list, "if-none-match", "*");
	add_header(list, "x-amz-acl", s3_store_acl(store, access->key));
	if (access->sha256 != NULL && store->base.traits.signs_checksum)
		return add_checksum(list, pool, access->sha256, err);
	return 0;
}

int
s3_store_presign(struct store *base, struct pool *pool,
    const struct store_access *access, struct store_presigned *presigned_r,
    struct err *err)
{
	const struct s3_store *store = (const struct s3_store *)base;
	struct header_list list = { .count = 0 };
	struct s3_presigned presigned;
	struct s3_presign presign;
	struct signer signer;
	const char *query;

	if (make_query(pool, access, &query, err) == -1)
		return -1;
	if (strcmp(access->method, "PUT") == 0 &&
	    put_headers(store, pool, access, &list, err) == -1)
		return -1;
	if (s3_client_signer(store->client, pool, &signer, err) == -1)
		return -1;
	presign = (struct s3_presign){ .method = access->method,
		.key = access->key,
		.query = query,
		.headers = list.headers,
		.header_count = list.count,
		.expires_secs = access->expires_secs };
	if (s3_presign(pool, &signer, place_of(store), &presign, &presigned,
		err) == -1)
		return -1;
	*presigned_r = (struct store_presigned){ .method = access->method,
		.url = presigned.url,
		.headers = store_headers(pool, presigned.headers,
		    presigned.header_count),
		.header_count = presigned.header_count,
		.expires_secs = presigned.expires_secs };
	return 0;
}

/* ---- forms ---- */

int
s3_store_presign_form(struct store *base, struct pool *pool,
    const struct store_form_access *access, struct store_form *form_r,
    struct err *err)
{
	const struct s3_store *store = (const struct s3_store *)base;
	struct sign_header fields[FORM_FIELDS_MAX + 1];
	struct s3_post post = { .bucket = base->bucket,
		.key = access->key,
		.key_prefix = access->key_prefix,
		.content_type = access->content_type,
		.min_bytes = access->min_bytes,
		.max_bytes = access->max_bytes,
		.fields = fields,
		.status = CREATED,
		.expires_secs = access->expires_secs };
	struct s3_post_form form;
	struct signer signer;

	if (!base->traits.can_post_forms)
		return err_set(err, ERR_UNSUPPORTED,
		    "this storage takes no uploads by form");
	if (access->field_count > FORM_FIELDS_MAX)
		return err_set(err, ERR_INVALID, "too many form fields");
	for (size_t i = 0; i < access->field_count; i++)
		fields[post.field_count++] = (struct sign_header){
			.name = access->fields[i].name,
			.value = access->fields[i].value
		};
	if (store->wants_acl)
		fields[post.field_count++] = (struct sign_header){
			.name = "acl", .value = s3_store_acl(store, access->key) };
	if (s3_client_signer(store->client, pool, &signer, err) == -1)
		return -1;
	if (s3_post_sign(pool, &signer, place_of(store), &post, &form, err) ==
	    -1)
		return -1;
	*form_r = (struct store_form){ .url = form.url,
		.fields = store_headers(pool, form.fields, form.field_count),
		.field_count = form.field_count,
		.expires_secs = form.expires_secs };
	return 0;
}
