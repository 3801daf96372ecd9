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

/* What a source is read for: nobody watches, or somebody does. */
struct copy {
	struct store_writer *writer;
	const struct store_source *source;
	store_progress_fn progress;
	void *progress_arg;
};

static int
copy_chunk(const struct copy *copy, struct slice bytes, struct err *err)
{
	if (store_writer_write(copy->writer, bytes, err) == -1)
		return -1;
	if (copy->progress == NULL)
		return 0;
	return copy->progress(copy->progress_arg, (int64_t)bytes.len, err);
}

static int
copy_file(const struct copy *copy, struct pool *pool, struct err *err)
{
	char *chunk = pool_alloc(pool, CHUNK_BYTES);
	int64_t left = copy->source->size_bytes, offset = 0;
	size_t len;

	for (; left > 0; left -= (int64_t)len) {
		len = left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;
		if (file_read_at(copy->source->fd, offset, chunk, len, err) ==
			-1 ||
		    copy_chunk(copy, slice_make(chunk, len), err) == -1)
			return -1;
		offset += (int64_t)len;
	}
	return 0;
}

static int
write_all(struct copy *copy, struct pool *pool,
    struct store_stored *stored_r, struct err *err)
{
	int result = copy->source->fd == -1 ?
	    copy_chunk(copy, copy->source->text, err) :
	    copy_file(copy, pool, err);

	if (result == -1) {
		store_writer_abort(copy->writer);
		return -1;
	}
	return store_writer_commit(copy->writer, stored_r, err);
}

int
store_write_source(struct store *store, struct pool *pool,
    const struct store_object *object, const struct store_source *source,
    struct store_stored *stored_r, struct err *err)
{
	struct copy copy = { .source = source };

	if (store_writer_open(store, pool, object, &copy.writer, err) == -1)
		return -1;
	return write_all(&copy, pool, stored_r, err);
}

int
store_put_file(struct store *store, struct pool *pool,
    const struct store_transfer *transfer, struct store_stored *stored_r,
    struct err *err)
{
	const struct store_source source = { .fd = transfer->fd,
		.size_bytes = transfer->size_bytes };
	struct copy copy = { .source = &source,
		.progress = transfer->progress,
		.progress_arg = transfer->progress_arg };

	if (store_check_key(transfer->object.key, err) == -1)
		return -1;
	if (store->driver->put_file != NULL)
		return store->driver->put_file(store, pool, transfer,
		    stored_r, err);
	if (store_writer_open(store, pool, &transfer->object, &copy.writer,
		err) == -1)
		return -1;
	return write_all(&copy, pool, stored_r, err);
}
