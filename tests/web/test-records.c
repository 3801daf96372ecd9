/*
 * Records of files over HTTP: rows B4, B8, B9, B10 and restoring.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include <ctype.h>

#include "codec/json.h"
#include "codec/url.h"
#include "model/api_token.h"
#include "webtest.h"

#define JSON "application/json"
#define FORM "application/x-www-form-urlencoded"

static const char *const settings[] = { "AUTH=login",
	"S3_PUBLIC_PREFIXES=general/", "RATE_UPLOAD=0", "RATE_PRESIGN=0",
	NULL };

/* Two tenants; in the first an admin, two editors and a viewer. */
enum who { ADMIN, ANA, EVA, VIEWER, OTHER, OTHER_ADMIN, WHO_COUNT };

struct people {
	struct webtest web;
	int64_t ids[WHO_COUNT];
	const char *tokens[WHO_COUNT];
};

static int
setup(void **state)
{
	static const enum role roles[] = { ROLE_ADMIN, ROLE_EDITOR,
		ROLE_EDITOR, ROLE_VIEWER, ROLE_EDITOR, ROLE_ADMIN };
	static struct people people;
	struct webtest *test = &people.web;

	webtest_open(test, settings);
	webtest_sql(test, "INSERT INTO tenants (id, name) VALUES (2, 'b')");
	for (int i = 0; i < WHO_COUNT; i++) {
		people.ids[i] = webtest_user(test, i < OTHER ? 1 : 2,
		    pool_format(test->pool, "u%d@example.com", i), roles[i]);
		people.tokens[i] = webtest_token(test, people.ids[i],
		    API_SCOPE_READ | API_SCOPE_WRITE | API_SCOPE_ADMIN);
	}
	*state = &people;
	return 0;
}

static int
teardown(void **state)
{
	webtest_close(&((struct people *)*state)->web);
	return 0;
}

/* ---- requests ---- */

static void
act_as(struct people *people, enum who who)
{
	struct webtest *test = &people->web;

	webtest_unset_all(test);
	webtest_set(test, "HTTP_AUTHORIZATION",
	    pool_format(test->pool, "Bearer %s", people->tokens[who]));
}

static struct answer
send(struct people *people, enum who who, const char *method, const char *uri,
    const char *body)
{
	act_as(people, who);
	return webtest_send(&people->web, method, uri,
	    *body == '\0' ? "" : JSON, slice_str(body));
}

static struct answer
send_if(struct people *people, enum who who, const char *method,
    const char *uri, const char *body, const char *match)
{
	act_as(people, who);
	webtest_set(&people->web, "HTTP_IF_MATCH", match);
	return webtest_send(&people->web, method, uri,
	    *body == '\0' ? "" : JSON, slice_str(body));
}

static const struct json *
body_of(struct people *people, const struct answer *answer)
{
	struct json *json;
	struct err err = ERR_INIT;

	if (json_parse(people->web.pool,
		slice_make(answer->body, answer->body_len), &json, &err) == -1)
		fail_msg("%s: %s", err.text, answer->body);
	return json;
}

static const struct json *
must(struct people *people, enum who who, const char *method, const char *uri,
    const char *body)
{
	struct answer answer = send(people, who, method, uri, body);

	if (answer.status != 200)
		fail_msg("%s %s: %d %s", method, uri, answer.status,
		    answer.body);
	return body_of(people, &answer);
}

static void
assert_error(struct people *people, struct answer answer, int status,
    const char *code)
{
	const struct json *json = body_of(people, &answer);

	if (answer.status != status ||
	    strcmp(json_text(json_find(json, "error")), code) != 0)
		fail_msg("%d %s: %s", status, code, answer.body);
}

static const char *
text_in(const struct json *json, const char *name)
{
	return json_text(json_find(json, name));
}

static int64_t
number_in(const struct json *json, const char *name)
{
	return json_number(json_find(json, name));
}

/* ---- files ---- */

static const char *
target_of(const struct json *ticket)
{
	const char *target = strstr(text_in(ticket, "upload_url"), "/store");

	assert_non_null(target);
	return target;
}

