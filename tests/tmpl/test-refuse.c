/* SPDX-License-Identifier: MIT */
#include "tmpl/render-pair.h"

/* Templates that must not compile, and what their author is told. */
static const struct {
	const char *text, *expected;
} rows[] = {
	/* syntax */
	{ "{{a", "1: unclosed tag" },
	{ "\n\n x {{a\n", "3: unclosed tag" },
	{ "{{}}", "1: bad name \"\"" },
	{ "{{a b}}", "1: bad name \"a b\"" },
	{ "{{a..b}}", "1: bad name \"a..b\"" },
	{ "{{.a}}", "1: bad name \".a\"" },
	{ "{{a.}}", "1: bad name \"a.\"" },
	{ "{{\"a\"}}", "1: bad name \"\"a\"\"" },
	{ "{{{a}}}", "1: there is no raw output: {{{" },
	{ "{{&a}}", "1: there is no raw output: {{&" },
	{ "{{=<% %>=}}", "1: unsupported tag {{=" },
	{ "{{<a}}", "1: unsupported tag {{<" },
	{ "{{$a}}", "1: unsupported tag {{$" },
	{ "\n{{#a}}", "2: section \"a\" of line 2 is not closed" },
	{ "{{#a}}\n{{/b}}", "2: {{/b}} where section \"a\" of line 1 is open" },
	{ "{{/a}}", "1: {{/a}} closes nothing" },
	{ "{{>nobody}}", "1: no partial \"nobody\"" },
	{ "{{_}}", "1: _ is the name of message sections" },
	{ "{{^_}}x{{/_}}", "1: _ is the name of message sections" },
	{ "{{/_}}", "1: _ is the name of message sections" },
	{ "\n{{#_}}x\n", "2: {{#_}} without {{/_}}" },
	{ "{{#_}} {{/_}}", "1: {{#_}} without text" },
	{ "{{#_}}{{#a}}x{{/a}}{{/_}}",
	    "1: only {{name}} may stand in a message" },
	/* positions */
	{ "<p id={{a}}>", "1: {{a}} in an unquoted attribute" },
	{ "<p id=x{{a}}>", "1: an unquoted attribute" },
	{ "<p id=x>", "1: an unquoted attribute" },
	{ "<{{a}}>", "1: {{a}} in a tag name" },
	{ "</{{a}}>", "1: {{a}} in a tag name" },
	{ "<h{{a}}>", "1: {{a}} in a tag name" },
	{ "<p {{a}}>", "1: {{a}} in an attribute name" },
	{ "<p {{a}}=\"x\">", "1: {{a}} in an attribute name" },
	{ "<p data-{{a}}=\"x\">", "1: {{a}} in an attribute name" },
	{ "<p id=\"x\"{{a}}>", "1: {{a}} in an attribute name" },
	{ "<br /{{a}}>", "1: {{a}} in a tag" },
	{ "<p onclick=\"f({{a}})\">",
	    "1: {{a}} in an attribute of code, style or documents" },
	{ "<p OnClick='{{a}}'>",
	    "1: {{a}} in an attribute of code, style or documents" },
	{ "<p style=\"color:{{a}}\">",
	    "1: {{a}} in an attribute of code, style or documents" },
	{ "<iframe srcdoc=\"{{a}}\">",
	    "1: {{a}} in an attribute of code, style or documents" },
	{ "<img srcset=\"{{a}} 2x\">",
	    "1: {{a}} in an attribute of code, style or documents" },
	{ "<meta http-equiv=\"refresh\" content=\"0;url={{a}}\">",
	    "1: {{a}} in an attribute of code, style or documents" },
	{ "<script>{{a}}</script>",
	    "1: {{a}} in an element with raw content" },
	{ "<SCRIPT>\nf(\"{{a}}\")</SCRIPT>",
	    "2: {{a}} in an element with raw content" },
	{ "<style>{{a}}</style>", "1: {{a}} in an element with raw content" },
	{ "<svg><text>{{a}}</text></svg>",
	    "1: {{a}} in an element with raw content" },
	{ "<noscript>{{a}}</noscript>",
	    "1: {{a}} in an element with raw content" },
	{ "<script>{{#_}}x{{/_}}</script>",
	    "1: {{#_}} in an element with raw content" },
	{ "<script>{{#a}}x{{/a}}</script>",
	    "1: section \"a\" in an element with raw content" },
	{ "<!-- {{a}} -->", "1: {{a}} in a comment" },
	{ "<!-- {{#a}} --> {{/a}}", "1: section \"a\" in a comment" },
	{ "<!doctype {{a}}>", "1: {{a}} in a declaration" },
	{ "<textarea></{{a}}</textarea>", "1: {{a}} in a tag name" },
	{ "<textarea></text{{a}}></textarea>", "1: {{a}} in a tag name" },
	{ "<title><{{#_}}x{{/_}}</title>", "1: {{#_}} in a tag name" },
	{ "<p title={{#_}}x{{/_}}>", "1: {{#_}} in an unquoted attribute" },
	{ "<a href=\"{{#_}}x{{/_}}\">", "1: {{#_}} in a URL" },
	/* URLs */
	{ "<a href=\"{{a}}{{b}}\">",
	    "1: {{b}} in a value that could change the URL's scheme" },
	{ "<a href=\"java{{a}}\">",
	    "1: {{a}} in a value that could change the URL's scheme" },
	{ "<a href=\"javascript:{{a}}\">",
	    "1: a URL whose scheme is not http, https or mailto" },
	{ "<a href=\"JavaScript:f()\">",
	    "1: a URL whose scheme is not http, https or mailto" },
	{ "<a href=\" javascript:f()\">",
	    "1: a URL must not begin with spaces or references" },
	{ "<a href=\"&#106;avascript:f()\">",
	    "1: a URL must not begin with spaces or references" },
	{ "<img src=\"data:{{a}}\">",
	    "1: a URL whose scheme is not http, https or mailto" },
	{ "<a href=\"{{a}}:{{b}}\">",
	    "1: a value at a URL's start must be followed by "
	    "\"/\", \"?\" or \"#\"" },
	{ "<a href=\"{{#a}}{{a}}{{/a}}{{b}}\">",
	    "1: section \"a\" of line 1 begins in a quoted attribute and "
	    "ends in a quoted attribute" },
	{ "<svg xlink:href=\"x{{a}}\">",
	    "1: {{a}} in a value that could change the URL's scheme" },
	/* sections that move what follows */
	{ "{{#a}}<p{{/a}}>",
	    "1: section \"a\" of line 1 begins in text and ends in a tag "
	    "name" },
	{ "{{#a}}<p title=\"{{/a}}x\">",
	    "1: section \"a\" of line 1 begins in text and ends in a quoted "
	    "attribute" },
	{ "<p title=\"{{#a}}\"{{/a}}>",
	    "1: section \"a\" of line 1 begins in a quoted attribute and "
	    "ends in an attribute name" },
	{ "<p {{#a}}title=\"x{{/a}}\">",
	    "1: section \"a\" of line 1 begins in an attribute name and ends "
	    "in a quoted attribute" },
	{ "{{#a}}\n<script>\n{{/a}}", "3: section \"a\" of line 1 begins in "
				      "text and ends in an element with raw "
				      "content" },
	{ "{{#a}}<!--{{/a}} -->",
	    "1: section \"a\" of line 1 begins in text and ends in a "
	    "comment" },
	{ "{{^a}}<title>{{/a}}</title>",
	    "1: section \"a\" of line 1 begins in text and ends in text" },
	{ "<p{{#a}} x{{/a}}>",
	    "1: section \"a\" in a tag: put a space before the section" },
	{ "<p x{{#a}}y{{/a}}>",
	    "1: section \"a\" in a tag: put a space before the section" },
	{ "<p x=\"1\"{{#a}} y{{/a}}>",
	    "1: section \"a\" in a tag: put a space before the section" },
	{ "<p x={{#a}}\"y\"{{/a}}>",
	    "1: section \"a\" in an unquoted attribute" },
	{ "<p {{#a}}onclick{{/a}}=\"{{b}}\">",
	    "1: \"=\" without an attribute name before it" },
	{ "<p {{#a}}/{{/a}}>",
	    "1: section \"a\" of line 1 begins in an attribute name and ends "
	    "in a tag" },
	{ "<p title=\"{{>main}}\">", "1: {{>main}} in a quoted attribute" },
	{ "<title>{{>main}}</title>", "1: {{>main}} in text" },
	/* HTML that is read in more than one way */
	{ "a < b", "1: \"<\" that begins no tag: write &lt;" },
	{ "\n<p>\n<3", "3: \"<\" that begins no tag: write &lt;" },
	{ "<//p>", "1: \"<\" that begins no tag: write &lt;" },
	{ "<?php ?>", "1: \"<\" that begins no tag: write &lt;" },
	{ "<![CDATA[x]]>", "1: unknown declaration" },
	{ "<!doctype svg>", "1: unknown declaration" },
	{ "<p a = \"x\">", "1: \"=\" without an attribute name before it" },
	{ "<p a=\"x\"b=\"y\">", "1: no space between two attributes" },
	{ "<p \"x\">", "1: a bad character in an attribute name" },
	{ "<p a\"=\"x\">", "1: a bad character in an attribute name" },
	{ "<p <b>", "1: a bad character in an attribute name" },
	{ "<p<b>", "1: a bad character in a tag name" },
	{ "<p / a>", "1: \"/\" in a tag" },
	{ "</p class=\"x\">", "1: an end tag with attributes" },
	{ "<plaintext>", "1: <plaintext>" },
	{ "<script />", "1: an element with special content cannot close "
			"itself" },
	{ "<!-- a --!> -->", "1: \"--!\" in a comment" },
	{ "<script><!-- <script></script> --></script>",
	    "1: \"<!\" in an element with raw content" },
	{ "<title></title/>", "1: \"/\" in an end tag" },
	{ "<p", "1: the template ends in a tag name" },
	{ "<p title=\"", "1: the template ends in a quoted attribute" },
	{ "<!-- x --", "1: the template ends in a comment" },
	{ "<title>x", "1: the template ends in an unclosed element" },
	{ "<script></scrip>", "1: the template ends in an element with raw "
			      "content" },
};

