/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "codec/json.h"
#include "ctl/capture.h"

enum { ARGS_MAX = 24 };

static const char *const amazon[] = { "S3_ACCESS_KEY=AKIAIOSFODNN7EXAMPLE",
	"S3_SECRET_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", NULL };
static const char *const with_token[] = { "AWS_ACCESS_KEY_ID=AK",
	"AWS_SECRET_ACCESS_KEY=SK", "AWS_SESSION_TOKEN=T+/=", NULL };
static const char *const nobody[] = { NULL };

/* almacenctl sign ARGS: its status and, when that is 0, its output. */
static int
run(struct pool *pool, const char *const *environ,
    const char *const args[ARGS_MAX], const struct json **json_r)
{
	struct captured captured =
	    capture(pool, environ, cmd_sign, args, ARGS_MAX);
	struct json *json = NULL;
	struct err err = ERR_INIT;

	if (captured.status == CTL_OK)
		assert_int_equal(json_parse(pool, slice_str(captured.output),
		    &json, &err), 0);
	else
		assert_string_equal(captured.output, "");
	*json_r = json;
	return captured.status;
}

#define URL "https://examplebucket.s3.amazonaws.com/test.txt"

static void
test_signatures(void **state)
{
	static const struct {
		const char *args[ARGS_MAX];
		const char *signature;
	} rows[] = {
		/* as in the S3 API reference, see tests/s3/test-sign.c */
		{ { "--method", "GET", "--url", URL, "--header",
		      "Range: bytes=0-9" },
		    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c"
		    "6036bdb41" },
		{ { "--method", "GET", "--endpoint",
		      "https://s3.amazonaws.com", "--bucket", "examplebucket",
		      "--style", "virtual", "--query", "prefix=J", "--query",
		      "max-keys=2" },
		    "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711"
		    "ef69dc6f7" },
		{ { "--method=PUT", "--endpoint=https://s3.amazonaws.com",
		      "--bucket=examplebucket", "--key=test$file.text",
		      "--style=virtual", "--header",
		      "Date: Fri, 24 May 2013 00:00:00 GMT", "--header",
		      "x-amz-storage-class: REDUCED_REDUNDANCY",
		      "--payload-hash", "44ce7dd67c959e0d3524ffac1771dfbba87d2b"
					"6b4b4e99e42034a8b803f8b072" },
		    "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af"
		    "0ece108bd" },
		{ { "--method", "GET", "--url", URL, "--presign", "86400" },
		    "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d15775"
		    "1f604d404" },
		/* all headers by hand, and the date from one of them */
		{ { "--method", "GET", "--url", URL, "--header",
		      "host: examplebucket.s3.amazonaws.com", "--header",
		      "range:bytes=0-9", "--header",
		      "X-Amz-Date: 20130524T000000Z", "--header",
		      "X-Amz-Content-SHA256: e3b0c44298fc1c149afbf4c8996fb92427"
		      "ae41e4649b934ca495991b7852b855" },
		    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c"
		    "6036bdb41" },
	};
	const struct json *json;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct pool *pool = pool_new();

		assert_int_equal(run(pool, amazon, rows[i].args, &json),
		    CTL_OK);
		assert_string_equal(json_text(json_find(json, "signature")),
		    rows[i].signature);
		pool_free(&pool);
	}
}

static void
test_output(void **state)
{
	static const char *const args[ARGS_MAX] = { "--method", "PUT",
		"--endpoint", "http://h.example:9000", "--bucket", "b1",
		"--key", "a b/%41+", "--style", "path", "--header", "X-A: 1",
		"--header", "X-A: 2", "--date", "20260228T235959Z" };
	struct pool *pool = pool_new();
	const struct json *json, *headers;
	const char *authorization;

	(void)state;
	assert_int_equal(run(pool, with_token, args, &json), CTL_OK);
	authorization = json_text(json_find(json, "authorization"));
	assert_non_null(strstr(authorization,
	    "AWS4-HMAC-SHA256 Credential=AK/20260228/us-east-1/s3/"
	    "aws4_request, SignedHeaders=host;x-a;x-amz-content-sha256;"
	    "x-amz-date;x-amz-security-token, Signature="));
	assert_non_null(strstr(
	    json_text(json_find(json, "canonical_request")),
	    "PUT\n/b1/a%20b/%2541%2B\n\nhost:h.example:9000\nx-a:1,2\n"));
	headers = json_find(json, "headers");
	assert_string_equal(json_text(json_find(headers, "X-A")), "1,2");
	assert_string_equal(
	    json_text(json_find(headers, "x-amz-security-token")), "T+/=");
	assert_string_equal(json_text(json_find(headers, "x-amz-date")),
	    "20260228T235959Z");
	pool_free(&pool);
}

static void
test_presigned_url(void **state)
{
	static const char *const args[ARGS_MAX] = { "--method", "GET",
		"--endpoint", "http://h.example:9000", "--bucket", "b1",
		"--key", "../a", "--style", "path", "--presign", "60" };
	struct pool *pool = pool_new();
	const struct json *json;
	const char *url;

	(void)state;
	assert_int_equal(run(pool, with_token, args, &json), CTL_OK);
	url = json_text(json_find(json, "url"));
	assert_true(slice_has_prefix(slice_str(url),
	    "http://h.example:9000/b1/../a?X-Amz-Algorithm="));
	assert_non_null(strstr(url, "&X-Amz-Security-Token=T%2B%2F%3D&"));
	assert_int_equal(json_type(json_find(json, "authorization")),
	    JSON_NULL);
	pool_free(&pool);
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *const *environ;
		const char *args[ARGS_MAX];
		int status;
	} rows[] = {
		{ amazon, { "--url", URL }, CTL_USAGE },
		{ amazon, { "--method", "GET" }, CTL_USAGE },
		{ amazon, { "--method", "GET", "--url", URL, "--key", "k" },
		    CTL_USAGE },
		{ amazon, { "--method", "GET", "--url", URL, "more" },
		    CTL_USAGE },
		{ amazon, { "--method", "GET", "--url", URL, "--odd" },
		    CTL_USAGE },
		{ amazon, { "--method", "GET", "--url", URL, "--header",
			      "no colon" }, CTL_USAGE },
		{ amazon, { "--method", "GET", "--url", URL, "--presign",
			      "soon" }, CTL_USAGE },
		{ amazon, { "--method", "GET", "--bucket", "b1", "--style",
			      "both" }, CTL_USAGE },
		{ amazon, { "--method", "GET", "--url", URL, "--presign",
			      "604801" }, CTL_REFUSED },
		{ amazon, { "--method", "GET", "--url", URL, "--date",
			      "2013-05-24" }, CTL_REFUSED },
		{ amazon, { "--method", "GET", "--url", "ftp://h/" },
		    CTL_REFUSED },
		{ nobody, { "--method", "GET", "--url", URL }, CTL_REFUSED },
	};
	const struct json *json;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct pool *pool = pool_new();

		assert_int_equal(run(pool, rows[i].environ, rows[i].args,
		    &json), rows[i].status);
		pool_free(&pool);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_output),
		cmocka_unit_test(test_presigned_url),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests_name("ctl/sign", tests, NULL, NULL);
}
