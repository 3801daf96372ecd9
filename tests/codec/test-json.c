/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "codec/json.h"

static void
test_build(void **state)
{
	struct pool *pool = *state;
	struct json *view = json_object(pool), *rows, *row;

	json_set_text(view, "name", "Martillo \"grande\" </b> ñ");
	json_set_text(view, "none", NULL);
	json_set_slice(view, "cut", slice_make("abcdef", 3));
	json_set_number(view, "least", INT64_MIN);
	json_set_bool(view, "is_new", true);
	json_set_null(view, "image");
	rows = json_set_array(view, "rows");
	row = json_add_object(rows);
	json_set_number(row, "id", 7);
	json_add_text(rows, "x");
	json_add_number(rows, -1);
	json_add_number(json_add_array(rows), 2);
	json_set_bool(json_set_object(view, "links"), "self", false);
	assert_string_equal(json_format(pool, view),
	    "{\"name\":\"Martillo \\\"grande\\\" </b> ñ\",\"none\":\"\","
	    "\"cut\":\"abc\",\"least\":-9223372036854775808,"
	    "\"is_new\":true,\"image\":null,\"rows\":[{\"id\":7},\"x\",-1,[2]],"
	    "\"links\":{\"self\":false}}");
}

static void
test_set_again(void **state)
{
	struct json *view = json_object(*state);

	json_set_number(view, "a", 1);
	json_set_number(view, "b", 2);
	json_set_text(view, "a", "new");
	assert_string_equal(json_format(*state, view),
	    "{\"a\":\"new\",\"b\":2}");
}

static void
test_bad_text(void **state)
{
	struct json *view = json_object(*state);

	json_set_text(view, "a", "x\xff\xc3\xb1\xed\xa0\x80");
	json_set_slice(view, "b", slice_make("p\0q", 3));
	assert_string_equal(json_text(json_find(view, "a")),
	    "x\xef\xbf\xbdñ\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_string_equal(json_text(json_find(view, "b")),
	    "p\xef\xbf\xbdq");
}

static void
test_array_root(void **state)
{
	struct json *array = json_array(*state);

	json_add_text(array, "a/b");
	assert_string_equal(json_format(*state, array), "[\"a/b\"]");
	assert_string_equal(json_format_pretty(*state, array),
	    "[\n  \"a/b\"\n]");
	assert_string_equal(json_format(*state, NULL), "null");
}

struct seen {
	char names[16];
	int64_t sum;
};

static void
see(void *arg, const char *name, const struct json *value)
{
	struct seen *seen = arg;

	strncat(seen->names, name, 1);
	seen->sum += json_number(value);
}

static void
test_look(void **state)
{
	const char *text = "{\"t\":\"x\",\"n\":5,\"r\":2.5,\"b\":true,"
			   "\"z\":null,\"a\":[1,2],\"o\":{\"k\":1}}";
	static const struct {
		const char *name;
		enum json_type type;
	} types[] = { { "t", JSON_TEXT }, { "n", JSON_NUMBER },
		{ "r", JSON_REAL }, { "b", JSON_BOOL }, { "z", JSON_NULL },
		{ "a", JSON_ARRAY }, { "o", JSON_OBJECT },
		{ "absent", JSON_NULL } };
	struct seen seen = { .sum = 0 };
	struct err err = ERR_INIT;
	struct json *json;

	assert_int_equal(json_parse(*state, slice_str(text), &json, &err), 0);
	for (size_t i = 0; i < ARRAY_COUNT(types); i++)
		assert_int_equal(json_type(json_find(json, types[i].name)),
		    types[i].type);
	assert_int_equal(json_number(json_find(json, "n")), 5);
	assert_true(json_bool(json_find(json, "b")));
	assert_int_equal(json_count(json_find(json, "a")), 2);
	assert_int_equal(json_number(json_at(json_find(json, "a"), 1)), 2);
	json_each(json, see, &seen);
	assert_string_equal(seen.names, "tnrbzao");
	assert_int_equal(seen.sum, 5);
}

/* A value of another type is an absent value. */
static void
test_look_wrong(void **state)
{
	struct err err = ERR_INIT;
	struct json *json;

	assert_int_equal(json_parse(*state,
			     slice_str("[1.5, \"7\", true, [4]]"), &json, &err),
	    0);
	assert_null(json_find(json, "a"));
	assert_null(json_find(NULL, "a"));
	assert_null(json_at(json, 4));
	assert_null(json_at(NULL, 0));
	assert_int_equal(json_count(json_at(json, 1)), 0);
	assert_int_equal(json_number(json_at(json, 0)), 0);
	assert_int_equal(json_number(json_at(json, 1)), 0);
	assert_int_equal(json_number(json_at(json, 2)), 0);
	assert_false(json_bool(json_at(json, 0)));
	assert_string_equal(json_text(json_at(json, 3)), "");
	json_each(json, see, NULL);
}

