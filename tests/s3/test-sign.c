/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "codec/hex.h"
#include "s3/sign.h"

/*
 * The examples of the Amazon S3 API reference, "Signature Calculations for the
 * Authorization Header" and "Using Query Parameters".
 */
#define ACCESS_KEY "AKIAIOSFODNN7EXAMPLE"
#define SECRET_KEY "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define HOST "examplebucket.s3.amazonaws.com"
#define DATE "20130524T000000Z"
#define PUT_HASH \
	"44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"

static const struct signer signer = {
	.credentials = { ACCESS_KEY, SECRET_KEY, "" },
	.scope = { "us-east-1", "s3", 1369353600 },
};

#define COMMON(hash)                                                    \
	{ "Host", HOST }, { "x-amz-content-sha256", hash },             \
	{                                                               \
		"x-amz-date", DATE                                      \
	}

static const struct example {
	const char *method, *path, *query, *hash;
	struct sign_header headers[8];
	const char *string_to_sign_hash; /* its last line */
	const char *signed_headers, *signature;
} examples[] = {
	{ "GET", "/test.txt", "", SIGN_EMPTY_SHA256,
	    { COMMON(SIGN_EMPTY_SHA256), { "Range", "bytes=0-9" } },
	    "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972",
	    "host;range;x-amz-content-sha256;x-amz-date",
	    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41" },
	{ "PUT", "/test%24file.text", "", PUT_HASH,
	    { COMMON(PUT_HASH), { "Date", "Fri, 24 May 2013 00:00:00 GMT" },
		{ "x-amz-storage-class", "REDUCED_REDUNDANCY" } },
	    "9e0e90d9c76de8fa5b200d8c849cd5b8dc7a3be3951ddb7f6a76b4158342019d",
	    "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
	    "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd" },
	{ "GET", "/", "lifecycle", SIGN_EMPTY_SHA256,
	    { COMMON(SIGN_EMPTY_SHA256) },
	    "9766c798316ff2757b517bc739a67f6213b4ab36dd5da2f94eaebf79c77395ca",
	    "host;x-amz-content-sha256;x-amz-date",
	    "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543" },
	{ "GET", "/", "max-keys=2&prefix=J", SIGN_EMPTY_SHA256,
	    { COMMON(SIGN_EMPTY_SHA256) },
	    "df57d21db20da04d7fa30298dd4488ba3a2b47ca3a489c74750e0f1e7df1b9b7",
	    "host;x-amz-content-sha256;x-amz-date",
	    "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7" },
};

static size_t
count_headers(const struct sign_header *headers)
{
	size_t count = 0;

	while (headers[count].name != NULL)
		count++;
	return count;
}

static void
test_amazon_examples(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(examples); i++) {
		const struct example *e = &examples[i];
		const struct sign_request request = { .method = e->method,
			.path = e->path,
			.query = e->query,
			.headers = e->headers,
			.header_count = count_headers(e->headers),
			.payload_hash = e->hash };
		struct sign_result result;

		sign_with_header(pool, &signer, &request, &result);
		assert_string_equal(strrchr(result.string_to_sign, '\n') + 1,
		    e->string_to_sign_hash);
		assert_string_equal(result.signature, e->signature);
		assert_string_equal(result.authorization,
		    pool_format(pool,
			"AWS4-HMAC-SHA256 Credential=" ACCESS_KEY
			"/20130524/us-east-1/s3/aws4_request, "
			"SignedHeaders=%s, Signature=%s",
			e->signed_headers, e->signature));
	}
	pool_free(&pool);
}