static void
add_header(void *arg, const char *name, const struct json *value)
{
	struct webtest *test = arg;
	char *variable = pool_format(test->pool, "HTTP_%s", name);

	for (char *at = variable; *at != '\0'; at++)
		*at = (char)(*at == '-' ? '_' : toupper((unsigned char)*at));
	webtest_set(test, variable, json_text(value));
}

/* A live file of his; its id. */
static int64_t
upload(struct people *people, enum who who, const char *name, bool is_public)
{
	struct webtest *test = &people->web;
	const struct json *ticket = must(people, who, "POST",
	    "/files/upload/presigned",
	    pool_format(test->pool,
		"{\"original_filename\":\"%s\",\"file_type\":\"image\","
		"\"is_public\":%s}",
		name, is_public ? "true" : "false"));
	const char *confirm = pool_format(test->pool,
	    "/files/%lld/confirm-upload",
	    (long long)number_in(ticket, "file_id"));

	webtest_unset_all(test);
	json_each(json_find(ticket, "headers"), add_header, test);
	assert_int_equal(webtest_send(test, "PUT", target_of(ticket), "",
			     webtest_png(test, 1))
			     .status,
	    200);
	return number_in(must(people, who, "POST", confirm, "{}"), "file_id");
}

static const char *
path_of(struct people *people, int64_t id, const char *more)
{
	return pool_format(people->web.pool, "/files/%lld%s", (long long)id,
	    more);
}

static const struct json *
record(struct people *people, enum who who, int64_t id)
{
	return must(people, who, "GET", path_of(people, id, ""), "");
}

static const char *
etag_of(struct people *people, const struct json *file)
{
	return pool_format(people->web.pool, "\"%lld-%lld\"",
	    (long long)number_in(file, "file_id"),
	    (long long)number_in(file, "version"));
}

/* ---- B8 ---- */

static const struct json *
list(struct people *people, enum who who, const char *query)
{
	return must(people, who, "GET",
	    pool_format(people->web.pool, "/files/%s", query), "");
}

static size_t
count(struct people *people, enum who who, const char *query)
{
	return json_count(json_find(list(people, who, query), "files"));
}

static void
test_list(void **state)
{
	struct people *people = *state;
	int64_t first = upload(people, ANA, "100% a_b.png", false);
	int64_t second = upload(people, ANA, "martillo.png", true);
	const struct json *page, *file;

	(void)upload(people, EVA, "eva.png", true);
	(void)upload(people, OTHER, "otro.png", false);
	page = list(people, ANA, "");
	assert_int_equal(json_count(json_find(page, "files")), 2);
	assert_int_equal(number_in(page, "limit"), 50);
	assert_non_null(strstr(send(people, ANA, "GET", "/files", "").body,
	    "\"next_cursor\":null"));
	/* Of the same second the greater id is the newer one. */
	file = json_at(json_find(page, "files"), 0);
	assert_int_equal(number_in(file, "file_id"),
	    first > second ? first : second);

	assert_int_equal(count(people, ANA, "?q=MARTILLO"), 1);
	assert_int_equal(count(people, ANA, "?q=%25"), 1);
	assert_int_equal(count(people, ANA, "?q=_"), 1);
	assert_int_equal(count(people, ANA, "?q=a%25b"), 0);
	assert_int_equal(count(people, ANA, "?q=%27%20OR%201=1--"), 0);
	assert_int_equal(count(people, ANA, "?file_type=image&limit=200"), 2);
	assert_int_equal(count(people, ANA, "?file_type=video"), 0);
	assert_int_equal(count(people, ANA, "?athlete_id=7"), 0);
	assert_int_equal(count(people, ANA, "?q=&file_type=&athlete_id="), 2);
	assert_int_equal(count(people, ANA, "?state=trashed"), 0);
	assert_int_equal(count(people, VIEWER, ""), 0);
	assert_int_equal(count(people, ADMIN, ""), 0);
	assert_int_equal(count(people, ADMIN, "?scope=mine"), 0);
	assert_int_equal(count(people, ADMIN, "?scope=tenant"), 3);
	assert_int_equal(count(people, OTHER_ADMIN, "?scope=tenant"), 1);
	assert_error(people,
	    send(people, ANA, "GET", "/files?scope=tenant", ""), 403,
	    "forbidden");
}

