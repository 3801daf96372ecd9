/* SPDX-License-Identifier: MIT */
#include "lib/check.h"
#include "lib/tmpdir.h"

#include "codec/json.h"
#include "ctl/command.h"

enum { OUTPUT_MAX = 64 * 1024, ARGS_MAX = 8 };

static const char *const no_environ[] = { NULL };

struct fixture {
	struct pool *pool;
	struct clock clock;
	struct ctl ctl;
	char *output;
};

static int
setup(void **state)
{
	struct pool *pool = pool_new();
	struct fixture *f = POOL_NEW(pool, struct fixture);

	f->pool = pool;
	f->ctl = (struct ctl){ .pool = pool,
		.clock = &f->clock,
		.environ = no_environ };
	log_init(&f->ctl.log, 2, LOG_ERROR);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct pool *pool = ((struct fixture *)*state)->pool;

	pool_free(&pool);
	return 0;
}

#define RUN(f, ...) \
	run(f, (const char *const[]){ "almacenctl", __VA_ARGS__, NULL })

static int
run(struct fixture *f, const char *const *args)
{
	char *argv[ARGS_MAX + 1] = { NULL };
	int argc, status;

	for (argc = 0; args[argc] != NULL && argc < ARGS_MAX; argc++)
		argv[argc] = pool_strdup(f->pool, args[argc]);
	f->output = pool_alloc(f->pool, OUTPUT_MAX);
	f->ctl.out = fmemopen(f->output, OUTPUT_MAX, "w");
	assert_non_null(f->ctl.out);
	status = ctl_main(&f->ctl, argc, argv);
	assert_int_equal(fclose(f->ctl.out), 0);
	return status;
}

static void
test_main(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run(f, (const char *const[]){ "almacenctl", NULL }), CTL_USAGE);
	assert_int_equal(RUN(f, "no-such-command"), CTL_USAGE);
	assert_int_equal(RUN(f, "--no-such-option"), CTL_USAGE);
	assert_int_equal(RUN(f, "--env-file"), CTL_USAGE);
	assert_string_equal(f->output, "");
	assert_int_equal(RUN(f, "--version"), CTL_OK);
	assert_string_equal(f->output, "almacenctl " PACKAGE_VERSION "\n");
	assert_int_equal(RUN(f, "-h"), CTL_OK);
	assert_non_null(strstr(f->output, "--env-file FILE"));
	assert_non_null(strstr(f->output, "check-form"));
	assert_int_equal(RUN(f, "check-form", "--help"), CTL_OK);
	assert_string_equal(f->output,
	    "usage: almacenctl check-form --content-type TYPE [FILE]\n");
	assert_int_equal(RUN(f, "object", "put", "--help"), CTL_OK);
	assert_non_null(strstr(f->output, "put -r DIR"));
	assert_int_equal(RUN(f, "render", "--", "--help"), CTL_USAGE);
	assert_int_equal(RUN(f, "--env-file", "/x/y", "check-form", "-h"),
	    CTL_OK);
	assert_string_equal(f->ctl.env_file, "/x/y");
}

/* Every name in the list of commands runs. */
static void
test_table(void **state)
{
	static const char *const names[] = { "bucket", "check-file",
		"check-form", "config", "doctor", "object", "presign",
		"render", "sign", "sweep" };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		assert_int_equal(RUN(f, names[i], "--help"), CTL_OK);
		assert_int_equal(RUN(f, names[i], "--no-such-option"),
		    CTL_USAGE);
	}
}

static int
check_form(struct fixture *f, const char *type, const char *body)
{
	const char *path = tmpdir_file(f->pool, tmpdir_new(f->pool), "body",
	    body);

	return RUN(f, "check-form", "--content-type", type, path);
}

static void
test_check_form(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(check_form(f, "multipart/form-data; boundary=b",
	    "--b\r\nContent-Disposition: form-data; name=\"\xc3\xb1\"\r\n\r\n"
	    "\r\n--b\r\nContent-Disposition: form-data; name=f; filename=\"a "
	    "b.png\"\r\nContent-Type: image/png\r\n\r\nabc\r\n--b--\r\n"),
	    CTL_OK);
	assert_string_equal(f->output, "{\"parts\":["
	    "{\"name\":\"\xc3\xb1\",\"filename\":null,\"type\":null,\"size\":0,"
	    "\"sha256\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495"
	    "991b7852b855\"},"
	    "{\"name\":\"f\",\"filename\":\"a b.png\",\"type\":\"image/png\","
	    "\"size\":3,\"sha256\":\"ba7816bf8f01cfea414140de5dae2223b00361a39"
	    "6177a9cb410ff61f20015ad\"}]}\n");

	assert_int_equal(check_form(f, "application/x-www-form-urlencoded",
	    "a=abc"), CTL_OK);
	assert_string_equal(f->output, "{\"parts\":[{\"name\":\"a\","
	    "\"filename\":null,\"type\":null,\"size\":3,\"sha256\":\"ba7816bf8f"
	    "01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"}]}\n");
}

static void
test_check_form_refuses(void **state)
{
	static const struct {
		const char *type, *body, *code;
	} cases[] = {
		{ "text/plain", "x", "unsupported_type" },
		{ "multipart/form-data", "x", "missing_boundary" },
		{ "multipart/form-data; boundary=b", "--b\r\n", "truncated" },
		{ "application/x-www-form-urlencoded", "a=%", "bad_escape" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct err err = ERR_INIT;
		struct json *answer;

		assert_int_equal(check_form(f, cases[i].type, cases[i].body),
		    CTL_REFUSED);
		assert_int_equal(json_parse(f->pool,
		    slice_make(f->output, strlen(f->output) - 1),
		    &answer, &err), 0);
		assert_string_equal(json_text(json_find(answer, "error")),
		    cases[i].code);
		assert_true(*json_text(json_find(answer, "message")) != '\0');
		assert_null(json_find(answer, "parts"));
	}
	assert_int_equal(RUN(f, "check-form"), CTL_USAGE);
	assert_int_equal(RUN(f, "check-form", "--content-type", "a", "b", "c"),
	    CTL_USAGE);
	assert_int_equal(RUN(f, "check-form", "--content-type", "a",
	    "/no/such/file"), CTL_REFUSED);
	assert_non_null(strstr(f->output, "\"error\":\"unreadable\""));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_main),
		TEST(test_table),
		TEST(test_check_form),
		TEST(test_check_form_refuses),
	};

	return cmocka_run_group_tests_name("ctl/command", tests, NULL, NULL);
}
