/*
 * What belongs to the installation as a whole.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_INSTALL_H
#define MODEL_INSTALL_H

#include "base/conf.h"
#include "sql/sql.h"

/*
 * A value kept in the database, made with `fresh` when it is not there yet
 * (race-free).
 */
int install_value(struct sql *db, struct pool *pool, const char *name,
    const char *fresh, const char **value_r, struct err *err) ATTR_MUST_USE;

/*
 * The secret that signs cookies, forms and URLs of the file store: SECRET_KEY,
 * or without it one kept in the database.
 */
int install_secret(struct sql *db, struct pool *pool, const struct conf *conf,
    const char **secret_r, struct err *err) ATTR_MUST_USE;

#endif
