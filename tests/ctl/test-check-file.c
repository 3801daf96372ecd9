/* SPDX-License-Identifier: MIT */
#include "lib/check.h"
#include "lib/sample.h"
#include "lib/tmpdir.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"
#include "codec/json.h"
#include "ctl/capture.h"

enum { ARGS_MAX = 6 };

/* almacenctl check-file ARGS; NULL ends them before the array does. */
static struct captured
run(struct pool *pool, const char *const *env,
    const char *const args[ARGS_MAX])
{
	return capture(pool, env, cmd_check_file, args, ARGS_MAX);
}

/* The output is one line of JSON. */
static const struct json *
parse(struct pool *pool, const char *output)
{
	struct slice text = slice_str(output);
	struct err err = ERR_INIT;
	struct json *json;

	assert_int_equal(slice_find(text, '\n'), text.len - 1);
	if (json_parse(pool, text, &json, &err) == -1)
		fail_msg("%s: %s", output, err.text);
	return json;
}

static const char *const no_environ[] = { NULL };

static void
test_accepted(void **state)
{
	struct pool *pool = pool_new();
	const char *path = sample_path(pool, "images/exif-6.jpg");
	struct captured result =
	    run(pool, no_environ, (const char *const[ARGS_MAX]){ path });
	const struct json *json = parse(pool, result.output);

	(void)state;
	assert_int_equal(result.status, CTL_OK);
	assert_true(json_bool(json_find(json, "accepted")));
	assert_string_equal(json_text(json_find(json, "type")), "image/jpeg");
	assert_int_equal(json_number(json_find(json, "width")), 16);
	assert_int_equal(json_number(json_find(json, "height")), 12);
	assert_int_equal(json_number(json_find(json, "frames")), 1);
	assert_int_equal(json_number(json_find(json, "orientation")), 6);
	assert_int_equal(json_number(json_find(json, "size")), 727);
	assert_int_equal(json_type(json_find(json, "code")), JSON_NULL);
	assert_int_equal(json_type(json_find(json, "reason")), JSON_NULL);
	pool_free(&pool);
}

struct row {
	const char *args[ARGS_MAX]; /* "@x": tests/data/images/x */
	const char *code;	    /* NULL: accepted */
};

static void
test_rows(void **state)
{
	static const struct row rows[] = {
		{ { "@rgb.png", "--type", "image/png" }, NULL },
		{ { "--name=a.jpg", "--kind=image", "@baseline.jpg" }, NULL },
		{ { "@rgb.png", "--type", "application/pdf" },
		    "type_not_allowed" },
		{ { "@rgb.png", "--name", "x.php" },
		    "extension_not_allowed" },
		{ { "@rgb.png", "--name", "x.gif" }, "type_mismatch" },
		{ { "@rgb.png", "--name", "x.png", "--type", "image/gif" },
		    "type_mismatch" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct pool *pool = pool_new();
		const char *args[ARGS_MAX] = { NULL };
		struct captured result;
		const struct json *json;

		for (size_t n = 0; n < ARGS_MAX; n++) {
			args[n] = rows[i].args[n];
			if (args[n] != NULL && args[n][0] == '@')
				args[n] = sample_path(pool, pool_format(pool,
				    "images/%s", args[n] + 1));
		}
		result = run(pool, no_environ, args);
		json = parse(pool, result.output);
		assert_int_equal(result.status,
		    rows[i].code == NULL ? CTL_OK : CTL_REFUSED);
		assert_int_equal(json_bool(json_find(json, "accepted")),
		    rows[i].code == NULL);
		if (rows[i].code != NULL) {
			assert_string_equal(
			    json_text(json_find(json, "code")), rows[i].code);
			assert_string_not_equal(
			    json_text(json_find(json, "reason")), "");
		}
		pool_free(&pool);
	}
}

/* 3 MB of zeros are too large before they are anything else. */
static void
test_zeros(void **state)
{
	struct pool *pool = pool_new();
	const char *path =
	    pool_format(pool, "%s/big.jpg", tmpdir_new(pool));
	FILE *file = fopen(path, "w");
	struct captured result;
	const struct json *json;

	(void)state;
	assert_non_null(file);
	assert_int_equal(ftruncate(fileno(file), 3000000), 0);
	assert_int_equal(fclose(file), 0);
	result = run(pool, no_environ, (const char *const[ARGS_MAX]){ path });
	json = parse(pool, result.output);
	assert_int_equal(result.status, CTL_REFUSED);
	assert_string_equal(json_text(json_find(json, "code")),
	    "file_too_large");
	assert_int_equal(json_number(json_find(json, "size")), 3000000);
	assert_int_equal(json_type(json_find(json, "type")), JSON_NULL);
	assert_int_equal(json_type(json_find(json, "width")), JSON_NULL);
	pool_free(&pool);
}

static void
test_settings(void **state)
{
	static const char *const limits[][2] = {
		{ "MAX_UPLOAD_SIZE=700", NULL },
		{ "ALLOWED_IMAGE_TYPES=image/png", NULL },
		{ "ALLOWED_EXTENSIONS=jpeg", NULL },
		{ "MAX_IMAGE_PIXELS=191", NULL },
	};
	static const char *const codes[] = { "file_too_large",
		"extension_not_allowed", "extension_not_allowed",
		"too_many_pixels" };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(limits); i++) {
		struct pool *pool = pool_new();
		const char *path = sample_path(pool, "images/exif-6.jpg");
		struct captured result = run(pool, limits[i],
		    (const char *const[ARGS_MAX]){ path });
		const struct json *json = parse(pool, result.output);

		assert_int_equal(result.status, CTL_REFUSED);
		assert_string_equal(json_text(json_find(json, "code")),
		    codes[i]);
		pool_free(&pool);
	}
}

/* Nothing is printed where nothing was checked. */
static void
test_failures(void **state)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool);
	const char *fifo = pool_format(pool, "%s/fifo.jpg", dir);
	const struct {
		const char *args[ARGS_MAX];
		int status;
	} rows[] = {
		{ { NULL }, CTL_USAGE },
		{ { "a.jpg", "b.jpg" }, CTL_USAGE },
		{ { "a.jpg", "--kind", "video" }, CTL_USAGE },
		{ { "a.jpg", "--unknown" }, CTL_USAGE },
		{ { "a.jpg", "--name" }, CTL_USAGE },
		{ { "/nonexistent/a.jpg" }, CTL_REFUSED },
		{ { dir }, CTL_REFUSED },
		{ { fifo }, CTL_REFUSED },
	};

	(void)state;
	assert_int_equal(mkfifo(fifo, 0600), 0);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct captured result = run(pool, no_environ, rows[i].args);

		assert_int_equal(result.status, rows[i].status);
		assert_string_equal(result.output, "");
	}
	pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_zeros),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests_name("ctl/check-file", tests, NULL,
	    NULL);
}
