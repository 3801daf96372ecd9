/*
 * What answers teach.  Any of them may tell that the server is Ceph; a refusal
 * teaches more, for this call and all later ones:
 *
 *	region	the bucket is in another one (x-amz-bucket-region, <Region>);
 *		without an endpoint of its own the host follows
 *	clock	ours is wrong by minutes (the answer's Date)
 *	pair	the access key is unknown, expired or does not fit
 *
 * A Location is never followed: the host is ours to choose, and a region that
 * is not a plain word is not taken.  What the server says changes nothing but
 * our signatures.  Each change is one log line, and there are few of them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_LEARN_H
#define S3_LEARN_H

#include "s3/attempt.h"

/* By headers that only Ceph's gateway sends. */
void s3_learn_server(struct s3_client *client,
    const struct fetch_reply *reply);
/* True when the attempt would end otherwise now: once each per call. */
bool s3_learn(struct s3_attempts *attempts, const struct fetch_reply *reply,
    const struct err *err);

#endif
