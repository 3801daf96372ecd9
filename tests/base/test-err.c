/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/err.h"

static void
test_set(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(err_set_code(&err, ERR_TOO_LARGE, "file_too_large",
			     "%d bytes", 7),
	    -1);
	assert_int_equal(err.kind, ERR_TOO_LARGE);
	assert_string_equal(err.code, "file_too_large");
	assert_string_equal(err.text, "7 bytes");
	/* A new error has no code of the old one. */
	assert_int_equal(err_set(&err, ERR_INVALID, "no %s", "name"), -1);
	assert_int_equal(err.kind, ERR_INVALID);
	assert_string_equal(err.code, "");
	assert_string_equal(err.text, "no name");
}

static void
test_wrap(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	(void)err_set_code(&err, ERR_DENIED, "code", "100%% of it");
	assert_int_equal(err_wrap(&err, "product %d", 4), -1);
	assert_int_equal(err_wrap(&err, "show"), -1);
	assert_int_equal(err.kind, ERR_DENIED);
	assert_string_equal(err.code, "code");
	assert_string_equal(err.text, "show: product 4: 100% of it");
}

static void
test_cut(void **state)
{
	char text[2 * ERR_TEXT_BYTES];
	struct err err = ERR_INIT;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(void)err_set_code(&err, ERR_INTERNAL, text, "%s", text);
	assert_int_equal(strlen(err.text), ERR_TEXT_BYTES - 1);
	assert_int_equal(strlen(err.code), ERR_CODE_BYTES - 1);
	assert_int_equal(err_wrap(&err, "ab"), -1);
	assert_int_equal(strlen(err.text), ERR_TEXT_BYTES - 1);
	assert_memory_equal(err.text, "ab: xxx", 7);
	assert_int_equal(err_wrap(&err, "%s", text), -1);
	assert_int_equal(strlen(err.text), ERR_TEXT_BYTES - 1);
}

static void
test_clear(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	(void)err_set_code(&err, ERR_INTERNAL, "c", "t");
	err_clear(&err);
	assert_int_equal(err.kind, ERR_NONE);
	assert_string_equal(err.code, "");
	assert_string_equal(err.text, "");
}

/* Every kind has a name, and no two the same. */
static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(err_kind_name(ERR_NOT_FOUND), "not_found");
	for (int i = 0; i < ERR_KIND_COUNT; i++) {
		assert_non_null(err_kind_name((enum err_kind)i));
		for (int other = 0; other < i; other++)
			assert_string_not_equal(err_kind_name((enum err_kind)i),
			    err_kind_name((enum err_kind)other));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("base/err", tests, NULL, NULL);
}
