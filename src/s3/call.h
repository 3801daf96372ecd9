/*
 * One call to S3, from its description to the checked answer: what every
 * operation is built on.  Its blocking form is here; s3/attempt.h has it step
 * by step, and s3/task.h runs many at once.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_CALL_H
#define S3_CALL_H

#include <pthread.h>
#include <stdatomic.h>

#include "net/fetch_set.h"
#include "s3/client.h"

enum { S3_CALL_HEADERS_MAX = 16, S3_PARALLEL_MAX = 64 };

struct s3_client {
	struct s3_place_config place_config; /* as it was configured */
	const char *bucket, *ca_file;
	struct s3_credentials *credentials;
	struct sign_key_cache keys;
	struct fetcher *fetcher;
	struct fetch_set *set;
	struct retry_policy retry;
	struct retry_budget budget;
	struct breaker breaker;
	int connect_secs, stall_secs, first_byte_secs;
	/* What CopyObject takes; more is copied by parts. */
	int64_t copy_bytes_max;
	size_t bulk_delete_max; /* keys of one DeleteObjects */
	/* This server has no such call: learnt once. */
	_Atomic bool has_no_bulk_delete;
	_Atomic bool is_ceph; /* it says so, whatever its host is called */
	const struct clock *clock;
	const struct log *log;

	/*
	 * What s3/learn.h has learnt: read without a lock, changed under the
	 * mutex, as is the pool that targets are made in.
	 */
	_Atomic(const struct s3_target *) target;
	_Atomic int64_t clock_offset_secs;
	pthread_mutex_t learn_mutex;
	struct pool *learn_pool;
	int move_count, clock_count;
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
	/* How many times longer than usual it may take otherwise; 0 is 1. */
	int patience;
};

/* Add a header, unless the value is NULL or "". */
void s3_call_header(struct s3_call *call, const char *name,
    const char *value);

/* A copy's source: an object of the same bucket, as long as it matches. */
void s3_call_source(struct s3_call *call, const struct s3_client *client,
    struct pool *pool, const char *from_key, const char *if_match);

/* Less than this would be a slow server's copy within itself. */
enum { S3_WORK_RATE = 8 * 1024 * 1024 };

/* Run it, again if need be.  *reply_r is filled in both cases. */
int s3_call_run(struct s3_client *client, struct pool *pool,
    const struct s3_call *call, struct fetch_reply *reply_r, struct err *err)
    ATTR_MUST_USE;

/* Run a call whose answer is only looked at for failure. */
int s3_call_plain(struct s3_client *client, const struct s3_call *call,
    struct err *err) ATTR_MUST_USE;
/* An absent thing is an answer, not an error: 0, and -1 for other errors. */
int s3_absent(struct err *err) ATTR_MUST_USE;

/* ---- one attempt's pieces ---- */

struct s3_signing {
	const struct s3_target *target;
	struct signer signer;
};

/* ERR_INVALID for a header that would become two. */
int s3_call_check(const struct s3_call *call, struct err *err) ATTR_MUST_USE;
/* The signed exchange of a call that was checked. */
void s3_call_sign(const struct s3_client *client, struct pool *pool,
    const struct s3_call *call, const struct s3_signing *signing,
    struct fetch_request *request_r);
/* What came back, as an error where it is one. */
int s3_call_check_reply(const struct s3_call *call,
    const struct fetch_reply *reply, struct err *err) ATTR_MUST_USE;
/* Seconds for what the server has to do by itself. */
int s3_call_work_secs(const struct s3_call *call);

#endif
