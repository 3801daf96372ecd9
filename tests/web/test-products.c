/*
 * The product pages in memory: rows E1 to E10 and decisions 5 to 9.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include "webtest.h"

#define COUNT_PRODUCTS "SELECT count(*) FROM products"
#define COUNT_FILES "SELECT count(*) FROM files WHERE state = 'live'"
#define COUNT_PENDING "SELECT count(*) FROM files WHERE state = 'pending'"

static const char *const no_settings[] = { NULL };

static int
setup(void **state)
{
	static struct webtest test;

	webtest_open(&test, no_settings);
	*state = &test;
	return 0;
}

static int
teardown(void **state)
{
	webtest_close(*state);
	return 0;
}

/* A product form with these values; image NULL: no file chosen. */
static struct slice
product_form(struct webtest *test, const char *name, const char *sku,
    const struct webtest_part *image, const char *image_ref)
{
	struct webtest_part parts[8];
	size_t n = 0;

	if (image != NULL)
		parts[n++] = *image;
	parts[n++] = (struct webtest_part){ "name", .data = slice_str(name) };
	parts[n++] = (struct webtest_part){ "sku", .data = slice_str(sku) };
	parts[n++] = (struct webtest_part){ "uom_id", .data = slice_str("1") };
	parts[n++] = (struct webtest_part){ "sale_price",
		.data = slice_str("12.50") };
	if (image_ref != NULL)
		parts[n++] = (struct webtest_part){ "image_ref",
			.data = slice_str(image_ref) };
	return webtest_form(test, parts, n);
}

static struct answer
create(struct webtest *test, const char *name, const char *sku,
    const struct webtest_part *image)
{
	return webtest_post(test, "/products/new", WEBTEST_FORM,
	    product_form(test, name, sku, image, NULL));
}

static struct webtest_part
png_part(struct webtest *test, unsigned seed)
{
	return (struct webtest_part){ "image", "martillo.png", "image/png",
		webtest_png(test, seed) };
}

/* Follow a 302 with the flash cookie it set. */
static struct answer
follow(struct webtest *test, const struct answer *answer)
{
	const char *location = webtest_header(test, answer, "Location");
	const char *cookie = webtest_header(test, answer, "Set-Cookie");
	struct answer page;

	assert_non_null(location);
	assert_non_null(cookie);
	webtest_set(test, "HTTP_COOKIE",
	    slice_dup(test->pool,
		slice_make(cookie, slice_find(slice_str(cookie), ';'))));
	page = webtest_get(test, location);
	webtest_unset_all(test);
	return page;
}

static void
test_create_e3(void **state)
{
	struct webtest *test = *state;
	struct webtest_part image = png_part(test, 1);
	struct answer answer = create(test, "Martillo", "M-1", &image);
	const char *url;

	assert_int_equal(answer.status, 302);
	answer = follow(test, &answer);
	assert_int_equal(answer.status, 200);
	assert_non_null(strstr(answer.body, "Producto creado exitosamente"));
	assert_int_equal(webtest_count(test, COUNT_PRODUCTS), 1);
	assert_int_equal(webtest_count(test, COUNT_FILES), 1);
	assert_int_equal(webtest_objects(test), 1);
	url = webtest_between(test, &answer, "src=\"http://shop.test", "\"");
	assert_non_null(url);
	assert_non_null(strstr(url, "/store/products/tenant_1/"));
	answer = webtest_get(test, url);
	assert_int_equal(answer.status, 200);
	assert_int_equal(answer.body_len, image.data.len);
	assert_memory_equal(answer.body, image.data.data, image.data.len);
	assert_string_equal(webtest_header(test, &answer, "Content-Type"),
	    "image/png");
	assert_string_equal(webtest_header(test, &answer,
				"X-Content-Type-Options"),
	    "nosniff");
}

static void
test_create_without_image_e7(void **state)
{
	struct webtest *test = *state;
	struct answer answer = create(test, "Clavo", "C-1", NULL);

	assert_int_equal(answer.status, 302);
	webtest_set(test, "HTTP_ACCEPT", "application/json");
	answer = webtest_get(test,
	    webtest_header(test, &answer, "Location"));
	assert_int_equal(answer.status, 200);
	assert_string_equal(webtest_header(test, &answer, "Content-Type"),
	    "application/json");
	assert_null(strstr(answer.body, "image_path"));
	assert_non_null(strstr(answer.body, "\"sale_price\":\"12.50\""));
}

