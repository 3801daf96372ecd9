/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/num.h"
#include "base/rand.h"
#include "codec/utf8.h"
#include "http/accept.h"
#include "http/cookie.h"
#include "http/request.h"
#include "http/target.h"
#include "http/urlencoded.h"

enum { ID_BYTES = 16, HEADER_NAME_MAX = 64, HOST_MAX = 255 };

static const char *const method_names[HTTP_METHOD_COUNT] = {
	[HTTP_NONE] = "",
	[HTTP_GET] = "GET",
	[HTTP_HEAD] = "HEAD",
	[HTTP_POST] = "POST",
	[HTTP_PUT] = "PUT",
	[HTTP_PATCH] = "PATCH",
	[HTTP_DELETE] = "DELETE",
	[HTTP_OPTIONS] = "OPTIONS",
};

const char *
http_method_name(enum http_method method)
{
	assert(method < HTTP_METHOD_COUNT);
	return method_names[method];
}

enum http_method
http_method_find(struct slice name)
{
	for (int i = HTTP_NONE + 1; i < HTTP_METHOD_COUNT; i++)
		if (slice_eq_str(name, method_names[i]))
			return (enum http_method)i;
	return HTTP_NONE;
}

static const char *
param(const struct request *request, const char *name)
{
	return request->transport->ops->param(request->transport, name);
}

/* A variable of at most REQUEST_HEADER_MAX bytes; "" when there is none. */
static const char *
short_param(const struct request *request, const char *name)
{
	const char *value = param(request, name);

	if (value == NULL || strlen(value) > REQUEST_HEADER_MAX)
		return "";
	return value;
}

const char *
request_header(const struct request *request, const char *name)
{
	char variable[sizeof("HTTP_") + HEADER_NAME_MAX] = "HTTP_";
	size_t len = strlen("HTTP_");
	const char *value;

	/* HTTP_PROXY is a setting of other programs (CVE-2016-5385). */
	if (slice_eq_case(slice_str(name), "Proxy"))
		return NULL;
	for (; *name != '\0' && len + 1 < sizeof(variable); name++)
		variable[len++] = *name == '-' ?
		    '_' : (char)toupper((unsigned char)*name);
	if (*name != '\0')
		return NULL;
	variable[len] = '\0';
	/*
	 * These two have no prefix (RFC 3875 sections 4.1.2 and 4.1.3); with
	 * one they are what a client sent as "Content_Length".
	 */
	if (strcmp(variable, "HTTP_CONTENT_TYPE") == 0 ||
	    strcmp(variable, "HTTP_CONTENT_LENGTH") == 0)
		value = param(request, variable + strlen("HTTP_"));
	else
		value = param(request, variable);
	if (value == NULL || strlen(value) > REQUEST_HEADER_MAX)
		return NULL;
	return value;
}

struct name_search {
	struct pool *pool;
	const char *prefix;
	struct request_names *names;
	size_t found;
};

/* "HTTP_X_AMZ_DATE" is "x-amz-date". */
static void
collect_name(void *arg, struct slice variable, const char *value)
{
	struct name_search *search = arg;
	char *name;

	(void)value;
	if (!slice_take_str(&variable, "HTTP_") ||
	    variable.len > HEADER_NAME_MAX)
		return;
	name = slice_dup(search->pool, variable);
	for (char *at = name; *at != '\0'; at++)
		*at = *at == '_' ? '-' : (char)tolower((unsigned char)*at);
	if (!slice_has_prefix(slice_str(name), search->prefix))
		return;
	if (search->found++ < REQUEST_NAMES_MAX)
		search->names->names[search->names->count++] = name;
}

int
request_header_names(const struct request *request, const char *prefix,
    struct request_names *names_r, struct err *err)
{
	struct name_search search = { .pool = request->pool,
		.prefix = prefix,
		.names = names_r };