static void
test_refused(void **state)
{
	struct pool *pool = pool_new();
	struct tmpl_set *set;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct err err = ERR_INIT;
		const char *expected =
		    pool_format(pool, "main.html:%s", rows[i].expected);

		if (compile_pair(pool, rows[i].text, NULL, &set, &err) == 0)
			fail_msg("accepted: %s", rows[i].text);
		assert_int_equal(err.kind, ERR_INVALID);
		assert_string_equal(err.text, expected);
	}
	pool_free(&pool);
}

/* Close to what is refused, and right. */
static void
test_accepted(void **state)
{
	static const char *const texts[] = {
		"<!doctype html><p>{{a}}</p>",
		"<!DOCTYPE HTML>",
		"<!-- a -- b -- >-->{{a}}",
		"<!-->{{a}}",
		"<!--->{{a}}",
		"<!-- {{! hidden }} -->",
		"<br/><br />{{a}}",
		"<input required {{#a}}disabled{{/a}}>{{a}}",
		"<p class='{{a}}' title=\"it's {{a}}\">",
		"<p data-x=\"<b>\">{{a}}",
		"<textarea></b {{a}}</textarea>{{a}}",
		"<title>{{#a}}{{a}} · {{/a}}x</title >{{a}}",
		"<script>if (a < b) f();</script>{{a}}",
		"<script src=\"{{base}}/x.js\"></script>{{a}}",
		"<style>a > b {}</style>{{a}}",
		"<svg><title>x</title><path d=\"M0 0\"/></svg>{{a}}",
		"<a href=\"{{base}}/a/{{b}}?q={{q}}&amp;r={{r}}#{{s}}\">",
		"<a href=\"https://{{host}}:80/{{path}}\">",
		"<a href=\"{{a}}?{{q}}\">",
		"<a href=\"?q={{q}}{{#a}}&amp;a={{a}}{{/a}}\">",
		"<a href=\"mailto:{{a}}\">",
	};
	struct pool *pool = pool_new();
	struct tmpl_set *set;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		struct err err = ERR_INIT;

		if (compile_pair(pool, texts[i], NULL, &set, &err) == -1)
			fail_msg("%s: %s", texts[i], err.text);
	}
	pool_free(&pool);
}

static void
test_nesting(void **state)
{
	struct pool *pool = pool_new();
	struct err err = ERR_INIT;
	struct tmpl_set *set;
	struct buf deep;

	(void)state;
	for (int depth = 32; depth <= 33; depth++) {
		buf_init(&deep, pool, 4096);
		for (int i = 0; i < depth; i++)
			buf_str(&deep, "{{#a}}");
		for (int i = 0; i < depth; i++)
			buf_str(&deep, "{{/a}}");
		assert_int_equal(compile_pair(pool, deep.data, NULL, &set,
				     &err),
		    depth == 32 ? 0 : -1);
	}
	assert_string_equal(err.text,
	    "main.html:1: more than 32 sections in each other");
	pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_nesting),
	};

	return cmocka_run_group_tests_name("tmpl/refuse", tests, NULL, NULL);
}
