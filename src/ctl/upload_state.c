/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "codec/digest.h"
#include "codec/hex.h"
#include "codec/json.h"
#include "ctl/upload_state.h"
#include "store/manage.h"

enum { STATE_MAX = 8 * 1024, FOLDER_MODE = 0700, FILE_MODE = 0600 };

/* ---- where ---- */

static const char *
variable(const char *const *environ, const char *name)
{
	size_t len = strlen(name);

	for (; *environ != NULL; environ++)
		if (strncmp(*environ, name, len) == 0 &&
		    (*environ)[len] == '=')
			return *environ + len + 1;
	return "";
}

/* NULL when there is no such place (XDG Base Directory Specification). */
static const char *
state_folder(struct pool *pool, const char *const *environ)
{
	const char *base = variable(environ, "XDG_STATE_HOME");
	const char *home = variable(environ, "HOME");

	if (base[0] == '/')
		return pool_format(pool, "%s/almacen", base);
	if (home[0] == '/')
		return pool_format(pool, "%s/.local/state/almacen", home);
	return NULL;
}

/* Folders that are missing, one by one; whether the last is ours to use. */
static bool
make_folders(struct pool *pool, const char *path)
{
	char *copy = pool_strdup(pool, path);

	for (char *at = copy + 1; *at != '\0'; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		(void)mkdir(copy, FOLDER_MODE);
		*at = '/';
	}
	return mkdir(path, FOLDER_MODE) == 0 || errno == EEXIST;
}

/* File, endpoint, bucket and key together, whatever bytes are in them. */
static const char *
state_name(struct pool *pool, const struct upload_what *what,
    const struct stat *st)
{
	const char *const texts[] = { what->endpoint, what->bucket,
		what->key };
	uint8_t hash[SHA256_BYTES];
	struct digest *digest = digest_new(pool, DIGEST_SHA256);

	for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
		digest_update(digest, slice_make(texts[i],
		    strlen(texts[i]) + 1));
	digest_update(digest, slice_str(pool_format(pool, "%llu:%llu",
	    (unsigned long long)st->st_dev, (unsigned long long)st->st_ino)));
	digest_finish(digest, hash);
	return pool_format(pool, "put-%s.json",
	    hex_encode(pool, slice_make(hash, sizeof(hash) / 2)));
}

/* ---- what is in it ---- */

/* There are at least two parts, and not too many. */
static bool
can_be_parts(int64_t part_bytes, int64_t size_bytes)
{
	return part_bytes >= 1 && part_bytes < size_bytes &&
	    (size_bytes - 1) / part_bytes < STORE_PARTS_MAX;
}

/* A file of another size or time is another file. */
static void
read_state(struct upload_state *state, struct slice text)
{
	struct json *json;
	const char *upload_id;
	int64_t part_bytes;
	struct err ignored = ERR_INIT;

	if (json_parse(state->pool, text, &json, &ignored) == -1)
		return;
	upload_id = json_text(json_find(json, "upload_id"));
	part_bytes = json_number(json_find(json, "part_bytes"));
	if (upload_id[0] == '\0')
		return;
	if (!can_be_parts(part_bytes, state->size_bytes) ||
	    json_number(json_find(json, "size")) != state->size_bytes ||
	    json_number(json_find(json, "modified_ns")) !=
		state->modified_ns) {
		state->stale_id = upload_id;
		return;
	}
	state->upload_id = upload_id;
	state->part_bytes = part_bytes;
}

/*
 * Take the lock.  Whoever had it before may have removed the file meanwhile:
 * then it is another one that counts.
 */
static int
lock(struct upload_state *state, struct err *err)
{
	struct stat ours, named;

	for (;;) {
		state->fd = open(state->path,
		    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
		if (state->fd == -1)
			return err_set(err, ERR_INTERNAL, "%s: %s",
			    state->path, strerror(errno));
		if (flock(state->fd, LOCK_EX | LOCK_NB) == -1) {
			(void)close(state->fd);
			return err_set(err, ERR_CONFLICT,
			    "another almacenctl is uploading this file to "
			    "this key");
		}
		if (fstat(state->fd, &ours) == 0 &&
		    stat(state->path, &named) == 0 &&
		    ours.st_ino == named.st_ino)
			return 0;
		(void)close(state->fd);
	}
}

int
upload_state_open(struct pool *pool, const struct upload_what *what,
    struct upload_state *state_r, struct err *err)
{
	const char *folder = state_folder(pool, what->environ);
	struct slice text;
	struct stat st;

	*state_r = (struct upload_state){ .pool = pool, .fd = -1 };
	if (fstat(what->fd, &st) == -1)
		return err_set(err, ERR_INTERNAL, "%s", strerror(errno));
	state_r->size_bytes = st.st_size;
	state_r->modified_ns = file_modified_ns(&st);
	if (folder == NULL || !make_folders(pool, folder))
		return 0;
	state_r->path = pool_format(pool, "%s/%s", folder,
	    state_name(pool, what, &st));
	if (lock(state_r, err) == -1)
		return -1;
	file_close_with(pool, state_r->fd);
	if (file_read(pool, state_r->path, STATE_MAX, &text, err) == -1)
		return -1;
	read_state(state_r, text);
	return 0;
}

int
upload_state_save(struct upload_state *state, const char *upload_id,
    int64_t part_bytes, struct err *err)
{
	struct json *json;
	const char *text;

	if (state->path == NULL)
		return 0;
	json = json_object(state->pool);
	json_set_text(json, "upload_id", upload_id);
	json_set_number(json, "part_bytes", part_bytes);
	json_set_number(json, "size", state->size_bytes);
	json_set_number(json, "modified_ns", state->modified_ns);
	text = json_format(state->pool, json);
	if (ftruncate(state->fd, 0) == -1 ||
	    lseek(state->fd, 0, SEEK_SET) == -1)
		return err_set(err, ERR_INTERNAL, "%s: %s", state->path,
		    strerror(errno));
	return file_write_all(state->fd, text, strlen(text), err);
}

void
upload_state_forget(struct upload_state *state)
{
	if (state->path != NULL)
		(void)unlink(state->path);
	state->path = NULL;
}
