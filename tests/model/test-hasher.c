/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/attr.h"
#include "base/clock.h"
#include "codec/password.h"
#include "model/hasher.h"

enum { CROWD = 40, STRANGERS = 4, TRUSTED = 10 };

struct guest {
	struct hasher *hasher;
	pthread_barrier_t *start;
	const char *hash;
	bool is_trusted, matches;
	int result;
	struct err err;
};

static void *
come(void *arg)
{
	struct guest *guest = arg;

	(void)pthread_barrier_wait(guest->start);
	guest->result = hasher_match(guest->hasher, guest->hash,
	    "vela-trueno-77", guest->is_trusted, &guest->matches,
	    &guest->err);
	return NULL;
}

/* All at the same moment; tells how many were served. */
static int
crowd(struct hasher *hasher, bool is_trusted, const char *hash)
{
	static struct guest guests[CROWD];
	pthread_t threads[CROWD];
	pthread_barrier_t start;
	int served = 0;

	assert_int_equal(pthread_barrier_init(&start, NULL, CROWD), 0);
	for (int i = 0; i < CROWD; i++) {
		guests[i] = (struct guest){ .hasher = hasher,
			.start = &start,
			.hash = hash,
			.is_trusted = is_trusted };
		assert_int_equal(
		    pthread_create(&threads[i], NULL, come, &guests[i]), 0);
	}
	for (int i = 0; i < CROWD; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(pthread_barrier_destroy(&start), 0);
	for (int i = 0; i < CROWD; i++) {
		if (guests[i].result == 0) {
			assert_true(guests[i].matches);
			served++;
			continue;
		}
		assert_int_equal(guests[i].err.kind, ERR_UNAVAILABLE);
		assert_string_equal(guests[i].err.code, "busy_hashing");
	}
	return served;
}

static const char *
hash_of(struct pool *pool, const char *password)
{
	const char *hash;
	struct err err = ERR_INIT;

	assert_int_equal(password_hash(pool, password, &hash, &err), 0);
	return hash;
}

static void
test_match_and_hash(void **state)
{
	struct hasher *hasher = hasher_new(*state, 2, HASHER_WAIT_MS);
	struct err err = ERR_INIT;
	const char *hash;
	bool matches;

	assert_int_equal(hasher_count(hasher), 0);
	assert_int_equal(hasher_hash(hasher, *state, "vela-trueno-77", &hash,
			     &err),
	    0);
	assert_int_equal(hasher_match(hasher, hash, "vela-trueno-77", false,
			     &matches, &err),
	    0);
	assert_true(matches);
	assert_int_equal(hasher_match(hasher, hash, "vela-trueno-78", false,
			     &matches, &err),
	    0);
	assert_false(matches);
	assert_int_equal(hasher_match(hasher, "", "vela-trueno-77", false,
			     &matches, &err),
	    0);
	assert_false(matches);
	assert_int_equal(hasher_count(hasher), 4);
}

/*
 * Of those that come at once one hashes, and half as many strangers wait as
 * trusted ones may.  A hash takes long enough for all to be there; should one
 * be late on a busy machine, one more is served.
 */
static void
test_bounded_queue(void **state)
{
	const char *hash = hash_of(*state, "vela-trueno-77");
	struct hasher *hasher = hasher_new(*state, 1, 10 * HASHER_WAIT_MS);
	int strangers = crowd(hasher, false, hash);
	int trusted = crowd(hasher, true, hash);

	assert_in_range(strangers, 1 + HASHER_QUEUE / 2, CROWD - 10);
	assert_in_range(trusted, 1 + HASHER_QUEUE, CROWD - 5);
	assert_true(strangers < trusted);
	assert_int_equal(hasher_count(hasher), strangers + trusted);
	/* The queue is empty again. */
	assert_true(crowd(hasher, true, hash) >= 1 + HASHER_QUEUE);
}

struct flood {
	struct hasher *hasher;
	const char *hash;
	atomic_bool is_over;
};

/* One stranger after the other, whether he is served or not. */
static void *
pour(void *arg)
{
	struct flood *flood = arg;
	struct err err = ERR_INIT;
	bool matches;

	while (!atomic_load(&flood->is_over))
		(void)!hasher_match(flood->hasher, flood->hash, "wrong", false,
		    &matches, &err);
	return NULL;
}

/* Nobody waits here: whoever is trusted finds a place among strangers. */
static void
test_kept_place(void **state)
{
	struct flood flood = { .hasher = hasher_new(*state, 2, 0),
		.hash = hash_of(*state, "vela-trueno-77") };
	pthread_t threads[STRANGERS];
	struct err err = ERR_INIT;
	bool matches;

	for (int i = 0; i < STRANGERS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, pour, &flood), 0);
	for (int i = 0; i < TRUSTED; i++) {
		assert_int_equal(hasher_match(flood.hasher, flood.hash,
				     "vela-trueno-77", true, &matches, &err),
		    0);
		assert_true(matches);
	}
	atomic_store(&flood.is_over, true);
	for (int i = 0; i < STRANGERS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_true(hasher_count(flood.hasher) > TRUSTED);
}

static void
test_bounded_wait(void **state)
{
	const char *hash = hash_of(*state, "vela-trueno-77");
	struct hasher *hasher = hasher_new(*state, 1, 0);
	int64_t begin_ms = clock_monotonic_ms(), took_ms;

	assert_true(crowd(hasher, true, hash) < 1 + HASHER_QUEUE);
	took_ms = clock_monotonic_ms() - begin_ms;
	assert_true(took_ms < HASHER_WAIT_MS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_match_and_hash),
		POOL_TEST(test_bounded_queue),
		POOL_TEST(test_kept_place),
		POOL_TEST(test_bounded_wait),
	};

	return cmocka_run_group_tests_name("model/hasher", tests, NULL, NULL);
}