	*names_r = (struct request_names){ .count = 0 };
	request->transport->ops->each_param(request->transport, collect_name,
	    &search);
	if (search.found <= REQUEST_NAMES_MAX)
		return 0;
	return err_set_code(err, ERR_INVALID, "too_many_headers",
	    "more than %d headers begin with %s", REQUEST_NAMES_MAX, prefix);
}

bool
request_cookie(const struct request *request, const char *name,
    struct slice *value_r)
{
	const char *header = request_header(request, "Cookie");

	return header != NULL && cookie_find(slice_str(header), name, value_r);
}

bool
request_host_cookie(const struct request *request, const char *name,
    struct slice *value_r)
{
	if (request->is_https)
		name = pool_format(request->pool, COOKIE_HOST_PREFIX "%s",
		    name);
	return request_cookie(request, name, value_r);
}

const char *
request_query(const struct request *request, const char *name)
{
	struct slice rest = request->query, key, value;

	while (urlencoded_next(request->pool, &rest, &key, &value) == 1) {
		if (!slice_eq_str(key, name))
			continue;
		if (slice_find(value, '\0') < value.len ||
		    !utf8_is_valid(value))
			return NULL;
		return slice_dup(request->pool, value);
	}
	return NULL;
}

const char *
request_origin(const struct request *request)
{
	if (*request->host == '\0')
		return request->base;
	return pool_format(request->pool, "%s://%s%s",
	    request->is_https ? "https" : "http", request->host,
	    request->base);
}

bool
request_has_body(const struct request *request)
{
	if (request->content_length >= 0)
		return request->content_length > 0;
	/* Without a length (chunked) only these bring one. */
	return request->method == HTTP_POST || request->method == HTTP_PUT ||
	    request->method == HTTP_PATCH || request->method == HTTP_NONE;
}

static void
take_body(struct request *request, struct slice bytes)
{
	request->body_bytes += (int64_t)bytes.len;
	if (request->body_tap != NULL)
		request->body_tap(request->body_tap_arg, bytes);
}

int
request_read(struct request *request, struct slice *bytes_r, struct err *err)
{
	int result;

	result = request->transport->ops->read(request->transport, bytes_r,
	    err);
	if (result == -1)
		return -1;
	if (result == 1)
		take_body(request, *bytes_r);
	else
		request->body_is_read = true;
	if (request->content_length < 0)
		return result;
	if (request->body_bytes > request->content_length)
		return err_set_code(err, ERR_INVALID, "body_too_long",
		    "the body is longer than its Content-Length");
	if (result == 0 && request->body_bytes < request->content_length)
		return err_set_code(err, ERR_INVALID, "body_truncated",
		    "the body ends after %lld of %lld bytes",
		    (long long)request->body_bytes,
		    (long long)request->content_length);
	return result;
}

int
request_skip_body(struct request *request, int64_t max_bytes, struct err *err)
{
	struct slice bytes;
	int result = 1;

	while (result == 1 && !request->body_is_read &&
	    request_has_body(request)) {
		result = request_read(request, &bytes, err);
		if (result == 1 && request->body_bytes > max_bytes)
			return err_set_code(err, ERR_TOO_LARGE,
			    "body_too_large",
			    "the body is longer than %lld bytes",
			    (long long)max_bytes);
	}
	return result == -1 ? -1 : 0;
}

static bool
is_on(const char *value)
{
	return value != NULL && *value != '\0' &&
	    !slice_eq_case(slice_str(value), "off") && strcmp(value, "0") != 0;
}

static bool
find_https(const struct request *request)
{
	const char *scheme = param(request, "REQUEST_SCHEME");

	return is_on(param(request, "HTTPS")) ||
	    (scheme != NULL && strcmp(scheme, "https") == 0);
}

static const char *
non_empty(const char *value)
{
	return value == NULL || *value == '\0' ? NULL : value;
}

