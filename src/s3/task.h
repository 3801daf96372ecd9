/*
 * Calls that run beside each other: the asynchronous form of every operation
 * (A8), through the client's one transfer set.
 *
 * A task is one call with its own pool.  Attempts, pauses between them and
 * signing anew happen on the set's thread; the caller waits when it needs the
 * answer.  At most S3_PARALLEL_MAX transfers of a process are on the wire;
 * others queue up.
 *
 *	task->pool = pool_new();
 *	s3_call_delete(&task->call, key);	any operation
 *	s3_task_start(client, task, err);
 *	...
 *	s3_task_wait(client, task, err);	the answer is in task->reply
 *
 * Tasks of a group may be waited for in the order they end.  A task, its call
 * and what that points to must stay where they are until the wait or cancel.
 * A task is all zero at first, and may be started again after its wait.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_TASK_H
#define S3_TASK_H

#include "s3/attempt.h"

struct s3_task_group {
	struct fetch_group jobs;
};

struct s3_task {
	struct pool *pool; /* the caller's; used by the task while it runs */
	struct s3_call call;
	struct fetch_reply *reply;   /* after the wait; lives in the pool */
	struct s3_task_group *group; /* NULL: waited for by itself */
	void *arg;		     /* the caller's own */

	/* The task's own. */
	struct s3_client *client;
	struct s3_attempts attempts;
	struct fetch_job job;
	bool is_running;
};

int s3_task_start(struct s3_client *client, struct s3_task *task,
    struct err *err) ATTR_MUST_USE;
/* Results as of s3_call_run(). */
int s3_task_wait(struct s3_task *task, struct err *err) ATTR_MUST_USE;
/*
 * The next task of the group that has ended, waiting for it if need be; NULL
 * when none runs.  Its result is then asked for with s3_task_wait(), which
 * returns at once.
 */
struct s3_task *s3_task_next(struct s3_client *client,
    struct s3_task_group *group);
/* Break off; returns when the set has let go of the task. */
void s3_task_cancel(struct s3_task *task);

#endif
