/*
 * Pages of files in memory: what their tests do again and again.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_PAGETEST_H
#define WEB_PAGETEST_H

#include "webtest.h"

#define COUNT_LIVE "SELECT count(*) FROM files WHERE state = 'live'"

/* The id of a picture that was just uploaded. */
int64_t pagetest_upload(struct webtest *test, const char *name, unsigned seed);
/* "/files/123" */
const char *pagetest_path(struct webtest *test, int64_t id);
/* That with a word behind it, "/edit"; the body is urlencoded. */
struct answer pagetest_get(struct webtest *test, int64_t id, const char *word);
struct answer pagetest_post(struct webtest *test, int64_t id, const char *word,
    const char *body);
/* As a browser: the same addresses answer programs in JSON. */
struct answer pagetest_look(struct webtest *test, const char *uri);

void pagetest_says(const struct answer *answer, const char *text);
void pagetest_silent(const struct answer *answer, const char *text);
void pagetest_leads_to(struct webtest *test, const struct answer *answer,
    const char *url);
void pagetest_sql(struct webtest *test, const char *sql);

#endif
