/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "web/token.h"

enum { NOW = 1000, LATER = 1060 };

static void
test_round_trip(void **state)
{
	struct pool *pool = pool_new();
	struct slice payload;
	const char *token =
	    token_make(pool, "secret", "flash", slice_str("a.b ñ"), LATER);

	(void)state;
	assert_true(token_read(pool, "secret", "flash", slice_str(token), NOW,
	    &payload));
	assert_slice(payload, "a.b ñ");
	/* Expired, another purpose, another key. */
	assert_false(token_read(pool, "secret", "flash", slice_str(token),
	    LATER, &payload));
	assert_false(token_read(pool, "secret", "csrf", slice_str(token), NOW,
	    &payload));
	assert_false(token_read(pool, "other", "flash", slice_str(token), NOW,
	    &payload));
	pool_free(&pool);
}

static void
test_every_changed_byte_is_refused(void **state)
{
	struct pool *pool = pool_new();
	char *token = pool_strdup(pool,
	    token_make(pool, "secret", "flash", slice_str("hola"), LATER));
	struct slice payload;

	(void)state;
	for (size_t i = 0; token[i] != '\0'; i++) {
		token[i] ^= 1;
		assert_false(token_read(pool, "secret", "flash",
		    slice_str(token), NOW, &payload));
		token[i] ^= 1;
	}
	for (size_t len = 0; len < strlen(token); len++)
		assert_false(token_read(pool, "secret", "flash",
		    slice_make(token, len), NOW, &payload));
	pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_every_changed_byte_is_refused),
	};

	return cmocka_run_group_tests_name("web/token", tests, NULL, NULL);
}
