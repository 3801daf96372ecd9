/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "codec/json.h"
#include "web/routes.h"
#include "webtest.h"

enum { SOURCE_MAX = 64 * 1024 };

static bool
is_safe(const struct route *route)
{
	return route->method == HTTP_GET || route->method == HTTP_OPTIONS;
}

/* ---- the table ---- */

static void
test_every_route_is_described(void **state)
{
	(void)state;
	for (size_t i = 0; i < routes_count; i++) {
		const struct route *route = &routes[i];
		bool is_api = route->answer == ROUTE_JSON ||
		    route->answer == ROUTE_BOTH;

		if (is_api && route->doc == NULL)
			fail_msg("%s %s has no doc",
			    http_method_name(route->method), route->pattern);
		if (route->is_creating && route->doc == NULL)
			fail_msg("%s takes an Idempotency-Key and is no API",
			    route->pattern);
	}
}

static void
test_docs_are_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < routes_count; i++) {
		const struct route_doc *doc = routes[i].doc;

		if (doc == NULL)
			continue;
		assert_non_null(doc->id);
		assert_non_null(doc->summary);
		assert_in_range(doc->status, 200, 399);
		if (routes[i].body == ROUTE_NO_BODY && doc->fields != NULL)
			fail_msg("%s takes no body", doc->id);
		for (size_t k = 0; k < i; k++)
			if (routes[k].doc != NULL &&
			    strcmp(routes[k].doc->id, doc->id) == 0)
				fail_msg("%s is described twice", doc->id);
	}
}

/*
 * What changes something wants somebody known and no other site; these do not,
 * each for a reason.
 */
static const struct {
	const char *pattern;
	const char *reason;
} unprotected[] = {
	{ "/store", "brings a signed policy" },
	{ "/store/{key*}", "brings a signature" },
	{ "/login", "has nobody yet; its origin is checked" },
	{ "/logout", "ends what may be over; its origin is checked" },
};

static bool
is_excused(const struct route *route)
{
	for (size_t i = 0; i < ARRAY_COUNT(unprotected); i++)
		if (strcmp(route->pattern, unprotected[i].pattern) == 0)
			return true;
	return false;
}

static void
test_changes_are_protected(void **state)
{
	(void)state;
	for (size_t i = 0; i < routes_count; i++) {
		const struct route *route = &routes[i];

		if (is_safe(route) || is_excused(route))
			continue;
		if (route->access == ROUTE_PUBLIC || route->is_unguarded)
			fail_msg("%s %s is open to everybody",
			    http_method_name(route->method), route->pattern);
	}
}

static const char *
read_source(struct pool *pool, const char *name)
{
	const char *top = getenv("top_srcdir");
	const char *path = pool_format(pool, "%s/src/web/%s",
	    top == NULL ? "." : top, name);
	char *text = pool_alloc(pool, SOURCE_MAX + 1);
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_true(fread(text, 1, SOURCE_MAX, file) < SOURCE_MAX);
	(void)fclose(file);
	return text;
}

static void
test_every_doc_has_a_route(void **state)
{
	struct pool *pool = pool_new();
	const char *header = read_source(pool, "routes.h");
	const char *table = read_source(pool, "routes.c");
	const char *mark = "extern const struct route_doc ";
	int count = 0;

	(void)state;
	while ((header = strstr(header, mark)) != NULL) {
		size_t len;

		header += strlen(mark);
		len = strcspn(header, ";");
		if (strstr(table, pool_format(pool, ".doc = &%.*s }", (int)len,
			header)) == NULL)
			fail_msg("%.*s has no route", (int)len, header);
		count++;
	}
	assert_true(count > 5);
	pool_free(&pool);
}

/* ---- the document ---- */

struct seen {
	const struct json *root;
	int references;
};

static const struct json *
resolve(const struct json *root, const char *reference)
{
	struct pool *pool = pool_new();
	struct slice rest = slice_str(reference), name;

	assert_true(slice_take_str(&rest, "#/"));
	while (root != NULL && slice_next(&rest, '/', &name))
		root = json_find(root, slice_dup(pool, name));
	pool_free(&pool);
	return root;
}

static void check_references(struct seen *seen, const struct json *value);

static void
check_member(void *arg, const char *name, const struct json *value)
{
	struct seen *seen = arg;

	if (strcmp(name, "$ref") == 0) {
		seen->references++;
		if (resolve(seen->root, json_text(value)) == NULL)
			fail_msg("%s leads nowhere", json_text(value));
	}
	check_references(seen, value);
}

static void
check_references(struct seen *seen, const struct json *value)
{
	if (json_type(value) == JSON_OBJECT)
		json_each(value, check_member, seen);
	for (size_t i = 0; i < json_count(value); i++)
		check_references(seen, json_at(value, i));
}

static struct json *
parse(struct webtest *test, const struct answer *answer)
{
	struct err err = ERR_INIT;
	struct json *json;

	if (json_parse(test->pool,
		slice_make(answer->body, answer->body_len), &json, &err) == -1)
		fail_msg("%s", err.text);
	return json;
}

static const struct json *
find(const struct json *json, const char *path, const char *method)
{
	return json_find(json_find(json_find(json, "paths"), path), method);
}

static void
test_document(void **state)
{
	static const char *const settings[] = {
		"BASE_URL=https://shop.test/tienda", NULL };
	const struct json *json, *operation;
	struct seen seen = { .references = 0 };
	struct answer answer;
	struct webtest test;

	(void)state;
	webtest_open(&test, settings);
	answer = webtest_get(&test, "/openapi.json");
	assert_int_equal(answer.status, 200);
	assert_string_equal(webtest_header(&test, &answer, "Content-Type"),
	    "application/json");
	json = parse(&test, &answer);
	assert_string_equal(json_text(json_find(json, "openapi")), "3.1.0");
	assert_string_equal(json_text(json_find(
	    json_at(json_find(json, "servers"), 0), "url")),
	    "https://shop.test/tienda");
	operation = find(json, "/files/upload/presigned", "post");
	assert_string_equal(json_text(json_find(operation, "operationId")),
	    "presignUpload");
	assert_non_null(json_find(json_find(operation, "responses"), "429"));
	assert_null(json_find(json_find(operation, "responses"), "412"));
	seen.root = json;
	check_references(&seen, json);
	assert_true(seen.references > 20);
	/* The form's token is not for programs. */
	assert_null(strstr(answer.body, "csrf"));
	webtest_close(&test);
}

static void
test_unchanged(void **state)
{
	static const char *const settings[] = { NULL };
	struct answer answer;
	struct webtest test;

	(void)state;
	webtest_open(&test, settings);
	answer = webtest_get(&test, "/openapi.json");
	webtest_set(&test, "HTTP_IF_NONE_MATCH",
	    webtest_header(&test, &answer, "ETag"));
	answer = webtest_get(&test, "/openapi.json");
	assert_int_equal(answer.status, 304);
	assert_int_equal(answer.body_len, 0);
	webtest_close(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_route_is_described),
		cmocka_unit_test(test_docs_are_whole),
		cmocka_unit_test(test_changes_are_protected),
		cmocka_unit_test(test_every_doc_has_a_route),
		cmocka_unit_test(test_document),
		cmocka_unit_test(test_unchanged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
