/*
 * The pages that change a file, move it to the trash and erase it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include "pagetest.h"

#define COUNT_TRASHED "SELECT count(*) FROM files WHERE state = 'trashed'"

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

/* ---- changing ---- */

static void
test_edit(void **state)
{
	struct webtest *test = *state;
	int64_t id = pagetest_upload(test, "foto.png", 1);
	struct answer answer = pagetest_get(test, id, "/edit");
	const char *version;

	assert_int_equal(answer.status, 200);
	pagetest_says(&answer, "value=\"foto.png\"");
	version =
	    webtest_between(test, &answer, "name=\"version\" value=\"", "\"");
	assert_non_null(version);
	answer = pagetest_post(test, id, "/edit",
	    pool_format(test->pool,
		"name=salto.png&alt_text=Ana+salta&tags=Uno%%2C+dos"
		"&athlete_id=ana-7&version=%s",
		version));
	pagetest_leads_to(test, &answer, pagetest_path(test, id));
	assert_int_equal(
	    webtest_count(test,
		COUNT_LIVE
		" AND original_name = 'salto.png' AND alt_text = 'Ana salta'"
		" AND tags = 'uno,dos' AND athlete_id = 'ana-7'"
		" AND is_public = 0"),
	    1);
	answer = pagetest_get(test, id, "/edit");
	pagetest_says(&answer, "value=\"uno, dos\"");
}

/* Empty means: take it away. */
static void
test_edit_clears(void **state)
{
	struct webtest *test = *state;
	int64_t id = pagetest_upload(test, "foto.png", 1);
	struct answer answer = pagetest_post(test, id, "/edit",
	    "name=a.png&alt_text=x&tags=y&athlete_id=z");

	assert_int_equal(answer.status, 302);
	answer = pagetest_post(test, id, "/edit", "name=a.png&alt_text=&tags=");
	assert_int_equal(answer.status, 302);
	assert_int_equal(
	    webtest_count(test,
		COUNT_LIVE
		" AND alt_text = '' AND tags = '' AND athlete_id = ''"),
	    1);
}

static void
test_edit_errors(void **state)
{
	static const struct {
		const char *body, *field, *text;
	} cases[] = {
		{ "name=", "name", "This field is required" },
		{ "name=+%20", "name", "This field is required" },
		{ "name=a%0Ab", "name", "characters that cannot be used" },
		{ "name=foto.gif", "name", "must keep its ending" },
		{ "name=x&tags=a%00b", "tags", "characters" },
		{ "name=x&athlete_id=ana%207", "athlete_id", "Only letters" },
		{ "name=x&athlete_id=..", "athlete_id", "Only letters" },
		{ "name=x&is_public=perhaps", "is_public", "characters" },
	};
	struct webtest *test = *state;
	int64_t id = pagetest_upload(test, "foto.png", 1);

	webtest_set(test, "HTTP_ACCEPT_LANGUAGE", "en");
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct answer answer = pagetest_post(test, id, "/edit",
		    pool_format(test->pool, "%s&alt_text=%%3Ckept%%3E",
			cases[i].body));

		assert_int_equal(answer.status, 200);
		pagetest_says(&answer, cases[i].text);
		pagetest_says(&answer, "value=\"&lt;kept&gt;\"");
		pagetest_says(&answer,
		    pool_format(test->pool,
			"<p class=\"field-error\" id=\"%s-error\">",
			cases[i].field));
		pagetest_says(&answer,
		    pool_format(test->pool, "<a href=\"#%s\">",
			cases[i].field));
		pagetest_says(&answer, "<title>Error: Edit file");
	}
	assert_int_equal(webtest_count(test,
			     COUNT_LIVE
			     " AND original_name = 'foto.png' AND version = 2"),
	    1);
}

static void
test_edit_too_many_tags(void **state)
{
	struct webtest *test = *state;
	int64_t id = pagetest_upload(test, "foto.png", 1);
	const char *tags = "";
	struct answer answer;

	for (int i = 0; i < 21; i++)
		tags = pool_format(test->pool, "%s,t%d", tags, i);
	answer = pagetest_post(test, id, "/edit",
	    pool_format(test->pool, "name=x&tags=%s", tags));
	assert_int_equal(answer.status, 200);
	pagetest_says(&answer, "20 etiquetas como máximo");
}

