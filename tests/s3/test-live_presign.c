/*
 * What is presigned, against a real server (ALMACEN_TEST_S3, see test-live.c):
 * accepted as it was issued, refused when any part of it is another.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "codec/hex.h"
#include "net/fetch.h"
#include "s3/lacks.h"
#include "s3/post.h"
#include "s3/presign.h"

#define BUCKET "live-presign"
#define BOUNDARY "----live-presign"

enum { HEADERS_MAX = 40, BODY_MAX = 64 * 1024 };

struct fixture {
	struct pool *pool;
	struct clock clock;
	struct fetcher *fetcher;
	struct s3_place place;
	struct signer signer;
	struct err err;
};

static const char *const keys[] = { "plain.txt", "a b", "a+b", "a%b", "%41",
	"%2F", "a//b", "/lead", "trail/", "./x", "up/../x", "..",
	"ñandú/日本.jpg", "emoji 🎉", "cafe\xcc\x81", "?q=1&r", "#fragment",
	"semi;colon:@=,$&!", "'()*~-._", "\"<>\\^`{|}", "tab\there" };

/* ---- a request as a browser sends it ---- */

struct exchange {
	const char *method, *url;
	struct sign_header headers[HEADERS_MAX];
	size_t header_count;
	const char *body;
};

static int
read_body(void *arg, int64_t offset, void *data, size_t len, size_t *got_r,
    struct err *err)
{
	struct slice rest = slice_from(slice_str(arg), (size_t)offset);

	(void)err;
	*got_r = rest.len < len ? rest.len : len;
	memcpy(data, rest.data, *got_r);
	return 0;
}

/* The status of the answer; *body_r may be NULL. */
static int
run(struct fixture *f, const struct exchange *exchange, const char **body_r)
{
	const char *lines[HEADERS_MAX + 1] = { NULL };
	struct fetch_request request = { .method = exchange->method,
		.url = exchange->url,
		.headers = lines,
		.has_body = exchange->body != NULL,
		.deadlines = { .connect_secs = 5, .stall_secs = 20 } };
	struct fetch_reply *reply = POOL_NEW(f->pool, struct fetch_reply);
	size_t count = 0;

	for (size_t i = 0; i < exchange->header_count; i++) {
		const struct sign_header *header = &exchange->headers[i];

		/* The client knows the length of what it sends. */
		if (strcmp(header->name, "Content-Length") != 0)
			lines[count++] = pool_format(f->pool, "%s: %s",
			    header->name, header->value);
	}
	if (exchange->body != NULL) {
		request.body_bytes = (int64_t)strlen(exchange->body);
		request.read = read_body;
		request.read_arg = pool_strdup(f->pool, exchange->body);
	}
	if (fetch_run(f->fetcher, f->pool, &request, reply, &f->err) == -1)
		fail_msg("%s %s: %s", exchange->method, exchange->url,
		    f->err.text);
	if (body_r != NULL)
		*body_r = slice_dup(f->pool, reply->body);
	return reply->status;
}

static void
check_status(struct fixture *f, const struct exchange *exchange, int low,
    int high, const char *what)
{
	const char *body;
	int status = run(f, exchange, &body);

	if (status < low || status > high)
		fail_msg("%s: %s %s: %d %s", what, exchange->method,
		    exchange->url, status, body);
}

static void
check_refused(struct fixture *f, const struct exchange *exchange,
    const char *what)
{
	check_status(f, exchange, 400, 403, what);
}

