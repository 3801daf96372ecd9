/*
 * Doctor: requests as browsers and other strangers make them.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "codec/url.h"
#include "ctl/doctor.h"
#include "s3/reply.h"

/* An answer that is longer is none of an S3 server's. */
enum { REPLY_BYTES_MAX = 1024 * 1024, TOTAL_SECS = 15 };

struct slice
doctor_bytes(void)
{
	return slice_str("almacenctl doctor was here\n");
}

int
doctor_fetch(struct doctor *doctor, const struct doctor_request *request,
    struct fetch_reply *reply_r, struct err *err)
{
	static const char *const none[] = { NULL };
	const char *ca_file = conf_text(doctor->conf, SET_S3_CA_FILE);
	struct slice body = request->body;
	struct fetch_request fetch = { .method = request->method,
		.url = request->url,
		.headers = request->lines == NULL ? none : request->lines,
		.has_body = strcmp(request->method, "PUT") == 0 ||
		    strcmp(request->method, "POST") == 0,
		.body_bytes = (int64_t)body.len,
		.read = body.len > 0 ? fetch_read_slice : NULL,
		.read_arg = &body,
		.reply_max_bytes = REPLY_BYTES_MAX,
		.deadlines = { .connect_secs = doctor_secs(doctor,
				   SET_S3_CONNECT_TIMEOUT, DOCTOR_CONNECT_SECS),
		    .first_byte_secs = doctor_secs(doctor,
			SET_S3_FIRST_BYTE_TIMEOUT, DOCTOR_ANSWER_SECS),
		    .stall_secs = doctor_secs(doctor, SET_S3_STALL_TIMEOUT,
			DOCTOR_ANSWER_SECS),
		    .total_secs = TOTAL_SECS },
		.ca_file = request->is_to_server ? ca_file : NULL };

	if (fetch_run(doctor->fetcher, doctor->pool, &fetch, reply_r, err) ==
	    0)
		return 0;
	/* Browsers of a firm may well know its authority. */
	if (err->kind != ERR_UPSTREAM || request->is_to_server ||
	    *ca_file == '\0')
		return -1;
	fetch.ca_file = ca_file;
	return fetch_run(doctor->fetcher, doctor->pool, &fetch, reply_r, err);
}

int
doctor_get(struct doctor *doctor, const char *url,
    struct fetch_reply *reply_r, struct err *err)
{
	const struct doctor_request request = { .method = "GET", .url = url };

	return doctor_fetch(doctor, &request, reply_r, err);
}

bool
doctor_is_good(const struct fetch_reply *reply)
{
	return reply->status >= 200 && reply->status <= 299;
}

bool
doctor_has_bytes(const struct fetch_reply *reply)
{
	return doctor_is_good(reply) && slice_eq(reply->body, doctor_bytes());
}

bool
doctor_says(const struct fetch_reply *reply, const char *text)
{
	return reply->body.len > 0 &&
	    memmem(reply->body.data, reply->body.len, text, strlen(text)) !=
		NULL;
}

const char *
doctor_cause(struct doctor *doctor, const struct fetch_reply *reply)
{
	struct err err = ERR_INIT;

	if (s3_reply_check(reply, &err) == -1 && err.code[0] != '\0')
		return pool_strdup(doctor->pool, err.code);
	return pool_format(doctor->pool, "status %d", reply->status);
}

const char *
doctor_no_way(struct doctor *doctor, const char *url, const struct err *err)
{
	struct err ignored = ERR_INIT;
	const char *detail = strrchr(err->text, ':');
	struct url parts = { .authority = url };

	if (url_parse(doctor->pool, slice_str(url), &parts, &ignored) == -1)
		return err->text;
	if (strstr(err->text, "resolve host") != NULL)
		return pool_format(doctor->pool,
		    "no name server knows the host of %s", parts.authority);
	if (strstr(err->text, "connect to") != NULL)
		return pool_format(doctor->pool, "nobody answers at %s (%s)",
		    parts.authority, detail == NULL ? err->text : detail + 2);
	return pool_format(doctor->pool, "no answer from %s: %s",
	    parts.authority, err->text);
}

/* ---- presigned ---- */

const char *const *
doctor_lines(struct doctor *doctor, const struct store_presigned *presigned)
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

int
doctor_presigned(struct doctor *doctor, const struct store_access *access,
    struct slice body, struct fetch_reply *reply_r, struct err *err)
{
	struct store_presigned presigned;
	struct doctor_request request = { .body = body };

	if (store_presign(doctor->backend->store, doctor->pool, access,
		&presigned, err) == -1)
		return -1;
	request.method = presigned.method;
	request.url = presigned.url;
	request.lines = doctor_lines(doctor, &presigned);
	if (doctor_fetch(doctor, &request, reply_r, err) == 0)
		return 0;
	return err_set(err, ERR_UNAVAILABLE, "%s",
	    doctor_no_way(doctor, presigned.url, err));
}
