/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "codec/json.h"
#include "codec/url.h"
#include "webtest.h"

#define PDF "%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
#define ORIGIN "http://shop.test"

static const char *const settings[] = { "S3_PUBLIC_PREFIXES=general/",
	"SHARE_MAX=86400", NULL };

static int
setup(void **state)
{
	struct webtest *test = test_calloc(1, sizeof(*test));

	webtest_open(test, settings);
	*state = test;
	return 0;
}

static int
teardown(void **state)
{
	struct webtest *test = *state;

	webtest_close(test);
	test_free(test);
	return 0;
}

/* ---- helpers ---- */

static const struct json *
parse(struct webtest *test, const struct answer *answer)
{
	struct err err = ERR_INIT;
	struct json *json;

	if (json_parse(test->pool,
		slice_make(answer->body, answer->body_len), &json, &err) == -1)
		fail_msg("%s", err.text);
	return json;
}

struct sample {
	int64_t id;
	const char *key;
};

static struct sample
upload(struct webtest *test, const char *name, bool is_public)
{
	const struct webtest_part parts[] = {
		{ "file_type", NULL, NULL, slice_str("document") },
		{ "is_public", NULL, NULL, slice_str(is_public ? "1" : "0") },
		{ "file", name, "application/pdf", slice_str(PDF) },
	};
	struct answer answer = webtest_post(test, "/files/upload/direct",
	    WEBTEST_FORM, webtest_form(test, parts, ARRAY_COUNT(parts)));
	const struct json *json = parse(test, &answer);

	if (answer.status != 201)
		fail_msg("%s", answer.body);
	return (struct sample){ json_number(json_find(json, "file_id")),
		json_text(json_find(json, "key")) };
}

static struct answer
get(struct webtest *test, const char *accept, const char *fmt, int64_t id)
{
	char *path = pool_strdup(test->pool, fmt), *at = strchr(path, '#');

	if (at != NULL)
		path = pool_format(test->pool, "%.*s%lld%s", (int)(at - path),
		    path, (long long)id, at + 1);
	webtest_unset_all(test);
	if (accept != NULL)
		webtest_set(test, "HTTP_ACCEPT", accept);
	return webtest_get(test, path);
}

/* Follow a URL of our own file store. */
static struct answer
follow(struct webtest *test, const char *url)
{
	struct slice rest = slice_str(url);

	if (!slice_take_str(&rest, ORIGIN))
		fail_msg("%s leads elsewhere", url);
	webtest_unset_all(test);
	return webtest_get(test, slice_dup(test->pool, rest));
}

static void
expect_bytes(struct webtest *test, const char *url, const char *disposition)
{
	struct answer answer = follow(test, url);

	assert_int_equal(answer.status, 200);
	assert_int_equal(answer.body_len, strlen(PDF));
	assert_memory_equal(answer.body, PDF, strlen(PDF));
	assert_string_equal(webtest_header(test, &answer, "Content-Type"),
	    "application/pdf");
	if (disposition != NULL)
		assert_string_equal(
		    webtest_header(test, &answer, "Content-Disposition"),
		    disposition);
}

static void
expect_error(struct webtest *test, const struct answer *answer, int status,
    const char *code)
{
	const struct json *json = parse(test, answer);

	if (answer->status != status)
		fail_msg("%d: %s", answer->status, answer->body);
	assert_string_equal(json_text(json_find(json, "error")), code);
}

static void
expect_not_found(struct webtest *test, const struct answer *answer)
{
	expect_error(test, answer, 404, "file_not_found");
	assert_string_equal(json_text(json_find(parse(test, answer),
	    "detail")), "File not found");
}

/* No cache keeps it, and no other site hears of it. */
static void
expect_secret(struct webtest *test, const struct answer *answer)
{
	assert_string_equal(webtest_header(test, answer, "Cache-Control"),
	    "no-store");
	assert_string_equal(webtest_header(test, answer, "Referrer-Policy"),
	    "no-referrer");
}

/* ---- B3 ---- */

static void
test_object(void **state)
{
	struct webtest *test = *state;
	struct sample sample = upload(test, "mi plano.pdf", false);
	const char *path = pool_format(test->pool, "/download/%s", sample.key);
	struct answer answer = get(test, NULL, path, 0);
	const struct json *json = parse(test, &answer);

	assert_int_equal(answer.status, 200);
	assert_int_equal(json_number(json_find(json, "expires_in")), 300);
	expect_secret(test, &answer);
	expect_bytes(test, json_text(json_find(json, "download_url")),
	    "attachment; filename=\"mi plano.pdf\"");
	answer = get(test, "text/html", path, 0);
	assert_int_equal(answer.status, 302);
	expect_secret(test, &answer);
	expect_bytes(test, webtest_header(test, &answer, "Location"), NULL);
	test->app.clock.fixed_ms += 301 * 1000;
	answer = follow(test, json_text(json_find(json, "download_url")));
	assert_int_equal(answer.status, 403);
}

