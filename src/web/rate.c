/* SPDX-License-Identifier: MIT */
#include "model/settings.h"
#include "web/caller.h"
#include "web/rate.h"

enum { PER_SECS = 60, ADDRESS_TIMES = 4 };

/* clang-format off */
static const struct {
	const char *user, *address; /* names of the rules */
	enum setting setting;
} limits[ROUTE_RATE_COUNT] = {
	[ROUTE_RATE_UPLOAD] = { "upload", "upload-address", SET_RATE_UPLOAD },
	[ROUTE_RATE_PRESIGN] = { "presign", "presign-address",
	    SET_RATE_PRESIGN },
};
/* clang-format on */

/* ---- whose buckets ---- */

static const struct limit_rule *
make_rule(struct pool *pool, const char *name, int64_t burst)
{
	struct limit_rule *rule = POOL_NEW(pool, struct limit_rule);

	*rule = (struct limit_rule){ name, burst, PER_SECS };
	return rule;
}

static size_t
find_buckets(const struct app *app, const struct request *request,
    enum route_rate rate, struct limit_bucket buckets[LIMIT_BUCKETS_MAX])
{
	const struct caller *caller = request->caller;
	struct pool *pool = request->pool;
	int64_t burst = conf_number(app->conf, limits[rate].setting);
	const struct limit_rule *own =
	    make_rule(pool, limits[rate].user, burst);
	size_t count = 0;

	buckets[count++] = (struct limit_bucket){ make_rule(pool,
		limits[rate].address, burst * ADDRESS_TIMES), "address",
		limit_address(pool, request->remote_addr) };
	if (caller->via != CALLER_NOBODY)
		buckets[count++] = (struct limit_bucket){ own, "user",
			pool_format(pool, "%lld/%s",
			    (long long)caller->tenant_id, caller->id) };
	if (caller->via == CALLER_TOKEN)
		buckets[count++] = (struct limit_bucket){ own, "token",
			pool_format(pool, "%lld",
			    (long long)caller->token_id) };
	return count;
}

/* ---- counting ---- */

/* Programs read English, as in all their errors. */
static const char *
wait_text(const struct request *request, int64_t secs)
{
	enum lang lang = request->wants_json ? LANG_EN : request->lang;

	if (secs == 1)
		return lang_text(lang, "Please try again in one second");
	return pool_format(request->pool,
	    lang_text(lang, "Please try again in %lld seconds"),
	    (long long)secs);
}

static void
keep_verdict(struct request *request, const struct limit_verdict *verdict)
{
	if (verdict->rule != NULL)
		request->limit = pool_memdup(request->pool, verdict,
		    sizeof(*verdict));
}

int
rate_refuse(struct request *request, const struct limit_verdict *verdict,
    struct err *err)
{
	keep_verdict(request, verdict);
	return err_set_code(err, ERR_TOO_MANY, "rate_limited", "%s",
	    wait_text(request, verdict->retry_secs));
}

int
rate_check(const struct app *app, struct request *request,
    const struct route *route, struct err *err)
{
	struct limit_bucket buckets[LIMIT_BUCKETS_MAX];
	struct limit_verdict verdict;
	struct err failure = ERR_INIT;
	size_t count;

	if (limits[route->rate].user == NULL)
		return 0;
	count = find_buckets(app, request, route->rate, buckets);
	/*
	 * Limits keep the machine free for others; what may be done they do
	 * not decide, and quotas hold without them.  So people go on working
	 * while the buckets are away.
	 */
	if (limiter_take(app->limiter, buckets, count, &verdict, &failure) ==
	    -1) {
		log_error(&request->log, "not counted: %s", failure.text);
		return 0;
	}
	if (!verdict.is_allowed)
		return rate_refuse(request, &verdict, err);
	keep_verdict(request, &verdict);
	return 0;
}

void
rate_headers(const struct request *request, struct response *response)
{
	const struct limit_verdict *verdict = request->limit;

	if (verdict == NULL)
		return;
	response_header(response, "RateLimit-Policy", "\"%s\";q=%lld;w=%lld",
	    verdict->rule->name, (long long)verdict->rule->burst,
	    (long long)verdict->rule->per_secs);
	response_header(response, "RateLimit", "\"%s\";r=%lld;t=%lld",
	    verdict->rule->name, (long long)verdict->remaining,
	    (long long)verdict->reset_secs);
	if (!verdict->is_allowed)
		response_header(response, "Retry-After", "%lld",
		    (long long)verdict->retry_secs);
}