static void
test_accept(void **state)
{
	static const struct {
		const char *text, *formatted;
	} rows[] = {
		{ "null", "null" },
		{ "true", "true" },
		{ "0", "0" },
		{ "-12", "-12" },
		{ " 12 ", "12" },
		{ "\"\"", "\"\"" },
		{ "\t\n\r [ ] \n", "[]" },
		{ "{}", "{}" },
		{ "{\"a\":{\"a\":[{\"a\":1}]}}",
		    "{\"a\":{\"a\":[{\"a\":1}]}}" },
		{ "[\"a:b,\\\":\\\\\"]", "[\"a:b,\\\":\\\\\"]" },
		{ "\"\\u00f1\\ud83d\\ude00\"", "\"ñ😀\"" },
		{ "\"\\\\u0000\"", "\"\\\\u0000\"" },
		{ "[1.5e3]", "[1.5e3]" },
		{ "9223372036854775807", "9223372036854775807" },
		{ "-9223372036854775808", "-9223372036854775808" },
		{ "[-0.5E-2,1.0,1e9]", "[-0.5E-2,1.0,1e9]" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct err err = ERR_INIT;
		struct json *json;

		if (json_parse(*state, slice_str(rows[i].text), &json, &err))
			fail_msg("%s: %s", rows[i].text, err.text);
		assert_string_equal(json_format(*state, json),
		    rows[i].formatted);
	}
}

static void
test_refuse(void **state)
{
	static const char *const rows[] = { "", " ", "{", "[1", "\"a", "tru",
		"nul", "NULL", "True", "{} {}", "1 2", "[1]]", "[1,]",
		"{\"a\":1,}", "[,1]", "{'a':1}", "{a:1}", "{\"a\" 1}",
		"{1:2}", "/* c */ 1", "[1 // c\n]", "01", "-01", "-", "1.",
		".5", "+1", "1e", "1e+", "0x10", "NaN", "Infinity",
		"-Infinity", "1.", "[1.e5]", "[-.5]", "[00]", "[1e5.5]",
		"9223372036854775808", "-9223372036854775809", "['a']", "\"\\x41\"", "\"\\u12\"", "\"\t\"", "\"\n\"",
		"\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\ud800\"",
		"\"\\ud800x\"", "\"\\ud800\\n\"", "\"\\uDBFF\\uE000\"",
		"\"\\u0000\"", "{\"\\u0000\":1}", "[1\v]", "\f1",
		"\xef\xbb\xbf[]",
		"\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"",
		/* duplicate names, also written differently */
		"{\"a\":1,\"a\":1}", "{\"a\":1,\"\\u0061\":2}",
		"[{\"x\":{\"b\":1,\"b\":[]}}]" };

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct err err = ERR_INIT;
		struct json *json;

		if (json_parse(*state, slice_str(rows[i]), &json, &err) == 0)
			fail_msg("accepted %s", rows[i]);
		assert_int_equal(err.kind, ERR_INVALID);
		assert_true(strncmp(err.text, "JSON: ", 6) == 0);
	}
}

static void
test_nul_byte(void **state)
{
	struct err err = ERR_INIT;
	struct json *json;

	assert_int_equal(json_parse(*state, slice_make("1\0", 2), &json, &err),
	    -1);
	assert_int_equal(json_parse(*state, slice_make("1\0" "2", 3), &json,
			     &err),
	    -1);
}

static void
test_depth(void **state)
{
	char text[2 * JSON_DEPTH_MAX + 3];
	struct err err = ERR_INIT;
	struct json *json;

	for (size_t depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1;
	     depth++) {
		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		assert_int_equal(json_parse(*state,
				     slice_make(text, 2 * depth), &json, &err),
		    depth <= JSON_DEPTH_MAX ? 0 : -1);
	}
	assert_int_equal(err.kind, ERR_INVALID);
}

static void
test_where(void **state)
{
	static const struct {
		const char *text, *where;
	} rows[] = { { "{\"a\":tru3}", "at byte 5" },
		{ "[1 2]", "at byte 3" }, { "[1] []", "at byte 4" } };

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct err err = ERR_INIT;
		struct json *json;

		assert_int_equal(json_parse(*state, slice_str(rows[i].text),
				     &json, &err),
		    -1);
		assert_non_null(strstr(err.text, rows[i].where));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_build),
		POOL_TEST(test_set_again),
		POOL_TEST(test_bad_text),
		POOL_TEST(test_array_root),
		POOL_TEST(test_look),
		POOL_TEST(test_look_wrong),
		POOL_TEST(test_accept),
		POOL_TEST(test_refuse),
		POOL_TEST(test_nul_byte),
		POOL_TEST(test_depth),
		POOL_TEST(test_where),
	};

	return cmocka_run_group_tests_name("codec/json", tests, NULL, NULL);
}
