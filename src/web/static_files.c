/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "codec/digest.h"
#include "codec/hex.h"
#include "web/static_files.h"

enum { ETAG_BYTES = 8 };

struct static_files {
	struct static_file files[STATIC_FILES_MAX];
	size_t count;
};

static const struct {
	const char *suffix;
	const char *content_type;
} types[] = {
	{ ".css", "text/css; charset=utf-8" },
	{ ".js", "text/javascript; charset=utf-8" },
	{ ".svg", "image/svg+xml" },
	{ ".png", "image/png" },
	{ ".ico", "image/x-icon" },
	{ ".woff2", "font/woff2" },
};

static const char *
find_type(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(types); i++)
		if (slice_has_suffix(slice_str(name), types[i].suffix))
			return types[i].content_type;
	return NULL;
}

static int
load_file(struct pool *pool, const char *dir, const char *name,
    struct static_file *file, struct err *err)
{
	uint8_t digest[SHA256_BYTES];

	if (file_read(pool, pool_format(pool, "%s/%s", dir, name),
		STATIC_FILE_BYTES_MAX, &file->data, err) == -1)
		return -1;
	sha256(file->data, digest);
	file->etag = pool_format(pool, "\"%s\"",
	    hex_encode(pool, slice_make(digest, ETAG_BYTES)));
	file->name = pool_strdup(pool, name);
	file->content_type = find_type(name);
	return 0;
}

static int
load_all(struct pool *pool, DIR *folder, const char *dir,
    struct static_files *files, struct err *err)
{
	struct dirent *entry;

	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.' || find_type(entry->d_name) == NULL)
			continue;
		if (files->count == STATIC_FILES_MAX)
			return err_set(err, ERR_INVALID,
			    "%s: more than %d files", dir, STATIC_FILES_MAX);
		if (load_file(pool, dir, entry->d_name,
			&files->files[files->count], err) == -1)
			return -1;
		files->count++;
	}
	return 0;
}

int
static_files_load(struct pool *pool, const char *dir,
    struct static_files **files_r, struct err *err)
{
	DIR *folder = opendir(dir);
	int result;

	if (folder == NULL)
		return err_set(err, ERR_NOT_FOUND, "%s: %s (STATIC_DIR)", dir,
		    strerror(errno));
	*files_r = POOL_NEW(pool, struct static_files);
	result = load_all(pool, folder, dir, *files_r, err);
	(void)closedir(folder);
	return result;
}

const struct static_file *
static_files_find(const struct static_files *files, const char *name)
{
	for (size_t i = 0; i < files->count; i++)
		if (strcmp(files->files[i].name, name) == 0)
			return &files->files[i];
	return NULL;
}
