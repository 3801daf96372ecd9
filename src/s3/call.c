/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "s3/call.h"
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
static int
check_headers(const struct s3_call *call, struct err *err)
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
add_signed_headers(const struct s3_client *client, struct s3_call *call,
    const struct signer *signer, const char *date)
{
	s3_call_header(call, "host", client->place.host);
	s3_call_header(call, "x-amz-date", date);
	s3_call_header(call, "x-amz-content-sha256",
	    call->body == NULL ? SIGN_EMPTY_SHA256 : call->body->sha256);
	s3_call_header(call, "x-amz-security-token",
	    signer->credentials.session_token);
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

static int
work_secs(const struct s3_call *call)
{
	int64_t secs = call->work_bytes / S3_WORK_RATE;

	return secs < INT32_MAX / 2 ? (int)secs : INT32_MAX / 2;
}

/* No exchange can last longer without being slower than a stalled one. */
static int
total_secs(const struct s3_client *client, const struct s3_call *call,
    const struct fetch_request *request)
{
	int64_t secs = client->connect_secs + 3 * (int64_t)client->stall_secs +
	    work_secs(call) + request->body_bytes / FETCH_STALL_RATE;

	if (request->sink != NULL || secs > INT32_MAX)
		return 0;
	return (int)secs;
}

static void
sign_call(const struct s3_client *client, struct pool *pool,
    const struct signer *signer, const struct s3_call *call,
    struct fetch_request *request_r)
{
	struct s3_call full = *call;
	struct sign_request request;
	struct sign_result result;
	char date[DATE_AMZ_CHARS + 1];
	struct s3_url url;

	date_amz(date, signer->scope.now_secs);
	add_signed_headers(client, &full, signer, date);
	s3_place_url(&client->place, pool, call->key, call->query, &url);
	request = (struct sign_request){ .method = call->method,
		.path = url.path,
		.query = call->query,
		.headers = full.headers,
		.header_count = full.header_count,
		.payload_hash = call->body == NULL ? SIGN_EMPTY_SHA256 :
						     call->body->sha256 };
	sign_with_header(pool, signer, &request, &result);
	*request_r = (struct fetch_request){ .method = call->method,
		.url = url.url,
		.headers = header_lines(pool, &full, result.authorization),
		.sink = call->sink,
		.sink_arg = call->sink_arg,
		.reply_max_bytes = call->reply_max_bytes };
	describe_body(pool, call, request_r);
	request_r->deadlines = (struct fetch_deadlines){
		.connect_secs = client->connect_secs,
		.stall_secs = client->stall_secs + work_secs(call),
		.total_secs = total_secs(client, call, request_r)
	};
}

int
s3_call_sign(struct s3_client *client, struct pool *pool,
    const struct s3_call *call, struct fetch_request *request_r,
    struct err *err)
{
	struct pool *secrets;
	struct signer signer;
	int result;

	if (check_headers(call, err) == -1)
		return -1;
	secrets = pool_new_secret();
	result = s3_client_signer(client, secrets, &signer, err);
	if (result == 0)
		sign_call(client, pool, &signer, call, request_r);
	pool_free(&secrets);
	return result;
}

/* ---- running ---- */

static int
run_once(struct s3_client *client, struct pool *pool,
    const struct s3_call *call, struct fetch_reply *reply_r, struct err *err)
{
	struct fetch_request request;

	*reply_r = (struct fetch_reply){ .status = 0 };
	if (s3_call_sign(client, pool, call, &request, err) == -1 ||
	    fetch_run(client->fetcher, pool, &request, reply_r, err) == -1)
		return -1;
	return call->has_late_errors ? s3_reply_check_body(reply_r, err) :
				       s3_reply_check(reply_r, err);
}

struct s3_attempts
s3_attempts_begin(void)
{
	return (struct s3_attempts){ .count = 1,
		.started_ms = clock_monotonic_ms() };
}

static bool
is_time_up(const struct s3_client *client, const struct s3_call *call,
    const struct s3_attempts *attempts)
{
	int64_t patience_ms = INT64_C(1000) * client->connect_secs +
	    INT64_C(1000) * client->stall_secs +
	    INT64_C(1000) * work_secs(call);

	return clock_monotonic_ms() - attempts->started_ms > patience_ms;
}

bool
s3_call_again(struct s3_client *client, const struct s3_call *call,
    struct s3_attempts *attempts, const struct fetch_reply *reply,
    const struct err *err)
{
	if (attempts->count >= client->retry.attempts_max ||
	    is_time_up(client, call, attempts) ||
	    !retry_is_sensible(call->rule, reply, err))
		return false;
	log_warning(client->log, "S3 %s, attempt %d of %d: %s", call->method,
	    attempts->count, client->retry.attempts_max, err->text);
	retry_pause(&client->retry, attempts->count);
	attempts->count++;
	return true;
}

int
s3_call_run(struct s3_client *client, struct pool *pool,
    const struct s3_call *call, struct fetch_reply *reply_r, struct err *err)
{
	struct s3_attempts attempts = s3_attempts_begin();

	while (run_once(client, pool, call, reply_r, err) == -1) {
		if (!s3_call_again(client, call, &attempts, reply_r, err))
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
