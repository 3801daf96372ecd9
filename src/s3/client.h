/*
 * An S3 client for one bucket, shared by all threads (A1).
 *
 * Every call signs, runs and, where that is safe, repeats the exchange
 * (s3/retry.h).  Errors are those of s3/reply.h and net/fetch.h.  Keys go out
 * as they are; it is the store that is choosy about them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_CLIENT_H
#define S3_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/spool.h"
#include "s3/retry.h"
#include "s3/sign.h"
#include "s3/url.h"

struct s3_client;

struct s3_config {
	struct s3_place_config place;
	struct sign_credentials credentials;
	int connect_secs, stall_secs;
	struct retry_policy retry; /* all 0: the usual */
	const struct clock *clock;
	const struct log *log;
};

/*
 * The bytes of a request.  Their hash comes along because it is signed;
 * md5 (base64) is sent as Content-MD5 when it is not NULL.
 */
struct s3_body {
	const struct spool *spool; /* NULL: the text */
	struct slice text;
	const char *sha256; /* hex */
	const char *md5;
};

struct s3_put {
	const char *key;
	/* NULL: not sent. */
	const char *content_type, *content_disposition, *cache_control;
	const char *checksum_sha256; /* base64, as x-amz-checksum-sha256 */
	bool is_new_only;	     /* If-None-Match: *; else ERR_CONFLICT */
	struct s3_body body;
};

struct s3_info {
	int64_t size_bytes;
	const char *content_type; /* "" if unknown */
	const char *etag;	  /* without quotes, "" if unknown */
	int64_t modified_secs;	  /* 0 if unknown */
};

struct s3_get {
	const char *key;
	int64_t offset;
	int64_t length; /* -1: to the end */
	fetch_sink_fn sink;
	void *arg;
};

/* Lives until the pool is cleared. */
int s3_client_new(struct pool *pool, const struct s3_config *config,
    struct s3_client **client_r, struct err *err) ATTR_MUST_USE;
const struct s3_place *s3_client_place(const struct s3_client *client);
/* Call this before a fork (net/fetch.h). */
void s3_client_close_idle(struct s3_client *client);

/* A body in memory, which is hashed here. */
struct s3_body s3_body_text(struct pool *pool, struct slice text);

/* ---- objects ---- */

int s3_put(struct s3_client *client, struct pool *pool,
    const struct s3_put *put, const char **etag_r, struct err *err)
    ATTR_MUST_USE;
/* 1 found, 0 absent, -1. */
int s3_head(struct s3_client *client, struct pool *pool, const char *key,
    struct s3_info *info_r, struct err *err) ATTR_MUST_USE;
/* ERR_NOT_FOUND when absent, ERR_INVALID for a range beyond the end. */
int s3_get(struct s3_client *client, const struct s3_get *get,
    struct err *err) ATTR_MUST_USE;
/* An absent object is a success. */
int s3_delete(struct s3_client *client, const char *key, struct err *err)
    ATTR_MUST_USE;

/* ---- the bucket ---- */

/* 1 there, 0 not, -1. */
int s3_bucket_head(struct s3_client *client, struct err *err) ATTR_MUST_USE;
/* A bucket that is ours already is a success. */
int s3_bucket_create(struct s3_client *client, struct err *err) ATTR_MUST_USE;
int s3_bucket_put_policy(struct s3_client *client, const char *json,
    struct err *err) ATTR_MUST_USE;

#endif
