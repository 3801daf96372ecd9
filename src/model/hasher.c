/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "base/clock.h"
#include "codec/password.h"
#include "model/hasher.h"

struct hasher {
	int threads, wait_ms;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t place_free;
	int hashing, waiting;
	int strangers; /* of those who hash */
	int64_t count;
};

static void
destroy(void *arg)
{
	struct hasher *hasher = arg;

	(void)pthread_cond_destroy(&hasher->place_free);
	(void)pthread_mutex_destroy(&hasher->mutex);
}

struct hasher *
hasher_new(struct pool *pool, int threads, int wait_ms)
{
	struct hasher *hasher = POOL_NEW(pool, struct hasher);
	pthread_condattr_t attr;

	assert(threads > 0);
	hasher->threads = threads;
	hasher->wait_ms = wait_ms;
	(void)pthread_mutex_init(&hasher->mutex, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&hasher->place_free, &attr);
	(void)pthread_condattr_destroy(&attr);
	pool_on_clear(pool, destroy, hasher);
	return hasher;
}

static int
busy(struct err *err)
{
	return err_set_code(err, ERR_UNAVAILABLE, "busy_hashing",
	    "too many passwords are being checked");
}

/* ---- with the mutex held ---- */

static bool
has_place(const struct hasher *hasher, bool is_trusted)
{
	return hasher->hashing < hasher->threads &&
	    (is_trusted || hasher->strangers < (hasher->threads + 1) / 2);
}

static int
wait_for_place(struct hasher *hasher, bool is_trusted, struct err *err)
{
	int64_t until_ms = clock_monotonic_ms() + hasher->wait_ms;
	const struct timespec until = { .tv_sec = until_ms / 1000,
		.tv_nsec = (long)(until_ms % 1000) * 1000000 };

	while (!has_place(hasher, is_trusted))
		if (pthread_cond_timedwait(&hasher->place_free,
			&hasher->mutex, &until) == ETIMEDOUT &&
		    !has_place(hasher, is_trusted))
			return busy(err);
	return 0;
}

static int
queue(struct hasher *hasher, bool is_trusted, struct err *err)
{
	int places = HASHER_QUEUE * hasher->threads;
	int result;

	if (has_place(hasher, is_trusted))
		return 0;
	if (hasher->waiting >= (is_trusted ? places : places / 2))
		return busy(err);
	hasher->waiting++;
	result = wait_for_place(hasher, is_trusted, err);
	hasher->waiting--;
	return result;
}

/* ---- */

static int
enter(struct hasher *hasher, bool is_trusted, struct err *err)
{
	int result;

	(void)pthread_mutex_lock(&hasher->mutex);
	result = queue(hasher, is_trusted, err);
	if (result == 0) {
		hasher->hashing++;
		hasher->strangers += is_trusted ? 0 : 1;
		hasher->count++;
	}
	(void)pthread_mutex_unlock(&hasher->mutex);
	return result;
}

static void
leave(struct hasher *hasher, bool is_trusted)
{
	(void)pthread_mutex_lock(&hasher->mutex);
	hasher->hashing--;
	hasher->strangers -= is_trusted ? 0 : 1;
	/* Whom the place is for need not be who has waited longest. */
	(void)pthread_cond_broadcast(&hasher->place_free);
	(void)pthread_mutex_unlock(&hasher->mutex);
}

int
hasher_match(struct hasher *hasher, const char *hash, const char *password,
    bool is_trusted, bool *matches_r, struct err *err)
{
	if (enter(hasher, is_trusted, err) == -1)
		return -1;
	*matches_r = password_matches(hash, password);
	leave(hasher, is_trusted);
	return 0;
}

int
hasher_hash(struct hasher *hasher, struct pool *pool, const char *password,
    const char **hash_r, struct err *err)
{
	int result;

	if (enter(hasher, true, err) == -1)
		return -1;
	result = password_hash(pool, password, hash_r, err);
	leave(hasher, true);
	return result;
}

int64_t
hasher_count(struct hasher *hasher)
{
	int64_t count;

	(void)pthread_mutex_lock(&hasher->mutex);
	count = hasher->count;
	(void)pthread_mutex_unlock(&hasher->mutex);
	return count;
}
