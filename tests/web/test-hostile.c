/*
 * What goes wrong around the product pages: rivals, stores that fail, odd
 * addresses and headers.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "webtest.h"

#define COUNT_PRODUCTS "SELECT count(*) FROM products"
#define COUNT_LIVE "SELECT count(*) FROM files WHERE state = 'live'"
#define COUNT_PENDING "SELECT count(*) FROM files WHERE state = 'pending'"
#define COUNT_OUTBOX "SELECT count(*) FROM outbox"
#define REF_BEFORE "name=\"image_ref\" value=\""

static int
setup(void **state)
{
	static const char *const no_settings[] = { NULL };
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

/* Values of a form; NULL members are left out. */
struct values {
	const char *name, *sku, *image_ref;
	unsigned image_seed; /* 0: no image */
};

static struct answer
post(struct webtest *test, const char *uri, const struct values *values)
{
	struct webtest_part parts[8];
	size_t n = 0;

	parts[n++] = (struct webtest_part){ "name",
		.data = slice_str(values->name) };
	parts[n++] = (struct webtest_part){ "sku",
		.data = slice_str(values->sku) };
	parts[n++] = (struct webtest_part){ "uom_id", .data = slice_str("1") };
	parts[n++] = (struct webtest_part){ "sale_price",
		.data = slice_str("12.50") };
	if (values->image_ref != NULL)
		parts[n++] = (struct webtest_part){ "image_ref",
			.data = slice_str(values->image_ref) };
	if (values->image_seed != 0)
		parts[n++] = (struct webtest_part){ "image", "martillo.png",
			"image/png", webtest_png(test, values->image_seed) };
	return webtest_post(test, uri, WEBTEST_FORM,
	    webtest_form(test, parts, n));
}

static struct answer
create(struct webtest *test, const char *name, const char *sku,
    unsigned image_seed)
{
	const struct values values = { .name = name,
		.sku = sku,
		.image_seed = image_seed };

	return post(test, "/products/new", &values);
}

static void
script(struct webtest *test, const char *text)
{
	struct err err = ERR_INIT;

	if (sql_script(test->app.backend.db, text, &err) == -1)
		fail_msg("%s: %s", text, err.text);
}

/* A setting of the connection: no transaction for it could begin. */
static void
pragma(struct webtest *test, const char *text)
{
	struct err err = ERR_INIT;
	struct sql_rows rows;

	if (sql_query(test->app.backend.db, test->pool, text, NULL, 0, &rows,
		&err) == -1)
		fail_msg("%s: %s", text, err.text);
}

/* A form without a name: its picture waits; returns the reference. */
static const char *
leave_waiting(struct webtest *test, unsigned image_seed)
{
	struct answer answer = create(test, "", "M-1", image_seed);
	const char *ref = webtest_between(test, &answer, REF_BEFORE, "\"");

	assert_int_equal(answer.status, 200);
	assert_non_null(ref);
	return ref;
}

/* ---- rivals ---- */

static void
test_rival_keeps_waiting_image(void **state)
{
	struct webtest *test = *state;
	struct values values = { "Martillo", "M-1", NULL, 2 };
	struct answer answer;

	values.image_ref = leave_waiting(test, 1);
	/* While the newer picture is on its way another form uses the old. */
	script(test, "CREATE TRIGGER rival AFTER INSERT ON files BEGIN"
		     " UPDATE files SET state = 'live', expires_secs = 0"
		     " WHERE state = 'pending' AND id <> NEW.id; END");
	answer = post(test, "/products/new", &values);
	assert_int_equal(answer.status, 302);
	assert_int_equal(webtest_count(test, COUNT_LIVE), 2);
	assert_int_equal(webtest_objects(test), 2);
}

static void
test_used_image_is_asked_for_again(void **state)
{
	struct webtest *test = *state;
	struct values values = { "Martillo", "M-1", NULL, 0 };
	struct answer answer;

	values.image_ref = leave_waiting(test, 1);
	answer = post(test, "/products/new", &values);
	assert_int_equal(answer.status, 302);
	values.sku = "M-2";
	answer = post(test, "/products/new", &values);
	assert_int_equal(answer.status, 200);
	assert_non_null(strstr(answer.body, "value=\"M-2\""));
	assert_non_null(strstr(answer.body, "Elija la imagen otra vez"));
	assert_null(strstr(answer.body, REF_BEFORE));
	assert_int_equal(webtest_count(test, COUNT_PRODUCTS), 1);
	/* With a new picture the old reference does no harm. */
	values.image_seed = 2;
	answer = post(test, "/products/new", &values);
	assert_int_equal(answer.status, 302);
	assert_int_equal(webtest_count(test, COUNT_LIVE), 2);
}

