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
#include "store/open.h"

enum { FREE_MIN_PERCENT = 5 };

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
