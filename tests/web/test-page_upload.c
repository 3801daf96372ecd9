/*
 * Uploading several files by one form, without JavaScript.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include "base/buf.h"
#include "web/upload_batch.h"
#include "webtest.h"

#define COUNT_LIVE "SELECT count(*) FROM files WHERE state = 'live'"
#define COUNT_PENDING "SELECT count(*) FROM files WHERE state = 'pending'"
#define COUNT_ROWS "SELECT count(*) FROM files"
#define EXE slice_str("MZ not a picture")

enum { PARTS_MAX = UPLOAD_BATCH_MAX + 8 };

static const char *const settings[] = { "S3_PUBLIC_PREFIXES=general/ products/",
	NULL };

/* A form in the making. */
struct parts {
	struct webtest_part parts[PARTS_MAX];
	size_t count;
};

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

static void
add_text(struct parts *form, const char *name, const char *value)
{
	form->parts[form->count++] =
	    (struct webtest_part){ name, .data = slice_str(value) };
}

static void
add_file(struct parts *form, const char *name, const char *type,
    struct slice data)
{
	form->parts[form->count++] =
	    (struct webtest_part){ "files", name, type, data };
}

static void
add_png(struct webtest *test, struct parts *form, const char *name,
    unsigned seed)
{
	add_file(form, name, "image/png", webtest_png(test, seed));
}

static struct answer
send_form(struct webtest *test, const struct parts *form)
{
	return webtest_post(test, "/files/new", WEBTEST_FORM,
	    webtest_form(test, form->parts, form->count));
}

static void
assert_says(const struct answer *answer, const char *text)
{
	if (strstr(answer->body, text) == NULL)
		fail_msg("no \"%s\" in: %s", text, answer->body);
}

static const char *
column(struct webtest *test, const char *query)
{
	struct sql_rows rows;
	struct err err = ERR_INIT;

	if (sql_query(test->app.backend.db, test->pool, query, NULL, 0, &rows,
		&err) == -1)
		fail_msg("%s: %s", query, err.text);
	assert_int_equal(rows.count, 1);
	return sql_text(&rows, 0, 0);
}

static void
test_page(void **state)
{
	struct webtest *test = *state;
	struct answer answer = webtest_get(test, "/files/new");

	assert_int_equal(answer.status, 200);
	assert_says(&answer, "name=\"files\" type=\"file\" multiple");
	assert_says(&answer, "accept=\".jpg,");
	assert_says(&answer, "enctype=\"multipart/form-data\"");
	assert_says(&answer, "<label for=\"files\">Archivos</label>");
	assert_says(&answer, "Hasta 20 archivos a la vez, de 100.0 MB");
	/* What decides on keys comes before the bytes. */
	assert_true(strstr(answer.body, "name=\"is_public\"") <
	    strstr(answer.body, "name=\"files\""));
}

static void
test_several(void **state)
{
	struct webtest *test = *state;
	struct parts form = { .count = 0 };
	struct answer answer;
	const char *cookie;

	add_text(&form, "alt_text", "Ana en el aire");
	add_text(&form, "tags", "Salto, Final ,salto");
	add_png(test, &form, "uno.png", 1);
	add_png(test, &form, "dos.png", 2);
	add_file(&form, "", NULL, slice_str("")); /* no third one was chosen */
	answer = send_form(test, &form);
	assert_int_equal(answer.status, 302);
	assert_string_equal(webtest_header(test, &answer, "Location"),
	    "/files");
	cookie = webtest_header(test, &answer, "Set-Cookie");
	assert_non_null(cookie);
	assert_non_null(strstr(cookie, "almacen_flash="));
	assert_int_equal(webtest_count(test, COUNT_LIVE), 2);
	assert_int_equal(webtest_count(test, COUNT_ROWS), 2);
	assert_int_equal(webtest_objects(test), 2);
	assert_int_equal(webtest_count(test,
			     COUNT_LIVE " AND tags = 'salto,final'"
					" AND alt_text = 'Ana en el aire'"
					" AND is_public = 0 AND owner = '1'"),
	    2);
}

