/*
 * Listing a tree of files as a bucket: keys in the order of their bytes.
 *
 * A folder stands in that order with "/" behind its name, so "a-b" comes
 * before what is below "a".  Of each folder only as many names are kept as the
 * page still has room for; a folder with more is read again for the next, so
 * that memory depends on the page and not on the bucket.
 *
 * SPDX-License-Identifier: MIT
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/file_store.h"
#include "store/file_tree.h"

struct entry {
	char name[TREE_NAME_MAX + 2]; /* a folder's ends in "/" */
	int64_t size_bytes, modified_secs;
	bool is_folder, is_gone;
};

/* The first of a folder's entries behind a name, sorted. */
struct batch {
	struct pool *pool;
	const char *behind;
	struct entry **entries;
	size_t count, max;
	bool is_cut; /* there are more */
};

struct walk {
	struct pool *pool; /* the page's */
	int bucket_fd;
	const char *prefix, *after;
	struct store_page *page;
	bool is_done; /* the page is full, and there are more */
};

/* ---- one folder ---- */

static size_t
find_place(const struct batch *batch, const char *name)
{
	size_t low = 0, high = batch->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(batch->entries[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
insert(struct batch *batch, const struct entry *entry)
{
	size_t at = find_place(batch, entry->name);
	struct entry *room;

	if (batch->count == batch->max) {
		batch->is_cut = true;
		if (at == batch->count)
			return;
		room = batch->entries[--batch->count];
	} else
		room = POOL_NEW(batch->pool, struct entry);
	*room = *entry;
	memmove(&batch->entries[at + 1], &batch->entries[at],
	    (batch->count - at) * sizeof(struct entry *));
	batch->entries[at] = room;
	batch->count++;
}

/* Is the key, or any key below the folder, one that is asked for? */
static bool
is_wanted(const struct walk *walk, const char *path, bool is_folder)
{
	struct slice all = slice_str(path);

	if (all.len > STORE_KEY_MAX)
		return false;
	if (!slice_has_prefix(all, walk->prefix) &&
	    !(is_folder && slice_has_prefix(slice_str(walk->prefix), path)))
		return false;
	return strcmp(path, walk->after) > 0 ||
	    (is_folder && slice_has_prefix(slice_str(walk->after), path));
}

/* What a name stands for, as readdir(3) says or else lstat(2) does. */
static int
find_type(int dir_fd, const struct dirent *dirent)
{
	struct stat st;

	if (dirent->d_type != DT_UNKNOWN)
		return dirent->d_type;
	if (fstatat(dir_fd, dirent->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return DT_UNKNOWN;
	return (int)IFTODT(st.st_mode);
}

/* Regular files and folders; false for all else. */
static bool
read_entry(int dir_fd, const struct dirent *dirent, struct entry *entry_r)
{
	const char *name = dirent->d_name;
	int type = find_type(dir_fd, dirent);

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    strlen(name) > TREE_NAME_MAX || (type != DT_DIR && type != DT_REG))
		return false;
	*entry_r = (struct entry){ .is_folder = type == DT_DIR };
	(void)stpcpy(stpcpy(entry_r->name, name), type == DT_DIR ? "/" : "");
	return true;
}

static int
read_folder(const struct walk *walk, DIR *dir, const char *path,
    struct batch *batch, struct err *err)
{
	char key[STORE_KEY_MAX + TREE_NAME_MAX + 2];
	struct dirent *dirent;
	struct entry entry;

	for (;;) {
		errno = 0;
		dirent = readdir(dir);
		if (dirent == NULL)
			return errno == 0 ? 0 : tree_fail(err, path, errno);
		if (!read_entry(dirfd(dir), dirent, &entry) ||
		    strcmp(entry.name, batch->behind) <= 0)
			continue;
		(void)snprintf(key, sizeof(key), "%s%s", path, entry.name);
		if (is_wanted(walk, key, entry.is_folder))
			insert(batch, &entry);
	}
}

/* Only of those that were kept. */
static void
read_sizes(DIR *dir, struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		struct entry *entry = batch->entries[i];
		struct stat st;

		if (entry->is_folder)
			continue;
		entry->is_gone = fstatat(dirfd(dir), entry->name, &st,
		    AT_SYMLINK_NOFOLLOW) == -1;
		entry->size_bytes = st.st_size;
		entry->modified_secs = st.st_mtim.tv_sec;
	}
}

/* A folder by its path, "" or "a/b/"; 0 when it is not there. */
static int
open_folder(const struct walk *walk, struct pool *pool, const char *path,
    DIR **dir_r, struct err *err)
{
	struct tree_place place;
	/* The place of a name in the folder is the folder. */
	int found = tree_find(walk->bucket_fd, pool_format(pool, "%s.", path),
	    false, &place, err);
	int fd;

	if (found != 1)
		return found;
	fd = openat(place.dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)close(place.dir_fd);
	*dir_r = fd == -1 ? NULL : fdopendir(fd);
	if (*dir_r != NULL)
		return 1;
	(void)tree_fail(err, path, errno);
	if (fd != -1)
		(void)close(fd);
	return -1;
}

/* ---- the page ---- */

static void
add_object(struct walk *walk, const char *key, const struct entry *entry)
{
	struct store_page *page = walk->page;

	if (page->count == STORE_PAGE_MAX) {
		page->next = page->entries[page->count - 1].key;
		walk->is_done = true;
		return;
	}
	page->entries[page->count++] = (struct store_entry){
		.key = pool_strdup(walk->pool, key),
		.size_bytes = entry->size_bytes,
		.modified_secs = entry->modified_secs };
}

static int walk_folder(struct walk *walk, const char *path, struct err *err);

static int
walk_batch(struct walk *walk, const char *path, const struct batch *batch,
    struct err *err)
{
	for (size_t i = 0; i < batch->count && !walk->is_done; i++) {
		const struct entry *entry = batch->entries[i];
		const char *below = pool_format(batch->pool, "%s%s", path,
		    entry->name);

		if (entry->is_gone)
			continue;
		if (!entry->is_folder)
			add_object(walk, below, entry);
		else if (walk_folder(walk, below, err) == -1)
			return -1;
	}
	return 0;
}

static int
read_batch(struct walk *walk, const char *path, struct batch *batch,
    struct err *err)
{
	DIR *dir;
	int found = open_folder(walk, batch->pool, path, &dir, err);

	if (found != 1)
		return found;
	batch->entries = pool_alloc_array(batch->pool, batch->max + 1,
	    sizeof(struct entry *));
	found = read_folder(walk, dir, path, batch, err);
	if (found == 0)
		read_sizes(dir, batch);
	(void)closedir(dir);
	return found;
}

/* Folders are closed before those below them are opened. */
static int
walk_folder(struct walk *walk, const char *path, struct err *err)
{
	struct batch batch = { .is_cut = true };
	char behind[TREE_NAME_MAX + 2] = "";
	int result = 0;

	while (result == 0 && batch.is_cut && !walk->is_done) {
		batch = (struct batch){ .pool = pool_new(),
			.behind = behind,
			.max = STORE_PAGE_MAX - walk->page->count + 1 };
		result = read_batch(walk, path, &batch, err);
		if (result == 0)
			result = walk_batch(walk, path, &batch, err);
		if (batch.is_cut)
			memcpy(behind, batch.entries[batch.count - 1]->name,
			    sizeof(behind));
		pool_free(&batch.pool);
	}
	return result;
}

int
file_list(struct store *base, struct pool *pool, const char *prefix,
    const char *next, struct store_page *page_r, struct err *err)
{
	const struct file_store *store = (struct file_store *)base;
	const char *slash = strrchr(prefix, '/');
	struct walk walk = { .pool = pool,
		.prefix = prefix,
		.after = next,
		.page = page_r };
	int result;

	*page_r = (struct store_page){ .next = "",
		.entries = pool_alloc_array(pool, STORE_PAGE_MAX,
		    sizeof(*page_r->entries)) };
	if (tree_open_root(store->bucket_path, &walk.bucket_fd, err) == -1)
		return -1;
	/* Nothing before the prefix's last folder need be looked at. */
	result = walk_folder(&walk, slash == NULL ? "" :
		pool_strndup(pool, prefix, (size_t)(slash - prefix) + 1), err);
	(void)close(walk.bucket_fd);
	return result;
}
