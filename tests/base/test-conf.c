/* SPDX-License-Identifier: MIT */
#include "lib/check.h"
#include "lib/tmpdir.h"

#include "base/attr.h"
#include "base/conf.h"

enum {
	BUCKET,
	SECRET,
	SIZE,
	EXPIRY,
	IS_OPEN,
	MODE,
	PORT_SECRET,
	KEYS,
	KEYS_FILE,
	SETTINGS
};

static const struct conf_setting table[SETTINGS] = {
	[BUCKET] = { .names = { "S3_BUCKET", "S3_BUCKET_NAME",
			 "R2_BUCKET_NAME" },
	    .fallback = "uploads",
	    .type = CONF_TEXT },
	[SECRET] = { .names = { "S3_SECRET_KEY", "AWS_SECRET_ACCESS_KEY" },
	    .fallback = "",
	    .type = CONF_TEXT,
	    .is_secret = true },
	[SIZE] = { .names = { "MAX_FILE_SIZE" },
	    .fallback = "100m",
	    .type = CONF_BYTES,
	    .min = 1,
	    .max = GIB },
	[EXPIRY] = { .names = { "EXPIRY" },
	    .fallback = "3600",
	    .type = CONF_SECS,
	    .min = 1,
	    .max = 604800 },
	[IS_OPEN] = { .names = { "IS_OPEN" },
	    .fallback = "yes",
	    .type = CONF_BOOL },
	[MODE] = { .names = { "ENVIRONMENT" },
	    .fallback = "production",
	    .choices = "production development",
	    .type = CONF_CHOICE },
	[PORT_SECRET] = { .names = { "SECRET_NUMBER" },
	    .fallback = "",
	    .type = CONF_NUMBER,
	    .min = 1,
	    .max = 9,
	    .is_secret = true },
	[KEYS] = { .names = { "KEYS" }, .fallback = "", .type = CONF_TEXT },
	[KEYS_FILE] = { .names = { "KEYS_FILE" },
	    .fallback = "",
	    .type = CONF_TEXT },
};

/* Load from up to four variables and the text of a file (NULL: no file). */
static int
load(struct pool *pool, const char *const *environ, const char *file_text,
    struct conf **conf_r, struct err *err)
{
	struct conf_input input = { .table = table,
		.count = SETTINGS,
		.environ = environ };

	if (file_text != NULL)
		input.file = tmpdir_file(pool, tmpdir_new(pool), "test.env",
		    file_text);
	return conf_load(pool, &input, conf_r, err);
}

static void
test_defaults(void **state)
{
	struct err err = ERR_INIT;
	struct conf *conf;

	assert_int_equal(load(*state, NULL, NULL, &conf, &err), 0);
	assert_string_equal(conf_text(conf, BUCKET), "uploads");
	assert_string_equal(conf_text(conf, SECRET), "");
	assert_int_equal(conf_number(conf, SIZE), 100 * MIB);
	assert_int_equal(conf_number(conf, EXPIRY), 3600);
	assert_true(conf_bool(conf, IS_OPEN));
	assert_string_equal(conf_text(conf, MODE), "production");
	for (size_t i = 0; i < SETTINGS; i++) {
		assert_false(conf_is_set(conf, i));
		assert_string_equal(conf_source(conf, i), "default");
	}
}

