/*
 * Signatures made by another implementation: vectors.json, see
 * make-vectors.py.
 *
 * SPDX-License-Identifier: MIT
 */
#include "vector.h"

#include "s3/presign.h"
#include "s3/verify.h"

static const char *
find_in(void *arg, const char *name)
{
	return find(arg, name);
}

static const char *
lower(struct pool *pool, const char *name)
{
	char *copy = pool_strdup(pool, name);

	for (char *c = copy; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return copy;
}

/* The URL that the other implementation made is good for our verifier. */
static void
check_verified(struct pool *pool, const struct signer *signer,
    struct headers *headers, const struct sign_request *request,
    const char *signed_query)
{
	const struct s3_verify_keys keys = { .pairs = &signer->credentials,
		.count = 1,
		.region = signer->scope.region,
		.now_secs = signer->scope.now_secs };
	struct s3_verify_request verify = { .method = request->method,
		.path = request->path,
		.query = slice_str(signed_query),
		.header = find_in,
		.arg = headers };
	const char *names[HEADERS_MAX];
	struct err err = ERR_INIT;

	for (size_t i = 0; i < headers->count; i++) {
		const char *name = lower(pool, headers->items[i].name);

		if (slice_has_prefix(slice_str(name), "x-amz-"))
			names[verify.amz_header_count++] = name;
	}
	verify.amz_headers = names;
	if (s3_verify_presigned(pool, &keys, &verify, &err) == -1)
		fail_msg("%s: %s", err.text, signed_query);
}

/* And ours has the same signature. */
static void
check_presigned(struct pool *pool, const struct signer *signer,
    const struct s3_place *place, const struct json *row,
    const char *signature)
{
	struct headers headers = { .count = 0 };
	struct s3_presign presign = { .method = text(row, "method"),
		.key = text(row, "key"),
		.query = text(row, "query"),
		.headers = headers.items,
		.expires_secs = json_number(json_find(row, "expires")) };
	struct s3_presigned presigned;
	struct err err = ERR_INIT;

	json_each(json_find(row, "headers"), add_member, &headers);
	presign.header_count = headers.count;
	assert_int_equal(s3_presign(pool, signer, place, &presign, &presigned,
	    &err), 0);
	assert_true(slice_has_suffix(slice_str(presigned.url),
	    pool_format(pool, "&X-Amz-Signature=%s", signature)));
	assert_int_equal(presigned.header_count, headers.count);
}

static void
check_row(struct pool *pool, const struct json *file,
    const struct json *row)
{
	const struct json *key = json_find(row, "key");
	const struct s3_place_config config = {
		.endpoint = text(row, "endpoint"),
		.region = text(file, "region"),
		.bucket = text(row, "bucket"),
		.addressing = text(row, "style"),
	};
	struct signer signer = {
		.credentials = { text(file, "access_key"),
		    text(file, "secret_key"), text(row, "token") },
		.scope = { text(file, "region"), "s3", 0 },
	};
	struct headers headers = { .count = 0 };
	struct sign_request request = { .method = text(row, "method"),
		.query = text(row, "query"),
		.headers = headers.items,
		.payload_hash = SIGN_EMPTY_SHA256,
		.expires_secs = json_number(json_find(row, "expires")) };
	struct sign_result result;
	struct s3_place place;
	struct s3_url url;
	struct err err = ERR_INIT;

	assert_int_equal(s3_place_init(&place, pool, &config, &err), 0);
	s3_place_url(&place, pool, key == NULL ? NULL : json_text(key),
	    request.query, &url);
	assert_true(date_parse_amz(slice_str(text(file, "now")),
	    &signer.scope.now_secs));
	request.path = url.path;
	json_each(json_find(row, "headers"), add_member, &headers);
	add(&headers, "host", place.host);
	if (request.expires_secs == 0) {
		add(&headers, "x-amz-date", text(file, "now"));
		add(&headers, "x-amz-content-sha256", SIGN_EMPTY_SHA256);
		if (text(row, "token")[0] != '\0')
			add(&headers, "x-amz-security-token",
			    text(row, "token"));
		request.header_count = headers.count;
		sign_with_header(pool, &signer, &request, &result);
		assert_string_equal(hex_sha256(pool, result.canonical_request),
		    text(row, "canonical_sha256"));
		assert_string_equal(result.authorization,
		    text(row, "authorization"));
		return;
	}
	request.header_count = headers.count;
	request.payload_hash = SIGN_UNSIGNED_PAYLOAD;
	assert_int_equal(sign_presign(pool, &signer, &request, &result, &err),
	    0);
	assert_string_equal(hex_sha256(pool, result.canonical_request),
	    text(row, "canonical_sha256"));
	assert_string_equal(result.signature, text(row, "signature"));
	check_verified(pool, &signer, &headers, &request,
	    text(row, "signed_query"));
	if (key != NULL)
		check_presigned(pool, &signer, &place, row,
		    text(row, "signature"));
}

static struct json *
load_vectors(struct pool *pool)
{
	const char *top = getenv("top_srcdir");
	struct json *file = load(pool, pool_format(pool,
	    "%s/tests/s3/vectors.json", top == NULL ? "." : top));

	assert_non_null(file);
	return file;
}

static void
test_vectors(void **state)
{
	struct pool *pool = pool_new(), *scratch = pool_new();
	struct json *file = load_vectors(pool);
	const struct json *rows = json_find(file, "vectors");

	(void)state;
	assert_true(json_count(rows) > 300);
	for (size_t i = 0; i < json_count(rows); i++) {
		check_row(scratch, file, json_at(rows, i));
		pool_clear(scratch);
	}
	pool_free(&scratch);
	pool_free(&pool);
}

/* Forms of the other implementation. */
static void
check_post(struct pool *pool, const struct json *file, const struct json *row)
{
	const struct sign_credentials pair = { text(file, "access_key"),
		text(file, "secret_key"), text(row, "token"), 0 };
	struct s3_verify_keys keys = { .pairs = &pair,
		.count = 1,
		.region = text(file, "region") };
	struct headers fields = { .count = 0 };
	struct s3_verify_form form = { .bucket = "bucket",
		.fields = fields.items };
	struct s3_verified_form verified;
	struct err err = ERR_INIT;

	assert_true(date_parse_amz(slice_str(text(file, "now")),
	    &keys.now_secs));
	json_each(json_find(row, "fields"), add_member, &fields);
	form.field_count = fields.count;
	if (s3_verify_post(pool, &keys, &form, &verified, &err) == -1)
		fail_msg("%s: %s", text(row, "key"), err.text);
	assert_string_equal(verified.key, text(row, "key"));
}

static void
test_posts(void **state)
{
	struct pool *pool = pool_new(), *scratch = pool_new();
	struct json *file = load_vectors(pool);
	const struct json *rows = json_find(file, "posts");

	(void)state;
	assert_true(json_count(rows) > 50);
	for (size_t i = 0; i < json_count(rows); i++) {
		check_post(scratch, file, json_at(rows, i));
		pool_clear(scratch);
	}
	pool_free(&scratch);
	pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_posts),
	};

	return cmocka_run_group_tests_name("s3/vectors", tests, NULL, NULL);
}
