/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "codec/date.h"
#include "codec/xml.h"
#include "s3/learn.h"

enum {
	REGION_MAX = 32,
	MOVES_MAX = 8,	     /* of the bucket, in a process's life */
	CLOCK_LINES_MAX = 8, /* in the log */
	/* Servers refuse beyond 15 minutes. */
	SKEW_SECS = 4 * 60
};

/* A Date before 2020 or from 2100 on tells nothing. */
static const int64_t date_min_secs = INT64_C(1577836800);
static const int64_t date_max_secs = INT64_C(4102444800);

static bool
is_one_of(const char *code, const char *const *codes)
{
	for (; *codes != NULL; codes++)
		if (strcmp(code, *codes) == 0)
			return true;
	return false;
}

/* ---- the server ---- */

void
s3_learn_server(struct s3_client *client, const struct fetch_reply *reply)
{
	/* Of a HEAD of a bucket, and of an object. */
	if (fetch_header(reply, "x-rgw-object-count") != NULL ||
	    fetch_header(reply, "x-rgw-object-type") != NULL)
		atomic_store(&client->is_ceph, true);
}

/* ---- region ---- */

/* The answer to a HEAD has nothing but its status. */
static bool
says_elsewhere(const struct fetch_reply *reply, const struct err *err)
{
	static const char *const codes[] = { "AuthorizationHeaderMalformed",
		"PermanentRedirect", "TemporaryRedirect", NULL };

	if (reply->status == 301 || reply->status == 307)
		return true;
	return reply->status == 400 &&
	    (err->code[0] == '\0' || is_one_of(err->code, codes));
}

/* It may become part of a host name. */
static bool
is_region(const char *region)
{
	size_t len = strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len > 0 && len <= REGION_MAX && region[len] == '\0';
}

/* "" when it names none. */
static const char *
named_region(struct pool *pool, const struct fetch_reply *reply)
{
	const struct slice *header = fetch_header(reply,
	    "x-amz-bucket-region");
	const char *region;

	if (header != NULL && header->len <= REGION_MAX)
		region = slice_dup(pool, *header);
	else
		region = xml_text(pool, reply->body, "Error/Region");
	return is_region(region) ? region : "";
}

/* Under the mutex. */
static bool
move(struct s3_client *client, const char *region)
{
	const struct s3_target *now = s3_client_target(client);
	struct s3_place_config config = client->place_config;
	struct s3_target *target;
	struct err err = ERR_INIT;

	if (strcmp(now->region, region) == 0)
		return true;
	if (client->move_count == MOVES_MAX)
		return false;
	target = POOL_NEW(client->learn_pool, struct s3_target);
	target->region = pool_strdup(client->learn_pool, region);
	config.region = target->region;
	if (s3_place_init(&target->place, client->learn_pool, &config, &err) ==
	    -1)
		return false;
	client->move_count++;
	atomic_store(&client->target, target);
	log_warning(client->log, "[STORAGE] Bucket '%s' is in region %s: set "
	    "S3_REGION=%s", client->bucket, region, region);
	return true;
}

static bool
learn_region(struct s3_attempts *attempts, const struct fetch_reply *reply,
    const struct err *err)
{
	struct s3_client *client = attempts->client;
	const char *region;
	bool result;

	if (attempts->has_moved || !says_elsewhere(reply, err))
		return false;
	region = named_region(attempts->pool, reply);
	if (region[0] == '\0' ||
	    strcmp(region, attempts->signing.target->region) == 0)
		return false;
	(void)pthread_mutex_lock(&client->learn_mutex);
	result = move(client, region);
	(void)pthread_mutex_unlock(&client->learn_mutex);
	attempts->has_moved = result;
	return result;
}

/* ---- clock ---- */

static bool
may_be_clock(const struct s3_attempts *attempts,
    const struct fetch_reply *reply, const struct err *err)
{
	if (strcmp(err->code, "RequestTimeTooSkewed") == 0)
		return true;
	return reply->status == 403 &&
	    strcmp(attempts->call->method, "HEAD") == 0;
}

static bool
server_time(const struct fetch_reply *reply, int64_t *secs_r)
{
	const struct slice *date = fetch_header(reply, "date");

	return date != NULL && date_parse_http(*date, secs_r) &&
	    *secs_r >= date_min_secs && *secs_r < date_max_secs;
}

static const char *
count_of(struct pool *pool, int64_t count, const char *unit)
{
	return pool_format(pool, "%lld %s%s", (long long)count, unit,
	    count == 1 ? "" : "s");
}

/* The two largest units: "2 hours and 5 minutes". */
static const char *
duration(struct pool *pool, int64_t secs)
{
	int64_t days = secs / 86400, hours = secs / 3600 % 24;
	int64_t minutes = secs / 60 % 60;
	const char *first = count_of(pool, minutes, "minute"), *second = "";

	if (days > 0) {
		first = count_of(pool, days, "day");
		second = hours > 0 ? count_of(pool, hours, "hour") : "";
	} else if (hours > 0) {
		first = count_of(pool, hours, "hour");
		second = minutes > 0 ? count_of(pool, minutes, "minute") : "";
	}
	return second[0] == '\0' ? first :
				   pool_format(pool, "%s and %s", first, second);
}

/* Under the mutex. */
static void
set_clock(struct s3_client *client, struct pool *pool, int64_t offset_secs)
{
	int64_t before = atomic_load(&client->clock_offset_secs);

	atomic_store(&client->clock_offset_secs, offset_secs);
	if (llabs(offset_secs - before) <= SKEW_SECS ||
	    client->clock_count++ >= CLOCK_LINES_MAX)
		return;
	if (llabs(offset_secs) <= SKEW_SECS)
		log_warning(client->log,
		    "[STORAGE] This machine's clock agrees with storage's");
	else
		log_warning(client->log, "[STORAGE] This machine's clock is "
		    "%s %s storage's: requests are signed with its time",
		    duration(pool, llabs(offset_secs)),
		    offset_secs > 0 ? "behind" : "ahead of");
}

static bool
learn_clock(struct s3_attempts *attempts, const struct fetch_reply *reply,
    const struct err *err)
{
	struct s3_client *client = attempts->client;
	int64_t server_secs, offset_secs;

	if (attempts->has_set_clock || !may_be_clock(attempts, reply, err) ||
	    !server_time(reply, &server_secs))
		return false;
	offset_secs = server_secs - clock_now_secs(client->clock);
	if (llabs(offset_secs - attempts->clock_offset_secs) <= SKEW_SECS)
		return false;
	(void)pthread_mutex_lock(&client->learn_mutex);
	set_clock(client, attempts->pool, offset_secs);
	(void)pthread_mutex_unlock(&client->learn_mutex);
	attempts->has_set_clock = true;
	return true;
}

/* ---- credentials ---- */

static bool
learn_pair(struct s3_attempts *attempts, const struct err *err)
{
	static const char *const codes[] = { "ExpiredToken",
		"InvalidAccessKeyId", "InvalidToken", "SignatureDoesNotMatch",
		NULL };

	if (attempts->has_changed_pair || !is_one_of(err->code, codes) ||
	    !s3_credentials_reject(attempts->client->credentials,
		attempts->signing.signer.credentials.access_key))
		return false;
	attempts->has_changed_pair = true;
	attempts->has_pair = false;
	return true;
}

/* ---- the three ---- */

bool
s3_learn(struct s3_attempts *attempts, const struct fetch_reply *reply,
    const struct err *err)
{
	if (reply->status < 300)
		return false;
	return learn_region(attempts, reply, err) ||
	    learn_clock(attempts, reply, err) || learn_pair(attempts, err);
}