static void
test_bad_lists(void **state)
{
	static const struct {
		const char *query, *code;
	} cases[] = {
		{ "limit=0", "bad_field" },
		{ "limit=201", "bad_field" },
		{ "limit=-1", "bad_field" },
		{ "limit=5x", "bad_field" },
		{ "limit=1&limit=2", "duplicate_field" },
		{ "file_type=Image", "bad_field" },
		{ "file_type=x%0A", "bad_field" },
		{ "state=gone", "bad_field" },
		{ "scope=all", "bad_field" },
		{ "q=%FF", "bad_field" },
		{ "q=a%00", "bad_field" },
		{ "cursor=x", "bad_cursor" },
		{ "cursor=MA.9999999999.x", "bad_cursor" },
	};
	struct people *people = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		assert_error(people,
		    send(people, ANA, "GET",
			pool_format(people->web.pool, "/files?%s",
			    cases[i].query),
			""),
		    400, cases[i].code);
	assert_error(people,
	    send(people, ANA, "GET",
		pool_format(people->web.pool, "/files?q=%0*d", 201, 0), ""),
	    400, "bad_field");
}

/* The query behind "?" of the answer's Link. */
static const char *
next_of(struct people *people, const struct answer *answer)
{
	const char *link = webtest_header(&people->web, answer, "Link");
	const char *from, *to;

	if (link == NULL)
		return NULL;
	from = strchr(link, '?');
	assert_int_equal(strncmp(link, "</files?", 8), 0);
	to = strstr(link, ">; rel=\"next\"");
	assert_non_null(to);
	return pool_strndup(people->web.pool, from, (size_t)(to - from));
}

static void
test_pages(void **state)
{
	struct people *people = *state;
	const char *query = "?limit=2&q=foto%20n";
	int64_t last = INT64_MAX;
	int seen = 0, pages = 0;

	for (int i = 0; i < 5; i++)
		(void)upload(people, ANA, "foto ñ.png", false);
	while (query != NULL) {
		struct answer answer = send(people, ANA, "GET",
		    pool_format(people->web.pool, "/files%s", query), "");
		const struct json *page = body_of(people, &answer);
		const struct json *files = json_find(page, "files");

		assert_int_equal(answer.status, 200);
		for (size_t i = 0; i < json_count(files); i++) {
			int64_t id = number_in(json_at(files, i), "file_id");

			assert_true(id < last);
			last = id;
			seen++;
		}
		/* What comes meanwhile is newer, or another page's. */
		(void)upload(people, EVA, "foto ñ.png", false);
		query = next_of(people, &answer);
		assert_int_equal(query == NULL,
		    json_type(json_find(page, "next_cursor")) == JSON_NULL);
		if (query != NULL)
			assert_non_null(strstr(query,
			    text_in(page, "next_cursor")));
		pages++;
	}
	assert_int_equal(seen, 5);
	assert_int_equal(pages, 3);
}

/* A cursor is worth nothing but where it was made. */
static void
test_hostile_cursors(void **state)
{
	static const struct {
		enum who who;
		const char *query;
	} cases[] = {
		{ EVA, "limit=1" },
		{ OTHER, "limit=1" },
		{ OTHER_ADMIN, "limit=1&scope=tenant" },
		{ ADMIN, "limit=1&scope=tenant" },
		{ ANA, "limit=1&q=png" },
		{ ANA, "limit=1&file_type=image" },
		{ ANA, "limit=1&athlete_id=7" },
		{ ANA, "limit=1&state=trashed" },
	};
	struct people *people = *state;
	struct pool *pool = people->web.pool;
	const char *cursor;
	char *altered;

	(void)upload(people, ANA, "1.png", false);
	(void)upload(people, ANA, "2.png", false);
	cursor = text_in(list(people, ANA, "?limit=1"), "next_cursor");
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		assert_error(people,
		    send(people, cases[i].who, "GET",
			pool_format(pool, "/files?%s&cursor=%s",
			    cases[i].query, cursor),
			""),
		    400, "bad_cursor");
	for (size_t i = 0; cursor[i] != '\0'; i++) {
		altered = pool_strdup(pool, cursor);
		altered[i] = (char)(altered[i] == 'A' ? 'B' : 'A');
		assert_error(people,
		    send(people, ANA, "GET",
			pool_format(pool, "/files?limit=1&cursor=%s", altered),
			""),
		    400, "bad_cursor");
	}
	/* Unaltered it is good, with another limit too, for a day. */
	assert_int_equal(count(people, ANA,
			     pool_format(pool, "?limit=9&cursor=%s", cursor)),
	    1);
	people->web.app.clock.fixed_ms += INT64_C(86400) * 1000;
	assert_error(people,
	    send(people, ANA, "GET",
		pool_format(pool, "/files?limit=1&cursor=%s", cursor), ""),
	    400, "bad_cursor");
}

