/*
 * The media types almacen takes: one constant table with their names and file
 * name extensions.  A new type is a row here and a look at its container
 * (codec/image.c, codec/container.c).
 *
 * Rows are constant and live as long as the program.  Case and parameters
 * ("; charset=...") are ignored wherever a type is looked up.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CODEC_MEDIATYPE_H
#define CODEC_MEDIATYPE_H

#include <stdbool.h>

#include "base/slice.h"

enum file_kind {
	FILE_IMAGE,
	FILE_VIDEO,
	FILE_AUDIO,
	FILE_DOCUMENT,
	FILE_KIND_COUNT
};

struct media_type {
	const char *name;	/* as we store and serve it: "image/jpeg" */
	const char *aliases;	/* what else clients and libmagic call it */
	const char *extensions; /* "jpg jpeg"; the first is ours */
	enum file_kind kind;
	/*
	 * What libmagic may call it besides, though it is the name of another
	 * type: a container does not tell whether it holds only sound.
	 */
	const char *contents;
};

/* "image", "video", "audio" or "document"; find: false for other words. */
const char *file_kind_name(enum file_kind kind);
bool file_kind_find(struct slice name, enum file_kind *kind_r);

/* The type of that name or alias; NULL when it is none of ours. */
const struct media_type *media_type_find(struct slice type);
/*
 * By an extension without its dot, for one kind (".webm" is video or audio);
 * NULL when it is none of ours.
 */
const struct media_type *media_type_by_extension(enum file_kind kind,
    struct slice extension);
/* True when libmagic may say `content` of a file of that type. */
bool media_type_can_be(const struct media_type *type, struct slice content);
/* The first type of a kind that can be that content; NULL when none. */
const struct media_type *media_type_by_content(enum file_kind kind,
    struct slice content);
/* The extension for new names: "jpg". */
struct slice media_type_extension(const struct media_type *type);
/*
 * True for nothing, application/octet-stream and binary/octet-stream: the
 * sender did not know (RFC 2046 section 4.5.1), so nothing is declared.
 */
bool media_type_is_undeclared(struct slice type);
/* The type without parameters and the spaces round it. */
struct slice media_type_bare(struct slice type);
/*
 * Lists in settings: words that spaces or commas part.  The next word off
 * *rest, false when there is none; or one of the words, case ignored.
 */
bool media_list_next(struct slice *rest, struct slice *word_r);
bool media_list_has(const char *list, struct slice word);

#endif
