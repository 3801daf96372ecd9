/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "store/queue_private.h"
#include "store/transfer.h"

static const struct store_queue_driver *
driver_of(const struct store_queue *queue)
{
	return queue->store->driver->queue;
}

/* ---- the end of a job ---- */

static void
tell(struct store_queue *queue, struct store_job *job,
    const struct store_outcome *outcome, int status, const struct err *err)
{
	const struct store_result result = { .key = job->object.key,
		.status = status,
		.err = status == -1 ? err : NULL,
		.stored = status == 0 && job->kind == STORE_JOB_PUT ?
		    &outcome->stored : NULL,
		.info = status == 1 ? &outcome->info : NULL };
	bool was_in_done = queue->is_in_done;

	queue->is_in_done = true;
	job->done(job->arg, &result);
	queue->is_in_done = was_in_done;
}

static void
free_job(struct store_queue *queue, struct store_job *job)
{
	pool_clear(job->pool);
	job->next_idle = queue->idle;
	queue->idle = job;
}

static void
end_next(struct store_queue *queue)
{
	struct store_job *job = driver_of(queue)->next(queue);
	struct store_outcome outcome = { .stored = { .size_bytes = 0 } };
	struct err err = ERR_INIT;
	int status;

	assert(job != NULL && job->is_running);
	status = driver_of(queue)->finish(queue, job, &outcome, &err);
	job->is_running = false;
	queue->running--;
	tell(queue, job, &outcome, status, &err);
	free_job(queue, job);
}

/* ---- the file store's way: at once ---- */

static int
run_job(struct store_queue *queue, struct store_job *job,
    struct store_outcome *outcome_r, struct err *err)
{
	const struct store_transfer transfer = { .object = job->object,
		.source = job->source };

	switch (job->kind) {
	case STORE_JOB_PUT:
		return store_put_file(queue->store, job->pool, &transfer,
		    &outcome_r->stored, err);
	case STORE_JOB_DELETE:
		return store_delete(queue->store, job->object.key, err);
	case STORE_JOB_EXISTS:
		return store_head(queue->store, job->pool, job->object.key,
		    &outcome_r->info, err);
	}
	return -1;
}

static void
run_at_once(struct store_queue *queue, struct store_job *job)
{
	struct store_outcome outcome = { .stored = { .size_bytes = 0 } };
	struct err err = ERR_INIT;
	int status = run_job(queue, job, &outcome, &err);

	tell(queue, job, &outcome, status, &err);
	free_job(queue, job);
}

/* ---- starting ---- */

static void
free_pool(void *arg)
{
	struct pool *pool = arg;

	pool_free(&pool);
}

static void
queue_hook(void *arg)
{
	store_queue_cancel(arg);
}

struct store_queue *
store_queue_new(struct store *store, struct pool *pool, int limit)
{
	const struct store_queue_driver *driver = store->driver->queue;
	struct store_queue *queue = driver == NULL ?
	    POOL_NEW(pool, struct store_queue) : driver->queue_new(pool);

	assert(limit >= 1 && limit <= STORE_QUEUE_LIMIT_MAX);
	queue->store = store;
	queue->pool = pool;
	queue->limit = limit;
	return queue;
}

static struct store_job *
new_job(struct store_queue *queue)
{
	const struct store_queue_driver *driver = driver_of(queue);
	struct store_job *job = driver == NULL ?
	    POOL_NEW(queue->pool, struct store_job) : driver->job_new(queue);

	job->pool = pool_new();
	pool_on_clear(queue->pool, free_pool, job->pool);
	/* Newest first: all are broken off before the first pool goes. */
	pool_on_clear(queue->pool, queue_hook, queue);
	job->next = queue->jobs;
	queue->jobs = job;
	return job;
}

