/* SPDX-License-Identifier: MIT */
#include "lib/check.h"
#include "lib/scripted.h"

#include "ctl/capture.h"

#define EMPTY(line) "HTTP/1.1 " line "\r\nContent-Length: 0\r\n\r\n"
#define REFUSED \
	"HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n" \
	"<Error><Code>AccessDenied</Code></Error>"

enum { ARGS_MAX = 6, STEPS_MAX = 3 };

static struct scripted *
start(const struct scripted_step steps[STEPS_MAX])
{
	size_t count = 0;

	while (count < STEPS_MAX && steps[count].match != NULL)
		count++;
	return scripted_start(steps, count);
}

/* almacenctl bucket ARGS, with the server's bucket "cubo". */
static struct captured
run(struct pool *pool, const char *url, const char *const args[ARGS_MAX])
{
	const char *env[] = { "STORE=s3", "S3_BUCKET=cubo", "S3_ACCESS_KEY=AK",
		"S3_SECRET_KEY=SK",
		pool_format(pool, "S3_ENDPOINT=%s", url), NULL };

	return capture(pool, env, cmd_bucket, args, ARGS_MAX);
}

static void
test_actions(void **state)
{
	static const struct {
		const char *args[ARGS_MAX];
		struct scripted_step steps[STEPS_MAX];
		int status;
		const char *output; /* how it begins */
		size_t policies;    /* how often the policy was set */
	} rows[] = {
		{ { "create" },
		    { { "HEAD /cubo ", SCRIPTED_REPLY, EMPTY("404 Not Found"),
			  0 },
			{ "PUT /cubo ", SCRIPTED_REPLY, NULL, 0 } },
		    CTL_OK, "Bucket 'cubo' created\n", 0 },
		{ { "create" },
		    { { "HEAD /cubo ", SCRIPTED_REPLY, NULL, 0 } },
		    CTL_OK, "Bucket 'cubo' exists\n", 0 },
		{ { "create", "--public" },
		    { { "HEAD /cubo ", SCRIPTED_REPLY, NULL, 0 },
			{ "PUT /cubo?policy", SCRIPTED_REPLY,
			    EMPTY("204 No Content"), 0 } },
		    CTL_OK,
		    "Bucket 'cubo' exists\nPublic-read policy applied\n", 1 },
		{ { "create", "--public" },
		    { { "HEAD /cubo ", SCRIPTED_REPLY, NULL, 0 },
			{ "PUT /cubo?policy", SCRIPTED_CUT, REFUSED, 0 } },
		    CTL_REFUSED, "Bucket 'cubo' exists\n", 1 },
		{ { "create" },
		    { { "HEAD /cubo ", SCRIPTED_REPLY, EMPTY("403 Forbidden"),
			0 } },
		    CTL_REFUSED, "", 0 },
		{ { "policy" }, { { "", SCRIPTED_RESET, NULL, 0 } }, CTL_OK,
		    "{", 0 },
		{ { "policy", "--apply" },
		    { { "PUT /cubo?policy", SCRIPTED_REPLY,
			EMPTY("204 No Content"), 0 } },
		    CTL_OK, "{", 1 },
		{ { "policy", "--apply" },
		    { { "PUT /cubo?policy", SCRIPTED_CUT, REFUSED, 0 } },
		    CTL_REFUSED, "{", 1 },
		/* Without --apply nobody is asked. */
		{ { "cors", "--origin", "https://a.example" },
		    { { "", SCRIPTED_RESET, NULL, 0 } }, CTL_OK,
		    "<CORSConfiguration", 0 },
		{ { "cors", "--origin", "https://a.example:8443", "--apply" },
		    { { "PUT /cubo?cors", SCRIPTED_REPLY, NULL, 0 } }, CTL_OK,
		    "<CORSConfiguration", 0 },
		{ { "cors", "--origin", "*", "--apply" },
		    { { "PUT /cubo?cors", SCRIPTED_CUT, REFUSED, 0 } },
		    CTL_REFUSED, "<CORSConfiguration", 0 },
		{ { "cors", "--apply" }, { { "", SCRIPTED_RESET, NULL, 0 } },
		    CTL_REFUSED, "", 0 },
		{ { "cors", "--origin", "https://a.example/path" },
		    { { "", SCRIPTED_RESET, NULL, 0 } }, CTL_REFUSED, "", 0 },
		{ { "cors", "--origin", "a.example" },
		    { { "", SCRIPTED_RESET, NULL, 0 } }, CTL_REFUSED, "", 0 },
		{ { "lifecycle", "--temp-days", "3", "--abort-days", "2" },
		    { { "", SCRIPTED_RESET, NULL, 0 } }, CTL_OK,
		    "<LifecycleConfiguration", 0 },
		{ { "lifecycle", "--apply" },
		    { { "PUT /cubo?lifecycle", SCRIPTED_REPLY, NULL, 0 } },
		    CTL_OK, "<LifecycleConfiguration", 0 },
		{ { "lifecycle", "--temp-days", "0", "--abort-days", "0" },
		    { { "", SCRIPTED_RESET, NULL, 0 } }, CTL_REFUSED, "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct pool *pool = pool_new();
		struct scripted *server = start(rows[i].steps);
		struct captured result = run(pool, scripted_url(server),
		    rows[i].args);

		if (result.status != rows[i].status ||
		    !slice_has_prefix(slice_str(result.output),
			rows[i].output))
			fail_msg("row %zu: %d %s", i, result.status,
			    result.output);
		assert_int_equal(scripted_count(server, "PUT /cubo?policy"),
		    rows[i].policies);
		scripted_stop(server);
		pool_free(&pool);
	}
}

/* The days asked for, and a rule for each; none for 0. */
static void
test_lifecycle(void **state)
{
	static const struct {
		const char *args[ARGS_MAX];
		const char *has, *has_not;
	} rows[] = {
		{ { "lifecycle" }, "<Days>7</Days>", "<Days>0" },
		{ { "lifecycle", "--temp-days", "3" }, "<Days>3</Days>",
		    "<Days>7" },
		{ { "lifecycle", "--temp-days", "0" },
		    "<DaysAfterInitiation>7<", "temp/" },
		{ { "lifecycle", "--abort-days", "0" }, "temp/",
		    "AbortIncomplete" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct captured result = run(*state, "http://127.0.0.1:1",
		    rows[i].args);

		assert_int_equal(result.status, CTL_OK);
		assert_non_null(strstr(result.output, rows[i].has));
		assert_null(strstr(result.output, rows[i].has_not));
	}
}

/* Nobody is asked when the words are wrong. */
static void
test_usage(void **state)
{
	static const char *const rows[][ARGS_MAX] = {
		{ NULL },
		{ "destroy" },
		{ "create", "policy" },
		{ "create", "--apply" },
		{ "policy", "--public" },
		{ "create", "--what" },
		{ "create", "--temp-days", "1" },
		{ "cors", "--public", "--origin", "https://a.example" },
		{ "lifecycle", "--origin", "https://a.example" },
		{ "lifecycle", "--temp-days", "-1" },
		{ "lifecycle", "--abort-days", "4000" },
	};
	static const struct scripted_step steps[] = { { .match = "" } };
	struct scripted *server = scripted_start(steps, ARRAY_COUNT(steps));

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct pool *pool = pool_new();
		struct captured result = run(pool, scripted_url(server), rows[i]);

		assert_int_equal(result.status, CTL_USAGE);
		assert_string_equal(result.output, "");
		pool_free(&pool);
	}
	assert_int_equal(scripted_connections(server), 0);
	scripted_stop(server);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_actions),
		POOL_TEST(test_lifecycle),
		cmocka_unit_test(test_usage),
	};

	return cmocka_run_group_tests_name("ctl/bucket", tests, NULL, NULL);
}
