/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "model/backend.h"
#include "model/install.h"
#include "model/schema.h"
#include "model/settings.h"
#include "store/open.h"

static bool
is(const struct conf *conf, enum setting id, const char *text)
{
	return strcmp(conf_text(conf, id), text) == 0;
}

/*
 * Keys of any family count.  Of the other sources of credentials only what is
 * set by a name of ours: AWS_PROFILE in an administrator's shell, or the role
 * of the machine this happens to run on, is no wish to store files there.
 */
static bool
has_s3_settings(const struct conf *conf)
{
	static const enum setting own[] = { SET_S3_PROFILE,
		SET_S3_CREDENTIALS_FILE, SET_S3_ROLE_ARN,
		SET_S3_WEB_IDENTITY_TOKEN_FILE };

	for (size_t i = 0; i < ARRAY_COUNT(own); i++)
		if (settings_is_own(conf, own[i]))
			return true;
	return conf_is_set(conf, SET_S3_ENDPOINT) ||
	    conf_is_set(conf, SET_S3_ACCESS_KEY) ||
	    conf_is_set(conf, SET_S3_SECRET_KEY) ||
	    !is(conf, SET_S3_CREDENTIALS, "auto");
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
	    "no place for files: set S3_ACCESS_KEY, S3_SECRET_KEY (or"
	    " S3_CREDENTIALS) and, unless it is AWS, S3_ENDPOINT; or STORE=file"
	    " to keep them below DATA_DIR");
}

int
backend_load_secret(struct backend *backend, struct pool *pool,
    struct err *err)
{
	if (backend->secret != NULL)
		return 0;
	if (backend->db == NULL &&
	    !conf_is_set(backend->conf, SET_SECRET_KEY) &&
	    backend_open_db(backend, pool, err) == -1)
		return -1;
	return install_secret(backend->db, pool, backend->conf,
	    &backend->secret, err);
}

static int
open_file_store(struct backend *backend, struct pool *pool, struct err *err)
{
	const struct conf *conf = backend->conf;
	struct store_file_config config = {
		.root = pool_format(pool, "%s/objects",
		    conf_text(conf, SET_DATA_DIR)),
		.bucket = conf_text(conf, SET_S3_BUCKET),
		.public_url = settings_public_url(pool, conf),
		.public_prefixes = settings_public_prefixes(pool, conf),
		.previous_secret = conf_text(conf, SET_SECRET_KEY_PREVIOUS),
		.clock = backend->clock,
	};

	if (backend_load_secret(backend, pool, err) == -1)
		return -1;
	config.secret = backend->secret;
	return store_open_file(pool, &config, &backend->store, err);
}

/* How the server is, as far as settings say. */
static void
describe_server(const struct conf *conf, struct store_s3_config *config)
{
	config->provider = conf_text(conf, SET_S3_PROVIDER);
	config->endpoint = conf_text(conf, SET_S3_ENDPOINT);
	config->presign_endpoint = conf_text(conf, SET_S3_PRESIGN_ENDPOINT);
	config->region = conf_text(conf, SET_S3_REGION);
	config->addressing = conf_text(conf, SET_S3_ADDRESSING);
	config->checksum = conf_text(conf, SET_S3_CHECKSUM);
	config->conditional_write = conf_text(conf, SET_S3_CONDITIONAL_WRITE);
	config->form_post = conf_text(conf, SET_S3_FORM_POST);
	config->ca_file = conf_text(conf, SET_S3_CA_FILE);
	config->connect_timeout_secs =
	    (int)conf_number(conf, SET_S3_CONNECT_TIMEOUT);
	config->stall_timeout_secs =
	    (int)conf_number(conf, SET_S3_STALL_TIMEOUT);
	config->first_byte_timeout_secs =
	    (int)conf_number(conf, SET_S3_FIRST_BYTE_TIMEOUT);
}

static int
open_s3_store(struct backend *backend, struct pool *pool, struct err *err)
{
	const struct conf *conf = backend->conf;
	struct store_s3_config config = {
		.bucket = conf_text(conf, SET_S3_BUCKET),
		.credentials = {
		    .source = conf_text(conf, SET_S3_CREDENTIALS),
		    .access_key = conf_text(conf, SET_S3_ACCESS_KEY),
		    .secret_key = conf_text(conf, SET_S3_SECRET_KEY),
		    .session_token = settings_session_token(conf),
		    .access_key_2 = conf_text(conf, SET_S3_ACCESS_KEY_2),
		    .secret_key_2 = conf_text(conf, SET_S3_SECRET_KEY_2),
		    .credentials_file =
			conf_text(conf, SET_S3_CREDENTIALS_FILE),
		    .profile = conf_text(conf, SET_S3_PROFILE),
		    .role_arn = conf_text(conf, SET_S3_ROLE_ARN),
		    .role_session_name =
			conf_text(conf, SET_S3_ROLE_SESSION_NAME),
		    .web_identity_token_file =
			conf_text(conf, SET_S3_WEB_IDENTITY_TOKEN_FILE),
		    .sts_endpoint = conf_text(conf, SET_S3_STS_ENDPOINT),
		    .container_uri = settings_container_uri(pool, conf),
		    .container_token = conf_text(conf, SET_CONTAINER_TOKEN),
		    .container_token_file =
			conf_text(conf, SET_CONTAINER_TOKEN_FILE),
		    .metadata_endpoint =
			conf_text(conf, SET_METADATA_ENDPOINT),
		    .is_metadata_disabled =
			conf_bool(conf, SET_METADATA_DISABLED),
		},
		.public_url = settings_public_url(pool, conf),
		.is_public_url_bucket =
		    conf_bool(conf, SET_S3_PUBLIC_URL_IS_BUCKET),
		.public_prefixes = settings_public_prefixes(pool, conf),
		.apply_policy = conf_bool(conf, SET_S3_APPLY_POLICY),
		.part_bytes = conf_number(conf, SET_S3_PART_SIZE),
		.part_concurrency =
		    (int)conf_number(conf, SET_S3_PART_CONCURRENCY),
		.budget = &backend->budget,
		.attempts_max = backend->s3_attempts_max,
		.clock = backend->clock,
		.log = backend->log,
	};

	describe_server(conf, &config);
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
	int connections = (int)conf_number(backend->conf, SET_DATABASE_POOL);

	if (sql_open(pool, settings_database_url(pool, backend->conf),
		connections, &backend->db, err) == -1)
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
