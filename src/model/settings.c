/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <unistd.h>

#include "base/slice.h"
#include "model/settings_private.h"

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
	[SET_AUTH] = { { "AUTH" }, .fallback = "login",
	    .help = "who may enter: people with a password (login), users of"
		" the web server's login (remote_user), or all (open)",
	    CHOICE("login remote_user open") },
	[SET_REMOTE_ROLE] = { { "REMOTE_ROLE" }, .fallback = "editor",
	    .help = "role that a user of the web server's login has when he"
		" comes for the first time", CHOICE("viewer editor admin") },
	[SET_SESSION_IDLE] = { { "SESSION_IDLE" }, .fallback = "43200",
	    .help = "seconds after which an idle login ends",
	    SECS(60, 365 * DAY_SECS) },
	[SET_SESSION_MAX] = { { "SESSION_MAX" }, .fallback = "2592000",
	    .help = "seconds after which any login ends",
	    SECS(60, 365 * DAY_SECS) },
	[SET_PASSWORD_THREADS] = { { "PASSWORD_THREADS" }, .fallback = "2",
	    .help = "passwords that one worker checks at once",
	    NUMBER(1, 64) },
	[SET_RATE_UPLOAD] = { { "RATE_UPLOAD" }, .fallback = "120",
	    .help = "uploads a minute of one user, a form with several files being"
		" one; 0: any number",
	    NUMBER(0, 1000000) },
	[SET_RATE_PRESIGN] = { { "RATE_PRESIGN" }, .fallback = "300",
	    .help = "presigned URLs a minute for one user; 0: any number",
	    NUMBER(0, 1000000) },
	[SET_RATE_LOGIN] = { { "RATE_LOGIN" }, .fallback = "10",
	    .help = "wrong passwords a minute for one account from one"
		" address; 0: any number", NUMBER(0, 1000000) },
	[SET_AUDIT] = { { "AUDIT" }, .fallback = "on",
	    .help = "keep the audit log", CHOICE("on off") },
	[SET_SECRET_KEY] = { { "SECRET_KEY" }, .fallback = "",
	    .help = "signs cookies and forms; empty: one kept in the database",
	    SECRET },
	[SET_SECRET_KEY_PREVIOUS] = { { "SECRET_KEY_PREVIOUS" },
	    .fallback = "",
	    .help = "SECRET_KEY before it was changed: URLs of the file store"
		" that it signed stay valid", SECRET },
	[SET_BASE_URL] = { { "BASE_URL" }, .fallback = "",
	    .help = "URL of the application as browsers see it;"
		" empty: as each request says", TEXT },
	[SET_CORS_ORIGINS] = { { "CORS_ORIGINS" }, .fallback = "",
	    .help = "origins (https://HOST) of other sites whose scripts may"
		" use URLs of the file store, or \"*\" for all", TEXT },
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
	    .help = "database, sqlite:/PATH or postgresql://...; empty:"
		" sqlite:DATA_DIR/almacen.db", SECRET },
	[SET_DATABASE_POOL] = { { "DATABASE_POOL" }, .fallback = "8",
	    .help = "database connections of one worker", NUMBER(1, 64) },
	[SET_STORE] = { { "STORE" }, .fallback = "auto",
	    .help = "where objects live; auto: s3 when S3_ENDPOINT, keys,"
		" S3_CREDENTIALS, S3_PROFILE or S3_CREDENTIALS_FILE are set"
		" (variables of other programs, such as AWS_PROFILE or"
		" AWS_ROLE_ARN, do not choose it)",
	    CHOICE("auto s3 file") },
	[SET_S3_PROVIDER] = { { "S3_PROVIDER" }, .fallback = "auto",
	    .help = "what the S3 server is; auto: told by S3_ENDPOINT",
	    CHOICE("auto aws r2 minio spaces ceph b2 swift generic") },
	[SET_S3_ENDPOINT] = { { "S3_ENDPOINT", "R2_ENDPOINT_URL" },
	    .fallback = "", .help = "URL of the S3 server; empty: AWS", TEXT },
	[SET_S3_PRESIGN_ENDPOINT] = { { "S3_PRESIGN_ENDPOINT" },
	    .fallback = "", .help = "URL of the S3 server that browsers reach,"
		" for presigned URLs; empty: S3_ENDPOINT", TEXT },
	[SET_S3_CREDENTIALS] = { { "S3_CREDENTIALS" }, .fallback = "auto",
	    .help = "where the keys come from; auto: the first of them that"
		" is configured, and instance only for AWS itself",
	    CHOICE("auto static profile web_identity container instance") },
	[SET_S3_ACCESS_KEY] = { { "S3_ACCESS_KEY", "R2_ACCESS_KEY_ID",
	    "AWS_ACCESS_KEY_ID" }, .fallback = "",
	    .help = "access key id", TEXT },
	[SET_S3_SECRET_KEY] = { { "S3_SECRET_KEY", "R2_SECRET_ACCESS_KEY",
	    "AWS_SECRET_ACCESS_KEY" }, .fallback = "",
	    .help = "secret access key", SECRET },
	[SET_S3_SESSION_TOKEN] = { { "S3_SESSION_TOKEN", "AWS_SESSION_TOKEN" },
	    .fallback = "", .help = "token of temporary credentials", SECRET },
	[SET_S3_ACCESS_KEY_2] = { { "S3_ACCESS_KEY_2" }, .fallback = "",
	    .help = "second key pair, used when the server refuses the first:"
		" for rotation", TEXT },
	[SET_S3_SECRET_KEY_2] = { { "S3_SECRET_KEY_2" }, .fallback = "",
	    .help = "secret of the second key pair", SECRET },
	[SET_S3_PROFILE] = { { "S3_PROFILE", "AWS_PROFILE" }, .fallback = "",
	    .help = "profile in the credentials file; empty: default", TEXT },
	[SET_S3_CREDENTIALS_FILE] = { { "S3_CREDENTIALS_FILE",
	    "AWS_SHARED_CREDENTIALS_FILE" }, .fallback = "",
	    .help = "file of [profiles] with keys, read again when it changes",
	    TEXT },
	[SET_S3_ROLE_ARN] = { { "S3_ROLE_ARN", "AWS_ROLE_ARN" },
	    .fallback = "", .help = "role to assume with a web identity",
	    TEXT },
	[SET_S3_ROLE_SESSION_NAME] = { { "S3_ROLE_SESSION_NAME",
	    "AWS_ROLE_SESSION_NAME" }, .fallback = "almacen",
	    .help = "name of that session in the provider's logs", TEXT },
	[SET_S3_WEB_IDENTITY_TOKEN_FILE] = { { "S3_WEB_IDENTITY_TOKEN_FILE",
	    "AWS_WEB_IDENTITY_TOKEN_FILE" }, .fallback = "",
	    .help = "file with the token of the web identity, read each time",
	    TEXT },
	[SET_S3_STS_ENDPOINT] = { { "S3_STS_ENDPOINT",
	    "AWS_ENDPOINT_URL_STS" }, .fallback = "",
	    .help = "URL of the STS server; empty: AWS in the region", TEXT },
	[SET_CONTAINER_FULL_URI] = { { "AWS_CONTAINER_CREDENTIALS_FULL_URI" },
	    .fallback = "",
	    .help = "URL of the credentials beside a container; https, or on"
		" this machine or its link-local addresses", TEXT },
	[SET_CONTAINER_RELATIVE_URI] = {
	    { "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" }, .fallback = "",
	    .help = "the same, as a path on 169.254.170.2; goes first",
	    TEXT },
	[SET_CONTAINER_TOKEN] = { { "AWS_CONTAINER_AUTHORIZATION_TOKEN" },
	    .fallback = "", .help = "token for the container's credentials",
	    SECRET },
	[SET_CONTAINER_TOKEN_FILE] = {
	    { "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE" }, .fallback = "",
	    .help = "file with that token, read each time; goes first",
	    TEXT },
	[SET_METADATA_ENDPOINT] = { { "AWS_EC2_METADATA_SERVICE_ENDPOINT" },
	    .fallback = "", .help = "URL of the instance's metadata service;"
		" empty: http://169.254.169.254", TEXT },
	[SET_METADATA_DISABLED] = { { "AWS_EC2_METADATA_DISABLED" },
	    .fallback = "false",
	    .help = "never ask the instance's metadata service", BOOL },
	[SET_S3_BUCKET] = { { "S3_BUCKET", "S3_BUCKET_NAME", "R2_BUCKET_NAME" },
	    .fallback = "uploads", .help = "bucket of all objects", TEXT },
	[SET_S3_REGION] = { { "S3_REGION", "AWS_REGION" },
	    .fallback = "", .help = "region to sign for; empty: the provider's,"
		" else us-east-1", TEXT },
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
	[SET_S3_CHECKSUM] = { { "S3_CHECKSUM" }, .fallback = "auto",
	    .help = "checksum sent with an object, besides the payload hash;"
		" auto: what the provider takes",
	    CHOICE("auto sha256 md5 none") },
	[SET_S3_CONDITIONAL_WRITE] = { { "S3_CONDITIONAL_WRITE" },
	    .fallback = "auto",
	    .help = "the server honours If-None-Match: * on PUT;"
		" auto: as its provider does", CHOICE("auto true false") },
	[SET_S3_FORM_POST] = { { "S3_FORM_POST" }, .fallback = "auto",
	    .help = "the server takes uploads of HTML forms (POST Object);"
		" auto: as its provider does", CHOICE("auto true false") },
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
	[SET_S3_FIRST_BYTE_TIMEOUT] = { { "S3_FIRST_BYTE_TIMEOUT" },
	    .fallback = "60", .help = "seconds to wait for an answer to begin",
	    SECS(1, 3600) },
	[SET_S3_CA_FILE] = { { "S3_CA_FILE" }, .fallback = "",
	    .help = "certificates (PEM) the S3 server is trusted by; empty:"
		" the system's", TEXT },
	[SET_PRESIGNED_URL_EXPIRY] = { { "PRESIGNED_URL_EXPIRY" },
	    .fallback = "3600", .help = "seconds a presigned URL is valid",
	    SECS(1, 7 * DAY_SECS) },
	[SET_MAX_UPLOAD_SIZE] = { { "MAX_UPLOAD_SIZE" }, .fallback = "2097152",
	    .help = "largest product image in bytes", BYTES(1, 5 * GIB) },
	[SET_MAX_FILE_SIZE] = { { "MAX_FILE_SIZE" }, .fallback = "104857600",
	    .help = "largest file of the file API in bytes",
	    BYTES(1, 5 * GIB) },
	[SET_MAX_BODY_SIZE] = { { "MAX_BODY_SIZE" }, .fallback = "134217728",
	    .help = "largest request body in bytes", BYTES(1024, 64 * GIB) },
	[SET_ALLOWED_IMAGE_TYPES] = { { "ALLOWED_IMAGE_TYPES" },
	    .fallback = "image/jpeg image/png image/webp image/gif",
	    .help = "media types of images", TEXT },
	[SET_ALLOWED_EXTENSIONS] = { { "ALLOWED_EXTENSIONS" },
	    .fallback = "jpg jpeg png gif webp",
	    .help = "file name extensions of images", TEXT },
	[SET_ALLOWED_VIDEO_TYPES] = { { "ALLOWED_VIDEO_TYPES" },
	    .fallback = "video/mp4 video/webm video/avi video/mov video/wmv",
	    .help = "media types of videos", TEXT },
	[SET_ALLOWED_AUDIO_TYPES] = { { "ALLOWED_AUDIO_TYPES" },
	    .fallback = "audio/mpeg audio/mp4 audio/aac audio/ogg audio/wav"
		" audio/flac audio/webm",
	    .help = "media types of sound", TEXT },
	[SET_ALLOWED_DOCUMENT_TYPES] = { { "ALLOWED_DOCUMENT_TYPES" },
	    .fallback = "application/pdf text/plain"
		" application/vnd.openxmlformats-officedocument"
		".wordprocessingml.document"
		" application/vnd.openxmlformats-officedocument"
		".spreadsheetml.sheet"
		" application/vnd.openxmlformats-officedocument"
		".presentationml.presentation"
		" application/vnd.oasis.opendocument.text"
		" application/vnd.oasis.opendocument.spreadsheet"
		" application/vnd.oasis.opendocument.presentation",
	    .help = "media types of documents", TEXT },
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
	[SET_TRASH_RETENTION] = { { "TRASH_RETENTION" },
	    .fallback = "2592000",
	    .help = "seconds a deleted file can be restored",
	    SECS(0, 3650 * (int64_t)DAY_SECS) },
	[SET_SHARE_MAX] = { { "SHARE_MAX" }, .fallback = "2592000",
	    .help = "seconds a share link may be valid",
	    SECS(60, 365 * DAY_SECS) },
	[SET_SWEEP_GRACE] = { { "SWEEP_GRACE" }, .fallback = "86400",
	    .help = "seconds before the sweeper takes a thing for an orphan",
	    SECS(60, 365 * DAY_SECS) },
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

