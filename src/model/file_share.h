/*
 * Share links of files: each names the share version of its file, so that
 * raising it ends them all.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_FILE_SHARE_H
#define MODEL_FILE_SHARE_H

#include "model/file.h"

struct file_share {
	int64_t tenant_id, file_id, version;
};

/* "1.123.4" and back; false for anything else. */
const char *file_share_format(struct pool *pool, const struct file *file);
bool file_share_parse(struct slice text, struct file_share *share_r);
/*
 * The live file that a link leads to: 1, or 0 when the link was revoked or the
 * file is no longer there, or its tenant is disabled; or -1.
 */
int file_share_load(struct sql *db, struct pool *pool,
    const struct file_share *share, struct file *file_r, struct err *err)
    ATTR_MUST_USE;
/* End all links of a live file; ERR_NOT_FOUND. */
int file_share_revoke(struct sql *db, int64_t tenant_id, int64_t id,
    struct err *err) ATTR_MUST_USE;

#endif
