/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "store/store_private.h"

const char *
store_bucket(const struct store *store)
{
	return store->bucket;
}

const char *
store_driver(const struct store *store)
{
	return store->driver->name;
}

int
store_prepare(struct store *store, bool *created_r, struct err *err)
{
	return store->driver->prepare(store, created_r, err);
}

/*
 * One segment of a key.  "." and ".." would be folded by URL parsers and file
 * systems, so no two parties could agree on what they mean.
 */
static int
check_segment(struct slice segment, struct err *err)
{
	if (segment.len == 0)
		return err_set(err, ERR_INVALID, "object key: empty segment");
	if (slice_eq_str(segment, ".") || slice_eq_str(segment, ".."))
		return err_set(err, ERR_INVALID, "object key: dot segment");
	for (size_t i = 0; i < segment.len; i++) {
		unsigned char c = (unsigned char)segment.data[i];

		if (c < 0x20 || c == 0x7f || c == '\\')
			return err_set(err, ERR_INVALID,
			    "object key: byte 0x%02x", c);
	}
	return 0;
}

int
store_check_key(const char *key, struct err *err)
{
	struct slice rest, segment;

	if (key == NULL || key[0] == '\0')
		return err_set(err, ERR_INVALID, "object key: empty");
	rest = slice_str(key);
	if (rest.len > STORE_KEY_MAX)
		return err_set(err, ERR_INVALID,
		    "object key: longer than %d bytes", STORE_KEY_MAX);
	while (slice_next(&rest, '/', &segment))
		if (check_segment(segment, err) == -1)
			return -1;
	return 0;
}

/* ---- writers ---- */

static bool
has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

/* Names are those of headers that S3 keeps; values may go into a header. */
static int
check_meta(const struct store_object *object, struct err *err)
{
	size_t bytes = 0;

	for (size_t i = 0; i < object->meta_count; i++) {
		const struct store_header *meta = &object->meta[i];

		if (!slice_has_prefix(slice_str(meta->name), "x-amz-meta-") ||
		    has_control(meta->name) || has_control(meta->value))
			return err_set(err, ERR_INVALID,
			    "metadata: no header can hold it");
		bytes += strlen(meta->name) + strlen(meta->value);
	}
	if (bytes <= STORE_META_BYTES_MAX &&
	    object->meta_count <= STORE_HEADERS_MAX)
		return 0;
	return err_set_code(err, ERR_INVALID, "MetadataTooLarge",
	    "metadata: more than %d values or %d bytes", STORE_HEADERS_MAX,
	    STORE_META_BYTES_MAX);
}

int
store_check_object(const struct store_object *object, struct err *err)
{
	if (store_check_key(object->key, err) == -1)
		return -1;
	return check_meta(object, err);
}

static const struct store_header *
copy_meta(struct pool *pool, const struct store_object *from)
{
	struct store_header *meta =
	    pool_alloc_array(pool, from->meta_count, sizeof(*meta));

	for (size_t i = 0; i < from->meta_count; i++)
		meta[i] = (struct store_header){
			.name = pool_strdup(pool, from->meta[i].name),
			.value = pool_strdup(pool, from->meta[i].value) };
	return meta;
}

static void
copy_object(struct store_object *to, struct pool *pool,
    const struct store_object *from)
{
	*to = *from;
	to->key = pool_strdup(pool, from->key);
	to->content_type = pool_strdup(pool, from->content_type);
	to->content_disposition = pool_strdup(pool, from->content_disposition);
	to->cache_control = pool_strdup(pool, from->cache_control);
	to->meta = copy_meta(pool, from);
}

static void
abort_hook(void *arg)
{
	store_writer_abort(arg);
}

void
store_writer_begin(struct store_writer *writer, struct store *store,
    struct pool *pool, const struct store_object *object)
{
	writer->store = store;
	writer->pool = pool;
	writer->object = *object;
	/* Newest hook first: the abort finds the driver's resources alive. */
	pool_on_clear(pool, abort_hook, writer);
}

int
store_writer_open(struct store *store, struct pool *pool,
    const struct store_object *object, struct store_writer **writer_r,
    struct err *err)
{
	struct store_object copy;

	if (store_check_object(object, err) == -1)
		return -1;
	copy_object(&copy, pool, object);
	if (store->driver->writer_open(store, pool, &copy, writer_r, err) ==
	    -1)
		return -1;
	store_writer_begin(*writer_r, store, pool, &copy);
	return 0;
}

int
store_writer_set_key(struct store_writer *writer, const char *key,
    struct err *err)
{
	if (store_check_key(key, err) == -1)
		return -1;
	writer->object.key = pool_strdup(writer->pool, key);
	return 0;
}

void
store_writer_set_type(struct store_writer *writer, const char *type)
{
	writer->object.content_type = pool_strdup(writer->pool, type);
}

int
store_writer_write(struct store_writer *writer, struct slice bytes,
    struct err *err)
{
	if (writer->has_ended)
		return err_set(err, ERR_INTERNAL,
		    "write to an object that has ended");
	if (bytes.len == 0)
		return 0;
	if (writer->store->driver->writer_write(writer, bytes, err) == 0)
		return 0;
	store_writer_abort(writer);
	return -1;
}

int
store_writer_commit(struct store_writer *writer, struct store_stored *stored_r,
    struct err *err)
{
	if (writer->has_ended)
		return err_set(err, ERR_INTERNAL,
		    "commit of an object that has ended");
	if (writer->store->driver->writer_commit(writer, stored_r, err) == -1) {
		store_writer_abort(writer);
		return -1;
	}
	writer->has_ended = true;
	return 0;
}

void
store_writer_abort(struct store_writer *writer)
{
	if (writer->has_ended)
		return;
	writer->has_ended = true;
	writer->store->driver->writer_abort(writer);
}

int
store_writer_before_send(struct store_writer *writer, struct err *err)
{
	const struct store_events *events = &writer->object.events;

	if (writer->has_sent)
		return 0;
	writer->has_sent = true;
	if (events->before_send == NULL)
		return 0;
	return events->before_send(events->arg, err);
}

int
store_writer_multipart_begun(struct store_writer *writer,
    const char *upload_id, struct err *err)
{
	const struct store_events *events = &writer->object.events;

	if (events->multipart_begun == NULL)
		return 0;
	return events->multipart_begun(events->arg, upload_id, err);
}

void
store_writer_multipart_ended(struct store_writer *writer,
    const char *upload_id)
{
	const struct store_events *events = &writer->object.events;

	if (events->multipart_ended != NULL)
		events->multipart_ended(events->arg, upload_id);
}

/* ---- objects ---- */

int
store_head(struct store *store, struct pool *pool, const char *key,
    struct store_info *info_r, struct err *err)
{
	if (store_check_key(key, err) == -1)
		return -1;
	return store->driver->head(store, pool, key, info_r, err);
}

int
store_get(struct store *store, const char *key, int64_t offset, int64_t length,
    store_sink_fn sink, void *arg, struct err *err)
{
	const struct store_read read = { .key = key,
		.offset = offset,
		.length = length,
		.sink = sink,
		.arg = arg };

	if (store_check_key(key, err) == -1)
		return -1;
	if (offset < 0 || length < -1 || offset > INT64_MAX - (length + 1))
		return err_set(err, ERR_INVALID, "range out of bounds");
	return store->driver->get(store, &read, err);
}

int
store_delete(struct store *store, const char *key, struct err *err)
{
	if (store_check_key(key, err) == -1)
		return -1;
	return store->driver->remove(store, key, err);
}
