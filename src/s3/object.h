/*
 * Operations on objects.  Each has a blocking form here; its call alone
 * (s3_call_...) may be given to a task (s3/task.h), and the answer read with
 * the function beside it.
 *
 * Errors are those of s3/reply.h and net/fetch.h.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_OBJECT_H
#define S3_OBJECT_H

#include "s3/call.h"
#include "s3/client.h"

/* Of one CopyObject, everywhere. */
#define S3_COPY_BYTES_MAX (INT64_C(5) * 1024 * 1024 * 1024)

struct s3_put {
	const char *key;
	/* NULL: not sent. */
	const char *content_type, *content_disposition, *cache_control;
	const char *checksum_sha256; /* base64, as x-amz-checksum-sha256 */
	const char *acl;	     /* x-amz-acl */
	bool is_new_only;	     /* If-None-Match: *; else ERR_CONFLICT */
	struct s3_body body;
};

struct s3_info {
	int64_t size_bytes;
	const char *content_type; /* "" if unknown */
	const char *cache_control;
	const char *etag;      /* without quotes, "" if unknown */
	int64_t modified_secs; /* 0 if unknown */
	/* x-amz-meta-*, Content-Encoding, -Language, -Disposition, Expires,
	   or a redirect: something besides type and caching. */
	bool has_other_metadata;
};

struct s3_get {
	const char *key;
	int64_t offset;
	int64_t length;	      /* -1: to the end */
	const char *if_match; /* ETag without quotes; NULL: any */
	fetch_sink_fn sink;
	void *arg;
};

struct s3_copy {
	const char *from_key, *to_key; /* of the same bucket; may be equal */
	const char *if_match;	       /* ETag of the source; NULL: any */
	/* The copy's metadata replaces the source's. */
	const char *content_type, *content_disposition, *cache_control;
	const char *acl;
};

int s3_put(struct s3_client *client, struct pool *pool,
    const struct s3_put *put, const char **etag_r, struct err *err)
    ATTR_MUST_USE;
/* put->body must stay where it is. */
void s3_call_put(struct s3_call *call_r, const struct s3_put *put);
/* ERR_UPSTREAM for a success that names no ETag. */
int s3_read_put(struct pool *pool, const struct fetch_reply *reply,
    const char **etag_r, struct err *err) ATTR_MUST_USE;

/* 1 found, 0 absent, -1. */
int s3_head(struct s3_client *client, struct pool *pool, const char *key,
    struct s3_info *info_r, struct err *err) ATTR_MUST_USE;
void s3_call_head(struct s3_call *call_r, const char *key);
int s3_read_head(struct pool *pool, const struct fetch_reply *reply,
    struct s3_info *info_r, struct err *err) ATTR_MUST_USE;

/*
 * ERR_NOT_FOUND when absent, ERR_INVALID for a range beyond the end,
 * ERR_CONFLICT when it is not the one of if_match.
 */
int s3_get(struct s3_client *client, const struct s3_get *get,
    struct err *err) ATTR_MUST_USE;

/* An absent object is a success. */
int s3_delete(struct s3_client *client, const char *key, struct err *err)
    ATTR_MUST_USE;
void s3_call_delete(struct s3_call *call_r, const char *key);

/*
 * Copy inside the bucket, without the bytes passing here; beyond 5 GiB by
 * parts.  An object copied onto itself keeps its bytes and changes its
 * metadata.  ERR_NOT_FOUND without the source, ERR_CONFLICT when it is not the
 * one of if_match; servers that do not know this condition (Ceph 16), or
 * misread it for objects uploaded in parts (Swift), let a source pass that
 * changes between our look and their copy, so whoever must be sure looks at the
 * copy.  *etag_r is the copy's.
 */
int s3_copy(struct s3_client *client, struct pool *pool,
    const struct s3_copy *copy, const char **etag_r, struct err *err)
    ATTR_MUST_USE;

#endif