/* The audit log names each of them. */
static void
test_audit(void **state)
{
	struct webtest *test = *state;
	struct parts form = { .count = 0 };
	const char *subject;

	add_png(test, &form, "uno.png", 1);
	add_png(test, &form, "dos.png", 2);
	add_file(&form, "mala.png", "image/png", EXE);
	assert_int_equal(send_form(test, &form).status, 200);
	subject = column(test, "SELECT subject FROM audit"
			       " WHERE action = 'file.create'");
	assert_int_equal(strncmp(subject, "files/", 6), 0);
	assert_non_null(strstr(subject, " files/"));
	assert_int_equal(webtest_count(test,
			     "SELECT count(*) FROM files, audit"
			     " WHERE state = 'live' AND action = 'file.create'"
			     " AND ' ' || subject || ' '"
			     " LIKE '% files/' || files.id || ' %'"),
	    2);
}

/* Whatever stands after the files holds for them, too. */
static void
test_fields_after_files(void **state)
{
	struct webtest *test = *state;
	struct parts form = { .count = 0 };

	add_png(test, &form, "uno.png", 1);
	add_text(&form, "is_public", "1");
	add_text(&form, "tags", "final");
	assert_int_equal(send_form(test, &form).status, 302);
	assert_int_equal(webtest_count(test,
			     COUNT_LIVE " AND is_public = 1"
					" AND tags = 'final'"),
	    1);
	assert_int_equal(webtest_objects(test), 1);
	assert_non_null(strstr(column(test,
				   "SELECT object_key FROM files"
				   " WHERE state = 'live'"),
	    "general/"));
}

static void
test_public_at_once(void **state)
{
	struct webtest *test = *state;
	struct parts form = { .count = 0 };

	add_text(&form, "is_public", "1");
	add_png(test, &form, "uno.png", 1);
	assert_int_equal(send_form(test, &form).status, 302);
	assert_non_null(
	    strstr(column(test, "SELECT object_key FROM files"), "general/"));
	/* It never was anywhere else. */
	assert_int_equal(webtest_count(test, "SELECT count(*) FROM outbox"), 0);
}

static void
test_some_refused(void **state)
{
	struct webtest *test = *state;
	struct parts form = { .count = 0 };
	struct answer answer;

	add_png(test, &form, "buena.png", 1);
	add_file(&form, "<mala>.png", "image/png", EXE);
	add_file(&form, "vacia.png", "image/png", slice_str(""));
	add_png(test, &form, "otra.png", 2);
	answer = send_form(test, &form);
	assert_int_equal(answer.status, 200);
	assert_says(&answer, "Archivos subidos: 2. No subidos: 2.");
	assert_says(&answer, ">buena.png</a>");
	assert_says(&answer, ">otra.png</a>");
	assert_says(&answer, "&lt;mala&gt;.png</strong>");
	assert_says(&answer, "El archivo está vacío");
	assert_says(&answer, "aria-describedby=\"files-hint files-error\"");
	assert_says(&answer, "<title>Error:");
	assert_int_equal(webtest_count(test, COUNT_LIVE), 2);
	assert_int_equal(webtest_count(test, COUNT_PENDING), 0);
	assert_int_equal(webtest_objects(test), 2);
}

static void
test_none_chosen(void **state)
{
	struct webtest *test = *state;
	struct parts form = { .count = 0 };
	struct answer answer;

	add_text(&form, "alt_text", "Lo <escrito>");
	add_file(&form, "", "application/octet-stream", slice_str(""));
	answer = send_form(test, &form);
	assert_int_equal(answer.status, 200);
	assert_says(&answer, "Elija al menos un archivo");
	assert_says(&answer, "value=\"Lo &lt;escrito&gt;\"");
}

/* What is wrong with a field does not lose the files. */
static void
test_bad_fields_keep_files(void **state)
{
	struct webtest *test = *state;
	static const struct {
		const char *name, *value, *text;
	} cases[] = {
		{ "tags", "a;b\tc", "characters" },
		{ "athlete_id", "ana 7", "Only letters" },
		{ "is_public", "maybe", "characters" },
	};

	webtest_set(test, "HTTP_ACCEPT_LANGUAGE", "en");
	for (int after = 0; after < 2; after++)
		for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
			int64_t live = webtest_count(test, COUNT_LIVE);
			struct parts form = { .count = 0 };
			struct answer answer;

			if (after == 0)
				add_text(&form, cases[i].name, cases[i].value);
			add_png(test, &form, "uno.png", 1);
			if (after == 1)
				add_text(&form, cases[i].name, cases[i].value);
			answer = send_form(test, &form);
			assert_int_equal(answer.status, 200);
			assert_says(&answer, cases[i].text);
			assert_says(&answer, ">uno.png</a>");
			assert_says(&answer,
			    pool_format(test->pool, "id=\"%s-error\"",
				cases[i].name));
			assert_int_equal(webtest_count(test, COUNT_LIVE),
			    live + 1);
		}
}

