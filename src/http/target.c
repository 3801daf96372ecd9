/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/slice.h"
#include "codec/url.h"
#include "http/request.h"
#include "http/target.h"

static int
bad_path(struct err *err, const char *why)
{
	return err_set_code(err, ERR_INVALID, "bad_path", "%s", why);
}

static bool
is_dot_segment(struct slice segment)
{
	return slice_eq_str(segment, ".") || slice_eq_str(segment, "..");
}

static bool
has_dot_segment(struct slice path)
{
	struct slice segment;

	while (slice_next(&path, '/', &segment))
		if (is_dot_segment(segment))
			return true;
	return false;
}

static bool
has_control(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
			return true;
	return false;
}

/* An encoded path and what it decodes to: both must be harmless. */
static int
check_path(struct pool *pool, struct slice raw, struct slice *decoded_r,
    struct err *err)
{
	if (has_control(raw) || slice_find(raw, ' ') < raw.len)
		return bad_path(err, "the path holds control characters");
	if (!url_decode(pool, raw, decoded_r))
		return bad_path(err, "the path holds a bad escape");
	if (has_control(*decoded_r))
		return bad_path(err, "the path holds control characters");
	/* After decoding, so that %2e and %2f hide nothing. */
	if (has_dot_segment(*decoded_r))
		return bad_path(err, "the path holds dot segments");
	return 0;
}

/*
 * A mount point is put before every link: "//host" would lead to another
 * server.
 */
static bool
is_mount(struct slice base)
{
	struct slice segment;

	if (base.len == 0)
		return true;
	if (base.data[0] != '/' || has_control(base))
		return false;
	base = slice_from(base, 1);
	while (slice_next(&base, '/', &segment))
		if (segment.len == 0 || is_dot_segment(segment))
			return false;
	return true;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c - 'A' + 10;
}

/*
 * Skip the decoded prefix in the encoded path, whose escapes were checked;
 * false when it does not end at a segment's end.
 */
static bool
skip_prefix(struct slice *raw, struct slice prefix)
{
	struct slice rest = *raw;

	for (size_t i = 0; i < prefix.len; i++) {
		int c = slice_take(&rest);

		if (c == '%' && rest.len >= 2) {
			c = hex_value(rest.data[0]) * 16 +
			    hex_value(rest.data[1]);
			rest = slice_from(rest, 2);
		}
		if (c != (unsigned char)prefix.data[i])
			return false;
	}
	if (rest.len > 0 && rest.data[0] != '/')
		return false;
	*raw = rest;
	return true;
}

static struct slice
script_name(const struct target_input *input)
{
	struct slice script = slice_str(input->script_name);

	while (slice_has_suffix(script, "/"))
		script.len--;
	return script;
}

static int
set_target(struct pool *pool, struct slice base, const char *path,
    struct target *target_r, struct err *err)
{
	if (!is_mount(base))
		return bad_path(err, "the mount point is not a plain path");
	target_r->base = url_encoded_path(pool, base);
	target_r->path = *path == '\0' ? "/" : path;
	return 0;
}

/* REQUEST_URI and SCRIPT_NAME disagree: PATH_INFO says what is asked for. */
static int
parse_rewritten(struct pool *pool, struct slice decoded_uri,
    const struct target_input *input, struct target *target_r, struct err *err)
{
	struct slice info = slice_str(input->path_info), base;

	if (info.len == 0)
		info = slice_str("/");
	if (info.data[0] != '/' || has_control(info) || has_dot_segment(info))
		return bad_path(err, "the path holds forbidden characters");
	base = script_name(input);
	if (slice_has_suffix(decoded_uri, info.data))
		base = slice_make(decoded_uri.data, decoded_uri.len - info.len);
	return set_target(pool, base, url_encoded_path(pool, info), target_r,
	    err);
}

int
target_parse(struct pool *pool, const struct target_input *input,
    struct target *target_r, struct err *err)
{
	struct slice raw = slice_str(input->request_uri), decoded;
	struct slice script = script_name(input);

	*target_r = (struct target){ .base = "", .path = "/" };
	if (raw.len > REQUEST_URI_MAX ||
	    slice_str(input->path_info).len > REQUEST_URI_MAX)
		return err_set_code(err, ERR_INVALID, "uri_too_long",
		    "the address is longer than %d bytes", REQUEST_URI_MAX);
	raw.len = slice_find(raw, '?');
	if (check_path(pool, raw, &decoded, err) == -1)
		return -1;
	if (raw.len > 0 && raw.data[0] != '/')
		return bad_path(err, "the path does not start with a slash");
	if (raw.len > 0 && skip_prefix(&raw, script))
		return set_target(pool, script, slice_dup(pool, raw), target_r,
		    err);
	return parse_rewritten(pool, decoded, input, target_r, err);
}
