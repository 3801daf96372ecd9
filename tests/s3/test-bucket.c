/* SPDX-License-Identifier: MIT */
#include "s3/clienttest.h"

#include "s3/bucket.h"

#define XML(body) "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" body
#define NAMESPACE " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\""

static void
test_location(void **state)
{
	static const struct {
		const char *reply;
		int result;
		const char *region;
	} rows[] = {
		{ XML("<?xml version=\"1.0\"?>\n<LocationConstraint" NAMESPACE
		    ">eu-west-3</LocationConstraint>"), 0, "eu-west-3" },
		{ XML("<LocationConstraint" NAMESPACE "/>"), 0, "us-east-1" },
		{ XML("<LocationConstraint>EU</LocationConstraint>"), 0,
		    "eu-west-1" },
		{ XML("<ListBucketResult></ListBucketResult>"), -1, NULL },
		{ XML("plain"), -1, NULL },
		{ ERROR_XML("403 No", "", "AccessDenied", ""), -1, NULL },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct scripted_step step = { "GET /uploads?location= ",
			SCRIPTED_CUT, rows[i].reply, 0 };
		struct clienttest *f;
		const char *region = NULL;

		(void)clienttest_setup(state);
		f = *state;
		clienttest_begin(f, &step, 1);
		assert_int_equal(s3_bucket_location(f->client, f->pool,
		    &region, &f->err), rows[i].result);
		if (rows[i].result == 0)
			assert_string_equal(region, rows[i].region);
		else
			assert_int_equal(f->err.kind, ERR_UPSTREAM);
		(void)clienttest_teardown(state);
	}
}

typedef int (*get_fn)(struct s3_client *client, struct pool *pool,
    const char **text_r, struct err *err);

#define CORS "<CORSConfiguration><CORSRule/></CORSConfiguration>"
#define LIFECYCLE "<LifecycleConfiguration></LifecycleConfiguration>"

