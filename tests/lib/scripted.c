/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/scripted.h"

enum {
	HEAD_MAX = 8192,
	BODY_KEPT = 8192,
	LINKS_MAX = 256,
	REQUESTS_MAX = 1024,
	STEPS_MAX = 32,
	TRICKLE_MS = 100
};

struct kept {
	char head[HEAD_MAX];
	char body[BODY_KEPT + 1];
};

struct link {
	struct scripted *server;
	pthread_t thread;
	int fd;
};

struct scripted {
	struct scripted_step steps[STEPS_MAX];
	size_t step_count;
	int used[STEPS_MAX];
	int fd, port;
	char url[64];
	pthread_t thread;
	pthread_mutex_t mutex;
	int stop[2]; /* readable: the end */
	struct link links[LINKS_MAX];
	size_t link_count;
	struct kept *requests[REQUESTS_MAX];
	size_t request_count;
};

static void
die(const char *what)
{
	perror(what);
	exit(99);
}

/* False when the server stops first. */
static bool
wait_readable(const struct scripted *server, int fd, int timeout_ms)
{
	struct pollfd ends[] = { { fd, POLLIN, 0 },
		{ server->stop[0], POLLIN, 0 } };

	(void)poll(ends, 2, timeout_ms);
	return ends[0].revents != 0 && ends[1].revents == 0;
}

/* ---- requests ---- */

static bool
read_head(const struct link *link, char *head)
{
	size_t len = 0;

	while (len < HEAD_MAX - 1) {
		if (!wait_readable(link->server, link->fd, -1) ||
		    recv(link->fd, head + len, 1, 0) != 1)
			return false;
		head[++len] = '\0';
		if (len >= 4 && strcmp(head + len - 4, "\r\n\r\n") == 0)
			return true;
	}
	return false;
}

static size_t
body_length(const char *head)
{
	const char *header = strcasestr(head, "\r\ncontent-length:");

	return header == NULL ? 0 : strtoul(header + 17, NULL, 10);
}

static bool
read_body(const struct link *link, size_t left, struct kept *kept)
{
	char bytes[16384];
	size_t have = 0;

	while (left > 0) {
		ssize_t got;

		if (!wait_readable(link->server, link->fd, -1))
			return false;
		got = recv(link->fd, bytes,
		    left < sizeof(bytes) ? left : sizeof(bytes), 0);
		if (got <= 0)
			return false;
		for (ssize_t i = 0; i < got && have < BODY_KEPT; i++)
			kept->body[have++] = bytes[i];
		left -= (size_t)got;
	}
	return true;
}

static const struct scripted_step *
choose_step(struct scripted *server, const char *head)
{
	static const struct scripted_step none = {
		.reply = "HTTP/1.1 599 No Step\r\nContent-Length: 0\r\n\r\n"
	};

	for (size_t i = 0; i < server->step_count; i++) {
		const struct scripted_step *step = &server->steps[i];

		if (strstr(head, step->match) == NULL ||
		    (step->times != 0 && server->used[i] >= step->times))
			continue;
		server->used[i]++;
		return step;
	}
	return &none;
}

static const struct scripted_step *
keep(struct scripted *server, struct kept *kept)
{
	const struct scripted_step *step;

	(void)pthread_mutex_lock(&server->mutex);
	if (server->request_count == REQUESTS_MAX)
		die("too many requests for one test");
	server->requests[server->request_count++] = kept;
	step = choose_step(server, kept->head);
	(void)pthread_mutex_unlock(&server->mutex);
	return step;
}

/* ---- replies ---- */

static void
send_all(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t sent = send(fd, text, len, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		text += sent;
		len -= (size_t)sent;
	}
}

static void
trickle(const struct link *link, const char *text)
{
	for (; *text != '\0'; text++) {
		if (send(link->fd, text, 1, MSG_NOSIGNAL) != 1)
			return;
		if (poll(&(struct pollfd){ link->server->stop[0], POLLIN, 0 },
			1, TRICKLE_MS) != 0)
			return;
	}
}

static void
reset(int fd)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* True when the connection goes on. */
static bool
play(const struct link *link, const struct scripted_step *step)
{
	const char *reply = step->reply != NULL ? step->reply :
	    "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 0\r\n\r\n";

	if (step->delay_ms > 0)
		(void)poll(&(struct pollfd){ link->server->stop[0], POLLIN,
			0 }, 1, step->delay_ms);
	switch (step->way) {
	case SCRIPTED_REPLY:
		send_all(link->fd, reply);
		return true;
	case SCRIPTED_CUT:
	case SCRIPTED_EARLY:
		send_all(link->fd, reply);
		return false;
	case SCRIPTED_RESET:
		reset(link->fd);
		return false;
	case SCRIPTED_TRICKLE:
		trickle(link, reply);
		return false;
	default:
		(void)poll(&(struct pollfd){ link->server->stop[0], POLLIN,
			0 }, 1, -1);
		return false;
	}
}