/* ---- B9 ---- */

static void
test_show(void **state)
{
	struct people *people = *state;
	struct webtest *test = &people->web;
	int64_t id = upload(people, ANA, "martillo.png", false);
	struct answer answer =
	    send(people, ANA, "GET", path_of(people, id, "/"), "");
	const struct json *file = body_of(people, &answer);
	const char *etag = etag_of(people, file);

	assert_string_equal(webtest_header(test, &answer, "ETag"), etag);
	assert_string_equal(webtest_header(test, &answer, "Cache-Control"),
	    "private, no-cache");
	assert_string_equal(text_in(file, "status"), "live");
	assert_string_equal(text_in(file, "owner"),
	    pool_format(test->pool, "%lld", (long long)people->ids[ANA]));
	assert_int_equal(json_type(json_find(file, "alt_text")), JSON_NULL);
	assert_int_equal(json_count(json_find(file, "tags")), 0);
	assert_null(json_find(file, "url"));
	assert_non_null(strstr(text_in(json_find(file, "links"), "download"),
	    path_of(people, id, "/download")));

	act_as(people, ANA);
	webtest_set(test, "HTTP_IF_NONE_MATCH", etag);
	answer = webtest_get(test, path_of(people, id, ""));
	assert_int_equal(answer.status, 304);
	assert_int_equal(answer.body_len, 0);
	assert_string_equal(webtest_header(test, &answer, "ETag"), etag);
	act_as(people, ANA);
	webtest_set(test, "HTTP_ACCEPT", "text/html");
	answer = webtest_get(test, path_of(people, id, ""));
	assert_int_equal(answer.status, 200);
	assert_non_null(strstr(webtest_header(test, &answer, "Content-Type"),
	    "text/html"));
}

/* Who may what with whose file. */
static void
test_access(void **state)
{
	/* clang-format off */
	static const struct {
		enum who who;
		int show_private, show_public, change, remove;
	} cases[] = {
		{ ANA, 200, 200, 200, 200 },
		{ ADMIN, 200, 200, 200, 200 },
		{ EVA, 403, 200, 403, 403 },
		{ VIEWER, 403, 200, 403, 403 },
		{ OTHER, 404, 404, 404, 404 },
		{ OTHER_ADMIN, 404, 404, 404, 404 },
	};
	/* clang-format on */
	struct people *people = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		enum who who = cases[i].who;
		int64_t hidden = upload(people, ANA, "a.png", false);
		int64_t shown = upload(people, ANA, "b.png", true);

		assert_int_equal(
		    send(people, who, "GET", path_of(people, hidden, ""), "")
			.status,
		    cases[i].show_private);
		assert_int_equal(
		    send(people, who, "GET", path_of(people, shown, ""), "")
			.status,
		    cases[i].show_public);
		assert_int_equal(send(people, who, "PATCH",
				     path_of(people, shown, ""),
				     "{\"alt_text\":\"x\"}")
				     .status,
		    cases[i].change);
		assert_int_equal(
		    send(people, who, "DELETE", path_of(people, shown, ""), "")
			.status,
		    cases[i].remove);
		/* What is in the trash is there for whoever put it there. */
		if (cases[i].remove != 200)
			(void)must(people, ANA, "DELETE",
			    path_of(people, shown, ""), "");
		assert_int_equal(
		    send(people, who, "GET", path_of(people, shown, ""), "")
			.status,
		    cases[i].remove == 200 ? 200 : 404);
		if (who == VIEWER)
			continue;
		assert_int_equal(send(people, who, "POST",
				     path_of(people, shown, "/restore"), "")
				     .status,
		    cases[i].remove == 200 ? 200 : 404);
		assert_int_equal(send(people, who, "DELETE",
				     path_of(people, hidden,
					 "?hard_delete=true"),
				     "")
				     .status,
		    cases[i].remove);
	}
	webtest_unset_all(&people->web);
	assert_int_equal(webtest_get(&people->web, "/files").status, 401);
}

