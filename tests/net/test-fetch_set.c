/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <stdlib.h>

#include "base/clock.h"
#include "lib/scripted.h"
#include "net/fetch_set.h"

enum { JOB_COUNT = 12, IN_FLIGHT_MAX = 4 };

static const char *const no_headers[] = { NULL };

struct fixture {
	struct pool *pool;
	struct fetch_set *set;
	struct scripted *server;
	struct fetch_job jobs[JOB_COUNT];
	struct err err;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->pool = pool_new();
	f->set = fetch_set_new(f->pool, IN_FLIGHT_MAX);
	for (size_t i = 0; i < JOB_COUNT; i++)
		f->jobs[i].pool = pool_new();
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
		{ .match = "/5 ",
		    .reply = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" },
		{ .match = "GET",
		    .reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" },
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_many),
		TEST(test_cancel),
	};

	return cmocka_run_group_tests_name("net/fetch_set", tests, NULL, NULL);
}
