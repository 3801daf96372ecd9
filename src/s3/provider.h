/*
 * What differs between the servers that speak S3: one constant row each.
 *
 * A profile is chosen by S3_PROVIDER, or detected from the endpoint's host.
 * Settings of their own (S3_CHECKSUM, S3_CONDITIONAL_WRITE, S3_REGION,
 * S3_ADDRESSING, S3_FORM_POST) go before what the row says.  Where a row and a
 * server disagree, `almacenctl doctor` shows it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_PROVIDER_H
#define S3_PROVIDER_H

#include <stdbool.h>

#include "base/pool.h"

enum s3_provider {
	S3_PROVIDER_AWS,
	S3_PROVIDER_R2,
	S3_PROVIDER_MINIO,
	S3_PROVIDER_SPACES,
	S3_PROVIDER_CEPH,
	S3_PROVIDER_B2,
	S3_PROVIDER_SWIFT,
	S3_PROVIDER_GENERIC,
	S3_PROVIDER_COUNT
};

/* What goes along with a PUT, besides the payload hash. */
enum s3_checksum { S3_CHECKSUM_NONE, S3_CHECKSUM_SHA256, S3_CHECKSUM_MD5 };

enum s3_acl {
	S3_ACL_NEVER, /* refused or ignored: not sent */
	S3_ACL_SIGNED /* x-amz-acl is sent, and signed, with every object */
};

/*
 * What becomes of x-amz-... headers that a presigned URL does not name.  AWS
 * refuses them.  Elsewhere x-amz-copy-source may make the URL of an upload
 * copy any object that its signer can read, over an object that
 * If-None-Match: * should have kept, and x-amz-acl may make it public.
 */
enum s3_unsigned {
	S3_UNSIGNED_OBEYED, /* or it is not known */
	S3_UNSIGNED_REFUSED,
	/* Obeyed, but a header whose name is signed may be missing, and then
	   breaks the signature when it comes: so it can be forbidden. */
	S3_UNSIGNED_FORBIDDABLE
};

struct s3_profile {
	enum s3_provider provider;
	const char *name;  /* of the setting: "r2" */
	const char *title; /* for people: "Cloudflare R2" */
	bool can_post;	   /* POST Object with a policy */
	bool can_write_conditionally; /* If-None-Match: * on PUT */
	bool has_bucket_hosts; /* its public hosts serve one bucket each */
	enum s3_checksum checksum; /* of a PUT of one piece */
	enum s3_acl acl;
	enum s3_unsigned unsigned_headers;
	int bulk_delete_max;	/* keys of one DeleteObjects; 0: none */
	const char *addressing; /* "auto", "path" or "virtual" */
	const char *region;	/* when none is set; "" for us-east-1 */
};

/* By the setting's word; NULL for an unknown one. */
const struct s3_profile *s3_profile_find(const char *name);
/* By the endpoint's URL ("" is AWS); the generic one when nothing fits. */
const struct s3_profile *s3_profile_detect(struct pool *pool,
    const char *endpoint);
/*
 * The region to sign for when S3_REGION is not set: the one the endpoint's
 * host names (Spaces, B2, AWS), else the profile's, else us-east-1.
 */
const char *s3_profile_region(const struct s3_profile *profile,
    struct pool *pool, const char *endpoint);

#endif
