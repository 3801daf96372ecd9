/*
 * The media types almacen takes: one constant table with their names and file
 * name extensions.  A new type is a row here and a walker of its container
 * (codec/image.c).
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

enum file_kind { FILE_IMAGE, FILE_KIND_COUNT };

struct media_type {
	const char *name;	/* as we store and serve it: "image/jpeg" */
	const char *aliases;	/* what else clients and libmagic call it */
	const char *extensions; /* "jpg jpeg"; the first is ours */
	enum file_kind kind;
};

/* The type of that name or alias; NULL when it is none of ours. */
const struct media_type *media_type_find(struct slice type);
/* By an extension without its dot; NULL when it is none of ours. */
const struct media_type *media_type_by_extension(struct slice extension);
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
