/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "base/clock.h"
#include "codec/password.h"
#include "codec/password_private.h"

enum { LONG_MAX_BYTES = PASSWORD_BYTES_MAX + 2 };

static const char *
code_of(const char *password, const char *login)
{
	static struct err err;

	err_clear(&err);
	if (password_check(password, login, &err) == 0)
		return "";
	assert_int_equal(err.kind, ERR_INVALID);
	/* No error ever repeats it. */
	if (*password != '\0')
		assert_null(strstr(err.text, password));
	return err.code;
}

static const char *
repeated(struct pool *pool, const char *text, size_t bytes)
{
	char *all = pool_alloc(pool, bytes + 1);

	for (size_t i = 0; i < bytes; i++)
		all[i] = text[i % strlen(text)];
	return all;
}

static void
test_accepted(void **state)
{
	static const char *const rows[] = {
		"vela-trueno-77",
		"correcto caballo bateria",
		"mi perro come lentejas",
		"xkqzjvwpbm",
		"9f8a2c7be1",
		"пароль не для всех",
		"合言葉は秘密です犬と猫",
		"\xf0\x9f\x90\x99 pulpo \xf0\x9f\x8d\x8b limon",
		"   con espacios   ",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (*code_of(rows[i], "ana@example.com") != '\0')
			fail_msg("%s: %s", rows[i],
			    code_of(rows[i], "ana@example.com"));
}

static void
test_refused(void **state)
{
	static const struct {
		const char *password, *code;
	} rows[] = {
		{ "", "password_short" },
		{ "vela-77ta", "password_short" },
		/* Characters are counted, not bytes. */
		{ "ñandúñañ", "password_short" },
		{ "ana.maria@example.com", "password_like_login" },
		{ "Ana.Maria@Example.com", "password_like_login" },
		{ "ana.maria-xk9", "" },
		{ "vela\ntrueno77", "password_not_text" },
		{ "vela\x7ftrueno77", "password_not_text" },
		{ "vela\xc2\x85trueno77", "password_not_text" },
		{ "vela\xff\xfetrueno77", "password_not_text" },
		{ "vela\xed\xa0\x80trueno77", "password_not_text" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(
		    code_of(rows[i].password, "ana.maria@example.com"),
		    rows[i].code);
	assert_string_equal(code_of("Gutierrezz", "gutierrezz@example.com"),
	    "password_like_login");
	assert_string_equal(code_of("gutierrezz", "gutierrezz"),
	    "password_like_login");
}

/* Of lists of stolen passwords, those that are long enough. */
static void
test_common(void **state)
{
	static const char *const rows[] = {
		"1234567890", "0123456789", "0987654321", "12345678910",
		"123456789a", "a123456789", "1111111111", "0000000000",
		"1212121212", "123123123123", "1122334455", "aaaaaaaaaa",
		"abcdefghij", "abc123abc123", "abcd123456", "abcd1234567",
		"qwertyuiop", "qwerty1234", "qwerty12345", "qwerty123456",
		"1q2w3e4r5t", "1q2w3e4r5t6y", "q1w2e3r4t5", "1qaz2wsx3edc",
		"zaq12wsx34", "qazwsxedcrfv", "asdfghjkl;", "asdfghjkl1",
		"zxcvbnm123", "password12", "password123", "password1234",
		"Password123!", "Password2024", "passwordpassword",
		"P@ssw0rd123", "p4$$w0rd2024", "PaSsWoRd!!", "drowssap123",
		"contrase\xc3\xb1\x61", "Contrase\xc3\xb1\x61" "1",
		"CONTRASE\xc3\x91\x41" "2024", "contrasena123",
		"c0ntr4s3n4", "administrator", "administrador", "admin12345",
		"Admin@2024", "4dm1n1str4d0r", "adminadmin", "root123456",
		"iloveyou12", "iloveyou123", "1loveyou12", "i love you",
		"iloveyou!!", "te_amo_mucho", "teamomucho", "tequieromucho",
		"tequiero123", "mi amor 2020", "amorcito12", "princesa01",
		"football12", "futbol2024", "futbol1234", "basketball",
		"barcelona1", "barcelona10", "realmadrid", "realmadrid7",
		"atletico2014", "liverpool1", "manchester", "bocajuniors",
		"riverplate", "corinthians", "superman123", "spiderman1",
		"pokemon123", "starwars77", "dragonball", "dragonballz1",
		"minecraft1", "michelle12", "jennifer99", "christopher",
		"alejandro1", "alejandra2", "sebastian1", "maria19850412",
		"juancarlos", "jos\xc3\xa9luis70", "joseluis1970",
		"california", "washington", "argentina1", "colombia10",
		"sunshine12", "strawberry", "chocolate1", "butterfly1",
		"mariposa22", "estrella99", "bienvenido", "Bienvenido1",
		"welcome123", "Welcome2024!", "changeme123", "letmein123",
		"primavera1", "septiembre", "Diciembre23",
		"Verano2024!", "jesucristo", "diosesamor", "hijodeputa",
		"motherfucker", "motorcycle", "university", "skateboard",
		"playstation", "playstation3", "trustno1trustno1",
		"almacen2024", "inventario1",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (strcmp(code_of(rows[i], ""), "password_common") != 0)
			fail_msg("%s: %s", rows[i], code_of(rows[i], ""));
	assert_true(password_words_are_sorted());
}

/* One letter that is in no word, or one word more, and nobody guesses it. */
static void
test_not_common(void **state)
{
	static const char *const rows[] = {
		"perro gato luna",
		"caballo-verde-lunes",
		"martillo zurdo",
		"password\xd1\x8f\xd0\xb6\xd1\x8b",
		"maria47291064835",
		"tres tristes tigres",
		"elvxqpassword",
		"qz8-password-kw3",
		"7h3-rw9k-b2xm",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(code_of(rows[i], ""), "");
}

static void
test_length(void **state)
{
	const char *longest = repeated(*state, "vela trueno 77 ",
	    PASSWORD_BYTES_MAX);
	const char *longer = repeated(*state, "vela trueno 77 ",
	    PASSWORD_BYTES_MAX + 1);
	struct err err = ERR_INIT;
	const char *hash;

	assert_string_equal(code_of(longest, ""), "");
	assert_string_equal(code_of(longer, ""), "password_long");
	assert_int_equal(password_hash(*state, longest, &hash, &err), 0);
	assert_true(password_matches(hash, longest));
	assert_false(password_matches(hash, longer));
	assert_int_equal(password_hash(*state, longer, &hash, &err), -1);
	assert_string_equal(err.code, "password_long");
}

static void
test_hash(void **state)
{
	const char *first, *second;
	struct err err = ERR_INIT;

	assert_int_equal(
	    password_hash(*state, "vela-trueno-77", &first, &err), 0);
	assert_int_equal(
	    password_hash(*state, "vela-trueno-77", &second, &err), 0);
	assert_string_not_equal(first, second);
	assert_memory_equal(first, "$y$", 3);
	assert_true(password_matches(first, "vela-trueno-77"));
	assert_true(password_matches(second, "vela-trueno-77"));
	assert_false(password_matches(first, "vela-trueno-78"));
	assert_false(password_matches(first, "Vela-trueno-77"));
	assert_false(password_matches(first, ""));
	assert_false(password_is_outdated(first));
}

/* bcrypt reads 72 bytes and forgets the rest. */
static void
test_nothing_is_cut(void **state)
{
	static const size_t lengths[] = { 8, 16, 64, 72, 128, 255, 256, 399 };
	const char *hash, *shorter, *longer;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < ARRAY_COUNT(lengths); i++) {
		shorter = repeated(*state, "abcdefghi", lengths[i]);
		longer = repeated(*state, "abcdefghi", lengths[i] + 1);
		assert_int_equal(password_hash(*state, longer, &hash, &err),
		    0);
		assert_true(password_matches(hash, longer));
		assert_false(password_matches(hash, shorter));
	}
}

/* A hash that libcrypt's manual for crypt(5) would call weaker. */
#define CHEAP "$y$j75$saltsaltsaltsalt$"

static void
test_outdated(void **state)
{
	static const char *const rows[] = { "", "x", "$", "$$", "$y$",
		"$y$j8T$salt$hash", "$y$j9TT$salt$hash", CHEAP,
		"$2b$12$abcdefghijklmnopqrstuu", "$6$salt$hash",
		"$1$salt$hash", "abJnggxhB/yWI" };
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_true(password_is_outdated(rows[i]));
}

/*
 * What is no hash matches nothing, and takes a time of the same order: half of
 * the least of three tries is far from what doing nothing takes.
 */
static int64_t
least_us(const char *hash, const char *password)
{
	int64_t least = INT64_MAX, begin, took;

	for (int i = 0; i < 3; i++) {
		begin = clock_monotonic_us();
		assert_false(password_matches(hash, password));
		took = clock_monotonic_us() - begin;
		if (took < least)
			least = took;
	}
	return least;
}

static void
test_same_work(void **state)
{
	static const char *const rows[] = { "", "*", "*0", "!", "x",
		"plain text", "$y$", "$y$j9T$", "$y$j9T$salt",
		"$2b$12$abcdefghijklmnopqrstuu", "$1$salt$hash",
		"abJnggxhB/yWI" };
	const char *hash, *longer = repeated(*state, "abc", LONG_MAX_BYTES);
	struct err err = ERR_INIT;
	int64_t usual_us;

	assert_int_equal(
	    password_hash(*state, "vela-trueno-77", &hash, &err), 0);
	usual_us = least_us(hash, "vela-trueno-78");
	assert_true(usual_us > 1000);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (least_us(rows[i], "vela-trueno-77") < usual_us / 2)
			fail_msg("%s: too fast", rows[i]);
	assert_true(least_us(hash, longer) > usual_us / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_common),
		cmocka_unit_test(test_not_common),
		POOL_TEST(test_length),
		POOL_TEST(test_hash),
		POOL_TEST(test_nothing_is_cut),
		cmocka_unit_test(test_outdated),
		POOL_TEST(test_same_work),
	};

	return cmocka_run_group_tests_name("codec/password", tests, NULL, NULL);
}
