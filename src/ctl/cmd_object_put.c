/*
 * almacenctl object put: files, a whole folder, or standard input.
 *
 * Small files go many at once (store/queue.h), large ones in parts that travel
 * beside each other (ctl/put_large.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ctl/interrupt.h"
#include "ctl/object.h"
#include "ctl/progress.h"
#include "ctl/put_large.h"
#include "store/queue.h"
#include "store/transfer.h"

enum { MANY_AT_ONCE = 16, READ_BYTES = 256 * 1024 };

struct put {
	struct ctl *ctl;
	struct backend *backend;
	struct pool *pool; /* of the transfers, gone before the command's */
	const char *type;  /* NULL: by the name */
	struct store_queue *queue;
	struct progress *progress;
	int64_t put_count, failed_count;
	bool is_alone; /* one file: its failure is the command's */
	struct err failure;
	bool must_stop;
};

struct input {
	const char *folder;	   /* NULL: files */
	const char *const *files;
	size_t file_count;
	const char *target; /* key, "prefix/" or ""; NULL: the file's name */
	const char *type;
};

static int
on_progress(void *arg, int64_t bytes, struct err *err)
{
	struct put *put = arg;

	progress_add(put->progress, bytes);
	return interrupt_check(err);
}

/* ---- what became of a file ---- */

/* The next file would fail alike, unless it was this file's own fault. */
static bool
is_own_fault(const struct err *err)
{
	return err->kind == ERR_INVALID || err->kind == ERR_NOT_FOUND ||
	    err->kind == ERR_CONFLICT || err->kind == ERR_TOO_LARGE;
}

static void
note_failure(struct put *put, const char *key, const struct err *err)
{
	struct pool *pool;

	put->failed_count++;
	put->must_stop = put->must_stop || !is_own_fault(err);
	put->failure = *err;
	if (put->is_alone)
		return;
	pool = pool_new();
	progress_clear(put->progress);
	(void)fprintf(stderr, "almacenctl object put: %s: %s\n",
	    storage_printable(pool, key), storage_printable(pool, err->text));
	pool_free(&pool);
}

static void
on_done(void *arg, const struct store_result *result)
{
	struct put *put = arg;

	if (result->status == -1) {
		/* One reason is enough where the rest follows from it. */
		if (!put->must_stop)
			note_failure(put, result->key, result->err);
		return;
	}
	put->put_count++;
	progress_add(put->progress, result->stored->size_bytes);
}

/* ---- one file of any size ---- */

static void
put_file(struct put *put, const char *path, const char *key,
    int64_t size_bytes)
{
	struct store *store = put->backend->store;
	struct store_upload upload = { .path = path,
		.object = { .key = key,
		    .content_type = put->type == NULL ?
			object_type(key) : put->type } };
	const struct put_large large = { .ctl = put->ctl,
		.store = put->backend->store,
		.conf = put->backend->conf,
		.path = path,
		.key = key,
		.type = upload.object.content_type,
		.progress = on_progress,
		.progress_arg = put };
	struct err err = ERR_INIT;

	if (size_bytes <= store_part_bytes(store, size_bytes))
		store_queue_put(put->queue, &upload, on_done, put);
	else if (put_large(&large, &err) == 0)
		put->put_count++;
	else
		note_failure(put, key, &err);
}

/* ---- a folder ---- */

static FTS *
walk_begin(struct put *put, const char *folder, struct err *err)
{
	char *roots[] = { pool_strdup(put->pool, folder), NULL };
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR |
	    FTS_COMFOLLOW, NULL);

	if (walk == NULL)
		(void)err_set(err, ERR_INTERNAL, "%s: %s", folder,
		    strerror(errno));
	return walk;
}

/* For the bar alone: all of it, before the first byte goes. */
static int
expect_folder(struct put *put, const char *folder, struct err *err)
{
	FTS *walk;
	FTSENT *entry;

	if (!isatty(STDERR_FILENO))
		return 0;
	walk = walk_begin(put, folder, err);
	if (walk == NULL)
		return -1;
	while ((entry = fts_read(walk)) != NULL)
		if (entry->fts_info == FTS_F)
			progress_expect(put->progress,
			    entry->fts_statp->st_size);
	(void)fts_close(walk);
	return 0;
}

