/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "model/backend.h"
#include "model/schema.h"
#include "model/settings.h"
#include "store/open.h"

/* Statements are short: more only cost memory for page caches. */
enum { CONNECTIONS_MAX = 8 };

static bool
is(const struct conf *conf, enum setting id, const char *text)
{
	return strcmp(conf_text(conf, id), text) == 0;
}

static bool
has_s3_settings(const struct conf *conf)
{
	return conf_is_set(conf, SET_S3_ENDPOINT) ||
	    conf_is_set(conf, SET_S3_ACCESS_KEY) ||
	    conf_is_set(conf, SET_S3_SECRET_KEY);
}

/* STORE, with what "auto" stands for; -1 when there is nothing to go by. */
static int
choose_store(const struct conf *conf, bool *is_s3_r, struct err *err)
{
	if (!is(conf, SET_STORE, "auto")) {
		*is_s3_r = is(conf, SET_STORE, "s3");
		return 0;
	}
	*is_s3_r = has_s3_settings(conf);
	if (*is_s3_r || is(conf, SET_ENVIRONMENT, "development"))
		return 0;
	return err_set(err, ERR_INVALID,
	    "no place for files: set S3_ACCESS_KEY, S3_SECRET_KEY and (unless"
	    " it is AWS) S3_ENDPOINT, or STORE=file to keep them below"
	    " DATA_DIR");
}

static int
open_file_store(struct backend *backend, struct pool *pool, struct err *err)
{
	const struct conf *conf = backend->conf;
	const struct store_file_config config = {
		.root = pool_format(pool, "%s/objects",
		    conf_text(conf, SET_DATA_DIR)),
		.bucket = conf_text(conf, SET_S3_BUCKET),
		.public_url = settings_public_url(pool, conf),
		.public_prefixes = settings_public_prefixes(pool, conf),
	};

	return store_open_file(pool, &config, &backend->store, err);
}

static int
open_s3_store(struct backend *backend, struct pool *pool, struct err *err)
{
	const struct conf *conf = backend->conf;
	const struct store_s3_config config = {
		.endpoint = conf_text(conf, SET_S3_ENDPOINT),
		.region = conf_text(conf, SET_S3_REGION),
		.bucket = conf_text(conf, SET_S3_BUCKET),
		.access_key = conf_text(conf, SET_S3_ACCESS_KEY),
		.secret_key = conf_text(conf, SET_S3_SECRET_KEY),
		.session_token = settings_session_token(conf),
		.addressing = conf_text(conf, SET_S3_ADDRESSING),
		.public_url = settings_public_url(pool, conf),
		.is_public_url_bucket =
		    conf_bool(conf, SET_S3_PUBLIC_URL_IS_BUCKET),
		.public_prefixes = settings_public_prefixes(pool, conf),
		.checksum = conf_text(conf, SET_S3_CHECKSUM),
		.can_write_conditionally =
		    conf_bool(conf, SET_S3_CONDITIONAL_WRITE),
		.apply_policy = conf_bool(conf, SET_S3_APPLY_POLICY),
		.part_bytes = conf_number(conf, SET_S3_PART_SIZE),
		.part_concurrency =
		    (int)conf_number(conf, SET_S3_PART_CONCURRENCY),
		.connect_timeout_secs =
		    (int)conf_number(conf, SET_S3_CONNECT_TIMEOUT),
		.stall_timeout_secs =
		    (int)conf_number(conf, SET_S3_STALL_TIMEOUT),
		.budget = &backend->budget,
		.clock = backend->clock,
		.log = backend->log,
	};

	if (!conf_is_set(conf, SET_S3_ACCESS_KEY))
		return err_set(err, ERR_INVALID,
		    "the S3 store needs S3_ACCESS_KEY and S3_SECRET_KEY");
	return store_open_s3(pool, &config, &backend->store, err);
}

int
backend_open_store(struct backend *backend, struct pool *pool,
    struct err *err)
{
	const struct conf *conf = backend->conf;
	bool is_s3;

	backend->budget.temp_dir = conf_text(conf, SET_TEMP_DIR);
	backend->budget.max_bytes = conf_number(conf, SET_UPLOAD_MEMORY);
	if (choose_store(conf, &is_s3, err) == -1)
		return -1;
	return is_s3 ? open_s3_store(backend, pool, err) :
		       open_file_store(backend, pool, err);
}

int
backend_open_db(struct backend *backend, struct pool *pool, struct err *err)
{
	if (sql_open(pool, settings_database_url(pool, backend->conf),
		CONNECTIONS_MAX, &backend->db, err) == -1)
		return -1;
	return sql_migrate(backend->db, schema_migrations, SCHEMA_VERSION,
	    backend->log, err);
}

int
backend_prepare_store(struct backend *backend, struct err *err)
{
	bool created;

	if (store_prepare(backend->store, &created, err) == -1)
		return -1;
	log_info(backend->log, "[STORAGE] Bucket '%s' %s",
	    store_bucket(backend->store), created ? "created" : "exists");
	return 0;
}
