/*
 * Doctor: what browsers may do without our keys: presigned requests, CORS,
 * public URLs, and what they must not.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/buf.h"
#include "ctl/doctor.h"
#include "model/settings.h"
#include "s3/reply.h"
#include "store/presign.h"

enum { URL_SECS = 60, FORM_MAX = 16 * 1024 };

#define DOCTOR_TYPE "text/plain"
#define BOUNDARY "almacen-doctor-7dUq2m"

static const char *const no_headers[] = { NULL };

static bool
is_good(const struct fetch_reply *reply)
{
	return reply->status >= 200 && reply->status <= 299;
}

/* The server's code, or the status when it names none. */
static const char *
cause(struct doctor *doctor, const struct fetch_reply *reply)
{
	struct err err = ERR_INIT;

	if (s3_reply_check(reply, &err) == -1 && err.code[0] != '\0')
		return pool_strdup(doctor->pool, err.code);
	return pool_format(doctor->pool, "status %d", reply->status);
}

static const char *const *
lines_of(struct doctor *doctor, const struct store_presigned *presigned)
{
	const char **lines = pool_alloc_array(doctor->pool,
	    presigned->header_count + 1, sizeof(*lines));
	size_t count = 0;

	for (size_t i = 0; i < presigned->header_count; i++) {
		const struct store_header *header = &presigned->headers[i];

		/* Its sender knows that one best, here as in a browser. */
		if (slice_eq_case(slice_str(header->name), "content-length"))
			continue;
		lines[count++] = pool_format(doctor->pool, "%s: %s",
		    header->name, header->value);
	}
	return lines;
}

/* Presign, and do it as a browser would. */
static int
run_presigned(struct doctor *doctor, const struct store_access *access,
    struct slice body, struct fetch_reply *reply_r, struct err *err)
{
	struct store_presigned presigned;

	if (store_presign(doctor->backend->store, doctor->pool, access,
		&presigned, err) == -1)
		return -1;
	return doctor_fetch(doctor, presigned.method, presigned.url,
	    lines_of(doctor, &presigned), body, reply_r, err);
}

static const char *
presign_fix(const struct fetch_reply *reply)
{
	if (reply->status == 403)
		return "S3_PRESIGN_ENDPOINT: a proxy there must pass Host,"
		       " path and query on unchanged";
	return "S3_PRESIGN_ENDPOINT: the URL of the S3 server as browsers"
	       " reach it";
}

void
doctor_presigned_get(struct doctor *doctor, struct finding *finding_r)
{
	const struct store_access access = { .method = "GET",
		.key = doctor->key,
		.content_length = -1,
		.response_disposition = "attachment",
		.expires_secs = URL_SECS,
		.origin = doctor->origin };
	struct fetch_reply reply = { .status = 0 };
	struct err err = ERR_INIT;

	if (run_presigned(doctor, &access, slice_str(""), &reply, &err) == -1)
		finding_bad(finding_r, doctor->pool, presign_fix(&reply), "%s",
		    err.text);
	else if (!is_good(&reply))
		finding_bad(finding_r, doctor->pool, presign_fix(&reply),
		    "a presigned GET is refused: %s", cause(doctor, &reply));
	else if (!slice_eq(reply.body, doctor_bytes()))
		finding_bad(finding_r, doctor->pool, presign_fix(&reply),
		    "a presigned GET brings other bytes");
	else
		finding_ok(finding_r, doctor->pool, "answered with the object");
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
		.origin = doctor->origin };
	struct fetch_reply reply = { .status = 0 };
	struct err err = ERR_INIT;

	if (run_presigned(doctor, &access, bytes, &reply, &err) == -1)
		finding_bad(finding_r, doctor->pool, presign_fix(&reply), "%s",
		    err.text);
	else if (!is_good(&reply))
		finding_bad(finding_r, doctor->pool, presign_fix(&reply),
		    "a presigned PUT is refused: %s", cause(doctor, &reply));
	else if (run_presigned(doctor, &access,
		     slice_make(bytes.data, bytes.len - 1), &reply, &err) ==
		0 && is_good(&reply))
		finding_bad(finding_r, doctor->pool,
		    "do not hand out presigned URLs of this server",
		    "a presigned PUT took another size than was signed");
	else
		finding_ok(finding_r, doctor->pool,
		    "taken; another size is refused");
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
		.origin = doctor->origin };
	struct store_form form;

	if (store_presign_form(doctor->backend->store, doctor->pool, &access,
		&form, err) == -1)
		return -1;
	return doctor_fetch(doctor, "POST", form.url, lines,
	    form_body(doctor, &form), reply_r, err);
}

