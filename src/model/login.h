/*
 * One attempt to log in with email and password: may it be tried, is it right.
 *
 * Failures are counted, per minute, in buckets of
 *
 *	account and address	RATE_LOGIN	somebody guesses
 *	address			10 * RATE_LOGIN	... at many accounts
 *	account			10 * RATE_LOGIN	... from many addresses
 *
 * so that guessing at an account from all over the world would keep its owner
 * out, too.  He comes from a browser in which he logged in before: it shows a
 * device token (a signed cookie of web/, bound to the account), and with it
 * has a bucket of RATE_LOGIN for itself and none of the others.
 *
 * An attempt takes its tokens before any hashing and gets them back when it
 * was right.  Whether the account exists shows neither in the answer nor in
 * the time it takes.
 *
 *	const struct login login = { db, limiter, hasher, &clock, &log, 10 };
 *	const struct login_input input = { .email = email, ... };
 *	if (login_try(&login, pool, &input, &outcome, err) == -1)
 *		... ERR_UNAUTHENTICATED "bad_login", ERR_TOO_MANY
 *		"too_many_logins" with outcome.verdict, or ERR_UNAVAILABLE
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_LOGIN_H
#define MODEL_LOGIN_H

#include "base/clock.h"
#include "base/log.h"
#include "model/hasher.h"
#include "model/limit.h"
#include "model/user.h"

enum { LOGIN_WIDE_FACTOR = 10 };

struct login {
	struct sql *db;
	struct limiter *limiter;
	struct hasher *hasher;
	const struct clock *clock;
	const struct log *log;
	int64_t rate; /* setting RATE_LOGIN; 0: no limit */
};

struct login_input {
	const char *email, *password; /* as they came */
	const char *remote_addr;
	const char *host; /* Host of the request; may be "" */
	/* Of a device token that is valid: whose it is; else 0. */
	int64_t device_user_id;
};

struct login_outcome {
	struct user user;	      /* of a right login */
	struct limit_verdict verdict; /* of ERR_TOO_MANY: retry_secs */
};

int login_try(const struct login *login, struct pool *pool,
    const struct login_input *input, struct login_outcome *outcome_r,
    struct err *err) ATTR_MUST_USE;

/*
 * The same for somebody who is logged in and gives his password again, to
 * change it: 0, or ERR_DENIED (code "bad_password"), ERR_TOO_MANY.  Whoever
 * has stolen a session does not guess without end.
 */
int login_confirm(const struct login *login, struct pool *pool,
    const struct user *user, const char *password,
    struct limit_verdict *verdict_r, struct err *err) ATTR_MUST_USE;

#endif