/* No key: the bucket itself, which s3_presign() is not for. */
static void
make_bucket(struct fixture *f)
{
	const struct sign_header host = { "host", f->place.host };
	struct sign_request request = { .method = "PUT",
		.query = "",
		.headers = &host,
		.header_count = 1,
		.payload_hash = SIGN_UNSIGNED_PAYLOAD,
		.expires_secs = 60 };
	struct exchange exchange = { .method = "PUT", .body = "" };
	struct sign_result result;
	struct s3_url url;
	int status;

	s3_place_url(&f->place, f->pool, NULL, "", &url);
	request.path = url.path;
	assert_int_equal(sign_presign(f->pool, &f->signer, &request, &result,
	    &f->err), 0);
	exchange.url = pool_format(f->pool, "%s?%s", url.url, result.query);
	status = run(f, &exchange, NULL);
	/* Some say 409 when it is ours already. */
	if (status != 200 && status != 409)
		fail_msg("bucket: %d", status);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct slice rest = slice_str(getenv("ALMACEN_TEST_S3"));
	struct slice endpoint, access_key, secret_key;
	struct s3_place_config config = { .region = "us-east-1",
		.bucket = BUCKET,
		.addressing = "path" };

	f->pool = pool_new();
	f->fetcher = fetcher_new(f->pool);
	assert_true(slice_next(&rest, ' ', &endpoint));
	assert_true(slice_next(&rest, ' ', &access_key));
	assert_true(slice_next(&rest, ' ', &secret_key));
	config.endpoint = slice_dup(f->pool, endpoint);
	f->signer = (struct signer){
		.credentials = { slice_dup(f->pool, access_key),
		    slice_dup(f->pool, secret_key), "", 0 },
		.scope = { "us-east-1", "s3", clock_now_secs(&f->clock) }
	};
	assert_int_equal(s3_place_init(&f->place, f->pool, &config, &f->err),
	    0);
	make_bucket(f);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	pool_free(&f->pool);
	free(f);
	return 0;
}

/* ---- URLs ---- */

static struct exchange
presigned(struct fixture *f, const struct s3_presign *wanted, const char *body)
{
	struct exchange exchange = { .method = wanted->method, .body = body };
	struct s3_presigned result;

	if (s3_presign(f->pool, &f->signer, &f->place, wanted, &result,
		&f->err) == -1)
		fail_msg("%s: %s", wanted->key, f->err.text);
	exchange.url = result.url;
	exchange.header_count = result.header_count;
	if (result.header_count > 0)
		memcpy(exchange.headers, result.headers,
		    result.header_count * sizeof(result.headers[0]));
	return exchange;
}

static struct exchange
presigned_get(struct fixture *f, const char *key, const char *query)
{
	const struct s3_presign wanted = { .method = "GET",
		.key = key,
		.query = query,
		.expires_secs = 600 };

	return presigned(f, &wanted, NULL);
}

static struct exchange
presigned_put(struct fixture *f, const char *key, const char *body)
{
	const struct sign_header headers[] = {
		{ "Content-Type", "image/png" },
		{ "Content-Length",
		    pool_format(f->pool, "%zu", strlen(body)) },
		{ "x-amz-meta-name", " two   words " },
	};
	const struct s3_presign wanted = { .method = "PUT",
		.key = key,
		.query = "",
		.headers = headers,
		.header_count = ARRAY_COUNT(headers),
		.expires_secs = 600 };

	return presigned(f, &wanted, body);
}

static void
test_keys(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
		const char *text = pool_format(f->pool, "live:%s", keys[i]);
		struct exchange exchange = presigned_put(f, keys[i], text);
		const char *body;

		check_status(f, &exchange, 200, 200, keys[i]);
		exchange = presigned_get(f, keys[i], "");
		assert_int_equal(run(f, &exchange, &body), 200);
		assert_string_equal(body, text);
		exchange = presigned_get(f, keys[i],
		    "response-content-type=text%2Fplain"
		    "&response-content-disposition=attachment%3B%20a%2Bb");
		assert_int_equal(run(f, &exchange, &body), 200);
	}
}

/* The URL with one byte of it replaced. */
static const char *
with_byte(struct fixture *f, const char *url, size_t at)
{
	char *copy = pool_strdup(f->pool, url);

	copy[at] = copy[at] == 'x' ? 'y' : 'x';
	return copy;
}

