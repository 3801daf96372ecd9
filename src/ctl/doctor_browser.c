/*
 * Doctor: what browsers may do without our keys, and what they must not.
 *
 * SPDX-License-Identifier: MIT
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "ctl/doctor.h"
#include "s3/bucket.h"
#include "store/open.h"

enum { URL_SECS = 60, NAMES_MAX = 1024, PREFLIGHT_LINES = 4 };

typedef int (*get_document_fn)(struct s3_client *client, struct pool *pool,
    const char **text_r, struct err *err);

/* The server knows no such document of a bucket. */
static bool
lacks(struct doctor *doctor, get_document_fn get)
{
	struct err err = ERR_INIT;
	const char *text;

	return get(doctor->client, doctor->pool, &text, &err) == -1 &&
	    strcmp(err.code, "NotImplemented") == 0;
}

/* ---- CORS ---- */

static bool
lists(const struct fetch_reply *reply, const char *header, struct slice item)
{
	const struct slice *value = fetch_header(reply, header);
	struct slice rest, name;

	if (value == NULL)
		return false;
	rest = *value;
	while (slice_next(&rest, ',', &name)) {
		name = slice_trim(name);
		if (slice_eq_str(name, "*") ||
		    (name.len == item.len &&
			strncasecmp(name.data, item.data, item.len) == 0))
			return true;
	}
	return false;
}

static bool
allows_origin(const struct doctor *doctor, const struct fetch_reply *reply)
{
	return lists(reply, "access-control-allow-origin",
	    slice_str(doctor->origin));
}

static bool
allows_headers(const struct fetch_reply *reply, const char *names)
{
	struct slice rest = slice_str(names), name;

	while (slice_next(&rest, ',', &name))
		if (!lists(reply, "access-control-allow-headers", name))
			return false;
	return true;
}

/* What a direct upload of the site's pages sends. */
static int
presign_put(struct doctor *doctor, struct store_presigned *presigned_r,
    struct err *err)
{
	const struct store_access access = { .method = "PUT",
		.key = doctor->key,
		.content_type = DOCTOR_TYPE,
		.content_length = -1,
		.is_new_only = true,
		.expires_secs = URL_SECS,
		.origin = doctor->base_url };

	return store_presign(doctor->backend->store, doctor->pool, &access,
	    presigned_r, err);
}

/* The names of its headers, in lower case as browsers ask for them. */
static const char *
header_names(struct doctor *doctor, const struct store_presigned *presigned)
{
	struct buf buf;

	buf_init(&buf, doctor->pool, NAMES_MAX);
	(void)buf_str(&buf, "");
	for (size_t i = 0; i < presigned->header_count; i++)
		(void)buf_format(&buf, "%s%s", buf.len == 0 ? "" : ",",
		    presigned->headers[i].name);
	for (size_t i = 0; i < buf.len; i++)
		buf.data[i] = (char)tolower((unsigned char)buf.data[i]);
	return buf.data;
}

static int
run_preflight(struct doctor *doctor, const char *url, const char *names,
    struct fetch_reply *reply_r, struct err *err)
{
	const char *lines[PREFLIGHT_LINES] = {
		pool_format(doctor->pool, "Origin: %s", doctor->origin),
		"Access-Control-Request-Method: PUT",
		pool_format(doctor->pool, "Access-Control-Request-Headers: %s",
		    names)
	};
	const struct doctor_request request = { .method = "OPTIONS",
		.url = url,
		.lines = lines };

	return doctor_fetch(doctor, &request, reply_r, err);
}

static int
get_from_origin(struct doctor *doctor, struct fetch_reply *reply_r,
    struct err *err)
{
	const struct store_access access = { .method = "GET",
		.key = doctor->key,
		.content_length = -1,
		.expires_secs = URL_SECS,
		.origin = doctor->base_url };
	const char *const lines[] = { pool_format(doctor->pool, "Origin: %s",
					  doctor->origin),
		NULL };
	struct doctor_request request = { .method = "GET", .lines = lines };
	struct store_presigned url;

	if (store_presign(doctor->backend->store, doctor->pool, &access, &url,
		err) == -1)
		return -1;
	request.url = url.url;
	return doctor_fetch(doctor, &request, reply_r, err);
}