/* Content-Length: digits alone (RFC 9110 section 8.6). */
static int
read_content_length(struct request *request, struct err *err)
{
	const char *text = non_empty(param(request, "CONTENT_LENGTH"));

	/* Empty and absent are how servers say that they do not know. */
	if (text == NULL)
		return 0;
	if (num_parse_i64(slice_str(text), INT64_MAX,
	    &request->content_length))
		return 0;
	return err_set_code(err, ERR_INVALID, "bad_content_length",
	    "the Content-Length is not a number");
}

/* Host: what links are made of, so nothing but a name and a port. */
static int
read_host(struct request *request, struct err *err)
{
	const char *host = param(request, "HTTP_HOST");

	if (host == NULL)
		return 0;
	if (strlen(host) > HOST_MAX || strspn(host,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    ".-_:[]") != strlen(host))
		return err_set_code(err, ERR_INVALID, "bad_host",
		    "the Host header is malformed");
	request->host = host;
	return 0;
}

static int
read_target(struct request *request, struct err *err)
{
	const char *uri = param(request, "REQUEST_URI");
	const char *query = param(request, "QUERY_STRING");
	struct target_input input = { .request_uri = uri,
		.script_name = param(request, "SCRIPT_NAME"),
		.path_info = param(request, "PATH_INFO") };
	struct target target;
	int result;

	result = target_parse(request->pool, &input, &target, err);
	request->base = target.base;
	request->path = target.path;
	request->shown_path = target.path;
	if (result == -1)
		return -1;
	if (query == NULL && uri != NULL && strchr(uri, '?') != NULL)
		query = strchr(uri, '?') + 1;
	request->query = slice_str(query);
	if (request->query.len <= REQUEST_URI_MAX)
		return 0;
	request->query = slice_str("");
	return err_set_code(err, ERR_INVALID, "uri_too_long",
	    "the query is longer than %d bytes", REQUEST_URI_MAX);
}

static void
read_preferences(struct request *request, enum lang default_lang)
{
	struct accept_format format =
	    accept_format(slice_str(request_header(request, "Accept")));

	request->lang = accept_language(
	    slice_str(request_header(request, "Accept-Language")),
	    default_lang);
	request->wants_json = format.wants_json;
	request->wants_html = format.wants_html;
}

static void
start(struct request *request, const struct request_input *input)
{
	*request = (struct request){ .pool = input->pool,
		.transport = input->transport,
		.clock = input->clock,
		.id = rand_hex(input->pool, ID_BYTES),
		.start_us = clock_monotonic_us(),
		.base = "",
		.path = "/",
		.shown_path = "/",
		.query = slice_str(""),
		.host = "",
		.content_length = -1 };
	log_init_request(&request->log, input->log, request->id);
}

/*
 * Cookies that are too long to be read would count as absent, and with them
 * what they prove or forbid.
 */
static int
check_cookies(const struct request *request, struct err *err)
{
	const char *cookies = param(request, "HTTP_COOKIE");

	if (cookies == NULL || strlen(cookies) <= REQUEST_HEADER_MAX)
		return 0;
	return err_set_code(err, ERR_INVALID, "cookies_too_long",
	    "the Cookie header has more than %d bytes", REQUEST_HEADER_MAX);
}

/* Everything is read, so that an answer can be made; the last error counts. */
static int
read_checked(struct request *request, struct err *err)
{
	int length = read_content_length(request, err);
	int host = read_host(request, err);
	int cookies = check_cookies(request, err);
	int target = read_target(request, err);

	return length + host + cookies + target < 0 ? -1 : 0;
}

int
request_init(struct request *request, const struct request_input *input,
    struct err *err)
{
	start(request, input);
	request->method_text = short_param(request, "REQUEST_METHOD");
	request->method = http_method_find(slice_str(request->method_text));
	request->is_https = input->is_https || find_https(request);
	request->remote_addr = short_param(request, "REMOTE_ADDR");
	request->remote_user = non_empty(short_param(request, "REMOTE_USER"));
	request->content_type = short_param(request, "CONTENT_TYPE");
	read_preferences(request, input->default_lang);
	return read_checked(request, err);
}
