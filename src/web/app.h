/*
 * The application: what is the same for every request.
 *
 * app_open() reads configuration, templates and static files, before any fork;
 * app_start() opens database, store and the content sniffer in the process
 * that serves.  After that struct app is read-only but for the counter of
 * uploads, and is shared by all threads.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_APP_H
#define WEB_APP_H

#include <stdatomic.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/lang.h"
#include "base/log.h"
#include "base/pool.h"
#include "codec/filecheck.h"
#include "model/backend.h"
#include "model/outbox.h"
#include "model/session.h"
#include "tmpl/tmpl.h"
#include "web/static_files.h"

enum app_auth {
	AUTH_LOGIN,	  /* our own login page */
	AUTH_REMOTE_USER, /* the web server's login */
	AUTH_OPEN	  /* nobody logs in: development, loopback only */
};

struct app {
	struct pool *pool; /* process lifetime */
	const struct conf *conf;
	struct clock clock;
	struct log log;
	struct tmpl_set *templates;
	struct static_files *statics;
	enum app_auth auth;
	bool is_https; /* BASE_URL says so */
	enum lang default_lang;
	int64_t tenant_id;
	const char *image_origin; /* of public pictures; "": our own */
	struct session_terms session_terms;
	const char *content_security_policy;
	int64_t body_max_bytes;

	/* Since app_start(): */
	struct backend backend;
	struct file_rules image_rules; /* of a product's picture */
	struct file_rules file_rules[FILE_KIND_COUNT]; /* of the file API */
	const char *secret; /* signs cookies and hidden fields */
	int uploads_max;    /* 0: no limit */
	_Atomic int uploads;
	struct hasher *hasher; /* of passwords */
	struct limiter *limiter;
	struct audit *audit; /* NULL: AUDIT=off */
};

/*
 * Load what the settings name.  Fails with a text an operator can act on, for
 * instance for AUTH=open outside development.
 */
int app_open(struct app *app, struct pool *pool, const struct conf *conf,
    struct err *err) ATTR_MUST_USE;
/*
 * Open database and store in the serving process.  uploads_max bounds the
 * uploads that run at once.
 */
int app_start(struct app *app, int uploads_max, struct err *err) ATTR_MUST_USE;
/*
 * The policy for pages that also show pictures from another origin,
 * "https://s3.example.com"; "" for none.
 */
const char *app_policy(const struct app *app, struct pool *pool,
    const char *image_origin);
/*
 * Check the bucket, make it when it is missing, and delete what a process
 * that was killed left in the outbox; failures are only logged.
 */
void app_prepare_store(struct app *app);
/* Where people log in by a page, and there is nobody yet: say so in the log. */
void app_look_for_people(struct app *app);
/* What must vanish from the store; failures go to a request's log. */
struct outbox app_outbox(const struct app *app, const struct log *log);

#endif
