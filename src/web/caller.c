/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/buf.h"
#include "codec/digest.h"
#include "codec/hex.h"
#include "codec/utf8.h"
#include "model/api_token.h"
#include "model/settings.h"
#include "model/tenant.h"
#include "web/caller.h"
#include "web/login_cookie.h"

/* The one user of AUTH=open. */
#define OPEN_LOGIN "1"
#define OPEN_NAME "development"

enum {
	PLAIN_ID_MAX = 64,
	ALL_SCOPES = API_SCOPE_READ | API_SCOPE_WRITE | API_SCOPE_ADMIN
};

/* ---- the segment of keys ---- */

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '@' ||
	    c == '.';
}

/*
 * A first character that stays as it is: a dot could make "..", and "tenant_7"
 * is the segment of another tenant's keys.
 */
static bool
is_plain_start(const char *name)
{
	return is_plain(*name) && *name != '.' &&
	    !slice_has_prefix(slice_str(name), "tenant_");
}

/*
 * Plain characters as they are, any other byte as "=XX".  A long name is "=h"
 * and its hash: "h" is no hexadecimal digit.
 */
static const char *
key_safe(struct pool *pool, const char *name)
{
	uint8_t hash[SHA256_BYTES];
	struct buf id;

	buf_init(&id, pool, PLAIN_ID_MAX + 1);
	for (size_t i = 0; name[i] != '\0' && !buf_is_full(&id); i++) {
		if (i == 0 ? is_plain_start(name) : is_plain(name[i]))
			(void)buf_char(&id, name[i]);
		else
			(void)buf_format(&id, "=%02X", (unsigned char)name[i]);
	}
	if (!buf_is_full(&id) && id.len <= PLAIN_ID_MAX)
		return id.data;
	sha256(slice_str(name), hash);
	return pool_format(pool, "=h%s",
	    hex_encode(pool, slice_make(hash, sizeof(hash))));
}

/* ---- the ways to be known ---- */

static void
fill_caller(struct caller *caller, enum caller_via via,
    const struct user *user)
{
	caller->via = via;
	caller->tenant_id = user->tenant_id;
	caller->user_id = user->id;
	caller->id = user->key_id;
	caller->login = user->login;
	caller->name = *user->name == '\0' ? user->login : user->name;
	caller->role = user->role;
	caller->scopes = ALL_SCOPES;
}

static struct user_proof
make_proof(const struct request *request, struct slice secret)
{
	return (struct user_proof){ .secret = secret,
		.host = request->host,
		.now_secs = clock_now_secs(request->clock) };
}

/* "Bearer" of RFC 6750 section 2.1; empty when it is another scheme. */
static struct slice
bearer_token(const struct request *request)
{
	struct slice value =
	    slice_str(request_header(request, "Authorization"));
	struct slice scheme = slice_make(value.data, slice_find(value, ' '));

	if (!slice_eq_case(scheme, "Bearer"))
		return slice_str("");
	return slice_trim(slice_from(value, scheme.len));
}

/* What is not of our making may be for the web server's own login. */
static bool
is_for_us(const struct app *app, struct slice token)
{
	return app->auth == AUTH_LOGIN ? token.len > 0 :
	    slice_has_prefix(token, API_TOKEN_PREFIX);
}

/* The token of a request; empty when it brings none. */
static struct slice
find_token(const struct app *app, const struct request *request)
{
	struct slice token = bearer_token(request);

	/* Some hosts keep Authorization from programs. */
	if (!is_for_us(app, token))
		token = slice_trim(
		    slice_str(request_header(request, "X-Api-Key")));
	return is_for_us(app, token) ? token : slice_str("");
}

static int
find_by_token(const struct app *app, const struct request *request,
    struct slice text, struct caller *caller, struct err *err)
{
	const struct user_proof proof = make_proof(request, text);
	struct api_token token;
	struct user user;
	int found = 0;

