/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "s3/presign.h"

#define NOW 1369353600 /* 20130524T000000Z */

static struct signer
new_signer(void)
{
	return (struct signer){
		.credentials = { "AKIAIOSFODNN7EXAMPLE",
		    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "", 0 },
		.scope = { "us-east-1", "s3", NOW }
	};
}

static int
presign(struct pool *pool, const struct signer *signer,
    const struct s3_presign *wanted, struct s3_presigned *presigned_r,
    struct err *err)
{
	const struct s3_place_config config = {
		.endpoint = "https://examplebucket.s3.amazonaws.com",
		.region = "us-east-1",
		.bucket = "examplebucket",
		.addressing = "auto",
	};
	struct s3_place place;

	assert_int_equal(s3_place_init(&place, pool, &config, err), 0);
	return s3_presign(pool, signer, &place, wanted, presigned_r, err);
}

/* The example of the Amazon S3 API reference, "Using Query Parameters". */
static void
test_amazon_example(void **state)
{
	const struct s3_presign get = { .method = "GET",
		.key = "test.txt",
		.query = "",
		.expires_secs = 86400 };
	struct signer signer = new_signer();
	struct s3_presigned presigned;
	struct err err = ERR_INIT;

	assert_int_equal(presign(*state, &signer, &get, &presigned, &err), 0);
	assert_string_equal(presigned.url,
	    "https://examplebucket.s3.amazonaws.com/test.txt"
	    "?X-Amz-Algorithm=AWS4-HMAC-SHA256"
	    "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1"
	    "%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z"
	    "&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
	    "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
	assert_int_equal(presigned.header_count, 0);
	assert_int_equal(presigned.expires_secs, 86400);
}

/* Headers stay headers, in the spelling that is signed. */
static void
test_headers(void **state)
{
	static const struct sign_header headers[] = {
		{ "Content-Type", " image/png " },
		{ "Content-Length", "5" },
		{ "If-None-Match", "*" },
		{ "x-amz-checksum-sha256", "47DEQpj8HBSa+/TImW+5JC=" },
		{ "x-amz-meta-Name", "two   words\xc3\xb1" },
	};
	const struct s3_presign put = { .method = "PUT",
		.key = "k",
		.query = "uploadId=1&partNumber=2",
		.headers = headers,
		.header_count = ARRAY_COUNT(headers),
		.expires_secs = 1 };
	struct signer signer = new_signer();
	struct s3_presigned presigned;
	struct err err = ERR_INIT;

	signer.credentials.session_token = "a/b==";
	assert_int_equal(presign(*state, &signer, &put, &presigned, &err), 0);
	assert_non_null(strstr(presigned.url,
	    "&X-Amz-Security-Token=a%2Fb%3D%3D&X-Amz-SignedHeaders="
	    "content-length%3Bcontent-type%3Bhost%3Bif-none-match%3B"
	    "x-amz-checksum-sha256%3Bx-amz-meta-name&partNumber=2&uploadId=1"
	    "&X-Amz-Signature="));
	assert_null(strstr(presigned.url, "47DEQpj8"));
	assert_int_equal(presigned.header_count, ARRAY_COUNT(headers));
	for (size_t i = 0; i < ARRAY_COUNT(headers); i++)
		assert_string_equal(presigned.headers[i].name,
		    headers[i].name);
	assert_string_equal(presigned.headers[0].value, "image/png");
	assert_string_equal(presigned.headers[3].value,
	    "47DEQpj8HBSa+/TImW+5JC=");
	assert_string_equal(presigned.headers[4].value, "two words\xc3\xb1");
}

/* A name without a value is signed, and is not to be sent. */
static void
test_forbidden(void **state)
{
	static const struct sign_header headers[] = {
		{ "content-type", "image/png" },
		{ "x-amz-copy-source", NULL },
	};
	struct s3_presign put = { .method = "PUT",
		.key = "k",
		.query = "",
		.headers = headers,
		.header_count = ARRAY_COUNT(headers),
		.expires_secs = 60 };
	static const struct sign_header sent[] = { { "Host", "h" },
		{ "x-amz-copy-source", NULL }, { "a", "1" } };
	const struct sign_request request = { .method = "PUT",
		.path = "/k",
		.query = "",
		.headers = sent,
		.header_count = ARRAY_COUNT(sent),
		.payload_hash = SIGN_UNSIGNED_PAYLOAD };
	struct signer signer = new_signer();
	struct s3_presigned with, without;
	struct err err = ERR_INIT;
	const char *names;

	assert_int_equal(presign(*state, &signer, &put, &with, &err), 0);
	assert_non_null(strstr(with.url, "X-Amz-SignedHeaders="
	    "content-type%3Bhost%3Bx-amz-copy-source&"));
	assert_int_equal(with.header_count, 1);
	put.header_count = 1;
	assert_int_equal(presign(*state, &signer, &put, &without, &err), 0);
	assert_string_not_equal(with.url, without.url);

	assert_string_equal(sign_canonical_request(*state, &request, &names),
	    "PUT\n/k\n\na:1\nhost:h\n\na;host;x-amz-copy-source\n"
	    "UNSIGNED-PAYLOAD");
	assert_string_equal(names, "a;host;x-amz-copy-source");
}

/* Nothing outlives the credentials. */
static void
test_lifetime(void **state)
{
	static const struct {
		int64_t wanted_secs, left_secs; /* 0: no end */
		int64_t given_secs;		/* 0: an error */
		enum err_kind kind;
	} rows[] = {
		{ 1, 0, 1, ERR_NONE },
		{ SIGN_PRESIGN_SECS_MAX, 0, SIGN_PRESIGN_SECS_MAX, ERR_NONE },
		{ 0, 0, 0, ERR_INVALID },
		{ -1, 0, 0, ERR_INVALID },
		{ SIGN_PRESIGN_SECS_MAX + 1, 0, 0, ERR_INVALID },
		{ SIGN_PRESIGN_SECS_MAX + 1, 5, 0, ERR_INVALID },
		{ 900, 901, 900, ERR_NONE },
		{ 900, 899, 899, ERR_NONE },
		{ 900, 1, 1, ERR_NONE },
		{ 900, -1, 0, ERR_UNAVAILABLE },
		{ 900, -NOW + 1, 0, ERR_UNAVAILABLE },
	};
	struct pool *pool = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct s3_presign get = { .method = "GET",
			.key = "k",
			.query = "",
			.expires_secs = rows[i].wanted_secs };
		struct signer signer = new_signer();
		struct s3_presigned presigned = { .expires_secs = 0 };
		struct err err = ERR_INIT;

		if (rows[i].left_secs != 0)
			signer.credentials.expires_secs =
			    NOW + rows[i].left_secs;
		assert_int_equal(presign(pool, &signer, &get, &presigned, &err),
		    rows[i].given_secs > 0 ? 0 : -1);
		assert_int_equal(err.kind, rows[i].kind);
		assert_int_equal(presigned.expires_secs, rows[i].given_secs);
		if (rows[i].given_secs > 0)
			assert_non_null(strstr(presigned.url,
			    pool_format(pool, "&X-Amz-Expires=%lld&",
				(long long)rows[i].given_secs)));
	}
	/* At the very moment it ends. */
	{
		const struct s3_presign get = { "GET", "k", "", NULL, 0, 1 };
		struct signer signer = new_signer();
		struct s3_presigned presigned;
		struct err err = ERR_INIT;

		signer.credentials.expires_secs = NOW;
		assert_int_equal(presign(pool, &signer, &get, &presigned, &err),
		    -1);
		assert_int_equal(err.kind, ERR_UNAVAILABLE);
	}
}

