/*
 * What queue.c and a driver's half of it share.  A driver's queue and jobs
 * begin with the structures below, as its store does (store_private.h).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STORE_QUEUE_PRIVATE_H
#define STORE_QUEUE_PRIVATE_H

#include "store/queue.h"
#include "store/source.h"
#include "store/store_private.h"

enum store_job_kind { STORE_JOB_PUT, STORE_JOB_DELETE, STORE_JOB_EXISTS };

struct store_job {
	struct store_job *next;	     /* of all */
	struct store_job *next_idle; /* of those that may be used again */
	struct pool *pool; /* cleared when the job has ended */
	enum store_job_kind kind;
	struct store_object object; /* a copy; the key of every kind */
	struct store_source source; /* of STORE_JOB_PUT */
	store_done_fn done;
	void *arg;
	bool is_running;
};

struct store_queue {
	struct store *store;
	struct pool *pool;
	struct store_job *jobs, *idle;
	int limit, running;
	bool is_in_done; /* of a job: nobody may wait */
};

/* What a finished job has to tell. */
struct store_outcome {
	struct store_stored stored;
	struct store_info info;
};

struct store_queue_driver {
	struct store_queue *(*queue_new)(struct pool *pool);
	/* In the queue's pool, all zero. */
	struct store_job *(*job_new)(struct store_queue *queue);
	int (*start)(struct store_queue *queue, struct store_job *job,
	    struct err *err);
	/* Wait for one to end.  Some are running. */
	struct store_job *(*next)(struct store_queue *queue);
	/* Of one that has ended: 1 (it exists), 0 or -1. */
	int (*finish)(struct store_queue *queue, struct store_job *job,
	    struct store_outcome *outcome_r, struct err *err);
	void (*cancel)(struct store_job *job);
};

#endif