	if (slice_has_prefix(text, API_TOKEN_PREFIX))
		found = api_token_find(app->backend.db, request->pool, &proof,
		    &token, &user, err);
	if (found == -1)
		return err_wrap(err, "token");
	if (found == 0)
		return err_set_code(err, ERR_UNAUTHENTICATED, "bad_token",
		    "the token is unknown, expired or revoked");
	fill_caller(caller, CALLER_TOKEN, &user);
	caller->scopes = token.scopes;
	caller->token_id = token.id;
	return 0;
}

static int
find_by_session(const struct app *app, const struct request *request,
    struct caller *caller, struct err *err)
{
	struct user_proof proof;
	struct session session;
	struct slice secret;
	struct user user;
	int found;

	if (!login_cookie_find(request, &secret))
		return 0;
	proof = make_proof(request, secret);
	found = session_find(app->backend.db, request->pool, &proof,
	    &app->session_terms, &session, &user, err);
	if (found == -1)
		return err_wrap(err, "session");
	if (found == 0)
		return 0;
	fill_caller(caller, CALLER_SESSION, &user);
	caller->session_id = session.id;
	return 0;
}

static int
provision(const struct app *app, const struct request *request,
    struct user *user, enum caller_via via, struct caller *caller,
    struct err *err)
{
	user->tenant_id = app->tenant_id;
	if (user_provision(app->backend.db, request->pool, user,
		request->host, clock_now_secs(request->clock), err) == -1)
		return err_wrap(err, "user");
	if (user->is_disabled)
		return err_set_code(err, ERR_DENIED, "user_disabled",
		    "this user is disabled");
	fill_caller(caller, via, user);
	return 0;
}

static bool
is_text(const char *name)
{
	struct slice rest = slice_str(name);
	int32_t c = ' ';

	if (rest.len > USER_LOGIN_MAX || !utf8_is_valid(rest))
		return false;
	while (c >= 0 && !utf8_is_control(c))
		c = utf8_take(&rest);
	return c < 0;
}

static int
find_by_server(const struct app *app, const struct request *request,
    struct caller *caller, struct err *err)
{
	struct user user = { .login = request->remote_user, .name = "" };

	if (request->remote_user == NULL)
		return 0;
	if (!is_text(user.login))
		return err_set_code(err, ERR_DENIED, "bad_remote_user",
		    "REMOTE_USER is too long or no text");
	user.key_id = key_safe(request->pool, user.login);
	(void)role_find(slice_str(conf_text(app->conf, SET_REMOTE_ROLE)),
	    &user.role);
	return provision(app, request, &user, CALLER_SERVER, caller, err);
}

static bool
is_loopback(const char *address)
{
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, address, &four) == 1)
		return ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
	if (inet_pton(AF_INET6, address, &six) != 1)
		return false;
	return IN6_IS_ADDR_LOOPBACK(&six) ||
	    (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == IN_LOOPBACKNET);
}

/* Names that no public name server has (RFC 6761, RFC 6762). */
static bool
is_local_name(const char *name)
{
	static const char *const endings[] = { ".test", ".localhost",
		".example", ".invalid", ".local", ".internal" };
	struct in_addr four;

	if (strchr(name, '.') == NULL || inet_pton(AF_INET, name, &four) == 1)
		return true; /* "localhost", "[::1]"; "127.0.0.1" */
	for (size_t i = 0; i < ARRAY_COUNT(endings); i++)
		if (slice_has_suffix(slice_str(name), endings[i]))
			return true;
	return false;
}

/* The name in BASE_URL; "" when there is none. */
static const char *
own_name(const struct app *app, struct pool *pool)
{
	const char *host =
	    strstr(settings_base_url(pool, app->conf), "://");

	if (host == NULL)
		return "";
	host += strlen("://");
	return tenant_clean_host(pool,
	    slice_dup(pool, slice_make(host, strcspn(host, "/"))));
}

/*
 * A stranger whose name leads to this machine has the browser there take us
 * for his own site (DNS rebinding), so the name must be ours.
 */
static bool
is_own_host(const struct app *app, const struct request *request)
{
	const char *name = tenant_clean_host(request->pool, request->host);

	if (*name == '\0')
		return *request->host == '\0';
	return is_local_name(name) ||
	    strcmp(name, own_name(app, request->pool)) == 0;
}

