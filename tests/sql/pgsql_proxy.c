/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "pgsql_proxy.h"

enum { LINKS_MAX = 64, CHUNK_BYTES = 16 * 1024 };

struct link {
	struct pgsql_proxy *proxy;
	pthread_t thread;
	int client, server;
};

struct pgsql_proxy {
	const char *url, *upstream;
	int listener;
	pthread_t thread;
	struct link links[LINKS_MAX];
	size_t count;
	atomic_int cut;
	atomic_bool has_cut;
	/* What CUT_LATE holds back. */
	int late_server;
	char late[CHUNK_BYTES];
	size_t late_len;
};

static int
connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* The host of an URL and the file of its port. */
static const char *
socket_of(struct pool *pool, const char *url)
{
	const char *host = strstr(url, "host=");
	size_t len;

	assert_non_null(host);
	host += strlen("host=");
	len = strcspn(host, "&");
	return pool_format(pool, "%.*s/.s.PGSQL.5432", (int)len, host);
}

static ssize_t
write_all(int fd, const char *data, size_t len)
{
	return send(fd, data, len, MSG_NOSIGNAL);
}

/* False when the connection is to be closed. */
static bool
cut_here(struct link *link, enum cut cut, const char *data, size_t len)
{
	struct pgsql_proxy *proxy = link->proxy;
	char answer[CHUNK_BYTES];

	switch (cut) {
	case CUT_ANSWER:
		(void)write_all(link->server, data, len);
		(void)!read(link->server, answer, sizeof(answer));
		break;
	case CUT_LATE:
		memcpy(proxy->late, data, len);
		proxy->late_len = len;
		proxy->late_server = link->server;
		link->server = -1;
		break;
	default:
		break;
	}
	proxy->has_cut = true;
	return false;
}

static bool
from_client(struct link *link)
{
	struct pgsql_proxy *proxy = link->proxy;
	char data[CHUNK_BYTES];
	ssize_t len = read(link->client, data, sizeof(data));

	if (len <= 0)
		return false;
	if (proxy->cut != CUT_NONE &&
	    memmem(data, (size_t)len, "COMMIT", 6) != NULL)
		return cut_here(link,
		    (enum cut)atomic_exchange(&proxy->cut, CUT_NONE), data,
		    (size_t)len);
	return write_all(link->server, data, (size_t)len) == len;
}

static bool
from_server(const struct link *link)
{
	char data[CHUNK_BYTES];
	ssize_t len = read(link->server, data, sizeof(data));

	return len > 0 && write_all(link->client, data, (size_t)len) == len;
}

static void *
run_link(void *arg)
{
	struct link *link = arg;
	struct pollfd fds[] = { { .fd = link->client, .events = POLLIN },
		{ .fd = link->server, .events = POLLIN } };
	bool is_open = true;

	while (is_open && poll(fds, 2, -1) > 0) {
		if (fds[0].revents != 0)
			is_open = from_client(link);
		if (is_open && fds[1].revents != 0)
			is_open = from_server(link);
	}
	(void)close(link->client);
	if (link->server != -1)
		(void)close(link->server);
	return NULL;
}

static void *
run_proxy(void *arg)
{
	struct pgsql_proxy *proxy = arg;
	int client;

	while ((client = accept(proxy->listener, NULL, NULL)) != -1) {
		struct link *link = &proxy->links[proxy->count++];

		assert_true(proxy->count <= LINKS_MAX);
		*link = (struct link){ .proxy = proxy,
			.client = client,
			.server = connect_to(proxy->upstream) };
		(void)pthread_create(&link->thread, NULL, run_link, link);
	}
	return NULL;
}

/* Its clients have closed their connections: they came after it. */
static void
stop(void *arg)
{
	struct pgsql_proxy *proxy = arg;

	(void)shutdown(proxy->listener, SHUT_RDWR);
	(void)pthread_join(proxy->thread, NULL);
	(void)close(proxy->listener);
	for (size_t i = 0; i < proxy->count; i++)
		(void)pthread_join(proxy->links[i].thread, NULL);
	if (proxy->late_server != -1)
		(void)close(proxy->late_server);
}

struct pgsql_proxy *
pgsql_proxy_start(struct pool *pool, const char *url, const char *dir)
{
	struct pgsql_proxy *proxy = POOL_NEW(pool, struct pgsql_proxy);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *rest = strstr(url, "&options=");

	assert_non_null(rest);
	proxy->late_server = -1;
	proxy->upstream = socket_of(pool, url);
	proxy->url = pool_format(pool,
	    "postgresql:///almacen?user=almacen&host=%s%s", dir, rest);
	(void)snprintf(address.sun_path, sizeof(address.sun_path),
	    "%s/.s.PGSQL.5432", dir);
	proxy->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(proxy->listener, (struct sockaddr *)&address,
			     sizeof(address)),
	    0);
	assert_int_equal(listen(proxy->listener, LINKS_MAX), 0);
	assert_int_equal(
	    pthread_create(&proxy->thread, NULL, run_proxy, proxy), 0);
	pool_on_clear(pool, stop, proxy);
	return proxy;
}

const char *
pgsql_proxy_url(const struct pgsql_proxy *proxy)
{
	return proxy->url;
}

void
pgsql_proxy_arm(struct pgsql_proxy *proxy, enum cut cut)
{
	proxy->has_cut = false;
	proxy->cut = (int)cut;
}

bool
pgsql_proxy_has_cut(struct pgsql_proxy *proxy)
{
	return atomic_exchange(&proxy->has_cut, false);
}

bool
pgsql_proxy_deliver(struct pgsql_proxy *proxy)
{
	char answer[CHUNK_BYTES];

	assert_int_not_equal(proxy->late_server, -1);
	return write_all(proxy->late_server, proxy->late, proxy->late_len) !=
	    -1 &&
	    read(proxy->late_server, answer, sizeof(answer)) > 0 &&
	    memmem(answer, sizeof(answer), "COMMIT", 6) != NULL;
}
