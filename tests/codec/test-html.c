/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "codec/html.h"

static void
test_escape(void **state)
{
	static const struct {
		const char *text, *in_text, *in_attr;
	} rows[] = {
		{ "", "", "" },
		{ "Ñandú 5", "Ñandú 5", "Ñandú 5" },
		{ "<script>", "&lt;script&gt;", "&lt;script&gt;" },
		{ "a&b&amp;", "a&amp;b&amp;amp;", "a&amp;b&amp;amp;" },
		{ "\"'", "\"'", "&quot;&#39;" },
		{ "<<", "&lt;&lt;", "&lt;&lt;" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct buf buf;

		buf_init(&buf, *state, 100);
		html_text(&buf, slice_str(rows[i].text));
		assert_slice(buf_view(&buf), rows[i].in_text);
		buf_clear(&buf);
		html_attr(&buf, slice_str(rows[i].text));
		assert_slice(buf_view(&buf), rows[i].in_attr);
	}
}

static void
test_nul(void **state)
{
	struct buf buf;

	buf_init(&buf, *state, 100);
	html_attr(&buf, slice_make("\0<", 2));
	assert_int_equal(buf.len, 5);
	assert_memory_equal(buf.data, "\0&lt;", 5);
}

static void
test_full(void **state)
{
	struct buf buf;

	buf_init(&buf, *state, 5);
	html_text(&buf, slice_str("ab<c"));
	assert_true(buf_is_full(&buf));
	assert_slice(buf_view(&buf), "ab");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_escape),
		POOL_TEST(test_nul),
		POOL_TEST(test_full),
	};

	return cmocka_run_group_tests_name("codec/html", tests, NULL, NULL);
}
