/*
 * Opening a store by its driver, and the policy of its bucket.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STORE_OPEN_H
#define STORE_OPEN_H

#include "s3/credentials.h"
#include "store/store.h"

struct store_file_config {
	const char *root; /* folder that holds the buckets' folders */
	const char *bucket;
	const char *public_url;	    /* "" for "/store/..." */
	const char *public_prefixes; /* "products/ general/", or "" */
	/*
	 * The installation's secret, of which the keys of presigned requests
	 * are made; NULL or "": there are none.  What was signed with the
	 * previous one stays valid.
	 */
	const char *secret, *previous_secret;
	const struct clock *clock; /* of signatures; NULL without a secret */
};
int store_open_file(struct pool *pool, const struct store_file_config *config,
    struct store **store_r, struct err *err) ATTR_MUST_USE;

struct store_s3_config {
	/* "auto" (by the endpoint) or a name of s3/provider.h: it answers
	   wherever "auto" stands below, and for an empty region. */
	const char *provider;
	const char *endpoint;	      /* "" for AWS */
	const char *presign_endpoint; /* what browsers reach; "": the same */
	const char *region;
	const char *bucket;
	/* Its region, fetcher, clock and log are filled in. */
	struct s3_credentials_config credentials;
	const char *addressing; /* "auto", "path" or "virtual" */
	const char *public_url; /* "" for the endpoint itself */
	bool is_public_url_bucket; /* declared: it leads into the bucket */
	const char *public_prefixes;
	const char *checksum; /* "auto", "sha256", "md5" or "none" (beside the
				 payload hash) */
	const char *conditional_write; /* If-None-Match: * on PUT: "auto",
					  "true" or "false" */
	const char *form_post;	       /* POST Object, likewise */
	bool apply_policy; /* public-read policy when creating the bucket */
	int64_t part_bytes;
	int part_concurrency;
	const char *ca_file; /* "": the system's */
	int connect_timeout_secs, stall_timeout_secs, first_byte_timeout_secs;
	/* 0: as often as is sensible.  Else each call goes out, and no more
	   often, whatever became of those before: for a diagnosis. */
	int attempts_max;
	struct spool_budget *budget;
	const struct clock *clock;
	const struct log *log;
};
int store_open_s3(struct pool *pool, const struct store_s3_config *config,
    struct store **store_r, struct err *err) ATTR_MUST_USE;
/* What the S3 driver talks with; NULL for the others. */
struct s3_client;
struct s3_client *store_s3_client(const struct store *store);
/* The public-read policy of the public prefixes as JSON (A10). */
const char *store_policy_json(const struct store *store, struct pool *pool);
/* Put that policy on the bucket; ERR_UNSUPPORTED for the file driver. */
int store_apply_policy(struct store *store, struct err *err) ATTR_MUST_USE;

#endif
