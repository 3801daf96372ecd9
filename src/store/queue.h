/*
 * Many operations at once from one thread: upload, presign, delete and exists
 * in their asynchronous form (A8).  store.h, transfer.h and presign.h have the
 * blocking ones.
 *
 *	queue = store_queue_new(store, pool, 16);
 *	for (...)
 *		store_queue_put(queue, &upload, done, arg);
 *	store_queue_wait(queue);
 *
 * A call starts a job and returns; while `limit` jobs are under way it first
 * waits for one to end.  Every job ends with exactly one call of its `done`, on
 * the caller's thread and inside one of the functions below: failures come that
 * way too.  `done` may start other jobs, for which no room is waited for, but
 * must not call store_queue_wait().
 *
 * A queue belongs to one thread.  What is still under way when its pool is
 * cleared is broken off, without a call of `done`.  The file store does each
 * job at once, before the function returns.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STORE_QUEUE_H
#define STORE_QUEUE_H

#include "store/presign.h"
#include "store/store.h"

struct store_queue;

enum { STORE_QUEUE_LIMIT_MAX = 64 };

/* What became of a job; valid while `done` runs. */
struct store_result {
	const char *key;
	int status;	       /* 0; exists: 1 or 0; -1: failed */
	const struct err *err; /* of a failure */
	/* Of an upload, of what exists, of a presigned URL; else NULL. */
	const struct store_stored *stored;
	const struct store_info *info;
	const struct store_presigned *presigned;
};

typedef void (*store_done_fn)(void *arg, const struct store_result *result);

/* An object of one piece.  The bytes are copied, a path is opened at once. */
struct store_upload {
	struct store_object object; /* of its events only before_send */
	const char *path;	    /* a regular file; NULL: the bytes */
	struct slice bytes;
};

/* limit is 1 to STORE_QUEUE_LIMIT_MAX. */
struct store_queue *store_queue_new(struct store *store, struct pool *pool,
    int limit);

void store_queue_put(struct store_queue *queue,
    const struct store_upload *upload, store_done_fn done, void *arg);
/* An absent object is a success. */
void store_queue_delete(struct store_queue *queue, const char *key,
    store_done_fn done, void *arg);
void store_queue_exists(struct store_queue *queue, const char *key,
    store_done_fn done, void *arg);
/* Needs no answer from anybody: `done` is called before this returns. */
void store_queue_presign(struct store_queue *queue,
    const struct store_access *access, store_done_fn done, void *arg);

/* Until all jobs have ended, also those that a `done` has started. */
void store_queue_wait(struct store_queue *queue);
/* Break off what is under way; no `done` is called for it. */
void store_queue_cancel(struct store_queue *queue);

#endif
