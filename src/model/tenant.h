/*
 * Tenants: who owns products, units of measure and files.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_TENANT_H
#define MODEL_TENANT_H

#include <stdint.h>

#include "sql/sql.h"

/* ERR_NOT_FOUND when there is no such tenant. */
int tenant_check(struct sql *db, int64_t id, struct err *err) ATTR_MUST_USE;

#endif
