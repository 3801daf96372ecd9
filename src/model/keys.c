/* SPDX-License-Identifier: MIT */
#include <fnmatch.h>
#include <string.h>

#include "base/rand.h"
#include "codec/date.h"
#include "codec/filename.h"
#include "model/keys.h"
#include "model/tenant.h"

#define TENANT_SEGMENT "tenant_"

enum { SUFFIX_BYTES = 4 /* eight hexadecimal digits */ };

int
keys_check_athlete(const char *id, struct err *err)
{
	size_t len = strspn(id, "abcdefghijklmnopqrstuvwxyz"
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

	if (id[len] == '\0' && len <= KEYS_ATHLETE_MAX &&
	    !slice_has_prefix(slice_str(id), TENANT_SEGMENT))
		return 0;
	return err_set_code(err, ERR_INVALID, "bad_athlete_id",
	    "athlete_id: up to %d letters, digits, \"-\" and \"_\", not"
	    " beginning with \"" TENANT_SEGMENT "\"",
	    KEYS_ATHLETE_MAX);
}

/* ---- layouts ---- */

/* "tenant_7/" or nothing. */
static const char *
segment(struct pool *pool, const struct keys_wanted *wanted)
{
	return tenant_key_segment(pool, wanted->file->tenant_id);
}

/* The cleaned name, with a suffix before the extension where it is taken. */
static const char *
clean_name(struct pool *pool, const struct keys_wanted *wanted)
{
	const char *name = filename_key(pool, wanted->name);
	const char *dot = strrchr(name, '.');
	int stem = (int)(dot == NULL ? strlen(name) : (size_t)(dot - name));

	if (!wanted->is_again)
		return name;
	return pool_format(pool, "%.*s_%s%s", stem, name,
	    rand_hex(pool, SUFFIX_BYTES), dot == NULL ? "" : dot);
}

static const char *
product_key(struct pool *pool, const struct keys_wanted *wanted)
{
	char time[DATE_AMZ_CHARS + 1];

	date_amz(time, wanted->file->created_secs);
	return pool_format(pool, "products/" TENANT_SEGMENT
	    "%lld/%.8s%.6s_%s", (long long)wanted->file->tenant_id, time,
	    time + 9, clean_name(pool, wanted));
}

static const char *
general_key(struct pool *pool, const struct keys_wanted *wanted)
{
	return pool_format(pool, "uploads/%s%s.%s", segment(pool, wanted),
	    rand_uuid(pool), wanted->extension);
}

static const char *
audio_key(struct pool *pool, const struct keys_wanted *wanted)
{
	return pool_format(pool, "audio/%s%s.%s", segment(pool, wanted),
	    rand_uuid(pool), wanted->extension);
}

const char *
keys_user_prefix(struct pool *pool, int64_t tenant_id, const char *owner)
{
	return pool_format(pool, "users/%s%s/",
	    tenant_key_segment(pool, tenant_id), owner);
}

static const char *
user_folder(struct pool *pool, const struct keys_wanted *wanted)
{
	return keys_user_prefix(pool, wanted->file->tenant_id,
	    wanted->file->owner);
}

static const char *
user_key(struct pool *pool, const struct keys_wanted *wanted)
{
	return pool_format(pool, "%s%s.%s", user_folder(pool, wanted),
	    rand_uuid(pool), wanted->extension);
}

static const char *
avatar_key(struct pool *pool, const struct keys_wanted *wanted)
{
	return pool_format(pool, "%savatars/%s.%s", user_folder(pool, wanted),
	    rand_uuid(pool), wanted->extension);
}

static const char *
form_key(struct pool *pool, const struct keys_wanted *wanted)
{
	return pool_format(pool, "%s%s/%s", user_folder(pool, wanted),
	    file_kind_name(wanted->file->kind), rand_uuid(pool));
}

static const char *
file_key(struct pool *pool, const struct keys_wanted *wanted)
{
	const struct file *file = wanted->file;
	const char *date = date_iso(pool, file->created_secs);
	const char *dated = pool_format(pool, "%.4s/%.2s/%s.%s", date,
	    date + 5, rand_uuid(pool), wanted->extension);

	if (file->athlete_id != NULL && *file->athlete_id != '\0')
		return pool_format(pool, "athletes/%s%s/%s",
		    segment(pool, wanted), file->athlete_id, dated);
	if (file->is_public)
		return pool_format(pool, "general/%s%s", segment(pool, wanted),
		    dated);
	/* What came by a page of the shop is nobody's. */
	return *file->owner == '\0' ? general_key(pool, wanted) :
				       form_key(pool, wanted);
}

static const char *
temp_folder(struct pool *pool, const struct keys_wanted *wanted)
{
	const struct file *file = wanted->file;

	return pool_format(pool, "temp/%s%s/%s/%s/", segment(pool, wanted),
	    file->owner, date_iso(pool, file->created_secs),
	    file_kind_name(file->kind));
}

static const char *
temp_key(struct pool *pool, const struct keys_wanted *wanted)
{
	return pool_format(pool, "%s%s", temp_folder(pool, wanted),
	    rand_uuid(pool));
}

static const char *
temp_named_key(struct pool *pool, const struct keys_wanted *wanted)
{
	return pool_format(pool, "%s%s", temp_folder(pool, wanted),
	    clean_name(pool, wanted));
}

enum visibility { AS_ITS_FILE, AS_ITS_PREFIX, PRIVATE };

static const struct {
	const char *(*make)(struct pool *pool,
	    const struct keys_wanted *wanted);
	enum visibility visibility;
} layouts[] = {
	[KEYS_PRODUCT] = { product_key, AS_ITS_PREFIX },
	[KEYS_GENERAL] = { general_key, AS_ITS_FILE },
	[KEYS_AUDIO] = { audio_key, AS_ITS_FILE },
	[KEYS_USER] = { user_key, AS_ITS_FILE },
	[KEYS_AVATAR] = { avatar_key, AS_ITS_FILE },
	[KEYS_FILE] = { file_key, AS_ITS_FILE },
	[KEYS_FORM] = { form_key, PRIVATE },
	[KEYS_TEMP] = { temp_key, PRIVATE },
	[KEYS_TEMP_NAMED] = { temp_named_key, PRIVATE },
};

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
keys_make(struct pool *pool, const struct store *store,
    const struct keys_wanted *wanted, const char **key_r, struct err *err)
{
	enum visibility visibility = layouts[wanted->layout].visibility;

	*key_r = layouts[wanted->layout].make(pool, wanted);
	if (visibility == AS_ITS_PREFIX)
		return 0;
	return check_visibility(store, *key_r,
	    visibility == AS_ITS_FILE && wanted->file->is_public, err);
}

/* ---- the other way round ---- */

#define DIGITS_2 "[0-9][0-9]"
#define DIGITS_4 DIGITS_2 DIGITS_2
#define DIGITS_14 DIGITS_4 DIGITS_4 DIGITS_4 DIGITS_2
#define HEX_4 "[0-9a-f][0-9a-f][0-9a-f][0-9a-f]"
#define UUID HEX_4 HEX_4 "-" HEX_4 "-" HEX_4 "-" HEX_4 "-" HEX_4 HEX_4 HEX_4

/* A prefix alone is not enough: others have a temp/ and users/, too. */
static bool
is_own_key(const char *key)
{
	static const char *const patterns[] = {
		"products/" TENANT_SEGMENT "[0-9]*/" DIGITS_14 "_*",
		"uploads/" UUID ".*",
		"audio/" UUID ".*",
		"athletes/*/" DIGITS_4 "/" DIGITS_2 "/" UUID ".*",
		"general/" DIGITS_4 "/" DIGITS_2 "/" UUID ".*",
		"users/*/" UUID ".*",
		"users/*/avatars/" UUID ".*",
		"users/*/*/" UUID,
		"temp/*/" DIGITS_4 "-" DIGITS_2 "-" DIGITS_2 "T*Z/*/*",
		"temp/doctor/*",
		"products/doctor/*",
	};

	for (size_t i = 0; i < ARRAY_COUNT(patterns); i++)
		if (fnmatch(patterns[i], key, FNM_PATHNAME) == 0)
			return true;
	return false;
}

/* "users/tenant_7/ana/..." as "users/ana/..."; else NULL. */
static const char *
without_segment(struct pool *pool, const char *key)
{
	const char *second = strchr(key, '/');
	size_t digits;

	if (second == NULL ||
	    !slice_has_prefix(slice_str(second + 1), TENANT_SEGMENT))
		return NULL;
	digits = strlen("/" TENANT_SEGMENT);
	digits += strspn(second + digits, "0123456789");
	if (digits == strlen("/" TENANT_SEGMENT) || second[digits] != '/')
		return NULL;
	return pool_format(pool, "%.*s%s", (int)(second - key), key,
	    second + digits);
}

bool
keys_is_own(const char *key)
{
	struct pool *pool;
	const char *plain;
	bool is_own = is_own_key(key);

	if (is_own || strnlen(key, STORE_KEY_MAX + 1) > STORE_KEY_MAX)
		return is_own;
	pool = pool_new();
	plain = without_segment(pool, key);
	is_own = plain != NULL && is_own_key(plain);
	pool_free(&pool);
	return is_own;
}
