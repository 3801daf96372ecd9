/*
 * The real templates with the views of tests/pages: NAME.json and
 * NAME-variant.json are for template NAME.
 *
 * SPDX-License-Identifier: MIT
 */
#include <dirent.h>
#include <stdlib.h>

#include "lib/check.h"

#include "base/file.h"
#include "tmpl/catalogue.h"
#include "tmpl/skeleton.h"
#include "tmpl/tmpl.h"

enum { FILE_BYTES_MAX = 64 * 1024, PAGES_MIN = 10 };

static const char *
top_path(struct pool *pool, const char *variable, const char *name)
{
	const char *top = getenv(variable);

	return pool_format(pool, "%s/%s", top == NULL ? ".." : top, name);
}

static const char *
render_page(struct pool *pool, const char *file, enum lang lang)
{
	struct slice name = slice_str(file), text;
	struct err err = ERR_INIT;
	struct tmpl_set *set;
	struct json *view;
	struct buf page;

	buf_init(&page, pool, TMPL_OUTPUT_MAX);
	name.len = slice_find(name, slice_find(name, '-') < name.len ? '-' :
								       '.');
	if (tmpl_set_load(pool, top_path(pool, "top_srcdir", "templates"),
		&set, &err) == -1 ||
	    file_read(pool,
		pool_format(pool, "%s/%s",
		    top_path(pool, "top_srcdir", "tests/pages"), file),
		FILE_BYTES_MAX, &text, &err) == -1 ||
	    json_parse(pool, text, &view, &err) == -1 ||
	    tmpl_render(set, slice_dup(pool, name), view, lang, &page, &err) ==
		-1)
		fail_msg("%s: %s", file, err.text);
	return page.data;
}

/* What the pages' Content-Security-Policy would block, and leftovers. */
static void
check_page(struct pool *pool, const char *file, const char *page)
{
	static const char *const unwanted[] = { "<script", "<style",
		"javascript:", "{{", "}}", "href=\"\"", "src=\"\"",
		"action=\"\"", "about:invalid" };
	const char *problem;
	struct buf bones;

	for (size_t i = 0; i < ARRAY_COUNT(unwanted); i++)
		if (strstr(page, unwanted[i]) != NULL)
			fail_msg("%s has %s", file, unwanted[i]);
	buf_init(&bones, pool, TMPL_OUTPUT_MAX);
	problem = skeleton(&bones, slice_str(page));
	if (problem != NULL)
		fail_msg("%s: %s", file, problem);
	if (strstr(bones.data, " style=") != NULL ||
	    strstr(bones.data, " on") != NULL)
		fail_msg("%s has inline code or style", file);
}

static void
test_pages(void **state)
{
	struct pool *pool = pool_new();
	DIR *dir = opendir(top_path(pool, "top_srcdir", "tests/pages"));
	const struct dirent *entry;
	int count = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (!slice_has_suffix(slice_str(entry->d_name), ".json"))
			continue;
		for (int lang = 0; lang < LANG_COUNT; lang++)
			check_page(pool, entry->d_name,
			    render_page(pool, entry->d_name, (enum lang)lang));
		count++;
	}
	assert_int_equal(closedir(dir), 0);
	assert_true(count >= PAGES_MIN);
	pool_free(&pool);
}

/* The texts that a customer will look for. */
static void
test_languages(void **state)
{
	struct pool *pool = pool_new();
	const char *page = render_page(pool, "product_form.json", LANG_ES);

	(void)state;
	assert_non_null(strstr(page, ">Crear producto</button>"));
	assert_non_null(strstr(page, "Una imagen de 2.0 MB como máximo."));
	page = render_page(pool, "product_form.json", LANG_EN);
	assert_non_null(strstr(page, ">Create product</button>"));
	assert_string_equal(lang_text(LANG_ES, "Product created successfully"),
	    "Producto creado exitosamente");
	assert_string_equal(
	    lang_text(LANG_ES, "The file is too large. Maximum %sMB"),
	    "El archivo es demasiado grande. Máximo %sMB");
	assert_string_equal(lang_text(LANG_ES, "File type not allowed: %s"),
	    "Tipo de archivo no permitido: %s");
	pool_free(&pool);
}

static void
test_form(void **state)
{
	struct pool *pool = pool_new();
	const char *page = render_page(pool, "product_form-errors.json",
	    LANG_ES);

	(void)state;
	assert_non_null(strstr(page, "<title>Error: Nuevo producto"));
	assert_non_null(strstr(page, "role=\"alert\""));
	assert_non_null(strstr(page, "<a href=\"#sku\">"));
	assert_non_null(strstr(page, "aria-describedby=\"sku-hint sku-error\""));
	assert_non_null(strstr(page, "name=\"image_ref\" value=\"MS4x.aW1n\""));
	assert_non_null(strstr(page, "enctype=\"multipart/form-data\""));
	page = render_page(pool, "product_form-too-large.json", LANG_ES);
	assert_non_null(strstr(page, "value=\"Martillo &quot;grande&quot;\""));
	assert_non_null(
	    strstr(page, "<option value=\"2\" selected >Kilogramo<"));
	assert_non_null(
	    strstr(page, "El archivo es demasiado grande. Máximo 2.0MB"));
	pool_free(&pool);
}

static int
bind_catalogues(void **state)
{
	(void)state;
	return catalogue_bind("locale");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_languages),
		cmocka_unit_test(test_form),
	};

	return cmocka_run_group_tests_name("tmpl/pages", tests,
	    bind_catalogues, NULL);
}
