/*
 * almacenctl object get and head.  A file appears under its name when all of
 * it is there.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/num.h"
#include "codec/date.h"
#include "codec/json.h"
#include "ctl/interrupt.h"
#include "ctl/object.h"
#include "ctl/progress.h"

enum { FILE_MODE = 0666 };

/* ---- ranges ---- */

/* "0-99", "100-", "-500": from `first` `length` bytes, -1 to the end. */
struct range {
	int64_t first, length;
	bool is_suffix; /* the last `length` bytes */
};

static bool
parse_range(const char *text, struct range *range_r)
{
	struct slice all = slice_str(text);
	size_t dash = slice_find(all, '-');
	struct slice from = slice_make(all.data, dash);
	struct slice to = slice_from(all, dash + 1);
	int64_t last;

	*range_r = (struct range){ .length = -1, .is_suffix = dash == 0 };
	if (dash == all.len)
		return false;
	if (range_r->is_suffix)
		return num_parse_i64(to, INT64_MAX, &range_r->length) &&
		    range_r->length > 0;
	if (!num_parse_i64(from, INT64_MAX - 1, &range_r->first))
		return false;
	if (to.len == 0)
		return true;
	if (!num_parse_i64(to, INT64_MAX - 1, &last) || last < range_r->first)
		return false;
	range_r->length = last - range_r->first + 1;
	return true;
}

/* What a range means for an object of this size. */
static int
settle_range(struct range *range, int64_t size_bytes, struct err *err)
{
	if (range->is_suffix) {
		range->first = range->length >= size_bytes ?
		    0 : size_bytes - range->length;
		range->is_suffix = false;
		range->length = -1;
	}
	if (range->first > 0 && range->first >= size_bytes)
		return err_set(err, ERR_INVALID,
		    "the object has only %lld bytes", (long long)size_bytes);
	if (range->length == -1 || range->length > size_bytes - range->first)
		range->length = size_bytes - range->first;
	return 0;
}

/* ---- where the bytes go ---- */

struct target {
	int fd;
	const char *path, *temp_path; /* NULL: standard output */
	struct progress *progress;
};

static void
unlink_hook(void *arg)
{
	struct target *target = arg;

	if (target->temp_path != NULL)
		(void)unlink(target->temp_path);
}

