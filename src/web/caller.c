/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/buf.h"
#include "codec/digest.h"
#include "codec/hex.h"
#include "web/caller.h"

enum { PLAIN_ID_MAX = 64 };

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '@' ||
	    c == '.';
}

/*
 * Plain characters as they are, any other byte as "=XX", and so a dot in
 * front, which could make "..".  A long name is "=h" and its hash: "h" is no
 * hexadecimal digit.
 */
static const char *
key_safe(struct pool *pool, const char *name)
{
	uint8_t hash[SHA256_BYTES];
	struct buf id;

	buf_init(&id, pool, PLAIN_ID_MAX + 1);
	for (size_t i = 0; name[i] != '\0' && !buf_is_full(&id); i++) {
		if (is_plain(name[i]) && (i > 0 || name[i] != '.'))
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

int
caller_find(const struct app *app, struct request *request,
    struct caller *caller_r, struct err *err)
{
	*caller_r = (struct caller){ .via = CALLER_NOBODY,
		.tenant_id = app->tenant_id,
		.id = "",
		.login = "",
		.name = "" };
	if (app->auth == AUTH_OPEN && !is_loopback(request->remote_addr))
		return err_set_code(err, ERR_DENIED, "not_loopback",
		    "AUTH=open serves only this machine");
	if (app->auth == AUTH_OPEN) {
		/* Where nobody logs in everybody is the first user. */
		caller_r->via = CALLER_OPEN;
		caller_r->id = "1";
		caller_r->role = ROLE_ADMIN;
	} else if (app->auth == AUTH_REMOTE_USER &&
	    request->remote_user != NULL) {
		caller_r->via = CALLER_SERVER;
		caller_r->id = key_safe(request->pool, request->remote_user);
		caller_r->login = request->remote_user;
		caller_r->name = request->remote_user;
		caller_r->role = ROLE_EDITOR;
	}
	return 0;
}

bool
caller_may(const struct caller *caller, enum route_access access)
{
	switch (access) {
	case ROUTE_ADMIN:
		return caller->role == ROLE_ADMIN;
	case ROUTE_WRITE:
		return caller->role >= ROLE_EDITOR;
	case ROUTE_READ:
	case ROUTE_SELF:
		return caller->via != CALLER_NOBODY;
	case ROUTE_PUBLIC:
		return true;
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
