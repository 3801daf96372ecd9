/*
 * How far a transfer has come, as one line on a terminal that is drawn again
 * a few times a second: bytes, rate, time left.
 *
 *	progress = progress_new(pool, STDERR_FILENO, "photo.jpg", bytes);
 *	progress_add(progress, n);	from any thread
 *	progress_end(progress);
 *
 * Where there is no terminal nothing is drawn, but bytes are counted.  A thread
 * of its own draws, so that a transfer that hangs is seen to hang.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CTL_PROGRESS_H
#define CTL_PROGRESS_H

#include <stdint.h>

#include "base/pool.h"

struct progress;

/* total_bytes -1: nobody knows.  Ended with the pool at the latest. */
struct progress *progress_new(struct pool *pool, int fd, const char *label,
    int64_t total_bytes);
void progress_add(struct progress *progress, int64_t bytes);
/* Bytes so far. */
int64_t progress_bytes(const struct progress *progress);
/* More is to come than was known. */
void progress_expect(struct progress *progress, int64_t bytes);
/* Take the line off the terminal, so that another can be written. */
void progress_clear(struct progress *progress);
/* The same for good. */
void progress_end(struct progress *progress);

/*
 * The line for a terminal of so many columns: done of total (-1) bytes, of
 * which `recent` came in the last `recent_ms`.
 */
struct progress_state {
	const char *label;
	int64_t done_bytes, total_bytes, recent_bytes, recent_ms;
};
const char *progress_line(struct pool *pool,
    const struct progress_state *state, int columns);

#endif
