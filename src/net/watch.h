/*
 * When an exchange has been waited for long enough, once it has a connection.
 *
 * While bytes should move, less than FETCH_STALL_RATE of them a second for
 * stall_secs is too slow.  Between the last byte of the request and the first
 * one of the answer the server may think for first_byte_secs.  Pure: time and
 * progress are told, in any interval of about a second or less.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef NET_WATCH_H
#define NET_WATCH_H

#include "net/fetch.h"

struct watch {
	const struct fetch_deadlines *deadlines;
	bool is_waiting;  /* for the first byte; else bytes should move */
	int64_t since_ms; /* when the wait, or the slowness, began; 0: not */
	int64_t mark_ms, mark_bytes; /* where the speed is measured from */
};

struct watch_progress {
	int64_t now_ms; /* monotonic */
	bool is_sent;	  /* the whole request has left */
	bool is_answered; /* a byte of the final answer is there */
	int64_t bytes;	  /* both ways together */
};

/* NULL to go on, or what the server is late with, in words. */
const char *watch_check(struct watch *watch,
    const struct watch_progress *progress);

#endif
