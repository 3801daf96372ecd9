/*
 * What the files of the audit log share.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_AUDIT_PRIVATE_H
#define MODEL_AUDIT_PRIVATE_H

#include "model/audit.h"

/* As columns are read: type-safe whatever somebody put into the file. */
#define AUDIT_COLUMNS                                                \
	"CAST(a.number AS BIGINT), CAST(a.at_ms AS BIGINT),"         \
	" CAST(a.tenant_id AS BIGINT), CAST(a.user_id AS BIGINT),"   \
	" CAST(a.actor AS TEXT), CAST(a.via AS TEXT),"               \
	" CAST(a.action AS TEXT), CAST(a.subject AS TEXT),"          \
	" CAST(a.remote_addr AS TEXT), CAST(a.request_id AS TEXT),"  \
	" CAST(a.status AS BIGINT), CAST(a.result AS TEXT),"         \
	" CAST(a.hash AS TEXT)"

/* A row of AUDIT_COLUMNS; previous is "". */
struct audit_row audit_row_read(const struct sql_rows *rows, size_t i);

struct audit_head {
	int64_t number;
	const char *hash;
};
/* The end of the chain; inside a transaction or without. */
int audit_head_load(struct sql *db, struct pool *pool,
    struct audit_head *head_r, struct err *err) ATTR_MUST_USE;

#endif