static void
test_no_file(void **state)
{
	static const char *const paths[] = { "/files/1", "/files/0",
		"/files/x", "/files/99999999999999999999", "/files/-1" };
	struct people *people = *state;

	for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
		struct answer answer =
		    send(people, ANA, "GET", paths[i], "");

		assert_int_equal(answer.status, 404);
		if (i == 0)
			assert_non_null(strstr(answer.body,
			    "\"detail\":\"File not found\""));
	}
}

static void
test_change(void **state)
{
	struct people *people = *state;
	struct webtest *test = &people->web;
	int64_t id = upload(people, ANA, "martillo.png", false);
	const char *path = path_of(people, id, ""), *key;
	const struct json *file = must(people, ANA, "PATCH", path,
	    "{\"original_filename\":\" Ñandú.PNG \",\"athlete_id\":\"7\","
	    "\"alt_text\":\"Un <ñandú>\",\"tags\":[\"Ave\",\" pampa \","
	    "\"ave\"],\"is_public\":false}");

	assert_string_equal(text_in(file, "original_filename"), "Ñandú.PNG");
	assert_string_equal(text_in(file, "athlete_id"), "7");
	assert_string_equal(text_in(file, "alt_text"), "Un <ñandú>");
	assert_int_equal(json_count(json_find(file, "tags")), 2);
	assert_string_equal(json_text(json_at(json_find(file, "tags"), 1)),
	    "pampa");
	key = text_in(file, "key");
	assert_int_equal(count(people, ANA, "?q=nandu"), 1);
	assert_int_equal(count(people, ANA, "?q=PAMPA&athlete_id=7"), 1);
	assert_string_equal(text_in(record(people, ANA, id), "key"), key);

	/* What came empty or null is cleared, what did not come stays. */
	file = must(people, ANA, "PATCH", path,
	    "{\"athlete_id\":null,\"tags\":[]}");
	assert_int_equal(json_type(json_find(file, "athlete_id")), JSON_NULL);
	assert_int_equal(json_count(json_find(file, "tags")), 0);
	assert_string_equal(text_in(file, "alt_text"), "Un <ñandú>");

	/* A form does the same. */
	act_as(people, ANA);
	assert_int_equal(webtest_send(test, "PATCH", path, FORM,
			     slice_str("alt_text=&tags=sol,Luna&is_public=1"))
			     .status,
	    200);
	file = record(people, ANA, id);
	assert_int_equal(json_type(json_find(file, "alt_text")), JSON_NULL);
	assert_int_equal(json_count(json_find(file, "tags")), 2);
	/* Public: at another key, for everybody, and nowhere else. */
	assert_int_equal(strncmp(text_in(file, "key"), "general/", 8), 0);
	assert_non_null(strstr(text_in(file, "url"), text_in(file, "key")));
	assert_int_equal(webtest_objects(test), 1);
	webtest_unset_all(test);
	assert_int_equal(webtest_get(test,
			     strstr(text_in(file, "url"), "/store"))
			     .status,
	    200);
}

