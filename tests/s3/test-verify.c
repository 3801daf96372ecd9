/*
 * What s3_presign() issues is accepted, and refused once any part of it is
 * another; what is signed but makes no sense is refused too.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include "base/buf.h"
#include "s3/presign.h"
#include "s3/verify.h"

#define DATE "20260228T235959Z"
#define SCOPE "20260228/eu-west-1/s3/aws4_request"
#define NOW 1772323199
#define TOKEN "FwoGZXIvYXdzE//token+with/odd==characters"

enum { EXPIRES = 900, ITEMS_MAX = 64, TEXT_MAX = 64 * 1024 };

static const struct sign_credentials pairs[] = {
	{ "AKIDFIRST", "first/secret+key", "", 0 },
	{ "AKIDSECOND", "second/secret+key", "", 0 },
	{ "ASIATEMPORARY", "third/secret+key", TOKEN, NOW + 7200 },
};

/* A request as it comes to the server. */
struct exchange {
	const char *method, *path, *query;
	struct sign_header headers[ITEMS_MAX];
	size_t header_count;
};

static const char *
find_header(void *arg, const char *name)
{
	const struct exchange *exchange = arg;

	for (size_t i = 0; i < exchange->header_count; i++)
		if (slice_eq_case(slice_str(exchange->headers[i].name), name))
			return exchange->headers[i].value;
	return NULL;
}

/* The error's code; "" when the request is accepted. */
static const char *
verify_with(struct pool *pool, struct exchange *exchange,
    const struct s3_verify_keys *keys)
{
	const char *names[ITEMS_MAX];
	struct s3_verify_request request = { .method = exchange->method,
		.path = exchange->path,
		.query = slice_str(exchange->query),
		.header = find_header,
		.arg = exchange,
		.amz_headers = names };
	struct err err = ERR_INIT;

	for (size_t i = 0; i < exchange->header_count; i++)
		if (strncasecmp(exchange->headers[i].name, "x-amz-", 6) == 0)
			names[request.amz_header_count++] =
			    exchange->headers[i].name;
	if (s3_verify_presigned(pool, keys, &request, &err) == 0)
		return "";
	assert_true(err.code[0] != '\0');
	assert_true(err.kind == ERR_INVALID || err.kind == ERR_DENIED);
	return pool_strdup(pool, err.code);
}

static const char *
verify_at(struct pool *pool, struct exchange *exchange, int64_t now_secs)
{
	const struct s3_verify_keys keys = { .pairs = pairs,
		.count = ARRAY_COUNT(pairs),
		.region = "eu-west-1",
		.now_secs = now_secs };

	return verify_with(pool, exchange, &keys);
}

static void
check_refused(struct exchange *exchange, const char *what)
{
	struct pool *pool = pool_new();

	if (verify_at(pool, exchange, NOW)[0] == '\0')
		fail_msg("accepted: %s %s?%s (%s)", exchange->method,
		    exchange->path, exchange->query, what);
	pool_free(&pool);
}

static void
check_accepted(struct exchange *exchange, const char *what)
{
	struct pool *pool = pool_new();
	const char *code = verify_at(pool, exchange, NOW);

	if (code[0] != '\0')
		fail_msg("%s: %s %s?%s (%s)", code, exchange->method,
		    exchange->path, exchange->query, what);
	pool_free(&pool);
}

/* ---- what is issued ---- */