static void
test_product_vanishes_while_edited(void **state)
{
	struct webtest *test = *state;
	struct values values = { "Martillo", "M-1", NULL, 2 };
	struct answer answer = create(test, "Martillo", "M-1", 0);

	script(test, "CREATE TRIGGER rival AFTER INSERT ON files BEGIN"
		     " DELETE FROM products; END");
	answer = post(test, "/products/1/edit", &values);
	assert_int_equal(answer.status, 404);
	assert_int_equal(webtest_count(test, COUNT_PENDING), 0);
	assert_int_equal(webtest_objects(test), 0);
	assert_int_equal(webtest_count(test, COUNT_OUTBOX), 0);
}

static void
test_database_fails_after_upload(void **state)
{
	struct webtest *test = *state;
	struct answer answer;

	script(test, "CREATE TRIGGER ill BEFORE INSERT ON products BEGIN"
		     " SELECT RAISE(ABORT, 'ill'); END");
	answer = create(test, "Martillo", "M-1", 1);
	assert_in_range(answer.status, 500, 599);
	assert_null(strstr(answer.body, "RAISE"));
	assert_int_equal(webtest_count(test, COUNT_PENDING), 0);
	assert_int_equal(webtest_objects(test), 0);
}

/* Killed between the commit and the deletion of the object. */
static void
test_start_finishes_deletions(void **state)
{
	struct webtest *test = *state;

	assert_int_equal(create(test, "Martillo", "M-1", 1).status, 302);
	script(test, "INSERT INTO outbox SELECT provider, bucket, object_key, 0,"
		     " 0, 0 FROM files;"
		     " UPDATE files SET state = 'gone';"
		     " DELETE FROM products");
	assert_int_equal(webtest_objects(test), 1);
	app_prepare_store(&test->app);
	assert_int_equal(webtest_objects(test), 0);
	assert_int_equal(webtest_count(test, COUNT_OUTBOX), 0);
}

/* Many others delete at the same time. */
static void
test_own_object_is_deleted_in_a_crowd(void **state)
{
	struct webtest *test = *state;
	struct answer answer = create(test, "Martillo", "M-1", 1);

	assert_int_equal(answer.status, 302);
	script(test, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
		     " SELECT i + 1 FROM n WHERE i < 100)"
		     " INSERT INTO outbox SELECT 'file', 'uploads',"
		     " 'products/a' || i, 0, 0, 0 FROM n");
	answer = webtest_post(test, "/products/1/delete",
	    "application/x-www-form-urlencoded", slice_str(""));
	assert_int_equal(answer.status, 302);
	assert_int_equal(webtest_objects(test), 0);
}

/* ---- a store that fails ---- */

