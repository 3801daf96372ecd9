/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "model/search_text.h"

/* clang-format off */
static const struct {
	const char *text, *pattern;
} patterns[] = {
	{ "martillo", "%martillo%" },
	{ "Martillo GRANDE", "%martillo grande%" },
	{ "  a  ", "%a%" },
	/* Nothing but text: no wildcards, no escapes. */
	{ "100%", "%100\\%%" },
	{ "img_1", "%img\\_1%" },
	{ "a\\b", "%a\\\\b%" },
	{ "\\%", "%\\\\\\%%" },
	/* Accents, composed and decomposed; other cases. */
	{ "CANCI\xc3\x93N ni\xc3\xb1o", "%cancion nino%" },
	{ "cancio\xcc\x81n", "%cancion%" },
	{ "Stra\xc3\x9f""e \xc5\x92uvre", "%strasse oeuvre%" },
	{ "\xce\x91\xce\xa9", "%\xce\xb1\xcf\x89%" },
	{ "\xd0\x96\xd0\x81", "%\xd0\xb6\xd1\x91%" },
	{ "\xe6\x97\xa5\xe6\x9c\xac", "%\xe6\x97\xa5\xe6\x9c\xac%" },
	{ "\xc3\x97", "%\xc3\x97%" },
	{ "\xf0\x9f\x94\xa8", "%\xf0\x9f\x94\xa8%" },
	/* Hostile: controls, bad UTF-8. */
	{ "a\nb\tc", "%a b c%" },
	{ "a\xff", "%a\xef\xbf\xbd%" },
	{ "", "%%" },
};
/* clang-format on */

static void
test_patterns(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(patterns); i++)
		assert_string_equal(
		    search_text_pattern(pool, patterns[i].text),
		    patterns[i].pattern);
	pool_free(&pool);
}

static void
test_text(void **state)
{
	const struct file file = { .original_name = "Foto \xc3\x81.JPG",
		.alt_text = "Un Ni\xc3\xb1o\nsentado",
		.tags = "verano,playa" };
	const struct file bare = { .original_name = "a" };
	struct pool *pool = pool_new();

	(void)state;
	assert_string_equal(search_text(pool, &file),
	    "foto a.jpg\nun nino sentado\nverano,playa");
	assert_string_equal(search_text(pool, &bare), "a\n\n");
	pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
