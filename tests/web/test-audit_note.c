/*
 * What requests leave in the audit log: row F4.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include <stdio.h>

#include "model/audit.h"
#include "web/audit_note.h"
#include "web/caller.h"
#include "webtest.h"

#define JSON "application/json"
#define ASK "/files/upload/presigned"
#define IMAGE "{\"original_filename\":\"martillo.png\",\"file_type\":\"image\"}"
#define ROWS "SELECT count(*) FROM audit"

static const char *const settings[] = { "AUTH=remote_user", NULL };
static const char *const settings_off[] = { "AUTH=remote_user", "AUDIT=off",
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

/* The row with this number. */
static struct audit_row
find_row(struct webtest *test, int64_t number)
{
	const struct audit_search search = { .after_number = number - 1,
		.limit = 1 };
	struct audit_row *rows;
	struct err err = ERR_INIT;
	size_t count;

	assert_int_equal(audit_list(test->app.backend.db, test->pool, &search,
			     &rows, &count, &err),
	    0);
	assert_int_equal(count, 1);
	return rows[0];
}

static void
break_log(struct webtest *test)
{
	struct err err;

	test->app.log.least = LOG_ERROR + 1;
	assert_int_equal(
	    sql_script(test->app.backend.db, "DELETE FROM audit_head", &err),
	    0);
}

/* ---- through the whole program ---- */

static void
test_write(void **state)
{
	struct webtest *test = *state;
	struct audit_row row;
	struct answer answer;

	webtest_set(test, "REMOTE_USER", "ana");
	webtest_set(test, "REMOTE_ADDR", "192.0.2.7");
	answer = webtest_post(test, ASK, JSON, slice_str(IMAGE));
	assert_int_equal(answer.status, 200);
	assert_int_equal(webtest_count(test, ROWS), 1);
	row = find_row(test, 1);
	assert_int_equal(row.event.tenant_id, 1);
	assert_string_equal(row.event.actor, "ana");
	assert_string_equal(row.event.via, "server");
	assert_string_equal(row.event.action, "upload.begin");
	assert_string_equal(row.event.remote_addr, "192.0.2.7");
	assert_string_equal(row.event.request_id,
	    webtest_header(test, &answer, "X-Request-Id"));
	assert_int_equal(row.event.status, 200);
	assert_string_equal(row.event.result, "ok");
}

/* What was refused is noted with what refused it. */
static void
test_refused(void **state)
{
	static const struct {
		const char *site, *body;
		int status;
	} rows[] = {
		{ "cross-site", IMAGE, 403 },
		{ "same-origin", "{", 400 },
	};
	struct webtest *test = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct audit_row row;

		webtest_unset_all(test);
		webtest_set(test, "REMOTE_USER", "ana");
		webtest_set(test, "HTTP_SEC_FETCH_SITE", rows[i].site);
		assert_int_equal(webtest_post(test, ASK, JSON,
				     slice_str(rows[i].body)).status,
		    rows[i].status);
		row = find_row(test, (int64_t)i + 1);
		assert_int_equal(row.event.status, rows[i].status);
		assert_string_not_equal(row.event.result, "ok");
		assert_string_not_equal(row.event.result, "");
		assert_string_equal(row.event.actor, "ana");
		assert_string_equal(row.event.subject, ASK);
	}
}

/* Whoever is not logged in leaves no row, as often as he may knock. */
static void
test_stranger(void **state)
{
	struct webtest *test = *state;

	assert_int_equal(
	    webtest_post(test, ASK, JSON, slice_str(IMAGE)).status, 401);
	webtest_set(test, "HTTP_AUTHORIZATION", "Bearer alm_guessed");
	assert_int_equal(
	    webtest_post(test, ASK, JSON, slice_str(IMAGE)).status, 401);
	assert_int_equal(webtest_count(test, ROWS), 0);
}

/* A form that comes back with its errors has changed nothing. */
static void
test_form(void **state)
{
	struct webtest *test = *state;

	webtest_set(test, "REMOTE_USER", "ana");
	(void)webtest_post(test, "/products/new", WEBTEST_FORM,
	    webtest_form(test, NULL, 0));
	assert_int_equal(webtest_count(test, ROWS), 1);
	assert_string_equal(find_row(test, 1).event.action,
	    "product.create");
}

static void
test_not_noted(void **state)
{
	struct webtest *test = *state;

	webtest_set(test, "REMOTE_USER", "ana");
	assert_int_equal(webtest_get(test, "/products").status, 200);
	assert_int_equal(webtest_get(test, "/nowhere").status, 404);
	/* The path is one of a route with an action, the method is not. */
	assert_int_equal(webtest_send(test, "PUT", ASK, "",
			     slice_str("")).status,
	    405);
	assert_int_equal(webtest_count(test, ROWS), 0);
}

static void
test_off(void **state)
{
	static struct webtest test;

	(void)state;
	webtest_open(&test, settings_off);
	webtest_set(&test, "REMOTE_USER", "ana");
	assert_int_equal(
	    webtest_post(&test, ASK, JSON, slice_str(IMAGE)).status, 200);
	assert_int_equal(webtest_count(&test, ROWS), 0);
	webtest_close(&test);
}

/* What was done is done, and is answered so. */
static void
test_write_is_answered(void **state)
{
	struct webtest *test = *state;

	break_log(test);
	webtest_set(test, "REMOTE_USER", "ana");
	assert_int_equal(
	    webtest_post(test, ASK, JSON, slice_str(IMAGE)).status, 200);
	assert_int_equal(webtest_count(test, ROWS), 0);
	assert_int_equal(webtest_count(test, "SELECT count(*) FROM files"),
	    1);
}