static void
test_store_that_cannot_begin(void **state)
{
	struct webtest *test = *state;
	const char *temp = pool_format(test->pool, "%s/objects/.tmp",
	    test->dir);
	struct answer answer;
	int fd;

	assert_int_equal(rmdir(temp), 0);
	fd = open(temp, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_not_equal(fd, -1);
	(void)close(fd);
	answer = create(test, "Martillo", "M-1", 1);
	assert_int_equal(answer.status, 503);
	assert_non_null(strstr(answer.body, "value=\"Martillo\""));
	assert_non_null(strstr(answer.body, "value=\"M-1\""));
	assert_int_equal(webtest_count(test, COUNT_PRODUCTS), 0);
	assert_int_equal(webtest_count(test, "SELECT count(*) FROM files"), 0);
	assert_int_equal(unlink(temp), 0);
	answer = create(test, "Martillo", "M-1", 1);
	assert_int_equal(answer.status, 302);
}

static void
test_store_that_cannot_end(void **state)
{
	struct webtest *test = *state;
	const char *taken = pool_format(test->pool,
	    "%s/objects/uploads/products", test->dir);
	struct answer answer;
	int fd = open(taken, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_int_not_equal(fd, -1);
	(void)close(fd);
	answer = create(test, "Martillo", "M-1", 1);
	assert_int_equal(answer.status, 503);
	assert_non_null(strstr(answer.body, "value=\"Martillo\""));
	assert_int_equal(webtest_count(test, COUNT_PRODUCTS), 0);
	assert_int_equal(webtest_count(test, COUNT_PENDING), 0);
	assert_int_equal(test->app.uploads, 0);
}

static void
test_database_that_cannot_write(void **state)
{
	static const char *const uris[] = { "/products/new",
		"/products/1/edit" };
	struct webtest *test = *state;
	struct values values = { "Sierra", "M-2", NULL, 0 };

	assert_int_equal(create(test, "Martillo", "M-1", 0).status, 302);
	pragma(test, "PRAGMA query_only = ON");
	for (size_t i = 0; i < ARRAY_COUNT(uris); i++)
		for (values.image_seed = 0; values.image_seed < 2;
		    values.image_seed++) {
			struct answer answer = post(test, uris[i], &values);

			assert_int_equal(answer.status, 503);
			assert_non_null(webtest_header(test, &answer,
			    "Retry-After"));
			assert_non_null(strstr(answer.body,
			    "value=\"Sierra\""));
			assert_non_null(strstr(answer.body, "value=\"M-2\""));
			assert_int_equal(webtest_objects(test), 0);
		}
	pragma(test, "PRAGMA query_only = OFF");
	values.image_seed = 1;
	assert_int_equal(post(test, uris[0], &values).status, 302);
}

/* ---- starting ---- */

static void
test_unknown_tenant(void **state)
{
	struct webtest *test = *state;
	struct err err = ERR_INIT;

	test->app.tenant_id = 7;
	assert_int_equal(app_start(&test->app, 0, &err), -1);
	assert_non_null(strstr(err.text, "DEFAULT_TENANT"));
}

/* ---- addresses ---- */

static void
test_trailing_slash(void **state)
{
	struct webtest *test = *state;
	struct values values = { "Martillo", "M-1", NULL, 0 };

	assert_int_equal(webtest_get(test, "/products/").status, 200);
	assert_int_equal(webtest_get(test, "/products/new/").status, 200);
	assert_int_equal(post(test, "/products/new/", &values).status, 302);
	assert_int_equal(webtest_get(test, "/products/1/").status, 200);
	assert_int_equal(webtest_get(test, "/products/1/edit/").status, 200);
	assert_int_equal(webtest_get(test, "/products//").status, 404);
	assert_int_equal(webtest_get(test, "//products").status, 404);
	assert_int_equal(webtest_get(test, "/products/1;x=1").status, 404);
}

static void
test_page_behind_the_last(void **state)
{
	struct webtest *test = *state;
	struct answer answer;

	assert_int_equal(create(test, "Martillo", "M-1", 0).status, 302);
	answer = webtest_get(test, "/products?page=7");
	assert_int_equal(answer.status, 200);
	assert_non_null(strstr(answer.body, "Martillo"));
	answer = webtest_get(test, "/products?page=7&q=nada");
	assert_int_equal(answer.status, 200);
	assert_null(strstr(answer.body, "Martillo"));
}

static void
test_odd_queries(void **state)
{
	static const char *const queries[] = { "page=0", "page=-1",
		"page=99999999999999999999", "page=1e3", "page=%00", "page=",
		"page", "q=%ff", "q=%", "q=%c3", "q=%00", "q=%5c", "q=%27",
		"q=%25%25%25%25", "q=%7b%7bcsrf%7d%7d", "q=%25s%25n", "&&&&",
		"q=%3Cscript%3E", "=x", "q=a&q=b" };
	struct webtest *test = *state;

	for (size_t i = 0; i < ARRAY_COUNT(queries); i++) {
		struct answer answer = webtest_get(test,
		    pool_format(test->pool, "/products?%s", queries[i]));

		if (answer.status != 200)
			fail_msg("%s: %d", queries[i], answer.status);
		assert_null(strstr(answer.body, "<script>"));
	}
}

/* ---- conditional requests ---- */

static int
status_if_none_match(struct webtest *test, const char *uri, const char *match)
{
	struct answer answer;

	webtest_unset_all(test);
	webtest_set(test, "HTTP_IF_NONE_MATCH", match);
	answer = webtest_get(test, uri);
	webtest_unset_all(test);
	return answer.status;
}

static void
check_conditions(struct webtest *test, const char *uri)
{
	struct answer answer = webtest_get(test, uri);
	const char *etag = webtest_header(test, &answer, "ETag");
	struct pool *pool = test->pool;

	assert_int_equal(answer.status, 200);
	assert_non_null(etag);
	assert_int_equal(status_if_none_match(test, uri, etag), 304);
	assert_int_equal(status_if_none_match(test, uri, "*"), 304);
	assert_int_equal(status_if_none_match(test, uri,
			     pool_format(pool, "W/%s", etag)),
	    304);
	assert_int_equal(status_if_none_match(test, uri,
			     pool_format(pool, "\"a, b\" , W/\"c\",%s", etag)),
	    304);
	assert_int_equal(status_if_none_match(test, uri, "\"x\""), 200);
	assert_int_equal(status_if_none_match(test, uri, ""), 200);
	assert_int_equal(status_if_none_match(test, uri,
			     pool_format(pool, "\"x%s", etag + 1)),
	    200);
	/* The tag inside of another tag is no tag. */
	assert_int_equal(status_if_none_match(test, uri,
			     pool_format(pool, "\"x, %.*s, y\"",
				 (int)strlen(etag) - 2, etag + 1)),
	    200);
}

static void
test_if_none_match(void **state)
{
	struct webtest *test = *state;
	struct answer answer = create(test, "Martillo", "M-1", 1);
	const char *url;

	check_conditions(test, "/static/almacen.css");
	answer = webtest_get(test, webtest_header(test, &answer, "Location"));
	url = webtest_between(test, &answer, "src=\"http://shop.test", "\"");
	check_conditions(test, url);
	/* An object that came without metadata has no tag to compare. */
	assert_int_equal(rename(pool_format(test->pool, "%s/objects/.meta",
				    test->dir),
			     pool_format(test->pool, "%s/objects/.gone",
				 test->dir)),
	    0);
	assert_int_equal(status_if_none_match(test, url, "\"x\""), 200);
	answer = webtest_get(test, url);
	assert_null(webtest_header(test, &answer, "ETag"));
	assert_string_equal(webtest_header(test, &answer, "Content-Type"),
	    "application/octet-stream");
}

/* ---- other sites ---- */

static void
test_where_requests_come_from(void **state)
{
	static const struct {
		const char *host, *site, *origin;
		int status;
	} rows[] = {
		{ "shop.test", NULL, "HTTP://SHOP.TEST", 404 },
		{ "shop.test:8080", NULL, "http://shop.test:8080", 404 },
		{ "[::1]:8080", NULL, "http://[::1]:8080", 404 },
		{ "shop.test", "same-origin", "https://shop.test:444", 404 },
		{ "shop.test", "none", NULL, 404 },
		{ "shop.test", "same-site", "https://shop.test", 403 },
		{ "shop.test", "cross-site", NULL, 403 },
		{ "shop.test", "", NULL, 403 },
		{ "shop.test", "Same-Origin, none", NULL, 403 },
		{ "shop.test", NULL, "http://shop.test:8080", 403 },
		{ "shop.test:8080", NULL, "http://shop.test", 403 },
		{ "shop.test", NULL, "http://shop.test.evil.test", 403 },
		{ "shop.test", NULL, "http://a.shop.test", 403 },
		{ "shop.test", NULL, "http://evil.test://shop.test", 403 },
		{ "shop.test", NULL, "shop.test", 403 },
		{ "shop.test", NULL, "null", 403 },
		{ "shop.test", NULL, "", 403 },
		{ "", NULL, "http://", 403 },
		{ "", NULL, "http://shop.test", 403 },
	};
	struct webtest *test = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct answer answer;

		webtest_unset_all(test);
		webtest_set(test, "HTTP_HOST", rows[i].host);
		if (rows[i].site != NULL)
			webtest_set(test, "HTTP_SEC_FETCH_SITE", rows[i].site);
		if (rows[i].origin != NULL)
			webtest_set(test, "HTTP_ORIGIN", rows[i].origin);
		/* 404: let through to where no such product is. */
		answer = webtest_post(test, "/products/9/delete", "",
		    slice_str(""));
		if (answer.status != rows[i].status)
			fail_msg("row %zu: %d", i, answer.status);
	}
}

/* ---- headers ---- */

static void
test_headers_of_every_answer(void **state)
{
	static const struct {
		const char *method, *uri;
		int status;
	} rows[] = {
		{ "GET", "/", 302 },
		{ "GET", "/products", 200 },
		{ "GET", "/products/new", 200 },
		{ "GET", "/nothing", 404 },
		{ "POST", "/products", 405 },
		{ "POST", "/products/new", 200 },
		{ "POST", "/products/1/delete", 404 },
		{ "OPTIONS", "/products", 204 },
		{ "GET", "/static/almacen.css", 200 },
	};
	struct webtest *test = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct answer answer = webtest_send(test, rows[i].method,
		    rows[i].uri, "", slice_str(""));

		if (answer.status != rows[i].status)
			fail_msg("%s %s: %d", rows[i].method, rows[i].uri,
			    answer.status);
		if (webtest_header(test, &answer, "X-Content-Type-Options") ==
			NULL ||
		    webtest_header(test, &answer, "Referrer-Policy") == NULL ||
		    webtest_header(test, &answer,
			"Content-Security-Policy") == NULL)
			fail_msg("%s %s: %s", rows[i].method, rows[i].uri,
			    answer.head);
	}
}