/* A device, a pipe: nothing to be replaced. */
static bool
is_special(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

static int
open_special(struct pool *pool, struct target *target, struct err *err)
{
	target->fd = open(target->path, O_WRONLY | O_CLOEXEC);
	if (target->fd == -1)
		return err_set(err, ERR_INVALID, "%s: %s", target->path,
		    strerror(errno));
	file_close_with(pool, target->fd);
	return 0;
}

/* mkostemp() keeps others out; the file is to have what umask(2) leaves. */
static int
open_target(struct pool *pool, struct target *target, struct err *err)
{
	char *temp_path = pool_format(pool, "%.*s.%s.XXXXXX",
	    (int)(storage_base_name(target->path) - target->path),
	    target->path, "almacenctl");
	mode_t mask = umask(0);

	(void)umask(mask);
	if (is_special(target->path))
		return open_special(pool, target, err);
	target->fd = mkostemp(temp_path, O_CLOEXEC);
	if (target->fd == -1)
		return err_set(err, ERR_INVALID, "%s: %s", temp_path,
		    strerror(errno));
	target->temp_path = temp_path;
	pool_on_clear(pool, unlink_hook, target);
	file_close_with(pool, target->fd);
	if (fchmod(target->fd, FILE_MODE & ~mask) == -1)
		return err_set(err, ERR_INTERNAL, "%s: %s", temp_path,
		    strerror(errno));
	return 0;
}

static int
finish_target(struct target *target, struct err *err)
{
	if (target->temp_path == NULL)
		return 0;
	if (rename(target->temp_path, target->path) == -1)
		return err_set(err, ERR_INVALID, "%s: %s", target->path,
		    strerror(errno));
	target->temp_path = NULL;
	return 0;
}

static int
sink(void *arg, struct slice bytes, struct err *err)
{
	struct target *target = arg;

	if (interrupt_check(err) == -1 ||
	    file_write_all(target->fd, bytes.data, bytes.len, err) == -1)
		return -1;
	progress_add(target->progress, (int64_t)bytes.len);
	return 0;
}

/* ---- get ---- */

static int
find(struct ctl *ctl, struct store *store, const char *key,
    struct store_info *info_r, struct err *err)
{
	int found = store_head(store, ctl->pool, key, info_r, err);

	if (found == 0)
		return err_set(err, ERR_NOT_FOUND, "no object %s",
		    storage_printable(ctl->pool, key));
	return found == -1 ? -1 : 0;
}

static int
get(struct ctl *ctl, const char *key, struct target *target,
    struct range *range, struct err *err)
{
	struct backend *backend;
	struct store_info info;
	int result;

	if (storage_open(ctl, &backend, err) == -1 ||
	    find(ctl, backend->store, key, &info, err) == -1 ||
	    settle_range(range, info.size_bytes, err) == -1)
		return -1;
	interrupt_catch();
	if (target->path != NULL &&
	    open_target(ctl->pool, target, err) == -1)
		return -1;
	/* A terminal that shows the object needs no bar through it. */
	target->progress = progress_new(ctl->pool,
	    isatty(target->fd) ? -1 : STDERR_FILENO, key, range->length);
	result = store_get(backend->store, key, range->first, range->length,
	    sink, target, err);
	progress_end(target->progress);
	if (result == 0 && progress_bytes(target->progress) != range->length)
		return err_set(err, ERR_UPSTREAM,
		    "the object changed meanwhile: try again");
	return result == -1 ? -1 : finish_target(target, err);
}

int
object_get(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{ "range", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	struct range range = { .length = -1 };
	struct target *target = POOL_NEW(ctl->pool, struct target);
	struct err err = ERR_INIT;
	int c;

	optind = 0; /* getopt_long() begins anew */
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (c == '?' || !parse_range(optarg, &range))
			return object_usage(ctl, "get", c == '?' ?
			    "unknown option" :
			    "a range is 0-99, 100- or -500");
	if (argc - optind < 1 || argc - optind > 2)
		return object_usage(ctl, "get", "expected a key and a file");
	target->fd = STDOUT_FILENO;
	target->path = argc - optind == 2 ?
	    argv[optind + 1] : storage_base_name(argv[optind]);
	if (strcmp(target->path, "-") == 0)
		target->path = NULL;
	if (get(ctl, argv[optind], target, &range, &err) == -1)
		return object_refuse(ctl, "get", &err);
	return CTL_OK;
}

/* ---- head ---- */

static void
print_info(struct ctl *ctl, const char *key, const struct store_info *info)
{
	struct pool *pool = ctl->pool;

	(void)fprintf(ctl->out,
	    "key       %s\nsize      %lld\ntype      %s\nmodified  %s\n"
	    "etag      %s\n",
	    storage_printable(pool, key), (long long)info->size_bytes,
	    storage_printable(pool, info->content_type),
	    date_iso(pool, info->modified_secs),
	    storage_printable(pool, info->etag));
	if (info->cache_control != NULL && info->cache_control[0] != '\0')
		(void)fprintf(ctl->out, "caching   %s\n",
		    storage_printable(pool, info->cache_control));
}

static void
print_info_json(struct ctl *ctl, const char *key,
    const struct store_info *info)
{
	struct json *json = json_object(ctl->pool);

	json_set_text(json, "key", key);
	json_set_number(json, "size", info->size_bytes);
	json_set_text(json, "type", info->content_type);
	json_set_text(json, "modified",
	    date_iso(ctl->pool, info->modified_secs));
	json_set_text(json, "etag", info->etag);
	json_set_text(json, "cache_control",
	    info->cache_control == NULL ? "" : info->cache_control);
	(void)fprintf(ctl->out, "%s\n", json_format_pretty(ctl->pool, json));
}

int
object_head(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct backend *backend;
	struct store_info info;
	struct err err = ERR_INIT;
	bool want_json = false;
	int c;

	optind = 0; /* getopt_long() begins anew */
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == '?')
			return object_usage(ctl, "head", "unknown option");
		want_json = true;
	}
	if (argc - optind != 1)
		return object_usage(ctl, "head", "expected one key");
	if (storage_open(ctl, &backend, &err) == -1 ||
	    find(ctl, backend->store, argv[optind], &info, &err) == -1)
		return object_refuse(ctl, "head", &err);
	if (want_json)
		print_info_json(ctl, argv[optind], &info);
	else
		print_info(ctl, argv[optind], &info);
	return CTL_OK;
}
