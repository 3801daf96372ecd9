/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lang.h"

struct language {
	const char *tag;
	const char *domain;
};

static const struct language languages[LANG_COUNT] = {
	[LANG_ES] = { "es", "almacen-es" },
	[LANG_EN] = { "en", "almacen-en" },
};

int
lang_init(const char *dir, struct err *err)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/xx/LC_MESSAGES/almacen-es.mo",
	    dir);
	if (access(path, R_OK) == -1)
		return err_set(err, ERR_NOT_FOUND,
		    "no message catalogue %s (LOCALE_DIR)", path);
	/*
	 * LANGUAGE belongs to the process and is honoured only outside the C
	 * locale, so it names a folder "xx" that all domains share, and the
	 * domain stands for the language.
	 */
	if (setenv("LANGUAGE", "xx", 1) == -1 ||
	    setlocale(LC_MESSAGES, "C.UTF-8") == NULL)
		return err_set(err, ERR_INTERNAL, "no locale C.UTF-8");
	for (int i = 0; i < LANG_COUNT; i++) {
		(void)bindtextdomain(languages[i].domain, dir);
		(void)bind_textdomain_codeset(languages[i].domain, "UTF-8");
	}
	return 0;
}

const char *
lang_text(enum lang lang, const char *msgid)
{
	assert(lang < LANG_COUNT);
	/* The empty id is the catalogue's header. */
	if (*msgid == '\0')
		return msgid;
	return dgettext(languages[lang].domain, msgid);
}

const char *
lang_tag(enum lang lang)
{
	assert(lang < LANG_COUNT);
	return languages[lang].tag;
}

bool
lang_find(struct slice tag, enum lang *lang_r)
{
	struct slice first = slice_make(tag.data, slice_find(tag, '-'));

	for (int i = 0; i < LANG_COUNT; i++) {
		if (slice_eq_case(first, languages[i].tag)) {
			*lang_r = (enum lang)i;
			return true;
		}
	}
	return false;
}
