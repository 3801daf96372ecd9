/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/check.h"

#include "base/file.h"
#include "tmpl/tmpl.h"

enum { FILE_BYTES_MAX = 64 * 1024 };

static const char *
golden_path(struct pool *pool, const char *name)
{
	const char *top = getenv("top_srcdir");

	return pool_format(pool, "%s/tests/tmpl/golden/%s",
	    top == NULL ? ".." : top, name);
}

static struct slice
read_golden(struct pool *pool, const char *name)
{
	struct err err = ERR_INIT;
	struct slice text;

	if (file_read(pool, golden_path(pool, name), FILE_BYTES_MAX, &text,
		&err) == -1)
		fail_msg("%s", err.text);
	return text;
}

/* NAME.html with NAME.json gives NAME.out. */
static void
test_pairs(void **state)
{
	static const char *const names[] = { "list", "form" };
	struct pool *pool = pool_new();
	struct err err = ERR_INIT;
	struct tmpl_set *set;
	struct json *view;
	struct buf out;

	(void)state;
	if (tmpl_set_load(pool, golden_path(pool, ""), &set, &err) == -1)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		struct slice text = read_golden(pool,
		    pool_format(pool, "%s.json", names[i]));
		struct slice expected = read_golden(pool,
		    pool_format(pool, "%s.out", names[i]));

		if (json_parse(pool, text, &view, &err) == -1)
			fail_msg("%s: %s", names[i], err.text);
		buf_init(&out, pool, TMPL_OUTPUT_MAX);
		if (tmpl_render(set, names[i], view, LANG_EN, &out, &err) == -1)
			fail_msg("%s", err.text);
		assert_string_equal(out.data, slice_dup(pool, expected));
	}
	pool_free(&pool);
}

/* One bad file keeps the whole folder from being used. */
static void
test_bad_folder(void **state)
{
	char dir[] = "/tmp/almacen-tmpl-XXXXXX";
	struct pool *pool = pool_new();
	struct err err = ERR_INIT;
	struct tmpl_set *set;
	const char *path;
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(dir));
	path = pool_format(pool, "%s/bad.html", dir);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs("<p>\n<p {{a}}>\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(tmpl_set_load(pool, dir, &set, &err), -1);
	assert_int_equal(err.kind, ERR_INVALID);
	assert_string_equal(err.text,
	    "bad.html:2: {{a}} in an attribute name");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(tmpl_set_load(pool, dir, &set, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_bad_folder),
	};

	return cmocka_run_group_tests_name("tmpl/golden", tests, NULL, NULL);
}
