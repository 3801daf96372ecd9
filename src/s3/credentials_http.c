/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <string.h>

#include "codec/date.h"
#include "codec/json.h"
#include "codec/url.h"
#include "s3/credentials_private.h"
#include "s3/retry.h"

enum { ATTEMPTS_MAX = 2 };

static const struct retry_policy pauses = { .attempts_max = ATTEMPTS_MAX,
	.base_ms = 100,
	.cap_ms = 100 };

/* ---- exchanges ---- */

static int
ask_once(const struct s3_credentials_config *config, struct pool *pool,
    const struct credentials_request *request, struct fetch_reply *reply_r,
    struct err *err)
{
	struct slice body = request->body;
	const struct fetch_request fetch = {
		.method = request->method,
		.url = request->url,
		.headers = request->headers,
		.has_body = strcmp(request->method, "GET") != 0,
		.body_bytes = (int64_t)body.len,
		.read = body.len == 0 ? NULL : fetch_read_slice,
		.read_arg = &body,
		.deadlines = { .connect_secs = request->connect_secs,
		    .stall_secs = request->total_secs,
		    .total_secs = request->total_secs },
		.ca_file = request->ca_file,
	};

	*reply_r = (struct fetch_reply){ .status = 0 };
	if (fetch_run(config->fetcher, pool, &fetch, reply_r, err) == -1)
		return -1;
	if (reply_r->status >= 500 || reply_r->status == 429)
		return err_set(err, ERR_UNAVAILABLE, "answered %d",
		    reply_r->status);
	return 0;
}

int
credentials_ask(const struct s3_credentials_config *config, struct pool *pool,
    const struct credentials_request *request, struct fetch_reply *reply_r,
    struct err *err)
{
	for (int attempt = 1;; attempt++) {
		if (ask_once(config, pool, request, reply_r, err) == 0)
			return 0;
		if (err->kind != ERR_UNAVAILABLE || attempt == ATTEMPTS_MAX)
			return err_wrap(err, "%s", request->who);
		err_clear(err);
		retry_sleep(retry_pause_ms(&pauses, attempt, reply_r));
	}
}

int
credentials_get(const struct s3_credentials_config *config, struct pool *pool,
    const struct credentials_request *request, struct slice *body_r,
    struct err *err)
{
	struct fetch_reply reply;

	if (credentials_ask(config, pool, request, &reply, err) == -1)
		return -1;
	if (reply.status != 200)
		return err_set(err, ERR_UPSTREAM, "%s answered %d",
		    request->who, reply.status);
	*body_r = reply.body;
	return 0;
}

/* ---- answers ---- */

bool
credentials_is_visible(const char *text, size_t max_bytes)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return len > 0 && len <= max_bytes;
}

int
credentials_accept(const struct s3_credentials_config *config, const char *who,
    const struct credentials_answer *answer, struct sign_credentials *pair_r,
    struct err *err)
{
	int64_t expires_secs;

	if (!credentials_is_visible(answer->access_key, CREDENTIALS_KEY_MAX) ||
	    !credentials_is_visible(answer->secret_key,
		CREDENTIALS_SECRET_MAX) ||
	    !credentials_is_visible(answer->session_token,
		CREDENTIALS_TOKEN_MAX))
		return err_set(err, ERR_UPSTREAM,
		    "%s answered without usable keys and token", who);
	if (!date_parse_iso(slice_str(answer->expiration), &expires_secs))
		return err_set(err, ERR_UPSTREAM,
		    "%s did not say when the keys expire", who);
	if (expires_secs <= clock_now_secs(config->clock))
		return err_set(err, ERR_UPSTREAM,
		    "%s gave keys that have expired; check this machine's"
		    " clock", who);
	*pair_r = (struct sign_credentials){
		.access_key = answer->access_key,
		.secret_key = answer->secret_key,
		.session_token = answer->session_token,
		.expires_secs = expires_secs
	};
	return 0;
}

int
credentials_get_json(const struct s3_credentials_config *config,
    struct pool *pool, const struct credentials_request *request,
    struct sign_credentials *pair_r, struct err *err)
{
	struct credentials_answer answer;
	struct slice body;
	struct json *json;

	if (credentials_get(config, pool, request, &body, err) == -1)
		return -1;
	if (json_parse(pool, body, &json, err) == -1)
		return err_set(err, ERR_UPSTREAM, "%s did not answer JSON",
		    request->who);
	answer = (struct credentials_answer){
		.access_key = json_text(json_find(json, "AccessKeyId")),
		.secret_key = json_text(json_find(json, "SecretAccessKey")),
		.session_token = json_text(json_find(json, "Token")),
		.expiration = json_text(json_find(json, "Expiration"))
	};
	return credentials_accept(config, request->who, &answer, pair_r, err);
}

/* ---- addresses ---- */

/* Where a plain http answer does not leave the machine or its host. */
static bool
is_near_ipv4(const char *host)
{
	static const char *const near[] = { "169.254.169.254",
		"169.254.170.2", "169.254.170.23" };
	struct in_addr address;

	for (size_t i = 0; i < ARRAY_COUNT(near); i++)
		if (strcmp(host, near[i]) == 0)
			return true;
	return inet_pton(AF_INET, host, &address) == 1 &&
	    (ntohl(address.s_addr) >> 24) == 127;
}

static bool
is_near_ipv6(struct pool *pool, const char *host)
{
	static const char *const near[] = { "::1", "fd00:ec2::254",
		"fd00:ec2::23" };
	struct in6_addr address, one;
	size_t len = strlen(host);

	if (host[0] != '[' ||
	    inet_pton(AF_INET6, pool_strndup(pool, host + 1, len - 2),
		&address) != 1)
		return false;
	for (size_t i = 0; i < ARRAY_COUNT(near); i++)
		if (inet_pton(AF_INET6, near[i], &one) == 1 &&
		    memcmp(&one, &address, sizeof(one)) == 0)
			return true;
	return false;
}

int
credentials_check_url(struct pool *pool, const char *name, const char *text,
    struct err *err)
{
	struct url url;

	if (url_parse(pool, slice_str(text), &url, err) == -1)
		return err_wrap(err, "%s", name);
	if (strcmp(url.scheme, "https") == 0 ||
	    strcmp(url.host, "localhost") == 0 || is_near_ipv4(url.host) ||
	    is_near_ipv6(pool, url.host))
		return 0;
	return err_set(err, ERR_INVALID,
	    "%s: keys would travel in the open: https is wanted, or an"
	    " address of this machine", name);
}
