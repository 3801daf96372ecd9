/*
 * What `almacenctl audit` takes, prints and finds.
 *
 * SPDX-License-Identifier: MIT
 */
#include "capture.h"
#include "lib/tmpdir.h"

#include <stdio.h>

#include "codec/json.h"
#include "model/audit.h"
#include "model/schema.h"

enum { ARGS_MAX = 12, ENV_MAX = 4 };

#define NOW_MS INT64_C(1795358280000) /* 2026-11-22T14:38:00Z */
#define DAY_MS INT64_C(86400000)

struct fixture {
	struct pool *pool;
	const char *data, *env[ENV_MAX];
	struct captured done;
};

static struct sql *
open_db(struct pool *pool, const struct fixture *f)
{
	const struct log log = { .fd = 2, .least = LOG_ERROR };
	struct err err = ERR_INIT;
	struct sql *db;

	if (sql_open(pool, pool_format(pool, "sqlite:%s/almacen.db", f->data),
		1, &db, &err) == -1 ||
	    sql_migrate(db, schema_migrations, SCHEMA_VERSION, &log, &err) ==
		-1)
		fail_msg("%s", err.text);
	return db;
}

static void
change(const struct fixture *f, const char *script)
{
	struct pool *pool = pool_new();
	struct err err = ERR_INIT;

	if (sql_script(open_db(pool, f), script, &err) == -1)
		fail_msg("%s", err.text);
	pool_free(&pool);
}

/* Six rows, one a day; the fourth is another tenant's. */
static void
note_six(const struct fixture *f)
{
	struct pool *pool = pool_new();
	struct clock clock = { .fixed_ms = NOW_MS };
	const struct log log = { .fd = 2, .least = LOG_ERROR };
	struct audit *audit = audit_new(pool, open_db(pool, f), &clock, &log);

	for (int i = 1; i <= 6; i++) {
		struct audit_event event = { .tenant_id = i == 4 ? 2 : 1,
			.user_id = i,
			.actor = i == 5 ? "eva\x1b[31m" : "ana@example.com",
			.via = "session/9",
			.action = i % 2 == 0 ? "file.read" : "login",
			.subject = pool_format(pool, "files/%d", i),
			.remote_addr = "192.0.2.7",
			.request_id = "00ff",
			.status = 200,
			.result = "ok" };
		struct err err = ERR_INIT;

		assert_int_equal(audit_note(audit, &event, &err), 0);
		clock.fixed_ms += DAY_MS;
	}
	pool_free(&pool);
}

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
	note_six(f);
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
run(struct fixture *f, const char *const *args)
{
	f->done = capture(f->pool, f->env, cmd_audit, args, ARGS_MAX);
	return f->done.status;
}

#define RUN(f, ...) run(f, (const char *const[ARGS_MAX]){ __VA_ARGS__ })

static int
count_lines(const char *text)
{
	int count = 0;

	for (; *text != '\0'; text++)
		count += *text == '\n';
	return count;
}

