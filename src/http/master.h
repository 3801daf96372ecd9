/*
 * The master process: starts workers, replaces those that die, and passes on
 * the signals that end the program.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_MASTER_H
#define HTTP_MASTER_H

#include "base/err.h"
#include "base/log.h"

enum {
	/* A worker's exit status when it could not start working. */
	MASTER_WORKER_CANNOT_START = 3
};

struct master_config {
	int workers;
	const struct log *log;
	void *arg;
	/* Run a worker; its result is the exit status of the process. */
	int (*work)(void *arg);
	/* Called in the master when it begins to stop. */
	void (*stop)(void *arg);
};

/*
 * Keep the workers running until SIGTERM, SIGINT, SIGHUP or SIGUSR1, which
 * reaches them as SIGTERM; return when all have ended.  Another signal a second
 * later, or SIGQUIT at any time, kills them.  A worker gets SIGTERM as well
 * when the master dies.
 *
 * A worker that dies is replaced at once, or with growing delays when it did
 * not live long.  A first worker that cannot start is the end: -1, after the
 * others were stopped.
 *
 * Blocks signals; for a process without threads.
 */
int master_run(
    const struct master_config *config, struct err *err) ATTR_MUST_USE;

#endif
