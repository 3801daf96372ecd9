/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <unistd.h>

#include "codec/url.h"
#include "model/audit.h"
#include "model/hasher.h"
#include "model/limit.h"
#include "model/product.h"
#include "model/rules.h"
#include "model/settings.h"
#include "model/tenant.h"
#include "model/user.h"
#include "web/app.h"

enum {
	SECRET_CHARS_MIN = 32,
	OUTBOX_AT_ONCE = 100 /* after a crash there are few */
};

static int
read_auth(struct app *app, struct err *err)
{
	const char *auth = conf_text(app->conf, SET_AUTH);

	app->auth = AUTH_LOGIN;
	if (strcmp(auth, "remote_user") == 0)
		app->auth = AUTH_REMOTE_USER;
	if (strcmp(auth, "open") != 0)
		return 0;
	app->auth = AUTH_OPEN;
	if (strcmp(conf_text(app->conf, SET_ENVIRONMENT), "development") == 0)
		return 0;
	return err_set(err, ERR_INVALID,
	    "AUTH=open lets everybody in and is only for "
	    "ENVIRONMENT=development; use AUTH=login, or AUTH=remote_user "
	    "with the web server's login");
}

static int
check_secret(const struct app *app, struct err *err)
{
	const char *secret = conf_text(app->conf, SET_SECRET_KEY);

	if (*secret == '\0' || strlen(secret) >= SECRET_CHARS_MIN)
		return 0;
	return err_set(err, ERR_INVALID,
	    "SECRET_KEY has fewer than %d characters; leave it empty to let "
	    "almacen make one, or use the output of: openssl rand -hex 32",
	    SECRET_CHARS_MIN);
}

static const char *
find_image_origin(struct app *app)
{
	const char *probe =
	    store_public_url(app->backend.store, app->pool, "products/x");
	struct err err;
	struct url url;

	if (url_parse(app->pool, slice_str(probe), &url, &err) == -1)
		return "";
	return pool_format(app->pool, "%s://%s", url.scheme, url.authority);
}

const char *
app_policy(const struct app *app, struct pool *pool, const char *image_origin)
{
	return pool_format(pool,
	    "default-src 'none'; style-src 'self'; script-src 'self'; "
	    "img-src 'self'%s%s%s%s; form-action 'self'; "
	    "frame-ancestors 'none'; base-uri 'none'",
	    *app->image_origin == '\0' ? "" : " ", app->image_origin,
	    *image_origin == '\0' ? "" : " ", image_origin);
}

int
app_open(struct app *app, struct pool *pool, const struct conf *conf,
    struct err *err)
{
	*app = (struct app){ .pool = pool, .conf = conf };
	log_init(&app->log, STDERR_FILENO, settings_log_level(conf));
	if (read_auth(app, err) == -1 || check_secret(app, err) == -1)
		return -1;
	if (lang_init(conf_text(conf, SET_LOCALE_DIR), err) == -1)
		return -1;
	(void)lang_find(slice_str(conf_text(conf, SET_DEFAULT_LANGUAGE)),
	    &app->default_lang);
	app->tenant_id = conf_number(conf, SET_DEFAULT_TENANT);
	app->is_https = slice_has_prefix(
	    slice_str(settings_base_url(pool, conf)), "https://");
	app->session_terms = (struct session_terms){
		.idle_secs = conf_number(conf, SET_SESSION_IDLE),
		.max_secs = conf_number(conf, SET_SESSION_MAX)
	};
	app->body_max_bytes = conf_number(conf, SET_MAX_BODY_SIZE);
	if (tmpl_set_load(pool, conf_text(conf, SET_TEMPLATE_DIR),
		&app->templates, err) == -1)
		return err_wrap(err, "templates");
	if (static_files_load(pool, conf_text(conf, SET_STATIC_DIR),
		&app->statics, err) == -1)
		return err_wrap(err, "static files");
	return 0;
}

int
app_start(struct app *app, int uploads_max, struct err *err)
{
	app->uploads_max = uploads_max;
	app->backend = (struct backend){ .conf = app->conf,
		.clock = &app->clock,
		.log = &app->log };
	if (backend_open_db(&app->backend, app->pool, err) == -1 ||
	    backend_load_secret(&app->backend, app->pool, err) == -1 ||
	    backend_open_store(&app->backend, app->pool, err) == -1)
		return -1;
	app->secret = app->backend.secret;
	if (strcmp(conf_text(app->conf, SET_AUDIT), "on") == 0)
		app->audit = audit_new(app->pool, app->backend.db,
		    &app->clock, &app->log);
	app->hasher = hasher_new(app->pool,
	    (int)conf_number(app->conf, SET_PASSWORD_THREADS),
	    HASHER_WAIT_MS);
	app->limiter = limiter_new(app->pool,
	    settings_database_url(app->pool, app->conf), &app->clock);
	if (tenant_check(app->backend.db, app->tenant_id, err) == -1)
		return err_wrap(err, "DEFAULT_TENANT");
	if (rules_load_image(app->pool, app->conf, &app->image_rules, err) ==
	    -1)
		return -1;
	rules_load_files(app->conf, app->image_rules.sniffer, app->file_rules);
	app->image_origin = find_image_origin(app);
	app->content_security_policy = app_policy(app, app->pool, "");
	return 0;
}

struct outbox
app_outbox(const struct app *app, const struct log *log)
{
	return (struct outbox){ .db = app->backend.db,
		.store = app->backend.store,
		.clock = &app->clock,
		.log = log };
}

void
app_prepare_store(struct app *app)
{
	const struct outbox outbox = app_outbox(app, &app->log);
	struct err err = ERR_INIT;

	if (backend_prepare_store(&app->backend, &err) == -1 ||
	    outbox_run(&outbox, OUTBOX_AT_ONCE, NULL, &err) == -1)
		log_error(&app->log, "[STORAGE] %s", err.text);
}

void
app_look_for_people(struct app *app)
{
	struct err err = ERR_INIT;
	int64_t count = 0;

	if (app->auth != AUTH_LOGIN)
		return;
	if (user_count_logins(app->backend.db, app->pool, &count, &err) == -1)
		log_error(&app->log, "[AUTH] %s", err.text);
	else if (count == 0)
		log_warning(&app->log, "[AUTH] No user can log in yet:"
		    " almacenctl user add EMAIL --role admin");
}
