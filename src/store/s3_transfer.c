/*
 * A file to S3: one PUT, or parts that travel beside each other.
 *
 * Up to part_concurrency parts are on the wire; the next one is hashed
 * meanwhile and starts as soon as any of them has ended.  Parts that an
 * attempt before has sent are read and compared by MD5, which is what their
 * ETags are; where they are something else, they are sent again.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <string.h>

#include "codec/digest.h"
#include "codec/hex.h"
#include "codec/url.h"
#include "s3/multipart.h"
#include "s3/reply.h"
#include "s3/task.h"
#include "store/s3_store.h"
#include "store/transfer.h"

/* A part on its way, in one of part_concurrency + 1 places. */
struct sending {
	struct sending *next_idle;
	struct pool *pool;
	struct s3_task task;
	struct s3_body body;
	int number;
	const struct store_transfer *transfer;
	int64_t watched_bytes; /* how far it has been told of */
};

struct parts {
	struct s3_store *store;
	struct pool *pool;
	const struct store_transfer *transfer;
	struct s3_put put;
	struct s3_upload *upload; /* NULL until it is begun */
	struct s3_known_part *sent; /* all of them; "" as ETag until sent */
	int count;
	struct s3_task_group group;
	struct sending *places, *idle;
	int place_count, running;
};

/* ---- progress ---- */

/* A part that is sent again is not counted again. */
static int
watch(void *arg, int64_t offset, size_t len, struct err *err)
{
	struct sending *sending = arg;
	const struct store_transfer *transfer = sending->transfer;
	int64_t more = offset + (int64_t)len - sending->watched_bytes;

	if (transfer->progress == NULL)
		return 0;
	if (more < 0)
		more = 0;
	sending->watched_bytes += more;
	return transfer->progress(transfer->progress_arg, more, err);
}

static int
tell(const struct store_transfer *transfer, int64_t bytes, struct err *err)
{
	return transfer->progress == NULL ?
	    0 : transfer->progress(transfer->progress_arg, bytes, err);
}

/* ---- parts that are there already ---- */

static struct s3_file
file_of(const struct parts *parts, int number)
{
	const struct store_transfer *transfer = parts->transfer;
	int64_t offset = (number - 1) * transfer->part_bytes;
	int64_t left = transfer->source.size_bytes - offset;

	return (struct s3_file){ .fd = transfer->source.fd,
		.offset = offset,
		.bytes = left < transfer->part_bytes ?
		    left : transfer->part_bytes };
}

/* Parts of the attempt before; an upload that is gone is begun anew. */
static int
find_kept(struct parts *parts, struct err *err)
{
	const struct s3_upload_name name = {
		.key = parts->put.key,
		.upload_id = parts->transfer->upload_id
	};
	struct s3_client *client = parts->store->client;
	struct s3_known_parts found;

	if (s3_list_parts(client, parts->pool, &name, &found, err) == -1)
		return s3_absent(err);
	for (size_t i = 0; i < found.count; i++)
		if (found.parts[i].number >= 1 &&
		    found.parts[i].number <= parts->count)
			parts->sent[found.parts[i].number - 1] =
			    found.parts[i];
	parts->upload = s3_upload_resume(client, parts->pool, &parts->put,
	    name.upload_id);
	return 0;
}

/* 1 when the server has just these bytes, 0 when not, -1. */
static int
is_kept(struct parts *parts, int number, struct err *err)
{
	struct s3_known_part *part = &parts->sent[number - 1];
	const struct s3_file file = file_of(parts, number);
	struct pool *pool;
	const char *md5;
	int result;

	if (part->etag[0] == '\0' || part->size_bytes != file.bytes)
		return 0;
	pool = pool_new();
	result = s3_file_md5(pool, &file, &md5, err);
	if (result == 0)
		result = strcmp(part->etag, md5) == 0;
	pool_free(&pool);
	return result;
}

/* ---- parts on their way ---- */

