/*
 * The columns of a user, for whoever joins users to something of theirs.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_USER_PRIVATE_H
#define MODEL_USER_PRIVATE_H

#include "model/user.h"

/* In a SELECT from users u and tenants t. */
#define USER_COLUMNS                                                    \
	"u.id, u.tenant_id, u.realm, u.login, u.key_id, u.name, u.role," \
	" u.password, u.is_disabled, u.created_secs, u.password_secs,"  \
	" coalesce(u.avatar_file_id, 0), t.is_disabled"

/*
 * Both may log in, and the host (parameter; "": any) is not that of another
 * tenant.
 */
#define USER_MAY_COME(host)                                             \
	" u.is_disabled = 0 AND t.is_disabled = 0 AND NOT EXISTS"       \
	" (SELECT 1 FROM tenants h WHERE h.host = " host                \
	" AND h.host <> '' AND h.id <> u.tenant_id)"

/* The user whose columns begin at this one. */
void user_read(const struct sql_rows *rows, size_t row, size_t column,
    struct user *user_r);

/* A number for a row: never 0, and every JSON reader can hold it. */
int64_t user_random_id(void);

#endif
