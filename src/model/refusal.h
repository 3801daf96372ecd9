/*
 * A file that was refused, in the words of the API and of the log (B16, E9).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_REFUSAL_H
#define MODEL_REFUSAL_H

#include "base/err.h"
#include "codec/filecheck.h"

struct refusal {
	enum err_kind kind; /* ERR_NONE: accepted */
	const char *code;   /* of codec/filecheck.h, or of model/direct.h */
	const char *text;   /* "Invalid MIME type: application/pdf" */
};

/* What a verdict means; its strings live as long as the verdict's. */
struct refusal refusal_from_verdict(struct pool *pool,
    const struct file_verdict *verdict);
/* For a code that was kept; the text says no more than the code does. */
struct refusal refusal_from_code(struct pool *pool, const char *code);
/* As an error.  Always -1. */
int refusal_fail(const struct refusal *refusal, struct err *err);

#endif
