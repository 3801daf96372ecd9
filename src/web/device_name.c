/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/attr.h"
#include "web/device_name.h"

enum { PROGRAM_MAX = 40 };

struct mark {
	const char *text, *name;
};

/* Each claims to be those below it, so the first one counts. */
static const struct mark browsers[] = {
	{ "Edg", "Edge" },
	{ "OPR/", "Opera" },
	{ "SamsungBrowser/", "Samsung Internet" },
	{ "Firefox/", "Firefox" },
	{ "FxiOS/", "Firefox" },
	{ "CriOS/", "Chrome" },
	{ "Chrome/", "Chrome" },
	{ "Safari/", "Safari" },
};

static const struct mark systems[] = {
	{ "iPhone", "iPhone" },
	{ "iPad", "iPad" },
	{ "Android", "Android" },
	{ "Windows", "Windows" },
	{ "CrOS", "ChromeOS" },
	{ "Macintosh", "macOS" },
	{ "Linux", "Linux" },
};

static const char *
find(const struct mark *marks, size_t count, const char *user_agent)
{
	for (size_t i = 0; i < count; i++)
		if (strstr(user_agent, marks[i].text) != NULL)
			return marks[i].name;
	return NULL;
}

/* "curl/7.88.1 (...)" is "curl". */
static const char *
program_name(struct pool *pool, const char *user_agent)
{
	size_t len = strcspn(user_agent, "/ (");

	return pool_strndup(pool, user_agent,
	    len > PROGRAM_MAX ? PROGRAM_MAX : len);
}

const char *
device_name(struct pool *pool, const char *user_agent)
{
	const char *browser =
	    find(browsers, ARRAY_COUNT(browsers), user_agent);
	const char *system = find(systems, ARRAY_COUNT(systems), user_agent);

	if (browser == NULL)
		return program_name(pool, user_agent);
	if (system == NULL)
		return browser;
	return pool_format(pool, "%s, %s", browser, system);
}
