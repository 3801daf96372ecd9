/*
 * Who a request is from: the one place that knows.
 *
 * The guard finds the caller before the handler runs and leaves it in
 * request->caller: by session cookie or "Authorization: Bearer alm_..."
 * (AUTH=login), by what the web server says (AUTH=remote_user; tokens too), or
 * the only user there is (AUTH=open).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_CALLER_H
#define WEB_CALLER_H

#include "http/request.h"
#include "http/route.h"
#include "model/user.h"
#include "web/app.h"

enum caller_via {
	CALLER_NOBODY,	/* of public routes: tenant_id alone is known */
	CALLER_SESSION, /* our own login page */
	CALLER_TOKEN,
	CALLER_SERVER, /* the web server's login */
	CALLER_OPEN,   /* AUTH=open */
	CALLER_SHARE   /* nobody, with a share link: its tenant is known */
};

struct caller {
	enum caller_via via;
	int64_t tenant_id;
	int64_t user_id;  /* 0: nobody */
	const char *id;	  /* user.key_id: one segment of a key; "" */
	const char *login; /* "ana@example.com"; "" */
	const char *name;  /* for showing; the login where there is none */
	enum role role;
	unsigned scopes;    /* of the token; all of them without one */
	int64_t session_id; /* of CALLER_SESSION */
	int64_t token_id;   /* of CALLER_TOKEN */
};

/* Nobody, in the default tenant. */
void caller_nobody(const struct app *app, struct caller *caller_r);
/*
 * Find out who it is; CALLER_NOBODY when nobody is logged in.  ERR_DENIED
 * for AUTH=open from beyond this machine (code "not_loopback") or by a name
 * that a stranger could have made lead here ("foreign_host"),
 * ERR_UNAUTHENTICATED (code "bad_token") for a token that is not one of ours
 * or is revoked, ERR_DENIED for a user or tenant of the web server's login that
 * is disabled.  Takes one statement of the database at most, but for a user
 * who comes for the first time.
 */
int caller_find(const struct app *app, struct request *request,
    struct caller *caller_r, struct err *err) ATTR_MUST_USE;
/* From here on the request is from a user who has just logged in. */
void caller_begin(struct request *request, const struct user *user,
    int64_t session_id);
/* By role and scopes. */
bool caller_may(const struct caller *caller, enum route_access access);
/*
 * The caller may see and change a file: his own, and an admin any of the
 * tenant.  Of another tenant's file the caller never hears (404 before this).
 */
bool caller_owns(const struct caller *caller, const char *owner);
/* For the audit log: "session/9", "token/12", "server", "open", "". */
const char *caller_via_text(struct pool *pool, const struct caller *caller);

#endif
