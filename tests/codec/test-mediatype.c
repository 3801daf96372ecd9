/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "codec/mediatype.h"

struct row {
	const char *text;
	const char *name; /* NULL: unknown */
};

static const char *
name_of(const struct media_type *type)
{
	return type == NULL ? "none" : type->name;
}

static void
test_find(void **state)
{
	static const struct row rows[] = {
		{ "image/jpeg", "image/jpeg" },
		{ "IMAGE/JPEG", "image/jpeg" },
		{ " image/jpg ; charset=x", "image/jpeg" },
		{ "image/pjpeg", "image/jpeg" },
		{ "image/x-png", "image/png" },
		{ "image/webp", "image/webp" },
		{ "image/gif", "image/gif" },
		{ "", "none" },
		{ "image", "none" },
		{ "image/", "none" },
		{ "image/jpg image/pjpeg", "none" },
		{ "image/jpegx", "none" },
		{ "image/svg+xml", "none" },
		{ "video/mov", "video/quicktime" },
		{ "video/avi", "video/x-msvideo" },
		{ "video/x-ms-wmv", "video/x-ms-wmv" },
		{ "audio/mp3", "audio/mpeg" },
		{ "text/html", "none" },
		{ ";image/png", "none" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(
		    name_of(media_type_find(slice_str(rows[i].text))),
		    rows[i].name);
}

/* A name of libmagic's stands for different types of different kinds. */
static void
test_by_content(void **state)
{
	static const struct {
		enum file_kind kind;
		const char *content, *name;
	} rows[] = {
		{ FILE_IMAGE, "image/png", "image/png" },
		{ FILE_VIDEO, "image/png", "none" },
		{ FILE_VIDEO, "video/webm", "video/webm" },
		{ FILE_AUDIO, "video/webm", "audio/webm" },
		{ FILE_AUDIO, "video/mp4", "audio/mp4" },
		{ FILE_VIDEO, "audio/mp4", "video/mp4" },
		{ FILE_VIDEO, "video/x-ms-asf", "video/x-ms-wmv" },
		{ FILE_DOCUMENT, "application/zip", "none" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(name_of(media_type_by_content(rows[i].kind,
					slice_str(rows[i].content))),
		    rows[i].name);
}

static void
test_kinds(void **state)
{
	(void)state;
	for (int i = 0; i < FILE_KIND_COUNT; i++) {
		enum file_kind kind = FILE_KIND_COUNT;

		assert_true(file_kind_find(
		    slice_str(file_kind_name((enum file_kind)i)), &kind));
		assert_int_equal(kind, i);
	}
	assert_false(file_kind_find(slice_str("Image"), NULL));
	assert_false(file_kind_find(slice_str(""), NULL));
	assert_string_equal(name_of(media_type_by_extension(FILE_AUDIO,
				slice_str("webm"))),
	    "audio/webm");
}

static void
test_by_extension(void **state)
{
	static const struct row rows[] = {
		{ "jpg", "image/jpeg" },
		{ "JPEG", "image/jpeg" },
		{ "png", "image/png" },
		{ "webp", "image/webp" },
		{ "gif", "image/gif" },
		{ "", "none" },
		{ "jp", "none" },
		{ "jpgx", "none" },
		{ "jpg jpeg", "none" },
		{ "svg", "none" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(
		    name_of(media_type_by_extension(FILE_IMAGE,
			slice_str(rows[i].text))),
		    rows[i].name);
	assert_slice(media_type_extension(
			 media_type_find(slice_str("image/jpeg"))), "jpg");
}

static void
test_undeclared(void **state)
{
	(void)state;
	assert_true(media_type_is_undeclared(slice_str(NULL)));
	assert_true(media_type_is_undeclared(slice_str(" ; a=b")));
	assert_true(media_type_is_undeclared(
	    slice_str("Application/Octet-Stream; x")));
	assert_true(media_type_is_undeclared(slice_str("binary/octet-stream")));
	assert_false(media_type_is_undeclared(slice_str("text/plain")));
	assert_false(media_type_is_undeclared(slice_str("image/png")));
}

static void
test_list(void **state)
{
	struct slice rest = slice_str(" a,, b  c,"), word;

	(void)state;
	assert_true(media_list_next(&rest, &word));
	assert_slice(word, "a");
	assert_true(media_list_next(&rest, &word));
	assert_slice(word, "b");
	assert_true(media_list_next(&rest, &word));
	assert_slice(word, "c");
	assert_false(media_list_next(&rest, &word));
	assert_true(media_list_has("jpg, PNG", slice_str("png")));
	assert_false(media_list_has("jpg png", slice_str("pn")));
	assert_false(media_list_has("jpg png", slice_str("")));
	assert_false(media_list_has("", slice_str("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_by_content),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_by_extension),
		cmocka_unit_test(test_undeclared),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests_name("codec/mediatype", tests, NULL,
	    NULL);
}