/* ---- which answers may go out ---- */

static const struct caller ana = { .via = CALLER_TOKEN,
	.tenant_id = 1,
	.user_id = 9,
	.id = "9",
	.login = "ana@example.com",
	.token_id = 12 };

static struct request
make_request(struct webtest *test, enum http_method method)
{
	struct request request = { .pool = test->pool,
		.log = test->app.log,
		.id = "0123",
		.method = method,
		.path = "/files/7",
		.remote_addr = "192.0.2.7",
		.caller = &ana };

	return request;
}

static int
note(struct webtest *test, const struct request *request,
    const struct route *route, int status, const struct err *failure)
{
	struct response response;
	struct err err = ERR_INIT;
	int result;

	response_init(&response, test->pool);
	response.status = status;
	result = audit_note_answer(&test->app, request, route, &response,
	    failure, &err);
	if (result == -1)
		assert_int_equal(err.kind, ERR_UNAVAILABLE);
	return result;
}

static void
test_unnoted(void **state)
{
	static const struct {
		enum http_method method;
		bool is_refused;
		int result;
	} rows[] = {
		{ HTTP_GET, false, -1 },
		{ HTTP_HEAD, false, -1 },
		{ HTTP_POST, false, 0 },
		{ HTTP_PUT, false, 0 },
		{ HTTP_PATCH, false, 0 },
		{ HTTP_DELETE, false, 0 },
		/* The error page gives nothing away. */
		{ HTTP_GET, true, 0 },
		{ HTTP_POST, true, 0 },
	};
	const struct route route = { .action = "file.read" };
	struct webtest *test = *state;
	struct err denied = ERR_INIT;

	(void)err_set(&denied, ERR_DENIED, "Forbidden");
	break_log(test);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct request request = make_request(test, rows[i].method);

		assert_int_equal(note(test, &request, &route,
				     rows[i].is_refused ? 403 : 200,
				     rows[i].is_refused ? &denied : NULL),
		    rows[i].result);
	}
}

static void
test_subjects(void **state)
{
	static const struct {
		const char *subject;
		enum route_access access;
		const char *noted; /* NULL: nothing */
	} rows[] = {
		{ "files/7", ROUTE_READ, "files/7" },
		{ NULL, ROUTE_READ, "/files/7" },
		{ "", ROUTE_READ, NULL },
		/* The path may be all that is needed to come in. */
		{ NULL, ROUTE_PUBLIC, "/shared/{key}" },
		{ "files/8", ROUTE_PUBLIC, "files/8" },
	};
	struct webtest *test = *state;
	const struct route change = { .action = "file.change" };
	struct request request = make_request(test, HTTP_PATCH);
	int64_t number = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct route route = { .action = "file.read",
			.pattern = "/shared/{key}",
			.access = rows[i].access };

		request = make_request(test, HTTP_GET);
		request.subject = rows[i].subject;
		assert_int_equal(note(test, &request, &route, 200, NULL), 0);
		if (rows[i].noted == NULL)
			continue;
		number++;
		assert_string_equal(find_row(test, number).event.subject,
		    rows[i].noted);
		assert_string_equal(find_row(test, number).event.via,
		    "token/12");
		assert_int_equal(find_row(test, number).event.user_id, 9);
	}
	assert_int_equal(webtest_count(test, ROWS), number);
	/* Changing what is public is noted nevertheless. */
	request = make_request(test, HTTP_PATCH);
	request.subject = "";
	assert_int_equal(note(test, &request, &change, 200, NULL), 0);
	assert_string_equal(find_row(test, number + 1).event.subject,
	    "/files/7");
}

/* A flood must cost less than what it asks for. */
static void
test_too_many(void **state)
{
	const struct route route = { .action = "file.read" };
	struct webtest *test = *state;
	struct request request = make_request(test, HTTP_POST);
	struct err err = ERR_INIT;

	(void)err_set(&err, ERR_TOO_MANY, "slower");
	assert_int_equal(note(test, &request, &route, 429, &err), 0);
	assert_int_equal(webtest_count(test, ROWS), 0);
}

static void
test_results(void **state)
{
	const struct route route = { .action = "login" };
	struct webtest *test = *state;
	struct request request = make_request(test, HTTP_POST);
	struct err err = ERR_INIT;

	(void)err_set_code(&err, ERR_DENIED, "not_loopback", "text");
	assert_int_equal(note(test, &request, &route, 403, &err), 0);
	(void)err_set(&err, ERR_NOT_FOUND, "text");
	assert_int_equal(note(test, &request, &route, 404, &err), 0);
	assert_int_equal(note(test, &request, &route, 422, NULL), 0);
	assert_int_equal(note(test, &request, &route, 302, NULL), 0);
	assert_string_equal(find_row(test, 1).event.result, "not_loopback");
	assert_string_equal(find_row(test, 2).event.result, "not_found");
	assert_string_equal(find_row(test, 3).event.result, "refused");
	assert_string_equal(find_row(test, 4).event.result, "ok");
	assert_int_equal(find_row(test, 4).event.status, 302);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		TEST(test_write),
		TEST(test_refused),
		TEST(test_stranger),
		TEST(test_form),
		TEST(test_not_noted),
		POOL_TEST(test_off),
		TEST(test_write_is_answered),
		TEST(test_unnoted),
		TEST(test_subjects),
		TEST(test_too_many),
		TEST(test_results),
	};

	return cmocka_run_group_tests_name("audit_note", tests, NULL, NULL);
}