static void
test_json_says_no_secrets(void **state)
{
	static const char *const uris[] = { "/products", "/products/1",
		"/products/99" };
	struct webtest *test = *state;

	assert_int_equal(create(test, "\"><b>{{csrf}}%s</b>\\", "'\"<&", 1)
			     .status,
	    302);
	webtest_set(test, "HTTP_ACCEPT", "application/json");
	for (size_t i = 0; i < ARRAY_COUNT(uris); i++) {
		struct answer answer = webtest_get(test, uris[i]);

		assert_string_equal(webtest_header(test, &answer,
					"Content-Type"),
		    "application/json");
		assert_null(strstr(answer.body, "\"csrf\""));
		assert_null(strstr(answer.body, "flash"));
		assert_null(strstr(answer.body, "sha256"));
		assert_null(webtest_header(test, &answer, "Set-Cookie"));
		assert_non_null(strstr(webtest_header(test, &answer, "Vary"),
		    "Accept"));
	}
	webtest_unset_all(test);
	for (size_t i = 0; i < 2; i++) {
		struct answer answer = webtest_get(test, uris[i]);

		assert_int_equal(answer.status, 200);
		assert_null(strstr(answer.body, "<b>"));
		assert_non_null(strstr(answer.body, "{{csrf}}%s"));
	}
}

