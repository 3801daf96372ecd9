/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <unistd.h>

#include "base/slice.h"
#include "model/settings.h"

#define SYSTEM_ENV_FILE "/etc/almacen/almacen.env"
#define LOCAL_ENV_FILE "./.env"

#define TEXT .type = CONF_TEXT
#define SECRET .type = CONF_TEXT, .is_secret = true
#define NUMBER(from, to) .type = CONF_NUMBER, .min = (from), .max = (to)
#define BYTES(from, to) .type = CONF_BYTES, .min = (from), .max = (to)
#define SECS(from, to) .type = CONF_SECS, .min = (from), .max = (to)
#define BOOL .type = CONF_BOOL
#define CHOICE(words) .type = CONF_CHOICE, .choices = (words)

#define DAY_SECS 86400

/*
 * The families of names (S3_*, R2_*, AWS_*) are aliases in this order; the
 * first with a value wins.
 */
/* clang-format off */
const struct conf_setting settings_table[SETTING_COUNT] = {
	[SET_ENVIRONMENT] = { { "ENVIRONMENT" }, .fallback = "production",
	    .help = "kind of installation; development permits AUTH=open",
	    CHOICE("production development") },
	[SET_AUTH] = { { "AUTH" }, .fallback = "remote_user",
	    .help = "who may enter: users of the web server's login, or all",
	    CHOICE("remote_user open") },
	[SET_SECRET_KEY] = { { "SECRET_KEY" }, .fallback = "",
	    .help = "signs cookies and forms; empty: one kept in the database",
	    SECRET },
	[SET_DEFAULT_LANGUAGE] = { { "DEFAULT_LANGUAGE" }, .fallback = "es",
	    .help = "language for clients that ask for none of ours",
	    CHOICE("es en") },
	[SET_DEFAULT_TENANT] = { { "DEFAULT_TENANT" }, .fallback = "1",
	    .help = "tenant of requests that name none",
	    NUMBER(1, INT64_MAX) },
	[SET_DATA_DIR] = { { "DATA_DIR" }, .fallback = "/var/lib/almacen",
	    .help = "folder of the SQLite database and of the file store",
	    TEXT },
	[SET_DATABASE_URL] = { { "DATABASE_URL" }, .fallback = "",
	    .help = "database; empty: sqlite:DATA_DIR/almacen.db", TEXT },
	[SET_STORE] = { { "STORE" }, .fallback = "auto",
	    .help = "where objects live; auto: s3 when its settings are there",
	    CHOICE("auto s3 file") },
	[SET_S3_ENDPOINT] = { { "S3_ENDPOINT", "R2_ENDPOINT_URL" },
	    .fallback = "", .help = "URL of the S3 server; empty: AWS", TEXT },
	[SET_S3_ACCESS_KEY] = { { "S3_ACCESS_KEY", "R2_ACCESS_KEY_ID",
	    "AWS_ACCESS_KEY_ID" }, .fallback = "",
	    .help = "access key id", TEXT },
	[SET_S3_SECRET_KEY] = { { "S3_SECRET_KEY", "R2_SECRET_ACCESS_KEY",
	    "AWS_SECRET_ACCESS_KEY" }, .fallback = "",
	    .help = "secret access key", SECRET },
	[SET_S3_SESSION_TOKEN] = { { "S3_SESSION_TOKEN", "AWS_SESSION_TOKEN" },
	    .fallback = "", .help = "token of temporary credentials", SECRET },
	[SET_S3_BUCKET] = { { "S3_BUCKET", "S3_BUCKET_NAME", "R2_BUCKET_NAME" },
	    .fallback = "uploads", .help = "bucket of all objects", TEXT },
	[SET_S3_REGION] = { { "S3_REGION", "AWS_REGION" },
	    .fallback = "us-east-1", .help = "region to sign for", TEXT },
	[SET_S3_PUBLIC_URL] = { { "S3_PUBLIC_URL", "R2_PUBLIC_DOMAIN" },
	    .fallback = "",
	    .help = "URL or domain browsers read public objects from", TEXT },
	[SET_S3_PUBLIC_URL_IS_BUCKET] = { { "S3_PUBLIC_URL_IS_BUCKET" },
	    .fallback = "false",
	    .help = "S3_PUBLIC_URL leads into the bucket: append no name", BOOL },
	[SET_S3_PUBLIC_PREFIXES] = { { "S3_PUBLIC_PREFIXES" },
	    .fallback = "products/",
	    .help = "prefixes of keys that everybody may read, or \"none\"",
	    TEXT },
	[SET_S3_ADDRESSING] = { { "S3_ADDRESSING" }, .fallback = "auto",
	    .help = "where the bucket's name stands in the URL",
	    CHOICE("auto path virtual") },
	[SET_S3_CHECKSUM] = { { "S3_CHECKSUM" }, .fallback = "sha256",
	    .help = "checksum sent with an object, besides the payload hash",
	    CHOICE("sha256 md5 none") },
	[SET_S3_CONDITIONAL_WRITE] = { { "S3_CONDITIONAL_WRITE" },
	    .fallback = "true",
	    .help = "the server honours If-None-Match: * on PUT", BOOL },
	[SET_S3_APPLY_POLICY] = { { "S3_APPLY_POLICY" }, .fallback = "false",
	    .help = "put the public-read policy on a bucket when creating it",
	    BOOL },
	[SET_S3_PART_SIZE] = { { "S3_PART_SIZE" }, .fallback = "16m",
	    .help = "larger objects travel in parts of this size",
	    BYTES(5 * MIB, 5 * GIB) },
	[SET_S3_PART_CONCURRENCY] = { { "S3_PART_CONCURRENCY" },
	    .fallback = "4", .help = "parts of one object in flight",
	    NUMBER(1, 64) },
	[SET_S3_CONNECT_TIMEOUT] = { { "S3_CONNECT_TIMEOUT" }, .fallback = "5",
	    .help = "seconds to wait for a connection", SECS(1, 300) },
	[SET_S3_STALL_TIMEOUT] = { { "S3_STALL_TIMEOUT" }, .fallback = "30",
	    .help = "seconds without progress after which we give up",
	    SECS(1, 3600) },
	[SET_PRESIGNED_URL_EXPIRY] = { { "PRESIGNED_URL_EXPIRY" },
	    .fallback = "3600", .help = "seconds a presigned URL is valid",
	    SECS(1, 7 * DAY_SECS) },
	[SET_MAX_UPLOAD_SIZE] = { { "MAX_UPLOAD_SIZE" }, .fallback = "2097152",
	    .help = "largest product image in bytes", BYTES(1, 5 * GIB) },
	[SET_MAX_BODY_SIZE] = { { "MAX_BODY_SIZE" }, .fallback = "134217728",
	    .help = "largest request body in bytes", BYTES(1024, 64 * GIB) },
	[SET_ALLOWED_IMAGE_TYPES] = { { "ALLOWED_IMAGE_TYPES" },
	    .fallback = "image/jpeg image/png image/webp image/gif",
	    .help = "media types of images", TEXT },
	[SET_ALLOWED_EXTENSIONS] = { { "ALLOWED_EXTENSIONS" },
	    .fallback = "jpg jpeg png gif webp",
	    .help = "file name extensions of images", TEXT },
	[SET_MAX_IMAGE_PIXELS] = { { "MAX_IMAGE_PIXELS" },
	    .fallback = "50000000", .help = "width times height of an image",
	    NUMBER(1, 10000000000) },
	[SET_MAX_IMAGE_FRAMES] = { { "MAX_IMAGE_FRAMES" }, .fallback = "500",
	    .help = "frames of an animated image", NUMBER(1, 1000000) },
	[SET_UPLOAD_MEMORY] = { { "UPLOAD_MEMORY" }, .fallback = "32m",
	    .help = "memory for upload bytes in one worker, files beyond",
	    BYTES(0, 64 * GIB) },
	[SET_TEMP_DIR] = { { "TEMP_DIR", "TMPDIR" }, .fallback = "/tmp",
	    .help = "folder of temporary files", TEXT },
	[SET_PENDING_EXPIRY] = { { "PENDING_EXPIRY" }, .fallback = "86400",
	    .help = "seconds an accepted file is kept while no form uses it",
	    SECS(60, 365 * DAY_SECS) },
	[SET_WORKERS] = { { "WORKERS" }, .fallback = "2",
	    .help = "worker processes; 0: serve in the first process",
	    NUMBER(0, 256) },
	[SET_THREADS] = { { "THREADS" }, .fallback = "64",
	    .help = "threads of one worker", NUMBER(1, 4096) },
	[SET_LISTEN] = { { "LISTEN" }, .fallback = "",
	    .help = "socket path or HOST:PORT; empty: the inherited socket",
	    TEXT },
	[SET_IO_TIMEOUT] = { { "IO_TIMEOUT" }, .fallback = "60",
	    .help = "seconds the web server may be silent", SECS(1, 3600) },
	[SET_MIN_RATE] = { { "MIN_RATE" }, .fallback = "500",
	    .help = "bytes per second a body must come with; 0: any",
	    NUMBER(0, 1000000000) },
	[SET_TEMPLATE_DIR] = { { "TEMPLATE_DIR" },
	    .fallback = PKGDATADIR "/templates",
	    .help = "folder of the templates", TEXT },
	[SET_STATIC_DIR] = { { "STATIC_DIR" },
	    .fallback = PKGDATADIR "/static",
	    .help = "folder of style sheets and scripts", TEXT },
	[SET_LOCALE_DIR] = { { "LOCALE_DIR" }, .fallback = LOCALEDIR,
	    .help = "folder of the message catalogues", TEXT },
	[SET_LOG_LEVEL] = { { "LOG_LEVEL" }, .fallback = "info",
	    .help = "least level that is logged",
	    CHOICE("debug info warning error") },
};
/* clang-format on */

