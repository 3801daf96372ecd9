/*
 * Signatures made by another implementation: vectors.json, see
 * make-vectors.py.
 *
 * SPDX-License-Identifier: MIT
 */
#include "vector.h"

#include "s3/url.h"

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
}

static void
test_vectors(void **state)
{
	struct pool *pool = pool_new(), *scratch = pool_new();
	const char *top = getenv("top_srcdir");
	struct json *file = load(pool, pool_format(pool,
	    "%s/tests/s3/vectors.json", top == NULL ? "." : top));
	const struct json *rows = json_find(file, "vectors");

	(void)state;
	assert_non_null(file);
	assert_true(json_count(rows) > 300);
	for (size_t i = 0; i < json_count(rows); i++) {
		check_row(scratch, file, json_at(rows, i));
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
	};

	return cmocka_run_group_tests_name("s3/vectors", tests, NULL, NULL);
}
