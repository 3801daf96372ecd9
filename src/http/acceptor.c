/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "http/acceptor.h"
#include "http/connection.h"
#include "http/crew.h"
#include "http/listen.h"

enum {
	EVENTS_MAX = 64,
	/* Descriptors kept for what a thread opens: transfers, temporary files,
	 * the database. */
	FDS_PER_THREAD = 6,
	FDS_RESERVED = 32,
	CONNECTIONS_SPARE = 16,
	CONNECTIONS_MAX = 4096,
	/* After accept() has found no descriptor or memory. */
	ACCEPT_PAUSE_MS = 100,
	DISCARD_BYTES = 16 * 1024
};

struct acceptor {
	const struct acceptor_config *config;
	struct pool *pool;
	struct connections connections;
	int signal_fd;
	bool is_listening; /* epoll watches the listening socket */
	bool is_stopping;
	int64_t stopped_ms; /* since when it is */
	int64_t resume_ms; /* do not accept before; 0 for any time */
};

static void
stop_signals(sigset_t *set)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1,
		SIGQUIT };

	sigemptyset(set);
	for (size_t i = 0; i < ARRAY_COUNT(signals); i++)
		sigaddset(set, signals[i]);
}

void
acceptor_block_signals(void)
{
	sigset_t set;

	stop_signals(&set);
	(void)pthread_sigmask(SIG_SETMASK, &set, NULL);
}

/* Bytes have arrived; not merely the end of the connection. */
static bool
has_bytes(const struct connection *connection)
{
	char byte;

	return recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
}

/* How many connections fit beside what the threads may open. */
static size_t
table_size(int threads)
{
	size_t least = (size_t)threads + CONNECTIONS_SPARE;
	size_t others = (size_t)threads * FDS_PER_THREAD + FDS_RESERVED;
	struct rlimit limit;
	size_t count = CONNECTIONS_MAX;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur < CONNECTIONS_MAX + others)
		count = limit.rlim_cur > others ? limit.rlim_cur - others : 0;
	return count > least ? count : least;
}

/* Accepting. */

/* Above a full crew a short queue keeps threads from waiting for us. */
static size_t
load_max(const struct acceptor *acceptor)
{
	size_t threads = (size_t)acceptor->config->threads;

	return threads + threads / 8 + 1;
}

static bool
has_room(const struct acceptor *acceptor)
{
	const struct connections *connections = &acceptor->connections;

	return connections_load(connections) < load_max(acceptor) &&
	    connections->counts[CONNECTION_FREE] +
		connections->counts[CONNECTION_KEPT] >
	    0;
}

/* A free slot, at the cost of the connection that was idle for longest. */
static struct connection *
free_slot(struct connections *connections)
{
	if (connections->counts[CONNECTION_FREE] == 0)
		connection_close(connections,
		    TAILQ_FIRST(&connections->lists[CONNECTION_KEPT]));
	return TAILQ_FIRST(&connections->lists[CONNECTION_FREE]);
}

static void
take_in(struct acceptor *acceptor, int fd)
{
	struct connections *connections = &acceptor->connections;
	struct connection *connection = free_slot(connections);

	connection->fd = fd;
	/* Most web servers have sent the request by now: spare the detour. */
	if (has_bytes(connection))
		connection_make_ready(connections, connection);
	else
		connection_watch(connections, connection, CONNECTION_NEW,
		    clock_monotonic_ms() + acceptor->config->io_timeout_ms);
}

/* Another worker was quicker, the peer has left, or we are out of something. */
static void
accept_failed(struct acceptor *acceptor, int error)
{
	if (error == EAGAIN || error == EINTR || error == ECONNABORTED)
		return;
	acceptor->resume_ms = clock_monotonic_ms() + ACCEPT_PAUSE_MS;
	log_warning(acceptor->config->log, "cannot accept a connection: %s",
	    strerror(error));
}

static void
accept_some(struct acceptor *acceptor)
{
	struct connections *connections = &acceptor->connections;

	pthread_mutex_lock(&connections->lock);
	while (has_room(acceptor)) {
		int fd = accept4(
		    acceptor->config->listen_fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd == -1) {
			accept_failed(acceptor, errno);
			break;
		}
		take_in(acceptor, fd);
	}
	pthread_mutex_unlock(&connections->lock);
}

static int
watch(struct acceptor *acceptor, const int *fd, uint32_t events)
{
	/* The address of the descriptor tells it from connections. */
	struct epoll_event event = {
		.events = events,
		.data.ptr = (void *)(uintptr_t)fd,
	};

	return epoll_ctl(
	    acceptor->connections.epoll_fd, EPOLL_CTL_ADD, *fd, &event);
}