static const struct sign_header put_headers[] = {
	{ "Content-Type", "image/png" },
	{ "Content-Length", "1234" },
	{ "If-None-Match", "*" },
	{ "x-amz-checksum-sha256",
	    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" },
	{ "x-amz-meta-name", "  two  words " },
};

static const struct sign_header hash_headers[] = {
	{ "x-amz-content-sha256", SIGN_EMPTY_SHA256 },
};

static const struct row {
	const char *method, *key, *query;
	const struct sign_header *headers;
	size_t header_count;
	size_t pair;
	const char *style;
} rows[] = {
	{ "GET", "plain.txt", "", NULL, 0, 0, "path" },
	{ "GET", "a b+c%41//../\xc3\xb1?#;", "", NULL, 0, 1, "virtual" },
	{ "GET", "k", "response-content-disposition=attachment%3B%20"
		      "filename%3D%22%C3%B1+%22&versionId=1",
	    NULL, 0, 2, "path" },
	{ "PUT", "k", "", put_headers, ARRAY_COUNT(put_headers), 0, "virtual" },
	{ "PUT", "k", "partNumber=2&uploadId=2~Ab%2Bc%2F", put_headers, 2, 2,
	    "path" },
	{ "PUT", "k", "", hash_headers, 1, 0, "path" },
	{ "DELETE", "..", "", NULL, 0, 0, "path" },
};

static void
split_url(struct pool *pool, const char *text, struct exchange *exchange)
{
	struct url url;
	struct err err = ERR_INIT;

	assert_int_equal(url_parse(pool, slice_str(text), &url, &err), 0);
	exchange->path = url.path;
	exchange->query = url.query;
	exchange->headers[exchange->header_count++] =
	    (struct sign_header){ "Host", s3_host_of_url(pool, &url) };
}

static void
issue(struct pool *pool, const struct row *row, struct exchange *exchange_r)
{
	const struct s3_place_config config = {
		.endpoint = "http://store.example:9000/base",
		.region = "eu-west-1",
		.bucket = "bucket",
		.addressing = row->style,
	};
	const struct signer signer = { .credentials = pairs[row->pair],
		.scope = { "eu-west-1", "s3", NOW } };
	const struct s3_presign presign = { .method = row->method,
		.key = row->key,
		.query = row->query,
		.headers = row->headers,
		.header_count = row->header_count,
		.expires_secs = EXPIRES };
	struct s3_presigned presigned;
	struct s3_place place;
	struct err err = ERR_INIT;

	assert_int_equal(s3_place_init(&place, pool, &config, &err), 0);
	assert_int_equal(s3_presign(pool, &signer, &place, &presign,
			     &presigned, &err), 0);
	*exchange_r = (struct exchange){ .method = row->method,
		.header_count = presigned.header_count };
	memcpy(exchange_r->headers, presigned.headers,
	    presigned.header_count * sizeof(presigned.headers[0]));
	split_url(pool, presigned.url, exchange_r);
}

/* ---- its parts altered ---- */

/* The text with the byte at `at` replaced (or dropped, for '\0'). */
static const char *
with_byte(struct pool *pool, const char *text, size_t at, char c)
{
	return pool_format(pool, "%.*s%.*s%s", (int)at, text, c != '\0', &c,
	    text + at + 1);
}

static void
check_method(const struct exchange *issued)
{
	static const char *const methods[] = { "GET", "HEAD", "PUT", "POST",
		"DELETE", "get", "" };

	for (size_t i = 0; i < ARRAY_COUNT(methods); i++) {
		struct exchange altered = *issued;

		altered.method = methods[i];
		if (strcmp(methods[i], issued->method) != 0)
			check_refused(&altered, "method");
	}
}

static void
check_path(struct pool *pool, const struct exchange *issued)
{
	struct exchange altered = *issued;

	for (size_t i = 0; issued->path[i] != '\0'; i++) {
		altered.path = with_byte(pool, issued->path, i,
		    issued->path[i] == 'x' ? 'y' : 'x');
		check_refused(&altered, "path");
		altered.path = with_byte(pool, issued->path, i, '\0');
		check_refused(&altered, "path");
	}
	altered.path = pool_format(pool, "%s/", issued->path);
	check_refused(&altered, "path");
	altered.path = pool_format(pool, "%s%%00", issued->path);
	check_refused(&altered, "path");
	altered.path = "";
	check_refused(&altered, "path");
}

struct items {
	const char *items[ITEMS_MAX];
	size_t count;
};

static void
split_query(struct pool *pool, const char *query, struct items *items_r)
{
	struct slice rest = slice_str(query), item;

	items_r->count = 0;
	while (slice_next(&rest, '&', &item))
		items_r->items[items_r->count++] = slice_dup(pool, item);
}

static const char *
join_query(struct pool *pool, const struct items *items)
{
	struct buf buf;

	buf_init(&buf, pool, TEXT_MAX);
	for (size_t i = 0; i < items->count; i++)
		if (items->items[i][0] != '\0')
			(void)buf_format(&buf, "%s%s", buf.len > 0 ? "&" : "",
			    items->items[i]);
	return buf.data;
}

/* With one item more. */
static void
check_added(struct pool *pool, const struct exchange *issued,
    const struct items *items, const char *item)
{
	struct exchange altered = *issued;
	struct items more = *items;

	more.items[more.count++] = item;
	altered.query = join_query(pool, &more);
	check_refused(&altered, "added parameter");
	/* In front, where a reader that takes the first would see it. */
	more.items[items->count] = items->items[0];
	more.items[0] = item;
	altered.query = join_query(pool, &more);
	check_refused(&altered, "added parameter");
}

static void
check_item(struct pool *pool, const struct exchange *issued,
    const struct items *items, size_t at)
{
	const char *item = items->items[at];
	struct exchange altered = *issued;
	struct items others = *items;
	char *swapped = pool_strdup(pool, item);

	for (size_t i = 0; item[i] != '\0'; i++) {
		others.items[at] = with_byte(pool, item, i,
		    item[i] == 'x' ? 'y' : 'x');
		altered.query = join_query(pool, &others);
		check_refused(&altered, "changed parameter");
	}
	others.items[at] = "";
	altered.query = join_query(pool, &others);
	check_refused(&altered, "removed parameter");
	swapped[0] = (char)(swapped[0] ^ 0x20); /* "x-Amz-Date" */
	others.items[at] = swapped;
	altered.query = join_query(pool, &others);
	check_refused(&altered, "another case");
	check_added(pool, issued, items, item);
	check_added(pool, issued, items, swapped);
	check_added(pool, issued, items, pool_format(pool, "%s0", item));
}

static void
check_query(struct pool *pool, const struct exchange *issued)
{
	static const char *const more[] = { "a=1", "versionId=1", "x-amz-acl=",
		"X-Amz-Acl=public-read", "X-Amz-Security-Token=x",
		"X-Amz-Expires=604800", "acl", "%zz", "a=%0" };
	struct exchange altered = *issued;
	struct items items;
	const char *first;

	split_query(pool, issued->query, &items);
	for (size_t i = 0; i < items.count; i++)
		check_item(pool, issued, &items, i);
	for (size_t i = 0; i < ARRAY_COUNT(more); i++)
		check_added(pool, issued, &items, more[i]);
	altered.query = "";
	check_refused(&altered, "no query");
	/* The order does not matter. */
	first = items.items[0];
	items.items[0] = items.items[items.count - 1];
	items.items[items.count - 1] = first;
	altered.query = join_query(pool, &items);
	check_accepted(&altered, "another order");
}

static void
check_headers(struct pool *pool, const struct exchange *issued)
{
	struct exchange altered;

	for (size_t i = 0; i < issued->header_count; i++) {
		const struct sign_header *header = &issued->headers[i];

		altered = *issued;
		altered.headers[i].value = pool_format(pool, "%sx",
		    header->value);
		check_refused(&altered, header->name);
		altered.headers[i].value = "";
		check_refused(&altered, header->name);
		altered.headers[i] = altered.headers[--altered.header_count];
		check_refused(&altered, header->name);
		altered = *issued;
		altered.headers[i].value = pool_format(pool, " %s\t",
		    header->value);
		check_accepted(&altered, header->name);
	}
	altered = *issued;
	altered.headers[altered.header_count++] =
	    (struct sign_header){ "X-Amz-Acl", "public-read" };
	check_refused(&altered, "unsigned header");
	altered.headers[altered.header_count - 1].name = "User-Agent";
	check_accepted(&altered, "unsigned header");
}

static void
test_altered(void **state)
{
	struct pool *pool = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct exchange issued;

		issue(pool, &rows[i], &issued);
		assert_true(s3_verify_is_presigned(slice_str(issued.query)));
		check_accepted(&issued, "as issued");
		check_method(&issued);
		check_path(pool, &issued);
		check_query(pool, &issued);
		check_headers(pool, &issued);
	}
}

