/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/attr.h"
#include "model/refusal.h"

struct kind_row {
	const char *code;
	enum err_kind kind;
};

/* Codes that are not here are the client's own mistake. */
static const struct kind_row kinds[] = {
	{ "", ERR_NONE },
	{ "file_too_large", ERR_TOO_LARGE },
	{ "type_not_allowed", ERR_UNSUPPORTED },
	{ "extension_not_allowed", ERR_UNSUPPORTED },
	{ "type_mismatch", ERR_UNSUPPORTED },
};

static enum err_kind
find_kind(const char *code)
{
	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
		if (strcmp(kinds[i].code, code) == 0)
			return kinds[i].kind;
	return ERR_INVALID;
}

static const char *
make_text(struct pool *pool, const struct file_verdict *verdict)
{
	/* What nothing was sniffed of has only its reason. */
	const char *detail =
	    *verdict->detail == '\0' ? verdict->reason : verdict->detail;

	switch (verdict->refusal) {
	case FILE_TOO_LARGE:
		return "File too large";
	case FILE_TYPE_NOT_ALLOWED:
	case FILE_TYPE_MISMATCH:
		return pool_format(pool, "Invalid MIME type: %s", detail);
	case FILE_EXTENSION_NOT_ALLOWED:
		return pool_format(pool, "Invalid file extension: %s",
		    verdict->detail);
	default:
		return verdict->reason;
	}
}

struct refusal
refusal_from_verdict(struct pool *pool, const struct file_verdict *verdict)
{
	return (struct refusal){ find_kind(verdict->code), verdict->code,
		make_text(pool, verdict) };
}

struct refusal
refusal_from_code(struct pool *pool, const char *code)
{
	if (strcmp(code, "file_too_large") == 0)
		return (struct refusal){ ERR_TOO_LARGE, code,
			"File too large" };
	return (struct refusal){ find_kind(code), code,
		pool_format(pool, "The upload was refused: %s", code) };
}

int
refusal_fail(const struct refusal *refusal, struct err *err)
{
	return err_set_code(err, refusal->kind, refusal->code, "%s",
	    refusal->text);
}
