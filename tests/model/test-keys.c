/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "model/keys.h"
#include "modeltest.h"

#define UUID "########-####-4###-####-############"
#define TIME "20261122143800"

static struct file
file_of(int64_t tenant_id)
{
	return (struct file){ .tenant_id = tenant_id,
		.owner = "ana",
		.kind = FILE_VIDEO,
		.athlete_id = "",
		.created_secs = MODELTEST_NOW_SECS };
}

static const char *
make(struct modeltest *test, enum keys_layout layout, const struct file *file,
    struct err *err)
{
	const struct keys_wanted wanted = { .layout = layout,
		.file = file,
		.name = "../Árbol 1.MP4",
		.extension = "mp4" };
	const char *key;

	return keys_make(test->pool, test->store, &wanted, &key, err) == -1 ?
	    NULL : key;
}

static int
setup(void **state)
{
	struct modeltest *test;

	assert_int_equal(modeltest_setup((void **)&test), 0);
	store_init(test->store, test->pool, test->store->driver, "uploads",
	    "products/ general/");
	*state = test;
	return 0;
}

/* "#" in the pattern is any one character. */
static bool
is_like(const char *text, const char *pattern)
{
	for (; *pattern != '\0' && *text != '\0'; text++, pattern++)
		if (*pattern != '#' && *pattern != *text)
			return false;
	return *pattern == *text;
}

/* A9, and with the segment of another tenant. */
static void
test_layouts(void **state)
{
	static const struct {
		enum keys_layout layout;
		const char *first, *other;
	} cases[] = {
		{ KEYS_PRODUCT, "products/tenant_1/" TIME "_Arbol_1.MP4",
		    "products/tenant_7/" TIME "_Arbol_1.MP4" },
		{ KEYS_GENERAL, "uploads/" UUID ".mp4",
		    "uploads/tenant_7/" UUID ".mp4" },
		{ KEYS_AUDIO, "audio/" UUID ".mp4",
		    "audio/tenant_7/" UUID ".mp4" },
		{ KEYS_USER, "users/ana/" UUID ".mp4",
		    "users/tenant_7/ana/" UUID ".mp4" },
		{ KEYS_AVATAR, "users/ana/avatars/" UUID ".mp4",
		    "users/tenant_7/ana/avatars/" UUID ".mp4" },
		{ KEYS_FILE, "users/ana/video/" UUID,
		    "users/tenant_7/ana/video/" UUID },
		{ KEYS_FORM, "users/ana/video/" UUID,
		    "users/tenant_7/ana/video/" UUID },
		{ KEYS_TEMP, "temp/ana/2026-11-22T14:38:00Z/video/" UUID,
		    "temp/tenant_7/ana/2026-11-22T14:38:00Z/video/" UUID },
		{ KEYS_TEMP_NAMED,
		    "temp/ana/2026-11-22T14:38:00Z/video/Arbol_1.MP4",
		    "temp/tenant_7/ana/2026-11-22T14:38:00Z/video/"
		    "Arbol_1.MP4" },
	};
	struct modeltest *test = *state;
	const struct file first = file_of(1), other = file_of(7);
	struct err err = ERR_INIT;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const char *one = make(test, cases[i].layout, &first, &err);
		const char *two = make(test, cases[i].layout, &other, &err);

		assert_non_null(one);
		assert_non_null(two);
		if (!is_like(one, cases[i].first))
			fail_msg("%s", one);
		if (!is_like(two, cases[i].other))
			fail_msg("%s", two);
		if (!keys_is_own(one) || !keys_is_own(two))
			fail_msg("not ours: %s or %s", one, two);
	}
}

static void
test_file_layouts(void **state)
{
	struct modeltest *test = *state;
	struct file file = file_of(1);
	struct err err = ERR_INIT;
	const char *key;

	file.is_public = true;
	key = make(test, KEYS_FILE, &file, &err);
	assert_true(is_like(key, "general/2026/11/" UUID ".mp4"));
	file.tenant_id = 7;
	key = make(test, KEYS_FILE, &file, &err);
	assert_true(is_like(key, "general/tenant_7/2026/11/" UUID ".mp4"));
	assert_true(keys_is_own(key));
	file.is_public = false;
	file.athlete_id = "a-1";
	key = make(test, KEYS_FILE, &file, &err);
	assert_true(
	    is_like(key, "athletes/tenant_7/a-1/2026/11/" UUID ".mp4"));
	assert_true(keys_is_own(key));
	/* What came by a page of the shop has no owner. */
	file = file_of(1);
	file.owner = "";
	key = make(test, KEYS_FILE, &file, &err);
	assert_true(is_like(key, "uploads/" UUID ".mp4"));
}

