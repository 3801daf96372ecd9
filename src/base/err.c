/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

static const char *const kind_names[ERR_KIND_COUNT] = {
	[ERR_NONE] = "none",
	[ERR_INVALID] = "invalid",
	[ERR_UNAUTHENTICATED] = "unauthenticated",
	[ERR_DENIED] = "denied",
	[ERR_NOT_FOUND] = "not_found",
	[ERR_METHOD] = "method",
	[ERR_CONFLICT] = "conflict",
	[ERR_PRECONDITION] = "precondition",
	[ERR_TOO_LARGE] = "too_large",
	[ERR_UNSUPPORTED] = "unsupported",
	[ERR_TOO_MANY] = "too_many",
	[ERR_UPSTREAM] = "upstream",
	[ERR_UNAVAILABLE] = "unavailable",
	[ERR_GONE_AWAY] = "gone_away",
	[ERR_INTERNAL] = "internal",
};

void
err_fill(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	err->kind = kind;
	err->code[0] = '\0';
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
}

void
err_fill_code(struct err *err, enum err_kind kind, const char *code,
    const char *fmt, ...)
{
	va_list ap;

	err->kind = kind;
	(void)snprintf(err->code, sizeof(err->code), "%s", code);
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
}

void
err_prefix(struct err *err, const char *fmt, ...)
{
	char inner[ERR_TEXT_BYTES];
	va_list ap;
	size_t left;
	int len;

	memcpy(inner, err->text, sizeof(inner));
	va_start(ap, fmt);
	len = vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof(err->text))
		return;
	left = sizeof(err->text) - (size_t)len;
	(void)snprintf(err->text + len, left, ": %.*s", (int)left, inner);
}

void
err_clear(struct err *err)
{
	memset(err, 0, sizeof(*err));
}

const char *
err_kind_name(enum err_kind kind)
{
	assert(kind < ERR_KIND_COUNT);
	return kind_names[kind];
}
