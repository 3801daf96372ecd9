/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/attr.h"
#include "base/buf.h"
#include "codec/filename.h"
#include "codec/latin.h"
#include "codec/utf8.h"

enum {
	EXTENSION_BYTES_MAX = 16, /* longer is no extension but a name */
};

static const char no_name[] = "file";

/* Slashes of every system: browsers on Windows once sent whole paths. */
static struct slice
last_component(const char *name)
{
	struct slice text = slice_str(name);
	size_t start = text.len;

	while (start > 0 && text.data[start - 1] != '/' &&
	    text.data[start - 1] != '\\')
		start--;
	return slice_from(text, start);
}

/* Line separators and what has no width: two names that look the same. */
static bool
is_invisible(int32_t c)
{
	return c == 0xad || c == 0x200b || c == 0x2028 || c == 0x2029 ||
	    c == 0x2060 || c == 0xfeff;
}

static struct slice
trim(struct slice text)
{
	text = slice_trim(text);
	while (text.len > 0 && (text.data[text.len - 1] == '.' ||
				   text.data[text.len - 1] == ' '))
		text.len--;
	return text;
}

/* The last component without what must not be shown; may be empty. */
static struct slice
clean(struct pool *pool, const char *name)
{
	struct slice rest = last_component(name);
	struct buf buf;

	rest = slice_str(utf8_clean(pool, rest));
	buf_init(&buf, pool, rest.len);
	while (rest.len > 0) {
		struct slice start = rest;
		int32_t c = utf8_take(&rest);

		if (!utf8_is_control(c) && !utf8_is_bidi(c) && !is_invisible(c))
			(void)buf_append(&buf, start.data,
			    start.len - rest.len);
	}
	return trim(buf_view(&buf));
}

static bool
is_alnum(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

/*
 * Cut a clean name before the dot of its extension.  A dot in front makes a
 * hidden file, not an extension.
 */
static void
split(struct slice name, struct slice *stem_r, struct slice *extension_r)
{
	size_t dot = name.len;

	*stem_r = name;
	*extension_r = slice_make("", 0);
	while (dot > 0 && name.data[dot - 1] != '.') {
		if (!is_alnum(name.data[dot - 1]))
			return;
		dot--;
	}
	if (dot <= 1 || dot == name.len ||
	    name.len - dot > EXTENSION_BYTES_MAX)
		return;
	*stem_r = slice_make(name.data, dot - 1);
	*extension_r = slice_from(name, dot);
}

static const char *
join(struct pool *pool, struct slice stem, struct slice extension)
{
	if (extension.len == 0)
		return slice_dup(pool, stem);
	return pool_format(pool, "%.*s.%.*s", SLICE_ARG(stem),
	    SLICE_ARG(extension));
}

const char *
filename_display(struct pool *pool, const char *name)
{
	struct slice text = clean(pool, name), stem, extension;

	if (text.len == 0)
		return no_name;
	if (text.len <= FILENAME_BYTES_MAX)
		return slice_dup(pool, text);
	split(text, &stem, &extension);
	stem = utf8_cut(stem, FILENAME_BYTES_MAX - 1 - extension.len);
	return join(pool, stem, extension);
}

const char *
filename_extension(struct pool *pool, const char *name)
{
	struct slice stem, extension;
	char *text;

	split(clean(pool, name), &stem, &extension);
	text = slice_dup(pool, extension);
	for (char *p = text; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return text;
}

static bool
is_space(int32_t c)
{
	return c == ' ' || c == 0xa0 || (c >= 0x2000 && c <= 0x200a) ||
	    c == 0x202f || c == 0x205f || c == 0x3000;
}

static bool
ends_with(const struct buf *buf, char c)
{
	return buf->len > 0 && buf->data[buf->len - 1] == c;
}

/* Runs of spaces and of dots become one: no "..", no "__" out of "  ". */
static void
append_ascii(struct buf *buf, int32_t c)
{
	if (c >= 0xff01 && c <= 0xff5e)
		c -= 0xff01 - '!'; /* the fullwidth forms */
	if (is_space(c)) {
		if (!ends_with(buf, '_'))
			(void)buf_char(buf, '_');
	} else if (c == '.') {
		if (!ends_with(buf, '.'))
			(void)buf_char(buf, '.');
	} else if (c < 0x80) {
		if (is_alnum(c) || c == '-' || c == '_')
			(void)buf_char(buf, (char)c);
	} else {
		(void)latin_append(buf, c);
	}
}

static bool
is_padding(char c)
{
	return c == '.' || c == '_';
}

static struct slice
trim_key(struct slice text)
{
	while (text.len > 0 && is_padding(text.data[0]))
		text = slice_from(text, 1);
	while (text.len > 0 && is_padding(text.data[text.len - 1]))
		text.len--;
	return text;
}

/* Names that Windows takes for devices, whatever follows their first dot. */
static bool
is_device(struct slice stem)
{
	static const char *const devices[] = { "con", "prn", "aux", "nul" };
	struct slice first = slice_make(stem.data, slice_find(stem, '.'));
	struct slice port = slice_make(first.data, first.len == 4 ? 3 : 0);

	for (size_t i = 0; i < ARRAY_COUNT(devices); i++)
		if (slice_eq_case(first, devices[i]))
			return true;
	return (slice_eq_case(port, "com") || slice_eq_case(port, "lpt")) &&
	    first.data[3] >= '0' && first.data[3] <= '9';
}

const char *
filename_key(struct pool *pool, const char *name)
{
	struct slice stem, extension, text;
	struct buf buf;
	const char *prefix;

	split(clean(pool, name), &stem, &extension);
	/* No code point becomes more bytes than it had in UTF-8. */
	buf_init(&buf, pool, stem.len);
	while (stem.len > 0)
		append_ascii(&buf, utf8_take(&stem));
	text = trim_key(buf_view(&buf));
	prefix = is_device(text) ? "_" : "";
	if (text.len > FILENAME_KEY_BYTES_MAX - 2 - extension.len)
		text.len = FILENAME_KEY_BYTES_MAX - 2 - extension.len;
	text = trim_key(text);
	if (text.len == 0)
		text = slice_str(no_name);
	return join(pool,
	    slice_str(pool_format(pool, "%s%.*s", prefix, SLICE_ARG(text))),
	    extension);
}
