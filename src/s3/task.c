/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "s3/task.h"

/* Servers take a signature for 15 minutes; a queue may be long. */
enum { FRESH_MS = 5 * 60 * 1000 };

static bool
is_fresh(const struct s3_attempts *attempts)
{
	return attempts->signed_ms != 0 &&
	    clock_monotonic_ms() - attempts->signed_ms < FRESH_MS;
}

static int
prepare(struct fetch_job *job, struct err *err)
{
	struct s3_task *task = job->arg;

	if (!is_fresh(&task->attempts) &&
	    s3_attempt_sign(&task->attempts, &job->request, err) == -1)
		return -1;
	return s3_attempt_enter(&task->attempts, err);
}

static int64_t
again(struct fetch_job *job)
{
	struct s3_task *task = job->arg;
	struct err *err = &job->failure;
	int result = err->kind == ERR_NONE ? 0 : -1;

	result = s3_attempt_leave(&task->attempts, result, &job->reply, err);
	if (result == 0)
		return -1;
	return s3_attempt_pause_ms(&task->attempts, &job->reply, err);
}

static const struct fetch_steps task_steps = { prepare, again };

int
s3_task_start(struct s3_client *client, struct s3_task *task, struct err *err)
{
	task->client = client;
	task->reply = &task->job.reply;
	task->is_running = false;
	s3_attempts_begin(&task->attempts, client, task->pool, &task->call);
	task->job = (struct fetch_job){ .pool = task->pool,
		.steps = &task_steps,
		.arg = task,
		.group = task->group == NULL ? NULL : &task->group->jobs };
	/* Here, so that many threads share the work of signing. */
	if (s3_attempt_sign(&task->attempts, &task->job.request, err) == -1 ||
	    fetch_set_start(client->set, &task->job, err) == -1)
		return -1;
	task->is_running = true;
	return 0;
}

int
s3_task_wait(struct s3_task *task, struct err *err)
{
	int result = fetch_set_wait(task->client->set, &task->job, err);

	/* An attempt that could not even begin has no other end. */
	s3_attempt_abandon(&task->attempts);
	task->is_running = false;
	return result;
}

struct s3_task *
s3_task_next(struct s3_client *client, struct s3_task_group *group)
{
	struct fetch_job *job = fetch_set_next(client->set, &group->jobs);

	return job == NULL ? NULL : job->arg;
}

void
s3_task_cancel(struct s3_task *task)
{
	if (!task->is_running)
		return;
	fetch_set_cancel(task->client->set, &task->job);
	s3_attempt_abandon(&task->attempts);
	task->is_running = false;
}
