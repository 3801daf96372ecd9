/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/num.h"
#include "http/listen.h"
#include "http/server.h"

enum {
	HOST_BYTES = 256,
	PORT_MAX = 65535,
	/* Read and write for owner and group, nothing for others. */
	SOCKET_UMASK = 0117
};

static int
listen_failed(int fd, const char *where, const char *step, struct err *err)
{
	int error = errno;

	if (fd != -1)
		(void)close(fd);
	return err_set(
	    err, ERR_INTERNAL, "%s %s: %s", step, where, strerror(error));
}

/* Bind with the mode from the start: others never see a wider one. */
static int
bind_unix(int fd, const struct sockaddr_un *address)
{
	mode_t mask = umask(SOCKET_UMASK);
	int rc = bind(fd, (const struct sockaddr *)address, sizeof(*address));
	int error = errno;

	(void)umask(mask);
	errno = error;
	return rc;
}

/* Remove the socket of a program that ended without doing so. */
static int
remove_stale(const struct sockaddr_un *address, struct err *err)
{
	const char *path = address->sun_path;
	struct stat st;
	int fd, rc;

	if (lstat(path, &st) == -1 || !S_ISSOCK(st.st_mode))
		return err_set(err, ERR_INTERNAL,
		    "listen on %s: something else is there", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return listen_failed(fd, path, "try", err);
	rc = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	if (rc == -1 && errno == ECONNREFUSED) {
		(void)close(fd);
		return unlink(path) == -1
		    ? listen_failed(-1, path, "remove", err)
		    : 0;
	}
	(void)close(fd);
	return err_set(err, ERR_INTERNAL,
	    "listen on %s: a program is listening there already", path);
}

static int
listen_unix(const char *path, int *fd_r, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, rc;

	if (strlen(path) >= sizeof(address.sun_path))
		return err_set(err, ERR_INTERNAL,
		    "listen on %s: the path is longer than %zu bytes", path,
		    sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return listen_failed(fd, path, "listen on", err);
	rc = bind_unix(fd, &address);
	if (rc == -1 && errno == EADDRINUSE) {
		if (remove_stale(&address, err) == -1) {
			(void)close(fd);
			return -1;
		}
		rc = bind_unix(fd, &address);
	}
	if (rc == -1 || listen(fd, SOMAXCONN) == -1)
		return listen_failed(fd, path, "listen on", err);
	*fd_r = fd;
	return 0;
}

static int
bind_tcp(
    const struct addrinfo *info, const char *where, int *fd_r, struct err *err)
{
	const int on = 1;
	int fd = socket(
	    info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    bind(fd, info->ai_addr, info->ai_addrlen) == -1 ||
	    listen(fd, SOMAXCONN) == -1)
		return listen_failed(fd, where, "listen on", err);
	*fd_r = fd;
	return 0;
}

/* "127.0.0.1:9000", "[::1]:9000", "localhost:9000". */
static int
split_where(const char *where, char host[HOST_BYTES], const char **port_r,
    struct err *err)
{
	const char *colon = strrchr(where, ':');
	size_t len = (size_t)(colon - where);
	uint64_t port;

	if (!num_parse_u64(slice_str(colon + 1), PORT_MAX, &port))
		return err_set(err, ERR_INTERNAL,
		    "listen on %s: the port is no number up to %d", where,
		    PORT_MAX);
	if (len > 1 && where[0] == '[' && where[len - 1] == ']') {
		where++;
		len -= 2;
	}
	if (len == 0 || len >= HOST_BYTES)
		return err_set(
		    err, ERR_INTERNAL, "listen on %s: no host", where);
	memcpy(host, where, len);
	host[len] = '\0';
	*port_r = colon + 1;
	return 0;
}

/*
 * FastCGI knows no login: whoever reaches the port is believed to be the web
 * server, can be any client from any address, and can end a worker with
 * parameters that libfcgi does not bound.  A port beyond loopback is for
 * networks in which that is true of every machine.
 */
static int
listen_tcp(const char *where, int *fd_r, struct err *err)
{
	struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *info;
	char host[HOST_BYTES];
	const char *port = NULL;
	int rc;

	if (split_where(where, host, &port, err) == -1)
		return -1;
	rc = getaddrinfo(host, port, &hints, &info);
	if (rc != 0)
		return err_set(err, ERR_INTERNAL, "listen on %s: %s", where,
		    gai_strerror(rc));
	rc = bind_tcp(info, where, fd_r, err);
	freeaddrinfo(info);
	return rc;
}

int
server_listen(const char *where, int *fd_r, struct err *err)
{
	if (strchr(where, '/') == NULL && strchr(where, ':') != NULL)
		return listen_tcp(where, fd_r, err);
	return listen_unix(where, fd_r, err);
}

bool
server_is_inherited(void)
{
	int is_listening = 0;
	socklen_t len = sizeof(is_listening);

	return getsockopt(LISTEN_INHERITED_FD, SOL_SOCKET, SO_ACCEPTCONN,
		   &is_listening, &len) == 0 &&
	    is_listening != 0;
}

static void
remove_path(int fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNSPEC };
	socklen_t len = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &len) == 0 &&
	    address.sun_family == AF_UNIX && address.sun_path[0] != '\0')
		(void)unlink(address.sun_path);
}

void
listen_close(int fd, bool removes_path)
{
	int null_fd;

	if (fd != LISTEN_INHERITED_FD) {
		if (removes_path)
			remove_path(fd);
		(void)close(fd);
		return;
	}
	/* Its maker removes the path.  The number stays taken, so that no file
	 * opened later is mistaken for standard input. */
	null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null_fd != -1) {
		(void)dup2(null_fd, fd);
		(void)close(null_fd);
	}
}
