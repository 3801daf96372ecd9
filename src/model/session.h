/*
 * Sessions of people who logged in by a page.
 *
 * The cookie holds 128 random bits in hexadecimal; the database holds their
 * SHA-256 only.  A session ends when it was idle too long, at its absolute
 * end, at logout, when the password changes and when its user is disabled.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_SESSION_H
#define MODEL_SESSION_H

#include "model/user.h"

enum {
	SESSION_SECRET_CHARS = 32,
	SESSION_TOUCH_SECS = 60, /* seen_secs is not exacter than this */
	SESSION_AGENT_MAX = 200, /* bytes of User-Agent that are kept */
	SESSIONS_MAX = 100	 /* of a user; the least seen end first */
};

struct session {
	int64_t id; /* random; names it in pages, opens nothing */
	int64_t user_id;
	int64_t created_secs, seen_secs;
	int64_t expires_secs; /* the absolute end */
	const char *remote_addr, *user_agent;
	/* Of session_begin(): the hash the password was held against. */
	const char *password; /* NULL: without a password */
};

/* Settings SESSION_IDLE and SESSION_MAX. */
struct session_terms {
	int64_t idle_secs, max_secs;
};

/*
 * Begin one for session->user_id, remote_addr, user_agent and password; fills
 * the rest.  *secret_r is what goes into the cookie.  ERR_UNAUTHENTICATED when
 * the user is gone or disabled by now, or has another password: what ends all
 * sessions ends those, too, that are about to begin.
 */
int session_begin(struct sql *db, struct pool *pool, struct session *session,
    const struct session_terms *terms, int64_t now_secs,
    const char **secret_r, struct err *err) ATTR_MUST_USE;
/*
 * The living session of a cookie and its user, who is not disabled (nor his
 * tenant): 1, 0 or -1.  Notes that it was seen.
 */
int session_find(struct sql *db, struct pool *pool,
    const struct user_proof *proof, const struct session_terms *terms,
    struct session *session_r, struct user *user_r, struct err *err)
    ATTR_MUST_USE;
/* The living ones of a user, the latest seen first. */
int session_list(struct sql *db, struct pool *pool, int64_t user_id,
    const struct session_terms *terms, int64_t now_secs,
    struct session **sessions_r, size_t *count_r, struct err *err)
    ATTR_MUST_USE;
/* End one of a user's; ERR_NOT_FOUND when he has none of that id. */
int session_end(struct sql *db, int64_t user_id, int64_t id, struct err *err)
    ATTR_MUST_USE;
/* End all of a user's but one (0: all). */
int session_end_others(struct sql *db, int64_t user_id, int64_t keep_id,
    struct err *err) ATTR_MUST_USE;
/* Forget those that are over; for the sweeper. */
int session_purge(struct sql *db, const struct session_terms *terms,
    int64_t now_secs, struct err *err) ATTR_MUST_USE;

#endif