static void
put_entry(struct put *put, const struct input *input, size_t root_len,
    const FTSENT *entry)
{
	const char *rest = entry->fts_path + root_len;
	struct err err = ERR_INIT;
	struct pool *pool;

	if (entry->fts_info == FTS_D || entry->fts_info == FTS_DP)
		return;
	rest += strspn(rest, "/");
	pool = pool_new();
	if (entry->fts_info == FTS_F) {
		put_file(put, entry->fts_path,
		    pool_format(pool, "%s%s",
			input->target == NULL ? "" : input->target, rest),
		    entry->fts_statp->st_size);
	} else {
		err_fill(&err, ERR_INVALID, "%s",
		    entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR ||
			    entry->fts_info == FTS_NS ?
			strerror(entry->fts_errno) : "not a regular file");
		note_failure(put, entry->fts_path, &err);
	}
	pool_free(&pool);
}

static int
check_folder(const char *folder, struct err *err)
{
	struct stat st;

	if (stat(folder, &st) == -1)
		return err_set(err, ERR_INVALID, "%s: %s", folder,
		    strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_INVALID,
		    "%s: no folder, leave out -r", folder);
	return 0;
}

/* A walk that breaks off must not look like one that has ended. */
static int
put_entries(struct put *put, const struct input *input, FTS *walk,
    struct err *err)
{
	size_t root_len = strlen(input->folder);

	while (!put->must_stop && !interrupt_came()) {
		const FTSENT *entry = fts_read(walk);

		if (entry == NULL && errno != 0)
			return err_set(err, ERR_INTERNAL, "%s: %s",
			    input->folder, strerror(errno));
		if (entry == NULL)
			return 0;
		put_entry(put, input, root_len, entry);
	}
	return 0;
}

static int
put_folder(struct put *put, const struct input *input, struct err *err)
{
	FTS *walk;
	int result;

	if (check_folder(input->folder, err) == -1 ||
	    expect_folder(put, input->folder, err) == -1)
		return -1;
	walk = walk_begin(put, input->folder, err);
	if (walk == NULL)
		return -1;
	result = put_entries(put, input, walk, err);
	(void)fts_close(walk);
	return result;
}

/* ---- files ---- */

static const char *
key_of(struct pool *pool, const struct input *input, const char *path)
{
	const char *target = input->target;

	if (target == NULL || target[0] == '\0')
		return storage_base_name(path);
	if (target[strlen(target) - 1] != '/')
		return target;
	return pool_format(pool, "%s%s", target, storage_base_name(path));
}

static void
put_named(struct put *put, const struct input *input, const char *path)
{
	struct pool *pool = pool_new();
	struct err err = ERR_INIT;
	struct stat st;

	if (stat(path, &st) == -1) {
		err_fill(&err, ERR_INVALID, "%s: %s", path, strerror(errno));
		note_failure(put, path, &err);
	} else if (S_ISDIR(st.st_mode)) {
		err_fill(&err, ERR_INVALID, "a folder needs -r");
		note_failure(put, path, &err);
	} else {
		progress_expect(put->progress, st.st_size);
		put_file(put, path, key_of(pool, input, path), st.st_size);
	}
	pool_free(&pool);
}

/* ---- standard input ---- */

static int
copy_stdin(struct put *put, struct store_writer *writer, struct err *err)
{
	char *chunk = pool_alloc(put->pool, READ_BYTES);
	ssize_t len;

	while ((len = read(STDIN_FILENO, chunk, READ_BYTES)) != 0) {
		if (interrupt_check(err) == -1)
			return -1;
		if (len == -1 && errno == EINTR)
			continue;
		if (len == -1)
			return err_set(err, ERR_INTERNAL,
			    "standard input: %s", strerror(errno));
		if (store_writer_write(writer,
			slice_make(chunk, (size_t)len), err) == -1 ||
		    on_progress(put, len, err) == -1)
			return -1;
	}
	return 0;
}

static int
put_stdin(struct put *put, const char *key, struct err *err)
{
	const struct store_object object = { .key = key,
		.content_type = put->type == NULL ?
		    object_type(key) : put->type };
	struct store_writer *writer;
	struct store_stored stored;

	if (store_writer_open(put->backend->store, put->pool, &object,
		&writer, err) == -1 ||
	    copy_stdin(put, writer, err) == -1 ||
	    store_writer_commit(writer, &stored, err) == -1)
		return -1;
	put->put_count++;
	return 0;
}

/* ---- the whole ---- */

