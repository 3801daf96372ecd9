/* SPDX-License-Identifier: MIT */
#include <signal.h>

#include "net/fetch_private.h"
#include "net/fetch_set.h"

enum { POLL_MS = 1000 };

/*
 * Callers and the thread meet in the two lists and in each job's is_done and
 * is_cancelled, all under the mutex.  The multi handle belongs to the thread;
 * only curl_multi_wakeup() may be called by others.
 */
struct fetch_set {
	pthread_mutex_t mutex;
	pthread_cond_t job_done;
	pthread_t thread;
	bool has_thread, must_stop;
	int in_flight, in_flight_max;
	CURLM *multi;
	struct handle_stack handles;
	struct fetch_job *queue_first, *queue_last;
	struct fetch_job *running; /* added to the multi handle */
};

/* ---- lists, under the mutex ---- */

static struct fetch_job *
queue_pop(struct fetch_set *set)
{
	struct fetch_job *job = set->queue_first;

	set->queue_first = job->next;
	if (set->queue_first == NULL)
		set->queue_last = NULL;
	return job;
}

static void
queue_push(struct fetch_set *set, struct fetch_job *job)
{
	job->next = NULL;
	if (set->queue_last == NULL)
		set->queue_first = job;
	else
		set->queue_last->next = job;
	set->queue_last = job;
}

static void
running_remove(struct fetch_set *set, struct fetch_job *job)
{
	struct fetch_job **at = &set->running;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	set->in_flight--;
}

static void
set_done(struct fetch_set *set, struct fetch_job *job)
{
	job->is_done = true;
	(void)pthread_cond_broadcast(&set->job_done);
}

/* ---- the thread; each function is entered and left under the mutex ---- */

static int
put_on_wire(struct fetch_set *set, struct fetch_job *job)
{
	struct exchange *exchange = POOL_NEW(job->pool, struct exchange);

	*exchange = (struct exchange){ .pool = job->pool,
		.request = &job->request,
		.reply = &job->reply };
	job->exchange = exchange;
	exchange->handle = handle_take(&set->handles);
	if (exchange->handle == NULL)
		return err_set(&job->failure, ERR_INTERNAL, "out of memory");
	if (exchange_begin(exchange, &job->failure) == 0 &&
	    curl_multi_add_handle(set->multi, exchange->handle->curl) ==
		CURLM_OK)
		return 0;
	handle_give(&set->handles, exchange->handle);
	return err_set(&job->failure, ERR_INTERNAL, "cannot start transfer");
}

static bool
can_begin(const struct fetch_set *set)
{
	return set->queue_first != NULL && set->in_flight < set->in_flight_max;
}

static void
begin_jobs(struct fetch_set *set)
{
	while (can_begin(set)) {
		struct fetch_job *job = queue_pop(set);

		if (put_on_wire(set, job) == -1) {
			set_done(set, job);
			continue;
		}
		job->next = set->running;
		set->running = job;
		set->in_flight++;
	}
}

static void
end_job(struct fetch_set *set, struct fetch_job *job, CURLcode result)
{
	struct exchange *exchange = job->exchange;

	running_remove(set, job);
	(void)curl_multi_remove_handle(set->multi, exchange->handle->curl);
	if (exchange_end(exchange, result, &job->failure) == 0)
		err_clear(&job->failure);
	handle_give(&set->handles, exchange->handle);
	set_done(set, job);
}

/* Those that wait for their turn. */
static void
drop_cancelled(struct fetch_set *set)
{
	struct fetch_job *job = set->queue_first, *next;

	set->queue_first = set->queue_last = NULL;
	for (; job != NULL; job = next) {
		next = job->next;
		if (job->is_cancelled)
			set_done(set, job);
		else
			queue_push(set, job);
	}
}

static void
end_cancelled(struct fetch_set *set)
{
	struct fetch_job *job = set->running, *next;

	drop_cancelled(set);
	for (; job != NULL; job = next) {
		next = job->next;
		if (job->is_cancelled || set->must_stop)
			end_job(set, job, CURLE_ABORTED_BY_CALLBACK);
	}
}

static struct fetch_job *
job_of(const struct fetch_set *set, const CURL *curl)
{
	struct fetch_job *job = set->running;

	while (job != NULL && job->exchange->handle->curl != curl)
		job = job->next;
	return job;
}