static void
test_time(void **state)
{
	static const struct {
		int64_t after_secs;
		const char *code;
	} times[] = {
		{ -15 * 60 - 1, "AccessDenied" },
		{ -15 * 60, "" },
		{ 0, "" },
		{ EXPIRES - 1, "" },
		{ EXPIRES, "AccessDenied" },
		{ INT32_MAX, "AccessDenied" },
	};
	struct pool *pool = *state;
	struct exchange issued;

	issue(pool, &rows[0], &issued);
	for (size_t i = 0; i < ARRAY_COUNT(times); i++)
		assert_string_equal(
		    verify_at(pool, &issued, NOW + times[i].after_secs),
		    times[i].code);
}

static void
test_keys(void **state)
{
	static const struct {
		struct sign_credentials pair;
		const char *region, *code;
	} others[] = {
		{ { "ASIATEMPORARY", "third/secret+key", TOKEN, 0 },
		    "eu-west-1", "" },
		{ { "ASIATEMPORARY", "third/secret+key", TOKEN, NOW + 1 },
		    "eu-west-1", "" },
		{ { "ASIATEMPORARY", "third/secret+key", TOKEN, NOW },
		    "eu-west-1", "AccessDenied" },
		{ { "ASIATEMPORARY", "third/secret+key", "other", 0 },
		    "eu-west-1", "AccessDenied" },
		{ { "ASIATEMPORARY", "third/secret+key", "", 0 },
		    "eu-west-1", "AccessDenied" },
		{ { "ASIATEMPORARY", "third/secret", TOKEN, 0 },
		    "eu-west-1", "SignatureDoesNotMatch" },
		{ { "ASIATEMPORARY2", "third/secret+key", TOKEN, 0 },
		    "eu-west-1", "InvalidAccessKeyId" },
		{ { "ASIATEMPORARY", "third/secret+key", TOKEN, 0 },
		    "eu-west-2", "AuthorizationQueryParametersError" },
	};
	struct pool *pool = *state;
	struct exchange issued;

	issue(pool, &rows[2], &issued);
	for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
		const struct sign_credentials both[] = { pairs[0],
			others[i].pair };
		const struct s3_verify_keys keys = { both, 2,
			others[i].region, NOW };

		assert_string_equal(verify_with(pool, &issued, &keys),
		    others[i].code);
	}
}

