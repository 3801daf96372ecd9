/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "s3/reply.h"

#define XML(code) "<?xml version=\"1.0\"?>\n<Error><Code>" code "</Code>" \
		  "<Message>m</Message></Error>"

static void
test_errors(void **state)
{
	static const struct {
		int status;
		const char *body;
		enum err_kind kind;
		const char *code, *part; /* of the text */
	} rows[] = {
		{ 404, XML("NoSuchKey"), ERR_NOT_FOUND, "NoSuchKey", "404" },
		{ 404, "", ERR_NOT_FOUND, "", "404" },
		{ 404, XML("NoSuchBucket"), ERR_UPSTREAM, "NoSuchBucket",
		    "S3_BUCKET" },
		{ 403, XML("SignatureDoesNotMatch"), ERR_UPSTREAM,
		    "SignatureDoesNotMatch", "S3_SECRET_KEY" },
		{ 403, XML("InvalidAccessKeyId"), ERR_UPSTREAM,
		    "InvalidAccessKeyId", "S3_ACCESS_KEY" },
		{ 403, XML("RequestTimeTooSkewed"), ERR_UPSTREAM,
		    "RequestTimeTooSkewed", "clock" },
		{ 403, "", ERR_UPSTREAM, "Forbidden", "S3_SECRET_KEY" },
		{ 412, XML("PreconditionFailed"), ERR_CONFLICT,
		    "PreconditionFailed", "412" },
		{ 409, XML("ConditionalRequestConflict"), ERR_CONFLICT,
		    "ConditionalRequestConflict", "409" },
		{ 503, XML("SlowDown"), ERR_UNAVAILABLE, "SlowDown", "503" },
		{ 503, "<html>", ERR_UNAVAILABLE, "", "503" },
		{ 500, XML("InternalError"), ERR_UNAVAILABLE, "InternalError",
		    "500" },
		{ 429, "", ERR_UNAVAILABLE, "", "429" },
		{ 400, XML("RequestTimeout"), ERR_UNAVAILABLE,
		    "RequestTimeout", "400" },
		{ 400, "garbage", ERR_UPSTREAM, "", "400" },
		{ 416, XML("InvalidRange"), ERR_INVALID, "InvalidRange",
		    "416" },
		{ 301, "", ERR_UPSTREAM, "PermanentRedirect",
		    "region is eu-west-3" },
		{ 307, "", ERR_UPSTREAM, "TemporaryRedirect", "S3_ENDPOINT" },
		{ 501, XML("NotImplemented"), ERR_UPSTREAM, "NotImplemented",
		    "cannot" },
		{ 400, XML("AccessControlListNotSupported"), ERR_UPSTREAM,
		    "AccessControlListNotSupported", "ACLs" },
		{ 400, XML("EntityTooLarge"), ERR_UPSTREAM, "EntityTooLarge",
		    "S3_PART_SIZE" },
		{ 403, XML("QuotaExceeded"), ERR_UPSTREAM, "QuotaExceeded",
		    "quota" },
		{ 400, XML("MalformedPolicy"), ERR_UPSTREAM,
		    "MalformedPolicy", "policy" },
		/* What is not there is not there, whatever the status. */
		{ 400, XML("NoSuchUpload"), ERR_NOT_FOUND, "NoSuchUpload",
		    "upload" },
		{ 400, XML("NoSuchKey"), ERR_NOT_FOUND, "NoSuchKey",
		    "object" },
		/* Not a word, not a code. */
		{ 400, XML("Two words"), ERR_UPSTREAM, "", "400" },
		{ 400, "<!DOCTYPE x [<!ENTITY a \"b\">]>" XML("&a;"),
		    ERR_UPSTREAM, "", "400" },
		{ 100, "", ERR_UPSTREAM, "", "100" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct fetch_reply reply = { .status = rows[i].status,
			.body = slice_str(rows[i].body),
			.header_count = 1,
			.headers = { { slice_str("X-Amz-Bucket-Region"),
			    slice_str("eu-west-3") } } };
		struct err err = ERR_INIT;

		assert_int_equal(s3_reply_check(&reply, &err), -1);
		assert_int_equal(err.kind, rows[i].kind);
		assert_string_equal(err.code, rows[i].code);
		assert_non_null(strstr(err.text, rows[i].part));
	}
}

static void
test_error_in_200(void **state)
{
	static const struct {
		const char *body;
		int result;
		enum err_kind kind;
	} rows[] = {
		{ "<CompleteMultipartUploadResult><ETag>e</ETag>"
		  "</CompleteMultipartUploadResult>", 0, ERR_NONE },
		{ "  \r\n \n<?xml version=\"1.0\"?><DeleteResult><Key>k</Key>"
		  "</DeleteResult>", 0, ERR_NONE },
		/* A page of something in between. */
		{ "<html><b>It works!</b></html>", -1, ERR_UNAVAILABLE },
		{ "<html><DeleteResult>x</DeleteResult></html>", -1,
		    ERR_UNAVAILABLE },
		{ XML("InternalError"), -1, ERR_UNAVAILABLE },
		{ " \n " XML("AccessDenied"), -1, ERR_UPSTREAM },
		{ XML("NoSuchUpload"), -1, ERR_NOT_FOUND },
		{ XML("SomethingNew"), -1, ERR_UPSTREAM },
		{ "", -1, ERR_UNAVAILABLE },
		{ "<R><Key>", -1, ERR_UNAVAILABLE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct fetch_reply reply = { .status = 200,
			.body = slice_str(rows[i].body) };
		struct err err = ERR_INIT;

		assert_int_equal(s3_reply_check_body(&reply, &err),
		    rows[i].result);
		assert_int_equal(err.kind, rows[i].kind);
	}
}

static void
test_etags(void **state)
{
	static const struct {
		const char *header, *etag;
	} rows[] = {
		{ "\"abc-2\"", "abc-2" },
		{ "abc", "abc" },
		{ "\"\"", "" },
		{ "\"", "" },
		{ "W/\"abc\"", "" },
		{ "\"a\"b\"", "" },
		{ "\"a b\"", "" },
		{ "\"<x>\"", "" },
		{ "\"a\x80\"", "" },
	};
	struct pool *pool = pool_new();
	char *longest = pool_alloc(pool, 200);

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(
		    s3_etag_unquote(pool, slice_str(rows[i].header)),
		    rows[i].etag);
	memset(longest, 'a', 128);
	assert_string_equal(s3_etag_unquote(pool, slice_str(longest)), "");
	longest[127] = '\0';
	assert_string_equal(s3_etag_unquote(pool, slice_str(longest)),
	    longest);
	pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_error_in_200),
		cmocka_unit_test(test_etags),
	};

	return cmocka_run_group_tests_name("s3/reply", tests, NULL, NULL);
}