static void
listen_again(struct acceptor *acceptor)
{
	/* EXCLUSIVE: one worker is woken for a connection, not all. */
	if (watch(acceptor, &acceptor->config->listen_fd,
		EPOLLIN | EPOLLEXCLUSIVE) == -1)
		return;
	acceptor->is_listening = true;
	acceptor->connections.wake_below = 0;
}

static void
listen_no_more(struct acceptor *acceptor)
{
	/* An event that is out already may find it gone. */
	(void)epoll_ctl(acceptor->connections.epoll_fd, EPOLL_CTL_DEL,
	    acceptor->config->listen_fd, NULL);
	acceptor->is_listening = false;
}

/* Leave new connections to other workers while there is no room. */
static void
update_listening(struct acceptor *acceptor)
{
	struct connections *connections = &acceptor->connections;
	bool wants;

	if (acceptor->is_stopping)
		return;
	if (clock_monotonic_ms() >= acceptor->resume_ms)
		acceptor->resume_ms = 0;
	pthread_mutex_lock(&connections->lock);
	wants = has_room(acceptor) && acceptor->resume_ms == 0;
	if (acceptor->is_listening && !wants) {
		listen_no_more(acceptor);
		connections->wake_below = (size_t)acceptor->config->threads;
	} else if (!acceptor->is_listening && wants) {
		listen_again(acceptor);
	}
	pthread_mutex_unlock(&connections->lock);
}

/* Waiting. */

static void
request_arrived(struct connections *connections, struct connection *connection,
    uint32_t events)
{
	if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0 &&
	    !has_bytes(connection))
		connection_close(connections, connection);
	else
		connection_make_ready(connections, connection);
}

static void
discard(struct connections *connections, struct connection *connection)
{
	char bytes[DISCARD_BYTES];
	ssize_t n = recv(connection->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n > 0 || (n == -1 && errno == EAGAIN))
		connection_rewatch(connections, connection);
	else
		connection_close(connections, connection);
}

static void
connection_event(struct connections *connections, struct connection *connection,
    uint32_t events)
{
	pthread_mutex_lock(&connections->lock);
	if (connection->state == CONNECTION_LINGER)
		discard(connections, connection);
	else if (connection->state == CONNECTION_NEW ||
	    connection->state == CONNECTION_KEPT)
		request_arrived(connections, connection, events);
	pthread_mutex_unlock(&connections->lock);
}

/* The first deadline of a list, whose oldest comes first; or *soonest. */
static void
look_at_deadline(const struct connections *connections,
    enum connection_state state, int64_t *soonest)
{
	const struct connection *first =
	    TAILQ_FIRST(&connections->lists[state]);

	if (first != NULL && first->deadline_ms < *soonest)
		*soonest = first->deadline_ms;
}

static int
timeout_ms(struct acceptor *acceptor)
{
	struct connections *connections = &acceptor->connections;
	int64_t soonest = INT64_MAX, now = clock_monotonic_ms();

	pthread_mutex_lock(&connections->lock);
	look_at_deadline(connections, CONNECTION_NEW, &soonest);
	look_at_deadline(connections, CONNECTION_LINGER, &soonest);
	pthread_mutex_unlock(&connections->lock);
	if (acceptor->resume_ms != 0 && acceptor->resume_ms < soonest)
		soonest = acceptor->resume_ms;
	if (soonest == INT64_MAX)
		return -1;
	return soonest > now ? (int)(soonest - now) : 0;
}

static void
expire(struct connections *connections, enum connection_state state)
{
	int64_t now = clock_monotonic_ms();
	struct connection *first;

	pthread_mutex_lock(&connections->lock);
	while ((first = TAILQ_FIRST(&connections->lists[state])) != NULL &&
	    first->deadline_ms <= now)
		connection_close(connections, first);
	pthread_mutex_unlock(&connections->lock);
}

/* Stopping. */

/* What has not begun ends now; what has arrived is still served. */
static void
end_idle(struct connections *connections, enum connection_state state)
{
	struct connection *first;

	while ((first = TAILQ_FIRST(&connections->lists[state])) != NULL)
		if (has_bytes(first))
			connection_make_ready(connections, first);
		else
			connection_close(connections, first);
}