static void
end_finished(struct fetch_set *set)
{
	struct CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(set->multi, &left)) != NULL) {
		struct fetch_job *job = job_of(set, message->easy_handle);

		if (message->msg == CURLMSG_DONE && job != NULL)
			end_job(set, job, message->data.result);
	}
}

static void *
run(void *arg)
{
	struct fetch_set *set = arg;
	int still_running;

	(void)pthread_mutex_lock(&set->mutex);
	while (!set->must_stop) {
		begin_jobs(set);
		(void)pthread_mutex_unlock(&set->mutex);
		(void)curl_multi_perform(set->multi, &still_running);
		(void)pthread_mutex_lock(&set->mutex);
		end_finished(set);
		end_cancelled(set);
		if (set->must_stop || can_begin(set))
			continue;
		(void)pthread_mutex_unlock(&set->mutex);
		(void)curl_multi_poll(set->multi, NULL, 0, POLL_MS, NULL);
		(void)pthread_mutex_lock(&set->mutex);
	}
	end_cancelled(set);
	(void)pthread_mutex_unlock(&set->mutex);
	return NULL;
}

/* ---- callers ---- */

static void
fetch_set_hook(void *arg)
{
	struct fetch_set *set = arg;

	if (set->has_thread) {
		(void)pthread_mutex_lock(&set->mutex);
		set->must_stop = true;
		(void)pthread_mutex_unlock(&set->mutex);
		(void)curl_multi_wakeup(set->multi);
		(void)pthread_join(set->thread, NULL);
	}
	handle_stack_release(&set->handles);
	if (set->multi != NULL)
		(void)curl_multi_cleanup(set->multi);
	(void)pthread_cond_destroy(&set->job_done);
	(void)pthread_mutex_destroy(&set->mutex);
	curl_global_cleanup();
}

struct fetch_set *
fetch_set_new(struct pool *pool, int in_flight_max)
{
	struct fetch_set *set = POOL_NEW(pool, struct fetch_set);

	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	set->in_flight_max = in_flight_max;
	(void)pthread_mutex_init(&set->mutex, NULL);
	(void)pthread_cond_init(&set->job_done, NULL);
	handle_stack_init(&set->handles);
	pool_on_clear(pool, fetch_set_hook, set);
	return set;
}

/* Signals are for the threads that wait for them. */
static int
create_thread(struct fetch_set *set)
{
	sigset_t all, before;
	int result;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	result = pthread_create(&set->thread, NULL, run, set);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result;
}

static int
ensure_thread(struct fetch_set *set, struct err *err)
{
	if (set->has_thread)
		return 0;
	if (set->multi == NULL)
		set->multi = curl_multi_init();
	if (set->multi == NULL)
		return err_set(err, ERR_INTERNAL, "out of memory");
	if (create_thread(set) != 0)
		return err_set(err, ERR_UNAVAILABLE,
		    "cannot start the transfer thread");
	set->has_thread = true;
	return 0;
}

int
fetch_set_start(struct fetch_set *set, struct fetch_job *job, struct err *err)
{
	int result;

	job->reply = (struct fetch_reply){ .status = 0 };
	job->exchange = NULL;
	job->is_cancelled = job->is_done = false;
	err_clear(&job->failure);
	(void)pthread_mutex_lock(&set->mutex);
	result = ensure_thread(set, err);
	if (result == 0)
		queue_push(set, job);
	(void)pthread_mutex_unlock(&set->mutex);
	if (result == 0)
		(void)curl_multi_wakeup(set->multi);
	return result;
}

static void
wait_done(struct fetch_set *set, const struct fetch_job *job)
{
	while (!job->is_done)
		(void)pthread_cond_wait(&set->job_done, &set->mutex);
}

int
fetch_set_wait(struct fetch_set *set, struct fetch_job *job, struct err *err)
{
	(void)pthread_mutex_lock(&set->mutex);
	wait_done(set, job);
	(void)pthread_mutex_unlock(&set->mutex);
	if (job->failure.kind == ERR_NONE)
		return 0;
	*err = job->failure;
	return -1;
}

void
fetch_set_cancel(struct fetch_set *set, struct fetch_job *job)
{
	(void)pthread_mutex_lock(&set->mutex);
	job->is_cancelled = true;
	(void)curl_multi_wakeup(set->multi);
	wait_done(set, job);
	(void)pthread_mutex_unlock(&set->mutex);
}
