/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "model/file_change.h"

#define TEN "1,2,3,4,5,6,7,8,9,10"
#define TWENTY TEN ",11,12,13,14,15,16,17,18,19,20"
#define LONG "ñññññññññññññññññññññññññ"

/* clang-format off */
static const struct {
	const char *text, *tags; /* NULL: refused */
} rows[] = {
	{ "", "" },
	{ " , ,, ", "" },
	{ "Verano", "verano" },
	{ " Playa , SOL ,Año nuevo", "playa,sol,año nuevo" },
	{ "sol,Sol, SOL ,luna", "sol,luna" },
	{ TWENTY, TWENTY },
	{ TWENTY ",1,2", TWENTY },
	{ TWENTY ",21", NULL },
	{ LONG LONG, LONG LONG },
	{ LONG LONG "x", NULL },
	{ "a\nb", NULL },
	{ "a\x7f", NULL },
	{ "a\xe2\x80\xae", NULL },
	{ "a\xff", NULL },
	{ "<b>,\"x\"", "<b>,\"x\"" },
};
/* clang-format on */

static void
test_rows(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct err err = ERR_INIT;
		const char *tags = NULL;
		int result = file_clean_tags(pool, slice_str(rows[i].text),
		    &tags, &err);

		assert_int_equal(result, rows[i].tags == NULL ? -1 : 0);
		if (result == 0) {
			assert_string_equal(tags, rows[i].tags);
		} else {
			assert_int_equal(err.kind, ERR_INVALID);
			assert_string_equal(err.code, "bad_tags");
		}
	}
	pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