/* "" when it is not there. */
static const char *
find_variable(const char *const *env, const char *name)
{
	size_t len = strlen(name);

	for (; env != NULL && *env != NULL; env++)
		if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
			return *env + len + 1;
	return "";
}

const char *
settings_env_file(const char *named, const char *const *env)
{
	const char *variable = find_variable(env, "ALMACEN_ENV_FILE");

	if (named != NULL)
		return named;
	if (*variable != '\0')
		return variable;
	if (access(SYSTEM_ENV_FILE, F_OK) == 0)
		return SYSTEM_ENV_FILE;
	if (strcmp(find_variable(env, "ENVIRONMENT"), "development") == 0 &&
	    access(LOCAL_ENV_FILE, F_OK) == 0)
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
		.file = settings_env_file(env_file, env) };

	if (conf_load(pool, &input, conf_r, err) == -1)
		return -1;
	return settings_check(pool, *conf_r, err);
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

/* A source ends in the name: "environment NAME", "FILE line 3 (NAME)". */
bool
settings_is_own(const struct conf *conf, enum setting id)
{
	const char *source = conf_source(conf, id);
	size_t at = strlen(source);

	while (at > 0 && source[at - 1] != ' ' && source[at - 1] != '(')
		at--;
	return conf_is_set(conf, id) &&
	    !slice_has_prefix(slice_str(source + at), "AWS_");
}

const char *
settings_container_uri(struct pool *pool, const struct conf *conf)
{
	const char *path = conf_text(conf, SET_CONTAINER_RELATIVE_URI);

	if (path[0] == '\0')
		return conf_text(conf, SET_CONTAINER_FULL_URI);
	return pool_format(pool, "http://169.254.170.2%s%s",
	    path[0] == '/' ? "" : "/", path);
}

const char *
settings_base_url(struct pool *pool, const struct conf *conf)
{
	struct slice url = slice_str(conf_text(conf, SET_BASE_URL));

	while (slice_has_suffix(url, "/"))
		url.len--;
	return slice_dup(pool, url);
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
