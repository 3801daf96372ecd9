/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "http/cookie.h"
#include "http/response.h"

enum {
	/* A body of up to so many bytes leaves in one write with its header. */
	JOIN_BYTES = 16 * 1024,
	HEADER_BLOCK_MAX =
	    (RESPONSE_HEADERS_MAX + 2) * (RESPONSE_HEADER_LINE_MAX + 2),
};

struct reason {
	int status;
	const char *text;
};

/* RFC 9110 section 15, and 429 of RFC 6585. */
static const struct reason reasons[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 206, "Partial Content" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 416, "Range Not Satisfiable" },
	{ 417, "Expectation Failed" },
	{ 422, "Unprocessable Content" },
	{ 429, "Too Many Requests" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
};

const char *
http_status_reason(int status)
{
	for (size_t i = 0; i < ARRAY_COUNT(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "Unknown";
}

void
response_init(struct response *response, struct pool *pool)
{
	*response = (struct response){ .pool = pool,
		.status = 200,
		.body = slice_str(""),
		.length = -1 };
}

void
response_reset(struct response *response)
{
	response_init(response, response->pool);
}

/* No control character: a line break would start a header of its own. */
static bool
is_clean(const char *text)
{
	for (; *text != '\0'; text++)
		if (((unsigned char)*text < 0x20 && *text != '\t') ||
		    *text == 0x7f)
			return false;
	return true;
}

/* The index of a header; header_count when there is none of this name. */
static size_t
find_header(const struct response *response, const char *name)
{
	size_t i;

	for (i = 0; i < response->header_count; i++)
		if (slice_eq_case(slice_str(response->headers[i].name), name))
			break;
	return i;
}

const char *
response_find_header(const struct response *response, const char *name)
{
	size_t i = find_header(response, name);

	return i == response->header_count ? NULL : response->headers[i].value;
}

static struct response_header *
add_header(struct response *response, const char *name)
{
	struct response_header *header;

	assert(response->header_count < RESPONSE_HEADERS_MAX);
	header = &response->headers[response->header_count++];
	header->name = pool_strdup(response->pool, name);
	return header;
}

static ATTR_FORMAT(3, 0) void
set_value(struct response *response, struct response_header *header,
    const char *fmt, va_list ap)
{
	header->value = pool_vformat(response->pool, fmt, ap);
	assert(is_clean(header->value));
}

void
response_header(struct response *response, const char *name, const char *fmt,
    ...)
{
	size_t i = find_header(response, name);
	struct response_header *header;
	va_list ap;

	if (i < response->header_count)
		header = &response->headers[i];
	else
		header = add_header(response, name);
	va_start(ap, fmt);
	set_value(response, header, fmt, ap);
	va_end(ap);
}

void
response_add_header(struct response *response, const char *name,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_value(response, add_header(response, name), fmt, ap);
	va_end(ap);
}

void
response_body(struct response *response, const char *content_type,
    struct slice body)
{
	response_header(response, "Content-Type", "%s", content_type);
	response->body = slice_make(slice_dup(response->pool, body), body.len);
	response->stream = NULL;
}

void
response_redirect(struct response *response, const char *location)
{
	response->status = 302;
	response_header(response, "Location", "%s", location);
}

void
response_stream(struct response *response, const char *content_type,
    int64_t length, response_stream_fn fn, void *arg)
{
	response_header(response, "Content-Type", "%s", content_type);
	response->stream = fn;
	response->stream_arg = arg;
	response->length = length;
}

int
response_sink_write(struct response_sink *sink, const void *data, size_t len,
    struct err *err)
{
	if (sink->transport->ops->write(sink->transport, data, len, err) == -1)
		return -1;
	sink->sent_bytes += (int64_t)len;
	return 0;
}

static void
add_cookie(struct response *response, const struct request *request,
    const char *path, const char *pair, int max_age_secs)
{
	const char *age = "";

	if (max_age_secs >= 0)
		age = pool_format(response->pool, "; Max-Age=%d",
		    max_age_secs);
	response_add_header(response, "Set-Cookie",
	    "%s; Path=%s%s; HttpOnly; SameSite=Lax%s", pair,
	    *path == '\0' ? "/" : path, age,
	    request->is_https ? "; Secure" : "");
}

void
response_cookie(struct response *response, const struct request *request,
    const char *name, const char *value, int max_age_secs)
{
	assert(cookie_is_clean(name, value));
	add_cookie(response, request, request->base,
	    pool_format(response->pool, "%s=%s", name, value), max_age_secs);
}

void
response_host_cookie(struct response *response, const struct request *request,
    const char *name, const char *value, int max_age_secs)
{
	assert(cookie_is_clean(name, value));
	add_cookie(response, request, "",
	    pool_format(response->pool, "%s%s=%s",
		request->is_https ? COOKIE_HOST_PREFIX : "", name, value),
	    max_age_secs);
}

/* RFC 9110 sections 15.3.5 and 15.4.5. */
static bool
status_has_body(int status)
{
	return status >= 200 && status != 204 && status != 304;
}

/* The length to announce; -1 for none. */
static int64_t
body_length(const struct response *response)
{
	if (!status_has_body(response->status))
		return -1;
	if (response->stream != NULL)
		return response->length;
	return (int64_t)response->body.len;
}

static int
format_header(const struct response *response, struct buf *buf,
    struct err *err)
{
	int64_t length = body_length(response);

	(void)buf_format(buf, "Status: %d %s\r\n", response->status,
	    http_status_reason(response->status));
	for (size_t i = 0; i < response->header_count; i++) {
		const struct response_header *header = &response->headers[i];

		if (!is_clean(header->name) || !is_clean(header->value) ||
		    strlen(header->name) + strlen(header->value) + 2 >
		    RESPONSE_HEADER_LINE_MAX)
			return err_set(err, ERR_INTERNAL,
			    "header %s cannot be sent", header->name);
		(void)buf_format(buf, "%s: %s\r\n", header->name,
		    header->value);
	}
	if (length >= 0)
		(void)buf_format(buf, "Content-Length: %lld\r\n",
		    (long long)length);
	(void)buf_str(buf, "\r\n");
	return 0;
}

static int
send_body(struct response_sink *sink, struct buf *header, struct slice body,
    struct err *err)
{
	size_t header_bytes = header->len;

	if (body.len <= JOIN_BYTES) {
		(void)buf_slice(header, body);
		body.len = 0;
	}
	if (response_sink_write(sink, header->data, header->len, err) == -1)
		return -1;
	sink->sent_bytes -= (int64_t)header_bytes;
	if (body.len == 0)
		return 0;
	return response_sink_write(sink, body.data, body.len, err);
}

static int
check_length(const struct response *response, const struct response_sink *sink,
    struct err *err)
{
	if (response->length < 0 || sink->sent_bytes == response->length)
		return 0;
	return err_set(err, ERR_INTERNAL, "%lld of %lld bytes were streamed",
	    (long long)sink->sent_bytes, (long long)response->length);
}

static int
send_stream(struct response *response, struct response_sink *sink,
    struct buf *header, struct err *err)
{
	int result;

	if (response_sink_write(sink, header->data, header->len, err) == -1)
		return -1;
	sink->sent_bytes = 0;
	result = response->stream(sink, response->stream_arg, err);
	if (result == 0)
		result = check_length(response, sink, err);
	if (result == -1)
		sink->transport->ops->cut(sink->transport);
	return result;
}

int
response_send(struct response *response, const struct request *request,
    struct err *err)
{
	struct response_sink sink = { .transport = request->transport };
	struct slice body = response->body;
	struct buf header;
	int result;

	buf_init(&header, response->pool, HEADER_BLOCK_MAX + JOIN_BYTES);
	if (format_header(response, &header, err) == -1)
		return -1;
	if (request_has_body(request) && !request->body_is_read)
		request->transport->ops->give_up_body(request->transport);
	if (request->method == HTTP_HEAD || !status_has_body(response->status))
		body.len = 0;
	if (response->stream != NULL && request->method != HTTP_HEAD &&
	    status_has_body(response->status))
		result = send_stream(response, &sink, &header, err);
	else
		result = send_body(&sink, &header,
		    response->stream == NULL ? body : slice_str(""), err);
	response->sent_bytes = sink.sent_bytes;
	return result;
}
