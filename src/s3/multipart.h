/*
 * Objects in parts: created, parts sent many at once, completed or aborted.
 *
 *	s3_upload_create(client, pool, &put, &upload, err);
 *	s3_part_start(upload, &part, err);	any number at once
 *	s3_part_wait(upload, &part, err);	in the order of their numbers
 *	s3_upload_complete(upload, &etag, err);
 *
 * After a failure: s3_part_cancel() for every part that is under way, then
 * s3_upload_abort().  An upload belongs to one thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_MULTIPART_H
#define S3_MULTIPART_H

#include "s3/object.h"

enum { S3_PARTS_MAX = 10000 };

struct s3_upload;

/* All members are the caller's until it is started. */
struct s3_part {
	struct pool *pool; /* of its own; used and cleared by the part */
	int number;	   /* from 1 */
	struct s3_body body;

	/* The upload's own. */
	struct s3_call call;
	struct fetch_job job;
	bool is_running;
};

/* put->body is not looked at.  The upload lives in the pool. */
int s3_upload_create(struct s3_client *client, struct pool *pool,
    const struct s3_put *put, struct s3_upload **upload_r, struct err *err)
    ATTR_MUST_USE;
const char *s3_upload_id(const struct s3_upload *upload);

int s3_part_start(struct s3_upload *upload, struct s3_part *part,
    struct err *err) ATTR_MUST_USE;
/* Wait for its end; an attempt that failed is repeated here. */
int s3_part_wait(struct s3_upload *upload, struct s3_part *part,
    struct err *err) ATTR_MUST_USE;
void s3_part_cancel(struct s3_upload *upload, struct s3_part *part);

/*
 * The ETag an object of the parts waited for so far will have: the MD5 of
 * their MD5s.  NULL where the server's ETags are no MD5s.
 */
const char *s3_upload_expected_etag(const struct s3_upload *upload);
/* An answer that got lost is settled by looking at the object. */
int s3_upload_complete(struct s3_upload *upload, const char **etag_r,
    struct err *err) ATTR_MUST_USE;

/* An upload that is gone is a success. */
int s3_upload_abort(struct s3_client *client, const char *key,
    const char *upload_id, struct err *err) ATTR_MUST_USE;

#endif
