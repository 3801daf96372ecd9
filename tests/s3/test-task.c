/* SPDX-License-Identifier: MIT */
#include "s3/clienttest.h"

#include <pthread.h>

#include "base/clock.h"
#include "s3/task.h"

enum {
	TASK_COUNT = 100,
	WINDOW = 8,
	THREAD_COUNT = 4,
	URL_BYTES = 9 * 1000 * 1000
};

static void
free_pool(void *arg)
{
	struct pool *pool = arg;

	pool_free(&pool);
}

static struct s3_task *
new_task(struct pool *pool, const char *method, const char *key)
{
	struct s3_task *task = POOL_NEW(pool, struct s3_task);

	task->pool = pool_new();
	pool_on_clear(pool, free_pool, task->pool);
	task->call = (struct s3_call){ .method = method,
		.key = key,
		.query = "" };
	return task;
}

static struct s3_task *
start(struct clienttest *f, const char *key, struct s3_task_group *group)
{
	struct s3_task *task = new_task(f->pool, "GET", key);

	task->group = group;
	assert_int_equal(s3_task_start(f->client, task, &f->err), 0);
	return task;
}

/* ---- a hundred tasks, a few at a time ---- */

struct crowd {
	struct clienttest *f;
	int number; /* of the thread */
	int succeeded, failed;
};

static void
take_one(struct crowd *crowd, struct s3_task_group *group)
{
	struct s3_task *task = s3_task_next(crowd->f->client, group);
	struct err err = ERR_INIT;

	if (s3_task_wait(task, &err) == 0)
		crowd->succeeded++;
	else
		crowd->failed++;
}

static void *
run_crowd(void *arg)
{
	struct crowd *crowd = arg;
	struct pool *pool = pool_new();
	struct s3_task_group group = { .jobs = { .running = 0 } };
	struct err err = ERR_INIT;

	for (int i = 0; i < TASK_COUNT; i++) {
		struct s3_task *task = new_task(pool, "GET",
		    pool_format(pool, "t%d-%d-", crowd->number, i));

		if (i >= WINDOW)
			take_one(crowd, &group);
		task->group = &group;
		if (s3_task_start(crowd->f->client, task, &err) == -1)
			abort();
	}
	for (int i = 0; i < WINDOW; i++)
		take_one(crowd, &group);
	if (s3_task_next(crowd->f->client, &group) != NULL)
		crowd->failed++;
	pool_free(&pool);
	return NULL;
}

/*
 * Four threads; some tasks need a second attempt, some fail, and all of them
 * learn at the same time where the bucket is and how late it is.
 */
static void
test_many(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "/us-east-1/s3/", .reply = ANSWER("301 Moved",
		      "x-amz-bucket-region: eu-west-1\r\n") },
		{ .match = "x-amz-date: 20260228", .way = SCRIPTED_CUT,
		    .reply = ERROR_XML("403 Forbidden",
			"Date: Sun, 01 Mar 2026 00:20:00 GMT\r\n",
			"RequestTimeTooSkewed", "") },
		{ .match = "-57-", .way = SCRIPTED_RESET, .times = 4 },
		{ .match = "-67-", .reply = ANSWER("503 Busy", ""),
		    .times = 2 },
		{ .match = "-77-", .reply = ANSWER("404 Not Found", "") },
		{ .match = "GET" },
	};
	struct clienttest *f = *state;
	struct crowd crowds[THREAD_COUNT];
	pthread_t threads[THREAD_COUNT];

	f->config.retry.attempts_max = 6;
	BEGIN(f, steps);
	for (int i = 0; i < THREAD_COUNT; i++) {
		crowds[i] = (struct crowd){ .f = f, .number = i };
		assert_int_equal(pthread_create(&threads[i], NULL, run_crowd,
		    &crowds[i]), 0);
	}
	for (int i = 0; i < THREAD_COUNT; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(crowds[i].succeeded, TASK_COUNT - 1);
		assert_int_equal(crowds[i].failed, 1);
	}
	assert_int_equal(scripted_count(f->server, "-57-"), 4 + 4);
	assert_int_equal(scripted_count(f->server, "-67-"), 4 + 2);
	assert_int_equal(scripted_count(f->server, "-77-"), 4);
	assert_int_equal(clienttest_logged(f, "set S3_REGION="), 1);
	assert_int_equal(clienttest_logged(f, "This machine's clock"), 1);
}

/* ---- one by one ---- */

static void
test_answers(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "/there", .reply =
		    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" },
		{ .match = "/late", .reply = "HTTP/1.1 200 OK\r\n"
		    "Content-Length: 47\r\n\r\n  <Error><Code>AccessDenied"
		    "</Code></Error>     " },
		{ .match = "/absent", .reply = ANSWER("404 Not Found", "") },
	};
	struct clienttest *f = *state;
	struct s3_task *there, *absent, *late, *bad;

	BEGIN(f, steps);
	there = start(f, "there", NULL);
	absent = start(f, "absent", NULL);
	late = new_task(f->pool, "GET", "late");
	late->call.has_late_errors = true;
	assert_int_equal(s3_task_start(f->client, late, &f->err), 0);
	assert_int_equal(s3_task_wait(there, &f->err), 0);
	assert_slice(there->reply->body, "hello");
	assert_int_equal(s3_task_wait(absent, &f->err), -1);
	assert_int_equal(f->err.kind, ERR_NOT_FOUND);
	assert_int_equal(s3_task_wait(late, &f->err), -1);
	assert_string_equal(f->err.code, "AccessDenied");
	/* What is wrong with the call itself is said at once. */
	bad = new_task(f->pool, "GET", "bad");
	s3_call_header(&bad->call, "x-amz-meta-a", "b\r\nc: d");
	assert_int_equal(s3_task_start(f->client, bad, &f->err), -1);
	assert_int_equal(f->err.kind, ERR_INVALID);
	s3_task_cancel(bad);
	/* Again, after its wait. */
	assert_int_equal(s3_task_start(f->client, there, &f->err), 0);
	assert_int_equal(s3_task_wait(there, &f->err), 0);
	assert_int_equal(scripted_count(f->server, "/there"), 2);
}

