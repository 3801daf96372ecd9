/*
 * What people write as their name and their address.
 *
 * SPDX-License-Identifier: MIT
 */
#include <ctype.h>
#include <string.h>

#include "codec/utf8.h"
#include "model/user.h"

enum {
	LOCAL_PART_MAX = 64, /* RFC 5321 section 4.5.3.1.1 */
	LABEL_MAX = 63	     /* RFC 1035 section 2.3.4 */
};

bool
user_is_name(const char *text, size_t chars_max)
{
	struct slice rest = slice_str(text);
	size_t count = 0;
	int32_t c;

	while ((c = utf8_take(&rest)) >= 0)
		if (++count > chars_max || utf8_is_control(c) ||
		    utf8_is_bidi(c))
			return false;
	return c == -1;
}

/* An atom of RFC 5322 section 3.2.3, with dots. */
static bool
is_local_part(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!isalnum((unsigned char)text.data[i]) &&
		    (text.data[i] == '\0' ||
			strchr(".!#$%&'*+/=?^_`{|}~-", text.data[i]) == NULL))
			return false;
	return text.len > 0 && text.len <= LOCAL_PART_MAX;
}

static bool
is_label(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!isalnum((unsigned char)text.data[i]) &&
		    text.data[i] != '-')
			return false;
	return text.len > 0 && text.len <= LABEL_MAX && text.data[0] != '-' &&
	    text.data[text.len - 1] != '-';
}

static bool
is_domain(struct slice text)
{
	struct slice label;

	while (slice_next(&text, '.', &label))
		if (!is_label(label))
			return false;
	return true;
}

/*
 * What a browser's <input type="email"> takes: quoted local parts, comments
 * and addresses in brackets are left out, and no two texts are one address.
 */
int
user_clean_email(struct pool *pool, struct slice text, const char **email_r,
    struct err *err)
{
	struct slice trimmed = slice_trim(text), local = trimmed;
	char *email;

	local.len = slice_find(trimmed, '@');
	if (trimmed.len > USER_LOGIN_MAX || local.len == trimmed.len ||
	    !is_local_part(local) ||
	    !is_domain(slice_from(trimmed, local.len + 1)))
		return err_set_code(err, ERR_INVALID, "bad_email",
		    "not an email address");
	email = slice_dup(pool, trimmed);
	for (char *p = email; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	*email_r = email;
	return 0;
}
