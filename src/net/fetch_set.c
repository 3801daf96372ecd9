/* SPDX-License-Identifier: MIT */
#include <signal.h>

#include "base/clock.h"
#include "net/fetch_private.h"
#include "net/fetch_set.h"

enum { POLL_MS = 1000 };

/*
 * Callers and the thread meet in the lists and in each job's is_done and
 * is_cancelled, all under the mutex.  A job is in one list, or in none while
 * the thread has it in hand.  What runs is touched by the thread alone, as is
 * the multi handle; only curl_multi_wakeup() may be called by others.
 */
struct fetch_set {
	pthread_mutex_t mutex;
	pthread_cond_t job_done;
	pthread_t thread;
	bool has_thread, must_stop;
	int in_flight, in_flight_max;
	CURLM *multi;
	struct handle_stack handles;
	struct fetch_list queue;   /* for a place on the wire */
	struct fetch_list resting; /* until their due_ms, in its order */
	struct fetch_list running; /* added to the multi handle */
};

/* ---- lists, under the mutex ---- */

/* Behind `prev`; NULL: at the head. */
static void
list_insert(struct fetch_list *list, struct fetch_job *prev,
    struct fetch_job *job)
{
	job->list = list;
	job->prev = prev;
	job->next = prev == NULL ? list->first : prev->next;
	*(job->next == NULL ? &list->last : &job->next->prev) = job;
	*(prev == NULL ? &list->first : &prev->next) = job;
}

static void
list_append(struct fetch_list *list, struct fetch_job *job)
{
	list_insert(list, list->last, job);
}

static void
list_remove(struct fetch_job *job)
{
	struct fetch_list *list = job->list;

	if (list == NULL)
		return;
	*(job->next == NULL ? &list->last : &job->next->prev) = job->prev;
	*(job->prev == NULL ? &list->first : &job->prev->next) = job->next;
	job->list = NULL;
}

static void
set_done(struct fetch_set *set, struct fetch_job *job)
{
	job->is_done = true;
	if (job->group != NULL) {
		job->group->running--;
		list_append(&job->group->ended, job);
	}
	(void)pthread_cond_broadcast(&set->job_done);
}

static void
set_broken_off(struct fetch_set *set, struct fetch_job *job)
{
	(void)err_set(&job->failure, ERR_UNAVAILABLE,
	    "the transfer was broken off");
	set_done(set, job);
}

/* ---- the thread; each function is entered and left under the mutex ---- */

static void
lock(struct fetch_set *set)
{
	(void)pthread_mutex_lock(&set->mutex);
}

static void
unlock(struct fetch_set *set)
{
	(void)pthread_mutex_unlock(&set->mutex);
}

/* Without the mutex. */
static int
put_on_wire(struct fetch_set *set, struct fetch_job *job)
{
	struct exchange *exchange = job->exchange;

	if (job->steps != NULL &&
	    job->steps->prepare(job, &job->failure) == -1)
		return -1;
	err_clear(&job->failure);
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

static void
begin_attempt(struct fetch_set *set, struct fetch_job *job)
{
	int result;

	list_remove(job);
	unlock(set);
	result = put_on_wire(set, job);
	lock(set);
	if (result == -1) {
		set_done(set, job);
		return;
	}
	list_append(&set->running, job);
	set->in_flight++;
}

static bool
can_begin(const struct fetch_set *set)
{
	return set->queue.first != NULL && set->in_flight < set->in_flight_max;
}

/* Those that have rested enough go before those that never ran. */
static void
wake_resting(struct fetch_set *set)
{
	int64_t now_ms = clock_monotonic_ms();
	struct fetch_job *job, *last = NULL;

	while ((job = set->resting.first) != NULL && job->due_ms <= now_ms) {
		list_remove(job);
		list_insert(&set->queue, last, job);
		last = job;
	}
}

static void
rest(struct fetch_set *set, struct fetch_job *job, int64_t pause_ms)
{
	struct fetch_job *prev = set->resting.last;

	job->due_ms = clock_monotonic_ms() + pause_ms;
	while (prev != NULL && prev->due_ms > job->due_ms)
		prev = prev->prev;
	list_insert(&set->resting, prev, job);
}

/* Without the mutex.  The pause before another attempt, or -1. */
static int64_t
take_off_wire(struct fetch_set *set, struct fetch_job *job, CURLcode result)
{
	struct exchange *exchange = job->exchange;

	(void)curl_multi_remove_handle(set->multi, exchange->handle->curl);
	if (exchange_end(exchange, result, &job->failure) == 0)
		err_clear(&job->failure);
	handle_give(&set->handles, exchange->handle);
	return job->steps == NULL ? -1 : job->steps->again(job);
}

static void
end_attempt(struct fetch_set *set, struct fetch_job *job, CURLcode result)
{
	int64_t pause_ms;

	list_remove(job);
	set->in_flight--;
	unlock(set);
	pause_ms = take_off_wire(set, job, result);
	lock(set);
	if (pause_ms < 0)
		set_done(set, job);
	else if (job->is_cancelled)
		set_broken_off(set, job);
	else
		rest(set, job, pause_ms);
}

static void
end_finished(struct fetch_set *set)
{
	struct CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(set->multi, &left)) != NULL) {
		struct fetch_job *job = set->running.first;

		while (job != NULL &&
		    job->exchange->handle->curl != message->easy_handle)
			job = job->next;
		if (message->msg == CURLMSG_DONE && job != NULL)
			end_attempt(set, job, message->data.result);
	}
}

