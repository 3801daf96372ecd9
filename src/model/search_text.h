/*
 * What a search looks into, and for: name, description and tags of a file,
 * without case and accents.  Whoever writes one of the three writes the column
 * search_text anew.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_SEARCH_TEXT_H
#define MODEL_SEARCH_TEXT_H

#include "base/pool.h"
#include "model/file.h"

/* Of name, alt_text and tags; NULL stands for "". */
const char *search_text(struct pool *pool, const struct file *file);
/*
 * A pattern for "search_text LIKE $1 ESCAPE '\'" that finds what holds text
 * anywhere.
 */
const char *search_text_pattern(struct pool *pool, const char *text);

#endif
