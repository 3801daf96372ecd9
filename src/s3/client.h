/*
 * An S3 client for one bucket, shared by all threads (A1).
 *
 * Every call signs, runs and, where that is safe, repeats the exchange
 * (s3/retry.h).  While storage is away, calls fail at once (s3/breaker.h).
 * What servers say is remembered for all later calls: the bucket's region, the
 * time, that a key is not valid any more (s3/learn.h).
 *
 * Errors are those of s3/reply.h and net/fetch.h.  Keys go out as they are; it
 * is the store that is choosy about them.
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
#include "s3/breaker.h"
#include "s3/credentials.h"
#include "s3/retry.h"
#include "s3/sign.h"
#include "s3/url.h"

struct s3_client;

struct s3_config {
	struct s3_place_config place;
	/* Region, fetcher, clock and log are filled in from here. */
	struct s3_credentials_config credentials;
	const char *ca_file; /* "" or NULL: the system's */
	int connect_secs, stall_secs;
	int first_byte_secs; /* until the answer begins; 0: stall_secs */
	int bulk_delete_max; /* keys of a DeleteObjects; 0: 1000, -1: none */
	/* All 0: the usual. */
	struct retry_policy retry;
	struct breaker_policy breaker;
	const struct clock *clock;
	const struct log *log;
};

/* A stretch of an open file, which must not change until it is sent. */
struct s3_file {
	int fd;
	int64_t offset, bytes;
};

/*
 * The bytes of a request.  Their hash comes along because it is signed;
 * md5 (base64) is sent as Content-MD5 when it is not NULL.
 */
struct s3_body {
	const struct spool *spool;
	struct s3_file file; /* unless it has no bytes */
	struct slice text;   /* if it is neither */
	const char *sha256; /* hex */
	const char *md5;
	/*
	 * Told of each stretch before it is sent, also when it is sent again;
	 * on the set's thread.  -1 ends the exchange.  NULL: nobody asks.
	 */
	int (*watch)(void *arg, int64_t offset, size_t len, struct err *err);
	void *watch_arg;
};

/* Where requests go and for which region they are signed. */
struct s3_target {
	struct s3_place place;
	const char *region;
};

/* Lives until the pool is cleared. */
int s3_client_new(struct pool *pool, const struct s3_config *config,
    struct s3_client **client_r, struct err *err) ATTR_MUST_USE;
/* As far as is known by now; what it points to never changes, and stays. */
const struct s3_target *s3_client_target(const struct s3_client *client);
const struct s3_place *s3_client_place(const struct s3_client *client);
/* The time to sign with: ours, corrected by what servers said. */
int64_t s3_client_now_secs(const struct s3_client *client);
/*
 * What to sign with now: credentials (copied to the pool), region and time.
 * For presigning; calls sign by themselves.
 */
int s3_client_signer(struct s3_client *client, struct pool *pool,
    struct signer *signer_r, struct err *err) ATTR_MUST_USE;
/* True once an answer has shown that the server is Ceph. */
bool s3_client_is_ceph(const struct s3_client *client);
/* As of s3_credentials_source(). */
const char *s3_client_credentials_source(const struct s3_client *client);
/* Call this before a fork (net/fetch.h). */
void s3_client_close_idle(struct s3_client *client);

/* A body in memory, which is hashed here. */
struct s3_body s3_body_text(struct pool *pool, struct slice text);
/* The same with its MD5, which some calls want. */
struct s3_body s3_body_text_md5(struct pool *pool, struct slice text);
/*
 * A body in a file, which is read and hashed here, by MD5 too if that is
 * wanted.  ERR_INTERNAL when the file ends before.
 */
int s3_body_file(struct pool *pool, const struct s3_file *file, bool want_md5,
    struct s3_body *body_r, struct err *err) ATTR_MUST_USE;
/* The MD5 of a stretch in hexadecimal, as ETags of parts are. */
int s3_file_md5(struct pool *pool, const struct s3_file *file,
    const char **md5_r, struct err *err) ATTR_MUST_USE;
/* Read at an offset from the beginning of the body, as of fetch_read_fn. */
int s3_body_read(const struct s3_body *body, int64_t offset, void *data,
    size_t len, size_t *got_r, struct err *err) ATTR_MUST_USE;
int64_t s3_body_bytes(const struct s3_body *body);

#endif
