/* SPDX-License-Identifier: MIT */
#include "lib/check.h"
#include "lib/tmpdir.h"

#include "base/buf.h"
#include "codec/json.h"
#include "ctl/command.h"
#include "ctl/config_doc.h"
#include "model/settings.h"

enum { OUTPUT_MAX = 64 * 1024, ENVIRON_MAX = 8 };

struct fixture {
	struct pool *pool;
	struct clock clock;
	struct ctl ctl;
	char *output;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->pool = pool_new();
	f->ctl.pool = f->pool;
	f->ctl.clock = &f->clock;
	log_init(&f->ctl.log, 2, LOG_ERROR);
	f->output = pool_alloc(f->pool, OUTPUT_MAX);
	f->ctl.out = fmemopen(f->output, OUTPUT_MAX, "w");
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	pool_free(&f->pool);
	free(f);
	return 0;
}

/* Run `config` with an option; the output is complete afterwards. */
static int
run(struct fixture *f, const char *option, const char *const *environ)
{
	char name[] = "config";
	char *argv[] = { name, pool_strdup(f->pool, option), NULL };
	int status;

	f->ctl.environ = environ;
	status = cmd_config(&f->ctl, option == NULL ? 1 : 2, argv);
	(void)fclose(f->ctl.out);
	return status;
}

static void
test_text(void **state)
{
	static const char *const environ[] = { "R2_BUCKET_NAME=cubo",
		"S3_ACCESS_KEY=id", "S3_SECRET_KEY=very-secret",
		"DATABASE_URL=postgres://u:very-secret@h/d", NULL };
	struct fixture *f = *state;

	assert_int_equal(run(f, NULL, environ), CTL_OK);
	assert_non_null(strstr(f->output, "\nS3_BUCKET=cubo "));
	assert_non_null(strstr(f->output, "# environment R2_BUCKET_NAME\n"));
	assert_non_null(strstr(f->output, "\nS3_SECRET_KEY=******** "));
	assert_non_null(strstr(f->output, "\nDATABASE_URL=******** "));
	assert_non_null(strstr(f->output, "\nSECRET_KEY= "));
	assert_null(strstr(f->output, "very-secret"));
	for (size_t i = 0; i < SETTING_COUNT; i++)
		assert_non_null(strstr(f->output,
		    pool_format(f->pool, "%s=", settings_table[i].names[0])));
}

static void
test_json(void **state)
{
	static const char *const environ[] = { "S3_ACCESS_KEY=id",
		"S3_SECRET_KEY=very-secret", NULL };
	struct fixture *f = *state;
	struct json *json;
	const struct json *row;
	struct err err = ERR_INIT;

	assert_int_equal(run(f, "--json", environ), CTL_OK);
	assert_int_equal(
	    json_parse(f->pool, slice_str(f->output), &json, &err), 0);
	row = json_find(json, "S3_SECRET_KEY");
	assert_string_equal(json_text(json_find(row, "value")), "********");
	assert_string_equal(json_text(json_find(row, "source")),
	    "environment S3_SECRET_KEY");
	assert_true(json_bool(json_find(row, "is_secret")));
	row = json_find(json, "S3_REGION");
	assert_string_equal(json_text(json_find(row, "value")), "");
	assert_string_equal(json_text(json_find(row, "source")),
	    "default: us-east-1");
	row = json_find(json, "S3_BUCKET");
	assert_string_equal(json_text(json_find(row, "value")), "uploads");
	assert_string_equal(json_text(json_find(row, "source")), "default");
}

/* Contradictions are shown, so that they can be found. */
static void
test_contradiction(void **state)
{
	static const char *const environ[] = { "AUTH=open", NULL };
	struct fixture *f = *state;

	assert_int_equal(run(f, NULL, environ), CTL_REFUSED);
	assert_non_null(strstr(f->output, "\nAUTH=open "));
}

/* With its comments taken off the example is a file of all defaults. */
static void
test_example(void **state)
{
	static const char *const none[] = { NULL };
	struct fixture *f = *state;
	struct buf buf;
	struct conf *conf;
	struct slice rest, line;
	struct err err = ERR_INIT;
	size_t count = 0;

	assert_int_equal(run(f, "--example", none), CTL_OK);
	buf_init(&buf, f->pool, OUTPUT_MAX);
	rest = slice_str(f->output);
	while (slice_next(&rest, '\n', &line)) {
		if (line.len < 2 || line.data[0] != '#' || line.data[1] == ' ')
			continue;
		(void)buf_slice(&buf, slice_from(line, 1));
		(void)buf_char(&buf, '\n');
		count++;
	}
	assert_int_equal(count, SETTING_COUNT);
	if (settings_load(f->pool,
		tmpdir_file(f->pool, tmpdir_new(f->pool), "env", buf.data),
		none, &conf, &err) == -1)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < SETTING_COUNT; i++)
		assert_string_equal(conf_text(conf, i),
		    settings_table[i].fallback);
}

static void
test_man(void **state)
{
	static const char *const none[] = { NULL };
	struct fixture *f = *state;

	assert_int_equal(run(f, "--man", none), CTL_OK);
	for (size_t i = 0; i < SETTING_COUNT; i++)
		for (size_t n = 0; n < CONF_NAMES_MAX; n++)
			if (settings_table[i].names[n] != NULL)
				assert_non_null(strstr(f->output,
				    pool_format(f->pool, "Ev %s",
					settings_table[i].names[n])));
}

static void
test_usage(void **state)
{
	static const char *const none[] = { NULL };
	struct fixture *f = *state;

	assert_int_equal(run(f, "extra", none), CTL_USAGE);
	assert_string_equal(f->output, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_text),
		TEST(test_json),
		TEST(test_contradiction),
		TEST(test_example),
		TEST(test_man),
		TEST(test_usage),
	};

	return cmocka_run_group_tests_name("ctl/config", tests, NULL, NULL);
}
