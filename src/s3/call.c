/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "s3/attempt.h"
#include "s3/reply.h"

void
s3_call_header(struct s3_call *call, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	assert(call->header_count < S3_CALL_HEADERS_MAX);
	call->headers[call->header_count++] = (struct sign_header){
		.name = name,
		.value = value
	};
}

/* A line break in a value would be another header (CWE-113). */
int
s3_call_check(const struct s3_call *call, struct err *err)
{
	for (size_t i = 0; i < call->header_count; i++) {
		const char *c = call->headers[i].value;

		for (; *c != '\0'; c++)
			if ((unsigned char)*c < ' ' || *c == 0x7f)
				return err_set(err, ERR_INVALID,
				    "control character in header %s",
				    call->headers[i].name);
	}
	return 0;
}

/* ---- bodies ---- */

static int
read_body(void *arg, int64_t offset, void *data, size_t len, size_t *got_r,
    struct err *err)
{
	const struct s3_body *body = arg;

	if (s3_body_read(body, offset, data, len, got_r, err) == -1)
		return -1;
	return body->watch == NULL ?
	    0 : body->watch(body->watch_arg, offset, *got_r, err);
}

static void
describe_body(struct pool *pool, const struct s3_call *call,
    struct fetch_request *request)
{
	/* A PUT or POST of nothing has a length too. */
	request->has_body = call->body != NULL ||
	    strcmp(call->method, "POST") == 0 ||
	    strcmp(call->method, "PUT") == 0;
	request->body_bytes = call->body == NULL ? 0 :
	    s3_body_bytes(call->body);
	if (request->body_bytes == 0)
		return;
	request->read = read_body;
	request->read_arg = pool_memdup(pool, call->body,
	    sizeof(*call->body));
}

/* ---- signing ---- */

static void
add_signed_headers(struct s3_call *call, const struct s3_signing *signing,
    const char *date)
{
	s3_call_header(call, "host", signing->target->place.host);
	s3_call_header(call, "x-amz-date", date);
	s3_call_header(call, "x-amz-content-sha256",
	    call->body == NULL ? SIGN_EMPTY_SHA256 : call->body->sha256);
	s3_call_header(call, "x-amz-security-token",
	    signing->signer.credentials.session_token);
	if (call->body != NULL)
		s3_call_header(call, "content-md5", call->body->md5);
}

static const char *const *
header_lines(struct pool *pool, const struct s3_call *call,
    const char *authorization)
{
	const char **lines = pool_alloc_array(pool, call->header_count + 2,
	    sizeof(*lines));

	for (size_t i = 0; i < call->header_count; i++)
		lines[i] = pool_format(pool, "%s: %s", call->headers[i].name,
		    call->headers[i].value);
	lines[call->header_count] = pool_format(pool, "Authorization: %s",
	    authorization);
	return lines;
}

int
s3_call_work_secs(const struct s3_call *call)
{
	int64_t secs = call->work_bytes / S3_WORK_RATE;

	return secs < INT32_MAX / 8 ? (int)secs : INT32_MAX / 8;
}

/* No exchange can last longer without being slower than a stalled one. */
static int
total_secs(const struct fetch_deadlines *deadlines,
    const struct fetch_request *request)
{
	int64_t secs = deadlines->connect_secs + deadlines->first_byte_secs +
	    3 * (int64_t)deadlines->stall_secs +
	    request->body_bytes / FETCH_STALL_RATE;

	if (request->sink != NULL || secs > INT32_MAX)
		return 0;
	return (int)secs;
}

static void
set_deadlines(const struct s3_client *client, const struct s3_call *call,
    struct fetch_request *request)
{
	int patience = call->patience < 1 ? 1 : call->patience;
	int work_secs = s3_call_work_secs(call);

	request->deadlines = (struct fetch_deadlines){
		.connect_secs = client->connect_secs,
		.first_byte_secs = patience * client->first_byte_secs +
		    work_secs,
		.stall_secs = patience * client->stall_secs + work_secs
	};
	request->deadlines.total_secs = total_secs(&request->deadlines,
	    request);
}

static const char *
authorize(struct pool *pool, const struct s3_call *call,
    const struct s3_signing *signing, const struct s3_url *url)
{
	const struct sign_request request = { .method = call->method,
		.path = url->path,
		.query = call->query,
		.headers = call->headers,
		.header_count = call->header_count,
		.payload_hash = call->body == NULL ? SIGN_EMPTY_SHA256 :
						     call->body->sha256 };
	struct sign_result result;

	sign_with_header(pool, &signing->signer, &request, &result);
	return result.authorization;
}

void
s3_call_sign(const struct s3_client *client, struct pool *pool,
    const struct s3_call *call, const struct s3_signing *signing,
    struct fetch_request *request_r)
{
	struct s3_call full = *call;
	char date[DATE_AMZ_CHARS + 1];
	struct s3_url url;

	date_amz(date, signing->signer.scope.now_secs);
	add_signed_headers(&full, signing, date);
	s3_place_url(&signing->target->place, pool, call->key, call->query,
	    &url);
	*request_r = (struct fetch_request){ .method = call->method,
		.url = url.url,
		.headers = header_lines(pool, &full,
		    authorize(pool, &full, signing, &url)),
		.sink = call->sink,
		.sink_arg = call->sink_arg,
		.reply_max_bytes = call->reply_max_bytes,
		.is_once = call->rule == RETRY_IF_REFUSED,
		.ca_file = client->ca_file };
	describe_body(pool, call, request_r);
	set_deadlines(client, call, request_r);
}

/* ---- running ---- */

int
s3_call_check_reply(const struct s3_call *call,
    const struct fetch_reply *reply, struct err *err)
{
	return call->has_late_errors ? s3_reply_check_body(reply, err) :
				       s3_reply_check(reply, err);
}

int
s3_call_run(struct s3_client *client, struct pool *pool,
    const struct s3_call *call, struct fetch_reply *reply_r, struct err *err)
{
	struct s3_attempts attempts;

	s3_attempts_begin(&attempts, client, pool, call);
	while (s3_attempt_run(&attempts, reply_r, err) == -1) {
		if (!s3_attempt_again(&attempts, reply_r, err))
			return -1;
		err_clear(err);
	}
	return 0;
}

int
s3_call_plain(struct s3_client *client, const struct s3_call *call,
    struct err *err)
{
	struct pool *pool = pool_new();
	struct fetch_reply reply;
	int result = s3_call_run(client, pool, call, &reply, err);

	pool_free(&pool);
	return result;
}

int
s3_absent(struct err *err)
{
	if (err->kind != ERR_NOT_FOUND)
		return -1;
	err_clear(err);
	return 0;
}