static void
test_amazon_presigned(void **state)
{
	static const struct sign_header headers[] = { { "host", HOST } };
	struct sign_request request = { .method = "GET",
		.path = "/test.txt",
		.query = "",
		.headers = headers,
		.header_count = 1,
		.payload_hash = SIGN_UNSIGNED_PAYLOAD,
		.expires_secs = 86400 };
	struct pool *pool = pool_new();
	struct sign_result result;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(sign_presign(pool, &signer, &request, &result, &err),
	    0);
	assert_string_equal(result.query,
	    "X-Amz-Algorithm=AWS4-HMAC-SHA256"
	    "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1"
	    "%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z"
	    "&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
	    "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
	for (int i = 0; i < 3; i++) {
		static const int64_t bad[] = { 0, -1,
			SIGN_PRESIGN_SECS_MAX + 1 };

		request.expires_secs = bad[i];
		assert_int_equal(sign_presign(pool, &signer, &request, &result,
		    &err), -1);
		assert_int_equal(err.kind, ERR_INVALID);
	}
	pool_free(&pool);
}

static void
test_paths(void **state)
{
	static const struct {
		const char *path, *canonical;
	} rows[] = {
		{ "", "/" },
		{ "/", "/" },
		{ "//example//", "//example//" },
		{ "/a/./b/../c", "/a/./b/../c" },
		{ "/a%20b", "/a%20b" },
		{ "/a b", "/a%20b" },
		{ "/a+b", "/a%2Bb" },
		{ "/%7euser/%41", "/~user/A" },
		{ "/%2541", "/%2541" },
		{ "/a%2Fb", "/a/b" }, /* one key either way */
		{ "/100%", "/100%25" },
	};
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(sign_canonical_path(pool, rows[i].path),
		    rows[i].canonical);
	pool_free(&pool);
}

static void
test_queries(void **state)
{
	static const struct {
		const char *query, *canonical;
	} rows[] = {
		{ "", "" },
		{ "&&", "" },
		{ "uploads", "uploads=" },
		{ "b=2&a=1", "a=1&b=2" },
		{ "a=2&a=10&a=1", "a=1&a=10&a=2" },
		{ "q.x=1&q=2", "q=2&q.x=1" },
		{ "a=b=c", "a=b%3Dc" },
		{ "p=a/b", "p=a%2Fb" },
		{ "p=a%2fb%aa", "p=a%2Fb%AA" },
		{ "p=a+b", "p=a%20b" },
	};
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(sign_canonical_query(pool, rows[i].query),
		    rows[i].canonical);
	pool_free(&pool);
}

static void
test_headers(void **state)
{
	static const struct sign_header headers[] = {
		{ "X-Other", "  b \t c  " },
		{ "host", "h" },
		{ "x-other", "a" },
		{ "X-Empty", "" },
	};
	const struct sign_request request = { .method = "GET",
		.path = "/",
		.query = "",
		.headers = headers,
		.header_count = ARRAY_COUNT(headers),
		.payload_hash = "hash" };
	struct pool *pool = pool_new();
	const char *names;

	(void)state;
	assert_string_equal(sign_canonical_request(pool, &request, &names),
	    "GET\n/\n\nhost:h\nx-empty:\nx-other:b c,a\n\n"
	    "host;x-empty;x-other\nhash");
	assert_string_equal(names, "host;x-empty;x-other");
	pool_free(&pool);
}

/* A cached key must not outlive its day, region or secret. */
static void
test_key_cache(void **state)
{
	static const struct sign_header headers[] = { { "host", HOST } };
	const struct sign_request request = { .method = "GET",
		.path = "/",
		.query = "",
		.headers = headers,
		.header_count = 1,
		.payload_hash = SIGN_EMPTY_SHA256 };
	struct pool *pool = pool_new();
	struct sign_key_cache cache;
	struct signer rows[] = { signer, signer, signer, signer, signer };

	(void)state;
	sign_key_cache_init(&cache, pool);
	rows[1].scope.now_secs += 86400;
	rows[2].scope.region = "auto";
	rows[3].credentials.secret_key = "other";
	for (size_t i = 0; i < 2 * ARRAY_COUNT(rows); i++) {
		struct signer plain = rows[i / 2], cached = rows[i / 2];
		struct sign_result expected, result;

		cached.cache = &cache;
		sign_with_header(pool, &plain, &request, &expected);
		sign_with_header(pool, &cached, &request, &result);
		assert_string_equal(result.signature, expected.signature);
	}
	pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_amazon_examples),
		cmocka_unit_test(test_amazon_presigned),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_queries),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_key_cache),
	};

	return cmocka_run_group_tests_name("s3/sign", tests, NULL, NULL);
}