static void
begin_stop(struct acceptor *acceptor)
{
	struct connections *connections = &acceptor->connections;

	acceptor->is_stopping = true;
	acceptor->stopped_ms = clock_monotonic_ms();
	acceptor->resume_ms = 0;
	if (acceptor->is_listening)
		listen_no_more(acceptor);
	listen_close(
	    acceptor->config->listen_fd, !acceptor->config->has_master);
	pthread_mutex_lock(&connections->lock);
	end_idle(connections, CONNECTION_NEW);
	end_idle(connections, CONNECTION_KEPT);
	connections->is_stopping = true;
	connections->wake_below = 1;
	log_info(acceptor->config->log, "stopping, %zu requests to finish",
	    connections_load(connections));
	pthread_cond_broadcast(&connections->ready);
	pthread_mutex_unlock(&connections->lock);
}

static bool
is_another_stop(const struct acceptor *acceptor)
{
	return acceptor->is_stopping && !acceptor->config->has_master &&
	    clock_monotonic_ms() - acceptor->stopped_ms >=
	    ACCEPTOR_SAME_STOP_MS;
}

static void
signal_arrived(struct acceptor *acceptor)
{
	struct signalfd_siginfo info;

	if (read(acceptor->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGQUIT || is_another_stop(acceptor)) {
		log_warning(acceptor->config->log, "ending at once");
		_exit(1);
	}
	if (!acceptor->is_stopping)
		begin_stop(acceptor);
}

static bool
is_finished(struct acceptor *acceptor)
{
	struct connections *connections = &acceptor->connections;
	bool is_idle;

	pthread_mutex_lock(&connections->lock);
	is_idle = connections_load(connections) == 0 &&
	    connections->counts[CONNECTION_LINGER] == 0;
	pthread_mutex_unlock(&connections->lock);
	return acceptor->is_stopping && is_idle;
}

/* The loop of the acceptor's thread. */

/* Says whether the listening socket has something to accept. */
static bool
dispatch(struct acceptor *acceptor, const struct epoll_event *event)
{
	struct connections *connections = &acceptor->connections;
	eventfd_t count;

	if (event->data.ptr == &acceptor->config->listen_fd)
		return true;
	if (event->data.ptr == &acceptor->signal_fd)
		signal_arrived(acceptor);
	else if (event->data.ptr == &connections->wake_fd)
		(void)eventfd_read(connections->wake_fd, &count);
	else
		connection_event(connections, event->data.ptr, event->events);
	return false;
}

static void
loop(struct acceptor *acceptor)
{
	struct connections *connections = &acceptor->connections;
	struct epoll_event events[EVENTS_MAX];

	update_listening(acceptor);
	while (!is_finished(acceptor)) {
		int n = epoll_wait(connections->epoll_fd, events, EVENTS_MAX,
		    timeout_ms(acceptor));
		bool accepts = false;

		for (int i = 0; i < n; i++)
			accepts |= dispatch(acceptor, &events[i]);
		/* Last, so that no event of this round finds its slot taken
		 * by a newer connection. */
		if (accepts && acceptor->is_listening)
			accept_some(acceptor);
		expire(connections, CONNECTION_NEW);
		expire(connections, CONNECTION_LINGER);
		update_listening(acceptor);
	}
}

static int
open_descriptors(struct acceptor *acceptor, struct err *err)
{
	struct connections *connections = &acceptor->connections;
	sigset_t set;

	stop_signals(&set);
	connections->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	connections->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	acceptor->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (connections->epoll_fd == -1 || connections->wake_fd == -1 ||
	    acceptor->signal_fd == -1)
		return err_set(
		    err, ERR_INTERNAL, "open descriptors: %s", strerror(errno));
	file_close_with(acceptor->pool, connections->epoll_fd);
	file_close_with(acceptor->pool, connections->wake_fd);
	file_close_with(acceptor->pool, acceptor->signal_fd);
	if (watch(acceptor, &connections->wake_fd, EPOLLIN) == -1 ||
	    watch(acceptor, &acceptor->signal_fd, EPOLLIN) == -1)
		return err_set(err, ERR_INTERNAL, "watch descriptors: %s",
		    strerror(errno));
	return 0;
}

static int
run_in_pool(struct acceptor *acceptor, struct err *err)
{
	struct crew crew = {
		.connections = &acceptor->connections,
		.serve = acceptor->config->serve,
		.arg = acceptor->config->arg,
	};

	connections_init(&acceptor->connections, acceptor->pool,
	    table_size(acceptor->config->threads));
	if (open_descriptors(acceptor, err) == -1)
		return -1;
	if (crew_start(&crew, acceptor->pool, acceptor->config->threads, err) ==
	    -1)
		return -1;
	loop(acceptor);
	crew_end(&crew);
	return 0;
}

int
acceptor_run(const struct acceptor_config *config, struct err *err)
{
	struct acceptor acceptor = { .config = config, .pool = pool_new() };
	int rc = run_in_pool(&acceptor, err);

	pool_free(&acceptor.pool);
	return rc;
}
