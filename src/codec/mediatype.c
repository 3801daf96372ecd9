/* SPDX-License-Identifier: MIT */
#include "base/attr.h"
#include "codec/mediatype.h"

/*
 * image/pjpeg and image/x-png are what Internet Explorer sent and what some
 * proxies and libraries still repeat; an animated PNG is a PNG to every reader.
 */
/* clang-format off */
static const struct media_type types[] = {
	{ "image/jpeg", "image/jpg image/pjpeg image/x-jpeg image/jfif",
	    "jpg jpeg jpe jfif", FILE_IMAGE },
	{ "image/png", "image/x-png image/apng image/vnd.mozilla.apng",
	    "png apng", FILE_IMAGE },
	{ "image/webp", "image/x-webp", "webp", FILE_IMAGE },
	{ "image/gif", "image/x-gif", "gif", FILE_IMAGE },
};
/* clang-format on */

static bool
is_separator(char c)
{
	return c == ' ' || c == ',';
}

bool
media_list_next(struct slice *rest, struct slice *word_r)
{
	size_t len = 0;

	while (rest->len > 0 && is_separator(rest->data[0]))
		*rest = slice_from(*rest, 1);
	while (len < rest->len && !is_separator(rest->data[len]))
		len++;
	*word_r = slice_make(rest->data, len);
	*rest = slice_from(*rest, len);
	return len > 0;
}

static int
ascii_lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool
eq_case(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower(a.data[i]) != ascii_lower(b.data[i]))
			return false;
	return true;
}

bool
media_list_has(const char *list, struct slice word)
{
	struct slice rest = slice_str(list), item;

	while (media_list_next(&rest, &item))
		if (eq_case(item, word))
			return true;
	return false;
}

struct slice
media_type_bare(struct slice type)
{
	return slice_trim(slice_make(type.data, slice_find(type, ';')));
}

const struct media_type *
media_type_find(struct slice type)
{
	struct slice bare = media_type_bare(type);

	for (size_t i = 0; i < ARRAY_COUNT(types); i++)
		if (slice_eq_case(bare, types[i].name) ||
		    media_list_has(types[i].aliases, bare))
			return &types[i];
	return NULL;
}

const struct media_type *
media_type_by_extension(struct slice extension)
{
	for (size_t i = 0; i < ARRAY_COUNT(types); i++)
		if (media_list_has(types[i].extensions, extension))
			return &types[i];
	return NULL;
}

struct slice
media_type_extension(const struct media_type *type)
{
	struct slice rest = slice_str(type->extensions), first;

	(void)media_list_next(&rest, &first);
	return first;
}

bool
media_type_is_undeclared(struct slice type)
{
	struct slice bare = media_type_bare(type);

	return bare.len == 0 ||
	    slice_eq_case(bare, "application/octet-stream") ||
	    slice_eq_case(bare, "binary/octet-stream");
}
