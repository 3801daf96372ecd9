/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include <passwdqc.h>

#include "codec/password.h"
#include "codec/password_private.h"

/*
 * libpasswdqc knows sequences, walks over the keyboard, repetitions, and
 * words of English, also in disguise and from their end.  Its demand for
 * kinds of characters is switched off.
 */
static bool
is_simple(const char *password)
{
	static const passwdqc_params_qc_t params = {
		.min = { PASSWORD_CHARS_MIN, PASSWORD_CHARS_MIN,
		    PASSWORD_CHARS_MIN, PASSWORD_CHARS_MIN,
		    PASSWORD_CHARS_MIN },
		.max = PASSWORD_BYTES_MAX,
		.match_length = 4, /* its own default */
	};

	return passwdqc_check(&params, password, NULL, NULL) != NULL;
}

bool
password_is_common(const char *password)
{
	return is_simple(password);
}
