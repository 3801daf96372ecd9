/*
 * One value of a form against its row of the field table, and forms that come
 * as JSON.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_FORM_PRIVATE_H
#define HTTP_FORM_PRIVATE_H

#include "http/form.h"

/* The value of any field but FIELD_FILE; raw is empty when none came. */
void form_value_check(struct pool *pool, const struct field *field,
    struct slice raw, struct form_value *value_r);
/*
 * Fill the form's values from an object.  ERR_INVALID (code "bad_json") for
 * what is none.
 */
int form_json_parse(struct pool *pool, struct slice text, struct form *form,
    struct err *err) ATTR_MUST_USE;

#endif
