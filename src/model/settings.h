/*
 * Every setting of almacen: one row each in settings_table, one id each here.
 * See base/conf.h for how values are found.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_SETTINGS_H
#define MODEL_SETTINGS_H

#include "base/conf.h"
#include "base/log.h"

enum setting {
	SET_ENVIRONMENT,      /* production | development */
	SET_AUTH,	      /* login | remote_user | open */
	SET_REMOTE_ROLE,      /* of users of the web server's login */
	SET_SESSION_IDLE,     /* seconds */
	SET_SESSION_MAX,      /* seconds */
	SET_PASSWORD_THREADS, /* hashes at once */
	SET_RATE_UPLOAD,      /* a minute; 0: any */
	SET_RATE_PRESIGN,
	SET_RATE_LOGIN,
	SET_AUDIT, /* on | off */
	SET_SECRET_KEY,	      /* signs cookies; "": one kept in the database */
	SET_SECRET_KEY_PREVIOUS, /* still accepted in URLs */
	SET_BASE_URL,	      /* of the application; "": as the request says */
	SET_CORS_ORIGINS, /* of other sites, which may use the file store */
	SET_DEFAULT_LANGUAGE, /* es | en */
	SET_DEFAULT_TENANT,
	SET_DATA_DIR,
	SET_DATABASE_URL, /* "": sqlite:DATA_DIR/almacen.db */
	SET_DATABASE_POOL, /* connections of one process */
	SET_STORE,	  /* auto | s3 | file */
	SET_S3_PROVIDER, /* auto | a name of s3/provider.h */
	SET_S3_ENDPOINT,
	SET_S3_PRESIGN_ENDPOINT, /* "": S3_ENDPOINT */
	SET_S3_CREDENTIALS,	 /* auto | a source of s3/credentials.h */
	SET_S3_ACCESS_KEY,
	SET_S3_SECRET_KEY,
	SET_S3_SESSION_TOKEN,
	SET_S3_ACCESS_KEY_2,
	SET_S3_SECRET_KEY_2,
	SET_S3_PROFILE,
	SET_S3_CREDENTIALS_FILE,
	SET_S3_ROLE_ARN,
	SET_S3_ROLE_SESSION_NAME,
	SET_S3_WEB_IDENTITY_TOKEN_FILE,
	SET_S3_STS_ENDPOINT, /* "": the region's */
	SET_CONTAINER_FULL_URI,
	SET_CONTAINER_RELATIVE_URI,
	SET_CONTAINER_TOKEN,
	SET_CONTAINER_TOKEN_FILE,
	SET_METADATA_ENDPOINT, /* "": the usual */
	SET_METADATA_DISABLED,
	SET_S3_BUCKET,
	SET_S3_REGION, /* "": the provider's */
	SET_S3_PUBLIC_URL,
	SET_S3_PUBLIC_URL_IS_BUCKET,
	SET_S3_PUBLIC_PREFIXES,
	SET_S3_ADDRESSING,
	SET_S3_CHECKSUM,
	SET_S3_CONDITIONAL_WRITE,
	SET_S3_FORM_POST,
	SET_S3_APPLY_POLICY,
	SET_S3_PART_SIZE,
	SET_S3_PART_CONCURRENCY,
	SET_S3_CONNECT_TIMEOUT,
	SET_S3_STALL_TIMEOUT,
	SET_S3_FIRST_BYTE_TIMEOUT,
	SET_S3_CA_FILE,
	SET_PRESIGNED_URL_EXPIRY,
	SET_MAX_UPLOAD_SIZE, /* product images, 2097152 */
	SET_MAX_FILE_SIZE,   /* of the file API */
	SET_MAX_BODY_SIZE,   /* a whole request body */
	SET_ALLOWED_IMAGE_TYPES,
	SET_ALLOWED_EXTENSIONS, /* of images */
	SET_ALLOWED_VIDEO_TYPES,
	SET_ALLOWED_AUDIO_TYPES,
	SET_ALLOWED_DOCUMENT_TYPES,
	SET_MAX_IMAGE_PIXELS,
	SET_MAX_IMAGE_FRAMES,
	SET_UPLOAD_MEMORY, /* of one worker process */
	SET_TEMP_DIR,
	SET_TRASH_RETENTION, /* seconds */
	SET_SHARE_MAX,	     /* seconds a share link may live */
	SET_SWEEP_GRACE, /* seconds before something is an orphan */
	SET_PENDING_EXPIRY, /* seconds an accepted, unused file is kept */
	SET_WORKERS,	    /* 0: serve in the first process */
	SET_THREADS,
	SET_LISTEN,
	SET_IO_TIMEOUT,
	SET_MIN_RATE, /* bytes per second of a body */
	SET_TEMPLATE_DIR,
	SET_STATIC_DIR,
	SET_LOCALE_DIR,
	SET_LOG_LEVEL,
	SETTING_COUNT
};

extern const struct conf_setting settings_table[SETTING_COUNT];

/*
 * The file that settings_load() reads, or NULL: the named one (or NULL), else
 * ALMACEN_ENV_FILE of env, else /etc/almacen/almacen.env if it is there, else
 * ./.env when ENVIRONMENT is development and it is there.
 */
const char *settings_env_file(const char *named, const char *const *env);
/*
 * Load from the environment and that file.  Settings that contradict each
 * other are refused, such as AUTH=open outside development; *conf_r is set
 * even then.
 */
int settings_load(struct pool *pool, const char *env_file,
    const char *const *env, struct conf **conf_r, struct err *err)
    ATTR_MUST_USE;

/* A list setting with single spaces where commas or tabs may stand. */
const char *settings_list(struct pool *pool, const struct conf *conf,
    enum setting id);
/* S3_PUBLIC_PREFIXES as a list; "" for "none". */
const char *settings_public_prefixes(struct pool *pool,
    const struct conf *conf);
/* S3_PUBLIC_URL with "https://" before a bare domain; "" when unset. */
const char *settings_public_url(struct pool *pool, const struct conf *conf);
/*
 * The token that belongs to the access key: AWS_SESSION_TOKEN of the
 * surroundings does not go with a key of ours.
 */
const char *settings_session_token(const struct conf *conf);
/* Set, and by a name of ours: not by a variable that other programs read. */
bool settings_is_own(const struct conf *conf, enum setting id);
/* Where the container's credentials are; "" when nothing names a place. */
const char *settings_container_uri(struct pool *pool, const struct conf *conf);
/* BASE_URL without "/" at its end; "" when unset. */
const char *settings_base_url(struct pool *pool, const struct conf *conf);
const char *settings_database_url(struct pool *pool, const struct conf *conf);
enum log_level settings_log_level(const struct conf *conf);

#endif