static int
finish_one(struct parts *parts, struct err *err)
{
	struct s3_task *task = s3_task_next(parts->store->client,
	    &parts->group);
	struct sending *sending = task->arg;
	struct s3_known_part *part = &parts->sent[sending->number - 1];
	const char *etag = "";
	int result = s3_task_wait(task, err);

	parts->running--;
	if (result == 0)
		etag = s3_reply_etag(task->reply, sending->pool);
	if (result == 0 && etag[0] == '\0')
		result = err_set(err, ERR_UPSTREAM,
		    "storage named no ETag for a part");
	*part = (struct s3_known_part){ .number = sending->number,
		.size_bytes = sending->body.file.bytes,
		.etag = pool_strdup(parts->pool, etag) };
	pool_clear(sending->pool);
	sending->next_idle = parts->idle;
	parts->idle = sending;
	return result == 0 ? 0 : err_wrap(err, "part %d", part->number);
}

static void
describe_part(struct parts *parts, struct sending *sending)
{
	sending->task = (struct s3_task){ .pool = sending->pool,
		.group = &parts->group,
		.arg = sending,
		.call = { .method = "PUT",
		    .key = parts->put.key,
		    .query = pool_format(sending->pool,
			"partNumber=%d&uploadId=%s", sending->number,
			url_encoded(sending->pool,
			    slice_str(s3_upload_id(parts->upload)))),
		    .body = &sending->body } };
}

/* Hash a part; then, when there is room on the wire, let it go. */
static int
send_one(struct parts *parts, int number, struct err *err)
{
	struct sending *sending = parts->idle;
	const struct s3_file file = file_of(parts, number);

	/* There is one more than may be on the wire. */
	assert(sending != NULL);
	sending->number = number;
	sending->watched_bytes = 0;
	sending->transfer = parts->transfer;
	if (s3_body_file(sending->pool, &file,
		parts->store->checksum == S3_CHECKSUM_MD5, &sending->body,
		err) == -1)
		return -1;
	sending->body.watch = watch;
	sending->body.watch_arg = sending;
	parts->idle = sending->next_idle;
	while (parts->running >= parts->store->part_concurrency)
		if (finish_one(parts, err) == -1)
			return -1;
	describe_part(parts, sending);
	if (s3_task_start(parts->store->client, &sending->task, err) == -1)
		return -1;
	parts->running++;
	return 0;
}

static int
send_all(struct parts *parts, struct err *err)
{
	for (int number = 1; number <= parts->count; number++) {
		int kept = is_kept(parts, number, err);

		if (kept == -1)
			return -1;
		if (kept == 1) {
			if (tell(parts->transfer,
				file_of(parts, number).bytes, err) == -1)
				return -1;
		} else if (send_one(parts, number, err) == -1) {
			return -1;
		}
	}
	while (parts->running > 0)
		if (finish_one(parts, err) == -1)
			return -1;
	return 0;
}

static void
cancel_all(struct parts *parts)
{
	for (int i = 0; i < parts->place_count; i++)
		s3_task_cancel(&parts->places[i].task);
	parts->running = 0;
}

/* ---- the upload ---- */

static int
begin(struct parts *parts, struct err *err)
{
	const struct store_events *events = &parts->transfer->object.events;

	if (parts->transfer->upload_id != NULL && find_kept(parts, err) == -1)
		return -1;
	if (parts->upload != NULL)
		return 0;
	if (s3_upload_create(parts->store->client, parts->pool, &parts->put,
		&parts->upload, err) == -1)
		return -1;
	return events->multipart_begun == NULL ? 0 :
	    events->multipart_begun(events->arg, s3_upload_id(parts->upload),
		err);
}

static void
ended(const struct parts *parts)
{
	const struct store_events *events = &parts->transfer->object.events;

	if (events->multipart_ended != NULL)
		events->multipart_ended(events->arg,
		    s3_upload_id(parts->upload));
}

/* Parts of a file that has changed meanwhile cannot be taken up again. */
static bool
is_worth_keeping(const struct parts *parts)
{
	struct err changed = ERR_INIT;

	return parts->transfer->keep_unfinished &&
	    store_source_check(&parts->transfer->source, &changed) == 0;
}

static void
give_up(struct parts *parts)
{
	struct err err = ERR_INIT;

	if (parts->upload == NULL || is_worth_keeping(parts))
		return;
	if (s3_upload_abort(parts->store->client, parts->put.key,
		s3_upload_id(parts->upload), &err) == 0)
		ended(parts);
	else
		log_warning(parts->store->log,
		    "[STORAGE] Upload of '%s' left unfinished: %s",
		    parts->put.key, err.text);
}