static bool
is(const struct conf *conf, enum setting id, const char *text)
{
	return strcmp(conf_text(conf, id), text) == 0;
}

/* What no single row can say. */
/* Pages show it as a link: nothing a script could be in. */
static int
check_public_url(const struct conf *conf, struct err *err)
{
	const char *text = conf_text(conf, SET_S3_PUBLIC_URL);

	if (strstr(text, "://") == NULL ||
	    slice_has_prefix(slice_str(text), "https://") ||
	    slice_has_prefix(slice_str(text), "http://"))
		return 0;
	return err_set(err, ERR_INVALID,
	    "S3_PUBLIC_URL: \"%s\" does not start with https:// or http://",
	    text);
}

static int
check_together(const struct conf *conf, struct err *err)
{
	if (is(conf, SET_AUTH, "open") &&
	    !is(conf, SET_ENVIRONMENT, "development"))
		return err_set(err, ERR_INVALID,
		    "AUTH=open lets everybody in and is only for"
		    " ENVIRONMENT=development (ENVIRONMENT is \"%s\")",
		    conf_text(conf, SET_ENVIRONMENT));
	if (conf_is_set(conf, SET_S3_ACCESS_KEY) !=
	    conf_is_set(conf, SET_S3_SECRET_KEY))
		return err_set(err, ERR_INVALID,
		    "S3_ACCESS_KEY and S3_SECRET_KEY go together: only one of"
		    " them is set");
	if (conf_number(conf, SET_MAX_UPLOAD_SIZE) >
	    conf_number(conf, SET_MAX_BODY_SIZE))
		return err_set(err, ERR_INVALID,
		    "MAX_UPLOAD_SIZE is larger than MAX_BODY_SIZE: such a"
		    " file could never arrive");
	return 0;
}

