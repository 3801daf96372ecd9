/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "ctl/storage.h"
#include "model/settings.h"
#include "s3/provider.h"

int
storage_open(struct ctl *ctl, struct backend **backend_r, struct err *err)
{
	struct backend *backend = POOL_NEW(ctl->pool, struct backend);
	struct conf *conf;

	if (settings_load(ctl->pool, ctl->env_file, ctl->environ, &conf,
		err) == -1)
		return -1;
	backend->conf = conf;
	backend->clock = ctl->clock;
	backend->log = &ctl->log;
	if (backend_open_store(backend, ctl->pool, err) == -1)
		return -1;
	*backend_r = backend;
	return 0;
}

const char *
storage_region(struct pool *pool, const struct conf *conf,
    const char *endpoint)
{
	const struct s3_profile *profile =
	    s3_profile_find(conf_text(conf, SET_S3_PROVIDER));

	if (conf_is_set(conf, SET_S3_REGION))
		return conf_text(conf, SET_S3_REGION);
	if (endpoint == NULL)
		endpoint = conf_text(conf, SET_S3_ENDPOINT);
	if (profile == NULL)
		profile = s3_profile_detect(pool, endpoint);
	return s3_profile_region(profile, pool, endpoint);
}

int
storage_become_owner(const struct ctl *ctl, const struct conf *conf,
    struct err *err)
{
	const char *path = conf_text(conf, SET_DATA_DIR);
	const struct passwd *owner;
	struct stat st;

	if (geteuid() != 0 || stat(path, &st) == -1 || st.st_uid == 0)
		return 0;
	owner = getpwuid(st.st_uid);
	if (owner == NULL || initgroups(owner->pw_name, st.st_gid) == -1 ||
	    setgid(st.st_gid) == -1 || setuid(st.st_uid) == -1)
		return err_set(err, ERR_DENIED,
		    "cannot become the owner of %s (user %u)", path,
		    (unsigned)st.st_uid);
	log_info(&ctl->log, "going on as %s, who owns %s", owner->pw_name,
	    path);
	return 0;
}

int
storage_check_database(struct pool *pool, const struct conf *conf,
    struct err *err)
{
	struct slice path = slice_str(settings_database_url(pool, conf));

	if (!slice_take_str(&path, "sqlite:") ||
	    access(path.data, F_OK) == 0 || errno != ENOENT)
		return 0;
	return err_set(err, ERR_NOT_FOUND, "%s is not there yet", path.data);
}

int
storage_refuse(const char *what, const struct err *err)
{
	struct pool *pool = pool_new();

	(void)fprintf(stderr, "almacenctl %s: %s\n", what,
	    storage_printable(pool, err->text));
	pool_free(&pool);
	return CTL_REFUSED;
}

const char *
storage_printable(struct pool *pool, const char *text)
{
	struct slice rest = slice_str(text);
	struct buf out;

	buf_init(&out, pool, 4 * rest.len + 1);
	while (rest.len > 0) {
		unsigned char c = (unsigned char)rest.data[0];
		size_t len = slice_utf8(rest);
		/* U+0080 to U+009F are control characters too. */
		bool is_control = c < 0x20 || c == 0x7f || len == 0 ||
		    (c == 0xc2 && (unsigned char)rest.data[1] < 0xa0);

		if (is_control)
			(void)buf_format(&out, "\\x%02x", c);
		else if (c == '\\')
			(void)buf_str(&out, "\\\\");
		else
			(void)buf_append(&out, rest.data, len);
		rest = slice_from(rest, is_control ? 1 : len);
	}
	return out.data;
}

const char *
storage_size(struct pool *pool, int64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 1024)
		return pool_format(pool, "%lld B", (long long)bytes);
	while (value >= 1024 && unit + 1 < ARRAY_COUNT(units)) {
		value /= 1024;
		unit++;
	}
	return pool_format(pool, "%.1f %s", value, units[unit]);
}

const char *
storage_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}
