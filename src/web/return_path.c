/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/slice.h"
#include "codec/url.h"
#include "web/return_path.h"
#include "web/view.h"

static bool
is_visible(const char *path)
{
	for (; *path != '\0'; path++)
		if (*path <= ' ' || *path > '~' || *path == '\\' ||
		    *path == '#')
			return false;
	return true;
}

static bool
is_dot_segment(struct slice segment)
{
	return slice_eq_str(segment, ".") || slice_eq_str(segment, "..");
}

/* After decoding, so that %2e and %2f hide nothing. */
static bool
has_plain_segments(struct slice path)
{
	struct slice segment;

	while (slice_next(&path, '/', &segment))
		if (is_dot_segment(segment) ||
		    (segment.len == 0 && path.data != NULL))
			return false;
	return true;
}

bool
return_path_is_own(const char *path)
{
	struct pool *pool;
	struct slice plain, decoded;
	bool is_own;

	if (*path != '/' || strlen(path) > RETURN_PATH_MAX ||
	    !is_visible(path))
		return false;
	plain = slice_make(path + 1, strcspn(path + 1, "?"));
	if (slice_eq_str(plain, "login") || slice_eq_str(plain, "logout"))
		return false;
	pool = pool_new();
	is_own = url_decode(pool, plain, &decoded) &&
	    slice_find(decoded, '\\') == decoded.len &&
	    has_plain_segments(decoded);
	pool_free(&pool);
	return is_own;
}

const char *
return_path_login_url(const struct request *request)
{
	const char *path = request->path;

	if (request->query.len > 0)
		path = pool_format(request->pool, "%s?%.*s", path,
		    SLICE_ARG(request->query));
	if (strcmp(path, "/") == 0 || !return_path_is_own(path))
		return view_url(request, "/login");
	return view_url(request, "/login?next=%s",
	    url_encoded(request->pool, slice_str(path)));
}