static int
complete(struct parts *parts, struct store_stored *stored_r, struct err *err)
{
	const char *etag;

	if (store_source_check(&parts->transfer->source, err) == -1)
		return -1;
	for (int i = 0; i < parts->count; i++)
		if (s3_part_adopt(parts->upload, &parts->sent[i], err) == -1)
			return -1;
	if (s3_upload_complete(parts->upload, &etag, err) == -1)
		return -1;
	ended(parts);
	s3_fill_stored(stored_r, parts->transfer->source.size_bytes, "",
	    etag);
	return 0;
}

static int
send_parts(struct parts *parts, struct store_stored *stored_r,
    struct err *err)
{
	if (begin(parts, err) == -1)
		return -1;
	if (send_all(parts, err) == -1) {
		cancel_all(parts);
		return -1;
	}
	return complete(parts, stored_r, err);
}

static void
free_pool(void *arg)
{
	struct pool *pool = arg;

	pool_free(&pool);
}

static void
make_places(struct parts *parts)
{
	parts->place_count = parts->store->part_concurrency + 1;
	parts->places = pool_alloc_array(parts->pool,
	    (size_t)parts->place_count, sizeof(*parts->places));
	for (int i = 0; i < parts->place_count; i++) {
		struct sending *sending = &parts->places[i];

		sending->pool = pool_new();
		pool_on_clear(parts->pool, free_pool, sending->pool);
		sending->next_idle = parts->idle;
		parts->idle = sending;
	}
}

static int
put_parts(struct s3_store *store, struct pool *pool,
    const struct store_transfer *transfer, struct store_stored *stored_r,
    struct err *err)
{
	int64_t count = (transfer->source.size_bytes +
	    transfer->part_bytes - 1) / transfer->part_bytes;
	struct parts parts = { .store = store,
		.pool = pool,
		.transfer = transfer,
		.put = s3_store_put(store, &transfer->object),
		.count = (int)count };

	if (count > S3_PARTS_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "the file needs more than %d parts", S3_PARTS_MAX);
	parts.sent = pool_alloc_array(pool, (size_t)count,
	    sizeof(*parts.sent));
	for (int i = 0; i < parts.count; i++)
		parts.sent[i].etag = "";
	make_places(&parts);
	if (send_parts(&parts, stored_r, err) == 0)
		return 0;
	give_up(&parts);
	return -1;
}

/* ---- one piece ---- */

static int
put_whole(struct s3_store *store, struct pool *pool,
    const struct store_transfer *transfer, struct store_stored *stored_r,
    struct err *err)
{
	struct s3_put put = s3_store_put(store, &transfer->object);
	struct sending sending = { .transfer = transfer };
	const char *etag;

	if (s3_store_add_body(store, pool, &transfer->source, &put, err) ==
	    -1)
		return -1;
	put.body.watch = watch;
	put.body.watch_arg = &sending;
	if (s3_put(store->client, pool, &put, &etag, err) == -1)
		return -1;
	s3_fill_stored(stored_r, transfer->source.size_bytes, put.body.sha256,
	    etag);
	return 0;
}

int
s3_put_file(struct store *base, struct pool *pool,
    const struct store_transfer *transfer, struct store_stored *stored_r,
    struct err *err)
{
	struct s3_store *store = (struct s3_store *)base;
	const struct store_events *events = &transfer->object.events;

	if (events->before_send != NULL &&
	    events->before_send(events->arg, err) == -1)
		return -1;
	if (s3_store_refuse_existing(store, pool, &transfer->object, err) ==
	    -1)
		return -1;
	if (transfer->source.fd == -1 || transfer->part_bytes == 0 ||
	    transfer->source.size_bytes <= transfer->part_bytes)
		return put_whole(store, pool, transfer, stored_r, err);
	return put_parts(store, pool, transfer, stored_r, err);
}

/* A whole number of MiB, so that there are not more parts than may be. */
int64_t
s3_part_bytes(const struct store *base, int64_t size_bytes)
{
	int64_t usual = ((const struct s3_store *)base)->part_bytes;
	int64_t least = size_bytes / S3_PARTS_MAX + 1;

	if (least <= usual)
		return usual;
	return (least + MIB - 1) / MIB * MIB;
}
