/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

enum { READ_BYTES = 16 * 1024 };

static enum err_kind
kind_of_errno(int number)
{
	switch (number) {
	case ENOENT:
		return ERR_NOT_FOUND;
	case ENOSPC:
	case EDQUOT:
	case EMFILE:
	case ENFILE:
		return ERR_UNAVAILABLE;
	default:
		return ERR_INTERNAL;
	}
}

static void
close_hook(void *arg)
{
	(void)close((int)(intptr_t)arg);
}

int64_t
file_modified_ns(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

void
file_close_with(struct pool *pool, int fd)
{
	pool_on_clear(pool, close_hook, (void *)(intptr_t)fd);
}

static int
read_all(int fd, struct buf *buf, const char *path, struct err *err)
{
	char chunk[READ_BYTES];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_set(err, kind_of_errno(errno), "%s: %s", path,
			    strerror(errno));
		if (buf_append(buf, chunk, (size_t)n) == -1)
			return err_set(err, ERR_TOO_LARGE,
			    "%s: larger than %zu bytes", path, buf->max_bytes);
	}
	return 0;
}

int
file_read(struct pool *pool, const char *path, size_t max_bytes,
    struct slice *data_r, struct err *err)
{
	struct buf buf;
	int fd, result;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return err_set(err, kind_of_errno(errno), "%s: %s", path,
		    strerror(errno));
	buf_init(&buf, pool, max_bytes);
	result = read_all(fd, &buf, path, err);
	(void)close(fd);
	*data_r = buf_view(&buf);
	return result;
}

int
file_write_all(int fd, const void *data, size_t len, struct err *err)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_set(err, kind_of_errno(errno), "write: %s",
			    strerror(errno));
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int
file_read_at(int fd, int64_t offset, void *data, size_t len, struct err *err)
{
	char *at = data;

	while (len > 0) {
		ssize_t n = pread(fd, at, len, offset);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_set(err, kind_of_errno(errno), "read: %s",
			    strerror(errno));
		if (n == 0)
			return err_set(err, ERR_INTERNAL,
			    "read: file ends %zu bytes early", len);
		at += n;
		offset += n;
		len -= (size_t)n;
	}
	return 0;
}

int
file_open_unnamed(const char *dir, int *fd_r, struct err *err)
{
	char path[512];
	int fd;

	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd == -1 && (errno == EOPNOTSUPP || errno == EISDIR)) {
		(void)snprintf(path, sizeof(path), "%s/almacen-XXXXXX", dir);
		fd = mkostemp(path, O_CLOEXEC);
		if (fd != -1)
			(void)unlink(path);
	}
	if (fd == -1)
		return err_set(err, kind_of_errno(errno),
		    "temporary file in %s: %s", dir, strerror(errno));
	*fd_r = fd;
	return 0;
}