/* Whatever is not in the table is the server's to say (E17). */
static void
test_mass_assignment(void **state)
{
	static const char *const names[] = { "key", "object_key", "status",
		"state", "owner", "owner_id", "user_id", "tenant_id",
		"content_type", "size", "size_bytes", "sha256", "etag",
		"version", "bucket", "provider", "file_id", "id", "file_type",
		"kind", "width", "height", "created_at", "created_secs",
		"updated_at", "expires_secs", "url", "links", "upload_key",
		"charged_bytes", "share_version", "search_text", "refusal",
		"is_public ", "Tags", "__proto__", "constructor", "" };
	struct people *people = *state;
	int64_t id = upload(people, ANA, "martillo.png", false);
	struct answer before, after;

	before = send(people, ANA, "GET", path_of(people, id, ""), "");
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		struct answer answer = send(people, ANA, "PATCH",
		    path_of(people, id, ""),
		    pool_format(people->web.pool,
			"{\"alt_text\":\"x\",\"%s\":\"1\"}", names[i]));

		assert_error(people, answer, 400, "unknown_field");
		assert_non_null(strstr(answer.body, names[i]));
	}
	after = send(people, ANA, "GET", path_of(people, id, ""), "");
	assert_string_equal(after.body, before.body);
}

static void
test_bad_changes(void **state)
{
	static const struct {
		const char *body, *code;
	} cases[] = {
		{ "[]", "bad_json" },
		{ "{\"tags\":1,\"tags\":2}", "bad_json" },
		{ "{\"original_filename\":\"\"}", "bad_field" },
		{ "{\"original_filename\":null}", "bad_field" },
		{ "{\"original_filename\":\"x.html\"}", "bad_name" },
		{ "{\"original_filename\":\"a\\u0000.png\"}", "bad_json" },
		{ "{\"original_filename\":\"a\\n.png\"}", "bad_field" },
		{ "{\"is_public\":null}", "bad_field" },
		{ "{\"is_public\":\"maybe\"}", "bad_field" },
		{ "{\"athlete_id\":\"../7\"}", "bad_athlete_id" },
		{ "{\"athlete_id\":{\"$ne\":1}}", "bad_field" },
		{ "{\"tags\":[\"a,b\"]}", "bad_field" },
		{ "{\"tags\":[1]}", "bad_field" },
		{ "{\"tags\":\"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,"
		  "19,20,21\"}",
		    "bad_tags" },
	};
	struct people *people = *state;
	int64_t id = upload(people, ANA, "martillo.png", false);
	int64_t version = number_in(record(people, ANA, id), "version");

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		assert_error(people,
		    send(people, ANA, "PATCH", path_of(people, id, ""),
			cases[i].body),
		    400, cases[i].code);
	assert_error(people,
	    send(people, ANA, "PATCH", path_of(people, id, ""),
		pool_format(people->web.pool, "{\"alt_text\":\"%0*d\"}", 501,
		    0)),
	    400, "bad_field");
	assert_int_equal(number_in(record(people, ANA, id), "version"),
	    version);
}

static void
test_if_match(void **state)
{
	static const char *const wrong[] = { "\"1-1\"", "W/*", "x", "\"\"",
		"" };
	struct people *people = *state;
	struct pool *pool = people->web.pool;
	int64_t id = upload(people, ANA, "martillo.png", false);
	const char *path = path_of(people, id, "");
	const char *etag = etag_of(people, record(people, ANA, id));

	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
		assert_error(people,
		    send_if(people, ANA, "PATCH", path, "{\"tags\":\"a\"}",
			wrong[i]),
		    412, "version_changed");
		assert_error(people,
		    send_if(people, ANA, "DELETE", path, "", wrong[i]), 412,
		    "version_changed");
		assert_error(people,
		    send_if(people, ANA, "DELETE",
			path_of(people, id, "?hard_delete=1"), "", wrong[i]),
		    412, "version_changed");
	}
	assert_error(people,
	    send_if(people, ANA, "PATCH", path, "{\"tags\":\"a\"}",
		pool_format(pool, "W/%s", etag)),
	    412, "version_changed");
	assert_int_equal(send_if(people, ANA, "PATCH", path,
			     "{\"tags\":\"a\"}",
			     pool_format(pool, "\"x\", %s", etag))
			     .status,
	    200);
	/* That was another version. */
	assert_error(people,
	    send_if(people, ANA, "DELETE", path, "", etag), 412,
	    "version_changed");
	assert_int_equal(
	    send_if(people, ANA, "DELETE", path, "", "*").status, 200);
	assert_error(people,
	    send_if(people, ANA, "POST", path_of(people, id, "/restore"), "",
		etag),
	    412, "version_changed");
	etag = etag_of(people, record(people, ANA, id));
	assert_int_equal(send_if(people, ANA, "POST",
			     path_of(people, id, "/restore"), "", etag)
			     .status,
	    200);
}