static bool
is_stdin(const struct input *input)
{
	return input->file_count == 1 && strcmp(input->files[0], "-") == 0;
}

static int
put_all(struct put *put, const struct input *input, struct err *err)
{
	if (input->folder != NULL)
		return put_folder(put, input, err);
	if (is_stdin(input))
		return put_stdin(put, input->target, err);
	for (size_t i = 0; i < input->file_count; i++) {
		if (put->must_stop || interrupt_came())
			break;
		put_named(put, input, input->files[i]);
	}
	return 0;
}

/* What it says when not all went well. */
static int
judge(const struct put *put, struct err *err)
{
	if (put->failed_count > 0 && put->is_alone) {
		*err = put->failure;
		return -1;
	}
	if (put->failed_count > 0)
		return err_set(err, ERR_INVALID, "%lld of %lld failed%s",
		    (long long)put->failed_count,
		    (long long)(put->failed_count + put->put_count),
		    put->must_stop ? ", the rest was not tried" : "");
	return interrupt_check(err);
}

static int
finish(struct put *put, struct err *err)
{
	if (put->must_stop || interrupt_came())
		store_queue_cancel(put->queue);
	else
		store_queue_wait(put->queue);
	progress_end(put->progress);
	if (put->put_count > 0 || !put->is_alone)
		(void)fprintf(put->ctl->out, "%lld object%s put, %s\n",
		    (long long)put->put_count,
		    put->put_count == 1 ? "" : "s",
		    storage_size(put->pool, progress_bytes(put->progress)));
	return judge(put, err);
}

static int
run(struct ctl *ctl, const struct input *input, struct pool *pool,
    struct err *err)
{
	struct put put = { .ctl = ctl,
		.pool = pool,
		.type = input->type,
		.is_alone = input->folder == NULL && input->file_count == 1 };
	const char *label = input->folder != NULL ? input->folder :
	    input->file_count == 1 ? input->files[0] : "files";

	if (storage_open(ctl, &put.backend, err) == -1)
		return -1;
	put.queue = store_queue_new(put.backend->store, pool, MANY_AT_ONCE);
	put.progress = progress_new(pool, STDERR_FILENO, label,
	    is_stdin(input) ? -1 : 0);
	interrupt_catch();
	if (put_all(&put, input, err) == -1)
		return -1;
	return finish(&put, err);
}

/* ---- the command line ---- */

/* What follows the files, and "/" for the top of the bucket. */
static const char *
take_target(struct input *input)
{
	const char *last;
	size_t len;

	if (input->file_count == 0 ||
	    (input->folder == NULL && input->file_count == 1))
		return NULL;
	last = input->files[--input->file_count];
	len = strlen(last);
	input->target = strcmp(last, "/") == 0 ? "" : last;
	if (input->folder != NULL && input->file_count > 0)
		return "expected one prefix beside -r";
	if ((input->folder != NULL || input->file_count > 1) &&
	    (len == 0 || last[len - 1] != '/'))
		return "many files need a prefix that ends in /";
	return NULL;
}

static const char *
check_input(struct input *input)
{
	const char *problem = take_target(input);

	if (problem != NULL)
		return problem;
	if (input->folder == NULL && input->file_count == 0)
		return "expected a file, or -r and a folder";
	if (is_stdin(input) && (input->target == NULL ||
	    input->target[0] == '\0' ||
	    input->target[strlen(input->target) - 1] == '/'))
		return "standard input needs a key";
	return NULL;
}

int
object_put(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{ "recursive", required_argument, NULL, 'r' },
		{ "type", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	struct input input = { .folder = NULL };
	struct pool *pool;
	struct err err = ERR_INIT;
	const char *problem;
	int c, result;

	optind = 0; /* getopt_long() begins anew */
	while ((c = getopt_long(argc, argv, "r:", options, NULL)) != -1) {
		if (c == 'r')
			input.folder = optarg;
		else if (c == 't')
			input.type = optarg;
		else
			return object_usage(ctl, "put", "unknown option");
	}
	input.files = (const char *const *)argv + optind;
	input.file_count = (size_t)(argc - optind);
	problem = check_input(&input);
	if (problem != NULL)
		return object_usage(ctl, "put", "%s", problem);
	pool = pool_new();
	result = run(ctl, &input, pool, &err);
	pool_free(&pool);
	return result == 0 ? CTL_OK : object_refuse(ctl, "put", &err);
}