void
doctor_post(struct doctor *doctor, struct finding *finding_r)
{
	static const char fix[] = "S3_FORM_POST=false";
	struct fetch_reply reply = { .status = 0 };
	struct err err = ERR_INIT;

	if (!store_traits(doctor->backend->store)->can_post_forms)
		finding_skip(finding_r, doctor->pool,
		    "this provider has no POST Object; PUT is used");
	else if (send_form(doctor, 1024, &reply, &err) == -1)
		finding_bad(finding_r, doctor->pool, fix, "%s", err.text);
	else if (!is_good(&reply))
		finding_bad(finding_r, doctor->pool, fix,
		    "an upload by form is refused: %s",
		    cause(doctor, &reply));
	else if (send_form(doctor, 2, &reply, &err) == 0 && is_good(&reply))
		finding_bad(finding_r, doctor->pool, fix,
		    "the server does not keep to the policy's length");
	else
		finding_ok(finding_r, doctor->pool,
		    "taken; beyond the policy's length it is refused");
}

/* ---- CORS ---- */

static bool
allows_origin(const struct doctor *doctor, const struct fetch_reply *reply)
{
	const struct slice *allowed =
	    fetch_header(reply, "access-control-allow-origin");

	return allowed != NULL &&
	    (slice_eq_str(*allowed, "*") ||
		slice_eq_str(*allowed, doctor->origin));
}

static bool
exposes_etag(struct doctor *doctor, const struct fetch_reply *reply)
{
	const struct slice *exposed =
	    fetch_header(reply, "access-control-expose-headers");
	struct slice rest, name;

	(void)doctor;
	if (exposed == NULL)
		return false;
	rest = *exposed;
	while (slice_next(&rest, ',', &name)) {
		name = slice_trim(name);
		if (slice_eq_case(name, "etag") || slice_eq_str(name, "*"))
			return true;
	}
	return false;
}

/* The preflight of a PUT with a type, as a page of the site causes it. */
static int
run_preflight(struct doctor *doctor, const char *url,
    struct fetch_reply *reply_r, struct err *err)
{
	const char *const lines[] = { pool_format(doctor->pool, "Origin: %s",
					  doctor->origin),
		"Access-Control-Request-Method: PUT",
		"Access-Control-Request-Headers: content-type", NULL };

	return doctor_fetch(doctor, "OPTIONS", url, lines, slice_str(""),
	    reply_r, err);
}

static int
run_with_origin(struct doctor *doctor, const char *url,
    struct fetch_reply *reply_r, struct err *err)
{
	const char *const lines[] = { pool_format(doctor->pool, "Origin: %s",
					  doctor->origin),
		NULL };

	return doctor_fetch(doctor, "GET", url, lines, slice_str(""), reply_r,
	    err);
}

