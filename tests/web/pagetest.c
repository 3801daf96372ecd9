/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "pagetest.h"

#define FORM "application/x-www-form-urlencoded"

int64_t
pagetest_upload(struct webtest *test, const char *name, unsigned seed)
{
	const struct webtest_part part = { "files", name, "image/png",
		webtest_png(test, seed) };
	struct answer answer = webtest_post(test, "/files/new", WEBTEST_FORM,
	    webtest_form(test, &part, 1));

	assert_int_equal(answer.status, 302);
	return webtest_count(test,
	    pool_format(test->pool,
		"SELECT id FROM files WHERE state = 'live'"
		" AND original_name = '%s'",
		name));
}

struct answer
pagetest_get(struct webtest *test, int64_t id, const char *word)
{
	return webtest_get(test,
	    pool_format(test->pool, "/files/%lld%s", (long long)id, word));
}

struct answer
pagetest_post(struct webtest *test, int64_t id, const char *word,
    const char *body)
{
	return webtest_post(test,
	    pool_format(test->pool, "/files/%lld%s", (long long)id, word), FORM,
	    slice_str(body));
}

void
pagetest_says(const struct answer *answer, const char *text)
{
	if (strstr(answer->body, text) == NULL)
		fail_msg("no \"%s\" in: %s", text, answer->body);
}

void
pagetest_leads_to(struct webtest *test, const struct answer *answer,
    const char *url)
{
	assert_int_equal(answer->status, 302);
	assert_string_equal(webtest_header(test, answer, "Location"), url);
}

const char *
pagetest_path(struct webtest *test, int64_t id)
{
	return pool_format(test->pool, "/files/%lld", (long long)id);
}

void
pagetest_silent(const struct answer *answer, const char *text)
{
	if (strstr(answer->body, text) != NULL)
		fail_msg("\"%s\" in: %s", text, answer->body);
}

struct answer
pagetest_look(struct webtest *test, const char *uri)
{
	struct answer answer;

	webtest_set(test, "HTTP_ACCEPT", "text/html,*/*;q=0.8");
	answer = webtest_get(test, uri);
	assert_int_equal(answer.status, 200);
	assert_string_equal(webtest_header(test, &answer, "Content-Type"),
	    "text/html; charset=utf-8");
	return answer;
}

void
pagetest_sql(struct webtest *test, const char *sql)
{
	struct err err = ERR_INIT;

	if (sql_exec(test->app.backend.db, sql, NULL, 0, NULL, &err) == -1)
		fail_msg("%s: %s", sql, err.text);
}
