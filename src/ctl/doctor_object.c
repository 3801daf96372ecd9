/*
 * Doctor: what the key may do with objects, and what the server makes of it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/buf.h"
#include "codec/hex.h"
#include "codec/xml.h"
#include "ctl/doctor.h"
#include "model/settings.h"
#include "s3/bucket.h"
#include "s3/multipart.h"
#include "store/presign.h"

#define DOCTOR_TYPE "text/plain"

/* Of something else than the test object. */
#define WRONG_SHA256 "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static struct s3_put
describe(struct doctor *doctor)
{
	return (struct s3_put){ .key = doctor->key,
		.content_type = DOCTOR_TYPE,
		.body = s3_body_text(doctor->pool, doctor_bytes()) };
}

void
doctor_put(struct doctor *doctor, struct finding *finding_r)
{
	struct s3_put put = describe(doctor);
	struct err err = ERR_INIT;
	const char *etag;

	if (s3_put(doctor->client, doctor->pool, &put, &etag, &err) == 0)
		finding_ok(finding_r, doctor->pool, "stored %s", doctor->key);
	else
		finding_bad(finding_r, doctor->pool,
		    "allow the key s3:PutObject in this bucket",
		    "cannot store: %s", err.text);
}

void
doctor_head(struct doctor *doctor, struct finding *finding_r)
{
	struct err err = ERR_INIT;
	struct s3_info info;
	int found = s3_head(doctor->client, doctor->pool, doctor->key, &info,
	    &err);

	if (found == -1)
		finding_bad(finding_r, doctor->pool,
		    "allow the key s3:GetObject in this bucket", "%s",
		    err.text);
	else if (found == 0)
		finding_bad(finding_r, doctor->pool,
		    "look at the server: it took an object and lost it",
		    "the object that was just stored is not there");
	else if (info.size_bytes != (int64_t)doctor_bytes().len ||
	    strcmp(info.content_type, DOCTOR_TYPE) != 0)
		finding_bad(finding_r, doctor->pool,
		    "look for a proxy between here and the server",
		    "stored %zu bytes of %s, the server tells of %lld of %s",
		    doctor_bytes().len, DOCTOR_TYPE,
		    (long long)info.size_bytes, info.content_type);
	else
		finding_ok(finding_r, doctor->pool, "size, type and ETag");
}

static int
collect(void *arg, struct slice bytes, struct err *err)
{
	if (buf_slice(arg, bytes) == 0)
		return 0;
	return err_set(err, ERR_UPSTREAM, "more bytes than asked for");
}

void
doctor_range(struct doctor *doctor, struct finding *finding_r)
{
	enum { FROM = 4, LENGTH = 8 };
	struct err err = ERR_INIT;
	struct buf buf;
	const struct s3_get get = { .key = doctor->key,
		.offset = FROM,
		.length = LENGTH,
		.sink = collect,
		.arg = &buf };

	buf_init(&buf, doctor->pool, LENGTH);
	if (s3_get(doctor->client, &get, &err) == -1)
		finding_bad(finding_r, doctor->pool,
		    "look for a proxy between here and the server",
		    "cannot read a range: %s", err.text);
	else if (buf.len != LENGTH ||
	    memcmp(buf.data, doctor_bytes().data + FROM, LENGTH) != 0)
		finding_bad(finding_r, doctor->pool,
		    "look for a proxy between here and the server",
		    "a range came back with other bytes");
	else
		finding_ok(finding_r, doctor->pool, "bytes %d to %d", FROM,
		    FROM + LENGTH - 1);
}

/* ---- checksum ---- */

static int
put_with_checksum(struct doctor *doctor, const char *checksum, struct err *err)
{
	struct s3_put put = describe(doctor);
	const char *etag;

	put.checksum_sha256 = checksum;
	return s3_put(doctor->client, doctor->pool, &put, &etag, err);
}