/* Somebody else was faster: what was typed is kept, and saving again wins. */
static void
test_edit_conflict(void **state)
{
	struct webtest *test = *state;
	int64_t id = pagetest_upload(test, "foto.png", 1);
	struct answer page = pagetest_get(test, id, "/edit"), answer;
	const char *version =
	    webtest_between(test, &page, "name=\"version\" value=\"", "\"");

	assert_non_null(version);
	answer = pagetest_post(test, id, "/edit", "name=primero.png");
	assert_int_equal(answer.status, 302);
	answer = pagetest_post(test, id, "/edit",
	    pool_format(test->pool, "name=segundo.png&version=%s", version));
	assert_int_equal(answer.status, 200);
	pagetest_says(&answer, "Otra persona ha modificado este archivo");
	pagetest_says(&answer, "value=\"segundo.png\"");
	version =
	    webtest_between(test, &answer, "name=\"version\" value=\"", "\"");
	answer = pagetest_post(test, id, "/edit",
	    pool_format(test->pool, "name=segundo.png&version=%s", version));
	assert_int_equal(answer.status, 302);
	assert_int_equal(webtest_count(test,
			     COUNT_LIVE " AND original_name = 'segundo.png'"),
	    1);
}

static void
test_make_public(void **state)
{
	struct webtest *test = *state;
	int64_t id = pagetest_upload(test, "foto.png", 1);
	struct answer answer =
	    pagetest_post(test, id, "/edit", "name=foto.png&is_public=1");

	assert_int_equal(answer.status, 302);
	assert_int_equal(
	    webtest_count(test,
		COUNT_LIVE
		" AND is_public = 1 AND object_key LIKE 'general/%'"),
	    1);
	answer = pagetest_get(test, id, "/edit");
	pagetest_says(&answer, "type=\"checkbox\" value=\"1\" checked");
	answer = pagetest_post(test, id, "/edit", "name=foto.png");
	assert_int_equal(answer.status, 302);
	assert_int_equal(webtest_count(test, COUNT_LIVE " AND is_public = 0"),
	    1);
	assert_int_equal(webtest_objects(test), 1);
}

/* ---- to the trash, and further ---- */

static void
test_delete(void **state)
{
	struct webtest *test = *state;
	int64_t id = pagetest_upload(test, "<foto>.png", 1);
	struct answer answer = pagetest_get(test, id, "/delete");
	const char *to =
	    pool_format(test->pool, "/files?trashed=%lld", (long long)id);

	assert_int_equal(answer.status, 200);
	pagetest_says(&answer, "¿Eliminar este archivo?");
	pagetest_says(&answer, "&lt;foto&gt;.png");
	assert_int_equal(webtest_count(test, COUNT_LIVE), 1);
	answer = pagetest_post(test, id, "/delete", "");
	pagetest_leads_to(test, &answer, to);
	assert_int_equal(webtest_count(test, COUNT_TRASHED), 1);
	/* Twice is as good as once. */
	answer = pagetest_post(test, id, "/delete", "");
	pagetest_leads_to(test, &answer, to);
	answer = pagetest_get(test, id, "/edit");
	pagetest_leads_to(test, &answer, pagetest_path(test, id));
	answer = pagetest_get(test, id, "/delete");
	pagetest_leads_to(test, &answer, pagetest_path(test, id));
}

static void
test_delete_conflict(void **state)
{
	struct webtest *test = *state;
	int64_t id = pagetest_upload(test, "foto.png", 1);
	struct answer answer = pagetest_post(test, id, "/delete", "version=9");

	assert_int_equal(answer.status, 200);
	pagetest_says(&answer, "Otra persona ha modificado este archivo");
	pagetest_says(&answer, "role=\"alert\"");
	assert_int_equal(webtest_count(test, COUNT_LIVE), 1);
}