/* In the middle of each value of the query, and in the key. */
static void
check_url_parts(struct fixture *f, const struct exchange *issued)
{
	struct exchange altered = *issued;
	const char *query = strchr(issued->url, '?');
	size_t len = strlen(issued->url);

	altered.url = with_byte(f, issued->url,
	    (size_t)(query - issued->url) - 1);
	check_refused(f, &altered, "key");
	for (size_t i = (size_t)(query - issued->url); i < len; i++) {
		if (issued->url[i] != '=')
			continue;
		altered.url = with_byte(f, issued->url, i + 1);
		check_refused(f, &altered, "value");
		altered.url = with_byte(f, issued->url, i - 1);
		check_refused(f, &altered, "name");
	}
	altered.url = with_byte(f, issued->url, len - 1);
	check_refused(f, &altered, "signature");
	altered.url = pool_format(f->pool, "%s&versionId=1", issued->url);
	check_refused(f, &altered, "one parameter more");
	altered.url = slice_dup(f->pool,
	    slice_make(issued->url, (size_t)(query - issued->url)));
	check_refused(f, &altered, "no query");
}

static void
test_altered_put(void **state)
{
	static const char *const methods[] = { "GET", "HEAD", "DELETE",
		"POST" };
	struct fixture *f = *state;
	struct exchange issued = presigned_put(f, "altered/k", "12345");
	struct exchange altered = issued;

	check_status(f, &issued, 200, 200, "as issued");
	check_url_parts(f, &issued);
	for (size_t i = 0; i < ARRAY_COUNT(methods); i++) {
		altered.method = methods[i];
		altered.body = i < 3 ? NULL : issued.body;
		if (i == 3 && server_lacks("post"))
			check_status(f, &altered, 501, 501, methods[i]);
		else
			check_refused(f, &altered, methods[i]);
	}
	altered = issued;
	altered.body = "123456";
	check_refused(f, &altered, "a longer body");
	altered.body = "1234";
	check_refused(f, &altered, "a shorter body");
	altered = issued;
	altered.headers[altered.header_count++] =
	    (struct sign_header){ "Host", "other.example" };
	check_refused(f, &altered, "another host");
	for (size_t i = 0; i < issued.header_count; i++) {
		if (strcmp(issued.headers[i].name, "Content-Length") == 0)
			continue;
		altered = issued;
		altered.headers[i].value = "text/html";
		check_refused(f, &altered, issued.headers[i].name);
		altered.headers[i] = altered.headers[--altered.header_count];
		check_refused(f, &altered, issued.headers[i].name);
	}
}

/* A hash that is signed is one that the server looks at. */
static void
test_signed_hash(void **state)
{
	struct fixture *f = *state;
	uint8_t hash[SHA256_BYTES];
	struct sign_header header = { "x-amz-content-sha256", NULL };
	const struct s3_presign wanted = { .method = "PUT",
		.key = "hash",
		.query = "",
		.headers = &header,
		.header_count = 1,
		.expires_secs = 600 };
	struct exchange exchange;

	if (server_lacks("signed-hash"))
		return;
	sha256(slice_str("12345"), hash);
	header.value = hex_encode(f->pool, slice_make(hash, sizeof(hash)));
	exchange = presigned(f, &wanted, "12345");
	check_status(f, &exchange, 200, 200, "as issued");
	exchange.body = "12346";
	check_refused(f, &exchange, "other bytes");
}

static void
test_expired(void **state)
{
	struct fixture *f = *state;
	struct exchange exchange;

	f->signer.scope.now_secs -= 601;
	exchange = presigned_get(f, "plain.txt", "");
	check_refused(f, &exchange, "expired");
}

/* ---- forms ---- */

