/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "tmpl/catalogue.h"
#include "tmpl/render-pair.h"

struct row {
	const char *what, *text, *view, *expected;
	const char *part;
};

static void
check_rows(const struct row *rows, size_t count)
{
	struct pool *pool = pool_new();

	for (size_t i = 0; i < count; i++) {
		const char *actual = render_pair(pool, rows[i].text,
		    rows[i].part, rows[i].view);

		if (strcmp(actual, rows[i].expected) != 0)
			fail_msg("%s: \"%s\", expected \"%s\"", rows[i].what,
			    actual, rows[i].expected);
	}
	pool_free(&pool);
}

static void
test_values(void **state)
{
	static const struct row rows[] = {
		{ "no tag", "Hola\nmundo\n", "{}", "Hola\nmundo\n" },
		{ "text", "{{a}}", "{\"a\":\"x\"}", "x" },
		{ "spaces in the tag", "{{  a\t}}", "{\"a\":\"x\"}", "x" },
		{ "integer", "{{a}}", "{\"a\":85}", "85" },
		{ "negative", "{{a}}", "{\"a\":-3}", "-3" },
		{ "decimal", "{{a}}", "{\"a\":1.25}", "1.25" },
		{ "true", "{{a}}", "{\"a\":true}", "true" },
		{ "null", "[{{a}}]", "{\"a\":null}", "[]" },
		{ "absent", "[{{a}}]", "{}", "[]" },
		{ "object", "[{{a}}]", "{\"a\":{}}", "[]" },
		{ "array", "[{{a}}]", "{\"a\":[1]}", "[]" },
		{ "space around is kept", "| {{a}} |\n", "{\"a\":1}",
		    "| 1 |\n" },
		{ "a value alone keeps its line", "  {{a}}\n", "{\"a\":1}",
		    "  1\n" },
		{ "dots", "{{a.b.c}}", "{\"a\":{\"b\":{\"c\":1}}}", "1" },
		{ "broken chain", "[{{a.b.c}}]", "{\"a\":{}}", "[]" },
		{ "chain through text", "[{{a.b}}]", "{\"a\":\"x\"}", "[]" },
		{ "braces are not special alone", "{a} }} {", "{}",
		    "{a} }} {" },
		{ "a value is no template", "{{a}}",
		    "{\"a\":\"{{b}}\",\"b\":1}", "{{b}}" },
		{ "UTF-8", "ñ{{a}}", "{\"a\":\"日本\"}", "ñ日本" },
	};

	(void)state;
	check_rows(rows, ARRAY_COUNT(rows));
}

static void
test_sections(void **state)
{
	static const struct row rows[] = {
		{ "true", "{{#a}}x{{/a}}", "{\"a\":true}", "x" },
		{ "false", "{{#a}}x{{/a}}", "{\"a\":false}", "" },
		{ "null", "{{#a}}x{{/a}}", "{\"a\":null}", "" },
		{ "absent", "{{#a}}x{{/a}}", "{}", "" },
		{ "empty text", "{{#a}}x{{/a}}", "{\"a\":\"\"}", "" },
		{ "empty array", "{{#a}}x{{/a}}", "{\"a\":[]}", "" },
		{ "empty object", "{{#a}}x{{/a}}", "{\"a\":{}}", "x" },
		{ "zero", "{{#a}}x{{/a}}", "{\"a\":0}", "x" },
		{ "inverted true", "{{^a}}x{{/a}}", "{\"a\":true}", "" },
		{ "inverted false", "{{^a}}x{{/a}}", "{\"a\":false}", "x" },
		{ "inverted absent", "{{^a}}x{{/a}}", "{}", "x" },
		{ "inverted empty array", "{{^a}}x{{/a}}", "{\"a\":[]}", "x" },
		{ "inverted array", "{{^a}}x{{/a}}", "{\"a\":[1]}", "" },
		{ "inverted object", "{{^a}}x{{/a}}", "{\"a\":{\"b\":1}}",
		    "" },
		{ "context", "{{#a}}{{b}}{{/a}}", "{\"a\":{\"b\":1}}", "1" },
		{ "outer context", "{{#a}}{{b}}{{c}}{{/a}}",
		    "{\"a\":{\"b\":1},\"c\":2}", "12" },
		{ "inner hides outer", "{{#a}}{{b}}{{/a}}{{b}}",
		    "{\"a\":{\"b\":1},\"b\":2}", "12" },
		{ "the first name decides", "[{{#a}}{{b.c}}{{/a}}]",
		    "{\"a\":{\"b\":{}},\"b\":{\"c\":1}}", "[]" },
		{ "dotted section", "{{#a.b}}x{{/a.b}}",
		    "{\"a\":{\"b\":true}}", "x" },
		{ "array of objects", "{{#a}}{{b}},{{/a}}",
		    "{\"a\":[{\"b\":1},{\"b\":2}]}", "1,2," },
		{ "array of texts", "{{#a}}({{.}}){{/a}}",
		    "{\"a\":[\"x\",2,true]}", "(x)(2)(true)" },
		{ "array of arrays", "{{#a}}({{#.}}{{.}}{{/.}}){{/a}}",
		    "{\"a\":[[1,2],[3]]}", "(12)(3)" },
		{ "text as context", "{{#a}}{{.}}{{/a}}", "{\"a\":\"x\"}",
		    "x" },
		{ "outer name in a list", "{{#a}}{{b}}{{/a}}",
		    "{\"a\":[1,2],\"b\":\"x\"}", "xx" },
		{ "twice", "{{#a}}1{{/a}} {{b}} {{#a}}2{{/a}}",
		    "{\"a\":true,\"b\":\"x\"}", "1 x 2" },
		{ "nested", "|{{#a}}B{{#b}}C{{/b}}D{{/a}}|",
		    "{\"a\":true,\"b\":false}", "|BD|" },
		{ "same name nested", "{{#a}}1{{#a}}2{{/a}}{{/a}}",
		    "{\"a\":true}", "12" },
		{ "spaces in tags", "{{# a }}x{{/ a }}", "{\"a\":true}",
		    "x" },
	};

	(void)state;
	check_rows(rows, ARRAY_COUNT(rows));
}

