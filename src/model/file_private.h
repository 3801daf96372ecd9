/*
 * Rows of the table files as every SELECT of them has them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_FILE_PRIVATE_H
#define MODEL_FILE_PRIVATE_H

#include "model/file.h"

/* What file_read_row() reads, in its order. */
#define FILE_COLUMNS                                                         \
	"id, tenant_id, state, provider, bucket, object_key,"                \
	" original_name, content_type, sha256, etag, owner, file_kind,"      \
	" athlete_id, refusal, declared_type, declared_sha256, upload_key,"  \
	" size_bytes, width, height, frames, orientation, is_public,"        \
	" created_secs, expires_secs, declared_bytes, is_sha256_signed,"     \
	" url_expires_secs, charged_bytes, version, updated_secs, alt_text," \
	" tags, share_version"
enum { FILE_COLUMN_COUNT = 34 };
#define FILE_SELECT "SELECT " FILE_COLUMNS " FROM files"

/* Texts live as long as the rows. */
int file_read_row(const struct sql_rows *rows, size_t row,
    struct file *file_r, struct err *err) ATTR_MUST_USE;
/* All of them; *files_r is an array of *count_r. */
int file_read_rows(struct pool *pool, const struct sql_rows *rows,
    struct file **files_r, size_t *count_r, struct err *err) ATTR_MUST_USE;

#endif