static void
test_bad_hosts(void **state)
{
	static const char *const hosts[] = { "a b", "a/b", "a\"b", "a@b",
		"a\r\nX: y", "a?b", "\xc3\xb1" };
	struct webtest *test = *state;

	for (size_t i = 0; i < ARRAY_COUNT(hosts); i++) {
		struct answer answer;

		webtest_unset_all(test);
		webtest_set(test, "HTTP_HOST", hosts[i]);
		answer = webtest_get(test, "/products");
		if (answer.status != 400)
			fail_msg("%s: %d", hosts[i], answer.status);
	}
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_rival_keeps_waiting_image),
		CASE(test_used_image_is_asked_for_again),
		CASE(test_product_vanishes_while_edited),
		CASE(test_database_fails_after_upload),
		CASE(test_start_finishes_deletions),
		CASE(test_own_object_is_deleted_in_a_crowd),
		CASE(test_store_that_cannot_begin),
		CASE(test_store_that_cannot_end),
		CASE(test_database_that_cannot_write),
		CASE(test_unknown_tenant),
		CASE(test_trailing_slash),
		CASE(test_page_behind_the_last),
		CASE(test_odd_queries),
		CASE(test_if_none_match),
		CASE(test_where_requests_come_from),
		CASE(test_headers_of_every_answer),
		CASE(test_json_says_no_secrets),
		CASE(test_bad_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
