/*
 * Where the keys come from, and that they stay fresh.
 *
 * Sources in the order they are looked for, unless one is named:
 *
 *	static		given by settings; a second pair for rotation
 *	profile		a shared credentials file with [profiles]
 *	web_identity	STS AssumeRoleWithWebIdentity with a token file
 *	container	an HTTP endpoint beside the container
 *	instance	the metadata service, version 2 only
 *
 * Temporary credentials are fetched once for all threads and again before they
 * expire; while a refresh fails and the old ones last, the old ones are used
 * and the failure is logged.  A static pair that the server calls unknown is
 * put behind the other one.
 *
 * Shared by all threads.  Nothing here is ever logged.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_CREDENTIALS_H
#define S3_CREDENTIALS_H

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/pool.h"
#include "net/fetch.h"
#include "s3/sign.h"

struct s3_credentials;

/* Texts may be "" or NULL where a source is not wanted. */
struct s3_credentials_config {
	const char *source; /* "auto" or a word of the list above */
	const char *access_key, *secret_key, *session_token;
	const char *access_key_2, *secret_key_2;
	const char *credentials_file, *profile;
	const char *role_arn, *role_session_name, *web_identity_token_file;
	const char *sts_endpoint; /* "" for the region's */
	const char *ca_file;	  /* of sts_endpoint; "" for the system's */
	const char *region;
	const char *container_uri; /* absolute */
	const char *container_token, *container_token_file;
	const char *metadata_endpoint; /* of the instance; "" for the usual */
	bool is_metadata_disabled;
	struct fetcher *fetcher;
	const struct clock *clock;
	const struct log *log;
};

/*
 * ERR_INVALID when no source is configured or one is half configured.  Asks
 * nobody yet.  Texts are copied.
 */
int s3_credentials_new(struct pool *pool,
    const struct s3_credentials_config *config,
    struct s3_credentials **credentials_r, struct err *err) ATTR_MUST_USE;
/*
 * The pair to sign with now, copied to the pool.  May take a request of a few
 * seconds at most; ERR_UNAVAILABLE or ERR_UPSTREAM when there is none.
 */
int s3_credentials_load(struct s3_credentials *credentials, struct pool *pool,
    struct sign_credentials *pair_r, struct err *err) ATTR_MUST_USE;
/*
 * The server refused this access key as unknown, wrong or expired: true when
 * another pair is there now, so that the call may be tried once more.
 */
bool s3_credentials_reject(struct s3_credentials *credentials,
    const char *access_key);
/* The source in use, for `doctor` and the log: "static", "profile eu". */
const char *s3_credentials_source(const struct s3_credentials *credentials);

#endif