static bool
serve(const struct link *link)
{
	const struct scripted_step *step;
	struct kept *kept = calloc(1, sizeof(*kept));

	if (kept == NULL)
		die("calloc");
	if (!read_head(link, kept->head)) {
		free(kept);
		return false;
	}
	step = keep(link->server, kept);
	if (step->way != SCRIPTED_EARLY &&
	    !read_body(link, body_length(kept->head), kept))
		return false;
	return play(link, step);
}

static void *
run_link(void *arg)
{
	struct link *link = arg;

	while (serve(link))
		continue;
	(void)pthread_mutex_lock(&link->server->mutex);
	(void)close(link->fd);
	link->fd = -1;
	(void)pthread_mutex_unlock(&link->server->mutex);
	return NULL;
}

static void *
run(void *arg)
{
	struct scripted *server = arg;

	while (wait_readable(server, server->fd, -1)) {
		struct link *link = &server->links[server->link_count];

		if (server->link_count == LINKS_MAX)
			die("too many connections for one test");
		link->server = server;
		link->fd = accept(server->fd, NULL, NULL);
		if (link->fd == -1)
			die("accept");
		/* Counted before anybody has an answer by it. */
		(void)pthread_mutex_lock(&server->mutex);
		server->link_count++;
		(void)pthread_mutex_unlock(&server->mutex);
		if (pthread_create(&link->thread, NULL, run_link, link) != 0)
			die("pthread_create");
	}
	return NULL;
}

/* ---- for tests ---- */

static void
listen_on_loopback(struct scripted *server)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(addr);

	server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (server->fd == -1 ||
	    bind(server->fd, (struct sockaddr *)&addr, len) == -1 ||
	    listen(server->fd, 64) == -1 ||
	    getsockname(server->fd, (struct sockaddr *)&addr, &len) == -1)
		die("listen");
	server->port = ntohs(addr.sin_port);
	(void)snprintf(server->url, sizeof(server->url),
	    "http://127.0.0.1:%d", server->port);
}

struct scripted *
scripted_start(const struct scripted_step *steps, size_t count)
{
	struct scripted *server = calloc(1, sizeof(*server));

	if (server == NULL || pipe(server->stop) == -1)
		die("scripted_start");
	if (count > STEPS_MAX)
		die("too many steps");
	memcpy(server->steps, steps, count * sizeof(*steps));
	server->step_count = count;
	(void)pthread_mutex_init(&server->mutex, NULL);
	listen_on_loopback(server);
	if (pthread_create(&server->thread, NULL, run, server) != 0)
		die("pthread_create");
	return server;
}

int
scripted_port(const struct scripted *server)
{
	return server->port;
}

const char *
scripted_url(const struct scripted *server)
{
	return server->url;
}

/* Wake those that wait to send. */
static void
shut_links(struct scripted *server)
{
	(void)pthread_mutex_lock(&server->mutex);
	for (size_t i = 0; i < server->link_count; i++)
		if (server->links[i].fd != -1)
			(void)shutdown(server->links[i].fd, SHUT_RDWR);
	(void)pthread_mutex_unlock(&server->mutex);
}

void
scripted_stop(struct scripted *server)
{
	(void)!write(server->stop[1], "x", 1);
	(void)pthread_join(server->thread, NULL);
	shut_links(server);
	for (size_t i = 0; i < server->link_count; i++)
		(void)pthread_join(server->links[i].thread, NULL);
	for (size_t i = 0; i < server->request_count; i++)
		free(server->requests[i]);
	(void)close(server->fd);
	(void)close(server->stop[0]);
	(void)close(server->stop[1]);
	(void)pthread_mutex_destroy(&server->mutex);
	free(server);
}

static const struct kept *
find(struct scripted *server, const char *part, size_t *count_r)
{
	const struct kept *found = NULL;

	*count_r = 0;
	(void)pthread_mutex_lock(&server->mutex);
	for (size_t i = 0; i < server->request_count; i++)
		if (strstr(server->requests[i]->head, part) != NULL) {
			found = server->requests[i];
			++*count_r;
		}
	(void)pthread_mutex_unlock(&server->mutex);
	return found;
}

size_t
scripted_count(struct scripted *server, const char *part)
{
	size_t count;

	(void)find(server, part, &count);
	return count;
}

const char *
scripted_head(struct scripted *server, const char *part)
{
	size_t count;
	const struct kept *kept = find(server, part, &count);

	return kept == NULL ? "" : kept->head;
}

const char *
scripted_body(struct scripted *server, const char *part)
{
	size_t count;
	const struct kept *kept = find(server, part, &count);

	return kept == NULL ? "" : kept->body;
}

size_t
scripted_connections(struct scripted *server)
{
	size_t count;

	(void)pthread_mutex_lock(&server->mutex);
	count = server->link_count;
	(void)pthread_mutex_unlock(&server->mutex);
	return count;
}
