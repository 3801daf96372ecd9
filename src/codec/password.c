/* SPDX-License-Identifier: MIT */
#include <crypt.h>
#include <string.h>
#include <strings.h>

#include "codec/digest.h"
#include "codec/password.h"
#include "codec/password_private.h"
#include "codec/utf8.h"

/* yescrypt, and the cost that libcrypt's manual names as its default. */
#define METHOD "$y$"
enum { COST = 5 };

_Static_assert(PASSWORD_BYTES_MAX < CRYPT_MAX_PASSPHRASE_SIZE,
    "crypt_r() takes every password that is long enough for us");

/* ---- what may be one ---- */

static int
check_text(const char *password, struct err *err)
{
	struct slice rest = slice_str(password);
	int32_t c;

	while ((c = utf8_take(&rest)) >= 0)
		if (utf8_is_control(c))
			break;
	if (c == -1)
		return 0;
	return err_set_code(err, ERR_INVALID, "password_not_text",
	    "a password is text without control characters");
}

static int
check_length(const char *password, struct err *err)
{
	if (strlen(password) > PASSWORD_BYTES_MAX)
		return err_set_code(err, ERR_INVALID, "password_long",
		    "a password is at most %d bytes", PASSWORD_BYTES_MAX);
	if (utf8_count(slice_str(password)) < PASSWORD_CHARS_MIN)
		return err_set_code(err, ERR_INVALID, "password_short",
		    "a password is at least %d characters",
		    PASSWORD_CHARS_MIN);
	return 0;
}

/* The login, or of an email address what stands before the "@". */
static bool
is_like_login(const char *password, const char *login)
{
	size_t len = strcspn(login, "@");

	return strcasecmp(password, login) == 0 ||
	    (strlen(password) == len &&
		strncasecmp(password, login, len) == 0);
}

int
password_check(const char *password, const char *login, struct err *err)
{
	if (check_length(password, err) == -1 ||
	    check_text(password, err) == -1)
		return -1;
	if (is_like_login(password, login))
		return err_set_code(err, ERR_INVALID, "password_like_login",
		    "the password is the login");
	if (password_is_common(password))
		return err_set_code(err, ERR_INVALID, "password_common",
		    "many people have this password");
	return 0;
}

/* ---- hashes ---- */

static int
make_setting(char setting_r[CRYPT_GENSALT_OUTPUT_SIZE], struct err *err)
{
	if (crypt_gensalt_rn(METHOD, COST, NULL, 0, setting_r,
		CRYPT_GENSALT_OUTPUT_SIZE) == NULL)
		return err_set(err, ERR_INTERNAL,
		    "crypt_gensalt_rn() knows no yescrypt");
	return 0;
}

/* NULL when it cannot be done.  32 KB are too much for a thread's stack. */
static const char *
hash_with(struct pool *pool, const char *password, const char *setting)
{
	struct crypt_data *data = POOL_NEW(pool, struct crypt_data);
	const char *hash = crypt_r(password, setting, data);

	return hash == NULL || hash[0] == '*' ? NULL : hash;
}

int
password_hash(struct pool *pool, const char *password, const char **hash_r,
    struct err *err)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	struct pool *scratch;
	const char *hash;

	if (strlen(password) > PASSWORD_BYTES_MAX)
		return err_set_code(err, ERR_INVALID, "password_long",
		    "a password is at most %d bytes", PASSWORD_BYTES_MAX);
	if (make_setting(setting, err) == -1)
		return -1;
	scratch = pool_new_secret();
	hash = pool_strdup(pool, hash_with(scratch, password, setting));
	pool_free(&scratch);
	if (hash == NULL)
		return err_set(err, ERR_UNAVAILABLE,
		    "a password could not be hashed: no memory?");
	*hash_r = hash;
	return 0;
}

static bool
is_known(const char *hash, const char *password)
{
	return strncmp(hash, METHOD, strlen(METHOD)) == 0 &&
	    crypt_checksalt(hash) == CRYPT_SALT_OK &&
	    strlen(password) <= PASSWORD_BYTES_MAX;
}

/* The work of a hash, for nothing. */
static void
waste(struct pool *scratch)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	struct err ignored = ERR_INIT;

	if (make_setting(setting, &ignored) == 0)
		(void)hash_with(scratch, "", setting);
}

bool
password_matches(const char *hash, const char *password)
{
	struct pool *scratch = pool_new_secret();
	const char *found = NULL;
	bool matches = false;

	if (is_known(hash, password))
		found = hash_with(scratch, password, hash);
	if (found == NULL)
		waste(scratch);
	else if (strlen(found) == strlen(hash))
		matches = digest_equal(found, hash, strlen(hash));
	pool_free(&scratch);
	return matches;
}

/* "$y$j9T$salt$hash": method and parameters stand before the salt. */
static size_t
parameters_length(const char *hash)
{
	size_t len = 0;

	for (int i = 0; i < 2 && hash[len] != '\0'; i++)
		len += strcspn(hash + len + 1, "$") + 1;
	return len;
}

bool
password_is_outdated(const char *hash)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	struct err ignored = ERR_INIT;
	size_t len;

	if (make_setting(setting, &ignored) == -1)
		return false;
	len = parameters_length(setting);
	return parameters_length(hash) != len ||
	    strncmp(hash, setting, len) != 0;
}
