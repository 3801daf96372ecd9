/*
 * One value of a form against its row of the field table, and forms that come
 * as JSON.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_FORM_PRIVATE_H
#define HTTP_FORM_PRIVATE_H

#include "http/form.h"

/* The row of a field; form->count for an unknown name. */
size_t form_find(const struct form *form, struct slice name);
/* ERR_INVALID (code "unknown_field") that names it. */
int form_unknown(struct slice name, struct err *err);
/* The value of any field but FIELD_FILE; raw is empty when none came. */
void form_value_check(struct pool *pool, const struct field *field,
    struct slice raw, struct form_value *value_r);
/*
 * Fill the form's values from an object.  ERR_INVALID (code "bad_json") for
 * what is none.
 */
int form_json_parse(struct pool *pool, struct slice text,
    const struct form_input *input, struct form *form, struct err *err)
    ATTR_MUST_USE;

#endif
