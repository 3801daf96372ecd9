/*
 * The list of files, and the page of one.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include "pagetest.h"

static const char *const settings[] = { "S3_PUBLIC_PREFIXES=general/ products/",
	NULL };

static int
setup(void **state)
{
	static struct webtest test;

	webtest_open(&test, settings);
	*state = &test;
	return 0;
}

static int
teardown(void **state)
{
	webtest_close(*state);
	return 0;
}

/* ---- the list ---- */

static void
test_list(void **state)
{
	struct webtest *test = *state;
	struct answer answer = pagetest_look(test, "/files");
	int64_t id;

	pagetest_says(&answer, "Todavía no hay archivos");
	pagetest_says(&answer, "href=\"/files/new\"");
	id = pagetest_upload(test, "<foto>.png", 1);
	assert_int_equal(pagetest_post(test, id, "/edit",
			     "name=<foto>.png&tags=uno,dos%20tres")
			     .status,
	    302);
	answer = pagetest_look(test, "/files");
	pagetest_says(&answer, ">&lt;foto&gt;.png</a>");
	pagetest_says(&answer, "title=\"&lt;foto&gt;.png\"");
	pagetest_says(&answer, "aria-label=\"Descargar &lt;foto&gt;.png\"");
	pagetest_says(&answer,
	    "<a class=\"tag\" href=\"/files?q=dos%20tres\">");
	pagetest_silent(&answer, "rel=\"next\"");
	pagetest_silent(&answer, "badge");
	/* A private picture is not shown in passing, a public one is. */
	pagetest_says(&answer, "file-icon-image");
	pagetest_silent(&answer, "/store/");
	assert_int_equal(pagetest_post(test, id, "/edit",
			     "name=foto.png&is_public=1")
			     .status,
	    302);
	answer = pagetest_look(test, "/files");
	pagetest_says(&answer,
	    "class=\"thumb\" src=\"http://shop.test/store/general/");
	pagetest_says(&answer, ">Público</span>");
}

static void
test_list_filters(void **state)
{
	struct webtest *test = *state;
	struct answer answer;

	(void)pagetest_upload(test, "foto.png", 1);
	answer = pagetest_look(test,
	    "/files?q=%3Cnada%3E&file_type=video&athlete_id=ana-7");
	pagetest_says(&answer, "No se encontró nada");
	pagetest_says(&answer, "name=\"q\" value=\"&lt;nada&gt;\"");
	pagetest_says(&answer, "<option value=\"video\" selected >");
	pagetest_says(&answer, "name=\"athlete_id\" value=\"ana-7\"");
	answer = pagetest_look(test, "/files?q=FOTO&scope=tenant");
	pagetest_says(&answer, ">foto.png</a>");
	pagetest_says(&answer, "<option value=\"tenant\" selected >");
	pagetest_says(&answer, "href=\"/files\">Ver todos</a>");
}

static void
test_list_pages(void **state)
{
	struct webtest *test = *state;
	struct answer answer;
	const char *url;

	for (unsigned i = 0; i < 3; i++)
		(void)pagetest_upload(test,
		    pool_format(test->pool, "f%u.png", i), i);
	answer = pagetest_look(test, "/files?limit=2&q=f&scope=tenant");
	url = webtest_between(test, &answer, "rel=\"next\" href=\"", "\"");
	assert_non_null(url);
	assert_non_null(strstr(url,
	    "/files?q=f&amp;scope=tenant&amp;limit=2"
	    "&amp;cursor="));
	pagetest_silent(&answer, "Más recientes");
	url =
	    pool_format(test->pool, "/files?q=f&scope=tenant&limit=2&cursor=%s",
		strstr(url, "cursor=") + strlen("cursor="));
	answer = pagetest_look(test, url);
	pagetest_silent(&answer, "rel=\"next\"");
	pagetest_says(&answer,
	    "href=\"/files?q=f&amp;scope=tenant&amp;limit=2\">Más recientes");
	pagetest_says(&answer, ".png</a>");
}

static void
test_list_of_trash(void **state)
{
	struct webtest *test = *state;
	struct answer answer;

	webtest_set(test, "HTTP_ACCEPT", "text/html");
	answer = webtest_get(test, "/files?state=trashed");
	pagetest_leads_to(test, &answer, "/files/trash");
}

