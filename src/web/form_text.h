/*
 * What is wrong with a form, in words for people.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_FORM_TEXT_H
#define WEB_FORM_TEXT_H

#include "base/lang.h"
#include "codec/filecheck.h"
#include "http/form.h"

/* NULL for FIELD_OK. */
const char *form_problem_text(enum lang lang, enum field_problem problem);
/* Why a file was refused; NULL when it was accepted. */
const char *form_refusal_text(struct pool *pool, enum lang lang,
    const struct file_verdict *verdict, int64_t max_bytes);

#endif
