/*
 * The languages of pages and messages, chosen per request.
 *
 * Texts in the source are English message ids.  Each language is a text
 * domain of its own ("almacen-es"), all found below one folder; on a bare
 * Debian with no locale but C.UTF-8 this is thread-safe and needs no
 * setlocale() per request (docs/ARCHITECTURE.md, "Languages").
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_LANG_H
#define BASE_LANG_H

#include "base/err.h"
#include "base/slice.h"

enum lang { LANG_ES, LANG_EN, LANG_COUNT };

/* Marks a message id for xgettext where it is only stored. */
#define N_(text) text

/*
 * Bind the catalogues below dir, once, before threads start.
 * ERR_NOT_FOUND when the Spanish catalogue is not there.
 */
int lang_init(const char *dir, struct err *err) ATTR_MUST_USE;
/* The text of msgid in this language; msgid itself when it has none. */
const char *lang_text(enum lang lang, const char *msgid)
    __attribute__((format_arg(2)));
/* The tag for <html lang> and Content-Language: "es". */
const char *lang_tag(enum lang lang);
/* Language of a tag such as "es-MX" (its first subtag); false if unknown. */
bool lang_find(struct slice tag, enum lang *lang_r);

#endif
