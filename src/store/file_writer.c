/*
 * One object, or one part of it, on its way into the file store.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "codec/hex.h"
#include "store/file_store.h"

struct file_writer {
	struct store_writer base;
	struct file_store *store;
	struct digest *digest;
	char *temp_path; /* of the bytes */
	int fd;
	int64_t size_bytes;
	uint8_t sha256[SHA256_BYTES];
	/* Of a part: */
	struct store_part_name part;
};

static struct file_writer *
file_writer(struct store_writer *writer)
{
	return (struct file_writer *)writer;
}

int
file_writer_open(struct store *base, struct pool *pool,
    const struct store_object *object, struct store_writer **writer_r,
    struct err *err)
{
	struct file_writer *writer = POOL_NEW(pool, struct file_writer);

	(void)object;
	writer->store = (struct file_store *)base;
	writer->digest = digest_new(pool, DIGEST_SHA256);
	if (file_temp_open(writer->store, pool, &writer->temp_path,
		&writer->fd, err) == -1)
		return -1;
	*writer_r = &writer->base;
	return 0;
}

void
file_writer_make_part(struct store_writer *base,
    const struct store_part_name *part)
{
	const struct store_multipart *upload = &part->upload;

	file_writer(base)->part = (struct store_part_name){
		.upload = { .key = pool_strdup(base->pool, upload->key),
		    .upload_id = pool_strdup(base->pool, upload->upload_id) },
		.number = part->number };
}

int
file_writer_write(struct store_writer *base, struct slice bytes,
    struct err *err)
{
	struct file_writer *writer = file_writer(base);

	if (file_write_all(writer->fd, bytes.data, bytes.len, err) == -1)
		return err_wrap(err, "store");
	digest_update(writer->digest, bytes);
	writer->size_bytes += (int64_t)bytes.len;
	return 0;
}

void
file_writer_abort(struct store_writer *base)
{
	struct file_writer *writer = file_writer(base);

	if (writer->fd != -1)
		(void)close(writer->fd);
	writer->fd = -1;
	(void)unlink(writer->temp_path);
}

static void
fill_stored(struct file_writer *writer, struct store_stored *stored_r)
{
	const char *hex;

	digest_finish(writer->digest, writer->sha256);
	hex = hex_encode(writer->base.pool,
	    slice_make(writer->sha256, sizeof(writer->sha256)));
	stored_r->size_bytes = writer->size_bytes;
	memcpy(stored_r->sha256, hex, sizeof(stored_r->sha256));
	memcpy(stored_r->etag, hex, sizeof(stored_r->sha256));
}

static int
commit_object(struct file_writer *writer, const struct store_stored *stored,
    struct err *err)
{
	const struct file_bytes bytes = { .temp_path = writer->temp_path,
		.size_bytes = stored->size_bytes,
		.sha256 = stored->sha256,
		.etag = stored->sha256 };

	if (file_temp_finish(&writer->fd, err) == -1 ||
	    store_writer_before_send(&writer->base, err) == -1)
		return -1;
	return file_place(writer->store, writer->base.pool,
	    &writer->base.object, &bytes, err);
}

static int
commit_part(struct file_writer *writer, struct err *err)
{
	if (file_write_all(writer->fd, writer->sha256, sizeof(writer->sha256),
		err) == -1)
		return err_wrap(err, "store");
	if (file_temp_finish(&writer->fd, err) == -1)
		return -1;
	return file_part_place(writer->store, writer->base.pool,
	    &writer->part, writer->temp_path, err);
}

int
file_writer_commit(struct store_writer *base, struct store_stored *stored_r,
    struct err *err)
{
	struct file_writer *writer = file_writer(base);

	fill_stored(writer, stored_r);
	if (writer->part.number > 0)
		return commit_part(writer, err);
	return commit_object(writer, stored_r, err);
}
