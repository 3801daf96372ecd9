/*
 * Pictures of users.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_AVATAR_H
#define MODEL_AVATAR_H

#include <stdint.h>

#include "sql/sql.h"

/*
 * A live file of the tenant (0: none) becomes the picture of a user; the one
 * he had is gone, its object in the outbox.  ERR_NOT_FOUND when there is no
 * such user.
 */
int avatar_set(struct sql *tx, int64_t tenant_id, int64_t user_id,
    int64_t file_id, struct err *err) ATTR_MUST_USE;

#endif
