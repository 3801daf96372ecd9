/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "codec/url.h"

static void
test_encode(void **state)
{
	static const struct {
		const char *text, *encoded, *path;
	} rows[] = {
		{ "", "", "" },
		{ "AZaz09-._~", "AZaz09-._~", "AZaz09-._~" },
		{ "a/b", "a%2Fb", "a/b" },
		{ " +&=?#%", "%20%2B%26%3D%3F%23%25", "%20%2B%26%3D%3F%23%25" },
		{ "ñ\x7f\x01", "%C3%B1%7F%01", "%C3%B1%7F%01" },
	};
	struct buf buf;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct slice text = slice_str(rows[i].text);

		assert_string_equal(url_encoded(*state, text), rows[i].encoded);
		assert_string_equal(url_encoded_path(*state, text),
		    rows[i].path);
		buf_init(&buf, *state, 100);
		url_encode(&buf, text);
		assert_slice(buf_view(&buf), rows[i].encoded);
		buf_clear(&buf);
		url_encode_path(&buf, text);
		assert_slice(buf_view(&buf), rows[i].path);
	}
	assert_string_equal(url_encoded(*state, slice_make("\0", 1)), "%00");
}

static void
test_decode(void **state)
{
	static const char *const bad[] = { "%", "%4", "%4g", "%g4", "a%",
		"%%41", "% 41", "%-1" };
	struct slice text;

	assert_true(url_decode(*state, slice_str("a%2fb%C3%b1+%25"), &text));
	assert_slice(text, "a/bñ+%");
	assert_true(url_decode(*state, slice_str("a%00b"), &text));
	assert_int_equal(text.len, 3);
	assert_memory_equal(text.data, "a\0b", 3);
	assert_true(url_decode(*state, slice_str(""), &text));
	assert_int_equal(text.len, 0);
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
		if (url_decode(*state, slice_str(bad[i]), &text))
			fail_msg("accepted %s", bad[i]);
	/* The digits are not looked for behind the slice. */
	assert_false(url_decode(*state, slice_make("%41", 2), &text));
}

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		struct url url;
	} rows[] = {
		{ "http://example.com",
		    { "http", "example.com", "example.com", 0, "", "" } },
		{ "HTTPS://S3.Example.COM:9000/a%20b/C?x=1&y=%2F",
		    { "https", "s3.example.com:9000", "s3.example.com", 9000,
			"/a%20b/C", "x=1&y=%2F" } },
		{ "http://127.0.0.1:65535/",
		    { "http", "127.0.0.1:65535", "127.0.0.1", 65535, "/", "" } },
		{ "http://[::1]/x",
		    { "http", "[::1]", "[::1]", 0, "/x", "" } },
		{ "http://[2001:DB8::1]:8080?q",
		    { "http", "[2001:db8::1]:8080", "[2001:db8::1]", 8080, "",
			"q" } },
		{ "http://[::ffff:1.2.3.4]",
		    { "http", "[::ffff:1.2.3.4]", "[::ffff:1.2.3.4]", 0, "",
			"" } },
		{ "http://min_io:80//a//b/../c?",
		    { "http", "min_io:80", "min_io", 80, "//a//b/../c", "" } },
		{ "http://h/-._~!$&'()*+,;=:@?/?:@",
		    { "http", "h", "h", 0, "/-._~!$&'()*+,;=:@", "/?:@" } },
		{ "http://h/a@b", { "http", "h", "h", 0, "/a@b", "" } },
		{ "https://h?a://b", { "https", "h", "h", 0, "", "a://b" } },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct err err = ERR_INIT;
		struct url url;

		if (url_parse(*state, slice_str(rows[i].text), &url, &err))
			fail_msg("%s: %s", rows[i].text, err.text);
		assert_string_equal(url.scheme, rows[i].url.scheme);
		assert_string_equal(url.authority, rows[i].url.authority);
		assert_string_equal(url.host, rows[i].url.host);
		assert_int_equal(url.port, rows[i].url.port);
		assert_string_equal(url.path, rows[i].url.path);
		assert_string_equal(url.query, rows[i].url.query);
	}
}

static void
test_refuse(void **state)
{
	static const char *const rows[] = { "", "http", "http:", "http:/",
		"http://", "http:///path", "https://:80/", "//h/", "/path", "h",
		"ftp://h/", "javascript://h/", "file:///etc/passwd",
		"httpx://h/", " http://h/", "http ://h/", "http:\\\\h\\",
		/* user information, however dressed */
		"http://user@h/", "http://u:p@h/", "http://@h/",
		"http://h:80@evil/", "http://h\\@evil/",
		/* fragments */
		"http://h#f", "http://h/#f", "http://h/?q#", "http://h/#@x",
		/* hosts */
		"http://h h/", "http://h%41/", "http://\xc3\xb1/", "http://h*/",
		"http://h,i/", "http://<h>/", "http://h\\/", "http://[::1/",
		"http://::1/", "http://[]/", "http://[1]/", "http://[::1]x/",
		"http://[::1%25eth0]/", "http://[::g]/", "http://x[::1]/",
		"http://[[::1]]/", "http://[::1]]/",
		/* ports */
		"http://h:/", "http://h:0/", "http://h:65536/",
		"http://h:99999999999999999999/", "http://h:+80/",
		"http://h:-1/", "http://h:8 0/", "http://h:80:80/",
		"http://h:x/", "http://[::1]:/",
		/* what must be encoded */
		"http://h/a b", "http://h/\t", "http://h/\r\nX: y",
		"http://h/\x7f", "http://h/\x01", "http://h/\xc3\xb1",
		"http://h/<", "http://h/\"", "http://h/\\", "http://h/{a}",
		"http://h/|", "http://h/^", "http://h/`", "http://h/%",
		"http://h/%4", "http://h/%zz", "http://h/[", "http://h?a b",
		"http://h?%", "http://h?<", "http://h?[" };

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct err err = ERR_INIT;
		struct url url;

		if (url_parse(*state, slice_str(rows[i]), &url, &err) == 0)
			fail_msg("accepted %s", rows[i]);
		assert_int_equal(err.kind, ERR_INVALID);
		assert_true(strncmp(err.text, "URL: ", 5) == 0);
	}
}

static void
test_refuse_nul(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} rows[] = { { "http://h\0", 9 }, { "http://h/\0", 10 },
		{ "http://[::1\0]", 13 }, { "http://h:8\0", 11 },
		{ "http://h?\0", 10 } };
	struct err err = ERR_INIT;
	struct url url;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(url_parse(*state,
				     slice_make(rows[i].text, rows[i].len),
				     &url, &err),
		    -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_encode),
		POOL_TEST(test_decode),
		POOL_TEST(test_parse),
		POOL_TEST(test_refuse),
		POOL_TEST(test_refuse_nul),
	};

	return cmocka_run_group_tests_name("codec/url", tests, NULL, NULL);
}