static void
test_lines(void **state)
{
	static const struct row rows[] = {
		{ "alone", "1\n{{#a}}\n2\n{{/a}}\n3\n", "{\"a\":true}",
		    "1\n2\n3\n" },
		{ "alone, indented", "1\n  {{#a}}\n2\n\t{{/a}}  \n3\n",
		    "{\"a\":true}", "1\n2\n3\n" },
		{ "alone, not shown", "1\n{{#a}}\n2\n{{/a}}\n3\n", "{}",
		    "1\n3\n" },
		{ "inverted alone", "1\n{{^a}}\n2\n{{/a}}\n3\n", "{}",
		    "1\n2\n3\n" },
		{ "CRLF", "1\r\n{{#a}}\r\n2\r\n{{/a}}\r\n3", "{\"a\":true}",
		    "1\r\n2\r\n3" },
		{ "a CR is no line end", "{{#a}}\r2{{/a}}", "{\"a\":true}",
		    "\r2" },
		{ "at the start", "{{#a}}\n1\n{{/a}}\n2", "{\"a\":true}",
		    "1\n2" },
		{ "at the end", "1\n  {{#a}}\n2\n  {{/a}}", "{\"a\":true}",
		    "1\n2\n" },
		{ "not alone", " {{#a}}1{{/a}}\n {{#a}}2{{/a}}\n",
		    "{\"a\":true}", " 1\n 2\n" },
		{ "two on a line", "{{#a}}{{/a}}\nx", "{}", "\nx" },
		{ "comment", "1{{! {{ nothing }}2", "{}", "12" },
		{ "comment of lines", "1\n{{!\n a\n b\n}}\n2\n", "{}",
		    "1\n2\n" },
		{ "comment alone", "1\n  {{! a }}\n2\n", "{}", "1\n2\n" },
		{ "comment beside text", "1 {{! a }}\n2\n", "{}",
		    "1 \n2\n" },
		{ "any name in a comment", "{{!{{{&=#}}x", "{}", "x" },
	};

	(void)state;
	check_rows(rows, ARRAY_COUNT(rows));
}

static void
test_partials(void **state)
{
	static const struct row rows[] = {
		{ "text", "[{{>part}}]", "{}", "[p]", "p" },
		{ "context", "{{#a}}{{>part}}{{/a}}", "{\"a\":[{\"b\":1}]}",
		    "1", "{{b}}" },
		{ "alone takes its line", "1\n {{>part}}\n2\n", "{}",
		    "1\np\n2\n", "p\n" },
		{ "beside text", "1 {{> part }}\n", "{}", "1 p\n", "p" },
		{ "recursion", "{{>part}}",
		    "{\"v\":1,\"n\":[{\"v\":2,\"n\":[{\"v\":3,\"n\":[]}]}]}",
		    "(1(2(3)))", "({{v}}{{#n}}{{>part}}{{/n}})" },
		{ "endless recursion", "{{>part}}", "{}",
		    "main.html: part.html: more than 16 partials in each "
		    "other",
		    "{{>part}}" },
	};

	(void)state;
	check_rows(rows, ARRAY_COUNT(rows));
}