void
doctor_checksum(struct doctor *doctor, struct finding *finding_r)
{
	struct err err = ERR_INIT;
	uint8_t hash[SHA256_BYTES];

	if (!store_traits(doctor->backend->store)->signs_checksum) {
		finding_skip(finding_r, doctor->pool,
		    "S3_CHECKSUM does not ask for SHA-256 headers");
		return;
	}
	sha256(doctor_bytes(), hash);
	if (put_with_checksum(doctor,
		base64_encode(doctor->pool, slice_make(hash, sizeof(hash))),
		&err) == -1)
		finding_bad(finding_r, doctor->pool, "S3_CHECKSUM=none",
		    "the server refuses x-amz-checksum-sha256: %s", err.text);
	else if (put_with_checksum(doctor, WRONG_SHA256, &err) == 0)
		finding_warn(finding_r, doctor->pool, "S3_CHECKSUM=md5",
		    "the server ignores x-amz-checksum-sha256 (the payload's"
		    " hash still guards what passes through almacen)");
	else
		finding_ok(finding_r, doctor->pool,
		    "x-amz-checksum-sha256 is checked");
}

void
doctor_conditional(struct doctor *doctor, struct finding *finding_r)
{
	bool is_wanted =
	    store_traits(doctor->backend->store)->can_write_conditionally;
	struct s3_put put = describe(doctor);
	struct err err = ERR_INIT;
	const char *etag;

	put.is_new_only = true;
	if (s3_put(doctor->client, doctor->pool, &put, &etag, &err) == 0) {
		if (is_wanted)
			finding_bad(finding_r, doctor->pool,
			    "S3_CONDITIONAL_WRITE=false",
			    "the server replaces objects in spite of"
			    " If-None-Match: *");
		else
			finding_ok(finding_r, doctor->pool,
			    "not honoured, and not counted on");
	} else if (err.kind != ERR_CONFLICT) {
		finding_bad(finding_r, doctor->pool,
		    "S3_CONDITIONAL_WRITE=false",
		    "If-None-Match: * is answered with: %s", err.text);
	} else if (!is_wanted) {
		finding_warn(finding_r, doctor->pool,
		    "S3_CONDITIONAL_WRITE=true",
		    "the server honours If-None-Match: *, but it is not used");
	} else {
		finding_ok(finding_r, doctor->pool, "If-None-Match: *");
	}
}

/* ---- multipart ---- */

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
		    "allow the key s3:PutObject and"
		    " s3:AbortMultipartUpload",
		    "cannot begin an upload in parts: %s", err.text);
	else if (s3_upload_abort(doctor->client, doctor->key,
		     s3_upload_id(upload), &err) == -1)
		finding_bad(finding_r, doctor->pool,
		    "allow the key s3:AbortMultipartUpload",
		    "cannot abort an upload in parts: %s", err.text);
	else
		finding_ok(finding_r, doctor->pool, "begun and aborted");
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
	if (found == -1)
		finding_warn(finding_r, doctor->pool,
		    "almacenctl sweep, each hour, does the same",
		    "the server tells of no rules: %s", err.text);
	else if (found == 0 || !seen.has_abort)
		finding_warn(finding_r, doctor->pool, fix,
		    "no rule aborts unfinished uploads; they are paid for");
	else if (!seen.has_temp)
		finding_warn(finding_r, doctor->pool, fix,
		    "no rule removes what is left below temp/");
	else
		finding_ok(finding_r, doctor->pool,
		    "unfinished uploads and temp/ expire");
}

void
doctor_delete(struct doctor *doctor, struct finding *finding_r)
{
	struct err err = ERR_INIT;
	struct s3_info info;
	int found = 0;

	if (doctor->public_key != NULL)
		found = s3_delete(doctor->client, doctor->public_key, &err);
	if (found == 0)
		found = s3_delete(doctor->client, doctor->key, &err);
	if (found == 0)
		found = s3_head(doctor->client, doctor->pool, doctor->key,
		    &info, &err);
	if (found == -1)
		finding_bad(finding_r, doctor->pool,
		    "allow the key s3:DeleteObject in this bucket",
		    "cannot delete: %s", err.text);
	else if (found == 1)
		finding_bad(finding_r, doctor->pool,
		    "look for object locks or versions on the bucket",
		    "a deleted object is still there");
	else
		finding_ok(finding_r, doctor->pool, "and gone");
}
