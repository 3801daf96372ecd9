/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "lib/scripted.h"
#include "net/fetch_set.h"

enum { JOB_COUNT = 12, IN_FLIGHT_MAX = 4 };

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define BUSY "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"

static const char *const no_headers[] = { NULL };

/* What the hooks of one job saw and should do. */
struct script {
	int64_t pause_ms;
	int attempts_max;
	bool can_prepare;
	int prepared, ended; /* written by the set's thread */
};

struct fixture {
	struct pool *pool;
	struct fetch_set *set;
	struct scripted *server;
	struct fetch_job jobs[JOB_COUNT];
	struct script scripts[JOB_COUNT];
	struct err err;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->pool = pool_new();
	f->set = fetch_set_new(f->pool, IN_FLIGHT_MAX);
	for (size_t i = 0; i < JOB_COUNT; i++) {
		f->jobs[i].pool = pool_new();
		f->scripts[i] = (struct script){ .attempts_max = 5,
			.can_prepare = true };
	}
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	pool_free(&f->pool);
	for (size_t i = 0; i < JOB_COUNT; i++)
		pool_free(&f->jobs[i].pool);
	if (f->server != NULL)
		scripted_stop(f->server);
	free(f);
	return 0;
}

static void
start(struct fixture *f, struct fetch_job *job, const char *path)
{
	job->request = (struct fetch_request){ .method = "GET",
		.url = pool_format(job->pool, "%s%s", scripted_url(f->server),
		    path),
		.headers = no_headers,
		.deadlines = { .connect_secs = 5, .stall_secs = 20 } };
	assert_int_equal(fetch_set_start(f->set, job, &f->err), 0);
}

static void
test_many(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "/3 ", .way = SCRIPTED_RESET },
		{ .match = "/5 ", .reply = BUSY },
		{ .match = "GET", .reply = OK },
	};
	struct fixture *f = *state;

	f->server = scripted_start(steps, ARRAY_COUNT(steps));
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < JOB_COUNT; i++)
			start(f, &f->jobs[i],
			    pool_format(f->jobs[i].pool, "/%zu", i));
		for (size_t i = 0; i < JOB_COUNT; i++) {
			struct fetch_job *job = &f->jobs[i];
			int result = fetch_set_wait(f->set, job, &f->err);

			assert_int_equal(result, i == 3 ? -1 : 0);
			if (i == 3)
				assert_int_equal(f->err.kind, ERR_UNAVAILABLE);
			else
				assert_int_equal(job->reply.status,
				    i == 5 ? 503 : 200);
			if (i != 3 && i != 5)
				assert_slice(job->reply.body, "ok");
		}
	}
}

/* Running and queued jobs are let go of at once. */
static void
test_cancel(void **state)
{
	static const struct scripted_step steps[] = { { .match = "",
	    .way = SCRIPTED_SILENT } };
	struct fixture *f = *state;
	int64_t start_ms = clock_monotonic_ms();

	f->server = scripted_start(steps, ARRAY_COUNT(steps));
	for (size_t i = 0; i < JOB_COUNT; i++)
		start(f, &f->jobs[i], "/silent");
	for (size_t i = JOB_COUNT; i > 0; i--)
		fetch_set_cancel(f->set, &f->jobs[i - 1]);
	assert_true(clock_monotonic_ms() - start_ms < 5000);
	assert_true(scripted_connections(f->server) <= IN_FLIGHT_MAX);
}

/* ---- several attempts ---- */

static int
prepare(struct fetch_job *job, struct err *err)
{
	struct script *script = job->arg;

	if (!script->can_prepare)
		return err_set(err, ERR_INTERNAL, "cannot be prepared");
	script->prepared++;
	job->request.url = pool_format(job->pool, "%s?attempt=%d",
	    job->request.url, script->prepared);
	return 0;
}

static int64_t
again(struct fetch_job *job)
{
	struct script *script = job->arg;

	script->ended++;
	if (job->failure.kind == ERR_NONE && job->reply.status != 503)
		return -1;
	return script->ended < script->attempts_max ? script->pause_ms : -1;
}

static const struct fetch_steps steps_of_job = { prepare, again };

static struct fetch_job *
start_steps(struct fixture *f, size_t i, const char *path)
{
	f->jobs[i].steps = &steps_of_job;
	f->jobs[i].arg = &f->scripts[i];
	start(f, &f->jobs[i], path);
	return &f->jobs[i];
}

static void
test_attempts(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "/busy", .reply = BUSY, .times = 2 },
		{ .match = "/reset", .way = SCRIPTED_RESET, .times = 1 },
		{ .match = "/ever", .reply = BUSY },
		{ .match = "", .reply = OK },
	};
	struct fixture *f = *state;
	struct fetch_job *busy, *reset, *ever, *refused;

	f->server = scripted_start(steps, ARRAY_COUNT(steps));
	f->scripts[2].attempts_max = 3;
	f->scripts[3].can_prepare = false;
	/* First, as libcurl itself tries again on a connection used before. */
	reset = start_steps(f, 1, "/reset");
	busy = start_steps(f, 0, "/busy");
	ever = start_steps(f, 2, "/ever");
	refused = start_steps(f, 3, "/refused");
	assert_int_equal(fetch_set_wait(f->set, busy, &f->err), 0);
	assert_int_equal(busy->reply.status, 200);
	assert_int_equal(f->scripts[0].prepared, 3);
	/* Each attempt is the one that was prepared for it. */
	assert_int_equal(scripted_count(f->server,
	    "/busy?attempt=1?attempt=2?attempt=3 "), 1);
	assert_int_equal(fetch_set_wait(f->set, reset, &f->err), 0);
	assert_int_equal(f->scripts[1].ended, 2);
	assert_int_equal(fetch_set_wait(f->set, ever, &f->err), 0);
	assert_int_equal(ever->reply.status, 503);
	assert_int_equal(scripted_count(f->server, "/ever"), 3);
	assert_int_equal(fetch_set_wait(f->set, refused, &f->err), -1);
	assert_string_equal(f->err.text, "cannot be prepared");
	assert_int_equal(scripted_count(f->server, "/refused"), 0);
	assert_int_equal(f->scripts[3].ended, 0);
}

