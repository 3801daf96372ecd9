/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "codec/filename.h"

struct row {
	const char *name, *display, *key, *extension;
};

/* clang-format off */
static const struct row rows[] = {
	{ "martillo.jpg", "martillo.jpg", "martillo.jpg", "jpg" },
	{ "My cool movie.MOV", "My cool movie.MOV", "My_cool_movie.MOV", "mov" },
	{ "a.tar.gz", "a.tar.gz", "a.tar.gz", "gz" },
	/* Paths of every system. */
	{ "../../../etc/passwd", "passwd", "passwd", "" },
	{ "..\\..\\boot.ini", "boot.ini", "boot.ini", "ini" },
	{ "C:\\Users\\me\\foto.jpg", "foto.jpg", "foto.jpg", "jpg" },
	{ "/abs/x.png", "x.png", "x.png", "png" },
	{ "a.png/", "file", "file", "" },
	{ "..%2fx.png", "..%2fx.png", "2fx.png", "png" },
	/* Nothing left. */
	{ "", "file", "file", "" },
	{ ".", "file", "file", "" },
	{ "..", "file", "file", "" },
	{ "......", "file", "file", "" },
	{ "   ", "file", "file", "" },
	{ "\x01\x02", "file", "file", "" },
	{ "_.jpg", "_.jpg", "file.jpg", "jpg" },
	/* Dots. */
	{ ".htaccess", ".htaccess", "htaccess", "" },
	{ ".jpg", ".jpg", "jpg", "" },
	{ "a..b.jpg", "a..b.jpg", "a.b.jpg", "jpg" },
	{ "a.jpg.", "a.jpg", "a.jpg", "jpg" },
	{ " a.jpg ", "a.jpg", "a.jpg", "jpg" },
	{ "a.", "a", "a", "" },
	{ "v1.2 final", "v1.2 final", "v1.2_final", "" },
	{ "a.averyverylongextension", "a.averyverylongextension", "a.averyverylongextension", "" },
	{ "photo.jpg.php", "photo.jpg.php", "photo.jpg.php", "php" },
	/* Controls, and characters that hide or reorder. */
	{ "a\r\nSet-Cookie: x.jpg", "aSet-Cookie: x.jpg", "aSet-Cookie_x.jpg", "jpg" },
	{ "a\tb.jpg", "ab.jpg", "ab.jpg", "jpg" },
	{ "photo\xe2\x80\xaegpj.exe", "photogpj.exe", "photogpj.exe", "exe" },
	{ "a\xe2\x80\x8b.jpg", "a.jpg", "a.jpg", "jpg" },
	{ "a\xc2\x85.jpg", "a.jpg", "a.jpg", "jpg" },
	{ "<b>\"x\".jpg", "<b>\"x\".jpg", "bx.jpg", "jpg" },
	{ "a;rm -rf $HOME|`id`.jpg", "a;rm -rf $HOME|`id`.jpg", "arm_-rf_HOMEid.jpg", "jpg" },
	/* Accents: composed (NFC), decomposed (NFD), other scripts, bad UTF-8. */
	{ "Ni\xc3\xb1o \xc3\xa1\xc3\xa9\xc3\xad\xc3\xb3\xc3\xba.png", "Ni\xc3\xb1o \xc3\xa1\xc3\xa9\xc3\xad\xc3\xb3\xc3\xba.png", "Nino_aeiou.png", "png" },
	{ "Nin\xcc\x83o a\xcc\x81.png", "Nin\xcc\x83o a\xcc\x81.png", "Nino_a.png", "png" },
	{ "stra\xc3\x9f""e \xc5\x93uvre.png", "stra\xc3\x9f""e \xc5\x93uvre.png", "strasse_oeuvre.png", "png" },
	{ "Ti\xe1\xba\xbfng Vi\xe1\xbb\x87t.png", "Ti\xe1\xba\xbfng Vi\xe1\xbb\x87t.png", "Tieng_Viet.png", "png" },
	{ "\xef\xbc\xa1\xef\xbc\x8e\xef\xbc\x8f\xef\xbc\x91.png", "\xef\xbc\xa1\xef\xbc\x8e\xef\xbc\x8f\xef\xbc\x91.png", "A.1.png", "png" },
	{ "\xd1\x84\xd0\xbe\xd1\x82\xd0\xbe.jpg", "\xd1\x84\xd0\xbe\xd1\x82\xd0\xbe.jpg", "file.jpg", "jpg" },
	{ "a\xff\xc3.jpg", "a\xef\xbf\xbd\xef\xbf\xbd.jpg", "a.jpg", "jpg" },
	{ "a\xc0\xafz.jpg", "a\xef\xbf\xbd\xef\xbf\xbdz.jpg", "az.jpg", "jpg" },
	/* Devices of Windows. */
	{ "con.jpg", "con.jpg", "_con.jpg", "jpg" },
	{ "LPT1", "LPT1", "_LPT1", "" },
	{ "aux.x.png", "aux.x.png", "_aux.x.png", "png" },
	{ "com.png", "com.png", "com.png", "png" },
	{ "console.png", "console.png", "console.png", "png" },
};
/* clang-format on */

static void
test_rows(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct row *row = &rows[i];

		assert_string_equal(filename_display(pool, row->name),
		    row->display);
		assert_string_equal(filename_key(pool, row->name), row->key);
		assert_string_equal(filename_extension(pool, row->name),
		    row->extension);
	}
	pool_free(&pool);
}

/* However long the name, its extension stays, and code points stay whole. */
static void
test_long_names(void **state)
{
	static const char *const units[] = { "a", "\xc3\xb1",
		"\xe2\x82\xac", "\xf0\x9f\x93\xb7", "_", "..a", "\xff" };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(units); i++) {
		struct pool *pool = pool_new();
		char *name = pool_alloc(pool, 5000);
		const char *display, *key;

		while (strlen(name) < 4900)
			memcpy(name + strlen(name), units[i],
			    strlen(units[i]));
		memcpy(name + strlen(name), ".jpeg", 5);
		display = filename_display(pool, name);
		key = filename_key(pool, name);
		assert_in_range(strlen(display), FILENAME_BYTES_MAX - 3,
		    FILENAME_BYTES_MAX);
		assert_in_range(strlen(key), 1, FILENAME_KEY_BYTES_MAX);
		assert_true(slice_has_suffix(slice_str(display), ".jpeg"));
		assert_true(slice_has_suffix(slice_str(key), ".jpeg"));
		assert_string_equal(filename_extension(pool, name), "jpeg");
		assert_string_equal(filename_display(pool, display), display);
		assert_string_equal(filename_key(pool, key), key);
		pool_free(&pool);
	}
}

/* Whatever comes in, keys are made of these characters alone. */
static void
test_key_alphabet(void **state)
{
	static const char alphabet[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	struct pool *pool = pool_new();

	(void)state;
	for (int a = 1; a < 256; a++) {
		for (int b = 1; b < 256; b++) {
			const char name[] = { (char)a, (char)b, '\0' };
			const char *key = filename_key(pool, name);

			assert_int_equal(strspn(key, alphabet), strlen(key));
			assert_true(*key != '\0' && *key != '.');
		}
		pool_clear(pool);
	}
	pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_key_alphabet),
	};

	return cmocka_run_group_tests_name("codec/filename", tests, NULL,
	    NULL);
}
