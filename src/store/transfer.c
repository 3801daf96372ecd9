/* SPDX-License-Identifier: MIT */
#include "base/file.h"
#include "store/store_private.h"
#include "store/transfer.h"

enum { CHUNK_BYTES = 256 * 1024 };

int64_t
store_part_bytes(const struct store *store, int64_t size_bytes)
{
	if (store->driver->part_bytes == NULL)
		return size_bytes > 0 ? size_bytes : 1;
	return store->driver->part_bytes(store, size_bytes);
}

static int
copy_chunk(const struct store_transfer *transfer, struct store_writer *writer,
    struct slice bytes, struct err *err)
{
	if (store_writer_write(writer, bytes, err) == -1)
		return -1;
	if (transfer->progress == NULL)
		return 0;
	return transfer->progress(transfer->progress_arg, (int64_t)bytes.len,
	    err);
}

static int
copy_file(const struct store_transfer *transfer, struct pool *pool,
    struct store_writer *writer, struct err *err)
{
	char *chunk = pool_alloc(pool, CHUNK_BYTES);
	int64_t left = transfer->source.size_bytes, offset = 0;
	size_t len;

	for (; left > 0; left -= (int64_t)len) {
		len = left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;
		if (file_read_at(transfer->source.fd, offset, chunk, len,
			err) == -1 ||
		    copy_chunk(transfer, writer, slice_make(chunk, len),
			err) == -1)
			return -1;
		offset += (int64_t)len;
	}
	return 0;
}

/* Through a writer, in one piece. */
static int
write_all(struct store *store, struct pool *pool,
    const struct store_transfer *transfer, struct store_stored *stored_r,
    struct err *err)
{
	const struct store_source *source = &transfer->source;
	struct store_writer *writer;
	int result;

	if (store_writer_open(store, pool, &transfer->object, &writer, err) ==
	    -1)
		return -1;
	result = source->fd == -1 ?
	    copy_chunk(transfer, writer, source->text, err) :
	    copy_file(transfer, pool, writer, err);
	if (result == 0)
		result = store_source_check(source, err);
	if (result == 0)
		return store_writer_commit(writer, stored_r, err);
	store_writer_abort(writer);
	return -1;
}

int
store_put_file(struct store *store, struct pool *pool,
    const struct store_transfer *transfer, struct store_stored *stored_r,
    struct err *err)
{
	if (store_check_key(transfer->object.key, err) == -1)
		return -1;
	if (store->driver->put_file == NULL)
		return write_all(store, pool, transfer, stored_r, err);
	return store->driver->put_file(store, pool, transfer, stored_r, err);
}
