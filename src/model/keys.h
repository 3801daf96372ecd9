/*
 * Keys of objects: the one place that makes them (A9).
 *
 * Objects of another tenant than the first have "tenant_{id}" as their second
 * segment; products have it always.  What strangers can choose of a key never
 * begins so: key ids of users do not (model/user.h), ids of athletes are
 * checked here.  Where a UUID is in a key nobody can guess it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_KEYS_H
#define MODEL_KEYS_H

#include "model/file.h"
#include "store/store.h"

enum { KEYS_ATHLETE_MAX = 64 /* letters, digits, "-" and "_" */ };

enum keys_layout {
	KEYS_PRODUCT, /* products/tenant_{id}/{time}_{name} */
	KEYS_GENERAL, /* uploads/{uuid}.{ext} */
	KEYS_AUDIO,   /* audio/{uuid}.{ext} */
	KEYS_USER,    /* users/{owner}/{uuid}.{ext} */
	KEYS_AVATAR,  /* users/{owner}/avatars/{uuid}.{ext} */
	/*
	 * athletes/{athlete_id}/{year}/{month}/{uuid}.{ext} for files of one,
	 * general/{year}/{month}/{uuid}.{ext} for other public ones,
	 * users/{owner}/{kind}/{uuid} for the rest, or as KEYS_GENERAL
	 * where nobody owns it
	 */
	KEYS_FILE,
	KEYS_FORM,	/* users/{owner}/{kind}/{uuid} */
	KEYS_TEMP,	/* temp/{owner}/{time}/{kind}/{uuid} */
	KEYS_TEMP_NAMED /* temp/{owner}/{time}/{kind}/{name} */
};

struct keys_wanted {
	enum keys_layout layout;
	/* Of it: tenant, owner, kind, athlete, visibility, time. */
	const struct file *file;
	const char *name;      /* as sent; of the layouts with {name} */
	const char *extension; /* of those with {ext} */
	bool is_again;	       /* the plain name is taken */
};

/*
 * A fresh key.  ERR_INVALID with code "no_public_prefix" or
 * "prefix_is_public" when such keys are not as public as the file; where
 * confirming makes a copy (KEYS_FORM, KEYS_TEMP...) they must be private.
 * Products are as public as their prefix.
 */
int keys_make(struct pool *pool, const struct store *store,
    const struct keys_wanted *wanted, const char **key_r, struct err *err)
    ATTR_MUST_USE;
/* "users/{owner}/", where all keys of KEYS_FORM are. */
const char *keys_user_prefix(struct pool *pool, int64_t tenant_id,
    const char *owner);
/* ERR_INVALID (code "bad_athlete_id") for what is no segment of a key. */
int keys_check_athlete(const char *id, struct err *err) ATTR_MUST_USE;
/* True for a key as this program makes them. */
bool keys_is_own(const char *key);

#endif
