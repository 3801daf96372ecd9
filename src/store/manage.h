/*
 * What keeps a bucket in order: copies, listings, many deletions at once,
 * uploads that were never finished.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STORE_MANAGE_H
#define STORE_MANAGE_H

#include "store/store.h"

struct store_copy {
	const char *from_key, *to_key; /* may be equal: new metadata */
	const char *if_match;	       /* ETag of the source, or NULL */
	const char *content_type;
	const char *content_disposition, *cache_control; /* or NULL */
};
/*
 * Copy inside the bucket; the copy is durable when this returns 0 and is
 * private or public as its key says.  ERR_NOT_FOUND, ERR_CONFLICT (if_match).
 * *info_r (may be NULL) describes the copy.
 */
int store_copy(struct store *store, struct pool *pool,
    const struct store_copy *copy, struct store_info *info_r, struct err *err)
    ATTR_MUST_USE;

/*
 * Delete many at once; absent ones are successes.  failed_r, one per key,
 * tells which are still there, or are no keys of ours (store.h).  -1 only when
 * nothing could be tried.
 */
int store_delete_many(struct store *store, const char *const *keys,
    size_t count, bool *failed_r, struct err *err) ATTR_MUST_USE;

struct store_entry {
	const char *key;
	int64_t size_bytes, modified_secs;
};
enum { STORE_PAGE_MAX = 1000 };
struct store_page {
	struct store_entry *entries; /* in the order of their keys, bytewise */
	size_t count;
	const char *next; /* "" after the last page */
};
/*
 * Objects below a prefix ("" or a key, "/" may end it), from `next` of the page
 * before ("" at first).  Keys come as they are in the bucket: somebody else may
 * have put there what store.h would not take.
 */
int store_list(struct store *store, struct pool *pool, const char *prefix,
    const char *next, struct store_page *page_r, struct err *err)
    ATTR_MUST_USE;

/* ---- multipart uploads ---- */

enum { STORE_PARTS_MAX = 10000, STORE_PART_BYTES_MIN = 5 * 1024 * 1024 };

/*
 * Begin an upload whose parts come by presigned URLs (store/presign.h).  The
 * object's events are not called.  The id must outlive this process: what is
 * never completed or aborted stays.
 */
int store_multipart_create(struct store *store, struct pool *pool,
    const struct store_object *object, const char **upload_id_r,
    struct err *err) ATTR_MUST_USE;

struct store_multipart {
	const char *key, *upload_id;
};
struct store_part {
	int number; /* 1 to STORE_PARTS_MAX */
	int64_t size_bytes;
	const char *etag; /* without quotes */
};
struct store_parts {
	struct store_part *parts; /* in the order of their numbers */
	size_t count;
};
/* The parts that are there; ERR_NOT_FOUND ("NoSuchUpload"). */
int store_multipart_parts(struct store *store, struct pool *pool,
    const struct store_multipart *upload, struct store_parts *parts_r,
    struct err *err) ATTR_MUST_USE;

struct store_complete {
	struct store_multipart upload;
	const struct store_part *parts; /* ascending; sizes are not read */
	size_t count;
	bool is_new_only; /* ERR_CONFLICT; where the provider can */
};
/*
 * Make one object of the parts; *etag_r is its ETag without quotes, "" if
 * unknown.  ERR_INVALID "InvalidPart", "InvalidPartOrder" or "EntityTooSmall"
 * (all but the last have STORE_PART_BYTES_MIN at least).
 */
int store_multipart_complete(struct store *store, struct pool *pool,
    const struct store_complete *complete, const char **etag_r,
    struct err *err) ATTR_MUST_USE;

/* An upload that is gone is a success. */
int store_multipart_abort(struct store *store, const char *key,
    const char *upload_id, struct err *err) ATTR_MUST_USE;
struct store_unfinished {
	const char *key, *upload_id;
	int64_t begun_secs;
};
/*
 * Unfinished multipart uploads, up to STORE_PAGE_MAX of them; servers may
 * forget some, so the table of our own goes first.
 */
int store_multipart_list(struct store *store, struct pool *pool,
    struct store_unfinished **uploads_r, size_t *count_r, struct err *err)
    ATTR_MUST_USE;

#endif