static void
test_usage(void **state)
{
	static const char *const rows[][ARGS_MAX] = {
		{ NULL },
		{ "delete" },
		{ "list", "more" },
		{ "list", "--head", "1:00" },
		{ "list", "--partial" },
		{ "list", "--tenant", "first" },
		{ "list", "--tenant", "0" },
		{ "list", "--since", "yesterday" },
		{ "list", "--since", "2026-13-01" },
		{ "list", "--until", "2026-11-22T14:38" },
		{ "list", "--action", "a", "--action", "b" },
		{ "list", "--no-such-option" },
		{ "export", "--json" },
		{ "export", "file" },
		{ "verify", "a", "b" },
		{ "verify", "--user", "ana" },
		{ "verify", "--partial" },
		{ "verify", "--head", "5" },
		{ "verify", "--head", "5:00ff" },
		{ "verify", "--head", ":00ff" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(run(f, rows[i]), CTL_USAGE);
}

static void
test_list(void **state)
{
	static const struct {
		const char *args[ARGS_MAX];
		int lines;
		const char *first; /* subject */
	} rows[] = {
		{ { "list" }, 6, "files/1" },
		{ { "list", "--tenant", "2" }, 1, "files/4" },
		{ { "list", "--user", "3" }, 1, "files/3" },
		{ { "list", "--user", "ana@example.com" }, 5, "files/1" },
		{ { "list", "--action", "file.read" }, 3, "files/2" },
		{ { "list", "--subject", "files/6" }, 1, "files/6" },
		{ { "list", "--since", "2026-11-24" }, 4, "files/3" },
		{ { "list", "--since", "2026-11-24T14:38:00Z" }, 4,
		    "files/3" },
		{ { "list", "--until", "2026-11-24T14:38:00Z" }, 2,
		    "files/1" },
		{ { "list", "--since", "2026-11-24", "--until", "2026-11-26",
		      "--action", "login" }, 1, "files/3" },
		{ { "list", "--user", "nobody" }, 0, "" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *end;

		assert_int_equal(run(f, rows[i].args), CTL_OK);
		assert_int_equal(count_lines(f->done.output), rows[i].lines);
		end = strchr(f->done.output, '\n');
		assert_true(rows[i].lines == 0 ||
		    slice_has_suffix(slice_make(f->done.output,
			(size_t)(end - f->done.output)),
			rows[i].first));
		/* What comes from strangers does not speak to a terminal. */
		assert_null(strchr(f->done.output, '\x1b'));
	}
}

static void
test_list_json(void **state)
{
	struct fixture *f = *state;
	struct json *root;
	const struct json *row;
	struct err err = ERR_INIT;

	assert_int_equal(RUN(f, "list", "--json", "--tenant", "2"), CTL_OK);
	assert_int_equal(json_parse(f->pool, slice_str(f->done.output), &root,
			     &err),
	    0);
	assert_false(json_bool(json_find(root, "truncated")));
	assert_int_equal(json_count(json_find(root, "rows")), 1);
	row = json_at(json_find(root, "rows"), 0);
	assert_int_equal(json_number(json_find(row, "number")), 4);
	assert_string_equal(json_text(json_find(row, "at")),
	    "2026-11-25T14:38:00Z");
	assert_string_equal(json_text(json_find(row, "action")), "file.read");
}

static void
test_verify(void **state)
{
	struct fixture *f = *state;
	struct json *root;
	struct err err = ERR_INIT;
	const char *head;

	assert_int_equal(RUN(f, "verify"), CTL_OK);
	assert_non_null(strstr(f->done.output, "6 rows"));
	assert_int_equal(RUN(f, "verify", "--json"), CTL_OK);
	assert_int_equal(json_parse(f->pool, slice_str(f->done.output), &root,
			     &err),
	    0);
	assert_true(json_bool(json_find(root, "ok")));
	head = json_text(json_find(root, "head"));
	assert_int_equal(RUN(f, "verify", "--head", head), CTL_OK);
	/* Cut so that the chain alone does not tell. */
	change(f, "DELETE FROM audit WHERE number = 6; UPDATE audit_head"
		  " SET number = 5,"
		  " hash = (SELECT hash FROM audit WHERE number = 5)");
	assert_int_equal(RUN(f, "verify"), CTL_OK);
	assert_int_equal(RUN(f, "verify", "--head", head), CTL_REFUSED);
	change(f, "DELETE FROM audit WHERE number = 3");
	assert_int_equal(RUN(f, "verify", "--json"), CTL_REFUSED);
	assert_int_equal(json_parse(f->pool, slice_str(f->done.output), &root,
			     &err),
	    0);
	assert_false(json_bool(json_find(root, "ok")));
	assert_int_equal(json_number(json_find(root, "bad_number")), 3);
	assert_string_equal(json_text(json_find(root, "problem")),
	    "is missing");
}

/* ---- files ---- */

static const char *
write_file(struct fixture *f, const char *text)
{
	return tmpdir_file(f->pool, f->data, "log.jsonl", text);
}

/* The text with one part replaced, once. */
static const char *
replace(struct pool *pool, const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	assert_non_null(at);
	return pool_format(pool, "%.*s%s%s", (int)(at - text), text, to,
	    at + strlen(from));
}

static void
test_export(void **state)
{
	struct fixture *f = *state;
	const char *all, *second, *third;

	assert_int_equal(RUN(f, "export"), CTL_OK);
	all = f->done.output;
	assert_int_equal(count_lines(all), 6);
	assert_int_equal(RUN(f, "verify", write_file(f, all)), CTL_OK);
	assert_non_null(strstr(f->done.output, "6 rows"));
	/* The database is not asked. */
	change(f, "DELETE FROM audit");
	assert_int_equal(RUN(f, "verify", write_file(f, all), "--json"),
	    CTL_OK);
	second = strchr(all, '\n') + 1;
	third = strchr(second, '\n') + 1;
	assert_int_equal(RUN(f, "verify", write_file(f, second)),
	    CTL_REFUSED);
	assert_int_equal(RUN(f, "verify", "--partial", write_file(f, second)),
	    CTL_OK);
	/* A row that was taken out, and two that changed places. */
	assert_int_equal(RUN(f, "verify",
			     write_file(f,
				 pool_format(f->pool, "%.*s%s",
				     (int)(second - all), all, third))),
	    CTL_REFUSED);
	assert_int_equal(RUN(f, "verify", "--partial",
			     write_file(f,
				 pool_format(f->pool, "%.*s%.*s",
				     (int)(third - second), second,
				     (int)(second - all), all))),
	    CTL_REFUSED);
}

static void
test_export_of_some(void **state)
{
	struct fixture *f = *state;
	const char *file;

	assert_int_equal(RUN(f, "export", "--action", "file.read"), CTL_OK);
	assert_int_equal(count_lines(f->done.output), 3);
	file = write_file(f, f->done.output);
	assert_int_equal(RUN(f, "verify", file), CTL_REFUSED);
	assert_int_equal(RUN(f, "verify", file, "--partial"), CTL_OK);
}

static void
test_altered_file(void **state)
{
	static const char *const rows[][2] = {
		{ "\"number\":2", "\"number\":3" },
		{ "\"at_ms\":1795358280000", "\"at_ms\":1795358280001" },
		{ "\"tenant_id\":2", "\"tenant_id\":1" },
		{ "\"user_id\":3", "\"user_id\":4" },
		{ "ana@", "eva@" },
		{ "session/9", "session/8" },
		{ "login", "logout" },
		{ "files/5", "files/1" },
		{ "192.0.2.7", "192.0.2.8" },
		{ "00ff", "00fe" },
		{ "\"status\":200", "\"status\":403" },
		{ "\"ok\"", "\"forbidden\"" },
		{ "\"hash\":\"", "\"hash\":\"0" },
		{ "\"previous\":\"", "\"previous\":\"0" },
		{ "\"subject\"", "\"object\"" },
		{ "\"user_id\":3", "\"user_id\":\"3\"" },
		/* No lines of the log at all. */
		{ "{", "" },
		{ "{", "[1]\n{" },
		{ "{", "\n{" },
		{ "{", "{}\n{" },
	};
	struct fixture *f = *state;
	const char *all;

	assert_int_equal(RUN(f, "export"), CTL_OK);
	all = f->done.output;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(RUN(f, "verify",
				     write_file(f,
					 replace(f->pool, all, rows[i][0],
					     rows[i][1]))),
		    CTL_REFUSED);
	/* Cut in a line, and no file. */
	assert_int_equal(RUN(f, "verify",
			     write_file(f, pool_strndup(f->pool, all, 700))),
	    CTL_REFUSED);
	assert_int_equal(RUN(f, "verify",
			     pool_format(f->pool, "%s/none", f->data)),
	    CTL_REFUSED);
	assert_int_equal(RUN(f, "verify", write_file(f, "")), CTL_OK);
}

static void
test_long_line(void **state)
{
	struct fixture *f = *state;
	char *text = pool_alloc(f->pool, 100001);

	memset(text, ' ', 100000);
	assert_int_equal(RUN(f, "verify", write_file(f, text)), CTL_REFUSED);
}

static void
test_no_database(void **state)
{
	struct fixture *f = *state;

	f->env[2] = pool_format(f->pool, "DATA_DIR=%s/none", f->data);
	assert_int_equal(RUN(f, "list"), CTL_REFUSED);
	assert_int_equal(RUN(f, "export"), CTL_REFUSED);
	assert_int_equal(RUN(f, "verify"), CTL_REFUSED);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		TEST(test_usage),
		TEST(test_list),
		TEST(test_list_json),
		TEST(test_verify),
		TEST(test_export),
		TEST(test_export_of_some),
		TEST(test_altered_file),
		TEST(test_long_line),
		TEST(test_no_database),
	};

	return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
