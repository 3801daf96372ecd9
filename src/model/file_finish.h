/*
 * The end of an upload through us: a file that is stored and pending gets its
 * use, or goes.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_FILE_FINISH_H
#define MODEL_FILE_FINISH_H

#include "model/file.h"
#include "model/outbox.h"

/*
 * Write what upload_commit() has found out, and make the file live; it is the
 * picture of a user of its tenant from then on, whose old one goes (0: of
 * nobody).  When it fails the file is abandoned.
 */
int file_finish(const struct outbox *outbox, struct file *file,
    int64_t user_id, struct err *err) ATTR_MUST_USE;
/*
 * Nobody waits for it any more: a pending file goes, with its object.  When
 * that fails it is left to the sweeper.
 */
void file_abandon(const struct outbox *outbox, int64_t tenant_id, int64_t id);

#endif
