/*
 * The audit log as lines of JSON, one row each, with all that is needed to
 * verify it without the database (model/audit_chain.h).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CTL_AUDIT_LINES_H
#define CTL_AUDIT_LINES_H

#include <stdio.h>

#include "codec/json.h"
#include "model/audit_chain.h"

/* Every column, and the time as people read it ("at"), which is not hashed. */
void audit_lines_fill(struct json *object, const struct audit_row *row);
/*
 * Follow the chain of such lines to the end of the file; ERR_INVALID for what
 * is no such line, with what was found in *trail otherwise.
 */
int audit_lines_verify(FILE *file, struct audit_trail *trail,
    struct err *err) ATTR_MUST_USE;

#endif