/* A refused picture: the form again, nothing stored. */
static void
assert_refused(struct webtest *test, const struct webtest_part *image,
    const char *flash)
{
	int64_t products = webtest_count(test, COUNT_PRODUCTS);
	struct answer answer = create(test, "Sierra <fina>", "S-1", image);

	assert_int_equal(answer.status, 200);
	if (strstr(answer.body, flash) == NULL)
		fail_msg("no \"%s\" in: %s", flash, answer.body);
	assert_non_null(strstr(answer.body, "value=\"Sierra &lt;fina&gt;\""));
	assert_non_null(strstr(answer.body, "value=\"S-1\""));
	assert_non_null(strstr(answer.body, "value=\"12.50\""));
	assert_int_equal(webtest_count(test, COUNT_PRODUCTS), products);
	assert_int_equal(webtest_count(test, "SELECT count(*) FROM files"), 0);
	assert_int_equal(webtest_objects(test), 0);
}

static void
test_too_large_e4(void **state)
{
	struct webtest *test = *state;
	size_t len = 3 * 1024 * 1024;
	struct webtest_part image = { "image", "big.jpg", "image/jpeg",
		slice_make(pool_alloc(test->pool, len), len) };

	assert_refused(test, &image,
	    "El archivo es demasiado grande. Máximo 2.0MB");
}

static void
test_wrong_type_e5(void **state)
{
	struct webtest *test = *state;
	struct webtest_part image = { "image", "doc.pdf", "application/pdf",
		slice_str("%PDF-1.4\n") };

	assert_refused(test, &image,
	    "Tipo de archivo no permitido: application/pdf");
	image = (struct webtest_part){ "image", "a.png", "image/png",
		slice_str("<html><script>alert(1)</script></html>") };
	assert_refused(test, &image,
	    "Tipo de archivo no permitido: text/html");
	image = png_part(test, 1);
	image.data.len -= 3;
	assert_refused(test, &image, "está dañado");
}

static void
run_sql(struct webtest *test, const char *text)
{
	struct err err = ERR_INIT;

	if (sql_exec(test->app.backend.db, text, NULL, 0, NULL, &err) == -1)
		fail_msg("%s: %s", text, err.text);
}

/* Beyond the quota: said beside the field, in words, and all else is kept. */
static void
test_no_room(void **state)
{
	static const struct {
		const char *limit, *language, *text;
	} cases[] = {
		{ "quota_bytes = 10", "es",
		    "No queda espacio suficiente para este archivo" },
		{ "quota_bytes = 10", "en",
		    "There is not enough space left for this file" },
		{ "quota_objects = 1, used_objects = 1", "es",
		    "Se alcanzó el número máximo de archivos" },
		{ "quota_objects = 1, used_objects = 1", "en",
		    "There are as many files as there may be" },
	};
	struct webtest *test = *state;
	struct webtest_part image = png_part(test, 1);

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		run_sql(test, "UPDATE tenants SET quota_bytes = 0,"
			      " quota_objects = 0, used_objects = 0");
		run_sql(test, pool_format(test->pool, "UPDATE tenants SET %s",
				  cases[i].limit));
		webtest_set(test, "HTTP_ACCEPT_LANGUAGE", cases[i].language);
		assert_refused(test, &image, cases[i].text);
		webtest_unset_all(test);
	}
	/* Without an image there is nothing to find room for. */
	assert_int_equal(create(test, "Clavo", "C-1", NULL).status, 302);
	run_sql(test, "UPDATE tenants SET quota_objects = 0,"
		      " used_objects = 0");
	assert_int_equal(create(test, "Sierra", "S-1", &image).status, 302);
	assert_int_equal(webtest_count(test,
			     "SELECT used_objects FROM tenants"),
	    1);
}

static void
test_edit_replaces_image_e6(void **state)
{
	struct webtest *test = *state;
	struct webtest_part image = png_part(test, 1);
	struct answer answer = create(test, "Martillo", "M-1", &image);
	const char *page = webtest_header(test, &answer, "Location");
	const char *edit = pool_format(test->pool, "%s/edit", page);

	assert_int_equal(webtest_objects(test), 1);
	answer = webtest_post(test, edit, WEBTEST_FORM,
	    product_form(test, "Martillo 2", "M-1", NULL, NULL));
	assert_int_equal(answer.status, 302);
	assert_int_equal(webtest_objects(test), 1);
	image = png_part(test, 2);
	answer = webtest_post(test, edit, WEBTEST_FORM,
	    product_form(test, "Martillo 3", "M-1", &image, NULL));
	assert_int_equal(answer.status, 302);
	assert_int_equal(webtest_count(test, COUNT_FILES), 1);
	assert_int_equal(webtest_objects(test), 1);
	assert_int_equal(webtest_count(test, "SELECT count(*) FROM outbox"), 0);
	answer = webtest_get(test, page);
	answer = webtest_get(test,
	    webtest_between(test, &answer, "src=\"http://shop.test", "\""));
	assert_memory_equal(answer.body, image.data.data, image.data.len);
}

