/*
 * AWS Signature Version 4, as S3 has it, in pure stages.
 *
 *	canonical request -> string to sign -> signing key -> signature
 *
 * Time is an input.  Nothing here knows HTTP: a request is described, and the
 * result is what must be added to it, a header or a query string.  S3's rules
 * for paths hold: every byte but the unreserved ones and "/" is encoded once,
 * and nothing is normalised ("//", "." and ".." stay).
 *
 * All results live in the pool.  The stages cannot fail: bytes that are no
 * valid encoding are taken as they are.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_SIGN_H
#define S3_SIGN_H

#include <pthread.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"
#include "codec/date.h"
#include "codec/digest.h"

#define SIGN_UNSIGNED_PAYLOAD "UNSIGNED-PAYLOAD"
/* SHA-256 of nothing. */
#define SIGN_EMPTY_SHA256 \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

#define SIGN_ALGORITHM "AWS4-HMAC-SHA256"

enum {
	SIGN_PRESIGN_SECS_MAX = 7 * 24 * 3600,
	SIGN_SIGNATURE_CHARS = 2 * SHA256_BYTES
};

struct sign_header {
	const char *name; /* in any case */
	/* NULL: the name is signed, and that no such header comes; for servers
	   that leave it out of what they sign (s3/provider.h). */
	const char *value;
};

/* What is signed.  All headers are; one of them should be Host. */
struct sign_request {
	const char *method;
	const char *path;  /* encoded; "" stands for "/" */
	const char *query; /* encoded, without "?" */
	const struct sign_header *headers;
	size_t header_count;
	const char *payload_hash; /* hex, or SIGN_UNSIGNED_PAYLOAD */
	int64_t expires_secs;	  /* of sign_presign() */
};

struct sign_credentials {
	const char *access_key, *secret_key;
	const char *session_token; /* "" for none */
	int64_t expires_secs;	   /* since 1970; 0: they do not expire */
};

struct sign_scope {
	const char *region;
	const char *service; /* "s3" */
	int64_t now_secs;
};

/* The key of a day, region and service. */
struct sign_key {
	uint8_t bytes[SHA256_BYTES];
};

/*
 * The last key made, for all threads: four HMACs less per signature.  Set up
 * with sign_key_cache_init(), released with the pool.
 */
struct sign_key_cache {
	pthread_mutex_t mutex;
	struct sign_key key;
	char day[8 + 1];
	char *secret_key, *region, *service;
	struct pool *pool;
};

struct signer {
	struct sign_credentials credentials;
	struct sign_scope scope;
	struct sign_key_cache *cache; /* may be NULL */
};

struct sign_result {
	const char *canonical_request;
	const char *string_to_sign;
	const char *signature;
	const char *signed_headers;
	const char *authorization; /* of sign_with_header() */
	const char *query;	   /* of sign_presign(): the whole query */
};

/* ---- stages ---- */

/* Decode and encode once more, so that any spelling of a path has one form. */
const char *sign_canonical_path(struct pool *pool, const char *path);
/* Parameters decoded, encoded, sorted; "a" becomes "a=". */
const char *sign_canonical_query(struct pool *pool, const char *query);
/* Trimmed, and each run of white space made one space. */
const char *sign_header_value(struct pool *pool, const char *value);
/* *signed_headers_r: the names, sorted, separated by ";". */
const char *sign_canonical_request(struct pool *pool,
    const struct sign_request *request, const char **signed_headers_r);
const char *sign_string_to_sign(struct pool *pool,
    const struct sign_scope *scope, const char *canonical_request);
void sign_key_derive(struct sign_key *key_r, const char *secret_key,
    const struct sign_scope *scope);
const char *sign_signature(struct pool *pool, const struct sign_key *key,
    const char *string_to_sign);

/* ---- the whole ---- */

void sign_key_cache_init(struct sign_key_cache *cache, struct pool *pool);

/* "ACCESS_KEY/DAY/REGION/SERVICE/aws4_request" */
const char *sign_credential(struct pool *pool, const struct signer *signer);
/* The signature of a text that is no request: a POST policy. */
const char *sign_text(struct pool *pool, const struct signer *signer,
    const char *text);
/*
 * How long from now something signed may hold: what is wanted, ERR_INVALID
 * unless that is 1 to SIGN_PRESIGN_SECS_MAX, but no longer than the
 * credentials; ERR_UNAVAILABLE when those have expired.
 */
int sign_lifetime(const struct signer *signer, int64_t wanted_secs,
    int64_t *secs_r, struct err *err) ATTR_MUST_USE;
/*
 * ERR_INVALID unless the name is of letters, digits, "-", "_" and ".", and
 * the value, if any, without control characters.
 */
int sign_check_header(const struct sign_header *header, struct err *err)
    ATTR_MUST_USE;

/*
 * Sign with an Authorization header.  The caller has put x-amz-date,
 * x-amz-content-sha256 and, with a session token, x-amz-security-token among
 * the headers.
 */
void sign_with_header(struct pool *pool, const struct signer *signer,
    const struct sign_request *request, struct sign_result *result_r);

/*
 * Sign as a query string that is valid for expires_secs, or less: what
 * sign_lifetime() says.
 */
int sign_presign(struct pool *pool, const struct signer *signer,
    const struct sign_request *request, struct sign_result *result_r,
    struct err *err) ATTR_MUST_USE;

#endif
