/*
 * What all listings of S3 have in common: they are large, their names may be
 * encoded, they come in pages, and nothing else may pass for one.  An answer
 * that is not understood must never look like an empty bucket.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_LIST_PRIVATE_H
#define S3_LIST_PRIVATE_H

#include "codec/xml.h"
#include "s3/call.h"

struct s3_listing {
	const char *key; /* NULL: of the bucket */
	const char *query;
	const char *root; /* of the answer */
	/* Elements below the root, in order; paths begin below it. */
	xml_element_fn element;
	void *arg;

	/* Read from the answer. */
	bool is_encoded;   /* its names are */
	bool is_truncated; /* another page follows */
	bool was_repaired; /* it held what XML cannot hold */
};

/* ERR_UPSTREAM for an answer that is no such listing. */
int s3_listing_run(struct s3_client *client, struct s3_listing *listing,
    struct err *err) ATTR_MUST_USE;
int s3_listing_read(struct s3_listing *listing,
    const struct fetch_reply *reply, struct err *err) ATTR_MUST_USE;

/*
 * A name of the listing as bytes.  1; 0 when it holds a NUL, so that no
 * operation here could name it; -1 when it is not encoded as was said.
 */
int s3_listing_name(const struct s3_listing *listing, struct pool *pool,
    const char *text, const char **name_r, struct err *err) ATTR_MUST_USE;
/* A text that is never encoded; "" when it holds a NUL. */
const char *s3_listing_text(const struct s3_listing *listing,
    struct pool *pool, const char *text);

/* "&name=VALUE", the value encoded; "" when the value is. */
const char *s3_query_member(struct pool *pool, const char *name,
    const char *value);

#endif
