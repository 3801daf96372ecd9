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
#include "s3/task.h"

enum { S3_PARTS_MAX = 10000 };

struct s3_upload;

/* A stretch of an object of the same bucket. */
struct s3_source {
	const char *from_key;
	const char *if_match; /* ETag of the source; NULL: any */
	int64_t offset, bytes;
};

/* All members are the caller's until it is started. */
struct s3_part {
	struct pool *pool; /* of its own; used and cleared by the part */
	int number;	   /* from 1 */
	struct s3_body body;
	/* With a key: copied from there (UploadPartCopy) instead of sent. */
	struct s3_source source;

	/* The upload's own. */
	struct s3_task task;
};

/* A part that is there already. */
struct s3_known_part {
	int number;
	int64_t size_bytes; /* -1: not known */
	const char *etag;   /* without quotes */
};

struct s3_known_parts {
	struct s3_known_part *parts;
	size_t count;
};

struct s3_upload_name {
	const char *key, *upload_id;
};

/* put->body is not looked at.  The upload lives in the pool. */
int s3_upload_create(struct s3_client *client, struct pool *pool,
    const struct s3_put *put, struct s3_upload **upload_r, struct err *err)
    ATTR_MUST_USE;
/*
 * Go on with an upload that was begun before, perhaps by another process; put
 * is what it was begun with.  Nothing is sent.  Parts that are there
 * (s3_list_parts) are adopted, each in its turn among those that are waited
 * for, in the order of their numbers.
 */
struct s3_upload *s3_upload_resume(struct s3_client *client,
    struct pool *pool, const struct s3_put *put, const char *upload_id);
const char *s3_upload_id(const struct s3_upload *upload);

int s3_part_start(struct s3_upload *upload, struct s3_part *part,
    struct err *err) ATTR_MUST_USE;
int s3_part_wait(struct s3_upload *upload, struct s3_part *part,
    struct err *err) ATTR_MUST_USE;
void s3_part_cancel(struct s3_upload *upload, struct s3_part *part);

/* Instead of start and wait.  ERR_INVALID for an ETag that cannot be one. */
int s3_part_adopt(struct s3_upload *upload, const struct s3_known_part *part,
    struct err *err) ATTR_MUST_USE;

/*
 * The ETag an object of the parts waited for so far will have: the MD5 of
 * their MD5s.  NULL where the server's ETags are no MD5s.
 */
const char *s3_upload_expected_etag(const struct s3_upload *upload);
/*
 * An answer that got lost is settled by looking at the object, an ETag that is
 * not in the answer (Ceph 16) is reckoned; "" when that cannot be.
 */
int s3_upload_complete(struct s3_upload *upload, const char **etag_r,
    struct err *err) ATTR_MUST_USE;

/*
 * All parts that are there, in the order of their numbers; ERR_NOT_FOUND when
 * the upload is gone.
 */
int s3_list_parts(struct s3_client *client, struct pool *pool,
    const struct s3_upload_name *name, struct s3_known_parts *parts_r,
    struct err *err) ATTR_MUST_USE;

/* An upload that is gone is a success. */
int s3_upload_abort(struct s3_client *client, const char *key,
    const char *upload_id, struct err *err) ATTR_MUST_USE;

#endif