static void
test_trash(void **state)
{
	struct webtest *test = *state;
	struct answer answer = webtest_get(test, "/files/trash");
	int64_t id;

	assert_int_equal(answer.status, 200);
	pagetest_says(&answer, "La papelera está vacía");
	id = pagetest_upload(test, "foto.png", 1);
	assert_int_equal(pagetest_post(test, id, "/delete", "").status, 302);
	answer = webtest_get(test, "/files/trash");
	pagetest_says(&answer, ">foto.png</a>");
	pagetest_says(&answer, "aria-label=\"Restaurar foto.png\"");
	/* WEBTEST_NOW_SECS and TRASH_RETENTION, thirty days later. */
	pagetest_says(&answer, "2026-12-22");
	pagetest_says(&answer,
	    pool_format(test->pool, "href=\"/files/%lld/erase\"",
		(long long)id));
}

/* Admins also see what others threw away; nobody else does. */
static void
test_trash_of_all(void **state)
{
	struct webtest *test = *state;
	struct answer answer;

	(void)pagetest_upload(test, "foto.png", 1);
	pagetest_sql(test, "UPDATE files SET state = 'trashed', owner = 'eva',"
			   " expires_secs = 1800000000");
	answer = pagetest_look(test, "/files/trash");
	pagetest_silent(&answer, "foto.png");
	pagetest_says(&answer, "href=\"/files/trash?scope=tenant\">De todos");
	answer = pagetest_look(test, "/files/trash?scope=tenant");
	pagetest_says(&answer, ">foto.png</a>");
	test->app.auth = AUTH_REMOTE_USER;
	webtest_set(test, "REMOTE_USER", "carla");
	answer = pagetest_look(test, "/files/trash?scope=tenant");
	pagetest_silent(&answer, "foto.png");
	pagetest_silent(&answer, "scope=tenant");
}

static void
test_erase(void **state)
{
	struct webtest *test = *state;
	int64_t id = pagetest_upload(test, "foto.png", 1);
	struct answer answer;

	assert_int_equal(pagetest_post(test, id, "/delete", "").status, 302);
	answer = pagetest_get(test, id, "/erase");
	assert_int_equal(answer.status, 200);
	pagetest_says(&answer, "No se puede deshacer.");
	assert_int_equal(webtest_objects(test), 1);
	answer = pagetest_post(test, id, "/erase", "");
	pagetest_leads_to(test, &answer, "/files/trash");
	assert_int_equal(webtest_count(test, COUNT_TRASHED), 0);
	assert_int_equal(webtest_objects(test), 0);
	assert_int_equal(pagetest_get(test, id, "/erase").status, 404);
	assert_int_equal(pagetest_post(test, id, "/erase", "").status, 404);
}

/* ---- whose it is ---- */

/* Another member of the tenant, and a viewer, may not change it. */
static void
test_not_ones_own(void **state)
{
	static const char *const words[] = { "/edit", "/delete", "/erase" };
	struct webtest *test = *state;
	int64_t id = pagetest_upload(test, "foto.png", 1);

	test->app.auth = AUTH_REMOTE_USER;
	webtest_set(test, "REMOTE_USER", "eva");
	for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
		assert_int_equal(pagetest_get(test, id, words[i]).status, 403);
		assert_int_equal(
		    pagetest_post(test, id, words[i], "name=x").status, 403);
	}
	assert_int_equal(
	    webtest_count(test, COUNT_LIVE " AND original_name = 'foto.png'"),
	    1);
	assert_null(strstr(webtest_get(test, "/files/trash").body, "foto.png"));
}

static void
test_no_file(void **state)
{
	static const char *const paths[] = { "/files/1/edit", "/files/0/delete",
		"/files/x/erase", "/files/99999999999999999999/edit" };
	struct webtest *test = *state;

	for (size_t i = 0; i < ARRAY_COUNT(paths); i++)
		assert_int_equal(webtest_get(test, paths[i]).status, 404);
	assert_int_equal(webtest_get(test, "/files/trash?cursor=x").status,
	    400);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_edit),
		TEST(test_edit_clears),
		TEST(test_edit_errors),
		TEST(test_edit_too_many_tags),
		TEST(test_edit_conflict),
		TEST(test_make_public),
		TEST(test_delete),
		TEST(test_delete_conflict),
		TEST(test_trash),
		TEST(test_trash_of_all),
		TEST(test_erase),
		TEST(test_not_ones_own),
		TEST(test_no_file),
	};

	return cmocka_run_group_tests_name("web/page_file_change", tests, NULL,
	    NULL);
}
