/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "tmpl/tmpl_private.h"

enum { SOURCE_BYTES_MAX = 256 * 1024, SOURCES_MAX = 256 };

static const char suffix[] = ".html";

static int
compare_templates(const void *a, const void *b)
{
	const struct template *x = a, *y = b;

	return strcmp(x->name, y->name);
}

const struct template *
tmpl_find(const struct tmpl_set *set, struct slice name)
{
	for (size_t i = 0; i < set->count; i++) {
		if (slice_eq_str(name, set->templates[i].name))
			return &set->templates[i];
	}
	return NULL;
}

int
tmpl_set_compile(struct pool *pool, const struct tmpl_source *sources,
    size_t count, struct tmpl_set **set_r, struct err *err)
{
	struct tmpl_set *set = POOL_NEW(pool, struct tmpl_set);

	set->count = count;
	set->templates = pool_alloc_array(pool, count,
	    sizeof(*set->templates));
	for (size_t i = 0; i < count; i++) {
		set->templates[i].name = pool_strdup(pool, sources[i].name);
		set->templates[i].source = sources[i].text;
	}
	/* The same folder gives the same first error everywhere. */
	if (count > 0)
		qsort(set->templates, count, sizeof(*set->templates),
		    compare_templates);
	for (size_t i = 0; i < count; i++) {
		if (tmpl_compile(pool, set, &set->templates[i], err) == -1)
			return -1;
	}
	*set_r = set;
	return 0;
}

static int
read_sources(struct pool *pool, DIR *dir, const char *path,
    struct tmpl_source *sources, struct err *err)
{
	const struct dirent *entry;
	int count = 0;

	while ((entry = readdir(dir)) != NULL) {
		struct slice name = slice_str(entry->d_name);
		struct tmpl_source *source = &sources[count];

		if (!slice_has_suffix(name, suffix) || name.data[0] == '.')
			continue;
		if (count == SOURCES_MAX)
			return err_set(err, ERR_INVALID,
			    "%s: more than %d templates", path, SOURCES_MAX);
		name.len -= strlen(suffix);
		source->name = slice_dup(pool, name);
		if (file_read(pool,
			pool_format(pool, "%s/%s", path, entry->d_name),
			SOURCE_BYTES_MAX, &source->text, err) == -1)
			return -1;
		count++;
	}
	return count;
}

int
tmpl_set_load(struct pool *pool, const char *path, struct tmpl_set **set_r,
    struct err *err)
{
	struct tmpl_source *sources =
	    pool_alloc_array(pool, SOURCES_MAX, sizeof(*sources));
	DIR *dir = opendir(path);
	int count;

	if (dir == NULL)
		return err_set(err, ERR_NOT_FOUND, "templates: %s: %s", path,
		    strerror(errno));
	count = read_sources(pool, dir, path, sources, err);
	(void)closedir(dir);
	if (count == -1)
		return -1;
	return tmpl_set_compile(pool, sources, (size_t)count, set_r, err);
}