/* ---- B10 ---- */

static void
test_trash(void **state)
{
	struct people *people = *state;
	struct webtest *test = &people->web;
	int64_t id = upload(people, ANA, "martillo.png", true);
	const char *path = path_of(people, id, "");
	const struct json *answer = record(people, ANA, id), *file;
	const char *url = strstr(text_in(answer, "url"), "/store");

	answer = must(people, ANA, "DELETE", path, "");
	assert_string_equal(text_in(answer, "message"), "File deleted");
	file = json_find(answer, "file");
	assert_string_equal(text_in(file, "status"), "trashed");
	assert_true(*text_in(file, "restorable_until") != '\0');
	assert_null(json_find(file, "url"));
	assert_null(json_find(json_find(file, "links"), "download"));
	/* Nobody reads it any more where everybody did. */
	webtest_unset_all(test);
	assert_true(webtest_get(test, url).status >= 403);
	assert_int_equal(webtest_objects(test), 1);

	answer = must(people, ANA, "DELETE", path, "");
	assert_int_equal(number_in(json_find(answer, "file"), "version"),
	    number_in(file, "version"));
	assert_int_equal(count(people, ANA, ""), 0);
	assert_int_equal(count(people, ANA, "?state=trashed"), 1);
	assert_error(people,
	    send(people, ANA, "PATCH", path, "{\"tags\":\"a\"}"), 404,
	    "file_not_found");

	file = must(people, ANA, "POST", path_of(people, id, "/restore"), "");
	assert_string_equal(text_in(file, "status"), "live");
	webtest_unset_all(test);
	assert_int_equal(webtest_get(test,
			     strstr(text_in(file, "url"), "/store"))
			     .status,
	    200);
	(void)must(people, ANA, "POST", path_of(people, id, "/restore"), "{}");

	(void)must(people, ANA, "DELETE", path, "");
	people->web.app.clock.fixed_ms += INT64_C(2592000) * 1000;
	assert_error(people,
	    send(people, ANA, "POST", path_of(people, id, "/restore"), ""),
	    404, "file_not_found");
}

static void
test_erase(void **state)
{
	struct people *people = *state;
	struct webtest *test = &people->web;
	int64_t id = upload(people, ANA, "martillo.png", false);
	const struct json *answer;

	assert_error(people,
	    send(people, ANA, "DELETE",
		path_of(people, id, "?hard_delete=perhaps"), ""),
	    400, "bad_field");
	answer = must(people, ANA, "DELETE",
	    path_of(people, id, "?hard_delete=true"), "");
	assert_string_equal(text_in(answer, "message"), "File deleted");
	assert_null(json_find(answer, "file"));
	assert_int_equal(webtest_objects(test), 0);
	assert_error(people,
	    send(people, ANA, "DELETE", path_of(people, id, ""), ""), 404,
	    "file_not_found");
	assert_error(people,
	    send(people, ANA, "POST", path_of(people, id, "/restore"), ""),
	    404, "file_not_found");
	/* Out of the trash, too. */
	id = upload(people, ANA, "martillo.png", false);
	(void)must(people, ANA, "DELETE",
	    path_of(people, id, "?hard_delete=false"), "");
	(void)must(people, ANA, "DELETE",
	    path_of(people, id, "?hard_delete=1"), "");
	assert_int_equal(webtest_objects(test), 0);
	assert_int_equal(webtest_count(test,
			     "SELECT used_bytes + used_objects +"
			     " reserved_bytes + reserved_objects FROM tenants"
			     " WHERE id = 1"),
	    0);
}

