/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/attr.h"
#include "codec/password.h"
#include "ctl/secret.h"

/* NULL when it is refused. */
static const char *
read_bytes(struct pool *pool, const void *data, size_t len)
{
	struct err err = ERR_INIT;
	const char *secret = NULL;
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(write(fds[1], data, len), len);
	assert_int_equal(close(fds[1]), 0);
	if (secret_read(pool, fds[0], &secret, &err) == -1)
		assert_int_equal(err.kind, ERR_INVALID);
	assert_int_equal(close(fds[0]), 0);
	return secret;
}

static void
test_read(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *secret; /* NULL: refused */
	} rows[] = {
		{ "vela-trueno-77\n", 15, "vela-trueno-77" },
		{ "vela-trueno-77\r\n", 16, "vela-trueno-77" },
		{ "vela-trueno-77", 14, "vela-trueno-77" },
		{ "  con espacios \n", 16, "  con espacios " },
		{ "ma\xc3\xb1\x61na\n", 8, "ma\xc3\xb1\x61na" },
		{ "", 0, "" },
		{ "\n", 1, "" },
		{ "one\ntwo\n", 8, NULL },
		{ "one\n\n", 5, NULL },
		{ "o\0e\n", 4, NULL },
		{ "o\x03\n", 3, NULL },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *secret = read_bytes(*state, rows[i].bytes,
		    rows[i].len);

		assert_int_equal(secret == NULL, rows[i].secret == NULL);
		if (secret != NULL)
			assert_string_equal(secret, rows[i].secret);
	}
}

/* What is too long stays too long: it is not cut to what would fit. */
static void
test_read_long(void **state)
{
	char data[3 * PASSWORD_BYTES_MAX];
	const char *secret;

	memset(data, 'x', sizeof(data));
	data[PASSWORD_BYTES_MAX] = '\n';
	secret = read_bytes(*state, data, PASSWORD_BYTES_MAX + 1);
	assert_int_equal(strlen(secret), PASSWORD_BYTES_MAX);
	data[PASSWORD_BYTES_MAX] = 'x';
	secret = read_bytes(*state, data, sizeof(data));
	assert_true(strlen(secret) > PASSWORD_BYTES_MAX);
}

static void
test_generate(void **state)
{
	const char *first = secret_generate(*state);
	struct err err = ERR_INIT;

	assert_int_equal(strlen(first), 23);
	assert_string_not_equal(first, secret_generate(*state));
	for (int i = 0; i < 200; i++) {
		const char *secret = secret_generate(*state);

		assert_int_equal(strspn(secret,
				     "abcdefghijkmnpqrstuvwxyz23456789-"),
		    23);
		if (password_check(secret, "", &err) == -1)
			fail_msg("%s: %s", secret, err.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_read),
		POOL_TEST(test_read_long),
		POOL_TEST(test_generate),
	};

	return cmocka_run_group_tests_name("ctl/secret", tests, NULL, NULL);
}