void
doctor_cors(struct doctor *doctor, struct finding *finding_r)
{
	const struct store_access access = { .method = "GET",
		.key = doctor->key,
		.content_length = -1,
		.expires_secs = URL_SECS,
		.origin = doctor->origin };
	const char *fix = pool_format(doctor->pool,
	    "almacenctl bucket cors --origin %s --apply", doctor->origin);
	struct store_presigned url;
	struct fetch_reply reply;
	struct err err = ERR_INIT;

	if (doctor->origin[0] == '\0') {
		finding_skip(finding_r, doctor->pool,
		    "which site? set BASE_URL, or --origin https://…");
		return;
	}
	if (store_presign(doctor->backend->store, doctor->pool, &access, &url,
		&err) == -1 ||
	    run_preflight(doctor, url.url, &reply, &err) == -1)
		finding_bad(finding_r, doctor->pool, fix, "%s", err.text);
	else if (!is_good(&reply) || !allows_origin(doctor, &reply))
		finding_bad(finding_r, doctor->pool, fix,
		    "pages of %s may not PUT to the bucket (%s)",
		    doctor->origin, cause(doctor, &reply));
	else if (run_with_origin(doctor, url.url, &reply, &err) == -1)
		finding_bad(finding_r, doctor->pool, fix, "%s", err.text);
	else if (!allows_origin(doctor, &reply) ||
	    !exposes_etag(doctor, &reply))
		finding_bad(finding_r, doctor->pool, fix,
		    "pages of %s may not read ETag", doctor->origin);
	else
		finding_ok(finding_r, doctor->pool, "%s may PUT and read ETag",
		    doctor->origin);
}

/* ---- public and private ---- */

static int
put_public(struct doctor *doctor, struct err *err)
{
	const struct store_object object = { .key = doctor->public_key,
		.content_type = DOCTOR_TYPE };
	struct store_writer *writer;
	struct store_stored stored;

	if (store_writer_open(doctor->backend->store, doctor->pool, &object,
		&writer, err) == -1 ||
	    store_writer_write(writer, doctor_bytes(), err) == -1)
		return -1;
	return store_writer_commit(writer, &stored, err);
}

static const char *
public_fix(const struct fetch_reply *reply)
{
	if (reply->status == 403 || reply->status == 401)
		return "almacenctl bucket policy --apply (on AWS, Block Public"
		       " Access of bucket and account goes before it)";
	return "S3_PUBLIC_URL: where browsers read public objects";
}

void
doctor_public(struct doctor *doctor, struct finding *finding_r)
{
	struct fetch_reply reply = { .status = 0 };
	struct err err = ERR_INIT;
	const char *url;

	if (doctor->public_key == NULL) {
		finding_skip(finding_r, doctor->pool,
		    "S3_PUBLIC_PREFIXES is none");
		return;
	}
	url = store_public_url(doctor->backend->store, doctor->pool,
	    doctor->public_key);
	if (put_public(doctor, &err) == -1 ||
	    doctor_fetch(doctor, "GET", url, no_headers, slice_str(""), &reply,
		&err) == -1)
		finding_bad(finding_r, doctor->pool, public_fix(&reply),
		    "%s: %s", url, err.text);
	else if (!is_good(&reply) ||
	    !slice_eq(reply.body, doctor_bytes()))
		finding_bad(finding_r, doctor->pool, public_fix(&reply),
		    "%s is not what was stored (%s)", url,
		    cause(doctor, &reply));
	else
		finding_ok(finding_r, doctor->pool, "%s", url);
}

/* Decision 15: nothing is public by accident. */
void
doctor_private(struct doctor *doctor, struct finding *finding_r)
{
	const char *url = store_public_url(doctor->backend->store,
	    doctor->pool, doctor->key);
	struct fetch_reply reply;
	struct err err = ERR_INIT;

	if (doctor_fetch(doctor, "GET", url, no_headers, slice_str(""), &reply,
		&err) == 0 &&
	    is_good(&reply) && slice_eq(reply.body, doctor_bytes()))
		finding_bad(finding_r, doctor->pool,
		    "almacenctl bucket policy --apply, and take back other"
		    " public rights of the bucket",
		    "anybody can read private objects: %s", url);
	else
		finding_ok(finding_r, doctor->pool,
		    "strangers cannot read private objects");
}
