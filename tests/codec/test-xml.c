/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "codec/xml.h"

static const char error_doc[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<Error><Code>NoSuchKey</Code>\n"
    " <Message>The &lt;key&gt; does &#110;ot exist &amp; more</Message>\n"
    " <Resource/></Error>\n";

static const char parts_doc[] =
    "<ListPartsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
    "<Owner><ID>7</ID></Owner>"
    "<Part><PartNumber>2</PartNumber><ETag>\"a\"</ETag></Part>"
    "<Part><PartNumber>3</PartNumber><ETag>&quot;b&quot;</ETag></Part>"
    "</ListPartsResult>";

static void
see(void *arg, const char *path, const char *text)
{
	struct buf *buf = arg;

	(void)buf_format(buf, "%s=%s;", path, text);
}

static int
parse(struct pool *pool, struct slice doc, const char **seen_r,
    struct err *err)
{
	struct buf buf;
	int result;

	buf_init(&buf, pool, (size_t)1 << 20);
	result = xml_parse(doc, see, &buf, err);
	*seen_r = buf.data;
	return result;
}

static void
test_order(void **state)
{
	static const struct {
		const char *doc, *seen;
	} rows[] = {
		{ "<A/>", "A=;" },
		{ "<A>x</A>", "A=x;" },
		{ "<A><B>1</B><C/></A>", "A/B=1;A/C=;A=;" },
		{ "<A>x<B>1</B>y</A>", "A/B=1;A=;" },
		{ "<A><B>1</B><B>2</B></A>", "A/B=1;A/B=2;A=;" },
		{ "<A><![CDATA[<&]]> b<!-- c -->d</A>", "A=<& bd;" },
		{ "<A b=\"c\"><?pi x?>1</A>", "A=1;" },
		{ "<s:A xmlns:s=\"u\">1</s:A>", "s:A=1;" },
		{ "\xef\xbb\xbf<A>ñ&#xF1;</A>", "A=ññ;" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct err err = ERR_INIT;
		const char *seen;

		if (parse(*state, slice_str(rows[i].doc), &seen, &err) == -1)
			fail_msg("%s: %s", rows[i].doc, err.text);
		assert_string_equal(seen, rows[i].seen);
	}
}

static void
test_parts(void **state)
{
	struct err err = ERR_INIT;
	const char *seen;

	assert_int_equal(parse(*state, slice_str(parts_doc), &seen, &err), 0);
	assert_string_equal(seen,
	    "ListPartsResult/Owner/ID=7;ListPartsResult/Owner=;"
	    "ListPartsResult/Part/PartNumber=2;"
	    "ListPartsResult/Part/ETag=\"a\";ListPartsResult/Part=;"
	    "ListPartsResult/Part/PartNumber=3;"
	    "ListPartsResult/Part/ETag=\"b\";ListPartsResult/Part=;"
	    "ListPartsResult=;");
}

static void
test_text(void **state)
{
	static const struct {
		const char *doc, *path, *text;
	} rows[] = {
		{ error_doc, "Error/Code", "NoSuchKey" },
		{ error_doc, "Error/Message",
		    "The <key> does not exist & more" },
		{ error_doc, "Error/Resource", "" },
		{ error_doc, "Error", "" },
		{ error_doc, "Code", "" },
		{ error_doc, "Error/Code/", "" },
		{ error_doc, "", "" },
		{ parts_doc, "ListPartsResult/Part/PartNumber", "2" },
		{ "<Error><Code>Cut</Code>", "Error/Code", "" },
		{ "<html>", "Error/Code", "" },
		{ "", "Error/Code", "" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(xml_text(*state, slice_str(rows[i].doc),
					rows[i].path),
		    rows[i].text);
}

static void
test_refuse(void **state)
{
	static const char *const rows[] = { "", " ", "x", "<A>", "<A></B>",
		"<A/><B/>", "<A/>x", "<A b=1/>", "<A b=\"1\" b=\"2\"/>",
		"<A>&nbsp;</A>", "<A>&x;</A>", "<A>&</A>", "<A>\x01</A>",
		"<A>&#0;</A>", "<A>\xff</A>", "<A>\xed\xa0\x80</A>",
		/* document types, with and without entities */
		"<!DOCTYPE A><A/>", "<!DOCTYPE A SYSTEM \"file:///x\"><A/>",
		"<!DOCTYPE A [<!ENTITY x \"y\">]><A>&x;</A>",
		"<!DOCTYPE A [<!ENTITY x SYSTEM \"/etc/passwd\">]><A>&x;</A>",
		("<!DOCTYPE A [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">"
		 "]><A>&b;</A>") };

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct err err = ERR_INIT;
		const char *seen;

		if (parse(*state, slice_str(rows[i]), &seen, &err) == 0)
			fail_msg("accepted %s", rows[i]);
		assert_int_equal(err.kind, ERR_INVALID);
		assert_null(strstr(seen, "root:"));
	}
}

static void
test_doctype_named(void **state)
{
	struct err err = ERR_INIT;
	const char *seen;

	assert_int_equal(parse(*state, slice_str("\n<!DOCTYPE A><A/>"), &seen,
			     &err),
	    -1);
	assert_string_equal(err.text, "XML: document type at line 2");
	assert_string_equal(seen, "");
}

/* A declared encoding does not change how bytes are read. */
static void
test_encoding(void **state)
{
	struct slice doc = slice_str(
	    "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><A>\xc3\xb1</A>");

	assert_string_equal(xml_text(*state, doc, "A"), "ñ");
}

static void
append_many(struct buf *buf, const char *text, size_t count)
{
	while (count-- > 0)
		(void)buf_str(buf, text);
}

static void
test_depth(void **state)
{
	for (size_t depth = XML_DEPTH_MAX; depth <= XML_DEPTH_MAX + 1;
	     depth++) {
		struct err err = ERR_INIT;
		const char *seen;
		struct buf doc;

		buf_init(&doc, *state, 4096);
		append_many(&doc, "<a>", depth - 1);
		(void)buf_str(&doc, "<a/>");
		append_many(&doc, "</a>", depth - 1);
		assert_int_equal(parse(*state, buf_view(&doc), &seen, &err),
		    depth == XML_DEPTH_MAX ? 0 : -1);
		assert_int_equal(err.kind,
		    depth == XML_DEPTH_MAX ? ERR_NONE : ERR_TOO_LARGE);
	}
}

static void
test_long_text(void **state)
{
	for (size_t len = XML_TEXT_MAX; len <= XML_TEXT_MAX + 1; len++) {
		struct err err = ERR_INIT;
		const char *seen;
		struct buf doc;

		buf_init(&doc, *state, 2 * XML_TEXT_MAX);
		(void)buf_str(&doc, "<a>");
		append_many(&doc, "x", len);
		(void)buf_str(&doc, "</a>");
		assert_int_equal(parse(*state, buf_view(&doc), &seen, &err),
		    len == XML_TEXT_MAX ? 0 : -1);
		assert_int_equal(err.kind,
		    len == XML_TEXT_MAX ? ERR_NONE : ERR_TOO_LARGE);
	}
}

static void
test_long_path(void **state)
{
	for (size_t len = XML_PATH_MAX; len <= XML_PATH_MAX + 1; len++) {
		struct err err = ERR_INIT;
		const char *seen;
		struct buf doc;

		buf_init(&doc, *state, 2 * XML_PATH_MAX);
		(void)buf_str(&doc, "<a><");
		append_many(&doc, "x", len - 2);
		(void)buf_str(&doc, "/></a>");
		assert_int_equal(parse(*state, buf_view(&doc), &seen, &err),
		    len == XML_PATH_MAX ? 0 : -1);
	}
}

/* Text between elements is not gathered, however long it is. */
static void
test_long_space(void **state)
{
	struct err err = ERR_INIT;
	const char *seen;
	struct buf doc;

	buf_init(&doc, *state, 4 * XML_TEXT_MAX);
	(void)buf_str(&doc, "<a><b/>");
	append_many(&doc, " ", 2 * XML_TEXT_MAX);
	(void)buf_str(&doc, "</a>");
	assert_int_equal(parse(*state, buf_view(&doc), &seen, &err), 0);
}

static void
test_too_large(void **state)
{
	struct err err = ERR_INIT;
	char *doc = pool_alloc(*state, XML_BYTES_MAX + 1);

	assert_int_equal(xml_parse(slice_make(doc, XML_BYTES_MAX + 1), see,
			     NULL, &err),
	    -1);
	assert_int_equal(err.kind, ERR_TOO_LARGE);
}

static void
test_escape(void **state)
{
	struct buf buf;

	buf_init(&buf, *state, 100);
	(void)buf_str(&buf, "<a>");
	xml_escape(&buf, slice_str("\"<]]>&'ñ"));
	(void)buf_str(&buf, "</a>");
	assert_slice(buf_view(&buf), "<a>&quot;&lt;]]&gt;&amp;&#39;ñ</a>");
	assert_string_equal(xml_text(*state, buf_view(&buf), "a"),
	    "\"<]]>&'ñ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_order),
		POOL_TEST(test_parts),
		POOL_TEST(test_text),
		POOL_TEST(test_refuse),
		POOL_TEST(test_doctype_named),
		POOL_TEST(test_encoding),
		POOL_TEST(test_depth),
		POOL_TEST(test_long_text),
		POOL_TEST(test_long_path),
		POOL_TEST(test_long_space),
		POOL_TEST(test_too_large),
		POOL_TEST(test_escape),
	};

	return cmocka_run_group_tests_name("codec/xml", tests, NULL, NULL);
}
