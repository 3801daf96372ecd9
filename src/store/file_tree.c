/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/slice.h"
#include "store/file_tree.h"
#include "store/store.h"

enum { FOLDER_MODE = 0750 };

int
tree_fail(struct err *err, const char *what, int error_number)
{
	const char *text = strerror(error_number);

	switch (error_number) {
	case ENAMETOOLONG:
		return err_set(err, ERR_INVALID, "store: %s: name too long",
		    what);
	case ENOTDIR:
	case EISDIR:
		return err_set_code(err, ERR_CONFLICT, "key_is_folder",
		    "store: %s: one key cannot be an object and a folder",
		    what);
	case EEXIST:
		return err_set_code(err, ERR_CONFLICT, "key_taken",
		    "store: %s: there is an object already", what);
	case EIO:
	case EINVAL:
	case EBADF:
		return err_set(err, ERR_INTERNAL, "store: %s: %s", what, text);
	default:
		/* Full, read-only, forbidden, too many files. */
		return err_set(err, ERR_UNAVAILABLE, "store: %s: %s", what,
		    text);
	}
}

int
tree_open_root(const char *path, int *fd_r, struct err *err)
{
	*fd_r = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd_r == -1)
		return err_set(err, ERR_UNAVAILABLE, "store: folder %s: %s",
		    path, strerror(errno));
	return 0;
}

static bool
is_absence(int error_number)
{
	return error_number == ENOENT || error_number == ENOTDIR;
}

static int
open_folder(int dir_fd, const char *name)
{
	return openat(dir_fd, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The folder's descriptor, or -1 with errno. */
static int
open_or_make(int dir_fd, const char *name)
{
	int fd = open_folder(dir_fd, name);

	if (fd != -1 || errno != ENOENT)
		return fd;
	if (mkdirat(dir_fd, name, FOLDER_MODE) == -1 && errno != EEXIST)
		return -1;
	if (fsync(dir_fd) == -1)
		return -1;
	return open_folder(dir_fd, name);
}

static int
copy_name(struct slice segment, char *name, struct err *err)
{
	if (segment.len > TREE_NAME_MAX)
		return err_set(err, ERR_INVALID,
		    "object key: the file store holds no segment of more than"
		    " %d bytes",
		    TREE_NAME_MAX);
	memcpy(name, segment.data, segment.len);
	name[segment.len] = '\0';
	return 0;
}

/* Go one folder down; 1, 0 when it is missing, -1. */
static int
descend(struct tree_place *place, bool make, struct err *err)
{
	int fd = make ? open_or_make(place->dir_fd, place->name) :
			open_folder(place->dir_fd, place->name);

	if (fd == -1 && !make && is_absence(errno))
		return 0;
	if (fd == -1)
		return tree_fail(err, place->name, errno);
	(void)close(place->dir_fd);
	place->dir_fd = fd;
	return 1;
}

static int
walk(struct tree_place *place, const char *key, bool make, struct err *err)
{
	struct slice rest = slice_str(key), segment;
	bool is_first = true;

	while (slice_next(&rest, '/', &segment)) {
		if (!is_first) {
			int found = descend(place, make, err);

			if (found != 1)
				return found;
		}
		if (copy_name(segment, place->name, err) == -1)
			return -1;
		is_first = false;
	}
	return 1;
}

int
tree_find(int root_fd, const char *key, bool make, struct tree_place *place_r,
    struct err *err)
{
	int found;

	place_r->dir_fd = fcntl(root_fd, F_DUPFD_CLOEXEC, 0);
	if (place_r->dir_fd == -1)
		return tree_fail(err, key, errno);
	found = walk(place_r, key, make, err);
	if (found != 1) {
		(void)close(place_r->dir_fd);
		place_r->dir_fd = -1;
	}
	return found;
}

/* Only regular files are objects; O_NONBLOCK so that no pipe can hold us. */
static int
open_regular(const struct tree_place *place, int *fd_r, struct err *err)
{
	struct stat st;
	int fd = openat(place->dir_fd, place->name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd == -1 && (is_absence(errno) || errno == ELOOP))
		return 0;
	if (fd == -1)
		return tree_fail(err, place->name, errno);
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return 0;
	}
	*fd_r = fd;
	return 1;
}

int
tree_open_object(int root_fd, const char *key, int *fd_r, struct err *err)
{
	struct tree_place place;
	int found = tree_find(root_fd, key, false, &place, err);

	if (found != 1)
		return found;
	found = open_regular(&place, fd_r, err);
	(void)close(place.dir_fd);
	return found;
}

/* Folders that hold something stay: rmdir refuses them. */
static void
remove_empty_folders(int root_fd, const char *key)
{
	char path[STORE_KEY_MAX + 1];
	char *slash;

	(void)stpncpy(path, key, sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	while ((slash = strrchr(path, '/')) != NULL) {
		*slash = '\0';
		if (unlinkat(root_fd, path, AT_REMOVEDIR) == -1)
			return;
	}
}

static int
remove_at(const struct tree_place *place, struct err *err)
{
	if (unlinkat(place->dir_fd, place->name, 0) == 0) {
		if (fsync(place->dir_fd) == -1)
			return tree_fail(err, place->name, errno);
		return 0;
	}
	/* A folder of that name is no object. */
	if (errno == ENOENT || errno == EISDIR)
		return 0;
	return tree_fail(err, place->name, errno);
}

int
tree_remove(int root_fd, const char *key, struct err *err)
{
	struct tree_place place;
	int found = tree_find(root_fd, key, false, &place, err);
	int result;

	if (found != 1)
		return found;
	result = remove_at(&place, err);
	(void)close(place.dir_fd);
	if (result == 0)
		remove_empty_folders(root_fd, key);
	return result;
}
