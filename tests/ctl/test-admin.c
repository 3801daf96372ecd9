/*
 * What `almacenctl tenant`, `user` and `token` take and refuse; the
 * end-to-end tests have what they do.
 *
 * SPDX-License-Identifier: MIT
 */
#include "capture.h"
#include "lib/tmpdir.h"

#include <sys/stat.h>
#include <unistd.h>

#include "codec/json.h"

enum { ARGS_MAX = 10, ENV_MAX = 4 };

struct fixture {
	struct pool *pool;
	const char *data;
	const char *env[ENV_MAX];
	struct captured done;
};

static int
setup(void **state)
{
	struct pool *pool = pool_new();
	struct fixture *f = POOL_NEW(pool, struct fixture);

	f->pool = pool;
	f->data = tmpdir_new(pool);
	f->env[0] = "ENVIRONMENT=development";
	f->env[1] = "STORE=file";
	f->env[2] = pool_format(pool, "DATA_DIR=%s", f->data);
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

static int
run(struct fixture *f, command_fn command, const char *const *args)
{
	f->done = capture(f->pool, f->env, command, args, ARGS_MAX);
	return f->done.status;
}

#define RUN(f, command, ...) \
	run(f, command, (const char *const[ARGS_MAX]){ __VA_ARGS__ })

static void
test_usage(void **state)
{
	struct fixture *f = *state;
	static const struct {
		command_fn command;
		const char *args[ARGS_MAX];
	} rows[] = {
		{ cmd_tenant, { NULL } },
		{ cmd_tenant, { "remove", "1" } },
		{ cmd_tenant, { "add" } },
		{ cmd_tenant, { "add", "A", "B" } },
		{ cmd_tenant, { "add", "A", "--json" } },
		{ cmd_tenant, { "add", "A", "--quota-bytes", "much" } },
		{ cmd_tenant, { "add", "A", "--quota-bytes", "-1" } },
		{ cmd_tenant, { "add", "A", "--quota-objects", "1g" } },
		{ cmd_tenant, { "list", "--no-such-option" } },
		{ cmd_tenant, { "list", "--json", "--json" } },
		{ cmd_tenant, { "disable", "first" } },
		{ cmd_user, { NULL } },
		{ cmd_user, { "add" } },
		/* A password is no argument. */
		{ cmd_user, { "add", "a@b", "--password", "vela" } },
		{ cmd_user, { "add", "a@b", "--password-stdin=vela" } },
		{ cmd_user, { "add", "a@b", "--role", "root",
				"--generate" } },
		{ cmd_user, { "add", "a@b", "--tenant", "x",
				"--generate" } },
		{ cmd_user, { "add", "a@b", "--password-stdin",
				"--generate" } },
		{ cmd_user, { "role", "a@b" } },
		{ cmd_user, { "role", "a@b", "root" } },
		{ cmd_token, { "add" } },
		{ cmd_token, { "add", "--name", "x", "--scopes", "read" } },
		{ cmd_token, { "add", "--user", "a@b", "--scopes", "read" } },
		{ cmd_token, { "add", "--user", "a@b", "--name", "x" } },
		{ cmd_token, { "add", "--user", "a@b", "--name", "x",
				 "--scopes", "all" } },
		{ cmd_token, { "add", "--user", "a@b", "--name", "x",
				 "--scopes", "read", "--expires", "never" } },
		{ cmd_token, { "list" } },
		{ cmd_token, { "revoke", "1" } },
		{ cmd_token, { "revoke", "x", "--user", "a@b" } },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (run(f, rows[i].command, rows[i].args) != CTL_USAGE)
			fail_msg("row %zu: %d", i, f->done.status);
		assert_string_equal(f->done.output, "");
	}
}

static void
test_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(RUN(f, cmd_tenant, "add", ""), CTL_REFUSED);
	assert_int_equal(RUN(f, cmd_tenant, "add", "A\nB"), CTL_REFUSED);
	assert_int_equal(RUN(f, cmd_tenant, "add", "A", "--host", "a b"),
	    CTL_REFUSED);
	assert_int_equal(RUN(f, cmd_tenant, "disable", "7"), CTL_REFUSED);
	assert_int_equal(RUN(f, cmd_user, "add", "ana", "--generate"),
	    CTL_REFUSED);
	assert_int_equal(RUN(f, cmd_user, "add", "a@b", "--tenant", "7",
			     "--generate"),
	    CTL_REFUSED);
	assert_int_equal(RUN(f, cmd_user, "disable", "a@b"), CTL_REFUSED);
	assert_int_equal(RUN(f, cmd_user, "disable", "77"), CTL_REFUSED);
	assert_int_equal(RUN(f, cmd_token, "list", "--user", "a@b"),
	    CTL_REFUSED);
}

/* Lists as text: headings, aligned, and nothing a terminal would obey. */
static void
test_table(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(RUN(f, cmd_tenant, "add", "Ñandú", "--host",
			     "B.Example.com", "--quota-bytes", "10g"),
	    CTL_OK);
	assert_string_equal(f->done.output, "Tenant 2 added\n");
	assert_int_equal(RUN(f, cmd_tenant, "list"), CTL_OK);
	assert_string_equal(f->done.output,
	    "ID  STATE    BYTES            FILES  SINCE                 "
	    "HOST           NAME\n"
	    "1   enabled  0 B              0      -                     "
	    "-              Principal\n"
	    "2   enabled  0 B of 10.0 GiB  0      2013-05-24T00:00:00Z  "
	    "b.example.com  Ñandú\n");
}

static void
test_json(void **state)
{
	struct fixture *f = *state;
	const struct json *rows;
	struct json *root;
	struct err err = ERR_INIT;

	assert_int_equal(RUN(f, cmd_user, "add", "Ana@Example.com",
			     "--generate", "--name", "Ana"),
	    CTL_OK);
	assert_int_equal(strlen(f->done.output), 24);
	assert_int_equal(RUN(f, cmd_user, "list", "--json"), CTL_OK);
	assert_int_equal(json_parse(f->pool, slice_str(f->done.output), &root,
			     &err),
	    0);
	rows = json_find(root, "users");
	assert_int_equal(json_count(rows), 1);
	assert_string_equal(
	    json_text(json_find(json_at(rows, 0), "login")),
	    "ana@example.com");
	assert_string_equal(json_text(json_find(json_at(rows, 0), "role")),
	    "editor");
	/* No hash is shown. */
	assert_null(strstr(f->done.output, "$y$"));
	assert_int_equal(RUN(f, cmd_user, "add", "ana@example.com",
			     "--generate"),
	    CTL_REFUSED);
}

/* A database that somebody else made is one the program may not write. */
static void
test_database_of_another(void **state)
{
	struct fixture *f = *state;

	f->env[2] = "DATA_DIR=/nonexistent";
	assert_int_equal(RUN(f, cmd_user, "list"), CTL_REFUSED);
	f->env[2] = "DATA_DIR=/proc/1";
	assert_int_equal(RUN(f, cmd_user, "list"), CTL_REFUSED);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_usage),
		TEST(test_refused),
		TEST(test_table),
		TEST(test_json),
		TEST(test_database_of_another),
	};

	return cmocka_run_group_tests_name("ctl/admin", tests, NULL, NULL);
}
