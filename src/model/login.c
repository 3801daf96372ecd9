/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "codec/password.h"
#include "model/login.h"
#include "model/tenant.h"

enum { PER_SECS = 60, BUCKETS_MAX = 3 };

struct attempt {
	const struct login *login;
	struct pool *pool;
	/* In the pool: a verdict that goes out names one of them. */
	const struct limit_rule *narrow, *wide;
	/* The first is the attempt's own: a right login fills it up. */
	struct limit_bucket buckets[BUCKETS_MAX];
	size_t bucket_count;
	struct user user; /* .id 0: nobody who may log in here */
	const char *hash; /* "": of nobody */
	bool is_trusted;
};

static const struct limit_rule *
make_rule(struct pool *pool, int64_t burst)
{
	struct limit_rule *rule = POOL_NEW(pool, struct limit_rule);

	*rule = (struct limit_rule){ "login", burst, PER_SECS };
	return rule;
}

static struct attempt
begin(const struct login *login, struct pool *pool)
{
	return (struct attempt){ .login = login,
		.pool = pool,
		.narrow = make_rule(pool, login->rate),
		.wide = make_rule(pool, LOGIN_WIDE_FACTOR * login->rate),
		.hash = "" };
}

/* ---- the account ---- */

/* Whoever has a host of his own comes in there and nowhere else's. */
static int
check_host(struct attempt *attempt, const char *host, struct err *err)
{
	struct tenant tenant;
	int found = tenant_find_host(attempt->login->db, attempt->pool, host,
	    &tenant, err);

	if (found == -1)
		return -1;
	if (found == 1 && tenant.id != attempt->user.tenant_id)
		attempt->user.id = 0;
	return 0;
}

/* Fills user and hash; *email_r is "" for what is no address. */
static int
find_account(struct attempt *attempt, const struct login_input *input,
    const char **email_r, struct err *err)
{
	struct sql *db = attempt->login->db;
	struct err ignored = ERR_INIT;
	int found;

	/* Nobody has the address "", and looking for it takes as long. */
	if (user_clean_email(attempt->pool, slice_str(input->email), email_r,
		&ignored) == -1)
		*email_r = "";
	found = user_find_email(db, attempt->pool, *email_r, &attempt->user,
	    err);
	if (found == -1)
		return -1;
	if (found == 1)
		attempt->hash = attempt->user.password;
	attempt->is_trusted = found == 1 &&
	    attempt->user.id == input->device_user_id;
	if (attempt->user.is_disabled || attempt->user.is_tenant_disabled)
		attempt->user.id = 0;
	return check_host(attempt, input->host, err);
}

/* ---- throttling ---- */

static void
add_bucket(struct attempt *attempt, const struct limit_rule *rule,
    const char *kind, const char *who)
{
	attempt->buckets[attempt->bucket_count++] =
	    (struct limit_bucket){ rule, kind, who };
}

static void
choose_buckets(struct attempt *attempt, const char *email,
    const char *remote_addr)
{
	const char *site = limit_address(attempt->pool, remote_addr);

	if (attempt->is_trusted) {
		add_bucket(attempt, attempt->narrow, "login device", email);
		return;
	}
	add_bucket(attempt, attempt->narrow, "login pair",
	    pool_format(attempt->pool, "%s %s", email, site));
	add_bucket(attempt, attempt->wide, "login address", site);
	add_bucket(attempt, attempt->wide, "login account", email);
}

static int
take(struct attempt *attempt, struct limit_verdict *verdict_r,
    struct err *err)
{
	if (limiter_take(attempt->login->limiter, attempt->buckets,
		attempt->bucket_count, verdict_r, err) == -1)
		return -1;
	if (verdict_r->is_allowed)
		return 0;
	return err_set_code(err, ERR_TOO_MANY, "too_many_logins",
	    "too many failed logins: again in %lld seconds",
	    (long long)verdict_r->retry_secs);
}

/* Not more than a warning: the person may come in all the same. */
static void
give_back(struct attempt *attempt, bool is_right)
{
	struct limiter *limiter = attempt->login->limiter;
	struct err err = ERR_INIT;
	int result = 0;

	for (size_t i = 0; i < attempt->bucket_count && result == 0; i++)
		result = is_right && i == 0 ?
		    limiter_refill(limiter, &attempt->buckets[i], &err) :
		    limiter_give_back(limiter, &attempt->buckets[i], &err);
	if (result == -1)
		log_warning(attempt->login->log, "[AUTH] %s", err.text);
}

/* ---- the password ---- */

static int
match(struct attempt *attempt, const char *password, bool *matches_r,
    struct err *err)
{
	if (hasher_match(attempt->login->hasher, attempt->hash, password,
		attempt->is_trusted, matches_r, err) == 0)
		return 0;
	/* It was not tried: it does not count. */
	give_back(attempt, false);
	return -1;
}

/* The only moment at which a hash can be made anew. */
static void
renew(struct attempt *attempt, const char *password)
{
	const struct login *login = attempt->login;
	struct err err = ERR_INIT;
	const char *hash;

	if (!password_is_outdated(attempt->hash))
		return;
	if (hasher_hash(login->hasher, attempt->pool, password, &hash, &err) ==
		-1 ||
	    user_renew_password(login->db, &attempt->user, hash, &err) == -1)
		log_warning(login->log, "[AUTH] Renew a hash: %s", err.text);
	else
		attempt->user.password = hash;
}

int
login_try(const struct login *login, struct pool *pool,
    const struct login_input *input, struct login_outcome *outcome_r,
    struct err *err)
{
	struct attempt attempt = begin(login, pool);
	const char *email;
	bool matches;

	if (find_account(&attempt, input, &email, err) == -1)
		return -1;
	choose_buckets(&attempt, email, input->remote_addr);
	if (take(&attempt, &outcome_r->verdict, err) == -1 ||
	    match(&attempt, input->password, &matches, err) == -1)
		return -1;
	if (!matches || attempt.user.id == 0)
		return err_set_code(err, ERR_UNAUTHENTICATED, "bad_login",
		    "email or password is wrong");
	give_back(&attempt, true);
	renew(&attempt, input->password);
	outcome_r->user = attempt.user;
	return 0;
}

int
login_confirm(const struct login *login, struct pool *pool,
    const struct user *user, const char *password,
    struct limit_verdict *verdict_r, struct err *err)
{
	struct attempt attempt = begin(login, pool);
	bool matches;

	attempt.hash = user->password;
	attempt.is_trusted = true;
	add_bucket(&attempt, attempt.narrow, "login confirm", user->login);
	if (take(&attempt, verdict_r, err) == -1 ||
	    match(&attempt, password, &matches, err) == -1)
		return -1;
	if (!matches)
		return err_set_code(err, ERR_DENIED, "bad_password",
		    "the password is wrong");
	give_back(&attempt, true);
	return 0;
}
