/*
 * Doctor: what is on this machine.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/doctor.h"
#include "ctl/storage.h"
#include "model/schema.h"
#include "sql/sql.h"
#include "store/open.h"

enum {
	FREE_MIN_PERCENT = 5,
	QUICK_CHECK_MAX = 64 * 1024 * 1024 /* more takes too long */
};

/* Of that, nobody needs to be warned. */
#define FREE_ENOUGH_BYTES (UINT64_C(10) << 30)

/* ---- settings and secrets ---- */

void
doctor_settings(struct doctor *doctor, struct finding *finding_r)
{
	const char *file = settings_env_file(doctor->ctl->env_file,
	    doctor->ctl->environ);

	if (doctor->conf != NULL)
		finding_ok(finding_r, doctor->pool, "%s, ENVIRONMENT is %s",
		    file == NULL ? "of the environment, no file" : file,
		    conf_text(doctor->conf, SET_ENVIRONMENT));
	else if (file != NULL && access(file, R_OK) == -1 && errno == EACCES)
		finding_bad(finding_r, doctor->pool,
		    "run it as root or as the user who runs the program", "%s",
		    doctor->settings_err.text);
	else
		finding_bad(finding_r, doctor->pool,
		    "almacenctl config shows every setting and where it comes"
		    " from",
		    "%s", doctor->settings_err.text);
}

void
doctor_secret_key(struct doctor *doctor, struct finding *finding_r)
{
	bool is_production = strcmp(
	    conf_text(doctor->conf, SET_ENVIRONMENT), "production") == 0;

	if (conf_is_set(doctor->conf, SET_SECRET_KEY))
		finding_ok(finding_r, doctor->pool, "SECRET_KEY is set");
	else if (!is_production)
		finding_ok(finding_r, doctor->pool,
		    "made by the program itself, in the database");
	else
		finding_warn(finding_r, doctor->pool,
		    "SECRET_KEY= and what \"openssl rand -hex 32\" prints",
		    "SECRET_KEY is not set: the program keeps one in the"
		    " database, and whoever has a copy of that can sign");
}

/* The first file that holds a secret and that everybody may read, or NULL. */
static const char *
open_secret_file(const struct conf *conf)
{
	struct stat st;

	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const char *path = settings_table[i].is_secret ?
		    conf_file(conf, i) : NULL;

		if (i == SET_S3_CREDENTIALS_FILE)
			path = conf_text(conf, i);
		if (path != NULL && stat(path, &st) == 0 &&
		    (st.st_mode & S_IRWXO) != 0)
			return path;
	}
	return NULL;
}

void
doctor_secret_files(struct doctor *doctor, struct finding *finding_r)
{
	const char *path = open_secret_file(doctor->conf);

	if (path != NULL)
		finding_warn(finding_r, doctor->pool,
		    pool_format(doctor->pool, "chmod o-rwx %s", path),
		    "everybody on this machine may read %s, which holds a"
		    " secret", path);
	else
		finding_ok(finding_r, doctor->pool,
		    "nobody else may read them");
}

/* ---- folders ---- */

static bool
is_writable(struct doctor *doctor, const char *path,
    struct finding *finding_r)
{
	struct stat st;

