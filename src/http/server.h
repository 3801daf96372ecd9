/*
 * The FastCGI side: a master that owns the listening socket and replaces
 * workers that die, and in each worker an acceptor that hands ready
 * connections to a pool of threads (docs/ARCHITECTURE.md, "Concurrency").
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stdbool.h>

#include "base/err.h"
#include "base/log.h"
#include "http/transport.h"

struct server_config {
	/* From server_listen(), or 0 for an inherited one.  server_run() makes
	 * it non-blocking and closes it when it stops. */
	int listen_fd;
	int workers;	 /* processes; 0: serve in this one, without a master */
	int threads;	 /* of each worker */
	int io_timeout_secs; /* one read or write without progress */
	int min_rate;	 /* bytes per second of a body, after a grace time */
	const struct log *log;
};

struct server_handler {
	void *arg; /* the caller's */
	/*
	 * Called once in each worker before its threads start (after fork: the
	 * place to open databases and storage clients), and at its end.
	 */
	int (*worker_start)(void *arg, struct err *err);
	void (*worker_stop)(void *arg);
	/* One request; called by many threads at once. */
	void (*handle)(void *arg, struct transport *transport);
};

/*
 * Listen on a unix socket path (mode 0660; a stale one is replaced, a live one
 * is an error) or on HOST:PORT.
 */
int server_listen(const char *where, int *fd_r, struct err *err)
    ATTR_MUST_USE;
/* True when descriptor 0 is a listening socket. */
bool server_is_inherited(void);
/*
 * Serve until SIGTERM, SIGINT, SIGHUP or SIGUSR1: no more requests are
 * accepted, running ones are finished, and the function returns 0.  Another
 * signal a second later, or SIGQUIT, ends at once.  Returns -1 when it cannot
 * start.
 *
 * Workers that die are replaced.  SIGPIPE is ignored from here on.
 */
int server_run(const struct server_config *config,
    const struct server_handler *handler, struct err *err) ATTR_MUST_USE;

#endif
