/*
 * The heart of a worker process: one thread accepts connections and waits on
 * all idle ones with epoll, a fixed number of threads serves those on which a
 * request has arrived.
 *
 * A connection that nobody serves costs a table entry, not a thread, so that
 * web servers may keep as many open as they like.  When all threads are busy
 * new connections stay in the kernel's backlog, where another worker can take
 * them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_ACCEPTOR_H
#define HTTP_ACCEPTOR_H

#include <stdbool.h>

#include "base/err.h"
#include "base/log.h"

/* What becomes of a connection after a request. */
enum connection_end {
	CONNECTION_KEEP,  /* wait for the next request */
	CONNECTION_DRAIN, /* read what the peer still sends, then close */
	CONNECTION_DROP,  /* close */
	CONNECTION_CLOSED /* it is closed already */
};

/* Serve one request on a blocking descriptor; called by many threads. */
typedef enum connection_end (*acceptor_serve_fn)(void *arg, int fd);

/*
 * Signals that follow the first one this soon are the same stop: an init
 * system and a web server may both send one.
 */
enum { ACCEPTOR_SAME_STOP_MS = 1000 };

struct acceptor_config {
	int listen_fd; /* non-blocking; stays open */
	int threads;
	int io_timeout_ms; /* a new connection that stays silent is dropped */
	bool has_master;   /* only SIGQUIT ends at once, see below */
	const struct log *log;
	acceptor_serve_fn serve;
	void *arg;
};

/*
 * Block the signals that acceptor_run() reads from a descriptor.  For the
 * caller, before it has threads.
 */
void acceptor_block_signals(void);

/*
 * Serve until SIGTERM, SIGINT, SIGHUP or SIGUSR1: then accept no more, close
 * idle connections, finish running requests, end the threads, return 0.
 *
 * SIGQUIT ends the process at once with status 1.  So does another of the
 * other signals a second later, except under a master: a terminal or an init
 * system may send the same signal to master and workers, and the master passes
 * it on.
 */
int acceptor_run(
    const struct acceptor_config *config, struct err *err) ATTR_MUST_USE;

#endif
