/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "base/buf.h"
#include "http/form.h"

static const struct field fields[] = {
	{ "expires_in", FIELD_ID, .max = 3600 },
	{ "name", FIELD_TEXT, .max = 5, .is_required = true },
};

enum { EXPIRES_IN, NAME, FIELD_COUNT };

static int
read_query(struct pool *pool, const char *query, struct form *form_r,
    struct err *err)
{
	const struct request request = { .pool = pool,
		.query = slice_str(query) };

	return form_read_query(&request, fields, FIELD_COUNT, form_r, err);
}

static void
test_values(void **state)
{
	static const struct {
		const char *query;
		enum field_problem expires_in, name;
		int64_t number;
		const char *text;
	} cases[] = {
		{ "name=a", FIELD_OK, FIELD_OK, 0, "a" },
		{ "", FIELD_OK, FIELD_MISSING, 0, "" },
		{ "name=&expires_in=", FIELD_OK, FIELD_MISSING, 0, "" },
		{ "expires_in=60&name=a+b&other=1&&", FIELD_OK, FIELD_OK, 60,
		    "a b" },
		{ "n%61me=%C3%B1", FIELD_OK, FIELD_OK, 0, "\xc3\xb1" },
		{ "name=abcdef", FIELD_OK, FIELD_TOO_LONG, 0, "abcdef" },
		{ "name=a%0Ab", FIELD_OK, FIELD_NOT_TEXT, 0, NULL },
		{ "name=%FF", FIELD_OK, FIELD_NOT_TEXT, 0, NULL },
		{ "name=a&expires_in=0", FIELD_TOO_SMALL, FIELD_OK, 0, "a" },
		{ "name=a&expires_in=3601", FIELD_TOO_BIG, FIELD_OK, 0, "a" },
		{ "name=a&expires_in=-1", FIELD_NOT_NUMBER, FIELD_OK, 0,
		    "a" },
		{ "Name=a", FIELD_OK, FIELD_MISSING, 0, "" },
	};
	struct pool *pool = *state;
	struct err err = ERR_INIT;
	struct form form;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		if (read_query(pool, cases[i].query, &form, &err) == -1)
			fail_msg("%s: %s", cases[i].query, err.text);
		assert_int_equal(form.values[EXPIRES_IN].problem,
		    cases[i].expires_in);
		assert_int_equal(form.values[NAME].problem, cases[i].name);
		if (cases[i].expires_in == FIELD_OK)
			assert_int_equal(form.values[EXPIRES_IN].number,
			    cases[i].number);
		if (cases[i].text != NULL)
			assert_string_equal(form.values[NAME].text,
			    cases[i].text);
	}
}

static void
test_refused(void **state)
{
	struct pool *pool = *state;
	struct err err = ERR_INIT;
	struct form form;
	struct buf many;

	assert_int_equal(read_query(pool, "name=a&name=a", &form, &err), -1);
	assert_string_equal(err.code, "duplicate_field");
	assert_int_equal(read_query(pool, "name=%4", &form, &err), -1);
	assert_string_equal(err.code, "bad_query");
	buf_init(&many, pool, 4096);
	for (int i = 0; i < 100; i++)
		(void)buf_str(&many, "x=1&");
	assert_int_equal(read_query(pool, many.data, &form, &err), 0);
	(void)buf_str(&many, "x=1");
	assert_int_equal(read_query(pool, many.data, &form, &err), -1);
	assert_string_equal(err.code, "bad_query");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_values),
		POOL_TEST(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
