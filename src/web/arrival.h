/*
 * The one file of a form on its way into the store, whatever the order of the
 * form's parts.
 *
 * Where a file goes depends on what the form says of it, and its key must be
 * certain before its first byte leaves.  While fields that count have not come
 * the bytes wait in a spool; a file that is too large to wait leaves with what
 * is known by then, and when a later field says something else the upload is
 * refused with code "fields_first".
 *
 *	arrival_read(&arrival, fields, err)		the whole form
 *	arrival_finish(&arrival, user, &file, err)	stored, row live
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_ARRIVAL_H
#define WEB_ARRIVAL_H

#include "base/spool.h"
#include "http/form.h"
#include "model/upload.h"
#include "web/app.h"

struct arrival {
	struct app *app;
	struct request *request;
	/*
	 * Fill in what kind of file it is and where it goes: rules, layout,
	 * athlete, visibility, by what has come of the form.
	 */
	int (*describe)(struct arrival *arrival, struct upload_input *input,
	    struct err *err);
	/* Fields that describe() looks at, parted by spaces; "" for none. */
	const char *wanted;

	/* Filled in while it is read. */
	struct form form;
	const char *name, *declared_type; /* NULL: not declared */
	struct upload_input input;	  /* that the upload was opened with */
	struct upload *upload;		  /* NULL: the bytes wait */
	struct spool *waiting;
};

/* ERR_INVALID (code "bad_field") when there is no file. */
int arrival_read(struct arrival *arrival, const struct field *fields,
    struct err *err) ATTR_MUST_USE;
/*
 * Judge it and store it; it becomes the picture of a user whose id is not 0.
 * What is refused has a code of codec/filecheck.h.
 */
int arrival_finish(struct arrival *arrival, int64_t avatar_user_id,
    struct file *file_r, struct err *err) ATTR_MUST_USE;

#endif
