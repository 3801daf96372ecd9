/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/source.h"

/* Without O_NONBLOCK, opening a FIFO would wait for a writer. */
static int
open_regular(const char *path, int *fd_r, struct stat *st, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd == -1)
		return err_set(err,
		    errno == ENOENT ? ERR_NOT_FOUND : ERR_INVALID, "%s: %s",
		    path, strerror(errno));
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode)) {
		*fd_r = fd;
		return 0;
	}
	(void)close(fd);
	return err_set(err, ERR_INVALID, "%s: not a regular file", path);
}

static int
read_small(struct pool *pool, struct store_source *source, struct err *err)
{
	size_t len = (size_t)source->size_bytes;
	char *text = pool_alloc(pool, len + 1);

	source->text = slice_make(text, len);
	return file_read_at(source->fd, 0, text, len, err);
}

int
store_source_open(struct pool *pool, const char *path,
    struct store_source *source_r, struct err *err)
{
	struct stat st;
	int result;

	*source_r = (struct store_source){ .fd = -1 };
	if (open_regular(path, &source_r->fd, &st, err) == -1)
		return -1;
	source_r->size_bytes = st.st_size;
	source_r->modified_ns = file_modified_ns(&st);
	if (source_r->size_bytes > STORE_SOURCE_SMALL) {
		file_close_with(pool, source_r->fd);
		return 0;
	}
	result = read_small(pool, source_r, err);
	(void)close(source_r->fd);
	source_r->fd = -1;
	return result;
}

int
store_source_check(const struct store_source *source, struct err *err)
{
	struct stat st;

	if (source->fd == -1)
		return 0;
	if (fstat(source->fd, &st) == -1)
		return err_set(err, ERR_INTERNAL, "%s", strerror(errno));
	if (st.st_size == source->size_bytes &&
	    file_modified_ns(&st) == source->modified_ns)
		return 0;
	return err_set(err, ERR_CONFLICT, "the file changed while it was read");
}

void
store_source_text(struct pool *pool, struct slice text,
    struct store_source *source_r)
{
	*source_r = (struct store_source){ .fd = -1,
		.size_bytes = (int64_t)text.len,
		.text = slice_make(pool_memdup(pool, text.data, text.len),
		    text.len) };
}
