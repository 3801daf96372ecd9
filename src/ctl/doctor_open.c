/*
 * Doctor: settings, and the store they name, with deadlines of its own.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/rand.h"
#include "codec/url.h"
#include "ctl/doctor.h"
#include "ctl/storage.h"

enum {
	KEY_RANDOM_BYTES = 8,
	PREFIX_BYTES_MAX = 512,
	SETTINGS_ADDED = 4,
	ATTEMPTS = 2
};

int
doctor_secs(const struct doctor *doctor, enum setting id, int max)
{
	int64_t secs = conf_number(doctor->conf, id);

	return secs < max ? (int)secs : max;
}

static const char *
at_most(struct doctor *doctor, const char *name, enum setting id, int max)
{
	return pool_format(doctor->pool, "%s=%d", name,
	    doctor_secs(doctor, id, max));
}

/* The environment with settings before it; the first of a name counts. */
static const char *const *
extend_environ(struct doctor *doctor, const char *setting)
{
	const char *const *environ = doctor->ctl->environ;
	const char **extended;
	size_t count = 0, added = 0;

	while (environ[count] != NULL)
		count++;
	extended = pool_alloc_array(doctor->pool, count + SETTINGS_ADDED + 1,
	    sizeof(*extended));
	if (setting != NULL)
		extended[added++] = setting;
	extended[added++] = at_most(doctor, "S3_CONNECT_TIMEOUT",
	    SET_S3_CONNECT_TIMEOUT, DOCTOR_CONNECT_SECS);
	extended[added++] = at_most(doctor, "S3_STALL_TIMEOUT",
	    SET_S3_STALL_TIMEOUT, DOCTOR_ANSWER_SECS);
	extended[added++] = at_most(doctor, "S3_FIRST_BYTE_TIMEOUT",
	    SET_S3_FIRST_BYTE_TIMEOUT, DOCTOR_ANSWER_SECS);
	for (size_t i = 0; i < count; i++)
		extended[added++] = environ[i];
	return extended;
}

int
doctor_open_store(struct doctor *doctor, const char *setting,
    struct backend **backend_r, struct err *err)
{
	struct ctl *ctl = doctor->ctl;
	struct backend *backend = POOL_NEW(ctl->pool, struct backend);
	struct conf *conf;

	if (settings_load(ctl->pool, ctl->env_file,
		extend_environ(doctor, setting), &conf, err) == -1)
		return -1;
	*backend = *doctor->backend;
	backend->conf = conf;
	backend->s3_attempts_max = ATTEMPTS;
	/* A database is not made here: it might be somebody else's then. */
	if (backend->db == NULL && !conf_is_set(conf, SET_SECRET_KEY))
		backend->secret = "";
	if (backend_open_store(backend, ctl->pool, err) == -1)
		return -1;
	*backend_r = backend;
	return 0;
}

static const char *
public_key(struct doctor *doctor, const char *name)
{
	struct slice rest =
	    slice_str(settings_public_prefixes(doctor->pool, doctor->conf));
	struct slice prefix;

	while (slice_next(&rest, ' ', &prefix))
		if (prefix.len > 0 && prefix.len < PREFIX_BYTES_MAX)
			return pool_format(doctor->pool, "%.*sdoctor/%s",
			    SLICE_ARG(prefix), name);
	return NULL;
}

/* "https://host" of a URL, as browsers write origins. */
static const char *
origin_of(struct pool *pool, const char *text)
{
	struct err ignored = ERR_INIT;
	struct url url;

	if (text[0] == '\0' ||
	    url_parse(pool, slice_str(text), &url, &ignored) == -1)
		return "";
	return pool_format(pool, "%s://%s", url.scheme, url.authority);
}

void
doctor_prepare(struct doctor *doctor, const char *origin)
{
	struct ctl *ctl = doctor->ctl;
	struct pool *pool = doctor->pool;
	const char *name = rand_hex(pool, KEY_RANDOM_BYTES);
	struct conf *conf;

	if (settings_load(pool, ctl->env_file, ctl->environ, &conf,
		&doctor->settings_err) == -1 ||
	    storage_become_owner(ctl, conf, &doctor->settings_err) == -1)
		return;
	doctor->conf = conf;
	doctor->backend = POOL_NEW(pool, struct backend);
	doctor->backend->conf = conf;
	doctor->backend->clock = ctl->clock;
	doctor->backend->log = &ctl->log;
	doctor->fetcher = fetcher_new(pool);
	doctor->base_url = settings_base_url(pool, conf);
	doctor->origin = origin != NULL ? origin :
					  origin_of(pool, doctor->base_url);
	doctor->key = pool_format(pool, "temp/doctor/%s", name);
	doctor->public_key = public_key(doctor, name);
}
