/*
 * The S3 driver's half of a queue: each job is a task (s3/task.h), all of a
 * queue are a group.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "s3/reply.h"
#include "s3/task.h"
#include "store/queue_private.h"
#include "store/s3_store.h"

struct s3_queue {
	struct store_queue base;
	struct s3_task_group group;
};

struct s3_job {
	struct store_job base;
	struct s3_task task;
	struct s3_put put;
};

static struct s3_store *
store_of(const struct store_queue *queue)
{
	return (struct s3_store *)queue->store;
}

static struct store_queue *
queue_new(struct pool *pool)
{
	return &POOL_NEW(pool, struct s3_queue)->base;
}

static struct store_job *
job_new(struct store_queue *queue)
{
	return &POOL_NEW(queue->pool, struct s3_job)->base;
}

/* ---- start ---- */

static int
describe_put(const struct s3_store *store, struct s3_job *job,
    struct err *err)
{
	struct pool *pool = job->base.pool;
	const struct store_object *object = &job->base.object;

	job->put = s3_store_put(store, object);
	if (s3_store_refuse_existing(store, pool, object, err) == -1 ||
	    s3_store_add_body(store, pool, &job->base.source, &job->put,
		err) == -1)
		return -1;
	s3_call_put(&job->task.call, &job->put);
	return 0;
}

static int
start(struct store_queue *queue, struct store_job *base, struct err *err)
{
	struct s3_store *store = store_of(queue);
	struct s3_job *job = (struct s3_job *)base;

	job->task = (struct s3_task){ .pool = base->pool,
		.group = &((struct s3_queue *)queue)->group,
		.arg = job };
	if (base->kind == STORE_JOB_DELETE)
		s3_call_delete(&job->task.call, base->object.key);
	else if (base->kind == STORE_JOB_EXISTS)
		s3_call_head(&job->task.call, base->object.key);
	else if (describe_put(store, job, err) == -1)
		return -1;
	return s3_task_start(store->client, &job->task, err);
}

/* ---- end ---- */

static struct store_job *
next(struct store_queue *queue)
{
	struct s3_task *task = s3_task_next(store_of(queue)->client,
	    &((struct s3_queue *)queue)->group);

	return task == NULL ? NULL : &((struct s3_job *)task->arg)->base;
}

static int
finish_put(struct s3_job *job, struct store_stored *stored_r, struct err *err)
{
	const char *etag;

	if (s3_task_wait(&job->task, err) == -1 ||
	    s3_read_put(job->base.pool, job->task.reply, &etag, err) == -1)
		return -1;
	s3_fill_stored(stored_r, s3_body_bytes(&job->put.body),
	    job->put.body.sha256, etag);
	return 0;
}

static int
finish_exists(struct s3_job *job, struct store_info *info_r, struct err *err)
{
	struct s3_info info;

	if (s3_task_wait(&job->task, err) == -1)
		return s3_absent(err);
	if (s3_read_head(job->base.pool, job->task.reply, &info, err) == -1)
		return -1;
	s3_store_info(info_r, &info);
	return 1;
}

static int
finish(struct store_queue *queue, struct store_job *base,
    struct store_outcome *outcome_r, struct err *err)
{
	struct s3_job *job = (struct s3_job *)base;

	(void)queue;
	switch (base->kind) {
	case STORE_JOB_PUT:
		return finish_put(job, &outcome_r->stored, err);
	case STORE_JOB_EXISTS:
		return finish_exists(job, &outcome_r->info, err);
	case STORE_JOB_DELETE:
		break;
	}
	return s3_task_wait(&job->task, err) == 0 ? 0 : s3_absent(err);
}

static void
cancel(struct store_job *base)
{
	s3_task_cancel(&((struct s3_job *)base)->task);
}

const struct store_queue_driver s3_queue_driver = {
	.queue_new = queue_new,
	.job_new = job_new,
	.start = start,
	.next = next,
	.finish = finish,
	.cancel = cancel,
};