static void
test_object_is_not_there(void **state)
{
	static const char *const paths[] = { "/download/users/1/document/x",
		"/download/x", "/download/../../etc/passwd",
		"/download/%2e%2e/x" };
	struct webtest *test = *state;
	struct sample sample = upload(test, "a.pdf", false);
	struct answer answer;
	struct err err = ERR_INIT;

	answer = get(test, NULL, paths[0], 0);
	expect_not_found(test, &answer);
	answer = get(test, NULL, paths[1], 0);
	expect_not_found(test, &answer);
	for (size_t i = 2; i < ARRAY_COUNT(paths); i++) {
		int status = get(test, NULL, paths[i], 0).status;

		assert_true(status == 400 || status == 404);
	}
	/* Somebody deleted it in the bucket. */
	assert_int_equal(store_delete(test->app.backend.store, sample.key,
	    &err), 0);
	answer = get(test, NULL,
	    pool_format(test->pool, "/download/%s", sample.key), 0);
	expect_not_found(test, &answer);
}

/* ---- B11 ---- */

static void
test_file(void **state)
{
	struct webtest *test = *state;
	struct sample sample =
	    upload(test, "informe \xc3\xb1; a=b.pdf", false);
	const char *disposition = "attachment; filename=\"informe __ a=b.pdf\";"
	    " filename*=UTF-8''informe%20%C3%B1%3B%20a%3Db.pdf";
	struct answer answer;

	answer = get(test, NULL, "/files/#/download", sample.id);
	assert_int_equal(answer.status, 302);
	expect_secret(test, &answer);
	expect_bytes(test, webtest_header(test, &answer, "Location"),
	    disposition);
	answer = get(test, "text/html", "/files/#/download", sample.id);
	assert_int_equal(answer.status, 302);
	answer = get(test, "application/json", "/files/#/download", sample.id);
	assert_int_equal(answer.status, 200);
	expect_bytes(test, json_text(json_find(parse(test, &answer), "url")),
	    disposition);
	answer = get(test, NULL, "/files/#/download", sample.id + 1);
	expect_not_found(test, &answer);
	answer = get(test, NULL, "/files/x/download", 0);
	expect_not_found(test, &answer);
}

static void
test_public_file(void **state)
{
	struct webtest *test = *state;
	struct sample sample = upload(test, "a.pdf", true);
	struct answer answer =
	    get(test, NULL, "/files/#/download", sample.id);
	const char *url = webtest_header(test, &answer, "Location");

	assert_int_equal(answer.status, 302);
	assert_string_equal(url, pool_format(test->pool, ORIGIN "/store/%s",
	    sample.key));
	expect_bytes(test, url, NULL);
}

/* ---- B12 ---- */

static void
test_url(void **state)
{
	static const char *const bad[] = { "0", "3601", "-1", "x", "1e3",
		"99999999999999999999", "60&expires_in=70" };
	struct webtest *test = *state;
	struct sample sample = upload(test, "a.pdf", false);
	struct answer answer =
	    get(test, NULL, "/files/#/presigned-url", sample.id);
	const struct json *json = parse(test, &answer);

	assert_int_equal(json_number(json_find(json, "expires_in")), 3600);
	assert_string_equal(json_text(json_find(json, "expires_at")),
	    "2026-11-22T15:00:00Z");
	answer = get(test, NULL, "/files/#/presigned-url?expires_in=60",
	    sample.id);
	json = parse(test, &answer);
	assert_int_equal(answer.status, 200);
	expect_secret(test, &answer);
	assert_int_equal(json_number(json_find(json, "expires_in")), 60);
	expect_bytes(test, json_text(json_find(json, "url")), NULL);
	test->app.clock.fixed_ms += 61 * 1000;
	assert_int_equal(follow(test,
	    json_text(json_find(json, "url"))).status, 403);
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		answer = get(test, NULL, pool_format(test->pool,
		    "/files/#/presigned-url?expires_in=%s", bad[i]),
		    sample.id);
		assert_int_equal(answer.status, 400);
	}
}

/* ---- share links ---- */

static struct answer
post(struct webtest *test, const char *word, int64_t id, const char *body)
{
	webtest_unset_all(test);
	return webtest_post(test, pool_format(test->pool, "/files/%lld/%s",
	    (long long)id, word), "application/json", slice_str(body));
}

static const char *
share(struct webtest *test, int64_t id, const char *body)
{
	struct answer answer = post(test, "share", id, body);

	if (answer.status != 200)
		fail_msg("%s", answer.body);
	expect_secret(test, &answer);
	return json_text(json_find(parse(test, &answer), "url"));
}