/* What was just thrown away can be taken back where one is told so. */
static void
test_undo(void **state)
{
	struct webtest *test = *state;
	int64_t id = pagetest_upload(test, "<foto>.png", 1);
	const char *list =
	    pool_format(test->pool, "/files?trashed=%lld", (long long)id);
	struct answer answer = pagetest_look(test, list);

	pagetest_silent(&answer, "Deshacer");
	assert_int_equal(pagetest_post(test, id, "/delete", "").status, 302);
	answer = pagetest_look(test, list);
	pagetest_says(&answer, "«&lt;foto&gt;.png» está en la papelera");
	pagetest_says(&answer,
	    pool_format(test->pool, "action=\"/files/%lld/restore\"",
		(long long)id));
	answer = pagetest_post(test, id, "/restore", "");
	pagetest_leads_to(test, &answer, pagetest_path(test, id));
	assert_int_equal(webtest_count(test, COUNT_LIVE), 1);
	(void)pagetest_look(test, "/files?trashed=x");
	(void)pagetest_look(test, "/files?trashed=99");
}

/* ---- one file ---- */

static void
test_show(void **state)
{
	struct webtest *test = *state;
	int64_t id = pagetest_upload(test, "foto.png", 1);
	struct answer answer = pagetest_look(test, pagetest_path(test, id));
	const char *hash;

	pagetest_says(&answer, "<h1 class=\"file-title\" title=\"foto.png\">");
	pagetest_says(&answer, "1 × 1 px");
	pagetest_says(&answer, "image/png");
	pagetest_says(&answer, ">Privado</span>");
	pagetest_says(&answer, "<dd>Usted</dd>");
	pagetest_says(&answer,
	    pool_format(test->pool, "href=\"/files/%lld/download\"",
		(long long)id));
	hash = webtest_between(test, &answer, "<code class=\"copyable\">",
	    "</code>");
	assert_non_null(hash);
	assert_int_equal(strlen(hash), 64);
	/* A signed URL for the picture, and the policy that allows it. */
	pagetest_says(&answer, "<img src=\"http://shop.test/store/users/1/");
	pagetest_says(&answer, "X-Amz-Signature=");
	assert_non_null(
	    strstr(webtest_header(test, &answer, "Content-Security-Policy"),
		"img-src 'self' http://shop.test;"));
}

static void
test_show_public(void **state)
{
	struct webtest *test = *state;
	int64_t id = pagetest_upload(test, "foto.png", 1);
	struct answer answer;

	assert_int_equal(pagetest_post(test, id, "/edit",
			     "name=foto.png&is_public=1&alt_text=Ana")
			     .status,
	    302);
	answer = pagetest_look(test, pagetest_path(test, id));
	pagetest_says(&answer, ">Público</span>");
	pagetest_says(&answer, "<a href=\"http://shop.test/store/general/");
	pagetest_says(&answer, "alt=\"Ana\"");
	pagetest_silent(&answer, "X-Amz-Signature=");
	/* Who is not its owner sees it, and no way to change it. */
	test->app.auth = AUTH_REMOTE_USER;
	webtest_set(test, "REMOTE_USER", "eva");
	answer = pagetest_look(test, pagetest_path(test, id));
	pagetest_silent(&answer, "/edit");
	pagetest_silent(&answer, "/share");
	pagetest_silent(&answer, "<dd>Usted</dd>");
}

static void
test_show_trashed(void **state)
{
	struct webtest *test = *state;
	int64_t id = pagetest_upload(test, "foto.png", 1);
	struct answer answer;

	assert_int_equal(pagetest_post(test, id, "/delete", "").status, 302);
	answer = pagetest_look(test, pagetest_path(test, id));
	pagetest_says(&answer, "Este archivo está en la papelera.");
	pagetest_says(&answer, "Se puede restaurar hasta el 2026-12-22");
	pagetest_says(&answer, "/restore\"");
	pagetest_says(&answer, "/erase\"");
	pagetest_silent(&answer, "/share\"");
	pagetest_silent(&answer, "/edit\"");
}