	if (stat(path, &st) == -1 && errno == ENOENT)
		finding_bad(finding_r, doctor->pool,
		    pool_format(doctor->pool, "install -d -m 750 -o USER %s"
			"  (USER: who runs the program)", path),
		    "%s is not there", path);
	else if (access(path, R_OK | W_OK | X_OK) == -1)
		finding_bad(finding_r, doctor->pool,
		    pool_format(doctor->pool, "chown USER %s  (USER: who runs"
			" the program)", path),
		    "%s is not for us to write: %s", path, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		finding_bad(finding_r, doctor->pool,
		    "DATA_DIR and TEMP_DIR must be folders",
		    "%s is not a folder", path);
	else
		return true;
	return false;
}

/* Root may write everywhere: that says nothing of the program. */
static bool
is_for_root_alone(const struct doctor *doctor, const char *path)
{
	struct stat st;

	return strcmp(conf_text(doctor->conf, SET_ENVIRONMENT),
		   "production") == 0 &&
	    geteuid() == 0 && stat(path, &st) == 0 && st.st_uid == 0 &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

void
doctor_folders(struct doctor *doctor, struct finding *finding_r)
{
	const char *data = conf_text(doctor->conf, SET_DATA_DIR);
	const char *temp = conf_text(doctor->conf, SET_TEMP_DIR);

	if (!is_writable(doctor, data, finding_r) ||
	    !is_writable(doctor, temp, finding_r))
		return;
	if (is_for_root_alone(doctor, data))
		finding_warn(finding_r, doctor->pool,
		    pool_format(doctor->pool, "chown -R USER %s  (USER: who"
			" runs the program)", data),
		    "only root can write to %s", data);
	else
		finding_ok(finding_r, doctor->pool, "%s and %s can be written",
		    data, temp);
}

bool
doctor_is_nearly_full(const struct statvfs *fs)
{
	bool has_room = fs->f_blocks == 0 ||
	    fs->f_bavail >= FREE_ENOUGH_BYTES / fs->f_frsize ||
	    fs->f_bavail >= fs->f_blocks / 100 * FREE_MIN_PERCENT;
	bool has_names = fs->f_files == 0 ||
	    fs->f_favail >= fs->f_files / 100 * FREE_MIN_PERCENT;

	return !has_room || !has_names;
}

void
doctor_disk(struct doctor *doctor, struct finding *finding_r)
{
	const char *paths[] = { conf_text(doctor->conf, SET_DATA_DIR),
		conf_text(doctor->conf, SET_TEMP_DIR) };
	struct statvfs fs;

	for (size_t i = 0; i < ARRAY_COUNT(paths); i++)
		if (statvfs(paths[i], &fs) == 0 &&
		    doctor_is_nearly_full(&fs)) {
			finding_warn(finding_r, doctor->pool,
			    pool_format(doctor->pool,
				"make room on the disk of %s", paths[i]),
			    "the disk of %s is nearly full", paths[i]);
			return;
		}
	finding_ok(finding_r, doctor->pool, "there is");
}

/* ---- the database ---- */

/* What is rolled back after it is known that it could be written. */
static int
write_nothing(struct sql *tx, void *arg, struct err *err)
{
	bool *can_write = arg;

	(void)tx;
	*can_write = true;
	return err_set(err, ERR_INTERNAL, "rolled back");
}

static int
check_writable(struct sql *db, struct err *err)
{
	bool can_write = false;

	if (sql_transaction(db, write_nothing, &can_write, err) == 0)
		return 0;
	if (!can_write)
		return -1;
	err_clear(err);
	return 0;
}

static int
check_pages(struct doctor *doctor, struct sql *db, const char *path,
    struct err *err)
{
	struct sql_rows rows;
	struct stat st;

	if (stat(path, &st) == -1 || st.st_size > QUICK_CHECK_MAX)
		return 0;
	if (sql_query(db, doctor->pool, "PRAGMA quick_check(1)", NULL, 0,
		&rows, err) == -1)
		return -1;
	if (rows.count == 1 && strcmp(sql_text(&rows, 0, 0), "ok") == 0)
		return 0;
	return err_set(err, ERR_INTERNAL, "database: damaged: %s",
	    rows.count == 0 ? "" : sql_text(&rows, 0, 0));
}

static const char *
database_fix(const struct err *err)
{
	if (strcmp(err->code, "read_only") == 0 ||
	    strcmp(err->code, "absent") == 0)
		return "DATABASE_URL or DATA_DIR, and who owns the file and its"
		       " folder";
	if (strcmp(err->code, "full") == 0)
		return "make room on its disk";
	if (strcmp(err->code, "busy") == 0)
		return "see which process holds it";
	return "put the newest backup in its place, or DATABASE_URL to the"
	       " right one";
}

static void
judge_version(struct doctor *doctor, int64_t version,
    struct finding *finding_r)
{
	if (version > SCHEMA_VERSION)
		finding_bad(finding_r, doctor->pool,
		    "install the almacen that wrote it, or a newer one",
		    "schema version %lld is of a newer almacen; this one knows"
		    " up to %d", (long long)version, SCHEMA_VERSION);
	else if (version < SCHEMA_VERSION)
		finding_warn(finding_r, doctor->pool,
		    "start the program once, after a backup",
		    "schema version %lld: the program will bring it to %d",
		    (long long)version, SCHEMA_VERSION);
	else
		finding_ok(finding_r, doctor->pool,
		    "sound, schema version %d", SCHEMA_VERSION);
}

void
doctor_database(struct doctor *doctor, struct finding *finding_r)
{
	const char *url = settings_database_url(doctor->pool, doctor->conf);
	struct slice path = slice_str(url);
	struct err err = ERR_INIT;
	struct sql *db;
	int64_t version = 0;

	if (storage_check_database(doctor->pool, doctor->conf, &err) == -1) {
		finding_warn(finding_r, doctor->pool, "start the program once",
		    "%s", err.text);
		return;
	}
	(void)slice_take_str(&path, "sqlite:");
	if (sql_open(doctor->pool, url, 1, &db, &err) == -1 ||
	    sql_version(db, &version, &err) == -1 ||
	    check_writable(db, &err) == -1 ||
	    check_pages(doctor, db, path.data, &err) == -1) {
		finding_bad(finding_r, doctor->pool, database_fix(&err),
		    "%s: %s", url, err.text);
		return;
	}
	judge_version(doctor, version, finding_r);
	if (finding_r->state == FINDING_OK)
		doctor->backend->db = db;
}

/* ---- the store ---- */

static void
prepare_files(struct doctor *doctor, struct finding *finding_r)
{
	const char *data = conf_text(doctor->conf, SET_DATA_DIR);
	struct finding folder;
	struct err err = ERR_INIT;
	bool created;

	if (!is_writable(doctor, data, &folder))
		*finding_r = (struct finding){ .state = FINDING_BLOCKED,
			.text = "needs: folders",
			.fix = "" };
	else if (store_prepare(doctor->backend->store, &created, &err) == -1)
		finding_bad(finding_r, doctor->pool,
		    pool_format(doctor->pool, "chown -R USER %s/objects"
			"  (USER: who runs the program)", data),
		    "%s", err.text);
	else
		finding_ok(finding_r, doctor->pool, "files below %s/objects",
		    data);
}

void
doctor_store(struct doctor *doctor, struct finding *finding_r)
{
	struct backend *backend;
	struct err err = ERR_INIT;

	if (doctor_open_store(doctor, NULL, &backend, &err) == -1) {
		finding_bad(finding_r, doctor->pool,
		    "almacenctl config shows every setting and where it comes"
		    " from", "%s", err.text);
		return;
	}
	doctor->backend = backend;
	doctor->client = store_s3_client(backend->store);
	if (doctor->client == NULL) {
		prepare_files(doctor, finding_r);
		return;
	}
	doctor->region = s3_client_target(doctor->client)->region;
	finding_ok(finding_r, doctor->pool, "S3, bucket '%s'",
	    store_bucket(backend->store));
}