static void
test_delete_e8(void **state)
{
	struct webtest *test = *state;
	struct webtest_part image = png_part(test, 1);
	struct answer answer = create(test, "Martillo", "M-1", &image);
	const char *page = webtest_header(test, &answer, "Location");

	answer = webtest_post(test, pool_format(test->pool, "%s/delete", page),
	    "application/x-www-form-urlencoded", slice_str(""));
	assert_int_equal(answer.status, 302);
	assert_int_equal(webtest_count(test, COUNT_PRODUCTS), 0);
	assert_int_equal(webtest_objects(test), 0);
	assert_int_equal(webtest_get(test, page).status, 404);
}

static void
test_accepted_image_survives(void **state)
{
	struct webtest *test = *state;
	struct webtest_part image = png_part(test, 1);
	struct answer answer = create(test, "", "M-1", &image);
	const char *ref;

	assert_int_equal(answer.status, 200);
	assert_int_equal(webtest_count(test, COUNT_PENDING), 1);
	ref = webtest_between(test, &answer, "name=\"image_ref\" value=\"",
	    "\"");
	assert_non_null(ref);
	/* A forged reference is no reference. */
	answer = webtest_post(test, "/products/new", WEBTEST_FORM,
	    product_form(test, "", "M-1", NULL,
		pool_format(test->pool, "%sx", ref)));
	assert_int_equal(answer.status, 200);
	assert_null(strstr(answer.body, "name=\"image_ref\""));
	answer = webtest_post(test, "/products/new", WEBTEST_FORM,
	    product_form(test, "Martillo", "M-1", NULL, ref));
	assert_int_equal(answer.status, 302);
	assert_int_equal(webtest_count(test, COUNT_FILES), 1);
	assert_int_equal(webtest_count(test, COUNT_PENDING), 0);
	answer = follow(test, &answer);
	assert_non_null(strstr(answer.body, "/store/products/tenant_1/"));
	/* It serves one product only. */
	answer = webtest_post(test, "/products/new", WEBTEST_FORM,
	    product_form(test, "Otro", "M-2", NULL, ref));
	assert_int_equal(answer.status, 200);
	assert_int_equal(webtest_count(test, COUNT_FILES), 1);
}

static void
test_newer_image_replaces_waiting_one(void **state)
{
	struct webtest *test = *state;
	struct webtest_part image = png_part(test, 1);
	struct answer answer = create(test, "", "M-1", &image);
	const char *ref = webtest_between(test, &answer,
	    "name=\"image_ref\" value=\"", "\"");

	image = png_part(test, 2);
	answer = webtest_post(test, "/products/new", WEBTEST_FORM,
	    product_form(test, "Martillo", "M-1", &image, ref));
	assert_int_equal(answer.status, 302);
	assert_int_equal(webtest_objects(test), 1);
	assert_int_equal(webtest_count(test, COUNT_FILES), 1);
}

static void
test_sku_is_unique_e2(void **state)
{
	struct webtest *test = *state;
	struct answer answer = create(test, "Uno", "M-1", NULL);

	assert_int_equal(answer.status, 302);
	answer = create(test, "Dos", "M-1", NULL);
	assert_int_equal(answer.status, 200);
	assert_non_null(strstr(answer.body, "value=\"Dos\""));
	assert_int_equal(webtest_count(test, COUNT_PRODUCTS), 1);
}

static void
test_cut_at_every_offset(void **state)
{
	struct webtest *test = *state;
	struct webtest_part image = png_part(test, 1);
	struct slice form = product_form(test, "Martillo", "M-1", &image, NULL);
	struct answer answer;

	for (size_t cut = 0; cut < form.len; cut++) {
		test->cut_at = cut;
		answer = webtest_post(test, "/products/new", WEBTEST_FORM,
		    form);
		assert_in_range(answer.status, 400, 499);
	}
	test->cut_at = SIZE_MAX;
	assert_int_equal(webtest_count(test, COUNT_PRODUCTS), 0);
	assert_int_equal(webtest_count(test, "SELECT count(*) FROM files"), 0);
	assert_int_equal(webtest_objects(test), 0);
	test->step_bytes = 1;
	answer = webtest_post(test, "/products/new", WEBTEST_FORM, form);
	assert_int_equal(answer.status, 302);
}