static void
break_off(struct fetch_set *set, struct fetch_job *job)
{
	struct exchange *exchange = job->exchange;

	list_remove(job);
	set->in_flight--;
	(void)curl_multi_remove_handle(set->multi, exchange->handle->curl);
	(void)!exchange_end(exchange, CURLE_ABORTED_BY_CALLBACK,
	    &job->failure);
	handle_give(&set->handles, exchange->handle);
	set_broken_off(set, job);
}

static void
end_cancelled(struct fetch_set *set)
{
	struct fetch_job *job = set->running.first, *next;

	for (; job != NULL; job = next) {
		next = job->next;
		if (job->is_cancelled || set->must_stop)
			break_off(set, job);
	}
}

/* How long nothing is due. */
static int
poll_ms(const struct fetch_set *set)
{
	int64_t ms = POLL_MS;

	if (set->resting.first != NULL)
		ms = set->resting.first->due_ms - clock_monotonic_ms();
	if (ms < 0)
		return 0;
	return ms < POLL_MS ? (int)ms : POLL_MS;
}

static void *
run(void *arg)
{
	struct fetch_set *set = arg;
	int still_running, timeout_ms;

	lock(set);
	while (!set->must_stop) {
		wake_resting(set);
		while (can_begin(set))
			begin_attempt(set, set->queue.first);
		unlock(set);
		(void)curl_multi_perform(set->multi, &still_running);
		lock(set);
		end_finished(set);
		end_cancelled(set);
		if (set->must_stop || can_begin(set))
			continue;
		timeout_ms = poll_ms(set);
		unlock(set);
		(void)curl_multi_poll(set->multi, NULL, 0, timeout_ms, NULL);
		lock(set);
	}
	end_cancelled(set);
	unlock(set);
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

/* The job is the set's from here on. */
static void
enqueue(struct fetch_set *set, struct fetch_job *job)
{
	job->reply = (struct fetch_reply){ .status = 0 };
	job->exchange = POOL_NEW(job->pool, struct exchange);
	*job->exchange = (struct exchange){ .pool = job->pool,
		.request = &job->request,
		.reply = &job->reply };
	job->is_cancelled = job->is_done = false;
	err_clear(&job->failure);
	if (job->group != NULL)
		job->group->running++;
	list_append(&set->queue, job);
}

int
fetch_set_start(struct fetch_set *set, struct fetch_job *job, struct err *err)
{
	int result;

	lock(set);
	result = ensure_thread(set, err);
	if (result == 0)
		enqueue(set, job);
	unlock(set);
	if (result == 0)
		(void)curl_multi_wakeup(set->multi);
	return result;
}

static void
wait_done(struct fetch_set *set, struct fetch_job *job)
{
	while (!job->is_done)
		(void)pthread_cond_wait(&set->job_done, &set->mutex);
	list_remove(job);
}

int
fetch_set_wait(struct fetch_set *set, struct fetch_job *job, struct err *err)
{
	lock(set);
	wait_done(set, job);
	unlock(set);
	if (job->failure.kind == ERR_NONE)
		return 0;
	*err = job->failure;
	return -1;
}

struct fetch_job *
fetch_set_next(struct fetch_set *set, struct fetch_group *group)
{
	struct fetch_job *job;

	lock(set);
	while (group->ended.first == NULL && group->running > 0)
		(void)pthread_cond_wait(&set->job_done, &set->mutex);
	job = group->ended.first;
	if (job != NULL)
		list_remove(job);
	unlock(set);
	return job;
}

void
fetch_set_cancel(struct fetch_set *set, struct fetch_job *job)
{
	lock(set);
	job->is_cancelled = true;
	if (job->list == &set->queue || job->list == &set->resting) {
		list_remove(job);
		set_broken_off(set, job);
	}
	(void)curl_multi_wakeup(set->multi);
	wait_done(set, job);
	unlock(set);
}