/* ---- signed, and refused all the same ---- */

#define QUERY(expires, headers)                                         \
	"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDFIRST/"  \
	SCOPE "&X-Amz-Date=" DATE "&X-Amz-Expires=" expires             \
	"&X-Amz-SignedHeaders=" headers
#define BAD "AuthorizationQueryParametersError"

/* host is signed, whatever the query says. */
static const struct {
	const char *query, *code;
} sealed[] = {
	{ QUERY("1", "host"), "" },
	{ QUERY("604800", "host"), "" },
	{ QUERY("604800", "host") "&", "" },
	{ QUERY("604800", "host") "&%3d=%26", "" },
	{ QUERY("0", "host"), BAD },
	{ QUERY("", "host"), BAD },
	{ QUERY("-1", "host"), BAD },
	{ QUERY("604801", "host"), BAD },
	{ QUERY("1.0", "host"), BAD },
	{ QUERY("18446744073709551617", "host"), BAD },
	{ QUERY("900", ""), BAD },
	{ QUERY("900", "HOST"), BAD },
	{ QUERY("900", "range"), "SignatureDoesNotMatch" },
	{ QUERY("900", "host;host"), BAD },
	{ QUERY("900", "user-agent;host"), BAD },
	{ QUERY("900", "host;user-agent"), "SignatureDoesNotMatch" },
	{ QUERY("900", "host;"), BAD },
	{ QUERY("900", "host") "&x-amz-date=" DATE, BAD },
	{ QUERY("900", "host") "&X-Amz-Date=" DATE, BAD },
	{ QUERY("900", "host") "&X%2DAmz-Date=" DATE, BAD },
	{ QUERY("900", "host") "&X-Amz-Acl=private", BAD },
	{ QUERY("900", "host") "&X-Amz-Security-Token=x", "AccessDenied" },
	{ QUERY("900", "host") "&uploadId=1&uploadId=1", BAD },
	{ QUERY("900", "host") "&uploadId=%00", BAD },
	{ QUERY("900", "host") "&uploadId=%", BAD },
	{ "X-Amz-Credential=AKIDFIRST/" SCOPE "&X-Amz-Date=" DATE
	  "&X-Amz-Expires=900&X-Amz-SignedHeaders=host", BAD },
	{ "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" SCOPE
	  "&X-Amz-Date=" DATE "&X-Amz-Expires=900&X-Amz-SignedHeaders=host",
	    BAD },
	{ "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=/" SCOPE
	  "&X-Amz-Date=" DATE "&X-Amz-Expires=900&X-Amz-SignedHeaders=host",
	    "InvalidAccessKeyId" },
	{ "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDFIRST/"
	  "20260227/eu-west-1/s3/aws4_request&X-Amz-Date=" DATE
	  "&X-Amz-Expires=900&X-Amz-SignedHeaders=host", BAD },
	{ "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDFIRST/" SCOPE
	  "/&X-Amz-Date=" DATE "&X-Amz-Expires=900&X-Amz-SignedHeaders=host",
	    BAD },
	{ "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDFIRST/" SCOPE
	  "&X-Amz-Date=2026-02-28T23:59:59Z&X-Amz-Expires=900"
	  "&X-Amz-SignedHeaders=host", BAD },
	{ "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDFIRST/" SCOPE
	  "&X-Amz-Date=20260228T235960Z&X-Amz-Expires=900"
	  "&X-Amz-SignedHeaders=host", BAD },
};

