/*
 * What the files of the settings share.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_SETTINGS_PRIVATE_H
#define MODEL_SETTINGS_PRIVATE_H

#include "model/settings.h"

/* What no single row can say: values that do not go together; ERR_INVALID. */
int settings_check(struct pool *pool, const struct conf *conf,
    struct err *err) ATTR_MUST_USE;

#endif