/* Behind a proxy every address is that of the proxy. */
static bool
is_forwarded(const struct request *request)
{
	return request_header(request, "X-Forwarded-For") != NULL ||
	    request_header(request, "Forwarded") != NULL;
}

/* Where nobody logs in everybody is the first user. */
static int
find_open(const struct app *app, const struct request *request,
    struct caller *caller, struct err *err)
{
	struct user user = { .login = OPEN_LOGIN,
		.key_id = OPEN_LOGIN,
		.name = OPEN_NAME,
		.role = ROLE_ADMIN };

	if (!is_loopback(request->remote_addr) || is_forwarded(request))
		return err_set_code(err, ERR_DENIED, "not_loopback",
		    "AUTH=open serves only this machine");
	if (!is_own_host(app, request))
		return err_set_code(err, ERR_DENIED, "foreign_host",
		    "AUTH=open answers to local names, and to BASE_URL");
	return provision(app, request, &user, CALLER_OPEN, caller, err);
}

void
caller_nobody(const struct app *app, struct caller *caller_r)
{
	*caller_r = (struct caller){ .via = CALLER_NOBODY,
		.tenant_id = app->tenant_id,
		.id = "",
		.login = "",
		.name = "" };
}

void
caller_begin(struct request *request, const struct user *user,
    int64_t session_id)
{
	struct caller *caller = POOL_NEW(request->pool, struct caller);

	fill_caller(caller, CALLER_SESSION, user);
	caller->session_id = session_id;
	request->caller = caller;
}

int
caller_find(const struct app *app, struct request *request,
    struct caller *caller_r, struct err *err)
{
	struct slice token;

	caller_nobody(app, caller_r);
	if (app->auth == AUTH_OPEN)
		return find_open(app, request, caller_r, err);
	/* What was sent on purpose goes before what browsers always send. */
	token = find_token(app, request);
	if (token.len > 0)
		return find_by_token(app, request, token, caller_r, err);
	if (app->auth == AUTH_LOGIN)
		return find_by_session(app, request, caller_r, err);
	if (app->auth == AUTH_REMOTE_USER)
		return find_by_server(app, request, caller_r, err);
	return 0;
}

/* ---- what a caller may do ---- */

static bool
has_scope(const struct caller *caller, enum route_access access)
{
	/* A scope holds those before it. */
	if (access == ROUTE_ADMIN)
		return caller->scopes >= API_SCOPE_ADMIN;
	if (access == ROUTE_WRITE)
		return caller->scopes >= API_SCOPE_WRITE;
	return caller->scopes >= API_SCOPE_READ;
}

bool
caller_may(const struct caller *caller, enum route_access access)
{
	if (access == ROUTE_PUBLIC)
		return true;
	if (caller->via == CALLER_NOBODY || !has_scope(caller, access))
		return false;
	switch (access) {
	case ROUTE_ADMIN:
		return caller->role == ROLE_ADMIN;
	case ROUTE_WRITE:
		return caller->role >= ROLE_EDITOR;
	case ROUTE_READ:
		return true;
	case ROUTE_SELF:
		return caller->via != CALLER_TOKEN;
	case ROUTE_PUBLIC:
		break;
	}
	return false;
}

bool
caller_owns(const struct caller *caller, const char *owner)
{
	if (caller_may(caller, ROUTE_ADMIN))
		return true;
	return caller->via != CALLER_NOBODY && *caller->id != '\0' &&
	    strcmp(caller->id, owner) == 0;
}

const char *
caller_via_text(struct pool *pool, const struct caller *caller)
{
	switch (caller->via) {
	case CALLER_NOBODY:
		break;
	case CALLER_SESSION:
		return pool_format(pool, "session/%lld",
		    (long long)caller->session_id);
	case CALLER_TOKEN:
		return pool_format(pool, "token/%lld",
		    (long long)caller->token_id);
	case CALLER_SERVER:
		return "server";
	case CALLER_OPEN:
		return "open";
	case CALLER_SHARE:
		return "share";
	}
	return "";
}
