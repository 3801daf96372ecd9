/*
 * One object on its way to S3.
 *
 * Bytes collect in a spool of at most part_bytes.  If the object ends there it
 * leaves with one PUT.  Otherwise the full spool becomes a part, which is sent
 * while the next one fills: part_concurrency parts under way, and one that
 * fills, each in a slot of a ring.  All parts but the last have the same size.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "codec/digest.h"
#include "codec/hex.h"
#include "s3/multipart.h"
#include "store/s3_store.h"

enum { HASH_CHUNK_BYTES = 64 * 1024 };

struct slot {
	struct spool spool;
	struct s3_part part;
};

struct s3_writer {
	struct store_writer base;
	struct s3_store *store;
	struct digest *whole; /* SHA-256 of the object */
	struct digest *part;  /* of the part that fills, from the second on */
	struct digest *md5;   /* of what fills; NULL: not wanted */
	int64_t size_bytes;
	struct s3_upload *upload; /* NULL until there are parts */
	int slot_count;
	int part_number;   /* of the slot that fills, from 1 */
	int oldest_number; /* of the first part not waited for */
	struct slot *slots;
};

static struct s3_writer *
s3_writer(struct store_writer *writer)
{
	return (struct s3_writer *)writer;
}

static struct slot *
slot_of(struct s3_writer *writer, int part_number)
{
	return &writer->slots[(part_number - 1) % writer->slot_count];
}

static void
free_pool(void *arg)
{
	struct pool *pool = arg;

	pool_free(&pool);
}

/*
 * Everything that is released with the pool is made here: store.c's hook,
 * which comes later, then runs before and can still break off the parts.
 */
int
s3_writer_open(struct store *store, struct pool *pool,
    const struct store_object *object, struct store_writer **writer_r,
    struct err *err)
{
	struct s3_writer *writer = POOL_NEW(pool, struct s3_writer);

	(void)object;
	(void)err;
	writer->store = (struct s3_store *)store;
	writer->whole = digest_new(pool, DIGEST_SHA256);
	writer->part = digest_new(pool, DIGEST_SHA256);
	if (writer->store->checksum == S3_CHECKSUM_MD5)
		writer->md5 = digest_new(pool, DIGEST_MD5);
	writer->part_number = writer->oldest_number = 1;
	writer->slot_count = writer->store->part_concurrency + 1;
	writer->slots = pool_alloc_array(pool, (size_t)writer->slot_count,
	    sizeof(*writer->slots));
	for (int i = 0; i < writer->slot_count; i++) {
		struct slot *slot = &writer->slots[i];

		spool_init(&slot->spool, pool, writer->store->budget);
		slot->part.pool = pool_new();
		pool_on_clear(pool, free_pool, slot->part.pool);
	}
	*writer_r = &writer->base;
	return 0;
}

/* ---- hashes ---- */

static const char *
finish_hex(struct digest *digest, struct pool *pool)
{
	uint8_t hash[SHA256_BYTES];

	digest_finish(digest, hash);
	return hex_encode(pool, slice_make(hash, sizeof(hash)));
}

static const char *
finish_md5(struct s3_writer *writer, struct pool *pool)
{
	uint8_t hash[MD5_BYTES];

	if (writer->md5 == NULL)
		return NULL;
	digest_finish(writer->md5, hash);
	return base64_encode(pool, slice_make(hash, sizeof(hash)));
}

static void
hash(struct s3_writer *writer, struct slice bytes)
{
	digest_update(writer->whole, bytes);
	if (writer->part_number > 1)
		digest_update(writer->part, bytes);
	if (writer->md5 != NULL)
		digest_update(writer->md5, bytes);
}

/*
 * Most objects are one part, whose hash is that of the whole.  The first part
 * of the others is read once more instead of hashing all of them twice.
 */
static int
hash_again(struct digest *digest, const struct spool *spool, struct err *err)
{
	struct pool *pool = pool_new();
	char *chunk = pool_alloc(pool, HASH_CHUNK_BYTES);
	int64_t offset = 0;
	size_t got = 0;
	int result;

	do {
		result = spool_read(spool, offset, chunk, HASH_CHUNK_BYTES,
		    &got, err);
		digest_update(digest, slice_make(chunk, got));
		offset += (int64_t)got;
	} while (result == 0 && got > 0);
	pool_free(&pool);
	return result;
}

/* ---- parts ---- */

static int
begin_upload(struct s3_writer *writer, struct err *err)
{
	struct s3_put put;

	if (store_writer_before_send(&writer->base, err) == -1 ||
	    s3_store_refuse_existing(writer->store, writer->base.pool,
		&writer->base.object, err) == -1)
		return -1;
	put = s3_store_put(writer->store, &writer->base.object);
	if (s3_upload_create(writer->store->client, writer->base.pool, &put,
		&writer->upload, err) == -1)
		return -1;
	return store_writer_multipart_begun(&writer->base,
	    s3_upload_id(writer->upload), err);
}

static int
wait_oldest(struct s3_writer *writer, struct err *err)
{
	struct slot *slot = slot_of(writer, writer->oldest_number);

	writer->oldest_number++;
	if (s3_part_wait(writer->upload, &slot->part, err) == -1)
		return -1;
	spool_release(&slot->spool);
	return 0;
}

