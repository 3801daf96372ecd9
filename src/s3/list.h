/*
 * Listings, page by page: objects and unfinished multipart uploads.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_LIST_H
#define S3_LIST_H

#include "s3/call.h"

enum { S3_LIST_MAX = 1000 };

struct s3_list {
	const char *prefix;    /* "" for all */
	const char *delimiter; /* "" for none: every key below the prefix */
	const char *after;     /* begin behind this key, "" */
	const char *token;     /* of the page before, "" for the first */
	int limit;	       /* 1 to S3_LIST_MAX */
};

struct s3_entry {
	const char *key;
	int64_t size_bytes;
	int64_t modified_secs;
	const char *etag;
	bool is_prefix; /* a "folder": only the key is set */
};

struct s3_page {
	struct s3_entry *entries;
	size_t count;
	const char *next_token; /* "" after the last page */
};

/*
 * ListObjectsV2.  Keys come decoded, whatever bytes are in them, but that one
 * with a NUL is left out.  ERR_UPSTREAM for an answer that is not understood:
 * it never looks like an empty bucket, and no page leads back to itself.
 */
int s3_list(struct s3_client *client, struct pool *pool,
    const struct s3_list *list, struct s3_page *page_r, struct err *err)
    ATTR_MUST_USE;
/* Its call alone, for a task (s3/task.h), and the reading of the answer. */
void s3_call_list(struct s3_call *call_r, struct pool *pool,
    const struct s3_list *list);
int s3_read_list(struct pool *pool, const struct s3_list *list,
    const struct fetch_reply *reply, struct s3_page *page_r, struct err *err)
    ATTR_MUST_USE;

/*
 * DeleteObjects, or one DELETE each, many at once, where the server has no
 * bulk form.  Absent objects are successes.  failed_r (one per key) tells
 * which are still there; -1 when no answer could be had at all.
 */
int s3_delete_many(struct s3_client *client, const char *const *keys,
    size_t count, bool *failed_r, struct err *err) ATTR_MUST_USE;

struct s3_unfinished {
	const char *key, *upload_id;
	int64_t begun_secs;
};

struct s3_unfinished_page {
	struct s3_unfinished *uploads;
	size_t count;
	const char *next_key, *next_upload_id; /* "" after the last page */
};

/* ListMultipartUploads behind a key and upload id ("" for the start). */
int s3_list_uploads(struct s3_client *client, struct pool *pool,
    const char *prefix, const char *after_key, const char *after_upload_id,
    struct s3_unfinished_page *page_r, struct err *err) ATTR_MUST_USE;

#endif