static void
test_link(void **state)
{
	struct webtest *test = *state;
	struct sample sample = upload(test, "a.pdf", false);
	const char *url = share(test, sample.id, "{\"expires_in\": 3600}");
	struct answer answer;

	assert_true(slice_has_prefix(slice_str(url), ORIGIN "/s/"));
	answer = follow(test, url);
	assert_int_equal(answer.status, 302);
	expect_secret(test, &answer);
	expect_bytes(test, webtest_header(test, &answer, "Location"),
	    "attachment; filename=\"a.pdf\"");
	/* Each ends by itself, */
	test->app.clock.fixed_ms += 3600 * 1000;
	answer = follow(test, url);
	expect_not_found(test, &answer);
	/* a day after, */
	answer = post(test, "share", sample.id, "{\"expires_in\": 86401}");
	expect_error(test, &answer, 400, "bad_expires_in");
	url = share(test, sample.id, "{}");
	test->app.clock.fixed_ms += 86399 * INT64_C(1000);
	assert_int_equal(follow(test, url).status, 302);
	/* and all of them when somebody says so. */
	answer = post(test, "share/revoke", sample.id, "{}");
	assert_int_equal(answer.status, 200);
	answer = follow(test, url);
	expect_not_found(test, &answer);
	assert_int_equal(follow(test,
	    share(test, sample.id, "{}")).status, 302);
}

static void
test_link_for_browsers(void **state)
{
	struct webtest *test = *state;
	struct sample sample = upload(test, "a.pdf", false);
	const char *path = pool_format(test->pool, "/files/%lld/share",
	    (long long)sample.id);
	struct answer answer;

	webtest_unset_all(test);
	webtest_set(test, "HTTP_ACCEPT", "text/html,*/*;q=0.8");
	answer = webtest_post(test, path, "application/x-www-form-urlencoded",
	    slice_str("expires_in=3600"));
	assert_int_equal(answer.status, 200);
	assert_string_equal(webtest_header(test, &answer, "Cache-Control"),
	    "private, no-store");
	assert_int_equal(follow(test, webtest_between(test, &answer,
	    "readonly value=\"", "\"")).status, 302);
	webtest_set(test, "HTTP_ACCEPT", "text/html,*/*;q=0.8");
	answer = webtest_post(test, pool_format(test->pool, "%s/revoke", path),
	    "application/x-www-form-urlencoded", slice_str(""));
	assert_int_equal(answer.status, 302);
	assert_string_equal(webtest_header(test, &answer, "Location"),
	    pool_format(test->pool, "/files/%lld", (long long)sample.id));
}

static void
test_bad_links(void **state)
{
	struct webtest *test = *state;
	struct sample sample = upload(test, "a.pdf", false);
	char *url = pool_strdup(test->pool, share(test, sample.id, "{}"));
	size_t len = strlen(url);
	struct answer answer;
	struct err err = ERR_INIT;

	for (size_t i = strlen(ORIGIN "/s/"); i < len; i += 3) {
		char kept = url[i];

		url[i] = kept == 'A' ? 'B' : 'A';
		answer = follow(test, url);
		expect_not_found(test, &answer);
		url[i] = kept;
	}
	answer = follow(test, ORIGIN "/s/x");
	expect_not_found(test, &answer);
	assert_int_equal(follow(test, url).status, 302);
	/* In the trash; a disabled tenant. */
	assert_int_equal(sql_exec(test->app.backend.db,
	    "UPDATE files SET state = 'trashed'", NULL, 0, NULL, &err), 0);
	answer = follow(test, url);
	expect_not_found(test, &answer);
	assert_int_equal(sql_exec(test->app.backend.db,
	    "UPDATE files SET state = 'live'", NULL, 0, NULL, &err), 0);
	assert_int_equal(follow(test, url).status, 302);
	assert_int_equal(sql_exec(test->app.backend.db,
	    "UPDATE tenants SET is_disabled = 1", NULL, 0, NULL, &err), 0);
	answer = follow(test, url);
	expect_not_found(test, &answer);
}

static void
test_sharing_what_is_not_there(void **state)
{
	struct webtest *test = *state;
	struct sample sample = upload(test, "a.pdf", false);
	struct answer answer;
	struct err err = ERR_INIT;

	answer = post(test, "share", sample.id + 1, "{}");
	expect_not_found(test, &answer);
	answer = post(test, "share/revoke", sample.id + 1, "{}");
	expect_not_found(test, &answer);
	assert_int_equal(sql_exec(test->app.backend.db,
	    "UPDATE files SET state = 'trashed'", NULL, 0, NULL, &err), 0);
	answer = post(test, "share", sample.id, "{}");
	expect_not_found(test, &answer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_object, setup, teardown),
		cmocka_unit_test_setup_teardown(test_object_is_not_there,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(test_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_public_file, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_url, setup, teardown),
		cmocka_unit_test_setup_teardown(test_link, setup, teardown),
		cmocka_unit_test_setup_teardown(test_link_for_browsers, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_bad_links, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    test_sharing_what_is_not_there, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
