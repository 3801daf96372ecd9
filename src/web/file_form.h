/*
 * What people say about files beside their bytes: the fields that the pages
 * for uploading and for changing share (template file_fields.html).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_FILE_FORM_H
#define WEB_FILE_FORM_H

#include "http/form.h"
#include "http/request.h"
#include "model/file_change.h"
#include "web/app.h"
#include "web/view.h"

enum file_field {
	FILE_FIELD_NAME, /* of changing alone, as the version is */
	FILE_FIELD_ALT,
	FILE_FIELD_TAGS,
	FILE_FIELD_ATHLETE,
	FILE_FIELD_PUBLIC,
	FILE_FIELD_VERSION,
	FILE_FIELD_CSRF,
	FILE_FIELD_FILES, /* of uploading alone */
	FILE_FIELD_COUNT
};

struct file_form {
	struct app *app;
	struct request *request;
	struct form form;
	const char *tags; /* clean; NULL while they are wrong */
	/* In the language of the request; NULL: the field is right. */
	const char *errors[FILE_FIELD_COUNT];
	const char *flash; /* what is wrong, in one sentence; NULL: nothing */
};

/* An empty form. */
void file_form_init(struct file_form *ff, struct app *app,
    struct request *request);
/* A form that shows a file as it is. */
void file_form_show(struct file_form *ff, const struct file *file);
/*
 * Read the body, files to the sink (NULL: none are taken), check the form's
 * token, and each field.  -1 when the request cannot be understood or is not
 * ours; otherwise file_form_is_valid() tells.
 */
int file_form_read(struct file_form *ff, const struct form_file_sink *sink,
    struct err *err) ATTR_MUST_USE;
/* A name must have been given. */
void file_form_require_name(struct file_form *ff);
bool file_form_is_valid(const struct file_form *ff);
const char *file_form_text(const struct file_form *ff, enum file_field field);
/* What it says beside the name; a box that is not ticked is private. */
void file_form_fill(const struct file_form *ff, struct file_change *change);
/*
 * Say what a failed change means for the form.  Returns false when it is no
 * matter of the form.
 */
bool file_form_explain(struct file_form *ff, const struct err *err);
/* The form's part of a view. */
void file_form_view(const struct file_form *ff, struct view *view);

#endif
