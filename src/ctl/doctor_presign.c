/*
 * Doctor: presigned requests, as browsers make them.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/buf.h"
#include "ctl/doctor.h"

enum { URL_SECS = 60, FORM_MAX = 16 * 1024, FORM_BYTES = 1024 };

#define BOUNDARY "almacen-doctor-7dUq2m"

static bool
is_unreachable(const struct fetch_reply *reply)
{
	return reply->status == 0 || reply->status >= 404;
}

/* The file store's requests come to the program itself. */
static const char *
presign_fix(struct doctor *doctor, const struct fetch_reply *reply)
{
	if (doctor->client == NULL)
		return is_unreachable(reply) ?
		    "BASE_URL: where browsers reach the program; see that it"
		    " runs and gets all below /store/" :
		    "the program and its web server must see Host as browsers"
		    " send it, and the SECRET_KEY that almacenctl sees";
	if (is_unreachable(reply))
		return "S3_PRESIGN_ENDPOINT: the URL of the S3 server as"
		       " browsers reach it";
	return "the proxy at S3_PRESIGN_ENDPOINT must pass Host, path and"
	       " query on unchanged (nginx: proxy_set_header Host $http_host)";
}

/* What the file store needs to make URLs; false when it is missing. */
static bool
can_presign(struct doctor *doctor, struct finding *finding_r)
{
	if (doctor->client != NULL)
		return true;
	if (*doctor->base_url == '\0')
		finding_skip(finding_r, doctor->pool,
		    "BASE_URL is not set: where is the site?");
	else if (*doctor->backend->secret == '\0')
		finding_skip(finding_r, doctor->pool,
		    "no SECRET_KEY, and no database that has one");
	else
		return true;
	return false;
}

void
doctor_presigned_get(struct doctor *doctor, struct finding *finding_r)
{
	const struct store_access access = { .method = "GET",
		.key = doctor->key,
		.content_length = -1,
		.response_disposition = "attachment",
		.expires_secs = URL_SECS,
		.origin = doctor->base_url };
	struct fetch_reply reply = { .status = 0 };
	struct err err = ERR_INIT;

	if (!can_presign(doctor, finding_r))
		return;
	if (doctor_presigned(doctor, &access, slice_str(""), &reply, &err) ==
	    -1)
		finding_bad(finding_r, doctor->pool,
		    presign_fix(doctor, &reply), "%s", err.text);
	else if (!doctor_is_good(&reply))
		finding_bad(finding_r, doctor->pool,
		    presign_fix(doctor, &reply), "refused: %s",
		    doctor_cause(doctor, &reply));
	else if (!doctor_has_bytes(&reply))
		finding_bad(finding_r, doctor->pool,
		    presign_fix(doctor, &reply), "other bytes came");
	else
		finding_ok(finding_r, doctor->pool, "brings the object");
}

/* One byte less than was signed: 1 taken, 0 refused, -1. */
static int
put_too_short(struct doctor *doctor, const struct store_access *access,
    struct err *err)
{
	struct slice bytes = doctor_bytes();
	struct fetch_reply reply;

	if (doctor_presigned(doctor, access,
		slice_make(bytes.data, bytes.len - 1), &reply, err) == -1)
		return -1;
	return doctor_is_good(&reply) ? 1 : 0;
}

void
doctor_presigned_put(struct doctor *doctor, struct finding *finding_r)
{
	struct slice bytes = doctor_bytes();
	const struct store_access access = { .method = "PUT",
		.key = doctor->key,
		.content_type = DOCTOR_TYPE,
		.content_length = (int64_t)bytes.len,
		.expires_secs = URL_SECS,
		.origin = doctor->base_url };
	struct fetch_reply reply = { .status = 0 };
	struct err err = ERR_INIT;

	if (doctor_presigned(doctor, &access, bytes, &reply, &err) == -1)
		finding_bad(finding_r, doctor->pool,
		    presign_fix(doctor, &reply), "%s", err.text);
	else if (!doctor_is_good(&reply))
		finding_bad(finding_r, doctor->pool,
		    presign_fix(doctor, &reply), "refused: %s",
		    doctor_cause(doctor, &reply));
	else if (put_too_short(doctor, &access, &err) == 1)
		finding_bad(finding_r, doctor->pool,
		    "do not hand out presigned URLs of this server",
		    "the server takes another size than was signed");
	else
		finding_ok(finding_r, doctor->pool,
		    "taken, and another size is refused");
}

/* ---- headers that are not signed ---- */