static void
test_get(void **state)
{
	static const struct {
		get_fn get;
		const char *query, *reply;
		int result;
		const char *text; /* or the error's code */
	} rows[] = {
		{ s3_bucket_get_policy, "?policy= ", XML("{\"Version\":1}"), 1,
		    "{\"Version\":1}" },
		{ s3_bucket_get_policy, "?policy= ", ERROR_XML("404 No", "",
		    "NoSuchBucketPolicy", ""), 0, NULL },
		{ s3_bucket_get_policy, "?policy= ", XML("<ListBucketResult/>"),
		    -1, "NotImplemented" },
		{ s3_bucket_get_cors, "?cors= ", XML("\n" CORS), 1, CORS },
		{ s3_bucket_get_cors, "?cors= ", ERROR_XML("404 No", "",
		    "NoSuchCORSConfiguration", ""), 0, NULL },
		{ s3_bucket_get_cors, "?cors= ", ERROR_XML("501 No", "",
		    "NotImplemented", ""), -1, "NotImplemented" },
		/* A sub-resource that is not known is a list to some. */
		{ s3_bucket_get_cors, "?cors= ", XML("<ListBucketResult/>"),
		    -1, "NotImplemented" },
		{ s3_bucket_get_lifecycle, "?lifecycle= ", XML(LIFECYCLE), 1,
		    LIFECYCLE },
		{ s3_bucket_get_lifecycle, "?lifecycle= ", ERROR_XML("404 No",
		    "", "NoSuchLifecycleConfiguration", ""), 0, NULL },
		{ s3_bucket_get_lifecycle, "?lifecycle= ", ERROR_XML("404 No",
		    "", "NoSuchBucket", ""), -1, "NoSuchBucket" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct scripted_step step = { rows[i].query,
			SCRIPTED_CUT, rows[i].reply, 0 };
		struct clienttest *f;
		const char *text = NULL;

		(void)clienttest_setup(state);
		f = *state;
		clienttest_begin(f, &step, 1);
		assert_int_equal(rows[i].get(f->client, f->pool, &text,
		    &f->err), rows[i].result);
		if (rows[i].result == 1)
			assert_string_equal(text, rows[i].text);
		if (rows[i].result == -1)
			assert_string_equal(f->err.code, rows[i].text);
		(void)clienttest_teardown(state);
	}
}

static void
test_put(void **state)
{
	static const struct scripted_step steps[] = { { "PUT /uploads?",
	    SCRIPTED_REPLY, NULL, 0 } };
	struct clienttest *f = *state;
	const char *head;

	BEGIN(f, steps);
	assert_int_equal(s3_bucket_put_policy(f->client, "{}", &f->err), 0);
	assert_int_equal(s3_bucket_put_cors(f->client, CORS, &f->err), 0);
	assert_int_equal(s3_bucket_put_lifecycle(f->client, LIFECYCLE,
	    &f->err), 0);
	assert_non_null(strstr(scripted_head(f->server, "?policy= "),
	    "\r\ncontent-type: application/json\r\n"));
	head = scripted_head(f->server, "?cors= ");
	assert_non_null(strstr(head, "\r\ncontent-type: application/xml\r\n"));
	assert_non_null(strstr(head, "\r\ncontent-md5: "));
	assert_string_equal(scripted_body(f->server, "?cors= "), CORS);
	assert_non_null(strstr(scripted_head(f->server, "?lifecycle= "),
	    "\r\ncontent-md5: "));
}

static void
test_cors_xml(void **state)
{
	static const char *const origins[] = { "https://a.example",
		"https://b.example/?x=<&\">", NULL };
	const char *xml = s3_cors_xml(*state, origins);

	assert_non_null(strstr(xml, "<CORSConfiguration" NAMESPACE
	    "><CORSRule><ID>almacen</ID><AllowedOrigin>https://a.example"
	    "</AllowedOrigin><AllowedOrigin>https://b.example/?x=&lt;&amp;"
	    "&quot;&gt;</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
	    "<AllowedMethod>HEAD</AllowedMethod><AllowedMethod>PUT"
	    "</AllowedMethod><AllowedMethod>POST</AllowedMethod>"));
	assert_non_null(strstr(xml,
	    "<AllowedHeader>content-type</AllowedHeader>"));
	assert_null(strstr(xml, "<AllowedHeader>*<"));
	assert_null(strstr(xml, "<AllowedOrigin>*<"));
	assert_non_null(strstr(xml, "<ExposeHeader>ETag</ExposeHeader>"
	    "<MaxAgeSeconds>3600</MaxAgeSeconds></CORSRule>"
	    "</CORSConfiguration>"));
}

#define RULE(id, prefix, action)                                    \
	"<Rule><ID>" id "</ID><Filter><Prefix>" prefix              \
	"</Prefix></Filter><Status>Enabled</Status>" action "</Rule>"
#define EXPIRE(prefix, days) RULE("almacen-expire-temporary", prefix, \
	"<Expiration><Days>" days "</Days></Expiration>")
#define ABORT(days) RULE("almacen-abort-unfinished", "",                 \
	"<AbortIncompleteMultipartUpload><DaysAfterInitiation>" days \
	"</DaysAfterInitiation></AbortIncompleteMultipartUpload>")

static void
test_lifecycle_xml(void **state)
{
	static const struct {
		struct s3_lifecycle rules;
		const char *xml;
	} rows[] = {
		{ { "temp/", 1, 7 }, EXPIRE("temp/", "1") ABORT("7") },
		{ { "a&b/", 30, 0 }, EXPIRE("a&amp;b/", "30") },
		/* No prefix would be everything. */
		{ { "", 1, 7 }, ABORT("7") },
		{ { "temp/", 0, 7 }, ABORT("7") },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(s3_lifecycle_xml(*state, &rows[i].rules),
		    pool_format(*state, "<LifecycleConfiguration" NAMESPACE
			">%s</LifecycleConfiguration>", rows[i].xml));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_location),
		cmocka_unit_test(test_get),
		CLIENT_TEST(test_put),
		POOL_TEST(test_cors_xml),
		POOL_TEST(test_lifecycle_xml),
	};

	return cmocka_run_group_tests_name("s3/bucket", tests, NULL, NULL);
}