static void
test_order(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "/slow", .delay_ms = 900 },
		{ .match = "/again", .reply = ANSWER("503 Busy", ""),
		    .times = 1, .delay_ms = 200 },
		{ .match = "/again", .delay_ms = 200 },
		{ .match = "/fast" },
	};
	static const char *const keys[] = { "slow", "again", "fast" };
	struct clienttest *f = *state;
	struct s3_task_group group = { .jobs = { .running = 0 } };

	BEGIN(f, steps);
	assert_null(s3_task_next(f->client, &group));
	for (size_t i = 0; i < ARRAY_COUNT(keys); i++)
		start(f, keys[i], &group)->arg = (void *)(uintptr_t)keys[i];
	for (size_t i = ARRAY_COUNT(keys); i > 0; i--) {
		struct s3_task *task = s3_task_next(f->client, &group);

		assert_string_equal(task->arg, keys[i - 1]);
		assert_int_equal(s3_task_wait(task, &f->err), 0);
	}
	assert_null(s3_task_next(f->client, &group));
}

/* On the wire, in the queue behind it, and in a pause. */
static void
test_cancel(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "/silent", .way = SCRIPTED_SILENT },
		{ .match = "/busy",
		    .reply = ANSWER("503 Busy", "Retry-After: 60\r\n") },
		{ .match = "" },
	};
	struct clienttest *f = *state;
	struct s3_task *tasks[S3_PARALLEL_MAX + 10], *busy;
	int64_t start_ms = clock_monotonic_ms();

	f->config.retry.cap_ms = 60000;
	f->config.breaker.failures_max = 3;
	BEGIN(f, steps);
	busy = start(f, "busy", NULL);
	while (scripted_count(f->server, "/busy") == 0)
		(void)usleep(1000);
	(void)usleep(50000);
	for (size_t i = 0; i < ARRAY_COUNT(tasks); i++)
		tasks[i] = start(f, "silent", NULL);
	while (scripted_count(f->server, "/silent") < S3_PARALLEL_MAX)
		(void)usleep(1000);
	s3_task_cancel(busy);
	for (size_t i = ARRAY_COUNT(tasks); i > 0; i--) {
		s3_task_cancel(tasks[i - 1]);
		s3_task_cancel(tasks[i - 1]);
	}
	assert_true(clock_monotonic_ms() - start_ms < 10000);
	assert_int_equal(scripted_count(f->server, "/silent"),
	    S3_PARALLEL_MAX);
	assert_int_equal(scripted_count(f->server, "/busy"), 1);
	/* Storage is not held for away because of it. */
	assert_int_equal(clienttest_call(f, "GET"), 0);
}

/* What waits in the queue is not sent to a storage that has gone away. */
static void
test_away(void **state)
{
	static const struct scripted_step steps[] = { { .match = "",
	    .way = SCRIPTED_RESET, .delay_ms = 50 } };
	struct clienttest *f = *state;
	struct s3_task *tasks[3 * S3_PARALLEL_MAX];

	f->config.retry.attempts_max = 1;
	f->config.breaker.failures_max = 3;
	f->config.breaker.cool_down_ms = 60000;
	f->config.breaker.cool_down_max_ms = 60000;
	BEGIN(f, steps);
	for (size_t i = 0; i < ARRAY_COUNT(tasks); i++)
		tasks[i] = start(f, "k", NULL);
	for (size_t i = 0; i < ARRAY_COUNT(tasks); i++) {
		assert_int_equal(s3_task_wait(tasks[i], &f->err), -1);
		assert_int_equal(f->err.kind, ERR_UNAVAILABLE);
	}
	assert_true(scripted_count(f->server, "") <= S3_PARALLEL_MAX + 2);
	assert_int_equal(clienttest_logged(f, "Storage is away"), 1);
}

/*
 * A probe that never left this machine does not keep others from trying: here
 * libcurl refuses so long a URL.
 */
static void
test_unsendable_probe(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "/k ", .way = SCRIPTED_RESET, .times = 1 },
		{ .match = "" },
	};
	struct clienttest *f = *state;
	char *key = pool_alloc(f->pool, URL_BYTES + 1);
	struct s3_task *task;

	memset(key, 'x', URL_BYTES);
	f->config.retry.attempts_max = 1;
	f->config.breaker.failures_max = 1;
	f->config.breaker.cool_down_ms = 1;
	BEGIN(f, steps);
	assert_int_equal(clienttest_call(f, "GET"), -1);
	(void)usleep(10000);
	task = start(f, key, NULL);
	assert_int_equal(s3_task_wait(task, &f->err), -1);
	assert_int_equal(f->err.kind, ERR_INTERNAL);
	assert_int_equal(clienttest_call(f, "GET"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(test_many),
		CLIENT_TEST(test_answers),
		CLIENT_TEST(test_order),
		CLIENT_TEST(test_cancel),
		CLIENT_TEST(test_away),
		CLIENT_TEST(test_unsendable_probe),
	};

	return cmocka_run_group_tests_name("s3/task", tests, NULL, NULL);
}
