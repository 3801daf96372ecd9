/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/slice.h"
#include "codec/url.h"
#include "model/settings_private.h"

static bool
is(const struct conf *conf, enum setting id, const char *text)
{
	return strcmp(conf_text(conf, id), text) == 0;
}

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

/* Links and presigned URLs are made by appending to it. */
static int
check_base_url(struct pool *pool, const struct conf *conf, struct err *err)
{
	struct url url;

	if (!conf_is_set(conf, SET_BASE_URL))
		return 0;
	if (url_parse(pool, slice_str(conf_text(conf, SET_BASE_URL)), &url,
		err) == -1)
		return err_wrap(err, "BASE_URL");
	if (url.query[0] != '\0')
		return err_set(err, ERR_INVALID, "BASE_URL: has a query");
	return 0;
}

/* Browsers send scheme and host: anything else would never be met. */
static int
check_cors_origins(struct pool *pool, const struct conf *conf,
    struct err *err)
{
	struct slice list = slice_str(settings_list(pool, conf,
	    SET_CORS_ORIGINS));
	struct slice origin;
	struct url url;

	while (slice_next(&list, ' ', &origin)) {
		if (origin.len == 0 || slice_eq_str(origin, "*"))
			continue;
		if (url_parse(pool, origin, &url, err) == -1)
			return err_wrap(err, "CORS_ORIGINS: \"%.*s\"",
			    SLICE_ARG(origin));
		if (url.path[0] != '\0' || url.query[0] != '\0')
			return err_set(err, ERR_INVALID,
			    "CORS_ORIGINS: an origin ends with its host or"
			    " port: %s://%s", url.scheme, url.authority);
	}
	return 0;
}

/* Both or none, and no second pair without a first. */
static int
check_keys(const struct conf *conf, struct err *err)
{
	bool has_first = conf_is_set(conf, SET_S3_ACCESS_KEY);
	bool has_second = conf_is_set(conf, SET_S3_ACCESS_KEY_2);

	if (has_first != conf_is_set(conf, SET_S3_SECRET_KEY))
		return err_set(err, ERR_INVALID,
		    "S3_ACCESS_KEY and S3_SECRET_KEY go together: only one of"
		    " them is set");
	if (has_second != conf_is_set(conf, SET_S3_SECRET_KEY_2))
		return err_set(err, ERR_INVALID,
		    "S3_ACCESS_KEY_2 and S3_SECRET_KEY_2 go together: only one"
		    " of them is set");
	if (has_second && !has_first)
		return err_set(err, ERR_INVALID,
		    "S3_ACCESS_KEY_2 is the second pair: S3_ACCESS_KEY is not"
		    " set");
	return 0;
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
	if (conf_number(conf, SET_MAX_UPLOAD_SIZE) >
	    conf_number(conf, SET_MAX_BODY_SIZE))
		return err_set(err, ERR_INVALID,
		    "MAX_UPLOAD_SIZE is larger than MAX_BODY_SIZE: such a"
		    " file could never arrive");
	return check_keys(conf, err);
}

int
settings_check(struct pool *pool, const struct conf *conf, struct err *err)
{
	if (check_public_url(conf, err) == -1 ||
	    check_base_url(pool, conf, err) == -1 ||
	    check_cors_origins(pool, conf, err) == -1)
		return -1;
	return check_together(conf, err);
}
