/*
 * The crew: a fixed number of threads that serve connections.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_CREW_H
#define HTTP_CREW_H

#include <pthread.h>

#include "http/connection.h"

struct crew {
	struct connections *connections;
	acceptor_serve_fn serve;
	void *arg;
	/* Of crew_start(). */
	pthread_t *threads;
	int count;
};

/* Start the threads; on failure none is left. */
int crew_start(struct crew *crew, struct pool *pool, int threads,
    struct err *err) ATTR_MUST_USE;
/* Let the threads serve what is READY, and wait for their end. */
void crew_end(struct crew *crew);

#endif
