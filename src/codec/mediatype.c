/* SPDX-License-Identifier: MIT */
#include "base/attr.h"
#include "codec/mediatype.h"

/*
 * image/pjpeg and image/x-png are what Internet Explorer sent and what some
 * proxies and libraries still repeat; an animated PNG is a PNG to every reader.
 */
#define OOXML "application/vnd.openxmlformats-officedocument."
#define ODF "application/vnd.oasis.opendocument."

/* clang-format off */
static const struct media_type types[] = {
	{ "image/jpeg", "image/jpg image/pjpeg image/x-jpeg image/jfif",
	    "jpg jpeg jpe jfif", FILE_IMAGE, "" },
	{ "image/png", "image/x-png image/apng image/vnd.mozilla.apng",
	    "png apng", FILE_IMAGE, "" },
	{ "image/webp", "image/x-webp", "webp", FILE_IMAGE, "" },
	{ "image/gif", "image/x-gif", "gif", FILE_IMAGE, "" },

	{ "video/mp4", "video/x-m4v application/mp4", "mp4 m4v", FILE_VIDEO,
	    "audio/mp4" },
	{ "video/webm", "", "webm", FILE_VIDEO, "" },
	{ "video/x-msvideo", "video/avi video/msvideo video/vnd.avi", "avi",
	    FILE_VIDEO, "" },
	{ "video/quicktime", "video/mov", "mov qt", FILE_VIDEO, "" },
	{ "video/x-ms-wmv", "video/wmv", "wmv", FILE_VIDEO,
	    "video/x-ms-asf application/vnd.ms-asf" },

	{ "audio/mpeg", "audio/mp3 audio/x-mpeg audio/x-mp3 audio/mpeg3", "mp3",
	    FILE_AUDIO, "" },
	{ "audio/mp4", "audio/x-m4a audio/m4a", "m4a", FILE_AUDIO,
	    "video/mp4 application/mp4" },
	{ "audio/aac", "audio/aacp audio/x-aac audio/x-hx-aac-adts", "aac",
	    FILE_AUDIO, "" },
	{ "audio/ogg", "application/ogg audio/opus audio/vorbis", "ogg oga opus",
	    FILE_AUDIO, "" },
	{ "audio/wav", "audio/x-wav audio/wave audio/vnd.wave", "wav", FILE_AUDIO,
	    "" },
	{ "audio/flac", "audio/x-flac", "flac", FILE_AUDIO, "" },
	{ "audio/webm", "", "webm weba", FILE_AUDIO,
	    "video/webm" },

	{ "application/pdf", "application/x-pdf", "pdf", FILE_DOCUMENT, "" },
	{ OOXML "wordprocessingml.document", "", "docx", FILE_DOCUMENT, "" },
	{ OOXML "spreadsheetml.sheet", "", "xlsx", FILE_DOCUMENT, "" },
	{ OOXML "presentationml.presentation", "", "pptx", FILE_DOCUMENT, "" },
	{ ODF "text", "", "odt", FILE_DOCUMENT, "" },
	{ ODF "spreadsheet", "", "ods", FILE_DOCUMENT, "" },
	{ ODF "presentation", "", "odp", FILE_DOCUMENT, "" },
	{ "text/plain", "", "txt", FILE_DOCUMENT, "" },
};
/* clang-format on */

static const char *const kind_names[FILE_KIND_COUNT] = {
	[FILE_IMAGE] = "image",
	[FILE_VIDEO] = "video",
	[FILE_AUDIO] = "audio",
	[FILE_DOCUMENT] = "document",
};

const char *
file_kind_name(enum file_kind kind)
{
	return kind_names[kind];
}

bool
file_kind_find(struct slice name, enum file_kind *kind_r)
{
	for (size_t i = 0; i < FILE_KIND_COUNT; i++)
		if (slice_eq_str(name, kind_names[i])) {
			*kind_r = (enum file_kind)i;
			return true;
		}
	return false;
}

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
media_type_by_extension(enum file_kind kind, struct slice extension)
{
	for (size_t i = 0; i < ARRAY_COUNT(types); i++)
		if (types[i].kind == kind &&
		    media_list_has(types[i].extensions, extension))
			return &types[i];
	return NULL;
}

bool
media_type_can_be(const struct media_type *type, struct slice content)
{
	return slice_eq_case(content, type->name) ||
	    media_list_has(type->aliases, content) ||
	    media_list_has(type->contents, content);
}

const struct media_type *
media_type_by_content(enum file_kind kind, struct slice content)
{
	for (size_t i = 0; i < ARRAY_COUNT(types); i++)
		if (types[i].kind == kind &&
		    media_type_can_be(&types[i], content))
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