static const char *
cors_fix(struct doctor *doctor)
{
	if (doctor->client == NULL)
		return pool_format(doctor->pool, "CORS_ORIGINS=%s",
		    doctor->origin);
	if (lacks(doctor, s3_bucket_get_cors))
		return pool_format(doctor->pool,
		    "the S3 server's own settings, which must allow %s and"
		    " expose ETag: it has no CORS rules of buckets",
		    doctor->origin);
	return pool_format(doctor->pool,
	    "almacenctl bucket cors --origin %s --apply", doctor->origin);
}

static void
check_cors(struct doctor *doctor, struct finding *finding_r)
{
	const char *fix = cors_fix(doctor), *names;
	struct store_presigned put;
	struct fetch_reply reply;
	struct err err = ERR_INIT;

	if (presign_put(doctor, &put, &err) == -1) {
		finding_bad(finding_r, doctor->pool, fix, "%s", err.text);
		return;
	}
	names = header_names(doctor, &put);
	if (run_preflight(doctor, put.url, names, &reply, &err) == -1) {
		finding_bad(finding_r, doctor->pool, fix, "%s", err.text);
		return;
	}
	if (!doctor_is_good(&reply) || !allows_origin(doctor, &reply))
		finding_bad(finding_r, doctor->pool, fix,
		    "pages of %s may not upload (%s)", doctor->origin,
		    doctor_cause(doctor, &reply));
	else if (!lists(&reply, "access-control-allow-methods",
		     slice_str("PUT")) ||
	    !allows_headers(&reply, names))
		finding_bad(finding_r, doctor->pool, fix,
		    "pages of %s may not PUT with %s", doctor->origin, names);
	else if (get_from_origin(doctor, &reply, &err) == -1)
		finding_bad(finding_r, doctor->pool, fix, "%s", err.text);
	else if (!allows_origin(doctor, &reply) ||
	    !lists(&reply, "access-control-expose-headers",
		slice_str("ETag")))
		finding_bad(finding_r, doctor->pool, fix,
		    "pages of %s may not read ETag", doctor->origin);
	else
		finding_ok(finding_r, doctor->pool,
		    "pages of %s may upload and read ETag", doctor->origin);
}

void
doctor_cors(struct doctor *doctor, struct finding *finding_r)
{
	bool is_own = *doctor->origin != '\0' &&
	    slice_has_prefix(slice_str(doctor->base_url), doctor->origin);

	if (*doctor->origin == '\0')
		finding_skip(finding_r, doctor->pool,
		    "which site? set BASE_URL, or --origin https://…");
	else if (doctor->client == NULL && is_own)
		finding_ok(finding_r, doctor->pool,
		    "the store is on the site itself");
	else
		check_cors(doctor, finding_r);
}

/* ---- public ---- */

/* As browsers see it; "" when that cannot be told. */
static const char *
public_url(struct doctor *doctor, const char *key)
{
	const char *url = store_public_url(doctor->backend->store,
	    doctor->pool, key);

	if (*url != '/')
		return url;
	if (*doctor->base_url == '\0')
		return "";
	return pool_format(doctor->pool, "%s%s", doctor->base_url, url);
}

/* The bucket's own URL of a key; with a query of the bucket itself. */
static const char *
bucket_url(struct doctor *doctor, const char *key, const char *query)
{
	struct s3_url url;

	s3_place_url(s3_client_place(doctor->client), doctor->pool, key, query,
	    &url);
	return url.url;
}

static bool
anybody_reads(struct doctor *doctor, const char *url)
{
	struct fetch_reply reply;
	struct err err = ERR_INIT;

	return doctor_get(doctor, url, &reply, &err) == 0 &&
	    doctor_has_bytes(&reply);
}

static const char *
public_fix(struct doctor *doctor)
{
	if (doctor->client == NULL)
		return conf_is_set(doctor->conf, SET_S3_PUBLIC_URL) ?
		    "S3_PUBLIC_URL: where a web server serves the folder of"
		    " the bucket" :
		    "BASE_URL: where browsers reach the program; see that it"
		    " runs and gets all below /store/";
	if (lacks(doctor, s3_bucket_get_policy))
		return "a bucket that the server's own means made public, and"
		       " S3_PUBLIC_URL: where it is served";
	if (!anybody_reads(doctor, bucket_url(doctor, doctor->public_key, "")))
		return "almacenctl bucket policy --apply  (on AWS, take Block"
		       " Public Access from bucket and account before)";
	return "S3_PUBLIC_URL: where browsers read public objects; empty for"
	       " the server itself";
}