static bool
is_development(const char *const *env)
{
	for (; env != NULL && *env != NULL; env++)
		if (strcmp(*env, "ENVIRONMENT=development") == 0)
			return true;
	return false;
}

/* The file to read when none was named, or NULL. */
static const char *
default_env_file(const char *const *env)
{
	if (access(SYSTEM_ENV_FILE, F_OK) == 0)
		return SYSTEM_ENV_FILE;
	if (is_development(env) && access(LOCAL_ENV_FILE, F_OK) == 0)
		return LOCAL_ENV_FILE;
	return NULL;
}

int
settings_load(struct pool *pool, const char *env_file,
    const char *const *env, struct conf **conf_r, struct err *err)
{
	struct conf_input input = { .table = settings_table,
		.count = SETTING_COUNT,
		.environ = env,
		.file = env_file };

	if (input.file == NULL)
		input.file = default_env_file(env);
	if (conf_load(pool, &input, conf_r, err) == -1)
		return -1;
	if (check_public_url(*conf_r, err) == -1)
		return -1;
	return check_together(*conf_r, err);
}

const char *
settings_list(struct pool *pool, const struct conf *conf, enum setting id)
{
	char *text = pool_strdup(pool, conf_text(conf, id));

	for (char *at = text; *at != '\0'; at++)
		if (*at == ',' || *at == '\t')
			*at = ' ';
	return text;
}

const char *
settings_public_prefixes(struct pool *pool, const struct conf *conf)
{
	/* An empty value would stand for the default. */
	if (is(conf, SET_S3_PUBLIC_PREFIXES, "none"))
		return "";
	return settings_list(pool, conf, SET_S3_PUBLIC_PREFIXES);
}

const char *
settings_public_url(struct pool *pool, const struct conf *conf)
{
	const char *text = conf_text(conf, SET_S3_PUBLIC_URL);

	if (*text == '\0' || strstr(text, "://") != NULL)
		return text;
	return pool_format(pool, "https://%s", text);
}

const char *
settings_session_token(const struct conf *conf)
{
	const char *token = conf_source(conf, SET_S3_SESSION_TOKEN);
	const char *key = conf_source(conf, SET_S3_ACCESS_KEY);

	if (strstr(token, "AWS_SESSION_TOKEN") != NULL &&
	    strstr(key, "AWS_ACCESS_KEY_ID") == NULL)
		return "";
	return conf_text(conf, SET_S3_SESSION_TOKEN);
}

const char *
settings_database_url(struct pool *pool, const struct conf *conf)
{
	if (conf_is_set(conf, SET_DATABASE_URL))
		return conf_text(conf, SET_DATABASE_URL);
	return pool_format(pool, "sqlite:%s/almacen.db",
	    conf_text(conf, SET_DATA_DIR));
}

enum log_level
settings_log_level(const struct conf *conf)
{
	if (is(conf, SET_LOG_LEVEL, "debug"))
		return LOG_DEBUG;
	if (is(conf, SET_LOG_LEVEL, "warning"))
		return LOG_WARNING;
	if (is(conf, SET_LOG_LEVEL, "error"))
		return LOG_ERROR;
	return LOG_INFO;
}