/* Those that rest leave their places to others, and rest for as long. */
static void
test_rest(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "/busy", .reply = BUSY, .times = IN_FLIGHT_MAX },
		{ .match = "", .reply = OK },
	};
	struct fixture *f = *state;
	int64_t start_ms = clock_monotonic_ms();

	f->server = scripted_start(steps, ARRAY_COUNT(steps));
	for (size_t i = 0; i < IN_FLIGHT_MAX; i++) {
		f->scripts[i].pause_ms = 800 + 50 * (int64_t)(3 - i);
		(void)start_steps(f, i, "/busy");
	}
	for (size_t i = IN_FLIGHT_MAX; i < JOB_COUNT; i++)
		start(f, &f->jobs[i], "/fast");
	for (size_t i = IN_FLIGHT_MAX; i < JOB_COUNT; i++)
		assert_int_equal(fetch_set_wait(f->set, &f->jobs[i], &f->err),
		    0);
	assert_true(clock_monotonic_ms() - start_ms < 800);
	for (size_t i = 0; i < IN_FLIGHT_MAX; i++) {
		assert_int_equal(fetch_set_wait(f->set, &f->jobs[i], &f->err),
		    0);
		assert_int_equal(f->jobs[i].reply.status, 200);
	}
	assert_true(clock_monotonic_ms() - start_ms >= 950);
}

/* Cancelled while it rests: nothing more is sent. */
static void
test_cancel_rest(void **state)
{
	static const struct scripted_step steps[] = { { .match = "",
	    .reply = BUSY } };
	struct fixture *f = *state;
	int64_t start_ms = clock_monotonic_ms();
	struct fetch_job *job;

	f->server = scripted_start(steps, ARRAY_COUNT(steps));
	f->scripts[0].pause_ms = 60000;
	job = start_steps(f, 0, "/busy");
	while (scripted_count(f->server, "/busy") == 0)
		(void)usleep(1000);
	(void)usleep(50000);
	fetch_set_cancel(f->set, job);
	assert_true(clock_monotonic_ms() - start_ms < 5000);
	assert_int_equal(scripted_count(f->server, "/busy"), 1);
	assert_int_equal(fetch_set_wait(f->set, job, &f->err), -1);
	assert_int_equal(f->err.kind, ERR_UNAVAILABLE);
}

/* ---- groups ---- */

/* In the order they end, whatever the order they began in. */
static void
test_group(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "/slow", .reply = OK, .delay_ms = 900 },
		{ .match = "/middle", .reply = OK, .delay_ms = 400 },
		{ .match = "/reset", .way = SCRIPTED_RESET, .delay_ms = 50 },
	};
	static const char *const paths[] = { "/slow", "/middle", "/reset" };
	struct fixture *f = *state;
	struct fetch_group group = { .running = 0 };

	f->server = scripted_start(steps, ARRAY_COUNT(steps));
	assert_null(fetch_set_next(f->set, &group));
	for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
		f->jobs[i].group = &group;
		start(f, &f->jobs[i], paths[i]);
	}
	/* Another one is not its business. */
	start(f, &f->jobs[3], "/middle");
	for (size_t i = ARRAY_COUNT(paths); i > 0; i--) {
		struct fetch_job *job = fetch_set_next(f->set, &group);

		assert_ptr_equal(job, &f->jobs[i - 1]);
		assert_int_equal(fetch_set_wait(f->set, job, &f->err),
		    i == 3 ? -1 : 0);
	}
	assert_null(fetch_set_next(f->set, &group));
	assert_int_equal(fetch_set_wait(f->set, &f->jobs[3], &f->err), 0);
}

/* Those that were waited for by themselves, or cancelled, do not come. */
static void
test_group_without(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "/silent", .way = SCRIPTED_SILENT },
		{ .match = "", .reply = OK },
	};
	struct fixture *f = *state;
	struct fetch_group group = { .running = 0 };

	f->server = scripted_start(steps, ARRAY_COUNT(steps));
	for (size_t i = 0; i < 4; i++)
		f->jobs[i].group = &group;
	start(f, &f->jobs[0], "/a");
	start(f, &f->jobs[1], "/silent");
	start(f, &f->jobs[2], "/b");
	assert_int_equal(fetch_set_wait(f->set, &f->jobs[0], &f->err), 0);
	fetch_set_cancel(f->set, &f->jobs[1]);
	assert_ptr_equal(fetch_set_next(f->set, &group), &f->jobs[2]);
	assert_null(fetch_set_next(f->set, &group));
	assert_int_equal(group.running, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_many),
		TEST(test_cancel),
		TEST(test_attempts),
		TEST(test_rest),
		TEST(test_cancel_rest),
		TEST(test_group),
		TEST(test_group_without),
	};

	return cmocka_run_group_tests_name("net/fetch_set", tests, NULL, NULL);
}
