/*
 * The program of docs/STORAGE.md: what an uploader needs most, on a store in
 * a temporary folder.  Compiled and run by make check.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "lib/tmpdir.h"
#include "store/manage.h"
#include "store/open.h"
#include "store/presign.h"
#include "store/queue.h"

enum { PARALLEL = 16, OBJECTS = 40 };

static int
open_store(struct pool *pool, const struct clock *clock,
    struct store **store_r, struct err *err)
{
	const struct store_file_config config = { .root = tmpdir_new(pool),
		.bucket = "uploads",
		.public_url = "",
		.public_prefixes = "products/",
		.secret = "of this installation",
		.clock = clock };
	bool created;

	if (store_open_file(pool, &config, store_r, err) == -1)
		return -1;
	return store_prepare(*store_r, &created, err);
}

/* Bytes as they come; the object appears with the commit. */
static int
write_object(struct store *store, struct pool *pool, struct err *err)
{
	const struct store_object object = { .key = "notes/hello.txt",
		.content_type = "text/plain",
		.is_new_only = true };
	struct store_writer *writer;
	struct store_stored stored;

	if (store_writer_open(store, pool, &object, &writer, err) == -1 ||
	    store_writer_write(writer, slice_str("Hello, "), err) == -1 ||
	    store_writer_write(writer, slice_str("world\n"), err) == -1 ||
	    store_writer_commit(writer, &stored, err) == -1)
		return -1;
	(void)printf("# stored %lld bytes, SHA-256 %s\n",
	    (long long)stored.size_bytes, stored.sha256);
	return 0;
}

static int
collect(void *arg, struct slice bytes, struct err *err)
{
	if (buf_slice(arg, bytes) == 0)
		return 0;
	return err_set(err, ERR_TOO_LARGE, "more than was asked for");
}

/* Five bytes from the seventh on. */
static int
read_range(struct store *store, struct pool *pool, struct err *err)
{
	struct buf buf;

	buf_init(&buf, pool, 5);
	if (store_get(store, "notes/hello.txt", 7, 5, collect, &buf, err) ==
	    -1)
		return -1;
	if (slice_eq_str(buf_view(&buf), "world"))
		return 0;
	return err_set(err, ERR_INTERNAL, "other bytes");
}

/* ---- many at once ---- */

static void
count_stored(void *arg, const struct store_result *result)
{
	int *stored = arg;

	if (result->status == 0)
		(*stored)++;
	else
		(void)printf("# %s: %s\n", result->key, result->err->text);
}

static int
write_many(struct store *store, struct pool *pool, struct err *err)
{
	struct store_queue *queue = store_queue_new(store, pool, PARALLEL);
	int stored = 0;

	for (int i = 0; i < OBJECTS; i++) {
		const struct store_upload upload = {
			.object = { .key = pool_format(pool, "many/%02d", i),
			    .content_type = "text/plain" },
			.bytes = slice_str("one of many")
		};

		store_queue_put(queue, &upload, count_stored, &stored);
	}
	store_queue_wait(queue);
	if (stored == OBJECTS)
		return 0;
	return err_set(err, ERR_INTERNAL, "%d of %d", stored, OBJECTS);
}

static int
list_and_delete(struct store *store, struct pool *pool, struct err *err)
{
	struct store_page page;
	const char **keys;
	bool *failed;

	if (store_list(store, pool, "many/", "", &page, err) == -1)
		return -1;
	if (page.count != OBJECTS)
		return err_set(err, ERR_INTERNAL, "%zu keys", page.count);
	keys = pool_alloc_array(pool, page.count, sizeof(*keys));
	failed = pool_alloc_array(pool, page.count, sizeof(*failed));
	for (size_t i = 0; i < page.count; i++)
		keys[i] = page.entries[i].key;
	return store_delete_many(store, keys, page.count, failed, err);
}

/* ---- what a browser may do ---- */

static int
presign(struct store *store, struct pool *pool, struct err *err)
{
	const struct store_access access = { .method = "PUT",
		.key = "temp/ana/photo.jpg",
		.content_type = "image/jpeg",
		.content_length = 145823,
		.is_new_only = true,
		.expires_secs = 900,
		.origin = "https://shop.example" };
	struct store_presigned presigned;

	if (store_presign(store, pool, &access, &presigned, err) == -1)
		return -1;
	(void)printf("# %s %s\n", presigned.method, presigned.url);
	for (size_t i = 0; i < presigned.header_count; i++)
		(void)printf("# %s: %s\n", presigned.headers[i].name,
		    presigned.headers[i].value);
	return 0;
}

static int
run(struct pool *pool, struct err *err)
{
	const struct clock clock = { .fixed_ms = 0 };
	struct store *store;

	if (open_store(pool, &clock, &store, err) == -1 ||
	    write_object(store, pool, err) == -1 ||
	    read_range(store, pool, err) == -1 ||
	    write_many(store, pool, err) == -1 ||
	    list_and_delete(store, pool, err) == -1 ||
	    presign(store, pool, err) == -1)
		return -1;
	return store_delete(store, "notes/hello.txt", err);
}

int
main(void)
{
	struct pool *pool = pool_new();
	struct err err = ERR_INIT;
	int result = run(pool, &err);

	if (result == -1)
		(void)printf("# %s\n", err.text);
	(void)printf("1..1\n%sok 1 - docs/STORAGE.md\n",
	    result == -1 ? "not " : "");
	pool_free(&pool);
	return result == -1;
}
