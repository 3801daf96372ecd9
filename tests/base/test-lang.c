/* SPDX-License-Identifier: MIT */
#include "lib/check.h"
#include "lib/tmpdir.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/attr.h"
#include "base/lang.h"

/*
 * A GNU .mo file by hand: header, table of ids, table of texts, then all
 * strings, each with its NUL.  Ids are in strcmp order; the empty one is the
 * catalogue's header.
 */
static const struct {
	const char *id, *text;
} spanish[] = {
	{ "", "Content-Type: text/plain; charset=UTF-8\n" },
	{ "File too large", "El archivo es demasiado grande" },
	{ "Save", "Guardar ñ" },
};

static void
write_number(FILE *file, size_t number)
{
	uint32_t word = (uint32_t)number;

	assert_int_equal(fwrite(&word, sizeof(word), 1, file), 1);
}

static void
write_table(FILE *file, size_t at, bool is_ids)
{
	for (size_t i = 0; i < ARRAY_COUNT(spanish); i++) {
		size_t len =
		    strlen(is_ids ? spanish[i].id : spanish[i].text);

		write_number(file, len);
		write_number(file, at);
		at += len + 1;
	}
}

static void
write_catalogue(struct pool *pool, const char *dir)
{
	size_t count = ARRAY_COUNT(spanish), ids = 28, texts = ids + 8 * count;
	size_t strings = texts + 8 * count, second = strings;
	FILE *file;

	(void)mkdir(pool_format(pool, "%s/xx", dir), 0700);
	(void)mkdir(pool_format(pool, "%s/xx/LC_MESSAGES", dir), 0700);
	file = fopen(pool_format(pool, "%s/xx/LC_MESSAGES/almacen-es.mo", dir),
	    "wb");
	assert_non_null(file);
	for (size_t i = 0; i < count; i++)
		second += strlen(spanish[i].id) + 1;
	write_number(file, 0x950412de);
	write_number(file, 0);
	write_number(file, count);
	write_number(file, ids);
	write_number(file, texts);
	write_number(file, 0); /* no hash table */
	write_number(file, strings);
	write_table(file, strings, true);
	write_table(file, second, false);
	for (size_t i = 0; i < count; i++)
		(void)fwrite(spanish[i].id, 1, strlen(spanish[i].id) + 1, file);
	for (size_t i = 0; i < count; i++)
		(void)fwrite(spanish[i].text, 1, strlen(spanish[i].text) + 1,
		    file);
	assert_int_equal(fclose(file), 0);
}

static void
test_no_catalogue(void **state)
{
	const char *dir = tmpdir_new(*state);
	struct err err = ERR_INIT;

	assert_int_equal(lang_init(dir, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	assert_non_null(strstr(err.text, dir));
}

/* Both languages in one process, with no setlocale() in between. */
static void
test_text(void **state)
{
	const char *dir = tmpdir_new(*state);
	struct err err = ERR_INIT;

	write_catalogue(*state, dir);
	if (lang_init(dir, &err) == -1)
		fail_msg("%s", err.text);
	for (int i = 0; i < 2; i++) {
		assert_string_equal(lang_text(LANG_ES, "Save"), "Guardar ñ");
		assert_string_equal(lang_text(LANG_EN, "Save"), "Save");
	}
	assert_string_equal(lang_text(LANG_ES, "File too large"),
	    "El archivo es demasiado grande");
	assert_string_equal(lang_text(LANG_ES, "Unheard of"), "Unheard of");
	assert_string_equal(lang_text(LANG_ES, ""), "");
}

static void
test_tags(void **state)
{
	static const struct {
		const char *tag;
		bool is_known;
		enum lang lang;
	} rows[] = { { "es", true, LANG_ES }, { "en", true, LANG_EN },
		{ "ES-mx", true, LANG_ES }, { "en-GB-oed", true, LANG_EN },
		{ "es_MX", false, LANG_ES }, { "e", false, LANG_ES },
		{ "est", false, LANG_ES }, { "", false, LANG_ES },
		{ "-es", false, LANG_ES }, { "*", false, LANG_ES } };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		enum lang lang = LANG_ES;

		assert_int_equal(lang_find(slice_str(rows[i].tag), &lang),
		    rows[i].is_known);
		assert_int_equal(lang, rows[i].lang);
	}
	assert_string_equal(lang_tag(LANG_ES), "es");
	assert_string_equal(lang_tag(LANG_EN), "en");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_no_catalogue),
		POOL_TEST(test_text),
		POOL_TEST(test_tags),
	};

	return cmocka_run_group_tests_name("base/lang", tests, NULL, NULL);
}
