/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/connection.h"

/* As long as libfcgi waits for a peer that does not close. */
enum { LINGER_MS = 2000 };

static void
destroy_lock(void *arg)
{
	struct connections *connections = arg;

	pthread_cond_destroy(&connections->ready);
	pthread_mutex_destroy(&connections->lock);
}

void
connections_init(
    struct connections *connections, struct pool *pool, size_t count)
{
	struct connection *slots =
	    pool_alloc_array(pool, count, sizeof(*slots));

	*connections = (struct connections){ .epoll_fd = -1, .wake_fd = -1 };
	pthread_mutex_init(&connections->lock, NULL);
	pthread_cond_init(&connections->ready, NULL);
	pool_on_clear(pool, destroy_lock, connections);
	for (int i = 0; i < CONNECTION_STATE_COUNT; i++)
		TAILQ_INIT(&connections->lists[i]);
	for (size_t i = 0; i < count; i++) {
		slots[i].fd = -1;
		TAILQ_INSERT_TAIL(
		    &connections->lists[CONNECTION_FREE], &slots[i], link);
	}
	connections->counts[CONNECTION_FREE] = count;
}

void
connection_move(struct connections *connections, struct connection *connection,
    enum connection_state state)
{
	TAILQ_REMOVE(&connections->lists[connection->state], connection, link);
	connections->counts[connection->state]--;
	TAILQ_INSERT_TAIL(&connections->lists[state], connection, link);
	connections->counts[state]++;
	connection->state = state;
}

size_t
connections_load(const struct connections *connections)
{
	return connections->counts[CONNECTION_READY] +
	    connections->counts[CONNECTION_BUSY];
}

void
connection_rewatch(
    struct connections *connections, struct connection *connection)
{
	/* One event for each time it is watched: a thread that has the
	 * connection is not disturbed by what happens on it. */
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT,
		.data.ptr = connection,
	};
	int op = connection->is_watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	if (epoll_ctl(connections->epoll_fd, op, connection->fd, &event) == 0)
		connection->is_watched = true;
	else
		connection_close(connections, connection);
}

void
connection_watch(struct connections *connections, struct connection *connection,
    enum connection_state state, int64_t deadline_ms)
{
	connection->deadline_ms = deadline_ms;
	connection_move(connections, connection, state);
	connection_rewatch(connections, connection);
}

void
connection_make_ready(
    struct connections *connections, struct connection *connection)
{
	connection_move(connections, connection, CONNECTION_READY);
	pthread_cond_signal(&connections->ready);
}

void
connection_close(struct connections *connections, struct connection *connection)
{
	if (connection->fd != -1)
		(void)close(connection->fd);
	connection->fd = -1;
	connection->is_watched = false;
	connection_move(connections, connection, CONNECTION_FREE);
}

struct connection *
connection_take(struct connections *connections)
{
	struct connection *connection;

	pthread_mutex_lock(&connections->lock);
	while (connections->counts[CONNECTION_READY] == 0 &&
	    !connections->is_stopping)
		pthread_cond_wait(&connections->ready, &connections->lock);
	connection = TAILQ_FIRST(&connections->lists[CONNECTION_READY]);
	if (connection != NULL)
		connection_move(connections, connection, CONNECTION_BUSY);
	pthread_mutex_unlock(&connections->lock);
	return connection;
}

static void
settle(struct connections *connections, struct connection *connection,
    enum connection_end end)
{
	if (end == CONNECTION_CLOSED)
		connection->fd = -1;
	if (end == CONNECTION_KEEP && !connections->is_stopping)
		connection_watch(connections, connection, CONNECTION_KEPT, 0);
	else if (end == CONNECTION_DRAIN)
		connection_watch(connections, connection, CONNECTION_LINGER,
		    clock_monotonic_ms() + LINGER_MS);
	else
		connection_close(connections, connection);
}

void
connection_return(struct connections *connections,
    struct connection *connection, enum connection_end end)
{
	bool wakes;

	pthread_mutex_lock(&connections->lock);
	assert(connection->state == CONNECTION_BUSY);
	settle(connections, connection, end);
	/* The acceptor has a deadline more, or something to take up again. */
	wakes = end == CONNECTION_DRAIN ||
	    connections_load(connections) < connections->wake_below;
	pthread_mutex_unlock(&connections->lock);
	if (wakes)
		(void)eventfd_write(connections->wake_fd, 1);
}
