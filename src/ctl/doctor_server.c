/*
 * Doctor: the way to the S3 server, and whether it lets us in.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>

#include "codec/date.h"
#include "ctl/doctor.h"
#include "model/settings.h"
#include "s3/list.h"

enum { SKEW_WARN_SECS = 60, SKEW_MAX_SECS = 15 * 60 };

static const char *const no_headers[] = { NULL };

void
doctor_credentials(struct doctor *doctor, struct finding *finding_r)
{
	struct err err = ERR_INIT;
	struct signer signer;

	if (s3_client_signer(doctor->client, doctor->pool, &signer, &err) ==
	    -1) {
		finding_bad(finding_r, doctor->pool,
		    "set S3_ACCESS_KEY and S3_SECRET_KEY, or S3_CREDENTIALS",
		    "no credentials: %s", err.text);
		return;
	}
	finding_ok(finding_r, doctor->pool, "access key %.4s… (%s)",
	    signer.credentials.access_key,
	    s3_client_credentials_source(doctor->client));
}

/* "https://HOST/": any answer at all will do. */
static const char *
root_url(struct doctor *doctor, const struct s3_place *place)
{
	return pool_format(doctor->pool, "%s://%s/", place->scheme,
	    place->host);
}

static int
knock(struct doctor *doctor, struct fetch_reply *reply_r, struct err *err)
{
	const struct s3_place *place = s3_client_place(doctor->client);

	return doctor_fetch(doctor, "HEAD", root_url(doctor, place),
	    no_headers, slice_str(""), reply_r, err);
}

void
doctor_endpoint(struct doctor *doctor, struct finding *finding_r)
{
	struct err err = ERR_INIT;
	struct fetch_reply reply;
	const struct s3_place *place = s3_client_place(doctor->client);

	if (knock(doctor, &reply, &err) == 0) {
		finding_ok(finding_r, doctor->pool, "%s answers over %s",
		    place->host, place->scheme);
		return;
	}
	/* A host that cannot prove who it is: TLS. */
	if (err.kind == ERR_UPSTREAM)
		finding_bad(finding_r, doctor->pool,
		    "S3_CA_FILE=/path/to/ca.pem for a certificate of your own",
		    "%s: %s", place->host, err.text);
	else if (place->is_virtual)
		finding_bad(finding_r, doctor->pool,
		    "S3_ADDRESSING=path, or a name server that knows the"
		    " bucket's host",
		    "no way to %s: %s", place->host, err.text);
	else
		finding_bad(finding_r, doctor->pool,
		    "check S3_ENDPOINT and that the server runs",
		    "no way to %s: %s", place->host, err.text);
}

void
doctor_clock(struct doctor *doctor, struct finding *finding_r)
{
	struct err err = ERR_INIT;
	struct fetch_reply reply;
	const struct slice *date;
	int64_t server_secs, skew_secs;

	if (knock(doctor, &reply, &err) == -1) {
		finding_bad(finding_r, doctor->pool, "try again",
		    "the endpoint answers no longer: %s", err.text);
		return;
	}
	date = fetch_header(&reply, "date");
	if (date == NULL || !date_parse_http(*date, &server_secs)) {
		finding_skip(finding_r, doctor->pool,
		    "the server does not say what time it is");
		return;
	}
	skew_secs = clock_now_secs(doctor->ctl->clock) - server_secs;
	if (llabs(skew_secs) < SKEW_WARN_SECS)
		finding_ok(finding_r, doctor->pool, "%lld s from the server's",
		    llabs(skew_secs));
	else if (llabs(skew_secs) < SKEW_MAX_SECS)
		finding_warn(finding_r, doctor->pool, "timedatectl set-ntp true",
		    "this machine's clock is %lld s %s", llabs(skew_secs),
		    skew_secs > 0 ? "fast" : "slow");
	else
		finding_bad(finding_r, doctor->pool, "timedatectl set-ntp true",
		    "this machine's clock is %lld s %s: signatures are refused"
		    " beyond %d s", llabs(skew_secs),
		    skew_secs > 0 ? "fast" : "slow", SKEW_MAX_SECS);
}

