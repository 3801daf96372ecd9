/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/rand.h"
#include "sql/sql_lease_private.h"

enum {
	LEASE_WAIT_MS = 15 * 1000,
	BACK_OFF_MS = 4, /* doubled with each try */
	BACK_OFF_MAX_MS = 250
};

struct sql_retry
sql_retry_begin(struct sql_shared *shared, int wait_ms)
{
	return (struct sql_retry){ .shared = shared,
		.back_off_ms = BACK_OFF_MS,
		.deadline_ms = clock_monotonic_ms() + wait_ms };
}

bool
sql_err_is(const struct err *err, const char *code)
{
	return strcmp(err->code, code) == 0;
}

/* Will another try make sense? */
static bool
is_passing(const struct sql_retry *retry, const struct err *err)
{
	bool is_late = clock_monotonic_ms() >= retry->deadline_ms;

	if (sql_err_is(err, SQL_BUSY))
		return !is_late;
	if (!sql_err_is(err, SQL_AWAY))
		return false;
	if (retry->shared->is_away && !retry->is_stubborn)
		return false;
	retry->shared->is_away = is_late;
	return !is_late;
}

/* Half of the pause is left to chance, so that rivals do not meet again. */
bool
sql_retry_again(struct sql_retry *retry, const struct err *err)
{
	int64_t pause_ms;
	struct timespec pause;

	if (!is_passing(retry, err))
		return false;
	pause_ms = retry->back_off_ms / 2 +
	    (int64_t)rand_below((uint64_t)retry->back_off_ms / 2 + 1);
	pause.tv_sec = 0;
	pause.tv_nsec = (long)pause_ms * 1000000;
	(void)nanosleep(&pause, NULL);
	if (retry->back_off_ms < BACK_OFF_MAX_MS)
		retry->back_off_ms *= 2;
	return true;
}

/* ---- connections ---- */

int
sql_conn_open(struct sql_shared *shared, struct sql_conn **conn_r,
    struct err *err)
{
	struct pool *pool = pool_new();
	struct sql_conn *conn = POOL_NEW(pool, struct sql_conn);

	conn->pool = pool;
	if (shared->driver->open(pool, &shared->config, &conn->handle, err) ==
	    -1) {
		pool_free(&pool);
		return -1;
	}
	shared->is_away = false;
	*conn_r = conn;
	return 0;
}

void
sql_conn_close(struct sql_conn *conn)
{
	struct pool *pool = conn->pool;

	pool_free(&pool);
}

struct timespec
sql_lease_deadline(void)
{
	int64_t until_ms = clock_monotonic_ms() + LEASE_WAIT_MS;

	return (struct timespec){ .tv_sec = until_ms / 1000,
		.tv_nsec = (long)(until_ms % 1000) * 1000000 };
}

/* ---- leases; these are called with the mutex held ---- */

static bool
is_conn_free(const struct sql_shared *shared)
{
	return shared->idle != NULL ||
	    shared->open_count < shared->connections_max;
}

static int
wait_for_conn(struct sql_shared *shared, const struct timespec *until,
    struct sql_conn **conn_r, struct err *err)
{
	while (!is_conn_free(shared))
		if (pthread_cond_timedwait(&shared->conn_free, &shared->mutex,
			until) == ETIMEDOUT &&
		    !is_conn_free(shared))
			return err_set(err, ERR_UNAVAILABLE,
			    "all %d database connections are in use",
			    shared->connections_max);
	*conn_r = shared->idle;
	if (shared->idle != NULL)
		shared->idle = shared->idle->next;
	else
		shared->open_count++;
	return 0;
}

/* ---- leases ---- */

void
sql_lease_end(struct sql_shared *shared, struct sql_conn *conn)
{
	(void)pthread_mutex_lock(&shared->mutex);
	if (conn == NULL) {
		shared->open_count--;
	} else {
		conn->next = shared->idle;
		shared->idle = conn;
	}
	(void)pthread_cond_signal(&shared->conn_free);
	(void)pthread_mutex_unlock(&shared->mutex);
}

/* Take an idle connection or the right to open one (*conn_r is then NULL). */
static int
lease_take(struct sql_shared *shared, struct sql_conn **conn_r,
    struct err *err)
{
	const struct timespec until = sql_lease_deadline();
	int result;

	(void)pthread_mutex_lock(&shared->mutex);
	result = wait_for_conn(shared, &until, conn_r, err);
	(void)pthread_mutex_unlock(&shared->mutex);
	return result;
}

int
sql_lease_begin(struct sql_shared *shared, struct sql_conn **conn_r,
    struct err *err)
{
	if (lease_take(shared, conn_r, err) == -1)
		return -1;
	if (*conn_r != NULL)
		return 0;
	if (sql_conn_open(shared, conn_r, err) == -1) {
		sql_lease_end(shared, NULL);
		return -1;
	}
	return 0;
}

/* ---- closing ---- */

static void
close_list(struct sql_conn *conn)
{
	struct sql_conn *next;

	for (; conn != NULL; conn = next) {
		next = conn->next;
		sql_conn_close(conn);
	}
}

void
sql_close_idle(struct sql_shared *shared)
{
	struct sql_conn *idle;

	(void)pthread_mutex_lock(&shared->mutex);
	idle = shared->idle;
	shared->idle = NULL;
	for (const struct sql_conn *conn = idle; conn != NULL;
	     conn = conn->next)
		shared->open_count--;
	(void)pthread_cond_broadcast(&shared->conn_free);
	(void)pthread_mutex_unlock(&shared->mutex);
	close_list(idle);
}

static void
close_all(void *arg)
{
	struct sql_shared *shared = arg;

	close_list(shared->idle);
	(void)pthread_cond_destroy(&shared->conn_free);
	(void)pthread_cond_destroy(&shared->batch.turn);
	(void)pthread_cond_destroy(&shared->batch.over);
	(void)pthread_mutex_destroy(&shared->mutex);
}

void
sql_shared_init(struct sql_shared *shared, struct pool *pool)
{
	pthread_condattr_t attr;

	(void)pthread_mutex_init(&shared->mutex, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&shared->conn_free, &attr);
	(void)pthread_cond_init(&shared->batch.turn, &attr);
	(void)pthread_cond_init(&shared->batch.over, &attr);
	(void)pthread_condattr_destroy(&attr);
	pool_on_clear(pool, close_all, shared);
}
