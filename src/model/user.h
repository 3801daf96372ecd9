/*
 * Users: people of one tenant, with one role there.
 *
 * Two realms.  "password": the login is an email address, unique in the whole
 * installation, kept in lower case.  "server": the login is what the web
 * server's own login calls somebody (or the one user of AUTH=open), unique in
 * its tenant; such a row appears when somebody comes for the first time.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_USER_H
#define MODEL_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "sql/sql.h"

enum {
	USER_LOGIN_MAX = 254, /* bytes of an email address, RFC 5321 */
	USER_NAME_MAX = 100,  /* characters */
	USER_KEY_MAX = 66     /* bytes of a key id */
};

/* Each may what those before it may. */
enum role { ROLE_VIEWER, ROLE_EDITOR, ROLE_ADMIN, ROLE_COUNT };
const char *role_name(enum role role);
bool role_find(struct slice name, enum role *role_r);

struct user {
	int64_t id; /* random, below 2^53 */
	int64_t tenant_id;
	bool has_password_realm; /* else the web server's */
	const char *login;
	/*
	 * One segment of a key: the id in decimal, or the name of the web
	 * server's login made safe.  No two of a tenant have the same.
	 */
	const char *key_id;
	const char *name; /* for showing; may be "" */
	enum role role;
	bool is_disabled;
	bool is_tenant_disabled; /* read only: it is the tenant's */
	int64_t created_secs, password_secs;
	int64_t avatar_file_id; /* 0: none */
	const char *password; /* as of codec/password.h; "": none */
};

/*
 * What a request brings to be known by.  Where the host is that of another
 * tenant than the user's, nobody is known.
 */
struct user_proof {
	struct slice secret; /* of a session's cookie, or a token's text */
	const char *host;    /* Host of the request, as it came; may be "" */
	int64_t now_secs;
};

/*
 * A name as people give it: so many characters at most, none that controls a
 * terminal or turns the text around it.
 */
bool user_is_name(const char *text, size_t chars_max);
/* An email address as it is kept; ERR_INVALID (code "bad_email"). */
int user_clean_email(struct pool *pool, struct slice text,
    const char **email_r, struct err *err) ATTR_MUST_USE;

/*
 * Insert; fills user->id, and user->key_id where that is NULL.  ERR_CONFLICT
 * (code "login_taken").
 */
int user_insert(struct sql *db, struct pool *pool, struct user *user,
    struct err *err) ATTR_MUST_USE;
/* 1 found, 0 absent, -1.  Disabled ones are found too. */
int user_load(struct sql *db, struct pool *pool, int64_t id,
    struct user *user_r, struct err *err) ATTR_MUST_USE;
int user_find_key(struct sql *db, struct pool *pool, int64_t tenant_id,
    const char *key_id, struct user *user_r, struct err *err) ATTR_MUST_USE;
int user_find_email(struct sql *db, struct pool *pool, const char *email,
    struct user *user_r, struct err *err) ATTR_MUST_USE;
/*
 * The user of the web server's login with user->login and user->key_id, in
 * the tenant of the host, or else in user->tenant_id; inserted with user->role
 * and user->name when he comes for the first time.  *user is then complete.
 * ERR_DENIED (code "tenant_disabled").
 */
int user_provision(struct sql *db, struct pool *pool, struct user *user,
    const char *host, int64_t now_secs, struct err *err) ATTR_MUST_USE;
/* How many can log in with a password. */
int user_count_logins(struct sql *db, struct pool *pool, int64_t *count_r,
    struct err *err) ATTR_MUST_USE;
/* All of a tenant (0: of all) by login; *users_r is an array of *count_r. */
int user_list(struct sql *db, struct pool *pool, int64_t tenant_id,
    struct user **users_r, size_t *count_r, struct err *err) ATTR_MUST_USE;
/*
 * Change name, role and is_disabled; his picture is set by model/avatar.h.
 * Whoever is disabled has no sessions any more.  ERR_NOT_FOUND when there is
 * no such user.
 */
int user_update(struct sql *db, const struct user *user, struct err *err)
    ATTR_MUST_USE;
/*
 * A new hash.  Ends all sessions but keep_session_id (0: none is kept).
 */
int user_set_password(struct sql *db, int64_t id, const char *password,
    int64_t keep_session_id, int64_t now_secs, struct err *err) ATTR_MUST_USE;
/*
 * Another hash of the password that user->password is a hash of; nothing
 * happens when it was changed in between.
 */
int user_renew_password(struct sql *db, const struct user *user,
    const char *password, struct err *err) ATTR_MUST_USE;

#endif
