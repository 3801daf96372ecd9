/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/file.h"
#include "codec/digest.h"
#include "codec/hex.h"
#include "s3/client.h"

enum { CHUNK_BYTES = 64 * 1024 };

int64_t
s3_body_bytes(const struct s3_body *body)
{
	if (body->spool != NULL)
		return body->spool->size_bytes;
	return body->file.bytes > 0 ? body->file.bytes :
				      (int64_t)body->text.len;
}

static int
read_file(const struct s3_file *file, int64_t offset, void *data, size_t len,
    size_t *got_r, struct err *err)
{
	int64_t left = file->bytes - offset;

	if (left < 0)
		left = 0;
	*got_r = (int64_t)len < left ? len : (size_t)left;
	return file_read_at(file->fd, file->offset + offset, data, *got_r, err);
}

int
s3_body_read(const struct s3_body *body, int64_t offset, void *data, size_t len,
    size_t *got_r, struct err *err)
{
	struct slice rest;

	if (body->spool != NULL)
		return spool_read(body->spool, offset, data, len, got_r, err);
	if (body->file.bytes > 0)
		return read_file(&body->file, offset, data, len, got_r, err);
	rest = slice_from(body->text, (size_t)offset);
	*got_r = len < rest.len ? len : rest.len;
	memcpy(data, rest.data, *got_r);
	return 0;
}

struct s3_body
s3_body_text(struct pool *pool, struct slice text)
{
	uint8_t hash[SHA256_BYTES];

	sha256(text, hash);
	return (struct s3_body){
		.text = text,
		.sha256 = hex_encode(pool, slice_make(hash, sizeof(hash)))
	};
}

static const char *
finish_md5(struct digest *digest, struct pool *pool)
{
	uint8_t hash[MD5_BYTES];

	digest_finish(digest, hash);
	return base64_encode(pool, slice_make(hash, sizeof(hash)));
}

struct s3_body
s3_body_text_md5(struct pool *pool, struct slice text)
{
	struct s3_body body = s3_body_text(pool, text);
	struct digest *digest = digest_new(pool, DIGEST_MD5);

	digest_update(digest, text);
	body.md5 = finish_md5(digest, pool);
	return body;
}

/* Feed the whole file to one or two digests; one of them may be NULL. */
static int
hash_file(const struct s3_body *body, struct digest *sha256,
    struct digest *md5, struct err *err)
{
	struct pool *pool = pool_new();
	char *chunk = pool_alloc(pool, CHUNK_BYTES);
	int64_t offset = 0;
	size_t got;
	int result;

	do {
		result = s3_body_read(body, offset, chunk, CHUNK_BYTES, &got,
		    err);
		if (result == -1)
			break;
		if (sha256 != NULL)
			digest_update(sha256, slice_make(chunk, got));
		if (md5 != NULL)
			digest_update(md5, slice_make(chunk, got));
		offset += (int64_t)got;
	} while (got > 0);
	pool_free(&pool);
	return result;
}

int
s3_body_file(struct pool *pool, const struct s3_file *file, bool want_md5,
    struct s3_body *body_r, struct err *err)
{
	struct digest *whole = digest_new(pool, DIGEST_SHA256);
	struct digest *md5 = want_md5 ? digest_new(pool, DIGEST_MD5) : NULL;
	uint8_t hash[SHA256_BYTES];

	*body_r = (struct s3_body){ .file = *file, .text = slice_str("") };
	if (hash_file(body_r, whole, md5, err) == -1)
		return -1;
	digest_finish(whole, hash);
	body_r->sha256 = hex_encode(pool, slice_make(hash, sizeof(hash)));
	if (md5 != NULL)
		body_r->md5 = finish_md5(md5, pool);
	return 0;
}

int
s3_file_md5(struct pool *pool, const struct s3_file *file, const char **md5_r,
    struct err *err)
{
	const struct s3_body body = { .file = *file, .text = slice_str("") };
	struct digest *md5 = digest_new(pool, DIGEST_MD5);
	uint8_t hash[MD5_BYTES];

	if (hash_file(&body, NULL, md5, err) == -1)
		return -1;
	digest_finish(md5, hash);
	*md5_r = hex_encode(pool, slice_make(hash, sizeof(hash)));
	return 0;
}