/* Send what fills, and make room for what comes. */
static int
send_part(struct s3_writer *writer, struct err *err)
{
	struct slot *slot = slot_of(writer, writer->part_number);
	struct s3_part *part = &slot->part;

	if (writer->upload == NULL && begin_upload(writer, err) == -1)
		return -1;
	if (writer->part_number == 1 &&
	    hash_again(writer->part, &slot->spool, err) == -1)
		return -1;
	part->number = writer->part_number;
	part->body = (struct s3_body){ .spool = &slot->spool,
		.sha256 = finish_hex(writer->part, part->pool),
		.md5 = finish_md5(writer, part->pool) };
	if (s3_part_start(writer->upload, part, err) == -1)
		return -1;
	writer->part_number++;
	if (writer->part_number - writer->oldest_number ==
	    writer->slot_count)
		return wait_oldest(writer, err);
	return 0;
}

/* Who writes looks for nothing: it is the upload that got lost. */
static int
failed(struct err *err)
{
	if (err->kind == ERR_NOT_FOUND)
		err->kind = ERR_UPSTREAM;
	return -1;
}

int
s3_writer_write(struct store_writer *base, struct slice bytes,
    struct err *err)
{
	struct s3_writer *writer = s3_writer(base);

	while (bytes.len > 0) {
		struct spool *spool =
		    &slot_of(writer, writer->part_number)->spool;
		int64_t room = writer->store->part_bytes - spool->size_bytes;
		struct slice now = bytes;

		/* Only now is it sure that this part is not the last. */
		if (room == 0) {
			if (send_part(writer, err) == -1)
				return failed(err);
			continue;
		}
		if ((int64_t)now.len > room)
			now.len = (size_t)room;
		if (spool_write(spool, now.data, now.len, err) == -1)
			return -1;
		hash(writer, now);
		writer->size_bytes += (int64_t)now.len;
		bytes = slice_from(bytes, now.len);
	}
	return 0;
}

/* ---- the end ---- */

static int
put_whole(struct s3_writer *writer, struct store_stored *stored_r,
    struct err *err)
{
	struct pool *pool = writer->base.pool;
	uint8_t digest[SHA256_BYTES];
	const char *etag = "";
	struct s3_put put;

	if (store_writer_before_send(&writer->base, err) == -1 ||
	    s3_store_refuse_existing(writer->store, writer->base.pool,
		&writer->base.object, err) == -1)
		return -1;
	put = s3_store_put(writer->store, &writer->base.object);
	digest_finish(writer->whole, digest);
	put.body = (struct s3_body){
		.spool = &slot_of(writer, 1)->spool,
		.sha256 = hex_encode(pool, slice_make(digest, sizeof(digest))),
		.md5 = finish_md5(writer, pool)
	};
	s3_store_add_checksum(writer->store, pool, &put);
	if (s3_put(writer->store->client, pool, &put, &etag, err) == -1)
		return -1;
	s3_fill_stored(stored_r, writer->size_bytes, put.body.sha256, etag);
	spool_release(&slot_of(writer, 1)->spool);
	return 0;
}

static int
complete_parts(struct s3_writer *writer, struct store_stored *stored_r,
    struct err *err)
{
	const char *etag = "";

	if (send_part(writer, err) == -1)
		return -1;
	while (writer->oldest_number < writer->part_number)
		if (wait_oldest(writer, err) == -1)
			return -1;
	if (s3_upload_complete(writer->upload, &etag, err) == -1)
		return -1;
	store_writer_multipart_ended(&writer->base,
	    s3_upload_id(writer->upload));
	s3_fill_stored(stored_r, writer->size_bytes,
	    finish_hex(writer->whole, writer->base.pool), etag);
	return 0;
}

int
s3_writer_commit(struct store_writer *base, struct store_stored *stored_r,
    struct err *err)
{
	struct s3_writer *writer = s3_writer(base);

	int result;

	if (writer->upload == NULL)
		result = put_whole(writer, stored_r, err);
	else
		result = complete_parts(writer, stored_r, err);
	return result == -1 ? failed(err) : 0;
}

/*
 * An upload id whose abort failed stays with the caller, for the sweeper to
 * try again.
 */
static void
abort_upload(struct s3_writer *writer)
{
	const char *id = s3_upload_id(writer->upload);
	struct err err = ERR_INIT;

	if (s3_upload_abort(writer->store->client, writer->base.object.key, id,
		&err) == 0)
		store_writer_multipart_ended(&writer->base, id);
	else
		log_warning(writer->store->log,
		    "[STORAGE] Upload of '%s' left unfinished: %s",
		    writer->base.object.key, err.text);
}

void
s3_writer_abort(struct store_writer *base)
{
	struct s3_writer *writer = s3_writer(base);

	for (int i = 0; i < writer->slot_count; i++) {
		if (writer->upload != NULL)
			s3_part_cancel(writer->upload, &writer->slots[i].part);
		spool_release(&writer->slots[i].spool);
	}
	if (writer->upload != NULL)
		abort_upload(writer);
}
