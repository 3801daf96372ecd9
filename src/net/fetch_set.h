/*
 * Many exchanges at once on one thread of its own (libcurl's multi interface).
 *
 * The thread starts with the first job, so that a process may make a set and
 * fork; it ends when the set's pool is cleared, by when every job must have
 * been waited for or cancelled.
 *
 *	fetch_set_start(set, job, err);		job->pool is now the set's
 *	...
 *	fetch_set_wait(set, job, err);		and the caller's again
 *
 * A job may take several attempts (struct fetch_steps).  Between two of them
 * it rests without a place among those in flight, and goes before younger jobs
 * when its time has come.  A job that rests is put in order by its time: sets
 * are for hundreds of jobs, not for hundreds of thousands at once.
 *
 * A job, its request and everything they point to must stay where they are
 * between the two; nobody else may use job->pool meanwhile.  Callbacks run on
 * the set's thread, which stands still meanwhile: none may take long, and none
 * may wait for a job.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef NET_FETCH_SET_H
#define NET_FETCH_SET_H

#include "net/fetch.h"

struct fetch_set;
struct fetch_job;

struct fetch_list {
	struct fetch_job *first, *last;
};

/* Jobs that one thread takes in the order they end.  All zero at first. */
struct fetch_group {
	struct fetch_list ended;
	int running;
};

/* What a job of several attempts does.  Called without any lock. */
struct fetch_steps {
	/*
	 * Before each attempt: may replace job->request.  -1 ends the job with
	 * this error, and job->reply is that of the attempt before.
	 */
	int (*prepare)(struct fetch_job *job, struct err *err);
	/*
	 * After each attempt, which job->reply and job->failure (of the kind
	 * ERR_NONE when an answer came) describe; both may be changed.  -1: it
	 * was the last one; else the pause before the next, in milliseconds.
	 * Not called for an attempt that was cancelled.
	 */
	int64_t (*again)(struct fetch_job *job);
};

struct fetch_job {
	struct pool *pool;
	struct fetch_request request;
	const struct fetch_steps *steps; /* NULL: one attempt */
	void *arg;			 /* of the steps; the caller's own */
	struct fetch_group *group;	 /* NULL: waited for by itself */
	struct fetch_reply reply; /* valid after the wait, as of fetch_run() */
	struct err failure;

	/* The set's own. */
	struct fetch_list *list;
	struct fetch_job *next, *prev;
	struct exchange *exchange;
	int64_t due_ms;
	bool is_cancelled, is_done;
};

/* A set that runs at most in_flight_max jobs; the others queue up. */
struct fetch_set *fetch_set_new(struct pool *pool, int in_flight_max);

int fetch_set_start(struct fetch_set *set, struct fetch_job *job,
    struct err *err) ATTR_MUST_USE;
/* Wait for the end of a job that was started; results as of fetch_run(). */
int fetch_set_wait(struct fetch_set *set, struct fetch_job *job,
    struct err *err) ATTR_MUST_USE;
/*
 * The next job of the group that has ended, waiting for it if need be; NULL
 * when none runs.  fetch_set_wait() then tells its result at once.
 */
struct fetch_job *fetch_set_next(struct fetch_set *set,
    struct fetch_group *group);
/*
 * Break a job off, on the wire or wherever it is; returns when the set has let
 * go of it.  Its group does not hear of it any more.
 */
void fetch_set_cancel(struct fetch_set *set, struct fetch_job *job);

#endif
