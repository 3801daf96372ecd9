/*
 * Doctor: whether the server knows the bucket and lets the keys in, and what
 * the bucket does by itself.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "codec/xml.h"
#include "ctl/doctor.h"
#include "s3/bucket.h"
#include "s3/list.h"
#include "s3/multipart.h"
#include "store/open.h"

/* ---- addressing ---- */

/* A listing, because its refusal has a body that names the cause. */
static int
list_one(struct doctor *doctor, struct s3_client *client, struct err *err)
{
	const struct s3_list list = { .prefix = "temp/doctor/",
		.delimiter = "",
		.after = "",
		.token = "",
		.limit = 1 };
	struct s3_page page;

	return s3_list(client, doctor->pool, &list, &page, err);
}

/* What a server says, or nobody, when the bucket is in the wrong place. */
static bool
may_be_misplaced(const struct err *err)
{
	static const char *const codes[] = { "", "NoSuchBucket", "NoSuchKey",
		"InvalidBucketName", "SignatureDoesNotMatch", "AccessDenied",
		"MethodNotAllowed", "PermanentRedirect" };

	for (size_t i = 0; i < ARRAY_COUNT(codes); i++)
		if (strcmp(err->code, codes[i]) == 0)
			return true;
	return false;
}

static bool
works_otherwise(struct doctor *doctor, bool is_virtual)
{
	struct backend *backend;
	struct err err = ERR_INIT;

	return doctor_open_store(doctor,
		   is_virtual ? "S3_ADDRESSING=virtual" : "S3_ADDRESSING=path",
		   &backend, &err) == 0 &&
	    list_one(doctor, store_s3_client(backend->store), &err) == 0;
}

/*
 * A virtual host that the server takes for something else answers "no such
 * bucket"; the other style tells the two apart.
 */
void
doctor_addressing(struct doctor *doctor, struct finding *finding_r)
{
	const struct s3_place *place = s3_client_place(doctor->client);
	const char *base = s3_place_base(place, doctor->pool);
	struct err *err = &doctor->listing_err;
	bool is_virtual = place->is_virtual;

	if (list_one(doctor, doctor->client, err) == 0)
		err_clear(err);
	else if (may_be_misplaced(err) &&
	    works_otherwise(doctor, !is_virtual)) {
		finding_bad(finding_r, doctor->pool,
		    is_virtual ? "S3_ADDRESSING=path" :
				 "S3_ADDRESSING=virtual",
		    is_virtual ? "the bucket does not answer as %s, but by its"
				 " path it does" :
				 "the bucket does not answer as %s, but by a"
				 " host name of its own it does", base);
		return;
	}
	finding_ok(finding_r, doctor->pool, "the bucket is %s", base);
}

/* ---- access ---- */

static const struct remedy {
	const char *code;
	const char *fix;
} remedies[] = {
	{ "NoSuchBucket", "almacenctl bucket create" },
	{ "InvalidAccessKeyId", "S3_ACCESS_KEY: one that the server knows" },
	{ "SignatureDoesNotMatch", "S3_SECRET_KEY: the one that belongs to"
	    " S3_ACCESS_KEY (or, behind a proxy, have it pass Host, path and"
	    " query on unchanged)" },
	{ "InvalidToken", "S3_SESSION_TOKEN: the one that belongs to the"
	    " keys" },
	{ "ExpiredToken", "S3_SESSION_TOKEN: a new one, with its keys" },
	{ "RequestTimeTooSkewed", "timedatectl set-ntp true" },
	{ "PermanentRedirect", "S3_REGION or S3_ENDPOINT: those of the"
	    " bucket" },
	{ "AuthorizationHeaderMalformed", "S3_REGION: that of the bucket" },
};

const char *
doctor_user_policy(struct doctor *doctor)
{
	const char *bucket = store_bucket(doctor->backend->store);

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
	if (strcmp(err->code, "AccessDenied") == 0)
		return doctor_user_policy(doctor);
	for (size_t i = 0; i < ARRAY_COUNT(remedies); i++)
		if (strcmp(remedies[i].code, err->code) == 0)
			return remedies[i].fix;
	return "see the server's own log";
}

void
doctor_access(struct doctor *doctor, struct finding *finding_r)
{
	const struct err *err = &doctor->listing_err;

	if (err->kind != ERR_NONE)
		finding_bad(finding_r, doctor->pool, remedy_for(doctor, err),
		    "%s", err->text);
	else
		finding_ok(finding_r, doctor->pool,
		    "bucket '%s' lets the keys in",
		    store_bucket(doctor->backend->store));
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

/* ---- what is left unfinished ---- */

void
doctor_multipart(struct doctor *doctor, struct finding *finding_r)
{
	const struct s3_put put = { .key = doctor->key,
		.content_type = DOCTOR_TYPE };
	struct err err = ERR_INIT;
	struct s3_upload *upload;

	if (s3_upload_create(doctor->client, doctor->pool, &put, &upload,
		&err) == -1)
		finding_bad(finding_r, doctor->pool,
		    doctor_user_policy(doctor),
		    "an upload in parts cannot begin: %s", err.text);
	else if (s3_upload_abort(doctor->client, doctor->key,
		     s3_upload_id(upload), &err) == -1)
		finding_bad(finding_r, doctor->pool,
		    doctor_user_policy(doctor),
		    "an upload in parts cannot be given up: %s", err.text);
	else
		finding_ok(finding_r, doctor->pool, "begun and given up");
}

struct lifecycle_seen {
	bool has_abort, has_temp;
};

static void
see_rule(void *arg, const char *path, const char *text)
{
	struct lifecycle_seen *seen = arg;

	if (strstr(path, "/AbortIncompleteMultipartUpload/") != NULL)
		seen->has_abort = true;
	if (strcmp(text, "temp/") == 0)
		seen->has_temp = true;
}

void
doctor_lifecycle(struct doctor *doctor, struct finding *finding_r)
{
	static const char fix[] = "almacenctl bucket lifecycle --apply";
	struct lifecycle_seen seen = { .has_abort = false };
	struct err err = ERR_INIT;
	const char *xml = "";
	int found = s3_bucket_get_lifecycle(doctor->client, doctor->pool, &xml,
	    &err);

	if (found == 1 &&
	    xml_parse(slice_str(xml), see_rule, &seen, &err) == -1)
		found = -1;
	if (found == -1 && strcmp(err.code, "NotImplemented") == 0)
		finding_skip(finding_r, doctor->pool,
		    "the server has none: almacenctl sweep, each hour, does"
		    " the same");
	else if (found == -1)
		finding_warn(finding_r, doctor->pool,
		    "almacenctl sweep, each hour, does the same",
		    "the server tells of none: %s", err.text);
	else if (found == 0 || !seen.has_abort)
		finding_warn(finding_r, doctor->pool, fix,
		    "no rule removes unfinished uploads in parts, which are"
		    " paid for");
	else if (!seen.has_temp)
		finding_warn(finding_r, doctor->pool, fix,
		    "no rule removes what is left below temp/");
	else
		finding_ok(finding_r, doctor->pool,
		    "unfinished uploads and temp/ expire");
}
