/*
 * Several files in one form: each is judged on its own.
 *
 * A file that was accepted is stored at its last byte, as a pending file, and
 * becomes live only when the whole form was read; a form that breaks off
 * leaves nothing behind.  What goes wrong with one file is said beside its
 * name, and the others go on.
 *
 *	upload_batch_init(&batch, &form);
 *	file_form_read(&form, &batch.sink, err);
 *	upload_batch_finish(&batch)	or upload_batch_abandon(&batch)
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_UPLOAD_BATCH_H
#define WEB_UPLOAD_BATCH_H

#include "model/upload.h"
#include "web/file_form.h"

enum { UPLOAD_BATCH_MAX = 20 }; /* more are refused, each by name */

struct upload_entry {
	const char *name;   /* for showing */
	const char *reason; /* in the language of the request; NULL: accepted */
	struct file file;   /* what was accepted */
};

struct upload_batch {
	struct file_form *form;
	struct form_file_sink sink;
	struct upload_entry *entries; /* in the order of the form */
	size_t count;
	size_t accepted;
	bool has_storage_failed;

	/* The file that arrives. */
	struct upload_entry *entry;
	struct upload *upload; /* NULL: it was refused already */
	const struct file_rules *rules;
};

void upload_batch_init(struct upload_batch *batch, struct file_form *form);
/*
 * The form was read: what was accepted becomes live, with what the form says.
 * What cannot be said of the files is an error of its field then.
 */
void upload_batch_finish(struct upload_batch *batch);
/* The form could not be read: nothing stays. */
void upload_batch_abandon(struct upload_batch *batch);

#endif
