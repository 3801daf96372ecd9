/*
 * Which files a caller may touch: the one place that knows.
 *
 *			owner, admin	another member	another tenant
 *	read a record	live, trashed	live public	never
 *	use its bytes	live		live public	never
 *	change		live, trashed	never		never
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_FILE_ACCESS_H
#define WEB_FILE_ACCESS_H

#include "http/request.h"
#include "model/file_change.h"
#include "web/app.h"

enum file_purpose {
	FILE_TO_SHOW,	/* the record */
	FILE_TO_USE,	/* download, stream, share */
	FILE_TO_CHANGE	/* change, trash, restore, erase */
};

/*
 * The file that the caller may touch for that purpose; sets request->subject,
 * also when he may not, and to "" for the reading of what is public.
 * ERR_NOT_FOUND (code "file_not_found") or ERR_DENIED (text "Forbidden").
 */
int file_access_load(const struct app *app, struct request *request,
    int64_t id, enum file_purpose purpose, struct file *file_r,
    struct err *err) ATTR_MUST_USE;
/* By the key of its object. */
int file_access_find(const struct app *app, struct request *request,
    const char *key, enum file_purpose purpose, struct file *file_r,
    struct err *err) ATTR_MUST_USE;
/* Of a file that was found by other means. */
int file_access_check(struct request *request, const struct file *file,
    enum file_purpose purpose, struct err *err) ATTR_MUST_USE;

/* What changes files for this caller. */
struct file_changer file_access_changer(const struct app *app,
    const struct request *request);

#endif
