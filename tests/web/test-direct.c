/*
 * Direct uploads over HTTP: rows B5, B6, B13 to B16, decisions 14, 16 and 17.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include <stdio.h>

#include "codec/json.h"
#include "model/direct.h"
#include "webtest.h"

#define JSON "application/json"
#define FORM "application/x-www-form-urlencoded"
#define ASK "/files/upload/presigned"
#define IMAGE "{\"original_filename\":\"martillo.png\",\"file_type\":\"image\"}"
#define PENDING "SELECT count(*) FROM files WHERE state = 'pending'"
#define LIVE "SELECT count(*) FROM files WHERE state = 'live'"

static const char *const open_settings[] = { NULL };
static const char *const base_settings[] = {
	"BASE_URL=https://tienda.example/a/", NULL };

static int
setup_with(void **state, const char *const *settings)
{
	static struct webtest test;

	webtest_open(&test, settings);
	*state = &test;
	return 0;
}

static int
setup(void **state)
{
	return setup_with(state, open_settings);
}

static int
setup_login(void **state)
{
	(void)setup(state);
	((struct webtest *)*state)->app.auth = AUTH_REMOTE_USER;
	return 0;
}

static int
setup_base(void **state)
{
	return setup_with(state, base_settings);
}

static int
teardown(void **state)
{
	webtest_close(*state);
	return 0;
}

static struct answer
post(struct webtest *test, const char *uri, const char *body)
{
	return webtest_post(test, uri, JSON, slice_str(body));
}

/* The body, which must be a JSON object. */
static const struct json *
body_of(struct webtest *test, const struct answer *answer)
{
	struct json *json;
	struct err err = ERR_INIT;

	assert_string_equal(webtest_header(test, answer, "Content-Type"), JSON);
	if (json_parse(test->pool, slice_make(answer->body, answer->body_len),
		&json, &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(json_type(json), JSON_OBJECT);
	return json;
}

static const char *
text_in(const struct json *json, const char *name)
{
	return json_text(json_find(json, name));
}

static const struct json *
ask(struct webtest *test, const char *uri, const char *body)
{
	struct answer answer = post(test, uri, body);

	if (answer.status != 200)
		fail_msg("%d: %s", answer.status, answer.body);
	assert_string_equal(webtest_header(test, &answer, "Cache-Control"),
	    "no-store");
	assert_string_equal(webtest_header(test, &answer, "Referrer-Policy"),
	    "no-referrer");
	return body_of(test, &answer);
}

static void
assert_error(struct webtest *test, const struct answer *answer, int status,
    const char *code)
{
	const struct json *json = body_of(test, answer);

	if (answer->status != status)
		fail_msg("%d, not %d: %s", answer->status, status,
		    answer->body);
	assert_string_equal(text_in(json, "error"), code);
	assert_true(*text_in(json, "detail") != '\0');
	assert_true(*text_in(json, "message") != '\0');
	assert_string_equal(text_in(json, "request_id"),
	    webtest_header(test, answer, "X-Request-Id"));
}

/* ---- the client at the URL ---- */

/* What a request line has of a URL below our base. */
static const char *
target_of(const struct json *ticket)
{
	const char *target = strstr(text_in(ticket, "upload_url"), "/store");

	assert_non_null(target);
	return target;
}

struct sending {
	struct webtest *test;
	const char *content_type;
};

static void
add_header(void *arg, const char *name, const struct json *value)
{
	struct sending *sending = arg;
	char *variable = pool_format(sending->test->pool, "HTTP_%s", name);

	if (slice_eq_case(slice_str(name), "Content-Type")) {
		sending->content_type = json_text(value);
		return;
	}
	for (char *at = variable; *at != '\0'; at++)
		*at = (char)(*at == '-' ? '_' :
			*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
	webtest_set(sending->test, variable, json_text(value));
}

/* A PUT with the headers that are asked for; its status. */
static int
try_put(struct webtest *test, const struct json *ticket, struct slice bytes)
{
	struct sending sending = { test, "" };
	size_t count = test->param_count;
	struct answer answer;

	json_each(json_find(ticket, "headers"), add_header, &sending);
	answer = webtest_send(test, text_in(ticket, "method"),
	    target_of(ticket), sending.content_type, bytes);
	test->param_count = count;
	return answer.status;
}

static void
put(struct webtest *test, const struct json *ticket, struct slice bytes)
{
	assert_int_equal(try_put(test, ticket, bytes), 200);
}

struct form_parts {
	struct webtest_part parts[16];
	size_t count;
};

static void
add_part(void *arg, const char *name, const struct json *value)
{
	struct form_parts *form = arg;

	assert_true(form->count < ARRAY_COUNT(form->parts) - 1);
	form->parts[form->count++] = (struct webtest_part){ name,
		.data = slice_str(json_text(value)) };
}

/* The form's fields and then the file; its status. */
static int
try_form(struct webtest *test, const struct json *ticket, struct slice bytes)
{
	struct form_parts form = { .count = 0 };

	json_each(json_find(ticket, "fields"), add_part, &form);
	form.parts[form.count++] = (struct webtest_part){ "file", "a.png",
		"image/png", bytes };
	return webtest_post(test, target_of(ticket), WEBTEST_FORM,
	    webtest_form(test, form.parts, form.count)).status;
}

static struct answer
confirm(struct webtest *test, const struct json *ticket)
{
	return post(test,
	    pool_format(test->pool, "/files/%lld/confirm-upload",
		(long long)json_number(json_find(ticket, "file_id"))),
	    "{}");
}

/* ---- B5, B6 ---- */

static void
test_image(void **state)
{
	struct webtest *test = *state;
	const struct json *ticket = ask(test, ASK, IMAGE), *record;
	struct answer answer;

	assert_string_equal(text_in(ticket, "method"), "PUT");
	assert_int_equal(json_type(json_find(ticket, "headers")), JSON_OBJECT);
	assert_null(json_find(ticket, "fields"));
	assert_int_equal(json_number(json_find(ticket, "expires_in")), 3600);
	assert_int_equal(
	    strncmp(text_in(ticket, "key"), "users/1/image/", 14), 0);
	assert_non_null(strstr(text_in(ticket, "upload_url"),
	    pool_format(test->pool, "http://shop.test/store/")));
	assert_true(json_number(json_find(ticket, "file_id")) <
	    INT64_C(1) << 53);

	answer = confirm(test, ticket);
	assert_error(test, &answer, 409, "not_uploaded_yet");
	assert_string_equal(text_in(body_of(test, &answer), "message"),
	    "El archivo aún no ha llegado");
	assert_int_equal(webtest_count(test, PENDING), 1);

	put(test, ticket, webtest_png(test, 1));
	answer = confirm(test, ticket);
	assert_int_equal(answer.status, 200);
	record = body_of(test, &answer);
	assert_int_equal(json_number(json_find(record, "file_id")),
	    json_number(json_find(ticket, "file_id")));
	assert_string_equal(text_in(record, "status"), "live");
	assert_string_equal(text_in(record, "content_type"), "image/png");
	assert_string_equal(text_in(record, "original_filename"),
	    "martillo.png");
	assert_string_equal(text_in(record, "file_type"), "image");
	assert_int_equal(json_number(json_find(record, "width")), 1);
	assert_int_equal(strlen(text_in(record, "sha256")), 64);
	assert_int_equal(json_type(json_find(record, "athlete_id")), JSON_NULL);
	assert_null(json_find(record, "url"));
	assert_int_equal(webtest_count(test, LIVE), 1);
	assert_int_equal(webtest_count(test, PENDING), 0);
}

/* The same by every kind of body, with and without a slash (decision 17). */
static void
test_bodies(void **state)
{
	struct webtest *test = *state;
	const struct webtest_part parts[] = {
		{ "original_filename", .data = slice_str("a.png") },
		{ "file_type", .data = slice_str("image") },
		{ "size", .data = slice_str("77") },
	};
	const struct {
		const char *uri, *type;
		struct slice body;
	} cases[] = {
		{ ASK, JSON "; charset=utf-8", slice_str(IMAGE) },
		{ ASK "/", JSON, slice_str(IMAGE) },
		{ ASK, FORM,
		    slice_str("original_filename=a.png&file_type=image") },
		{ ASK, WEBTEST_FORM, webtest_form(test, parts, 3) },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct answer answer = webtest_post(test, cases[i].uri,
		    cases[i].type, cases[i].body);

		assert_int_equal(answer.status, 200);
		assert_true(*text_in(body_of(test, &answer), "upload_url") !=
		    '\0');
	}
	assert_int_equal(webtest_count(test, PENDING), 4);
}

/* What is the server's to say cannot be said by a client (E17). */
static void
test_internal_fields(void **state)
{
	struct webtest *test = *state;
	const struct json *ticket = ask(test, ASK,
	    "{\"original_filename\":\"a.png\",\"file_type\":\"image\","
	    "\"owner\":\"eva\",\"tenant_id\":2,\"state\":\"live\","
	    "\"status\":\"live\",\"key\":\"products/x\",\"object_key\":\"x\","
	    "\"upload_key\":\"x\",\"bucket\":\"b\",\"file_id\":7,\"id\":7,"
	    "\"expires_in\":99999999,\"expires_secs\":0,\"etag\":\"e\","
	    "\"verified\":true}");

	assert_int_equal(
	    strncmp(text_in(ticket, "key"), "users/1/image/", 14), 0);
	assert_int_not_equal(json_number(json_find(ticket, "file_id")), 7);
	assert_int_equal(json_number(json_find(ticket, "expires_in")), 3600);
	assert_int_equal(
	    webtest_count(test,
		"SELECT count(*) FROM files WHERE owner = '1' AND tenant_id ="
		" 1 AND state = 'pending' AND bucket = 'uploads' AND etag ="
		" '' AND upload_key = '' AND object_key LIKE 'users/1/%'"),
	    1);
}

static void
test_bad_requests(void **state)
{
	static const struct {
		const char *body;
		int status;
		const char *code, *detail; /* within; NULL: any */
	} cases[] = {
		{ "", 400, "bad_field", NULL },
		{ "[]", 400, "bad_json", NULL },
		{ "{\"a\":1,\"a\":2}", 400, "bad_json", NULL },
		{ "{}", 400, "bad_field", "original_filename is missing" },
		{ "{\"original_filename\":\"a.png\"}", 400, "bad_field",
		    "file_type is missing" },
		{ "{\"original_filename\":[],\"file_type\":\"image\"}", 400,
		    "bad_field", "original_filename is of the wrong type" },
		{ "{\"original_filename\":\"a.png\",\"file_type\":\"Image\"}",
		    400, "bad_file_type", "image, video, audio or document" },
		{ "{\"original_filename\":\"a.png\",\"file_type\":\"image\","
		  "\"size\":-1}",
		    400, "bad_field", "size is no number" },
		{ "{\"original_filename\":\"a.png\",\"file_type\":\"image\","
		  "\"size\":0}",
		    400, "bad_field", "size is too small" },
		{ "{\"original_filename\":\"a.png\",\"file_type\":\"image\","
		  "\"size\":104857601}",
		    413, "file_too_large", "File too large" },
		{ "{\"original_filename\":\"a.png\",\"file_type\":\"image\","
		  "\"is_public\":\"perhaps\"}",
		    400, "bad_field", "is_public is neither true nor false" },
		{ "{\"original_filename\":\"a.png\",\"file_type\":\"image\","
		  "\"is_public\":true}",
		    400, "no_public_prefix", "S3_PUBLIC_PREFIXES" },
		{ "{\"original_filename\":\"a.png\",\"file_type\":\"image\","
		  "\"athlete_id\":\"../x\"}",
		    400, "bad_athlete_id", NULL },
		{ "{\"original_filename\":\"a.png\",\"file_type\":\"image\","
		  "\"sha256\":\"abc\"}",
		    400, "bad_sha256", NULL },
		{ "{\"original_filename\":\"a.png\",\"file_type\":\"image\","
		  "\"method\":\"GET\"}",
		    400, "bad_method", NULL },
		{ "{\"original_filename\":\"a.exe\",\"file_type\":\"image\"}",
		    415, "extension_not_allowed",
		    "Invalid file extension: exe" },
		{ "{\"original_filename\":\"a.png\",\"file_type\":\"image\","
		  "\"content_type\":\"application/pdf\"}",
		    415, "type_not_allowed",
		    "Invalid MIME type: application/pdf" },
	};
	struct webtest *test = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct answer answer = post(test, ASK, cases[i].body);

		assert_error(test, &answer, cases[i].status, cases[i].code);
		if (cases[i].detail != NULL &&
		    strstr(answer.body, cases[i].detail) == NULL)
			fail_msg("%s", answer.body);
	}
	assert_int_equal(webtest_count(test, "SELECT count(*) FROM files"), 0);
}

/* API routes answer JSON to everybody, browsers too. */
static void
test_always_json(void **state)
{
	struct webtest *test = *state;
	struct answer answer;

	webtest_set(test, "HTTP_ACCEPT", "text/html");
	answer = post(test, ASK, IMAGE);
	assert_int_equal(answer.status, 200);
	answer = post(test, "/files/7/confirm-upload", "{}");
	assert_error(test, &answer, 404, "file_not_found");
	answer = post(test, "/files/x/confirm-upload", "{}");
	assert_error(test, &answer, 404, "file_not_found");
	answer = webtest_get(test, ASK);
	assert_error(test, &answer, 405, "method_not_allowed");
	/* An object may have that name. */
	assert_string_equal(webtest_header(test, &answer, "Allow"),
	    "POST, DELETE");
	answer = webtest_post(test, ASK, "text/plain", slice_str("x"));
	assert_error(test, &answer, 415, "unsupported_type");
}

/* What came is refused: erased, and the answer stays the same. */
static void
test_refused(void **state)
{
	struct webtest *test = *state;
	const struct json *ticket = ask(test, ASK, IMAGE);
	struct answer answer;

	put(test, ticket, slice_str("<!DOCTYPE html><html><script>x</script>"));
	answer = confirm(test, ticket);
	assert_error(test, &answer, 415, "type_mismatch");
	assert_non_null(strstr(answer.body, "Invalid MIME type: text/html"));
	assert_int_equal(webtest_objects(test), 0);
	put(test, ticket, webtest_png(test, 1)); /* its URL is still good */
	answer = confirm(test, ticket);
	assert_error(test, &answer, 415, "type_mismatch");
	assert_int_equal(webtest_count(test, LIVE), 0);
	/* And goes once more when the URL has expired. */
	test->app.clock.fixed_ms +=
	    (3600 + OUTBOX_URL_GRACE_SECS) * INT64_C(1000);
	app_prepare_store(&test->app);
	assert_int_equal(webtest_objects(test), 0);
}

/* No URL for what there is no room for. */
static void
test_no_room(void **state)
{
	static const struct {
		const char *limit, *code, *message;
	} cases[] = {
		{ "quota_bytes = 10", "quota_bytes",
		    "No queda espacio suficiente para este archivo" },
		{ "quota_bytes = 0, quota_objects = 1, used_objects = 1",
		    "quota_objects",
		    "Se alcanzó el número máximo de archivos: elimine"
		    " alguno" },
	};
	struct webtest *test = *state;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct answer answer;

		assert_int_equal(sql_exec(test->app.backend.db,
				     pool_format(test->pool,
					 "UPDATE tenants SET %s",
					 cases[i].limit),
				     NULL, 0, NULL, &err),
		    0);
		answer = post(test, ASK, IMAGE);
		assert_error(test, &answer, 413, cases[i].code);
		assert_string_equal(text_in(body_of(test, &answer), "message"),
		    cases[i].message);
		assert_int_equal(webtest_count(test, PENDING), 0);
	}
}

/* A store that is away is no fault of the client's, and says no more. */
static void
test_storage_away(void **state)
{
	struct webtest *test = *state;
	const char *here = pool_format(test->pool, "%s/objects", test->dir);
	const char *away = pool_format(test->pool, "%s/away", test->dir);
	const struct json *ticket = ask(test, ASK, IMAGE);
	struct answer answer;

	put(test, ticket, webtest_png(test, 1));
	assert_int_equal(rename(here, away), 0);
	answer = confirm(test, ticket);
	assert_true(answer.status == 502 || answer.status == 503);
	assert_error(test, &answer, answer.status, "storage_failed");
	assert_string_equal(text_in(body_of(test, &answer), "detail"),
	    "Storage connection failed");
	assert_int_equal(webtest_count(test, PENDING), 1);
	assert_int_equal(rename(away, here), 0);
	answer = confirm(test, ticket);
	assert_int_equal(answer.status, 200);
}

static void
test_athlete(void **state)
{
	struct webtest *test = *state;
	const struct json *ticket = ask(test, ASK,
	    "{\"original_filename\":\"marca.pdf\",\"file_type\":\"document\","
	    "\"athlete_id\":42}");
	struct answer answer;
	const struct json *record;

	assert_int_equal(
	    strncmp(text_in(ticket, "key"), "athletes/42/2026/11/", 20), 0);
	put(test, ticket, slice_str("%PDF-1.4\n1 0 obj\nendobj\n%%EOF\n"));
	answer = confirm(test, ticket);
	assert_int_equal(answer.status, 200);
	record = body_of(test, &answer);
	assert_string_equal(text_in(record, "athlete_id"), "42");
	assert_string_equal(text_in(record, "content_type"),
	    "application/pdf");
	assert_null(json_find(record, "width"));
}

/* B15 */
static void
test_form_upload(void **state)
{
	struct webtest *test = *state;
	const struct json *ticket = ask(test, ASK,
	    "{\"original_filename\":\"a.png\",\"file_type\":\"image\","
	    "\"method\":\"post\"}");
	const struct json *fields = json_find(ticket, "fields");
	struct slice png = webtest_png(test, 1);
	struct answer answer;

	assert_string_equal(text_in(ticket, "method"), "POST");
	assert_int_equal(json_number(json_find(ticket, "expires_in")), 300);
	assert_string_equal(text_in(fields, "key"), text_in(ticket, "key"));
	assert_string_equal(text_in(fields, "x-amz-meta-user-id"), "1");
	assert_int_equal(
	    strncmp(text_in(ticket, "key"), "users/1/image/", 14), 0);

	assert_int_equal(try_form(test, ticket, slice_str("")), 400);
	assert_int_equal(try_form(test, ticket, png), 201);
	answer = confirm(test, ticket);
	assert_int_equal(answer.status, 200);
	assert_string_not_equal(text_in(body_of(test, &answer), "key"),
	    text_in(ticket, "key"));
	/* The form is still good for its own key, and for nothing else. */
	assert_int_equal(try_form(test, ticket, slice_str("<html>")), 201);
	answer = confirm(test, ticket);
	assert_int_equal(answer.status, 200);
	assert_int_equal(webtest_objects(test), 2);
	test->app.clock.fixed_ms +=
	    (300 + OUTBOX_URL_GRACE_SECS) * INT64_C(1000);
	app_prepare_store(&test->app);
	assert_int_equal(webtest_objects(test), 1);
}

/* What was named is signed: another size, type or hash is refused. */
static void
test_named(void **state)
{
	static const char hash[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e464"
				   "9b934ca495991b7852b855";
	struct webtest *test = *state;
	struct slice png = webtest_png(test, 1), longer;
	const struct json *ticket = ask(test, ASK,
	    pool_format(test->pool,
		"{\"original_filename\":\"a.png\",\"file_type\":\"image\","
		"\"size\":%zu,\"content_type\":\"image/png\"}",
		png.len));

	longer = slice_make(pool_format(test->pool, "%*s", 300, ""), png.len + 1);
	assert_int_equal(try_put(test, ticket, longer), 403);
	assert_int_equal(try_put(test, ticket, png), 200);
	/* And never replaces what is there. */
	assert_int_equal(try_put(test, ticket, png), 412);
	ticket = ask(test, ASK,
	    pool_format(test->pool,
		"{\"original_filename\":\"a.png\",\"file_type\":\"image\","
		"\"sha256\":\"%s\"}",
		hash));
	assert_int_equal(try_put(test, ticket, png), 400);
}

/* ---- B13, B14 ---- */

static void
test_temp(void **state)
{
	static const char *const uris[] = { "/get-upload-url",
		"/api/get-upload-url", "/api/get-upload-url/" };
	struct webtest *test = *state;

	for (size_t i = 0; i < ARRAY_COUNT(uris); i++) {
		const struct json *ticket = ask(test, uris[i],
		    "{\"filename\":\"Mi Foto.png\",\"file_type\":\"image\"}");
		const char *key = text_in(ticket, "key");
		const char *word = pool_format(test->pool,
		    "{\"key\":\"%s\",\"file_type\":\"image\"}", key);
		struct sending sending = { test, "" };
		const struct json *record;
		struct answer answer;

		assert_int_equal(json_number(json_find(ticket, "expires_in")),
		    900);
		assert_int_equal(strncmp(key,
				     "temp/1/2026-11-22T14:00:00Z/image/"
				     "Mi_Foto",
				     41),
		    0);
		json_each(json_find(ticket, "headers"), add_header, &sending);
		assert_string_equal(sending.content_type,
		    "application/octet-stream");
		answer = post(test, "/api/file-uploaded", word);
		assert_error(test, &answer, 409, "not_uploaded_yet");
		put(test, ticket, webtest_png(test, (unsigned)i));
		record = ask(test, "/api/file-uploaded", word);
		assert_int_equal(strncmp(text_in(record, "key"),
				     "users/1/image/", 14),
		    0);
		/* Again: the very same. */
		assert_string_equal(
		    text_in(ask(test, "/api/file-uploaded/", word), "key"),
		    text_in(record, "key"));
		assert_int_equal(webtest_count(test, LIVE), i + 1);
		assert_int_equal(webtest_objects(test), i + 1);
	}
}

static void
test_temp_refused(void **state)
{
	static const struct {
		const char *uri, *body;
		int status;
		const char *code;
	} cases[] = {
		{ "/api/get-upload-url", "{\"filename\":\"a.png\"}", 400,
		    "bad_field" },
		{ "/api/get-upload-url",
		    "{\"filename\":\"a.svg\",\"file_type\":\"image\"}", 415,
		    "extension_not_allowed" },
		{ "/api/file-uploaded", "{\"key\":\"temp/1/x\"}", 400,
		    "bad_field" },
		{ "/api/file-uploaded",
		    "{\"key\":\"temp/1/x\",\"file_type\":\"image\"}", 404,
		    "file_not_found" },
		{ "/api/file-uploaded",
		    "{\"key\":\"\",\"file_type\":\"image\"}", 400,
		    "bad_field" },
		{ "/api/file-uploaded",
		    "{\"key\":\"x\",\"file_type\":\"x\"}", 400,
		    "bad_file_type" },
	};
	struct webtest *test = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct answer answer =
		    post(test, cases[i].uri, cases[i].body);

		assert_error(test, &answer, cases[i].status, cases[i].code);
	}
}

/* ---- who may ---- */

static void
test_owners(void **state)
{
	struct webtest *test = *state;
	const struct json *ticket;
	struct answer answer;

	answer = post(test, ASK, IMAGE);
	assert_error(test, &answer, 401, "unauthenticated");
	/* For people in their language, for programs always the same. */
	assert_string_equal(text_in(body_of(test, &answer), "message"),
	    "Primero inicie sesión");
	assert_string_equal(text_in(body_of(test, &answer), "detail"),
	    "Please log in first");
	webtest_set(test, "REMOTE_USER", "ana@example.org");
	ticket = ask(test, ASK, IMAGE);
	assert_int_equal(strncmp(text_in(ticket, "key"),
			     "users/ana@example.org/image/", 28),
	    0);
	put(test, ticket, webtest_png(test, 1));

	webtest_unset_all(test);
	webtest_set(test, "REMOTE_USER", "eva");
	answer = confirm(test, ticket);
	assert_error(test, &answer, 404, "file_not_found");
	answer = post(test, "/api/file-uploaded",
	    pool_format(test->pool, "{\"key\":\"%s\",\"file_type\":\"image\"}",
		text_in(ticket, "key")));
	assert_error(test, &answer, 404, "file_not_found");

	webtest_unset_all(test);
	webtest_set(test, "REMOTE_USER", "ana@example.org");
	answer = confirm(test, ticket);
	assert_int_equal(answer.status, 200);
}

/* URLs lead where browsers reach us, whatever Host the server sees. */
static void
test_base_url(void **state)
{
	struct webtest *test = *state;
	const char *url = text_in(ask(test, ASK, IMAGE), "upload_url");

	assert_int_equal(
	    strncmp(url, "https://tienda.example/a/store/", 31), 0);
}

static void
test_other_sites(void **state)
{
	struct webtest *test = *state;
	struct answer answer;

	webtest_set(test, "HTTP_SEC_FETCH_SITE", "cross-site");
	answer = post(test, ASK, IMAGE);
	assert_error(test, &answer, 403, "cross_site");
	webtest_unset_all(test);
	webtest_set(test, "HTTP_COOKIE",
	    "almacen_session=0123456789abcdef0123456789abcdef");
	answer = webtest_post(test, ASK, FORM,
	    slice_str("original_filename=a.png&file_type=image"));
	assert_error(test, &answer, 403, "csrf");
	webtest_set(test, "HTTP_SEC_FETCH_SITE", "same-origin");
	answer = post(test, ASK, IMAGE);
	assert_int_equal(answer.status, 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define LOGIN_TEST(name) \
	cmocka_unit_test_setup_teardown(name, setup_login, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_image),
		TEST(test_bodies),
		TEST(test_internal_fields),
		TEST(test_bad_requests),
		TEST(test_always_json),
		TEST(test_refused),
		TEST(test_no_room),
		TEST(test_storage_away),
		TEST(test_athlete),
		TEST(test_form_upload),
		TEST(test_named),
		TEST(test_temp),
		TEST(test_temp_refused),
		LOGIN_TEST(test_owners),
		cmocka_unit_test_setup_teardown(test_base_url, setup_base,
		    teardown),
		TEST(test_other_sites),
	};

	return cmocka_run_group_tests_name("web/direct", tests, NULL, NULL);
}