static struct s3_post_form
new_form(struct fixture *f, const char *key)
{
	static const struct sign_header fields[] = {
		{ "x-amz-meta-name", "\"],[\"starts-with\",\"$key\",\"" },
	};
	const struct s3_post post = { .bucket = BUCKET,
		.key = key,
		.content_type = "image/png",
		.min_bytes = 5,
		.max_bytes = 10,
		.fields = fields,
		.field_count = ARRAY_COUNT(fields),
		.status = 201,
		.expires_secs = 600 };
	struct s3_post_form form;

	if (s3_post_sign(f->pool, &f->signer, &f->place, &post, &form,
		&f->err) == -1)
		fail_msg("%s: %s", key, f->err.text);
	return form;
}

static void
check_form(struct fixture *f, const struct s3_post_form *form,
    const char *file, bool is_accepted, const char *what)
{
	struct exchange exchange = { .method = "POST",
		.url = form->url,
		.headers = { { "Content-Type",
		    "multipart/form-data; boundary=" BOUNDARY } },
		.header_count = 1 };
	struct buf body;

	buf_init(&body, f->pool, BODY_MAX);
	for (size_t i = 0; i < form->field_count; i++)
		(void)buf_format(&body,
		    "--" BOUNDARY "\r\nContent-Disposition: form-data; "
		    "name=\"%s\"\r\n\r\n%s\r\n",
		    form->fields[i].name, form->fields[i].value);
	(void)buf_format(&body,
	    "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"file\"; "
	    "filename=\"evil.html\"\r\nContent-Type: text/html\r\n\r\n"
	    "%s\r\n--" BOUNDARY "--\r\n", file);
	exchange.body = body.data;
	check_status(f, &exchange, is_accepted ? 201 : 400,
	    is_accepted ? 201 : 403, what);
}

static void
test_forms(void **state)
{
	struct fixture *f = *state;

	if (server_lacks("post"))
		return;
	for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
		struct s3_post_form form;
		struct exchange get;
		const char *body;

		if (strchr(keys[i], '\t') != NULL)
			continue; /* no form can say it */
		form = new_form(f, keys[i]);
		check_form(f, &form, "posted", true, keys[i]);
		get = presigned_get(f, keys[i], "");
		assert_int_equal(run(f, &get, &body), 200);
		assert_string_equal(body, "posted");
	}
}

static void
test_altered_forms(void **state)
{
	struct fixture *f = *state;
	struct s3_post_form issued = new_form(f, "altered/form"), altered;
	struct sign_header fields[S3_POST_FIELDS_MAX + 1];

	if (server_lacks("post"))
		return;
	check_form(f, &issued, "12345", true, "least");
	check_form(f, &issued, "1234567890", true, "most");
	check_form(f, &issued, "1234", false, "too small");
	check_form(f, &issued, "12345678901", false, "too large");
	for (size_t i = 0; i < issued.field_count; i++) {
		altered = issued;
		memcpy(fields, issued.fields,
		    issued.field_count * sizeof(fields[0]));
		altered.fields = fields;
		fields[i].value = with_byte(f, fields[i].value,
		    strlen(fields[i].value) / 2);
		check_form(f, &altered, "12345", false, fields[i].name);
		fields[i] = fields[--altered.field_count];
		check_form(f, &altered, "12345", false,
		    issued.fields[i].name);
	}
	altered = issued;
	memcpy(fields, issued.fields, issued.field_count * sizeof(fields[0]));
	altered.fields = fields;
	fields[altered.field_count++] = (struct sign_header){ "acl",
		"public-read" };
	check_form(f, &altered, "12345", false, "one field more");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_keys),
		TEST(test_altered_put),
		TEST(test_signed_hash),
		TEST(test_expired),
		TEST(test_forms),
		TEST(test_altered_forms),
	};

	if (getenv("ALMACEN_TEST_S3") == NULL) {
		(void)puts("1..0 # SKIP no S3 server, see ALMACEN_TEST_S3");
		return 0;
	}
	return cmocka_run_group_tests_name("s3/live_presign", tests, NULL,
	    NULL);
}