/* Which place and which name wins. */
static void
test_order(void **state)
{
	static const struct {
		const char *environ[4];
		const char *file;
		const char *bucket;
		const char *source; /* its end */
	} rows[] = {
		{ { NULL }, "", "uploads", "default" },
		{ { "S3_BUCKET=a", NULL }, "S3_BUCKET=b\n", "a",
		    "environment S3_BUCKET" },
		{ { NULL }, "\nS3_BUCKET=b\n", "b", " line 2 (S3_BUCKET)" },
		{ { "S3_BUCKET=", NULL }, "S3_BUCKET=b", "b",
		    " line 1 (S3_BUCKET)" },
		/* our name before its aliases */
		{ { "R2_BUCKET_NAME=r", "S3_BUCKET_NAME=n", NULL }, "", "n",
		    "environment S3_BUCKET_NAME" },
		{ { "R2_BUCKET_NAME=r", NULL }, "S3_BUCKET=b", "b",
		    " line 1 (S3_BUCKET)" },
		{ { "S3_BUCKET=", "R2_BUCKET_NAME=r", NULL }, "", "r",
		    "environment R2_BUCKET_NAME" },
		/* names are whole, and theirs are not ours */
		{ { "S3_BUCKETS=x", "XS3_BUCKET=x", "PATH=/bin", NULL }, "",
		    "uploads", "default" },
		/* of two lines the later one counts, even when empty */
		{ { NULL }, "S3_BUCKET=a\nS3_BUCKET=b\n", "b",
		    " line 2 (S3_BUCKET)" },
		{ { NULL }, "S3_BUCKET=a\nS3_BUCKET=\n", "uploads", "default" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct err err = ERR_INIT;
		struct conf *conf;

		if (load(*state, rows[i].environ, rows[i].file, &conf, &err))
			fail_msg("row %zu: %s", i, err.text);
		assert_string_equal(conf_text(conf, BUCKET), rows[i].bucket);
		assert_true(slice_has_suffix(
		    slice_str(conf_source(conf, BUCKET)), rows[i].source));
		assert_int_equal(conf_is_set(conf, BUCKET),
		    strcmp(rows[i].source, "default") != 0);
	}
}

static void
test_lines(void **state)
{
	static const struct {
		const char *file, *bucket;
	} rows[] = {
		{ "S3_BUCKET=a", "a" },
		{ "# c\n; c\n\n  \t\n S3_BUCKET = a b \n", "a b" },
		{ "S3_BUCKET=a\r\n", "a" },
		{ "export S3_BUCKET=a", "a" },
		{ "S3_BUCKET=\" a \"", " a " },
		{ "S3_BUCKET='a \"b\" $c'", "a \"b\" $c" },
		{ "S3_BUCKET=\"\"", "uploads" },
		{ "S3_BUCKET=a=b#c", "a=b#c" },
		{ "S3_BUCKET=it's", "it's" },
		{ "S3_BUCKET=\"a\\nb\"", "a\\nb" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct err err = ERR_INIT;
		struct conf *conf;

		if (load(*state, NULL, rows[i].file, &conf, &err))
			fail_msg("row %zu: %s", i, err.text);
		assert_string_equal(conf_text(conf, BUCKET), rows[i].bucket);
	}
}

static void
test_bad_lines(void **state)
{
	static const struct {
		const char *file, *text;
	} rows[] = {
		{ "\nS3_BUCKET", "line 2: no \"=\"" },
		{ "S3_BUCKTE=a", "line 1: unknown setting S3_BUCKTE" },
		{ "PATH=/bin", "unknown setting PATH" },
		{ "S3_BUCKET_FILES=/x", "unknown setting" },
		{ "=a", "line 1: not a setting's name" },
		{ "s3 bucket=a", "not a setting's name" },
		{ "S3_BUCKET=\"a", "line 1: unclosed quote" },
		{ "S3_BUCKET='a\"", "unclosed quote" },
		{ "S3_BUCKET=\"", "unclosed quote" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct err err = ERR_INIT;
		struct conf *conf;

		assert_int_equal(load(*state, NULL, rows[i].file, &conf, &err),
		    -1);
		assert_int_equal(err.kind, ERR_INVALID);
		if (strstr(err.text, rows[i].text) == NULL)
			fail_msg("row %zu: %s", i, err.text);
	}
}

static void
test_values(void **state)
{
	static const struct {
		const char *variable;
		int64_t number; /* -1: refused */
		size_t id;
	} rows[] = {
		{ "MAX_FILE_SIZE=2m", 2 * MIB, SIZE },
		{ "MAX_FILE_SIZE=1", 1, SIZE },
		{ "MAX_FILE_SIZE=1g", GIB, SIZE },
		{ "MAX_FILE_SIZE=0", -1, SIZE },
		{ "MAX_FILE_SIZE=1025m", -1, SIZE },
		{ "MAX_FILE_SIZE=big", -1, SIZE },
		{ "MAX_FILE_SIZE=-1", -1, SIZE },
		{ "EXPIRY=604800", 604800, EXPIRY },
		{ "EXPIRY=604801", -1, EXPIRY },
		{ "EXPIRY=0", -1, EXPIRY },
		{ "EXPIRY=1k", -1, EXPIRY },
		{ "EXPIRY= 1", -1, EXPIRY },
		{ "IS_OPEN=1", 1, IS_OPEN },
		{ "IS_OPEN=TRUE", 1, IS_OPEN },
		{ "IS_OPEN=On", 1, IS_OPEN },
		{ "IS_OPEN=0", 0, IS_OPEN },
		{ "IS_OPEN=false", 0, IS_OPEN },
		{ "IS_OPEN=no", 0, IS_OPEN },
		{ "IS_OPEN=off", 0, IS_OPEN },
		{ "IS_OPEN=", 1, IS_OPEN },
		{ "IS_OPEN=2", -1, IS_OPEN },
		{ "IS_OPEN=maybe", -1, IS_OPEN },
		{ "ENVIRONMENT=development", 0, MODE },
		{ "ENVIRONMENT=Development", -1, MODE },
		{ "ENVIRONMENT=production development", -1, MODE },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *environ[] = { rows[i].variable, NULL };
		struct err err = ERR_INIT;
		struct conf *conf;

		assert_int_equal(load(*state, environ, NULL, &conf, &err),
		    rows[i].number == -1 ? -1 : 0);
		if (rows[i].number == -1) {
			assert_int_equal(err.kind, ERR_INVALID);
			assert_non_null(strstr(err.text,
			    table[rows[i].id].names[0]));
			continue;
		}
		assert_int_equal(conf_number(conf, rows[i].id),
		    rows[i].number);
	}
}

/* The error of a value names the value, the place and what was expected. */
static void
test_value_error(void **state)
{
	const char *environ[] = { "EXPIRY=soon", NULL };
	struct err err = ERR_INIT;
	struct conf *conf;

	assert_int_equal(load(*state, environ, NULL, &conf, &err), -1);
	assert_string_equal(err.text,
	    "EXPIRY: \"soon\" in environment EXPIRY: "
	    "expected a number from 1 to 604800");
}

static void
test_value_file(void **state)
{
	const char *dir = tmpdir_new(*state);
	const char *path = tmpdir_file(*state, dir, "secret", "s3cr3t \r\n\n");
	const char *environ[] = { NULL, NULL, NULL };
	struct err err = ERR_INIT;
	struct conf *conf;

	environ[0] = pool_format(*state, "S3_SECRET_KEY_FILE=%s", path);
	assert_int_equal(load(*state, environ, NULL, &conf, &err), 0);
	assert_string_equal(conf_text(conf, SECRET), "s3cr3t ");
	assert_string_equal(conf_source(conf, SECRET),
	    "environment S3_SECRET_KEY_FILE");
	/* An alias's file, named in the file. */
	assert_int_equal(load(*state, NULL,
			     pool_format(*state,
				 "AWS_SECRET_ACCESS_KEY_FILE=%s\n", path),
			     &conf, &err),
	    0);
	assert_string_equal(conf_text(conf, SECRET), "s3cr3t ");
	/* The plain name is stronger. */
	environ[1] = "S3_SECRET_KEY=plain";
	assert_int_equal(load(*state, environ, NULL, &conf, &err), 0);
	assert_string_equal(conf_text(conf, SECRET), "plain");
}

/* Where NAME_FILE is a setting too, its file is nobody's value. */
static void
test_own_file_setting(void **state)
{
	static const char *const environ[] = { "KEYS_FILE=/nowhere", NULL };
	struct err err = ERR_INIT;
	struct conf *conf;

	if (load(*state, environ, "KEYS=a\n", &conf, &err) == -1)
		fail_msg("%s", err.text);
	assert_string_equal(conf_text(conf, KEYS), "a");
	assert_string_equal(conf_text(conf, KEYS_FILE), "/nowhere");
	assert_int_equal(load(*state, NULL, "KEYS_FILE=/nowhere\n", &conf,
	    &err), 0);
	assert_string_equal(conf_text(conf, KEYS), "");
	assert_false(conf_is_set(conf, KEYS));
}

static void
test_value_file_wrong(void **state)
{
	const char *dir = tmpdir_new(*state);
	const char *empty = tmpdir_file(*state, dir, "empty", "\n");
	const char *environ[] = { NULL, NULL };
	struct err err = ERR_INIT;
	struct conf *conf;

	environ[0] = pool_format(*state, "S3_BUCKET_FILE=%s", empty);
	assert_int_equal(load(*state, environ, NULL, &conf, &err), -1);
	assert_int_equal(err.kind, ERR_INVALID);
	assert_non_null(strstr(err.text, "S3_BUCKET_FILE"));
	environ[0] = pool_format(*state, "S3_BUCKET_FILE=%s/absent", dir);
	assert_int_equal(load(*state, environ, NULL, &conf, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	assert_non_null(strstr(err.text, "S3_BUCKET_FILE"));
}

static void
test_nul(void **state)
{
	static const char text[] = "S3_BUCKET=a\0b\n";
	const char *dir = tmpdir_new(*state);
	const char *path = pool_format(*state, "%s/nul", dir);
	const char *environ[] = { pool_format(*state, "S3_BUCKET_FILE=%s",
				      path),
		NULL };
	struct conf_input input = { table, SETTINGS, NULL, path };
	FILE *file = fopen(path, "w");
	struct err err = ERR_INIT;
	struct conf *conf;

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, sizeof(text) - 1, file),
	    sizeof(text) - 1);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(conf_load(*state, &input, &conf, &err), -1);
	assert_non_null(strstr(err.text, "NUL"));
	assert_int_equal(load(*state, environ, NULL, &conf, &err), -1);
	assert_non_null(strstr(err.text, "NUL"));
}

static void
test_no_file(void **state)
{
	struct conf_input input = { table, SETTINGS, NULL, "/nonexistent" };
	struct err err = ERR_INIT;
	struct conf *conf;

	assert_int_equal(conf_load(*state, &input, &conf, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
}

/* However a secret is mistyped, the error does not repeat it. */
static void
test_secret_unsaid(void **state)
{
	static const char *const files[] = { "SECRET_NUMBER=hunter2",
		"S3_SECRET_KEY=\"hunter2", "S3_SECRET_KEY hunter2",
		"S3_SECRET_KEY hunter2==", "S3_SECRET_KEY: hunter2=\n",
		"S3_SECRET_KEY=x\nhunter2=\n", "hunter2" };
	const char *environ[] = { "SECRET_NUMBER=hunter2", NULL };
	struct err err = ERR_INIT;
	struct conf *conf;

	assert_int_equal(load(*state, environ, NULL, &conf, &err), -1);
	assert_null(strstr(err.text, "hunter2"));
	for (size_t i = 0; i < ARRAY_COUNT(files); i++) {
		assert_int_equal(load(*state, NULL, files[i], &conf, &err), -1);
		if (strstr(err.text, "hunter2") != NULL)
			fail_msg("%s", err.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_defaults),
		POOL_TEST(test_order),
		POOL_TEST(test_lines),
		POOL_TEST(test_bad_lines),
		POOL_TEST(test_values),
		POOL_TEST(test_value_error),
		POOL_TEST(test_value_file),
		POOL_TEST(test_own_file_setting),
		POOL_TEST(test_value_file_wrong),
		POOL_TEST(test_nul),
		POOL_TEST(test_no_file),
		POOL_TEST(test_secret_unsaid),
	};

	return cmocka_run_group_tests_name("base/conf", tests, NULL, NULL);
}