/* The catalogue is tests/tmpl/es.po. */
static void
test_messages(void **state)
{
	static const struct row rows[] = {
		{ "translated", "{{#_}}Products{{/_}}", "{}", "Productos" },
		{ "white space", "{{#_}}\n  Two\n\twords {{/_}}", "{}",
		    "Dos palabras" },
		{ "no translation", "{{#_}}Unknown{{/_}}", "{}", "Unknown" },
		{ "filled in", "{{#_}}{{n}} of {{all}}{{/_}}",
		    "{\"n\":1,\"all\":\"<2>\"}", "de &lt;2&gt;, 1" },
		{ "context", "{{#a}}{{#_}}{{n}} of {{all}}{{/_}}{{/a}}",
		    "{\"a\":{\"n\":1},\"all\":2}", "de 2, 1" },
		{ "markup is text", "{{#_}}Bold{{/_}}", "{}",
		    "&lt;b&gt;Negrita&lt;/b&gt; \"y\"" },
		{ "in an attribute", "<p title=\"{{#_}}Bold{{/_}}\">", "{}",
		    "<p title=\"&lt;b&gt;Negrita&lt;/b&gt; &quot;y&quot;\">" },
		{ "value in an attribute",
		    "<p title='{{#_}}{{n}} of {{all}}{{/_}}'>",
		    "{\"n\":\"'\",\"all\":\"\\\"\"}",
		    "<p title='de &quot;, &#39;'>" },
		{ "a broken translation is shown as it is",
		    "{{#_}}Broken{{/_}}", "{}", "Roto {{#a}} aquí" },
	};

	(void)state;
	check_rows(rows, ARRAY_COUNT(rows));
}

static void
test_attributes(void **state)
{
	static const struct row rows[] = {
		{ "boolean attribute",
		    "<option value=\"1\" {{#on}}selected{{/on}}>",
		    "{\"on\":true}", "<option value=\"1\" selected >" },
		{ "boolean attribute, off",
		    "<option value=\"1\" {{#on}}selected{{/on}}>", "{}",
		    "<option value=\"1\" >" },
		{ "attribute with a value",
		    "<p {{#id}}id=\"{{id}}\"{{/id}} lang=\"es\">",
		    "{\"id\":\"a\"}", "<p id=\"a\"  lang=\"es\">" },
		{ "a list cannot glue attributes",
		    "<p {{#a}}x=\"{{.}}\" on{{/a}}>", "{\"a\":[1,2]}",
		    "<p x=\"1\" on x=\"2\" on >" },
		{ "inside a value", "<p class=\"a{{#b}} b{{/b}}\">",
		    "{\"b\":1}", "<p class=\"a b\">" },
		{ "either of two", "<p {{#a}}a{{/a}}{{^a}}b{{/a}}>", "{}",
		    "<p b >" },
	};

	(void)state;
	check_rows(rows, ARRAY_COUNT(rows));
}

static void
test_ceiling(void **state)
{
	struct pool *pool = pool_new();
	struct json *view = json_object(pool);
	struct err err = ERR_INIT;
	struct tmpl_set *set;
	struct buf out;

	(void)state;
	assert_int_equal(compile_pair(pool, "12345", NULL, &set, &err), 0);
	buf_init(&out, pool, 4);
	assert_int_equal(tmpl_render(set, "main", view, LANG_ES, &out, &err),
	    -1);
	assert_int_equal(err.kind, ERR_INTERNAL);
	assert_string_equal(err.text, "main.html: the page passes 4 bytes");
	assert_int_equal(tmpl_render(set, "none", view, LANG_ES, &out, &err),
	    -1);
	assert_int_equal(err.kind, ERR_INTERNAL);
	pool_free(&pool);
}

static int
bind_catalogue(void **state)
{
	(void)state;
	return catalogue_bind("tests/tmpl/locale");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_partials),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_ceiling),
	};

	return cmocka_run_group_tests_name("tmpl/render", tests, bind_catalogue,
	    NULL);
}