/*
 * A virtual host that the server takes for something else answers "no such
 * bucket" or lists another one; the other style tells the two apart.
 */
void
doctor_addressing(struct doctor *doctor, struct finding *finding_r)
{
	const struct s3_place *place = s3_client_place(doctor->client);

	finding_ok(finding_r, doctor->pool, "%s style, %s",
	    place->is_virtual ? "virtual host" : "path",
	    s3_place_base(place, doctor->pool));
}

struct remedy {
	const char *code;
	const char *fix;
};

static const struct remedy remedies[] = {
	{ "NoSuchBucket", "almacenctl bucket create" },
	{ "InvalidAccessKeyId", "S3_ACCESS_KEY: the server does not know it" },
	{ "SignatureDoesNotMatch", "S3_SECRET_KEY: it does not fit the access"
	    " key (or a proxy on the way changes Host or path)" },
	{ "InvalidToken", "S3_SESSION_TOKEN: the server does not take it" },
	{ "ExpiredToken", "S3_SESSION_TOKEN: its time is over" },
	{ "RequestTimeTooSkewed", "timedatectl set-ntp true" },
	{ "PermanentRedirect", "S3_REGION or S3_ENDPOINT: the bucket is"
	    " elsewhere" },
	{ "AuthorizationHeaderMalformed", "S3_REGION: the bucket is in another"
	    " region" },
};

/* What the key must be allowed, as a policy for its user. */
static const char *
user_policy(struct doctor *doctor)
{
	const char *bucket = conf_text(doctor->conf, SET_S3_BUCKET);

	return pool_format(doctor->pool,
	    "allow the key: {\"Version\":\"2012-10-17\",\"Statement\":[{"
	    "\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\","
	    "\"s3:PutObject\",\"s3:DeleteObject\",\"s3:ListBucket\","
	    "\"s3:AbortMultipartUpload\",\"s3:ListMultipartUploadParts\","
	    "\"s3:ListBucketMultipartUploads\"],\"Resource\":["
	    "\"arn:aws:s3:::%s\",\"arn:aws:s3:::%s/*\"]}]}", bucket, bucket);
}

static const char *
remedy_for(struct doctor *doctor, const struct err *err)
{
	const struct s3_place *place = s3_client_place(doctor->client);

	/* In virtual style the server may see no bucket at all. */
	if (strcmp(err->code, "NoSuchBucket") == 0 && place->is_virtual)
		return "almacenctl bucket create; if it is there, "
		       "S3_ADDRESSING=path";
	for (size_t i = 0; i < ARRAY_COUNT(remedies); i++)
		if (strcmp(remedies[i].code, err->code) == 0)
			return remedies[i].fix;
	if (strcmp(err->code, "AccessDenied") == 0)
		return user_policy(doctor);
	return "see the message, and the server's own log";
}

/* A listing, because its refusal has a body that names the cause. */
void
doctor_access(struct doctor *doctor, struct finding *finding_r)
{
	const struct s3_list list = { .prefix = "doctor/",
		.delimiter = "",
		.after = "",
		.token = "",
		.limit = 1 };
	struct err err = ERR_INIT;
	struct s3_page page;

	if (s3_list(doctor->client, doctor->pool, &list, &page, &err) == -1)
		finding_bad(finding_r, doctor->pool, remedy_for(doctor, &err),
		    "%s", err.text);
	else
		finding_ok(finding_r, doctor->pool, "bucket '%s' lets us in",
		    conf_text(doctor->conf, SET_S3_BUCKET));
}

/* The client learns another region by itself, but each start costs a call. */
void
doctor_region(struct doctor *doctor, struct finding *finding_r)
{
	const char *region = s3_client_target(doctor->client)->region;

	if (strcmp(region, doctor->region) == 0)
		finding_ok(finding_r, doctor->pool, "%s", region);
	else
		finding_bad(finding_r, doctor->pool,
		    pool_format(doctor->pool, "S3_REGION=%s", region),
		    "set to %s, but the bucket is in %s", doctor->region,
		    region);
}