static void
test_too_many(void **state)
{
	struct webtest *test = *state;
	struct parts form = { .count = 0 };
	struct answer answer;

	for (unsigned i = 0; i < UPLOAD_BATCH_MAX + 2; i++)
		add_png(test, &form, pool_format(test->pool, "f%u.png", i), i);
	answer = send_form(test, &form);
	assert_int_equal(answer.status, 200);
	assert_says(&answer, "Archivos subidos: 20. No subidos: 2.");
	assert_says(&answer, "f21.png</strong>");
	assert_int_equal(webtest_count(test, COUNT_LIVE), UPLOAD_BATCH_MAX);
	assert_int_equal(webtest_objects(test), UPLOAD_BATCH_MAX);
}

static void
test_no_room(void **state)
{
	struct webtest *test = *state;
	struct parts form = { .count = 0 };
	struct answer answer;
	struct err err = ERR_INIT;

	assert_int_equal(sql_exec(test->app.backend.db,
			     "UPDATE tenants SET quota_objects = 1", NULL, 0,
			     NULL, &err),
	    0);
	add_png(test, &form, "uno.png", 1);
	add_png(test, &form, "dos.png", 2);
	answer = send_form(test, &form);
	assert_int_equal(answer.status, 200);
	assert_says(&answer, ">uno.png</a>");
	assert_says(&answer, "dos.png</strong>");
	assert_says(&answer, "quota-full");
	assert_says(&answer, "Archivos: 1 de 1");
	assert_int_equal(webtest_count(test, COUNT_LIVE), 1);
	assert_int_equal(webtest_objects(test), 1);
}

/* Broken off anywhere, it leaves nothing. */
static void
test_cut(void **state)
{
	struct webtest *test = *state;
	struct parts form = { .count = 0 };
	struct slice body;

	add_png(test, &form, "uno.png", 1);
	add_png(test, &form, "dos.png", 2);
	add_text(&form, "tags", "x");
	body = webtest_form(test, form.parts, form.count);
	for (size_t cut = 0; cut < body.len; cut += 7) {
		test->cut_at = cut;
		assert_in_range(
		    webtest_post(test, "/files/new", WEBTEST_FORM, body).status,
		    400, 499);
	}
	test->cut_at = SIZE_MAX;
	assert_int_equal(webtest_count(test, COUNT_LIVE), 0);
	assert_int_equal(webtest_count(test, COUNT_PENDING), 0);
	assert_int_equal(webtest_objects(test), 0);
}

/* Another site's page cannot upload, whatever it sends. */
static void
test_foreign_form(void **state)
{
	struct webtest *test = *state;
	struct answer answer = webtest_get(test, "/files/new");
	const char *cookie = webtest_header(test, &answer, "Set-Cookie");
	struct parts form = { .count = 0 };

	assert_non_null(cookie);
	add_png(test, &form, "uno.png", 1);
	webtest_set(test, "HTTP_COOKIE",
	    slice_dup(test->pool,
		slice_make(cookie, slice_find(slice_str(cookie), ';'))));
	assert_int_equal(send_form(test, &form).status, 403);
	assert_int_equal(webtest_count(test, COUNT_LIVE), 0);
	assert_int_equal(webtest_count(test, COUNT_PENDING), 0);
	assert_int_equal(webtest_objects(test), 0);
	add_text(&form, "csrf",
	    webtest_between(test, &answer, "name=\"csrf\" value=\"", "\""));
	assert_int_equal(send_form(test, &form).status, 302);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_page),
		TEST(test_several),
		TEST(test_audit),
		TEST(test_fields_after_files),
		TEST(test_public_at_once),
		TEST(test_some_refused),
		TEST(test_none_chosen),
		TEST(test_bad_fields_keep_files),
		TEST(test_too_many),
		TEST(test_no_room),
		TEST(test_cut),
		TEST(test_foreign_form),
	};

	return cmocka_run_group_tests_name("web/page_upload", tests, NULL,
	    NULL);
}
