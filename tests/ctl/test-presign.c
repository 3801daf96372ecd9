/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "codec/hex.h"
#include "codec/json.h"
#include "ctl/capture.h"

enum { ARGS_MAX = 12 };

#define SECRET "SECRET-OF-NOBODY"

static struct captured
run(struct pool *pool, const char *const *args, size_t max)
{
	static const char *const env[] = { "STORE=s3", "S3_BUCKET=cubo",
		"S3_ACCESS_KEY=AK", "S3_SECRET_KEY=" SECRET,
		"S3_ENDPOINT=http://127.0.0.1:1", NULL };

	return capture(pool, env, cmd_presign, args, max);
}

/* What is printed for a person: the URL, or a line for a shell. */
static void
test_text(void **state)
{
	static const struct {
		const char *args[ARGS_MAX];
		const char *begin;
		const char *parts[4];
	} rows[] = {
		{ { "get", "a b/ñ.jpg" },
		    "http://127.0.0.1:1/cubo/a%20b/%C3%B1.jpg?",
		    { "X-Amz-Expires=3600", "X-Amz-SignedHeaders=host&" } },
		{ { "get", "k", "--expires", "604800" },
		    "http://127.0.0.1:1/cubo/k?", { "X-Amz-Expires=604800" } },
		{ { "put", "k" }, "curl --fail-with-body -T FILE 'http://",
		    { "X-Amz-SignedHeaders=host&" } },
		{ { "put", "it's", "--type", "text/plain", "--new-only" },
		    "curl --fail-with-body -T FILE -H '",
		    { "'Content-Type: text/plain'", "'If-None-Match: *'",
			"it%27s" } },
		{ { "post", "it's", "--type", "text/plain", "--max", "1k" },
		    "curl --fail-with-body --form-string '",
		    { "'key=it'\\''s'", "'Content-Type=text/plain'",
			" -F file=@FILE 'http://127.0.0.1:1/cubo'" } },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct captured result = run(*state, rows[i].args, ARGS_MAX);

		if (result.status != CTL_OK ||
		    !slice_has_prefix(slice_str(result.output),
			rows[i].begin))
			fail_msg("row %zu: %d %s", i, result.status,
			    result.output);
		for (size_t j = 0; j < 4 && rows[i].parts[j] != NULL; j++)
			if (strstr(result.output, rows[i].parts[j]) == NULL)
				fail_msg("row %zu: no %s in %s", i,
				    rows[i].parts[j], result.output);
		assert_null(strstr(result.output, SECRET));
	}
}

static const char *
member(const struct json *json, const char *object, const char *name)
{
	return json_text(json_find(json_find(json, object), name));
}

static struct json *
run_json(struct pool *pool, const char *const *args)
{
	struct captured result = run(pool, args, ARGS_MAX);
	struct err err = ERR_INIT;
	struct json *json;

	assert_int_equal(result.status, CTL_OK);
	assert_int_equal(json_parse(pool, slice_str(result.output), &json,
	    &err), 0);
	return json;
}

static void
test_json(void **state)
{
	static const char *const put[ARGS_MAX] = { "put", "k", "--json",
		"--size", "5", "--expires", "60", "--type", "image/png" };
	static const char *const post[ARGS_MAX] = { "post", "k", "--json",
		"--size", "5" };
	const struct json *json = run_json(*state, put);
	struct slice policy;

	assert_string_equal(json_text(json_find(json, "method")), "PUT");
	assert_int_equal(json_number(json_find(json, "expires_in")), 60);
	assert_string_equal(member(json, "headers", "Content-Type"),
	    "image/png");
	assert_string_equal(member(json, "headers", "Content-Length"), "5");
	json = run_json(*state, post);
	assert_string_equal(json_text(json_find(json, "method")), "POST");
	assert_string_equal(json_text(json_find(json, "url")),
	    "http://127.0.0.1:1/cubo");
	assert_true(base64_decode(*state,
	    slice_str(member(json, "fields", "policy")), &policy));
	assert_non_null(strstr(slice_dup(*state, policy),
	    "[\"content-length-range\",5,5]"));
}

static void
test_refused(void **state)
{
	static const struct {
		const char *args[ARGS_MAX];
		int status;
	} rows[] = {
		{ { NULL }, CTL_USAGE },
		{ { "get" }, CTL_USAGE },
		{ { "head", "k" }, CTL_USAGE },
		{ { "get", "k", "l" }, CTL_USAGE },
		{ { "get", "k", "--type", "a/b" }, CTL_USAGE },
		{ { "get", "k", "--min", "1" }, CTL_USAGE },
		{ { "get", "k", "--expires", "0" }, CTL_USAGE },
		{ { "get", "k", "--expires", "604801" }, CTL_USAGE },
		{ { "get", "k", "--expires", "-1" }, CTL_USAGE },
		{ { "put", "k", "--max", "1" }, CTL_USAGE },
		{ { "put", "k", "--size", "x" }, CTL_USAGE },
		{ { "put", "k", "--sha256", "abc" }, CTL_USAGE },
		{ { "post", "k", "--new-only" }, CTL_USAGE },
		{ { "post", "k", "--size", "1", "--max", "2" }, CTL_USAGE },
		{ { "put", "k", "--what" }, CTL_USAGE },
		{ { "get", "../k" }, CTL_REFUSED },
		{ { "put", "k", "--type", "a\r\nb" }, CTL_REFUSED },
		{ { "post", "a${filename}" }, CTL_REFUSED },
		{ { "post", "k", "--min", "9", "--max", "2" }, CTL_REFUSED },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct captured result = run(*state, rows[i].args, ARGS_MAX);

		if (result.status != rows[i].status)
			fail_msg("row %zu: %d", i, result.status);
		assert_string_equal(result.output, "");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_text),
		POOL_TEST(test_json),
		POOL_TEST(test_refused),
	};

	return cmocka_run_group_tests_name("ctl/presign", tests, NULL, NULL);
}
