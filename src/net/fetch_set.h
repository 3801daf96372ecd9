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
 * A job, its request and everything they point to must stay where they are
 * between the two; nobody else may use job->pool meanwhile.  Callbacks run on
 * the set's thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef NET_FETCH_SET_H
#define NET_FETCH_SET_H

#include "net/fetch.h"

struct fetch_set;

struct fetch_job;

/* Jobs that one thread takes in the order they end.  All zero at first. */
struct fetch_group {
	struct fetch_job *ended_first, *ended_last;
	int running;
};

struct fetch_job {
	struct pool *pool;
	struct fetch_request request;
	struct fetch_reply reply; /* valid after the wait, as of fetch_run() */

	/* The set's own. */
	struct fetch_job *next;
	struct exchange *exchange;
	struct err failure;
	bool is_cancelled, is_done;
};

/* A set that runs at most in_flight_max jobs; the others queue up. */
struct fetch_set *fetch_set_new(struct pool *pool, int in_flight_max);

int fetch_set_start(struct fetch_set *set, struct fetch_job *job,
    struct err *err) ATTR_MUST_USE;
/* Wait for the end of a job that was started; results as of fetch_run(). */
int fetch_set_wait(struct fetch_set *set, struct fetch_job *job,
    struct err *err) ATTR_MUST_USE;
/* Break a job off; returns when the set has let go of it. */
void fetch_set_cancel(struct fetch_set *set, struct fetch_job *job);

#endif