static void
test_visibility(void **state)
{
	struct modeltest *test = *state;
	struct file file = file_of(1);
	struct err err = ERR_INIT;

	file.is_public = true;
	assert_null(make(test, KEYS_GENERAL, &file, &err));
	assert_string_equal(err.code, "no_public_prefix");
	assert_null(make(test, KEYS_AVATAR, &file, &err));
	file.athlete_id = "a-1";
	assert_null(make(test, KEYS_FILE, &file, &err));
	/* A copy becomes public, what arrives is not. */
	assert_non_null(make(test, KEYS_TEMP, &file, &err));
	assert_non_null(make(test, KEYS_FORM, &file, &err));
	file.is_public = false;
	assert_non_null(make(test, KEYS_PRODUCT, &file, &err));
}

static void
test_suffix(void **state)
{
	struct modeltest *test = *state;
	const struct file file = file_of(1);
	struct keys_wanted wanted = { .layout = KEYS_PRODUCT,
		.file = &file,
		.name = "a.tar.gz",
		.is_again = true };
	struct err err = ERR_INIT;
	const char *key;

	assert_int_equal(
	    keys_make(test->pool, test->store, &wanted, &key, &err), 0);
	assert_true(is_like(key, "products/tenant_1/" TIME
				 "_a.tar_########.gz"));
	wanted.name = "";
	assert_int_equal(
	    keys_make(test->pool, test->store, &wanted, &key, &err), 0);
	assert_true(is_like(key, "products/tenant_1/" TIME
				 "_file_########"));
}

static void
test_athletes(void **state)
{
	static const struct {
		const char *id;
		bool is_good;
	} cases[] = {
		{ "", true },
		{ "a-1_B", true },
		{ "tenan_1", true },
		{ "tenant", true },
		{ "tenant_", false },
		{ "tenant_2", false },
		{ "..", false },
		{ "a/b", false },
		{ "ñ", false },
		{ "a b", false },
	};
	char id[KEYS_ATHLETE_MAX + 2];
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		assert_int_equal(keys_check_athlete(cases[i].id, &err),
		    cases[i].is_good ? 0 : -1);
	assert_string_equal(err.code, "bad_athlete_id");
	memset(id, 'a', sizeof(id));
	id[KEYS_ATHLETE_MAX] = '\0';
	assert_int_equal(keys_check_athlete(id, &err), 0);
	id[KEYS_ATHLETE_MAX] = 'a';
	id[KEYS_ATHLETE_MAX + 1] = '\0';
	assert_int_equal(keys_check_athlete(id, &err), -1);
}

#define SOME_UUID "1b4e28ba-2fa1-41d2-883f-0016d3cca427"

static void
test_own_keys(void **state)
{
	static const struct {
		const char *key;
		bool is_own;
	} rows[] = {
		{ "products/tenant_1/20261122143800_martillo.png", true },
		{ "products/tenant_12/20261122143800_a_0badcafe.png", true },
		{ "products/tenant_1/logo.png", false },
		{ "products/tenant_1/20261122143800_a/b.png", false },
		{ "products/20261122143800_martillo.png", false },
		{ "uploads/" SOME_UUID ".pdf", true },
		{ "uploads/report.pdf", false },
		{ "uploads/a/" SOME_UUID ".pdf", false },
		{ "uploads/tenant_7/" SOME_UUID ".pdf", true },
		{ "uploads/tenant_/" SOME_UUID ".pdf", false },
		{ "uploads/tenant_7x/" SOME_UUID ".pdf", false },
		{ "audio/" SOME_UUID ".mp3", true },
		{ "audio/song.mp3", false },
		{ "athletes/a1/2026/11/" SOME_UUID ".mp4", true },
		{ "athletes/tenant_7/a1/2026/11/" SOME_UUID ".mp4", true },
		{ "athletes/a1/photo.jpg", false },
		{ "general/2026/11/" SOME_UUID ".pdf", true },
		{ "general/terms.pdf", false },
		{ "users/7/image/" SOME_UUID, true },
		{ "users/7/" SOME_UUID ".png", true },
		{ "users/7/avatars/" SOME_UUID ".png", true },
		{ "users/tenant_7/7/avatars/" SOME_UUID ".png", true },
		{ "users/7/avatar.png", false },
		{ "users/7/avatars/me.png", false },
		{ "users/7/image/1b4e28ba-2fa1-41d2-883f-0016d3cca42X",
		    false },
		{ "temp/7/2026-11-22T14:38:00Z/image/martillo.png", true },
		{ "temp/tenant_7/7/2026-11-22T14:38:00Z/image/m.png", true },
		{ "temp/7/martillo.png", false },
		{ "temp/session", false },
		{ "temp/doctor/0123456789abcdef", true },
		{ "products/doctor/0123456789abcdef", true },
		{ "", false },
		{ "tenant_7", false },
		{ "/tenant_7/", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (keys_is_own(rows[i].key) != rows[i].is_own)
			fail_msg("%s", rows[i].key);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, setup, modeltest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_layouts),
		TEST(test_file_layouts),
		TEST(test_visibility),
		TEST(test_suffix),
		TEST(test_athletes),
		cmocka_unit_test(test_own_keys),
	};

	return cmocka_run_group_tests_name("model/keys", tests, NULL, NULL);
}
