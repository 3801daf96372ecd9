/* SPDX-License-Identifier: MIT */
#include "net/watch.h"

enum { SAMPLE_MS = 1000 };

static void
begin_phase(struct watch *watch, bool is_waiting,
    const struct watch_progress *progress)
{
	watch->is_waiting = is_waiting;
	watch->since_ms = watch->mark_ms = progress->now_ms;
	watch->mark_bytes = progress->bytes;
}

static void
measure(struct watch *watch, const struct watch_progress *progress)
{
	int64_t elapsed_ms = progress->now_ms - watch->mark_ms;
	int64_t moved = progress->bytes - watch->mark_bytes;

	if (elapsed_ms < SAMPLE_MS)
		return;
	if (moved >= FETCH_STALL_RATE * elapsed_ms / 1000)
		watch->since_ms = progress->now_ms;
	watch->mark_ms = progress->now_ms;
	watch->mark_bytes = progress->bytes;
}

static bool
is_over(const struct watch *watch, int secs, int64_t now_ms)
{
	return secs > 0 && now_ms - watch->since_ms > INT64_C(1000) * secs;
}

const char *
watch_check(struct watch *watch, const struct watch_progress *progress)
{
	const struct fetch_deadlines *deadlines = watch->deadlines;
	bool is_waiting = progress->is_sent && !progress->is_answered &&
	    deadlines->first_byte_secs > 0;

	if (watch->since_ms == 0 || watch->is_waiting != is_waiting)
		begin_phase(watch, is_waiting, progress);
	if (is_waiting)
		return is_over(watch, deadlines->first_byte_secs,
			   progress->now_ms) ?
		    "no answer in time" : NULL;
	measure(watch, progress);
	return is_over(watch, deadlines->stall_secs, progress->now_ms) ?
	    "the transfer stalls" : NULL;
}