/* A copy of the test object onto itself, which changes nothing. */
static int
put_as_copy(struct doctor *doctor, struct fetch_reply *reply_r,
    struct err *err)
{
	const char *lines[] = { "x-amz-metadata-directive: REPLACE",
		pool_format(doctor->pool, "x-amz-copy-source: /%s/%s",
		    store_bucket(doctor->backend->store), doctor->key),
		NULL };
	const struct store_access access = { .method = "PUT",
		.key = doctor->key,
		.content_length = -1,
		.expires_secs = URL_SECS,
		.origin = doctor->base_url };
	struct doctor_request request = { .method = "PUT",
		.lines = lines,
		.body = doctor_bytes() };
	struct store_presigned presigned;

	if (store_presign(doctor->backend->store, doctor->pool, &access,
		&presigned, err) == -1)
		return -1;
	request.url = presigned.url;
	return doctor_fetch(doctor, &request, reply_r, err);
}

void
doctor_unsigned(struct doctor *doctor, struct finding *finding_r)
{
	struct fetch_reply reply = { .status = 0 };
	struct err err = ERR_INIT;

	if (put_as_copy(doctor, &reply, &err) == -1)
		finding_bad(finding_r, doctor->pool,
		    presign_fix(doctor, &reply), "%s", err.text);
	else if (doctor_is_good(&reply) &&
	    doctor_says(&reply, "CopyObjectResult"))
		finding_warn(finding_r, doctor->pool,
		    "S3_PROVIDER=ceph, if it is a Ceph; else let"
		    " S3_ACCESS_KEY read this bucket alone",
		    "the server obeys x-amz-copy-source though it is not"
		    " signed: who may upload may copy what our keys can read");
	else
		finding_ok(finding_r, doctor->pool,
		    "cannot turn an upload into a copy");
}

/* ---- POST ---- */

static struct slice
form_body(struct doctor *doctor, const struct store_form *form)
{
	struct buf buf;

	buf_init(&buf, doctor->pool, FORM_MAX);
	for (size_t i = 0; i < form->field_count; i++)
		(void)buf_format(&buf,
		    "--" BOUNDARY "\r\nContent-Disposition: form-data;"
		    " name=\"%s\"\r\n\r\n%s\r\n",
		    form->fields[i].name, form->fields[i].value);
	(void)buf_format(&buf,
	    "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"file\";"
	    " filename=\"doctor.txt\"\r\nContent-Type: " DOCTOR_TYPE
	    "\r\n\r\n%.*s\r\n--" BOUNDARY "--\r\n",
	    SLICE_ARG(doctor_bytes()));
	return buf_view(&buf);
}

static int
send_form(struct doctor *doctor, int64_t max_bytes,
    struct fetch_reply *reply_r, struct err *err)
{
	static const char *const lines[] = {
		"Content-Type: multipart/form-data; boundary=" BOUNDARY, NULL
	};
	const struct store_form_access access = { .key = doctor->key,
		.content_type = DOCTOR_TYPE,
		.min_bytes = 1,
		.max_bytes = max_bytes,
		.expires_secs = URL_SECS,
		.origin = doctor->base_url };
	struct doctor_request request = { .method = "POST", .lines = lines };
	struct store_form form;

	if (store_presign_form(doctor->backend->store, doctor->pool, &access,
		&form, err) == -1)
		return -1;
	request.url = form.url;
	request.body = form_body(doctor, &form);
	return doctor_fetch(doctor, &request, reply_r, err);
}

void
doctor_post(struct doctor *doctor, struct finding *finding_r)
{
	const char *fix = doctor->client == NULL ?
	    "see the program's log" : "S3_FORM_POST=false";
	struct fetch_reply reply = { .status = 0 };
	struct err err = ERR_INIT;

	if (!store_traits(doctor->backend->store)->can_post_forms)
		finding_skip(finding_r, doctor->pool,
		    "this server has none; PUT is used");
	else if (send_form(doctor, FORM_BYTES, &reply, &err) == -1)
		finding_bad(finding_r, doctor->pool, fix, "%s", err.text);
	else if (!doctor_is_good(&reply))
		finding_bad(finding_r, doctor->pool, fix, "refused: %s",
		    doctor_cause(doctor, &reply));
	else if (send_form(doctor, 2, &reply, &err) == 0 &&
	    doctor_is_good(&reply))
		finding_bad(finding_r, doctor->pool, fix,
		    "the server takes more bytes than the form permits");
	else
		finding_ok(finding_r, doctor->pool,
		    "taken, and more bytes than permitted are refused");
}