/* Sign what is there, without asking whether it makes sense. */
static const char *
seal_with(struct pool *pool, const char *query,
    const struct sign_header *header)
{
	const struct sign_request request = { .method = "GET",
		.path = "/b/k",
		.query = query,
		.headers = header,
		.header_count = 1,
		.payload_hash = SIGN_UNSIGNED_PAYLOAD };
	const struct signer signer = { .credentials = pairs[0],
		.scope = { "eu-west-1", "s3", NOW } };
	const char *names;

	return sign_text(pool, &signer,
	    sign_string_to_sign(pool, &signer.scope,
		sign_canonical_request(pool, &request, &names)));
}

static const char *
seal(struct pool *pool, const char *query)
{
	static const struct sign_header host = { "host", "h" };

	return seal_with(pool, query, &host);
}

static void
test_sealed(void **state)
{
	struct pool *pool = *state;

	for (size_t i = 0; i < ARRAY_COUNT(sealed); i++) {
		struct exchange exchange = { .method = "GET",
			.path = "/b/k",
			.headers = { { "Host", "h" }, { "User-Agent", "u" } },
			.header_count = 2 };

		exchange.query = pool_format(pool, "%s&X-Amz-Signature=%s",
		    sealed[i].query, seal(pool, sealed[i].query));
		if (strcmp(verify_at(pool, &exchange, NOW), sealed[i].code) !=
		    0)
			print_message("# %s\n", sealed[i].query);
		assert_string_equal(verify_at(pool, &exchange, NOW),
		    sealed[i].code);
	}
}

/* A URL for any server is none of ours. */
static void
test_without_host(void **state)
{
	static const struct sign_header agent = { "user-agent", "u" };
	static const char query[] = QUERY("900", "user-agent");
	struct pool *pool = *state;
	struct exchange exchange = { .method = "GET",
		.path = "/b/k",
		.headers = { { "Host", "h" }, { "User-Agent", "u" } },
		.header_count = 2 };

	exchange.query = pool_format(pool, "%s&X-Amz-Signature=%s", query,
	    seal_with(pool, query, &agent));
	assert_string_equal(verify_at(pool, &exchange, NOW), BAD);
}

static void
test_bounds(void **state)
{
	struct pool *pool = *state;
	struct exchange exchange = { .method = "GET",
		.path = "/b/k",
		.headers = { { "Host", "h" } },
		.header_count = 1 };
	struct buf query, names;

	buf_init(&query, pool, TEXT_MAX);
	(void)buf_str(&query, QUERY("900", "host"));
	for (int i = 0; i < 64; i++)
		(void)buf_format(&query, "&p%d=", i);
	exchange.query = pool_format(pool, "%s&X-Amz-Signature=%s", query.data,
	    seal(pool, query.data));
	assert_string_equal(verify_at(pool, &exchange, NOW), BAD);

	buf_clear(&query);
	(void)buf_str(&query, QUERY("900", "host") "&a=");
	for (int i = 0; i < 16 * 1024; i++)
		(void)buf_char(&query, 'a');
	exchange.query = pool_format(pool, "%s&X-Amz-Signature=%s", query.data,
	    seal(pool, query.data));
	assert_string_equal(verify_at(pool, &exchange, NOW), BAD);

	buf_init(&names, pool, TEXT_MAX);
	for (int i = 0; i < 32; i++)
		(void)buf_format(&names, "h%02d;", i);
	for (int i = 0; i < 32; i++)
		exchange.headers[exchange.header_count++] =
		    (struct sign_header){ pool_format(pool, "h%02d", i), "" };
	exchange.query = pool_format(pool,
	    QUERY("900", "%shost") "&X-Amz-Signature=%064d", names.data, 0);
	assert_string_equal(verify_at(pool, &exchange, NOW), BAD);
}

static void
test_is_presigned(void **state)
{
	static const struct {
		const char *query;
		bool is_presigned;
	} queries[] = {
		{ "", false },
		{ "X-Amz-Signature", true },
		{ "a&x-amz-signature=1", true },
		{ "X-Amz-Signature2=1", false },
		{ "a=X-Amz-Signature", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(queries); i++)
		assert_int_equal(
		    s3_verify_is_presigned(slice_str(queries[i].query)),
		    queries[i].is_presigned);
	assert_false(s3_verify_is_presigned(slice_make(NULL, 0)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_altered),
		POOL_TEST(test_time),
		POOL_TEST(test_keys),
		POOL_TEST(test_sealed),
		POOL_TEST(test_without_host),
		POOL_TEST(test_bounds),
		cmocka_unit_test(test_is_presigned),
	};

	return cmocka_run_group_tests_name("s3/verify", tests, NULL, NULL);
}