static void
test_refused(void **state)
{
	static const struct {
		const char *method, *key, *query;
		struct sign_header headers[2];
	} rows[] = {
		{ "", "k", "", { { NULL, NULL } } },
		{ "get", "k", "", { { NULL, NULL } } },
		{ "GET\nx", "k", "", { { NULL, NULL } } },
		{ "GET", "", "", { { NULL, NULL } } },
		{ "GET", "k", "a=1&X-Amz-Expires=1", { { NULL, NULL } } },
		{ "GET", "k", "x-amz-acl", { { NULL, NULL } } },
		{ "GET", "k", "%58-Amz-Signature=1", { { NULL, NULL } } },
		{ "PUT", "k", "", { { "Host", "other" } } },
		{ "PUT", "k", "", { { "a", "1" }, { "A", "2" } } },
		{ "PUT", "k", "", { { "", "1" } } },
		{ "PUT", "k", "", { { "a b", "1" } } },
		{ "PUT", "k", "", { { "a:", "1" } } },
		{ "PUT", "k", "", { { "a;b", "1" } } },
		{ "PUT", "k", "", { { "\xc3\xb1", "1" } } },
		{ "PUT", "k", "", { { "a", "1\r\nx-amz-acl: public" } } },
		{ "PUT", "k", "", { { "a", "1\n" } } },
		{ "PUT", "k", "", { { "a", "\t" } } },
		{ "PUT", "k", "", { { "a", "\x7f" } } },
	};
	struct signer signer = new_signer();

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct sign_header *headers = rows[i].headers;
		const struct s3_presign wanted = { .method = rows[i].method,
			.key = rows[i].key,
			.query = rows[i].query,
			.headers = headers,
			.header_count = headers[0].name == NULL ? 0 :
			    headers[1].name == NULL ? 1 : 2,
			.expires_secs = 900 };
		struct s3_presigned presigned;
		struct err err = ERR_INIT;

		assert_int_equal(presign(*state, &signer, &wanted, &presigned,
				     &err), -1);
		assert_int_equal(err.kind, ERR_INVALID);
	}
}

static void
test_bounds(void **state)
{
	struct sign_header headers[S3_PRESIGN_HEADERS_MAX + 1];
	struct s3_presign put = { .method = "PUT",
		.key = "k",
		.query = "",
		.headers = headers,
		.header_count = S3_PRESIGN_HEADERS_MAX,
		.expires_secs = 900 };
	char query[8 * 1024 + 2];
	struct signer signer = new_signer();
	struct s3_presigned presigned;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < ARRAY_COUNT(headers); i++)
		headers[i] = (struct sign_header){
			pool_format(*state, "x-amz-meta-%zu", i), "" };
	assert_int_equal(presign(*state, &signer, &put, &presigned, &err), 0);
	put.header_count++;
	assert_int_equal(presign(*state, &signer, &put, &presigned, &err), -1);
	put.header_count = 0;
	memset(query, 'a', sizeof(query) - 1);
	query[sizeof(query) - 1] = '\0';
	put.query = query;
	assert_int_equal(presign(*state, &signer, &put, &presigned, &err), -1);
	put.query = query + 1;
	assert_int_equal(presign(*state, &signer, &put, &presigned, &err), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_amazon_example),
		POOL_TEST(test_headers),
		POOL_TEST(test_forbidden),
		POOL_TEST(test_lifetime),
		POOL_TEST(test_refused),
		POOL_TEST(test_bounds),
	};

	return cmocka_run_group_tests_name("s3/presign", tests, NULL, NULL);
}
