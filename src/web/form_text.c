/* SPDX-License-Identifier: MIT */
#include "base/attr.h"
#include "web/form_text.h"

const char *
form_problem_text(enum lang lang, enum field_problem problem)
{
	static const char *const texts[] = {
		[FIELD_OK] = NULL,
		[FIELD_MISSING] = N_("This field is required"),
		[FIELD_TOO_SHORT] = N_("This text is too short"),
		[FIELD_TOO_LONG] = N_("This text is too long"),
		[FIELD_NOT_TEXT] =
		    N_("This text has characters that cannot be used"),
		[FIELD_NOT_NUMBER] = N_("Write a number such as 12.50"),
		[FIELD_TOO_SMALL] = N_("This number is too small"),
		[FIELD_TOO_BIG] = N_("This number is too big"),
		[FIELD_NOT_BOOL] =
		    N_("This text has characters that cannot be used"),
		[FIELD_WRONG_TYPE] =
		    N_("This text has characters that cannot be used"),
	};

	return problem == FIELD_OK ? NULL : lang_text(lang, texts[problem]);
}

static const char *
too_large_text(struct pool *pool, enum lang lang, int64_t max_bytes)
{
	return pool_format(pool,
	    lang_text(lang, "The file is too large. Maximum %sMB"),
	    pool_format(pool, "%.1f", (double)max_bytes / (double)MIB));
}

const char *
form_refusal_text(struct pool *pool, enum lang lang,
    const struct file_verdict *verdict, int64_t max_bytes)
{
	switch (verdict->refusal) {
	case FILE_ACCEPTED:
		return NULL;
	case FILE_EMPTY:
		return lang_text(lang, "The file is empty");
	case FILE_TOO_LARGE:
		return too_large_text(pool, lang, max_bytes);
	case FILE_TYPE_NOT_ALLOWED:
	case FILE_EXTENSION_NOT_ALLOWED:
	case FILE_TYPE_MISMATCH:
		return pool_format(pool,
		    lang_text(lang, "File type not allowed: %s"),
		    verdict->detail);
	case FILE_DAMAGED:
		return lang_text(lang,
		    "The file is damaged or not what its name says");
	case FILE_TOO_MANY_PIXELS:
		return lang_text(lang, "The image has too many pixels");
	case FILE_TOO_MANY_FRAMES:
		return lang_text(lang, "The animation has too many frames");
	}
	return NULL;
}
