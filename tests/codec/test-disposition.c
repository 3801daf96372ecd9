/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "codec/disposition.h"
#include "codec/filename.h"

#define A "attachment; filename="

/* clang-format off */
static const struct {
	const char *name, *header;
} cases[] = {
	{ "informe.pdf", A "\"informe.pdf\"" },
	{ "mi informe (2).pdf", A "\"mi informe (2).pdf\"" },
	{ "", A "\"file\"" },
	{ "a\"b.pdf", A "\"a_b.pdf\"; filename*=UTF-8''a%22b.pdf" },
	{ "a\\..\\b.pdf", A "\"b.pdf\"" },
	{ "../../etc/passwd", A "\"passwd\"" },
	{ "a%41.pdf", A "\"a_41.pdf\"; filename*=UTF-8''a%2541.pdf" },
	{ "a;b.pdf", A "\"a_b.pdf\"; filename*=UTF-8''a%3Bb.pdf" },
	{ "a'b*c.pdf", A "\"a'b*c.pdf\"" },
	{ "a\r\nSet-Cookie: x=1.pdf", A "\"aSet-Cookie: x=1.pdf\"" },
	{ "ni\xc3\xb1o.pdf",
	    A "\"ni_o.pdf\"; filename*=UTF-8''ni%C3%B1o.pdf" },
	{ "\xf0\x9f\x98\x80.png",
	    A "\"_.png\"; filename*=UTF-8''%F0%9F%98%80.png" },
	/* Bytes that are no UTF-8 are U+FFFD. */
	{ "a\xff.png", A "\"a_.png\"; filename*=UTF-8''a%EF%BF%BD.png" },
	/* What turns the rest of a name round is gone. */
	{ "a\xe2\x80\xaegpj.exe", A "\"agpj.exe\"" },
};
/* clang-format on */

static void
test_names(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		assert_string_equal(
		    disposition_attachment(pool, cases[i].name),
		    cases[i].header);
	pool_free(&pool);
}

/* It goes into a URL and into a header, so it has an end. */
static void
test_long_name(void **state)
{
	struct pool *pool = pool_new();
	char name[3 * 1000 + 5];
	const char *header;
	size_t len;

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		memcpy(name + 3 * i, "\xe2\x82\xac", 3);
	memcpy(name + 3000, ".pdf", 5);
	header = disposition_attachment(pool, name);
	len = strlen(header);
	assert_true(len < 4 * FILENAME_BYTES_MAX + 64);
	assert_string_equal(header + len - 4, ".pdf");
	assert_non_null(strstr(header, "_.pdf\"; filename*=UTF-8''%E2%82%AC"));
	pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