/* A person goes to a page; a picture that a product shows stays. */
static void
test_restore_page(void **state)
{
	struct people *people = *state;
	struct webtest *test = &people->web;
	int64_t id = upload(people, ANA, "martillo.png", false);
	struct answer answer;

	(void)must(people, ANA, "DELETE", path_of(people, id, ""), "");
	act_as(people, ANA);
	webtest_set(test, "HTTP_ACCEPT", "text/html");
	answer = webtest_post(test, path_of(people, id, "/restore"), FORM,
	    slice_str(""));
	assert_int_equal(answer.status, 302);
	assert_string_equal(webtest_header(test, &answer, "Location"),
	    path_of(people, id, ""));
	assert_string_equal(text_in(record(people, ANA, id), "status"),
	    "live");
	webtest_sql(test,
	    pool_format(test->pool,
		"UPDATE users SET avatar_file_id = %lld WHERE id = %lld",
		(long long)id, (long long)people->ids[EVA]));
	assert_error(people,
	    send(people, ANA, "DELETE", path_of(people, id, ""), ""), 409,
	    "file_used");
}

/* ---- B4 ---- */

static const char *
object_path(struct people *people, int64_t id)
{
	return pool_format(people->web.pool, "/files/%s",
	    text_in(record(people, ADMIN, id), "key"));
}

static void
test_object(void **state)
{
	struct people *people = *state;
	struct pool *pool = people->web.pool;
	int64_t id = upload(people, ANA, "martillo.png", false);
	const char *path = object_path(people, id);
	const struct json *answer;

	assert_error(people, send(people, EVA, "DELETE", path, ""), 403,
	    "forbidden");
	assert_error(people, send(people, VIEWER, "DELETE", path, ""), 403,
	    "forbidden");
	assert_error(people, send(people, OTHER, "DELETE", path, ""), 403,
	    "forbidden");
	assert_error(people, send(people, OTHER_ADMIN, "DELETE", path, ""),
	    404, "file_not_found");
	assert_int_equal(webtest_objects(&people->web), 1);
	answer = must(people, ANA, "DELETE", path, "");
	assert_string_equal(text_in(answer, "message"), "File deleted");
	assert_int_equal(webtest_objects(&people->web), 0);

	/* Only of what would be theirs do people hear that it is not there. */
	assert_error(people, send(people, ANA, "DELETE", path, ""), 404,
	    "file_not_found");
	assert_error(people, send(people, ADMIN, "DELETE", path, ""), 404,
	    "file_not_found");
	assert_error(people, send(people, EVA, "DELETE", path, ""), 403,
	    "forbidden");
	assert_error(people,
	    send(people, ANA, "DELETE",
		pool_format(pool, "/files/users/%lld1/image/x",
		    (long long)people->ids[ANA]),
		""),
	    403, "forbidden");
	/* The second tenant's keys have its name in them. */
	assert_error(people,
	    send(people, OTHER, "DELETE",
		pool_format(pool, "/files/users/%lld/x",
		    (long long)people->ids[OTHER]),
		""),
	    403, "forbidden");
	assert_error(people,
	    send(people, OTHER, "DELETE",
		pool_format(pool, "/files/users/tenant_2/%lld/x",
		    (long long)people->ids[OTHER]),
		""),
	    404, "file_not_found");

	/* Public ones by their owner, encoded slashes, and by admins. */
	path = object_path(people, upload(people, ANA, "a.png", true));
	assert_int_equal(send(people, ANA, "DELETE",
			     pool_format(pool, "/files/%s",
				 url_encoded(pool, slice_str(path + 7))),
			     "")
			     .status,
	    200);
	path = object_path(people, upload(people, ANA, "a.png", true));
	assert_int_equal(send(people, ADMIN, "DELETE", path, "").status, 200);
	/* What is in the trash is named by its id. */
	id = upload(people, ANA, "a.png", false);
	path = object_path(people, id);
	(void)must(people, ANA, "DELETE", path_of(people, id, ""), "");
	assert_error(people, send(people, ANA, "DELETE", path, ""), 404,
	    "file_not_found");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_list),
		TEST(test_bad_lists),
		TEST(test_pages),
		TEST(test_hostile_cursors),
		TEST(test_show),
		TEST(test_access),
		TEST(test_no_file),
		TEST(test_change),
		TEST(test_mass_assignment),
		TEST(test_bad_changes),
		TEST(test_if_match),
		TEST(test_trash),
		TEST(test_erase),
		TEST(test_restore_page),
		TEST(test_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
