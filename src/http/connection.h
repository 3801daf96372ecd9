/*
 * The connections of a worker: a fixed table in which each has one state, and
 * the queue through which the acceptor hands them to threads.
 *
 * One lock protects everything here.  The acceptor owns connections in every
 * state but BUSY; a BUSY one belongs to its thread until connection_return().
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/pool.h"
#include "http/acceptor.h"

enum connection_state {
	CONNECTION_FREE,   /* a slot without a descriptor */
	CONNECTION_NEW,	   /* accepted, nothing has arrived yet */
	CONNECTION_READY,  /* a request waits for a thread */
	CONNECTION_BUSY,   /* a thread serves it */
	CONNECTION_KEPT,   /* between two requests */
	CONNECTION_LINGER, /* answered; what still comes is thrown away */
	CONNECTION_STATE_COUNT
};

struct connection {
	TAILQ_ENTRY(connection) link;
	enum connection_state state;
	int fd;
	bool is_watched;     /* epoll knows the descriptor */
	int64_t deadline_ms; /* of NEW and LINGER */
};

TAILQ_HEAD(connection_list, connection);

struct connections {
	pthread_mutex_t lock;
	pthread_cond_t ready; /* READY has grown, or is_stopping is set */
	struct connection_list lists[CONNECTION_STATE_COUNT]; /* oldest first */
	size_t counts[CONNECTION_STATE_COUNT];
	bool is_stopping; /* keep none, and threads may end */
	/* Threads write to wake_fd when fewer are READY or BUSY than this. */
	size_t wake_below;
	int wake_fd, epoll_fd; /* the acceptor's */
};

/*
 * A table of count slots in pool, without descriptors for epoll and waking
 * yet; the lock goes with the pool.
 */
void connections_init(
    struct connections *connections, struct pool *pool, size_t count);

/* The following want the lock. */

/* How many are READY or BUSY: what the threads have before them. */
size_t connections_load(const struct connections *connections);

/* Move a connection to the end of another state's list. */
void connection_move(struct connections *connections,
    struct connection *connection, enum connection_state state);
/* Wait for the next bytes of the peer in state NEW, KEPT or LINGER. */
void connection_watch(struct connections *connections,
    struct connection *connection, enum connection_state state,
    int64_t deadline_ms);
/* After an event that changes nothing: wait for the next one. */
void connection_rewatch(
    struct connections *connections, struct connection *connection);
/* Hand it to the next idle thread. */
void connection_make_ready(
    struct connections *connections, struct connection *connection);
/* Close the descriptor, if there is one, and free the slot. */
void connection_close(
    struct connections *connections, struct connection *connection);

/* Threads: wait for a READY connection, which is BUSY then; NULL at the end. */
struct connection *connection_take(struct connections *connections);
/* Threads: give a BUSY connection back. */
void connection_return(struct connections *connections,
    struct connection *connection, enum connection_end end);

#endif