/* Its object has left the public prefix, and the page does not claim else. */
static void
test_show_trashed_public(void **state)
{
	struct webtest *test = *state;
	int64_t id = pagetest_upload(test, "foto.png", 1);
	struct answer answer = pagetest_post(test, id, "/edit",
	    "name=foto.png&is_public=1");

	assert_int_equal(answer.status, 302);
	assert_int_equal(pagetest_post(test, id, "/delete", "").status, 302);
	answer = pagetest_look(test, pagetest_path(test, id));
	pagetest_says(&answer, ">Privado</span>");
	pagetest_says(&answer, "<img src=\"http://shop.test/store/users/");
	pagetest_silent(&answer, "/store/general/");
	answer = pagetest_look(test, "/files/trash");
	pagetest_silent(&answer, "/store/");
}

static void
test_share_choices(void **state)
{
	static const char *const short_settings[] = { "SHARE_MAX=86400", NULL };
	static const char *const shorter_settings[] = { "SHARE_MAX=600", NULL };
	struct webtest other, *test = *state;
	int64_t id = pagetest_upload(test, "foto.png", 1);
	struct answer answer = pagetest_look(test, pagetest_path(test, id));

	pagetest_says(&answer, "<option value=\"2592000\" >30 días</option>");
	pagetest_says(&answer, "<option value=\"86400\" selected >1 día");
	webtest_open(&other, short_settings);
	answer = pagetest_look(&other,
	    pagetest_path(&other, pagetest_upload(&other, "a.png", 1)));
	pagetest_says(&answer, "<option value=\"86400\" selected >");
	pagetest_silent(&answer, "<option value=\"604800\"");
	webtest_close(&other);
	webtest_open(&other, shorter_settings);
	answer = pagetest_look(&other,
	    pagetest_path(&other, pagetest_upload(&other, "a.png", 1)));
	pagetest_says(&answer, "<option value=\"600\" >10 minutos</option>");
	pagetest_silent(&answer, "<option value=\"3600\"");
	webtest_close(&other);
}

/* ---- how much room there is ---- */

static void
test_quota(void **state)
{
	static const struct {
		const char *set, *says, *keeps_silent;
	} cases[] = {
		{ "quota_bytes = 0, used_bytes = 5", "5 B en uso", "<meter" },
		{ "quota_bytes = 2048, used_bytes = 1024",
		    "1.0 KB de 2.0 KB en uso", "quota-near" },
		{ "used_bytes = 1024, quota_bytes = 1100, reserved_bytes = 40",
		    "value=\"96\"", "quota-full" },
		{ "used_bytes = 1024, quota_bytes = 1100, reserved_bytes = 40",
		    "40 B están reservados", "quota-full" },
		{ "used_bytes = 1024, quota_bytes = 1024", "quota-full",
		    "quota-near" },
		{ "used_bytes = 9000, quota_bytes = 1024", "value=\"100\"",
		    "quota-near" },
		{ "used_bytes = 1, quota_bytes = 1024, used_objects = 9,"
		  " quota_objects = 10",
		    "Archivos: 9 de 10", "quota-full" },
		{ "used_bytes = 1, quota_bytes = 1024, used_objects = 9,"
		  " quota_objects = 10",
		    "quota-near", "quota-full" },
	};
	struct webtest *test = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct answer answer;

		pagetest_sql(test,
		    "UPDATE tenants SET used_bytes = 0,"
		    " quota_bytes = 0, reserved_bytes = 0,"
		    " used_objects = 0, quota_objects = 0");
		pagetest_sql(test,
		    pool_format(test->pool, "UPDATE tenants SET %s",
			cases[i].set));
		answer = pagetest_look(test, "/files");
		pagetest_says(&answer, cases[i].says);
		pagetest_silent(&answer, cases[i].keeps_silent);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_list),
		TEST(test_list_filters),
		TEST(test_list_pages),
		TEST(test_list_of_trash),
		TEST(test_undo),
		TEST(test_show),
		TEST(test_show_public),
		TEST(test_show_trashed),
		TEST(test_show_trashed_public),
		TEST(test_share_choices),
		TEST(test_quota),
	};

	return cmocka_run_group_tests_name("web/page_files", tests, NULL, NULL);
}
