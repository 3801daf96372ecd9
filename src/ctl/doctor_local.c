/*
 * Doctor: what is on this machine.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "ctl/doctor.h"
#include "model/settings.h"
#include "sql/sql.h"
#include "store/store.h"

enum { FREE_MIN_PERCENT = 5 };

void
doctor_database(struct doctor *doctor, struct finding *finding_r)
{
	static const char sqlite[] = "sqlite:";
	const char *url = settings_database_url(doctor->pool, doctor->conf);
	struct err err = ERR_INIT;

	/* The program makes it; made here it might be somebody else's. */
	if (slice_has_prefix(slice_str(url), sqlite) &&
	    access(url + strlen(sqlite), F_OK) == -1 && errno == ENOENT) {
		finding_warn(finding_r, doctor->pool, "start the program once",
		    "%s is not there yet", url + strlen(sqlite));
		return;
	}
	if (backend_open_db(doctor->backend, doctor->pool, &err) == -1)
		finding_bad(finding_r, doctor->pool,
		    "check DATABASE_URL, DATA_DIR and who owns them", "%s",
		    err.text);
	else
		finding_ok(finding_r, doctor->pool, "opened, schema current");
}

/* ---- folders ---- */

static bool
is_writable(struct doctor *doctor, const char *path,
    struct finding *finding_r)
{
	if (access(path, W_OK | X_OK) == 0)
		return true;
	finding_bad(finding_r, doctor->pool,
	    pool_format(doctor->pool,
		"install -d -m 750 -o USER-OF-THE-PROGRAM %s", path),
	    "%s: %s", path, strerror(errno));
	return false;
}

static bool
has_room(struct doctor *doctor, const char *path, struct finding *finding_r)
{
	struct statvfs fs;

	if (statvfs(path, &fs) == -1 || fs.f_blocks == 0 ||
	    fs.f_bavail * 100 / fs.f_blocks >= FREE_MIN_PERCENT)
		return true;
	finding_warn(finding_r, doctor->pool, "make room on that disk",
	    "%s: less than %d %% of the disk are free", path,
	    FREE_MIN_PERCENT);
	return false;
}

void
doctor_folders(struct doctor *doctor, struct finding *finding_r)
{
	const char *data = conf_text(doctor->conf, SET_DATA_DIR);
	const char *temp = conf_text(doctor->conf, SET_TEMP_DIR);

	if (!is_writable(doctor, data, finding_r) ||
	    !is_writable(doctor, temp, finding_r) ||
	    !has_room(doctor, data, finding_r) ||
	    !has_room(doctor, temp, finding_r))
		return;
	finding_ok(finding_r, doctor->pool, "%s and %s", data, temp);
}

/* ---- the file store ---- */

static int
store_one(struct doctor *doctor, struct err *err)
{
	const struct store_object object = { .key = doctor->key,
		.content_type = "text/plain" };
	struct store *store = doctor->backend->store;
	struct slice bytes = doctor_bytes();
	struct store_writer *writer;
	struct store_stored stored;
	bool created;

	if (store_prepare(store, &created, err) == -1 ||
	    store_writer_open(store, doctor->pool, &object, &writer, err) ==
		-1 ||
	    store_writer_write(writer, bytes, err) == -1 ||
	    store_writer_commit(writer, &stored, err) == -1)
		return -1;
	return store_delete(store, doctor->key, err);
}

void
doctor_file_store(struct doctor *doctor, struct finding *finding_r)
{
	struct err err = ERR_INIT;

	if (doctor->client != NULL)
		finding_skip(finding_r, doctor->pool, "objects live in S3");
	else if (store_one(doctor, &err) == -1)
		finding_bad(finding_r, doctor->pool,
		    "see that the program's user may write below DATA_DIR",
		    "%s", err.text);
	else
		finding_ok(finding_r, doctor->pool,
		    "an object was stored and deleted");
}
