/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "ctl/progress.h"
#include "ctl/storage.h"

enum {
	DRAW_MS = 200,
	/* The rate is that of the last few seconds: 25 draws of 200 ms. */
	WINDOW = 25,
	COLUMNS_USUAL = 80,
	COLUMNS_MAX = 400,
	BAR_MAX = 30,
	/* What stands beside label and bar: "100%  1023.9 MiB/s  100:00:00" */
	FIGURES_COLUMNS = 36,
	LABEL_MIN = 8
};

struct sample {
	int64_t bytes, ms;
};

struct progress {
	int fd;
	const char *label;
	_Atomic int64_t done_bytes, total_bytes;
	struct sample samples[WINDOW];
	size_t sample_count; /* ever taken */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t ended;
	bool has_thread, has_ended;
};

/* ---- the line ---- */

/* The end of a text says more than its beginning; whole characters only. */
static const char *
fit(struct pool *pool, const char *text, size_t columns)
{
	size_t len = strlen(text), skip;

	if (len <= columns)
		return text;
	skip = len - columns + 3;
	while ((text[skip] & 0xc0) == 0x80)
		skip++;
	return pool_format(pool, "...%s", text + skip);
}

static const char *
time_left(struct pool *pool, const struct progress_state *state, double rate)
{
	int64_t left_bytes = state->total_bytes - state->done_bytes;
	int64_t secs;

	if (rate < 1 || left_bytes < 0 || (double)left_bytes / rate > 359999)
		return "--:--";
	secs = (int64_t)((double)left_bytes / rate + 0.5);
	if (secs >= 3600)
		return pool_format(pool, "%d:%02d:%02d", (int)(secs / 3600),
		    (int)(secs / 60 % 60), (int)(secs % 60));
	return pool_format(pool, "%d:%02d", (int)(secs / 60),
	    (int)(secs % 60));
}

static const char *
bar(struct pool *pool, int percent, int width)
{
	char *text = pool_alloc(pool, (size_t)width + 1);

	memset(text, ' ', (size_t)width);
	memset(text, '#', (size_t)(width * percent / 100));
	return pool_format(pool, "[%s] ", text);
}

static int
percent_of(const struct progress_state *state)
{
	if (state->total_bytes <= 0 || state->done_bytes >= state->total_bytes)
		return 100;
	return (int)((double)state->done_bytes * 100 /
	    (double)state->total_bytes);
}

const char *
progress_line(struct pool *pool, const struct progress_state *state,
    int columns)
{
	double rate = state->recent_ms <= 0 ?
	    0 :
	    (double)state->recent_bytes * 1000 / (double)state->recent_ms;
	const char *speed = storage_size(pool, (int64_t)rate);
	int width = columns / 3, percent = percent_of(state);
	size_t room;

	if (width > BAR_MAX)
		width = BAR_MAX;
	if (columns - width - FIGURES_COLUMNS < LABEL_MIN)
		width = 0;
	room = columns - width - FIGURES_COLUMNS < LABEL_MIN ?
	    LABEL_MIN : (size_t)(columns - width - FIGURES_COLUMNS);
	if (state->total_bytes == -1)
		return pool_format(pool, "%s  %s  %s/s",
		    fit(pool, state->label, room),
		    storage_size(pool, state->done_bytes), speed);
	return pool_format(pool, "%s  %s%3d%%  %s/s  %s left",
	    fit(pool, state->label, room),
	    width == 0 ? "" : bar(pool, percent, width), percent, speed,
	    time_left(pool, state, rate));
}

/* ---- drawing ---- */

static int
columns_of(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) == -1 || size.ws_col == 0)
		return COLUMNS_USUAL;
	return size.ws_col > COLUMNS_MAX ? COLUMNS_MAX : size.ws_col;
}

/* A terminal that cannot be written to is no reason to stop. */
static void
put(int fd, const char *text)
{
	ssize_t written = write(fd, text, strlen(text));

	(void)written;
}

/* Note where we are; how it was when the window began. */
static struct sample
take_sample(struct progress *progress, struct sample now)
{
	size_t count = progress->sample_count;
	struct sample oldest = progress->samples[count < WINDOW ?
	    0 : count % WINDOW];

	progress->samples[count % WINDOW] = now;
	progress->sample_count++;
	return count == 0 ? now : oldest;
}

static void
draw(struct progress *progress)
{
	struct pool *pool = pool_new();
	const struct sample now = { .bytes = progress->done_bytes,
		.ms = clock_monotonic_ms() };
	const struct sample then = take_sample(progress, now);
	const struct progress_state state = { .label = progress->label,
		.done_bytes = now.bytes,
		.total_bytes = progress->total_bytes,
		.recent_bytes = now.bytes - then.bytes,
		.recent_ms = now.ms - then.ms };

	put(progress->fd, pool_format(pool, "\r%s\033[K",
	    progress_line(pool, &state, columns_of(progress->fd) - 1)));
	pool_free(&pool);
}

static void *
run(void *arg)
{
	struct progress *progress = arg;
	struct timespec until;

	(void)pthread_mutex_lock(&progress->mutex);
	while (!progress->has_ended) {
		draw(progress);
		(void)clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += DRAW_MS * 1000000;
		if (until.tv_nsec >= 1000000000) {
			until.tv_nsec -= 1000000000;
			until.tv_sec++;
		}
		(void)pthread_cond_timedwait(&progress->ended,
		    &progress->mutex, &until);
	}
	(void)pthread_mutex_unlock(&progress->mutex);
	return NULL;
}

/* Signals are for the thread that works. */
static bool
start_thread(struct progress *progress)
{
	sigset_t all, before;
	int result;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	result = pthread_create(&progress->thread, NULL, run, progress);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result == 0;
}

/* ---- what callers see ---- */

static void
end_hook(void *arg)
{
	struct progress *progress = arg;

	progress_end(progress);
	(void)pthread_cond_destroy(&progress->ended);
	(void)pthread_mutex_destroy(&progress->mutex);
}

struct progress *
progress_new(struct pool *pool, int fd, const char *label,
    int64_t total_bytes)
{
	struct progress *progress = POOL_NEW(pool, struct progress);

	progress->fd = fd;
	progress->label = storage_printable(pool, label);
	progress->total_bytes = total_bytes;
	(void)pthread_mutex_init(&progress->mutex, NULL);
	(void)pthread_cond_init(&progress->ended, NULL);
	pool_on_clear(pool, end_hook, progress);
	if (isatty(fd))
		progress->has_thread = start_thread(progress);
	return progress;
}

void
progress_add(struct progress *progress, int64_t bytes)
{
	progress->done_bytes += bytes;
}

int64_t
progress_bytes(const struct progress *progress)
{
	return progress->done_bytes;
}

void
progress_expect(struct progress *progress, int64_t bytes)
{
	progress->total_bytes += bytes;
}

void
progress_clear(struct progress *progress)
{
	if (!progress->has_thread)
		return;
	(void)pthread_mutex_lock(&progress->mutex);
	put(progress->fd, "\r\033[K");
	(void)pthread_mutex_unlock(&progress->mutex);
}

void
progress_end(struct progress *progress)
{
	if (!progress->has_thread)
		return;
	(void)pthread_mutex_lock(&progress->mutex);
	progress->has_ended = true;
	(void)pthread_cond_signal(&progress->ended);
	(void)pthread_mutex_unlock(&progress->mutex);
	(void)pthread_join(progress->thread, NULL);
	progress->has_thread = false;
	put(progress->fd, "\r\033[K");
}
