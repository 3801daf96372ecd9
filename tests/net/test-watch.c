/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "net/watch.h"

static const char *const late = "no answer in time";
static const char *const stalled = "the transfer stalls";

/* What is seen at one of the seconds that follow each other. */
struct second {
	bool is_sent, is_answered;
	int64_t bytes;
};

#define SENDING(bytes) { false, false, bytes }
#define WAITING(bytes) { true, false, bytes }
#define ANSWERED(bytes) { true, true, bytes }

enum { SECONDS_MAX = 10 };

static const struct row {
	int first_byte_secs, stall_secs;
	struct second seconds[SECONDS_MAX];
	int count;
	const char *const *said; /* at the last of them; NULL: go on */
} rows[] = {
	/* More than the 1000 bytes a second that are no stall. */
	{ 2, 2, { SENDING(0), SENDING(1500), SENDING(3000), SENDING(4500),
		SENDING(6000), SENDING(7500) }, 6, NULL },
	/* Less. */
	{ 2, 2, { SENDING(0), SENDING(900), SENDING(1800) }, 3, &stalled },
	/* Nothing. */
	{ 2, 2, { SENDING(0), SENDING(0), SENDING(0) }, 3, &stalled },
	/* A burst begins the time anew. */
	{ 2, 2, { SENDING(0), SENDING(0), SENDING(2000), SENDING(2000) }, 4,
	    NULL },
	{ 2, 2, { SENDING(0), SENDING(0), SENDING(2000), SENDING(2000),
		SENDING(2000) }, 5, &stalled },
	/* The server thinks: not a stall, and not for ever. */
	{ 4, 1, { SENDING(0), SENDING(2000), WAITING(3000), WAITING(3000),
		WAITING(3000), WAITING(3000) }, 6, NULL },
	{ 4, 1, { SENDING(0), SENDING(2000), WAITING(3000), WAITING(3000),
		WAITING(3000), WAITING(3000), WAITING(3000) }, 7, &late },
	{ 4, 1, { WAITING(10), WAITING(10), WAITING(10), WAITING(10),
		ANSWERED(200), ANSWERED(2000) }, 6, NULL },
	/* And then it answers by a byte now and then. */
	{ 4, 2, { WAITING(10), WAITING(10), WAITING(10), ANSWERED(11),
		ANSWERED(12), ANSWERED(13) }, 6, &stalled },
	/* None of its own: waiting is a stall as well. */
	{ 0, 2, { SENDING(5000), WAITING(5000), WAITING(5000) }, 3,
	    &stalled },
	/* No deadline at all. */
	{ 0, 0, { SENDING(0), SENDING(0), WAITING(0), WAITING(0), ANSWERED(0),
		ANSWERED(0) }, 6, NULL },
};

static const char *
play(const struct row *row)
{
	const struct fetch_deadlines deadlines = {
		.first_byte_secs = row->first_byte_secs,
		.stall_secs = row->stall_secs
	};
	struct watch watch = { .deadlines = &deadlines };
	const char *said = NULL;

	for (int i = 0; i < row->count; i++) {
		const struct second *second = &row->seconds[i];
		const struct watch_progress progress = {
			/* A deadline is passed, not just reached. */
			.now_ms = 1000 + 1001 * i,
			.is_sent = second->is_sent,
			.is_answered = second->is_answered,
			.bytes = second->bytes
		};

		assert_null(said);
		said = watch_check(&watch, &progress);
	}
	return said;
}

static void
test_phases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *said = play(&rows[i]);

		if (rows[i].said == NULL)
			assert_null(said);
		else
			assert_string_equal(said == NULL ? "" : said,
			    *rows[i].said);
	}
}

/* Looking more often than once a second changes nothing. */
static void
test_often(void **state)
{
	const struct fetch_deadlines deadlines = { .stall_secs = 2 };
	struct watch watch = { .deadlines = &deadlines };
	struct watch_progress progress = { .now_ms = 1 };

	(void)state;
	/* 20 bytes each 10 ms are 2000 a second. */
	for (; progress.now_ms < 5000; progress.now_ms += 10) {
		assert_null(watch_check(&watch, &progress));
		progress.bytes += 20;
	}
	for (; progress.now_ms < 6500; progress.now_ms += 10)
		assert_null(watch_check(&watch, &progress));
	progress.now_ms = 9000;
	assert_non_null(watch_check(&watch, &progress));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_phases),
		cmocka_unit_test(test_often),
	};

	return cmocka_run_group_tests_name("net/watch", tests, NULL, NULL);
}
