/*
 * A file as the pages show it to people.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_FILE_CARD_H
#define WEB_FILE_CARD_H

#include "codec/json.h"
#include "http/request.h"
#include "model/file.h"
#include "web/app.h"

enum { FILE_CARD_PREVIEW_SECS = 300 };

/* "Image" and so on, in a language. */
const char *file_card_kind(enum lang lang, enum file_kind kind);
/*
 * The path of a file's page, or with a word behind it: "edit", "delete".
 */
const char *file_card_url(const struct request *request,
    const struct file *file, const char *word);
/*
 * Where a browser finds a picture for the page: its public URL, or one that
 * is good for a few minutes.  NULL when it is no picture or none can be made.
 */
const char *file_card_preview(const struct app *app,
    const struct request *request, const struct file *file);
/* What a list shows of it, into an empty object. */
void file_card_view(const struct app *app, const struct request *request,
    const struct file *file, struct json *object);
/* The rest, for the page of the file itself. */
void file_card_details(const struct app *app, const struct request *request,
    const struct file *file, struct json *object);

#endif
