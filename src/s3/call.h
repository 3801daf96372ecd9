/*
 * One call to S3, from its description to the checked answer: what client.c
 * and multipart.c are built on.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_CALL_H
#define S3_CALL_H

#include "net/fetch_set.h"
#include "s3/client.h"

enum { S3_CALL_HEADERS_MAX = 16, S3_PARALLEL_MAX = 64 };

struct s3_client {
	struct s3_place place;
	const char *bucket;
	struct signer signer; /* credentials and time are set per call */
	struct s3_credentials *credentials;
	struct sign_key_cache keys;
	struct fetcher *fetcher;
	struct fetch_set *set;
	struct retry_policy retry;
	int connect_secs, stall_secs, first_byte_secs;
	/* What CopyObject takes; more is copied by parts. */
	int64_t copy_bytes_max;
	/* This server has no DeleteObjects: learnt once. */
	_Atomic bool has_no_bulk_delete;
	const struct clock *clock;
	const struct log *log;
};

struct s3_call {
	const char *method;
	const char *key;   /* NULL: the bucket */
	const char *query; /* encoded, canonical; "" for none */
	size_t header_count;
	struct sign_header headers[S3_CALL_HEADERS_MAX];
	const struct s3_body *body; /* NULL: none */
	fetch_sink_fn sink;
	void *sink_arg;
	size_t reply_max_bytes; /* as of struct fetch_request */
	enum retry_rule rule;
	/* A 200 may come before the end is known: look for an <Error> in it. */
	bool has_late_errors;
	/* What the server moves by itself before it answers: time for that. */
	int64_t work_bytes;
};

/* Add a header, unless the value is NULL or "". */
void s3_call_header(struct s3_call *call, const char *name,
    const char *value);

/* A copy's source: an object of the same bucket, as long as it matches. */
void s3_call_source(struct s3_call *call, const struct s3_client *client,
    struct pool *pool, const char *from_key, const char *if_match);

/* Less than this would be a slow server's copy within itself. */
enum { S3_WORK_RATE = 8 * 1024 * 1024 };

/* Sign for now, and describe the exchange.  ERR_INVALID for a bad header. */
int s3_call_sign(struct s3_client *client, struct pool *pool,
    const struct s3_call *call, struct fetch_request *request_r,
    struct err *err) ATTR_MUST_USE;

/* Run it, again if need be.  *reply_r is filled in both cases. */
int s3_call_run(struct s3_client *client, struct pool *pool,
    const struct s3_call *call, struct fetch_reply *reply_r, struct err *err)
    ATTR_MUST_USE;

/* Run a call whose answer is only looked at for failure. */
int s3_call_plain(struct s3_client *client, const struct s3_call *call,
    struct err *err) ATTR_MUST_USE;
/* An absent thing is an answer, not an error: 0, and -1 for other errors. */
int s3_absent(struct err *err) ATTR_MUST_USE;

/* How often a call was tried, and since when. */
struct s3_attempts {
	int count;
	int64_t started_ms; /* monotonic */
};

/* The first one begins. */
struct s3_attempts s3_attempts_begin(void);

/*
 * The last attempt has failed: true when another one may follow, after the
 * pause that was made here.  A server that keeps us waiting is not waited for
 * much longer than a single time-out.
 */
bool s3_call_again(struct s3_client *client, const struct s3_call *call,
    struct s3_attempts *attempts, const struct fetch_reply *reply,
    const struct err *err);

#endif