static void
test_languages_e10(void **state)
{
	struct webtest *test = *state;
	static const struct {
		const char *accept;
		const char *lang;
	} rows[] = {
		{ NULL, "es" },
		{ "en", "en" },
		{ "es-MX,en;q=0.5", "es" },
		{ "fr,en;q=0.2,es;q=0.9", "es" },
		{ "de", "es" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct answer answer;

		if (rows[i].accept != NULL)
			webtest_set(test, "HTTP_ACCEPT_LANGUAGE",
			    rows[i].accept);
		answer = webtest_get(test, "/products/new");
		webtest_unset_all(test);
		assert_int_equal(answer.status, 200);
		assert_string_equal(webtest_header(test, &answer,
					"Content-Language"),
		    rows[i].lang);
		assert_non_null(strstr(answer.body,
		    rows[i].lang[1] == 's' ? "Nuevo producto" : "New product"));
	}
}

static void
test_csrf_decision_8(void **state)
{
	struct webtest *test = *state;
	struct slice form = product_form(test, "Uno", "M-1", NULL, NULL);
	struct answer answer = webtest_get(test, "/products/new");
	const char *cookie = webtest_header(test, &answer, "Set-Cookie");
	const char *token =
	    webtest_between(test, &answer, "name=\"csrf\" value=\"", "\"");
	struct webtest_part parts[] = {
		{ "name", .data = slice_str("Uno") },
		{ "sku", .data = slice_str("M-2") },
		{ "uom_id", .data = slice_str("1") },
		{ "sale_price", .data = slice_str("1") },
		{ "csrf", .data = slice_str(token) },
	};

	assert_non_null(cookie);
	assert_non_null(token);
	webtest_set(test, "HTTP_SEC_FETCH_SITE", "cross-site");
	answer = webtest_post(test, "/products/new", WEBTEST_FORM, form);
	assert_int_equal(answer.status, 403);
	webtest_unset_all(test);
	webtest_set(test, "HTTP_ORIGIN", "https://evil.test");
	answer = webtest_post(test, "/products/new", WEBTEST_FORM, form);
	assert_int_equal(answer.status, 403);
	webtest_unset_all(test);
	webtest_set(test, "HTTP_ORIGIN", "null");
	answer = webtest_post(test, "/products/new", WEBTEST_FORM, form);
	assert_int_equal(answer.status, 403);
	webtest_unset_all(test);
	webtest_set(test, "HTTP_COOKIE",
	    slice_dup(test->pool,
		slice_make(cookie, slice_find(slice_str(cookie), ';'))));
	answer = webtest_post(test, "/products/new", WEBTEST_FORM, form);
	assert_int_equal(answer.status, 403);
	assert_int_equal(webtest_count(test, COUNT_PRODUCTS), 0);
	answer = webtest_post(test, "/products/new", WEBTEST_FORM,
	    webtest_form(test, parts, ARRAY_COUNT(parts)));
	assert_int_equal(answer.status, 302);
	webtest_set(test, "HTTP_ORIGIN", "http://shop.test");
	answer = webtest_post(test, "/products/new", WEBTEST_FORM, form);
	assert_int_equal(answer.status, 302);
}

static void
test_a_refused_post_stores_no_image(void **state)
{
	struct webtest *test = *state;
	struct webtest_part image = png_part(test, 1);
	struct answer answer;

	webtest_set(test, "HTTP_COOKIE",
	    "almacen_session=00000000000000000000000000000000");
	answer = create(test, "Martillo", "M-1", &image);
	assert_int_equal(answer.status, 403);
	assert_int_equal(webtest_count(test, "SELECT count(*) FROM files"), 0);
	assert_int_equal(webtest_objects(test), 0);
}

static void
test_methods_and_paths(void **state)
{
	struct webtest *test = *state;
	struct answer answer =
	    webtest_send(test, "DELETE", "/products", "", slice_str(""));

	assert_int_equal(answer.status, 405);
	assert_non_null(strstr(webtest_header(test, &answer, "Allow"), "GET"));
	answer = webtest_send(test, "OPTIONS", "/products/new", "",
	    slice_str(""));
	assert_int_equal(answer.status, 204);
	assert_non_null(strstr(webtest_header(test, &answer, "Allow"), "POST"));
	answer = webtest_send(test, "HEAD", "/products", "", slice_str(""));
	assert_int_equal(answer.status, 200);
	assert_int_equal(answer.body_len, 0);
	assert_int_equal(webtest_get(test, "/nothing").status, 404);
	assert_int_equal(webtest_get(test, "/products/99").status, 404);
	assert_int_equal(webtest_get(test, "/products/x").status, 404);
	assert_int_equal(webtest_get(test, "/store/../almacen.db").status, 400);
	assert_int_equal(webtest_get(test, "/store/private/x").status, 403);
	assert_int_equal(
	    webtest_get(test, "/store/products/%2e%2e/%2e%2e/x").status, 400);
	assert_int_equal(
	    webtest_get(test, "/store/products%2f..%2f..%2fx").status, 400);
	assert_int_equal(webtest_get(test, "/static/../x").status, 400);
}

static void
test_security_headers(void **state)
{
	struct webtest *test = *state;
	struct answer answer = webtest_get(test, "/products");
	const char *policy =
	    webtest_header(test, &answer, "Content-Security-Policy");

	assert_non_null(policy);
	assert_null(strstr(policy, "unsafe"));
	assert_non_null(strstr(policy, "frame-ancestors 'none'"));
	assert_string_equal(webtest_header(test, &answer,
				"X-Content-Type-Options"),
	    "nosniff");
	assert_non_null(webtest_header(test, &answer, "Referrer-Policy"));
	assert_non_null(webtest_header(test, &answer, "X-Request-Id"));
}

static void
test_mounted_below_a_prefix(void **state)
{
	struct webtest *test = *state;
	struct answer answer;

	webtest_set(test, "SCRIPT_NAME", "/tienda");
	answer = webtest_post(test, "/tienda/products/new", WEBTEST_FORM,
	    product_form(test, "Uno", "M-1", NULL, NULL));
	assert_int_equal(answer.status, 302);
	assert_int_equal(strncmp(webtest_header(test, &answer, "Location"),
			     "/tienda/products/", 17),
	    0);
	answer = webtest_get(test, "/tienda/products");
	assert_non_null(strstr(answer.body, "href=\"/tienda/products/new\""));
	assert_non_null(strstr(answer.body, "href=\"/tienda/static/"));
}

static void
test_search_and_pages(void **state)
{
	struct webtest *test = *state;
	struct answer answer;

	for (int i = 0; i < 25; i++) {
		answer = create(test, i == 7 ? "Taladro 100%" : "Tornillo",
		    pool_format(test->pool, "T-%02d", i), NULL);
		assert_int_equal(answer.status, 302);
	}
	webtest_set(test, "HTTP_ACCEPT", "application/json");
	answer = webtest_get(test, "/products?q=100%25");
	assert_non_null(strstr(answer.body, "\"total\":1,"));
	answer = webtest_get(test, "/products?q=tala");
	assert_non_null(strstr(answer.body, "\"total\":1,"));
	answer = webtest_get(test, "/products?q=_");
	assert_non_null(strstr(answer.body, "\"total\":0,"));
	answer = webtest_get(test, "/products?page=2");
	assert_non_null(strstr(answer.body, "\"page\":2,\"pages\":2"));
	assert_null(strstr(answer.body, "next_url"));
	assert_non_null(strstr(answer.body, "prev_url"));
}

static void
test_not_loopback(void **state)
{
	struct webtest *test = *state;
	struct answer answer;

	webtest_set(test, "REMOTE_ADDR", "192.0.2.7");
	answer = webtest_get(test, "/products");
	assert_int_equal(answer.status, 403);
	/* Style and public pictures are for everybody. */
	answer = webtest_get(test, "/static/almacen.css");
	assert_int_equal(answer.status, 200);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_create_e3),
		CASE(test_create_without_image_e7),
		CASE(test_too_large_e4),
		CASE(test_wrong_type_e5),
		CASE(test_no_room),
		CASE(test_edit_replaces_image_e6),
		CASE(test_delete_e8),
		CASE(test_accepted_image_survives),
		CASE(test_newer_image_replaces_waiting_one),
		CASE(test_sku_is_unique_e2),
		CASE(test_cut_at_every_offset),
		CASE(test_languages_e10),
		CASE(test_csrf_decision_8),
		CASE(test_a_refused_post_stores_no_image),
		CASE(test_methods_and_paths),
		CASE(test_security_headers),
		CASE(test_mounted_below_a_prefix),
		CASE(test_search_and_pages),
		CASE(test_not_loopback),
	};

	return cmocka_run_group_tests_name("web/products", tests, NULL, NULL);
}
