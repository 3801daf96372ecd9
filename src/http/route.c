/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/buf.h"
#include "codec/url.h"
#include "codec/utf8.h"
#include "http/route.h"

enum { ALLOW_MAX = 128 };

struct match {
	struct pool *pool;
	const char *captures[REQUEST_CAPTURES_MAX];
	size_t count;
};

static bool
is_text(struct slice text)
{
	int32_t c;

	while ((c = utf8_take(&text)) >= 0)
		if (utf8_is_control(c))
			return false;
	return c == -1;
}

static bool
capture(struct match *match, struct slice encoded)
{
	struct slice text;

	if (encoded.len == 0 || match->count == REQUEST_CAPTURES_MAX ||
	    !url_decode(match->pool, encoded, &text) || !is_text(text))
		return false;
	match->captures[match->count++] = slice_dup(match->pool, text);
	return true;
}

static bool
match_segment(struct match *match, struct slice pattern, struct slice segment)
{
	struct slice text;

	if (slice_has_prefix(pattern, "{"))
		return capture(match, segment);
	if (slice_eq(pattern, segment))
		return true;
	/* "/%70roducts" is "/products" (RFC 3986 section 6.2.2.2). */
	return slice_find(segment, '%') < segment.len &&
	    url_decode(match->pool, segment, &text) && slice_eq(pattern, text);
}

static bool
match_path(struct match *match, const char *pattern, const char *path)
{
	struct slice left = slice_str(pattern), rest = slice_str(path);
	struct slice want, segment = slice_str("");

	while (slice_next(&left, '/', &want)) {
		if (slice_has_suffix(want, "*}"))
			return rest.data != NULL && capture(match, rest);
		if (!slice_next(&rest, '/', &segment) ||
		    !match_segment(match, want, segment))
			return false;
	}
	/* "/products/" is "/products", but "//" is not "/". */
	return rest.data == NULL || (rest.len == 0 && segment.len > 0);
}

/* A HEAD request is a GET whose body is not sent. */
static bool
method_matches(enum http_method row, enum http_method method)
{
	return row == method || (row == HTTP_GET && method == HTTP_HEAD);
}

static void
allow(struct buf *list, enum http_method method)
{
	if (strstr(list->data, http_method_name(method)) != NULL)
		return;
	(void)buf_format(list, "%s%s", list->len > 0 ? ", " : "",
	    http_method_name(method));
	if (method == HTTP_GET)
		allow(list, HTTP_HEAD);
}

int
route_find(const struct route *table, size_t count, struct request *request,
    const struct route **route_r, const char **allow_r, struct err *err)
{
	struct buf list;

	buf_init(&list, request->pool, ALLOW_MAX);
	for (size_t i = 0; i < count; i++) {
		struct match match = { .pool = request->pool };

		if (!match_path(&match, table[i].pattern, request->path))
			continue;
		if (!method_matches(table[i].method, request->method)) {
			allow(&list, table[i].method);
			*route_r = &table[i];
			continue;
		}
		memcpy(request->captures, match.captures,
		    sizeof(match.captures));
		*route_r = &table[i];
		return 1;
	}
	if (list.len == 0)
		return 0;
	*allow_r = list.data;
	/* Not by its path, which may be a secret: this goes to the log. */
	return err_set(err, ERR_METHOD, "%s cannot be done to %s",
	    request->method_text, (*route_r)->pattern);
}

const char *
route_shown_path(const struct route *table, size_t count, const char *path)
{
	for (size_t i = 0; i < count; i++) {
		const char *pattern = table[i].pattern;

		if (table[i].is_secret &&
		    strncmp(path, pattern, strcspn(pattern, "{")) == 0)
			return pattern;
	}
	return path;
}