/* One that is free, after others have ended if need be. */
static struct store_job *
take_job(struct store_queue *queue, enum store_job_kind kind,
    store_done_fn done, void *arg)
{
	struct store_job *job;

	while (queue->running >= queue->limit && !queue->is_in_done)
		end_next(queue);
	job = queue->idle;
	if (job == NULL)
		job = new_job(queue);
	else
		queue->idle = job->next_idle;
	job->kind = kind;
	job->done = done;
	job->arg = arg;
	return job;
}

static void
start(struct store_queue *queue, struct store_job *job)
{
	struct err err = ERR_INIT;

	if (driver_of(queue) == NULL) {
		run_at_once(queue, job);
		return;
	}
	if (driver_of(queue)->start(queue, job, &err) == 0) {
		job->is_running = true;
		queue->running++;
		return;
	}
	tell(queue, job, NULL, -1, &err);
	free_job(queue, job);
}

/* ---- what callers see ---- */

static void
copy_object(struct pool *pool, const struct store_object *from,
    struct store_object *to)
{
	*to = *from;
	to->key = pool_strdup(pool, from->key);
	to->content_type = pool_strdup(pool, from->content_type);
	to->content_disposition = pool_strdup(pool,
	    from->content_disposition);
	to->cache_control = pool_strdup(pool, from->cache_control);
}

static int
open_upload(struct store_job *job, const struct store_upload *upload,
    struct err *err)
{
	const struct store_events *events = &upload->object.events;

	if (store_check_key(upload->object.key, err) == -1)
		return -1;
	if (upload->path == NULL)
		store_source_text(job->pool, upload->bytes, &job->source);
	else if (store_source_open(job->pool, upload->path, &job->source,
		     err) == -1)
		return -1;
	return events->before_send == NULL ?
	    0 : events->before_send(events->arg, err);
}

void
store_queue_put(struct store_queue *queue, const struct store_upload *upload,
    store_done_fn done, void *arg)
{
	struct store_job *job = take_job(queue, STORE_JOB_PUT, done, arg);
	struct err err = ERR_INIT;

	copy_object(job->pool, &upload->object, &job->object);
	if (open_upload(job, upload, &err) == 0) {
		job->object.events = (struct store_events){ .arg = NULL };
		start(queue, job);
		return;
	}
	tell(queue, job, NULL, -1, &err);
	free_job(queue, job);
}

static void
start_with_key(struct store_queue *queue, struct store_job *job,
    const char *key)
{
	struct err err = ERR_INIT;

	job->object = (struct store_object){
		.key = pool_strdup(job->pool, key)
	};
	if (store_check_key(key, &err) == 0) {
		start(queue, job);
		return;
	}
	tell(queue, job, NULL, -1, &err);
	free_job(queue, job);
}

void
store_queue_delete(struct store_queue *queue, const char *key,
    store_done_fn done, void *arg)
{
	start_with_key(queue, take_job(queue, STORE_JOB_DELETE, done, arg),
	    key);
}

void
store_queue_exists(struct store_queue *queue, const char *key,
    store_done_fn done, void *arg)
{
	start_with_key(queue, take_job(queue, STORE_JOB_EXISTS, done, arg),
	    key);
}

void
store_queue_presign(struct store_queue *queue,
    const struct store_access *access, store_done_fn done, void *arg)
{
	struct pool *pool = pool_new();
	struct store_presigned presigned;
	struct err err = ERR_INIT;
	struct store_result result = { .key = access->key };

	result.status = store_presign(queue->store, pool, access, &presigned,
	    &err);
	if (result.status == 0)
		result.presigned = &presigned;
	else
		result.err = &err;
	done(arg, &result);
	pool_free(&pool);
}

void
store_queue_wait(struct store_queue *queue)
{
	assert(!queue->is_in_done);
	while (queue->running > 0)
		end_next(queue);
}

void
store_queue_cancel(struct store_queue *queue)
{
	for (struct store_job *job = queue->jobs; job != NULL;
	     job = job->next) {
		if (!job->is_running)
			continue;
		driver_of(queue)->cancel(job);
		job->is_running = false;
		queue->running--;
		free_job(queue, job);
	}
}
