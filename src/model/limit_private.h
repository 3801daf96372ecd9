/*
 * What the files of rate limits share.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_LIMIT_PRIVATE_H
#define MODEL_LIMIT_PRIVATE_H

#include <pthread.h>

#include "model/limit.h"

struct limiter {
	const char *url;
	const struct clock *clock;
	pthread_mutex_t mutex; /* guards what follows */
	struct pool *pool;     /* of db */
	struct sql *db;	       /* NULL: not open yet */
};

/* Open the database unless it is open. */
int limit_open(struct limiter *limiter, struct err *err) ATTR_MUST_USE;

#endif
