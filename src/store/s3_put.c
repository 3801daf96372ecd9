/*
 * What all ways of sending an object to S3 share: writer, queue, transfer.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "codec/hex.h"
#include "store/s3_store.h"

struct s3_put
s3_store_put(const struct s3_store *store, const struct store_object *object)
{
	return (struct s3_put){ .key = object->key,
		.content_type = object->content_type,
		.content_disposition = object->content_disposition,
		.cache_control = object->cache_control,
		.acl = s3_store_acl(store, object->key),
		.is_new_only = object->is_new_only &&
		    store->can_write_conditionally };
}

int
s3_store_refuse_existing(const struct s3_store *store, struct pool *pool,
    const struct store_object *object, struct err *err)
{
	struct s3_info info;
	int found;

	if (!object->is_new_only || store->can_write_conditionally)
		return 0;
	found = s3_head(store->client, pool, object->key, &info, err);
	if (found == 1)
		return err_set(err, ERR_CONFLICT, "the object exists");
	return found;
}

void
s3_store_add_checksum(const struct s3_store *store, struct pool *pool,
    struct s3_put *put)
{
	struct slice digest;

	if (store->checksum == S3_CHECKSUM_SHA256 &&
	    hex_decode(pool, slice_str(put->body.sha256), &digest))
		put->checksum_sha256 = base64_encode(pool, digest);
}

int
s3_store_add_body(const struct s3_store *store, struct pool *pool,
    const struct store_source *source, struct s3_put *put, struct err *err)
{
	const struct s3_file file = { .fd = source->fd,
		.bytes = source->size_bytes };
	bool want_md5 = store->checksum == S3_CHECKSUM_MD5;

	if (source->fd == -1)
		put->body = want_md5 ? s3_body_text_md5(pool, source->text) :
				       s3_body_text(pool, source->text);
	else if (s3_body_file(pool, &file, want_md5, &put->body, err) == -1 ||
	    store_source_check(source, err) == -1)
		return -1;
	s3_store_add_checksum(store, pool, put);
	return 0;
}

void
s3_fill_stored(struct store_stored *stored_r, int64_t size_bytes,
    const char *sha256, const char *etag)
{
	*stored_r = (struct store_stored){ .size_bytes = size_bytes };
	if (strlen(sha256) == STORE_SHA256_CHARS)
		memcpy(stored_r->sha256, sha256, STORE_SHA256_CHARS);
	if (strlen(etag) < sizeof(stored_r->etag))
		memcpy(stored_r->etag, etag, strlen(etag));
}
