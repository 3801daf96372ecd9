/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <regex.h>
#include <stdlib.h>

#include "codec/json.h"
#include "model/api_token.h"
#include "webtest.h"

#define PDF "%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
#define UUID "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
#define FLAC "fLaC\0\0\0\x22\x10\0\x10\0\0\0\0\0\0\0\x0a\xc4\x42\xf0\0\0\0\0"

enum { LARGE_BYTES = 6 * 1024 * 1024 }; /* beyond the smallest part */

static const char *const plain[] = { NULL };

static int
setup_with(void **state, const char *const *settings)
{
	struct webtest *test = test_calloc(1, sizeof(*test));

	webtest_open(test, settings);
	*state = test;
	return 0;
}

static int
setup(void **state)
{
	return setup_with(state, plain);
}

static int
setup_limits(void **state)
{
	static const char *const settings[] = { "MAX_FILE_SIZE=1000",
		"MAX_BODY_SIZE=3m", "MAX_UPLOAD_SIZE=1000", NULL };

	return setup_with(state, settings);
}

static int
setup_login(void **state)
{
	static const char *const settings[] = { "AUTH=login", NULL };

	return setup_with(state, settings);
}

static int
setup_parts(void **state)
{
	static const char *const settings[] = { "S3_PART_SIZE=5m",
		"S3_PUBLIC_PREFIXES=general/", NULL };

	return setup_with(state, settings);
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

static struct answer
post(struct webtest *test, const char *path, const struct webtest_part *parts,
    size_t count)
{
	return webtest_post(test, path, WEBTEST_FORM,
	    webtest_form(test, parts, count));
}

static struct webtest_part
png_part(struct webtest *test)
{
	return (struct webtest_part){ "file", "martillo.png", "image/png",
		webtest_png(test, 7) };
}

static struct webtest_part
text_part(const char *name, const char *value)
{
	return (struct webtest_part){ name, NULL, NULL, slice_str(value) };
}

static const char *
member(struct webtest *test, const struct answer *answer, const char *name)
{
	struct err err = ERR_INIT;
	struct json *json;

	if (json_parse(test->pool,
		slice_make(answer->body, answer->body_len), &json, &err) == -1)
		fail_msg("%s", err.text);
	if (json_type(json_find(json, name)) == JSON_NUMBER)
		return pool_format(test->pool, "%lld",
		    (long long)json_number(json_find(json, name)));
	return json_text(json_find(json, name));
}

static void
expect_match(const char *text, const char *pattern)
{
	regex_t regex;

	assert_int_equal(regcomp(&regex,
	    pattern, REG_EXTENDED | REG_NOSUB), 0);
	if (regexec(&regex, text, 0, NULL, 0) != 0)
		fail_msg("%s does not match %s", text, pattern);
	regfree(&regex);
}

static void
expect_error(struct webtest *test, const struct answer *answer, int status,
    const char *code)
{
	if (answer->status != status)
		fail_msg("%d: %s", answer->status, answer->body);
	assert_string_equal(member(test, answer, "error"), code);
	assert_true(*member(test, answer, "detail") != '\0');
	assert_true(*member(test, answer, "message") != '\0');
}

static void
expect_nothing(struct webtest *test)
{
	assert_int_equal(webtest_count(test, "SELECT count(*) FROM files"
	    " WHERE state IN ('pending', 'live')"), 0);
	assert_int_equal(webtest_count(test, "SELECT used_bytes +"
	    " reserved_bytes FROM tenants WHERE id = 1"), 0);
	assert_int_equal(webtest_objects(test), 0);
}

/* ---- B1 ---- */

static void
test_any_file(void **state)
{
	struct webtest *test = *state;
	const struct {
		const char *name, *type;
		struct slice data;
		const char *key;
	} cases[] = {
		{ "martillo.png", "image/png", webtest_png(test, 1),
		    "^uploads/" UUID "\\.png$" },
		{ "martillo.png", NULL, webtest_png(test, 2),
		    "^uploads/" UUID "\\.png$" },
		{ "plano.pdf", "application/octet-stream", slice_str(PDF),
		    "^uploads/" UUID "\\.pdf$" },
		{ "nota.flac", "audio/flac",
		    slice_make(FLAC, sizeof(FLAC) - 1),
		    "^audio/" UUID "\\.flac$" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct webtest_part part = { "file", cases[i].name,
			cases[i].type, cases[i].data };
		struct answer answer = post(test, "/upload", &part, 1);

		if (answer.status != 200)
			fail_msg("%s: %s", cases[i].name, answer.body);
		expect_match(member(test, &answer, "object_name"),
		    cases[i].key);
	}
	assert_int_equal(webtest_objects(test), 4);
	assert_int_equal(webtest_count(test, "SELECT count(*) FROM files"
	    " WHERE state = 'live' AND is_public = 0 AND owner = '1'"), 4);
}

static void
test_one_file(void **state)
{
	struct webtest *test = *state;
	const struct webtest_part twice[] = { png_part(test),
		png_part(test) };
	const struct webtest_part text = text_part("file", "martillo");
	const struct webtest_part other = { "image", "a.png", "image/png",
		webtest_png(test, 1) };
	struct answer answer;

	answer = post(test, "/upload", twice, 2);
	expect_error(test, &answer, 400, "duplicate_field");
	answer = post(test, "/upload", &text, 1);
	expect_error(test, &answer, 400, "text_for_file");
	answer = post(test, "/upload", &other, 1);
	expect_error(test, &answer, 400, "bad_field");
	assert_non_null(strstr(answer.body, "file is missing"));
	answer = webtest_post(test, "/upload", "application/json",
	    slice_str("{}"));
	expect_error(test, &answer, 415, "unsupported_type");
	expect_nothing(test);
}

static void
test_refused(void **state)
{
	struct webtest *test = *state;
	const struct {
		const char *name, *type;
		size_t bytes;
		const char *data;
		int status;
		const char *code, *detail;
	} cases[] = {
		/* The size comes first (decision 6). */
		{ "a.png", "image/png", 1001, "", 413, "file_too_large",
		    "File too large" },
		{ "a.png", "image/png", 0, "<html>hello</html>", 415,
		    "type_mismatch", "Invalid MIME type: text/html" },
		{ "a.exe", "application/x-dosexec", 0, "MZ", 415,
		    "type_not_allowed",
		    "Invalid MIME type: application/x-dosexec" },
		{ "a.exe", NULL, 0, "MZ", 415, "extension_not_allowed",
		    "exe" },
		{ "a.png", "image/png", 0, "", 400, "file_empty", "empty" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct slice data = cases[i].bytes == 0 ?
		    slice_str(cases[i].data) :
		    slice_make(pool_alloc(test->pool, cases[i].bytes),
			cases[i].bytes);
		const struct webtest_part part = { "file", cases[i].name,
			cases[i].type, data };
		struct answer answer = post(test, "/upload", &part, 1);

		expect_error(test, &answer, cases[i].status, cases[i].code);
		assert_non_null(strstr(member(test, &answer, "detail"),
		    cases[i].detail));
	}
	expect_nothing(test);
}

static void
test_browsers(void **state)
{
	struct webtest *test = *state;
	struct webtest_part part = png_part(test);
	struct answer answer;

	webtest_set(test, "HTTP_ACCEPT", "text/html,*/*;q=0.8");
	answer = post(test, "/upload", &part, 1);
	assert_int_equal(answer.status, 302);
	expect_match(webtest_header(test, &answer, "Location"),
	    "^/files/[0-9]+$");
	assert_non_null(webtest_header(test, &answer, "Set-Cookie"));
	part.data = slice_str("no picture");
	answer = post(test, "/upload", &part, 1);
	assert_int_equal(answer.status, 415);
	assert_non_null(strstr(answer.body, "<html"));
}

static void
test_same_upload_again(void **state)
{
	struct webtest *test = *state;
	const struct webtest_part part = png_part(test);
	struct answer first, again;

	webtest_set(test, "HTTP_IDEMPOTENCY_KEY", "k");
	first = post(test, "/upload", &part, 1);
	assert_int_equal(first.status, 200);
	again = post(test, "/upload", &part, 1);
	assert_int_equal(again.status, 200);
	assert_string_equal(again.body, first.body);
	assert_string_equal(
	    webtest_header(test, &again, "Idempotency-Replayed"), "true");
	assert_int_equal(webtest_objects(test), 1);
}

/* ---- B2 ---- */

static struct answer
post_avatar(struct webtest *test, const char *user, const char *token)
{
	const struct webtest_part part = png_part(test);

	webtest_unset_all(test);
	webtest_set(test, "HTTP_AUTHORIZATION",
	    pool_format(test->pool, "Bearer %s", token));
	return post(test, pool_format(test->pool, "/users/%s/avatar", user),
	    &part, 1);
}

static void
test_own_avatar(void **state)
{
	struct webtest *test = *state;
	int64_t ana = webtest_user(test, 1, "ana@example.com", ROLE_VIEWER);
	const char *id = pool_format(test->pool, "%lld", (long long)ana);
	const char *token = webtest_token(test, ana, API_SCOPE_WRITE);
	struct answer answer;

	/* The second takes the place of the first. */
	for (int i = 0; i < 2; i++) {
		answer = post_avatar(test, id, token);
		assert_int_equal(answer.status, 200);
		expect_match(member(test, &answer, "avatar_url"),
		    pool_format(test->pool, "^users/%s/avatars/" UUID
			"\\.png$", id));
		assert_int_equal(webtest_objects(test), 1);
		assert_int_equal(webtest_count(test, pool_format(test->pool,
		    "SELECT avatar_file_id FROM users WHERE id = %s", id)),
		    strtoll(member(test, &answer, "file_id"), NULL, 10));
	}
	answer = post_avatar(test, id,
	    webtest_token(test, ana, API_SCOPE_READ));
	expect_error(test, &answer, 403, "forbidden");
}

static void
test_avatars_of_others(void **state)
{
	struct webtest *test = *state;
	int64_t ana = webtest_user(test, 1, "ana@example.com", ROLE_ADMIN);
	int64_t eva = webtest_user(test, 1, "eva@example.com", ROLE_EDITOR);
	const char *anas = webtest_token(test, ana, API_SCOPE_ADMIN);
	const char *evas = webtest_token(test, eva, API_SCOPE_ADMIN);
	const char *writing = webtest_token(test, ana, API_SCOPE_WRITE);
	struct answer answer;
	int64_t bob;

	webtest_sql(test, "INSERT INTO tenants (id, name) VALUES (2, 'Dos')");
	bob = webtest_user(test, 2, "bob@example.com", ROLE_EDITOR);
	answer = post_avatar(test, pool_format(test->pool, "%lld",
	    (long long)ana), evas);
	expect_error(test, &answer, 403, "forbidden");
	answer = post_avatar(test, pool_format(test->pool, "%lld",
	    (long long)eva), writing);
	expect_error(test, &answer, 403, "forbidden");
	answer = post_avatar(test, pool_format(test->pool, "%lld",
	    (long long)bob), anas);
	expect_error(test, &answer, 404, "user_not_found");
	answer = post_avatar(test, "1'%20OR%20'1'='1", anas);
	expect_error(test, &answer, 404, "user_not_found");
	expect_nothing(test);
	answer = post_avatar(test, pool_format(test->pool, "%lld",
	    (long long)eva), anas);
	assert_int_equal(answer.status, 200);
	assert_int_equal(webtest_count(test, pool_format(test->pool,
	    "SELECT count(*) FROM files WHERE owner = '%lld'",
	    (long long)eva)), 1);
}

/* ---- B7 ---- */

static void
swap(struct webtest_part *a, struct webtest_part *b)
{
	struct webtest_part kept = *a;

	*a = *b;
	*b = kept;
}

/* Whatever stands first, the key knows all. */
static void
test_any_order(void **state)
{
	struct webtest *test = *state;
	struct webtest_part parts[] = { png_part(test),
		text_part("file_type", "image"), text_part("is_public", "no"),
		text_part("athlete_id", "42") };

	for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
		struct answer answer;

		swap(&parts[0], &parts[i]);
		answer = post(test, "/files/upload/direct", parts,
		    ARRAY_COUNT(parts));
		if (answer.status != 201)
			fail_msg("%s", answer.body);
		expect_match(member(test, &answer, "key"),
		    "^athletes/42/[0-9]{4}/[0-9]{2}/" UUID "\\.png$");
		assert_string_equal(member(test, &answer, "status"), "live");
		assert_string_equal(member(test, &answer, "width"), "1");
		assert_int_equal(strlen(member(test, &answer, "sha256")), 64);
		assert_string_equal(
		    webtest_header(test, &answer, "Location"),
		    pool_format(test->pool, "/files/%s",
			member(test, &answer, "file_id")));
	}
	assert_int_equal(webtest_objects(test), 4);
}

static struct webtest_part
large_part(struct webtest *test)
{
	char *data = pool_alloc(test->pool, LARGE_BYTES);

	memset(data, ' ', LARGE_BYTES);
	memcpy(data, PDF, strlen(PDF));
	memcpy(data + LARGE_BYTES - 6, "%%EOF\n", 6);
	return (struct webtest_part){ "file", "plano.pdf", "application/pdf",
		slice_make(data, LARGE_BYTES) };
}

/* What leaves in parts leaves with what is known by then. */
static void
test_late_fields(void **state)
{
	struct webtest *test = *state;
	const struct webtest_part kind = text_part("file_type", "document");
	struct webtest_part parts[3] = { large_part(test), kind, kind };
	struct answer answer;

	answer = post(test, "/files/upload/direct", parts, 2);
	expect_error(test, &answer, 400, "fields_first");
	swap(&parts[0], &parts[1]);
	parts[2] = text_part("athlete_id", "42");
	answer = post(test, "/files/upload/direct", parts, 3);
	expect_error(test, &answer, 400, "fields_first");
	parts[2] = text_part("is_public", "1");
	answer = post(test, "/files/upload/direct", parts, 3);
	expect_error(test, &answer, 400, "fields_first");
	expect_nothing(test);
	/* What says nothing new may be late. */
	parts[2] = text_part("is_public", "0");
	answer = post(test, "/files/upload/direct", parts, 3);
	assert_int_equal(answer.status, 201);
	swap(&parts[1], &parts[2]);
	answer = post(test, "/files/upload/direct", parts, 3);
	assert_int_equal(answer.status, 201);
	assert_string_equal(member(test, &answer, "size"), "6291456");
	/* And everything else first. */
	parts[1] = text_part("is_public", "1");
	answer = post(test, "/files/upload/direct", parts, 3);
	assert_int_equal(answer.status, 201);
	expect_match(member(test, &answer, "key"), "^general/");
	assert_non_null(member(test, &answer, "url"));
}

static void
test_bad_fields(void **state)
{
	struct webtest *test = *state;
	const struct {
		struct webtest_part part;
		int status;
		const char *code;
	} cases[] = {
		{ text_part("file_type", ""), 400, "bad_field" },
		{ text_part("file_type", "picture"), 400, "bad_file_type" },
		{ text_part("file_type", "video"), 415, "type_not_allowed" },
		{ text_part("is_public", "maybe"), 400, "bad_field" },
		{ text_part("is_public", "1"), 400, "no_public_prefix" },
		{ text_part("athlete_id", "../x"), 400, "bad_athlete_id" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct webtest_part parts[3] = { png_part(test),
			cases[i].part, text_part("file_type", "image") };
		bool has_kind =
		    strcmp(cases[i].part.name, "file_type") == 0;
		struct answer answer;

		answer = post(test, "/files/upload/direct", parts,
		    has_kind ? 2 : 3);
		expect_error(test, &answer, cases[i].status, cases[i].code);
		swap(&parts[0], &parts[1]);
		answer = post(test, "/files/upload/direct", parts,
		    has_kind ? 2 : 3);
		expect_error(test, &answer, cases[i].status, cases[i].code);
	}
	expect_nothing(test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_any_file, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_one_file, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup_limits,
		    teardown),
		cmocka_unit_test_setup_teardown(test_browsers, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_same_upload_again, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_own_avatar, setup_login,
		    teardown),
		cmocka_unit_test_setup_teardown(test_avatars_of_others,
		    setup_login, teardown),
		cmocka_unit_test_setup_teardown(test_any_order, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_late_fields, setup_parts,
		    teardown),
		cmocka_unit_test_setup_teardown(test_bad_fields, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
