/*
 * Keys of direct uploads (A9).
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/rand.h"
#include "codec/date.h"
#include "codec/filename.h"
#include "model/direct_private.h"

enum { SUFFIX_BYTES = 4 /* eight hexadecimal digits */ };

/* What becomes a segment of a key, and of nothing else. */
int
direct_check_athlete(const char *id, struct err *err)
{
	size_t len = strspn(id, "abcdefghijklmnopqrstuvwxyz"
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

	if (id[len] == '\0' && len <= DIRECT_ATHLETE_MAX)
		return 0;
	return err_set_code(err, ERR_INVALID, "bad_athlete_id",
	    "athlete_id: up to %d letters, digits, \"-\" and \"_\"",
	    DIRECT_ATHLETE_MAX);
}

static int
check_visibility(const struct store *store, const char *key, bool is_public,
    struct err *err)
{
	if (store_is_public(store, key) == is_public)
		return 0;
	if (is_public)
		return err_set_code(err, ERR_INVALID, "no_public_prefix",
		    "this installation keeps %s private: add its prefix to"
		    " S3_PUBLIC_PREFIXES",
		    key);
	return err_set_code(err, ERR_INVALID, "prefix_is_public",
	    "everybody may read %s in this installation: only public files"
	    " may be there",
	    key);
}

int
direct_key_final(struct pool *pool, const struct store *store,
    const struct file *file, const char *extension, const char **key_r,
    struct err *err)
{
	const char *date = date_iso(pool, file->created_secs);
	const char *uuid = rand_uuid(pool);

	if (*file->athlete_id != '\0')
		*key_r = pool_format(pool, "athletes/%s/%.4s/%.2s/%s.%s",
		    file->athlete_id, date, date + 5, uuid, extension);
	else if (file->is_public)
		*key_r = pool_format(pool, "general/%.4s/%.2s/%s.%s", date,
		    date + 5, uuid, extension);
	else
		*key_r = pool_format(pool, "users/%s/%s/%s", file->owner,
		    file_kind_name(file->kind), uuid);
	return check_visibility(store, *key_r, file->is_public, err);
}

/* The cleaned name, with a suffix before the extension where it is taken. */
static const char *
temp_name(struct pool *pool, const struct direct_arrival *arrival)
{
	const char *name = filename_key(pool, arrival->name);
	const char *dot = strrchr(name, '.');
	int stem = (int)(dot == NULL ? strlen(name) : (size_t)(dot - name));

	if (!arrival->is_again)
		return name;
	return pool_format(pool, "%.*s_%s%s", stem, name,
	    rand_hex(pool, SUFFIX_BYTES), dot == NULL ? "" : dot);
}

int
direct_key_arrival(struct pool *pool, const struct store *store,
    const struct file *file, const struct direct_arrival *arrival,
    const char **key_r, struct err *err)
{
	const char *kind = file_kind_name(file->kind);

	if (arrival->way == DIRECT_FORM)
		*key_r = pool_format(pool, "users/%s/%s/%s", file->owner, kind,
		    rand_uuid(pool));
	else
		*key_r = pool_format(pool, "temp/%s/%s/%s/%s", file->owner,
		    date_iso(pool, file->created_secs), kind,
		    arrival->way == DIRECT_TEMP_PUT ?
			temp_name(pool, arrival) : rand_uuid(pool));
	return check_visibility(store, *key_r, false, err);
}
