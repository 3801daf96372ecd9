/*
 * What an S3 server's answer means, as one of our errors.
 *
 *	404			ERR_NOT_FOUND (but NoSuchBucket: ERR_UPSTREAM)
 *	409, 412		ERR_CONFLICT
 *	429, 500, 502-504	ERR_UNAVAILABLE: worth another try
 *	everything else		ERR_UPSTREAM
 *
 * err->code is the server's own code where it names one ("SlowDown"), and the
 * text says what to do about it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_REPLY_H
#define S3_REPLY_H

#include "base/err.h"
#include "net/fetch.h"

/* 0 for a 2xx. */
int s3_reply_check(const struct fetch_reply *reply, struct err *err)
    ATTR_MUST_USE;
/*
 * As s3_reply_check, and the body must be a result (<CopyObjectResult>), not an
 * <Error>: some calls answer 200 before they know how they end.
 */
int s3_reply_check_body(const struct fetch_reply *reply, struct err *err)
    ATTR_MUST_USE;

/* The body without the white space that may stand before XML. */
struct slice s3_reply_body(const struct fetch_reply *reply);
/* The same, repaired (s3/xml_repair.h). */
struct slice s3_reply_xml(struct pool *pool, const struct fetch_reply *reply);

/* An ETag as a header has it; NULL for NULL. */
const char *s3_etag_quote(struct pool *pool, const char *etag);
/* An ETag without its quotes; "" when it is odd. */
const char *s3_etag_unquote(struct pool *pool, struct slice etag);
/* An ETag header without its quotes; "" when there is none or it is odd. */
const char *s3_reply_etag(const struct fetch_reply *reply, struct pool *pool);

#endif
