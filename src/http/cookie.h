/*
 * The Cookie header (RFC 6265).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_COOKIE_H
#define HTTP_COOKIE_H

#include <stdbool.h>

#include "base/slice.h"

/* Of a name that only this host can have set, and only by https. */
#define COOKIE_HOST_PREFIX "__Host-"

/*
 * The value of the first cookie of this name, as it stands in the header
 * (quotes included, nothing decoded).  User agents send the cookie with the
 * longest path first (section 5.4), so the first is the most specific one.
 */
bool cookie_find(struct slice header, const char *name, struct slice *value_r);
/* True when name and value may stand in Set-Cookie (section 4.1.1). */
bool cookie_is_clean(const char *name, const char *value);

#endif
