/*
 * What a tenant's files take from its quota, kept in its row and changed in
 * the transaction that changes the file: model/file.c is the only caller.
 *
 *	reserve    a pending file is inserted with the most it can become
 *	settle     it becomes live with the size it has
 *	release    it is refused, expires or is removed
 *
 * The check is part of the UPDATE, so no two uploads get the same room.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_QUOTA_H
#define MODEL_QUOTA_H

#include <stdint.h>

#include "sql/sql.h"

/*
 * One object of so many bytes.  ERR_TOO_LARGE with code "quota_bytes" or
 * "quota_objects" when the tenant has no room for it.
 */
int quota_reserve(struct sql *tx, int64_t tenant_id, int64_t bytes,
    struct err *err) ATTR_MUST_USE;
/*
 * A reserved object turns into a used one of another size; ERR_TOO_LARGE when
 * that is larger and there is no room.
 */
int quota_settle(struct sql *tx, int64_t tenant_id, int64_t reserved_bytes,
    int64_t used_bytes, struct err *err) ATTR_MUST_USE;
int quota_release_reserved(struct sql *tx, int64_t tenant_id, int64_t bytes,
    struct err *err) ATTR_MUST_USE;
int quota_release_used(struct sql *tx, int64_t tenant_id, int64_t bytes,
    struct err *err) ATTR_MUST_USE;
/*
 * How far the counters of a tenant are from what its files say, bytes and
 * objects added up: 0 when they are right.
 */
int quota_drift(struct sql *db, int64_t tenant_id, int64_t *drift_r,
    struct err *err) ATTR_MUST_USE;
/*
 * The same, and mend them.  One transaction changes a file and its tenant's
 * counters, so this may run beside live traffic.  For the sweeper.
 */
int quota_recount(struct sql *db, int64_t tenant_id, int64_t *drift_r,
    struct err *err) ATTR_MUST_USE;

#endif
