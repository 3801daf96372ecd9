/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "codec/latin.h"

static const struct {
	int32_t c;
	const char *text; /* NULL: no Latin letter */
} rows[] = {
	{ 0xd1, "N" },	   { 0xfa, "u" },    { 0xdf, "ss" },   { 0x1e9e, "SS" },
	{ 0x17e, "z" },	   { 0x219, "s" },   { 0x1ec7, "e" },  { 0xff, "y" },
	{ 0xd7, NULL },	   { 0xbf, NULL },   { 0x21c, NULL },  { 0x1f00, NULL },
	{ 0x3b1, NULL },   { 0x65e5, NULL }, { 0x1f528, NULL }, { -1, NULL },
};

static void
test_letters(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct buf buf;

		buf_init(&buf, pool, 8);
		assert_int_equal(latin_append(&buf, rows[i].c),
		    rows[i].text != NULL);
		assert_string_equal(buf.data,
		    rows[i].text == NULL ? "" : rows[i].text);
	}
	pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_letters) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
