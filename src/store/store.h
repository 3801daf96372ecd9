/*
 * Where bytes live: one interface, drivers s3 and file.
 *
 * A store is named by its bucket and shared by all threads.  Objects appear
 * whole or not at all.  Bytes go in through a writer, as they come:
 *
 *	store_writer_open(store, pool, &object, &writer, err);
 *	store_writer_write(writer, data, len, err); ...
 *	store_writer_commit(writer, &stored, err);
 *
 * Until the part size (S3_PART_SIZE) the bytes stay in a spool and leave with
 * the commit; a longer object is sent in parts while the next is written.  A
 * writer that is not committed leaves nothing behind: it is aborted when the
 * pool is cleared.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/spool.h"

struct store;
struct store_writer;

enum {
	STORE_KEY_MAX = 1024,
	STORE_SHA256_CHARS = 64,
	STORE_ETAG_MAX = 128,
	STORE_HEADERS_MAX = 32,
	STORE_META_BYTES_MAX = 2048 /* names and values, as S3 has it */
};

struct store_header {
	const char *name, *value;
};

/* What the driver tells its caller while an object is under way. */
struct store_events {
	void *arg;
	/*
	 * Just before the first byte leaves: the row must exist now.  -1 stops
	 * the write.
	 */
	int (*before_send)(void *arg, struct err *err);
	/* A multipart upload was begun; its id must outlive this process. */
	int (*multipart_begun)(void *arg, const char *upload_id,
	    struct err *err);
	/* It was completed or aborted: the id may be forgotten. */
	void (*multipart_ended)(void *arg, const char *upload_id);
};

struct store_object {
	const char *key; /* relative, no "..", at most STORE_KEY_MAX bytes */
	const char *content_type;
	const char *content_disposition; /* NULL: none */
	const char *cache_control;	 /* NULL: none */
	/* "x-amz-meta-...", in lower case; only the file store keeps it. */
	const struct store_header *meta;
	size_t meta_count;
	bool is_new_only; /* ERR_CONFLICT rather than replace an object */
	struct store_events events; /* members may be NULL */
};

struct store_stored {
	int64_t size_bytes;
	char sha256[STORE_SHA256_CHARS + 1]; /* hex, of the whole object */
	char etag[STORE_ETAG_MAX];	     /* without quotes; "" if unknown */
};

struct store_info {
	int64_t size_bytes;
	const char *content_type; /* "" if unknown */
	const char *cache_control;
	const char *etag;
	int64_t modified_secs;
	/* More than type and caching, such as Content-Encoding: an object that
	   came by a presigned URL may carry what its sender liked. */
	bool has_other_metadata;
	/* What it is, where the file store serves it; else NULL and none. */
	const char *content_disposition;
	const struct store_header *meta;
	size_t meta_count;
};

/* Called with the object's bytes in order. */
typedef int (*store_sink_fn)(void *arg, struct slice bytes, struct err *err);

/* The bucket's name, and "s3" or "file". */
const char *store_bucket(const struct store *store);
const char *store_driver(const struct store *store);

/*
 * See that the bucket is there and make it when it is missing; *created_r
 * tells which (A2).
 */
int store_prepare(struct store *store, bool *created_r, struct err *err)
    ATTR_MUST_USE;

int store_writer_open(struct store *store, struct pool *pool,
    const struct store_object *object, struct store_writer **writer_r,
    struct err *err) ATTR_MUST_USE;
int store_writer_write(struct store_writer *writer, struct slice bytes,
    struct err *err) ATTR_MUST_USE;
/*
 * Another key or content type, as long as no byte has left: at the latest
 * from within before_send.
 */
int store_writer_set_key(struct store_writer *writer, const char *key,
    struct err *err) ATTR_MUST_USE;
void store_writer_set_type(struct store_writer *writer, const char *type);
/* The object is durable when this returns 0. */
int store_writer_commit(struct store_writer *writer,
    struct store_stored *stored_r, struct err *err) ATTR_MUST_USE;
/* Leave nothing behind; no effect after a commit. */
void store_writer_abort(struct store_writer *writer);

/* 1 found, 0 absent, -1. */
int store_head(struct store *store, struct pool *pool, const char *key,
    struct store_info *info_r, struct err *err) ATTR_MUST_USE;
/*
 * Send length bytes from offset to the sink (length -1: to the end);
 * ERR_NOT_FOUND when the object is absent.
 */
int store_get(struct store *store, const char *key, int64_t offset,
    int64_t length, store_sink_fn sink, void *arg, struct err *err)
    ATTR_MUST_USE;
/* An absent object is a success. */
int store_delete(struct store *store, const char *key, struct err *err)
    ATTR_MUST_USE;

/* True when objects below this key may be read by everybody. */
bool store_is_public(const struct store *store, const char *key);
/*
 * The public URL of a key (decision 10).  For the file driver without
 * S3_PUBLIC_URL it starts with "/store/" and is below the application's base.
 */
const char *store_public_url(const struct store *store, struct pool *pool,
    const char *key);

#endif