static void
check_public(struct doctor *doctor, const char *url,
    struct finding *finding_r)
{
	struct fetch_reply reply;
	struct err err = ERR_INIT;

	if (doctor_get(doctor, url, &reply, &err) == -1)
		finding_bad(finding_r, doctor->pool, public_fix(doctor), "%s",
		    doctor_no_way(doctor, url, &err));
	else if (!doctor_is_good(&reply))
		finding_bad(finding_r, doctor->pool, public_fix(doctor),
		    "nobody can read %s (%s)", url,
		    doctor_cause(doctor, &reply));
	else if (!doctor_has_bytes(&reply))
		finding_bad(finding_r, doctor->pool, public_fix(doctor),
		    "%s shows something else than what was stored", url);
	else
		finding_ok(finding_r, doctor->pool, "anybody can read %s",
		    url);
}

void
doctor_public(struct doctor *doctor, struct finding *finding_r)
{
	struct err err = ERR_INIT;
	const char *url;

	if (doctor->public_key == NULL) {
		finding_skip(finding_r, doctor->pool,
		    "S3_PUBLIC_PREFIXES is none");
		return;
	}
	url = public_url(doctor, doctor->public_key);
	if (*url == '\0')
		finding_skip(finding_r, doctor->pool,
		    "BASE_URL is not set: where is the site?");
	else if (doctor_put_bytes(doctor, doctor->public_key, &err) == -1)
		finding_bad(finding_r, doctor->pool,
		    doctor->client == NULL ? "see the message" :
					     doctor_user_policy(doctor),
		    "%s cannot be stored: %s", doctor->public_key, err.text);
	else
		check_public(doctor, url, finding_r);
}

/* ---- private ---- */

static bool
anybody_lists(struct doctor *doctor)
{
	const char *url = bucket_url(doctor, NULL, "list-type=2&max-keys=1");
	struct fetch_reply reply;
	struct err err = ERR_INIT;

	return doctor_get(doctor, url, &reply, &err) == 0 &&
	    doctor_is_good(&reply) && doctor_says(&reply, "<ListBucketResult");
}

static bool
anybody_writes(struct doctor *doctor, const char *url)
{
	const struct doctor_request request = { .method = "PUT",
		.url = url,
		.body = doctor_bytes() };
	struct fetch_reply reply;
	struct err err = ERR_INIT;

	return doctor_fetch(doctor, &request, &reply, &err) == 0 &&
	    doctor_is_good(&reply);
}

/* What strangers may do and must not, or NULL (decision 15). */
static const char *
open_door(struct doctor *doctor)
{
	const char *url = public_url(doctor, doctor->key);

	if (doctor->client != NULL) {
		const char *own = bucket_url(doctor, doctor->key, "");

		if (anybody_writes(doctor, own))
			return "anybody can write to the bucket";
		if (anybody_lists(doctor))
			return "anybody can list the bucket";
		if (anybody_reads(doctor, own))
			return "anybody can read private objects";
	} else if (*url != '\0' && anybody_writes(doctor, url)) {
		return "anybody can write to the store";
	}
	if (*url != '\0' && anybody_reads(doctor, url))
		return pool_format(doctor->pool,
		    "anybody can read private objects at %s", url);
	return NULL;
}

static const char *
private_fix(struct doctor *doctor)
{
	const char *bucket = store_bucket(doctor->backend->store);

	if (doctor->client == NULL)
		return "S3_PUBLIC_PREFIXES, and what the web server serves";
	if (lacks(doctor, s3_bucket_get_policy))
		return pool_format(doctor->pool,
		    "aws s3api put-bucket-acl --acl private --bucket %s  (this"
		    " server opens whole buckets: public files need one of"
		    " their own)", bucket);
	return pool_format(doctor->pool,
	    "almacenctl bucket policy --apply  (and, where an ACL permits it:"
	    " aws s3api put-bucket-acl --acl private --bucket %s)", bucket);
}

void
doctor_private(struct doctor *doctor, struct finding *finding_r)
{
	const char *door = open_door(doctor);

	if (door == NULL)
		finding_ok(finding_r, doctor->pool,
		    "strangers can neither read, list nor write");
	else
		finding_bad(finding_r, doctor->pool, private_fix(doctor), "%s",
		    door);
}
